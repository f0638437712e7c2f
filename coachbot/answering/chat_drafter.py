"""The drafter with a chat model behind it: passages and a message to a stream of text.

The prompt shows one worked exchange as earlier turns, which small models follow better than rules;
passages are numbered and fenced, with their kind, and are named as quoted text that gives no
orders. All of it is kept within the model's context.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from coachbot.answering.candidates import quotable
from coachbot.answering.drafts import asks_what_to_do, is_story
from coachbot.answering.marks import spoken
from coachbot.answering.situation_reply import leading_texts
from coachbot.errors import ModelError
from coachbot.models.loading import load_model
from coachbot.models.queue import ModelQueue, Turn, shared_queue
from coachbot.prompts import say
from coachbot.safety import screen_message
from coachbot.safety.normalising import both_ends
from coachbot.search.retrieval import ScoredSentence
from coachbot.settings import Settings
from coachbot.types import Document, History, Hit, Level, Outcome

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

_PROMPT = "answer"
_CHARACTERS_A_TOKEN = 3
"""A low guess for English, so that the budget holds for any tokenizer."""
_TOKENS_FOR_PASSAGES = 800
_LEAST_SENTENCES, _MOST_SENTENCES = 3, 9
_MESSAGE_CHARACTERS = 500 * _CHARACTERS_A_TOKEN
_EARLIER = 2
_EARLIER_CHARACTERS = 200


class ChatModelDrafter:
    """Asks a chat model to put what the passages say into plain words.

    Args:
        model: any LangChain chat model.
        setting: what it is called, such as ``ollama:llama3.2``.
        queue: the line before it; whoever asks it has a turn there.
    """

    name = "chat_model"

    def __init__(self, model: BaseChatModel, setting: str, queue: ModelQueue | None = None) -> None:
        self._model = model
        self.setting = setting
        self.queue = queue or ModelQueue()

    def stream(
        self,
        question: str,
        hits: Sequence[Hit],
        sentences: Sequence[ScoredSentence],
        documents: Mapping[str, Document],
        history: History = (),
    ) -> Generator[str, None, None]:
        """Text as the model writes it, with marks that count the hits from 1."""
        from langchain_core.runnables import RunnableLambda

        # No parser at its end: closed early, LangChain's would first read the model to its end.
        chain = RunnableLambda(_messages, name="prompt") | self._model
        values = {
            "question": both_ends(question, _MESSAGE_CHARACTERS),
            "passages": numbered(hits, offered(question, hits, sentences), documents),
            "earlier": _earlier(history),
        }
        for chunk in chain.with_config(run_name="draft").stream(values):
            yield str(chunk.text)

    def rewritten(self, question: str, history: History) -> str:
        """A message that leans on the talk, as a question that stands by itself; may be empty."""
        earlier = _earlier(history, 4)
        if not earlier:
            return ""
        told = say(
            "rewrite", "message", earlier=earlier, question=both_ends(question, _MESSAGE_CHARACTERS)
        )
        found = self._model.invoke(
            [("system", say("rewrite", "system")), ("user", told)], {"run_name": "rewrite"}
        )
        return _first_line(found)

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
        return ChatModelDrafter(model, name, ModelQueue(*line)), ""
    if not settings.model:
        return None, ""
    try:
        model = load_model(settings.model, settings.model_url, settings.model_seconds)
    except ModelError as error:
        return None, say("models", "failed", message=error.message, hint=error.hint)
    queue = shared_queue(settings.model, settings.model_url, *line)
    return ChatModelDrafter(model, settings.model, queue), ""


def refusal(turn: Turn) -> ModelError:
    """Why a turn at the model does not come, and what to do."""
    return ModelError(say("models", f"queue-{turn.refused}"), say("models", "queue-hint"))


def _first_line(reply: AIMessage) -> str:
    """What was asked for, without quotation marks and what a small model adds below it."""
    return spoken(str(reply.text)).split("\n")[0].strip('"“” ')


def prompt_texts() -> tuple[str, ...]:
    """What the model is shown besides message and passages: it must not say it back."""
    names = ("system", "example-message", "example-reply")
    return tuple(say(_PROMPT, name) for name in names)


def offered(
    question: str, hits: Sequence[Hit], sentences: Sequence[ScoredSentence]
) -> list[ScoredSentence]:
    """What the model is given to say again: the nearest sentences, in reading order.

    A small model says again whatever it is shown, so what does not fit the message is not shown:
    to someone who tells of their life or asks what to do, no text but those that lead.
    """
    fit = [s for s in sentences if quotable(s, hits[s.hit].passage) and len(s.text.split()) > 2]
    if is_story(question) or asks_what_to_do(question):
        texts = leading_texts(hits)
        leading = [s for s in fit if hits[s.hit].passage.document_id in texts]
        fit = leading if len(leading) >= _LEAST_SENTENCES else fit
    chosen, room = list[ScoredSentence](), _TOKENS_FOR_PASSAGES * _CHARACTERS_A_TOKEN
    for sentence in sorted(fit, key=lambda s: -s.similarity)[:_MOST_SENTENCES]:
        room -= len(sentence.text)
        if room < 0:
            break
        chosen.append(sentence)
    return sorted(chosen, key=lambda s: (s.hit, s.position))


def numbered(
    hits: Sequence[Hit],
    sentences: Sequence[ScoredSentence],
    documents: Mapping[str, Document],
) -> str:
    """The sentences as blocks under the numbers of their passages."""
    blocks = []
    for number, own in groupby(sentences, key=lambda s: s.hit):
        kind = documents[hits[number].passage.document_id].kind.value
        text = " ".join(" ".join(s.text.split()) for s in own)
        kind = say("page", f"kind-{kind}")
        blocks.append(say(_PROMPT, "passage", number=number + 1, kind=kind, text=text))
    return "\n\n".join(blocks)


def _earlier(history: History, turns: int = _EARLIER) -> str:
    """The last messages before this one, but none of danger and none that answers its card."""
    kept, behind_card = list[str](), False
    for turn in history:
        asked, answer = (turn, None) if isinstance(turn, str) else (turn.question, turn.answer)
        met_alone = answer is not None and answer.outcome is Outcome.SAFETY
        screening = answer.screening if answer else screen_message(asked)
        danger = met_alone or screening.level is Level.CRISIS
        if not (danger or behind_card):
            kept.append(asked)
        # A notice, such as that this is a program, asks nothing: what follows it is no reply.
        behind_card = danger and screening.level is not Level.NONE
    return " / ".join(text[:_EARLIER_CHARACTERS] for text in kept[-turns:])


def _messages(values: dict[str, str]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    name = "message-after" if values["earlier"] else "message"
    return [
        SystemMessage(say(_PROMPT, "system")),
        HumanMessage(say(_PROMPT, "example-message")),
        AIMessage(say(_PROMPT, "example-reply")),
        HumanMessage(say(_PROMPT, name, **values)),
    ]
