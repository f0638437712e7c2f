"""coachbot's search and answers as LangChain parts: a retriever and a Runnable.

Both take what they need as a function, so that any search or ask of the right form fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda

from coachbot.types import Answer, History, Hit


class Ask(Protocol):
    """Answers a question in view of its history."""

    def __call__(self, question: str, history: History = ()) -> Answer:
        """Question and history to an Answer."""


class CoachRetriever(BaseRetriever):
    """Passages of the library as LangChain documents, best first."""

    find: Callable[[str, int], Sequence[Hit]]
    k: int = 5

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        return [_document(hit) for hit in self.find(query, self.k)]


def _document(hit: Hit) -> LangChainDocument:
    passage = hit.passage
    metadata: dict[str, Any] = {
        "document_id": passage.document_id,
        "title": passage.title,
        "headings": list(passage.headings),
        "role": passage.role.value,
        "start": passage.start,
        "end": passage.end,
        "score": hit.score,
    }
    return LangChainDocument(id=passage.id, page_content=passage.text, metadata=metadata)


def as_runnable(ask: Ask) -> Runnable[str | dict[str, Any], Answer]:
    """A Runnable from a question, or ``{"question": …, "history": […]}``, to an Answer."""

    def answer(given: str | dict[str, Any]) -> Answer:
        if isinstance(given, str):
            return ask(given)
        return ask(given["question"], history=given.get("history", ()))

    return RunnableLambda(answer, name="coachbot")
