"""What a chat model makes of messages that lean on the talk, without waiting for its answers."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from coachbot.coach import Coach
from coachbot.evaluation.measures import Row
from coachbot.prompts import say
from coachbot.settings import load_settings


class _OnlyRewrites(BaseChatModel):
    """A chat model that is asked to rewrite and nothing else: its drafts are empty, at once."""

    model: BaseChatModel

    @property
    def _llm_type(self) -> str:
        return "only rewrites"

    def _generate(self, messages: list[BaseMessage], *_: object, **__: object) -> ChatResult:
        asked = messages[0].content == say("rewrite", "system")
        said = str(self.model.invoke(messages).text) if asked else ""
        return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])


def reworded(coach: Coach, model: BaseChatModel, rows: Sequence[Row]) -> list[str]:
    """What is searched for at each row with a chat model at work.

    The whole way of a message is gone, so a rewriting that comes too late, or is too long, counts
    as it does for people: the rules' own reading serves.

    Returns:
        One text for each row; empty where the message is answered without a search.
    """
    rewriting = coach.written_by(load_settings(), _OnlyRewrites(model=model))
    return [rewriting.ask(row["question"], row.get("history", ())).searched_for for row in rows]
