"""The drafter with a chat model behind it: passages and a message to a stream of text.

The prompt shows one worked exchange as earlier turns, which small models follow better than rules;
passages are numbered and fenced, with their kind and how sure the evidence is, and are named as
quoted text that gives no orders. What was said before comes in a few words. All of it is kept
within the model's context. To someone who tells of a situation the exchange has the shape of a
reply to that: their words, what the texts say, one thing to try, one question. What the model
writes is put in the manner of a coach (``manner``) before it leaves here.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

from coachbot.answering.manner import PROMPT, in_manner
from coachbot.answering.marks import spoken
from coachbot.answering.offering import numbered, offered, told_in_a_situation
from coachbot.answering.pertinence import Grade
from coachbot.errors import ModelError
from coachbot.models.counting import context_of, count_tokens
from coachbot.models.loading import REPLY_TOKENS, load_model
from coachbot.models.queue import ModelQueue, Turn, shared_queue
from coachbot.prompts import say
from coachbot.safety import screen_message
from coachbot.safety.normalising import both_ends
from coachbot.search.retrieval import ScoredSentence
from coachbot.settings import Settings
from coachbot.types import Answer, Document, History, Hit, Level, Outcome, Verdict

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

_TOKENS_FOR_PASSAGES = 900
"""At most, however much a model reads: a small one loses its way in more."""
_TOKENS_OF_FORM = 60
"""What a model's own form of a talk adds to its messages."""
_MESSAGE_CHARACTERS = 1500
_EARLIER, _EARLIER_TO_REWRITE = 2, 4
_EARLIER_CHARACTERS = 200
_SENTENCES_SAID, _WORDS_SAID = 5, 8
"""How much of the last reply is told: how each of its first sentences begins."""
_NO = re.compile(r"(?i)\W*no\b(?! (?:doubt|problem))")


class ChatModelDrafter:
    """Asks a chat model to put what the passages say into plain words.

    Args:
        model: any LangChain chat model.
        setting: what it is called, such as ``ollama:llama3.2``.
        queue: the line before it; whoever asks it has a turn there.
        judges: whether it may be asked if what was found answers a question.
    """

    name = "chat_model"

    def __init__(
        self,
        model: BaseChatModel,
        setting: str,
        queue: ModelQueue | None = None,
        judges: bool = False,
    ) -> None:
        self._model = model
        self.setting = setting
        self.queue = queue or ModelQueue()
        self.judges = judges

    def stream(
        self,
        question: str,
        hits: Sequence[Hit],
        sentences: Sequence[ScoredSentence],
        documents: Mapping[str, Document],
        history: History = (),
        grade: Grade | None = None,
    ) -> Generator[str, None, None]:
        """Sentences as the model writes them, one to a line, with marks that count the hits from 1.

        Args:
            question: what the person wrote.
            hits: what the marks count.
            sentences: all sentences of the hits.
            documents: the documents of the hits, by id.
            history: what came before.
            grade: tells how well a sentence answers; None where nothing can.
        """
        from langchain_core.runnables import RunnableLambda

        # No parser at its end: closed early, LangChain's would first read the model to its end.
        chain = RunnableLambda(_messages, name="prompt") | self._model
        told = told_in_a_situation(question, hits, sentences, grade)
        values = {
            "shape": "-situation" if told else "",
            "question": both_ends(question, _MESSAGE_CHARACTERS),
            "before": _before(history),
        }
        offers = offered(question, hits, sentences, told, grade)
        values["passages"] = self._fitting(values, hits, offers, documents)
        chunks = chain.with_config(run_name="draft").stream(values)
        yield from in_manner((str(chunk.text) for chunk in chunks), question)

    def _fitting(
        self,
        values: Mapping[str, str],
        hits: Sequence[Hit],
        offers: Sequence[ScoredSentence],
        documents: Mapping[str, Document],
    ) -> str:
        """The passages, without the last offers if the model could not read them all; one stays."""
        asked = _messages({**values, "passages": ""})
        taken = sum(count_tokens(self._model, str(message.content)) for message in asked)
        room = context_of(self._model) - REPLY_TOKENS - _TOKENS_OF_FORM - taken
        for kept in range(len(offers), 1, -1):
            passages = numbered(hits, offers[:kept], documents)
            if count_tokens(self._model, passages) <= min(room, _TOKENS_FOR_PASSAGES):
                return passages
        return numbered(hits, offers[:1], documents)

    def rewritten(self, question: str, history: History) -> str:
        """A message that leans on the talk, as a question that stands by itself; may be empty."""
        kept = _harmless(history)
        if not kept:
            return ""
        said = _in_few_words(kept[-1][1])
        told = say(
            "rewrite",
            "message-after" if said else "message",
            earlier=_earlier(kept, _EARLIER_TO_REWRITE),
            said=said,
            question=both_ends(question, _MESSAGE_CHARACTERS),
        )
        found = self._model.invoke(
            [("system", say("rewrite", "system")), ("user", told)], {"run_name": "rewrite"}
        )
        return _first_line(found)

    def denies(
        self,
        question: str,
        hits: Sequence[Hit],
        sentences: Sequence[ScoredSentence],
        documents: Mapping[str, Document],
        grade: Grade | None = None,
    ) -> bool:
        """Whether the model, asked if what was found answers a question, says no.

        Args:
            question: one that stands by itself.
            hits: what the sentences are of.
            sentences: all sentences of the hits.
            documents: the documents of the hits, by id.
            grade: tells how well a sentence answers; None where nothing can.
        """
        offers = offered(question, hits, sentences, grade=grade)
        passages = numbered(hits, offers, documents)
        asked = both_ends(question, _MESSAGE_CHARACTERS)
        told = say("judge", "message", passages=passages, question=asked)
        found = self._model.invoke(
            [("system", say("judge", "system")), ("user", told)], {"run_name": "judge"}
        )
        return bool(_NO.match(_first_line(found)))

    def reworded(self, sentence: str) -> str:
        """A sentence of a source in plainer words, for a handout; may be empty."""
        messages = [
            ("system", say("reword", "system")),
            ("user", say("reword", "message", sentence=say("reword", "example"))),
            ("assistant", say("reword", "example-reworded")),
            ("user", say("reword", "message", sentence=sentence)),
        ]
        found = self._model.invoke(messages, {"run_name": "reword"})
        return _first_line(found)


