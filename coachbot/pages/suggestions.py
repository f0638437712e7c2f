"""What one could go on with: questions to think about from the cited texts, and texts near them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coachbot.answering.situation_reply import is_tonight
from coachbot.prompts import say
from coachbot.reading.passages import reflections
from coachbot.search.questions import leans_on_history
from coachbot.types import Answer, Document, Level, Outcome

_ASKED = 3


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Ways to go on.

    Args:
        ask: messages that can be sent as they are.
        reflect: where a question to the reader stands: a text's id, start and end.
    """

    ask: tuple[str, ...] = ()
    reflect: tuple[str, int, int] | None = None


def suggestions(answer: Answer, documents: Mapping[str, Document]) -> Suggestions:
    """Ways to go on from an answer; none where the talk is about danger, or it is late.

    Args:
        answer: what was answered last.
        documents: the library by id.
    """
    calm = answer.screening.level is Level.NONE and not is_tonight(answer.question)
    if not calm or answer.outcome not in (Outcome.ANSWERED, Outcome.RELATED):
        return Suggestions()
    cited = list(
        dict.fromkeys(c.document_id for c in answer.citations if c.document_id in documents)
    )
    ask = [q for id in _neighbours(answer, cited, documents) if (q := _question(documents[id]))]
    more = [say("page", "more")] if answer.outcome is Outcome.ANSWERED else []
    reflect = [(id, *span) for id in cited for span in reflections(documents[id])[:1]]
    return Suggestions(tuple([*more, *ask][:_ASKED]), reflect[0] if reflect else None)


def _neighbours(answer: Answer, cited: list[str], documents: Mapping[str, Document]) -> list[str]:
    """Texts that were found but not cited, then those with most topics in common."""
    found = [hit.passage.document_id for hit in answer.hits]
    topics = {topic for id in cited for topic in documents[id].topics}
    shared = {id: len(topics & set(document.topics)) for id, document in documents.items()}
    near = sorted((id for id in documents if shared[id]), key=lambda id: -shared[id])
    return [id for id in dict.fromkeys((*found, *near)) if id in documents and id not in cited]


def _question(document: Document) -> str:
    """The first everyday question of a text that can be understood without the talk before it."""
    asked = (line for line in document.sounds_like if line.endswith("?"))
    return next((line for line in asked if not leans_on_history(line)), "")
