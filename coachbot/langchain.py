"""coachbot's search and answers as LangChain parts: a retriever and a Runnable.

Both take what they need as a function, so that any search or stream of the right form fits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Protocol

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig

from coachbot.types import Answer, Done, Event, History, Hit


class Stream(Protocol):
    """Answers a question in view of its history, sentence by sentence."""

    def __call__(self, question: str, history: History = ()) -> Iterator[Event]:
        """Question and history to events; the last one is ``Done``."""


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


class CoachRunnable(Runnable[str | dict[str, Any], Answer]):
    """The coach as a Runnable: a question, or ``{"question": …, "history": […]}``, to an Answer.

    ``invoke``, ``batch`` and their async forms give the Answer; ``stream`` and ``astream`` give
    ``SentenceReady`` for each checked sentence, then ``Done``, and ``Waiting`` while others are
    before it at the model. In a tracer the run is called ``coachbot``, its steps ``retrieve``,
    ``draft`` and ``verify``.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.name = "coachbot"

    def invoke(
        self,
        input: str | dict[str, Any],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Answer:
        """Ask and wait for the whole answer."""
        return self._call_with_config(self._answer, input, config, **kwargs)

    def stream(  # type: ignore[override]
        self,
        input: str | dict[str, Any],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Event]:
        """Ask and get each sentence as it is checked; the last event holds the answer."""

        def events(given: Iterator[str | dict[str, Any]]) -> Iterator[Any]:
            for one in given:
                yield from self._stream(*_asked(one))

        # LangChain types the parts of a stream as its whole; here they are events, then the answer.
        parts: Any = self._transform_stream_with_config(iter([input]), events, config, **kwargs)
        yield from parts

    async def astream(  # type: ignore[override]
        self,
        input: str | dict[str, Any],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Event]:
        """The same without blocking the event loop."""
        events = self.stream(input, config, **kwargs)
        while (event := await asyncio.to_thread(next, events, None)) is not None:
            yield event

    def _answer(self, given: str | dict[str, Any]) -> Answer:
        *_, done = self._stream(*_asked(given))
        assert isinstance(done, Done)
        return done.answer


def _asked(given: str | dict[str, Any]) -> tuple[str, History]:
    if isinstance(given, str):
        return given, ()
    return given["question"], given.get("history", ())