def open_drafter(
    settings: Settings, model: BaseChatModel | None
) -> tuple[ChatModelDrafter | None, str]:
    """The drafter for a chat model, or for the one that settings name; None if there is none.

    Returns:
        The drafter, and why the model that is set cannot be used; empty if it can.
    """
    line = settings.model_at_once, settings.model_waiting, settings.model_seconds
    if model is not None:
        name = settings.model or f"python:{type(model).__name__}"
        return ChatModelDrafter(model, name, ModelQueue(*line), settings.model_judges), ""
    if not settings.model:
        return None, ""
    try:
        model = load_model(settings.model, settings.model_url, settings.model_seconds)
    except ModelError as error:
        return None, say("models", "failed", message=error.message, hint=error.hint)
    queue = shared_queue(settings.model, settings.model_url, *line)
    return ChatModelDrafter(model, settings.model, queue, settings.model_judges), ""


def refusal(turn: Turn) -> ModelError:
    """Why a turn at the model does not come, and what to do."""
    return ModelError(say("models", f"queue-{turn.refused}"), say("models", "queue-hint"))


def _first_line(reply: AIMessage) -> str:
    """What was asked for, without quotation marks and what a small model adds below it."""
    return spoken(str(reply.text)).split("\n")[0].strip('"“” ')


def prompt_texts() -> tuple[str, ...]:
    """What the model is shown besides message and passages: it must not say it back."""
    shown = ("system", "task", "example-message", "example-reply")
    shaped = ("task-situation", "example-message-situation", "example-reply-situation")
    return tuple(say(PROMPT, name) for name in (*shown, *shaped))


def _before(history: History) -> str:
    """What was said before a message, as lines to stand above it; may be empty."""
    kept = _harmless(history)
    if not kept:
        return ""
    lines = [say(PROMPT, "earlier", earlier=_earlier(kept, _EARLIER))]
    if said := _in_few_words(kept[-1][1]):
        lines.append(say(PROMPT, "answered", said=said))
    return "".join(f"{line}\n\n" for line in lines)


def _earlier(kept: Sequence[tuple[str, Answer | None]], turns: int) -> str:
    """The last messages before this one, in few words."""
    return " / ".join(asked[:_EARLIER_CHARACTERS] for asked, _ in kept[-turns:])


def _in_few_words(answer: Answer | None) -> str:
    """How the sourced sentences of a reply begin, so that they are not said again."""
    claims = answer.claims if answer else ()
    said = (c.text.split() for c in claims if c.verdict is Verdict.SUPPORTED)
    begun = [
        " ".join(words[:_WORDS_SAID]) + (" …" if len(words) > _WORDS_SAID else "") for words in said
    ]
    return " / ".join(begun[:_SENTENCES_SAID])


def _harmless(history: History) -> list[tuple[str, Answer | None]]:
    """Messages and their replies, but none of danger and none that answers its card."""
    kept, behind_card = list[tuple[str, Answer | None]](), False
    for turn in history:
        asked, answer = (turn, None) if isinstance(turn, str) else (turn.question, turn.answer)
        met_alone = answer is not None and answer.outcome is Outcome.SAFETY
        screening = answer.screening if answer else screen_message(asked)
        danger = met_alone or screening.is_crisis
        if not (danger or behind_card):
            kept.append((asked, answer))
        # A notice, such as that this is a program, asks nothing: what follows it is no reply.
        behind_card = danger and screening.level is not Level.NONE
    return kept


def _messages(values: Mapping[str, str]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    shape = values["shape"]
    task = say(PROMPT, f"task{shape}")
    return [
        SystemMessage(say(PROMPT, "system")),
        HumanMessage(say(PROMPT, f"example-message{shape}")),
        AIMessage(say(PROMPT, f"example-reply{shape}")),
        HumanMessage(say(PROMPT, "message", task=task, **values)),
    ]
