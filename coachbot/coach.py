"""The Coach: question in, cited answer out, and the library that it answers from."""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from coachbot.answering.chat_drafter import open_drafter
from coachbot.answering.citations import verify
from coachbot.answering.drafts import Drafter
from coachbot.answering.replying import Events
from coachbot.embedding import Embedder
from coachbot.errors import DocumentNotFoundError
from coachbot.handouts.composing import EASY
from coachbot.handouts.desk import HandoutDesk
from coachbot.handouts.making import Request
from coachbot.handouts.model import Audience, Brand, Handout, HandoutKind, Paper, choice
from coachbot.handouts.touching_safety import SafetyPath
from coachbot.models.loading import place_of
from coachbot.opening import Parts, open_parts
from coachbot.reading.documents import Described
from coachbot.search.changes import SyncReport
from coachbot.search.encoding import Progress
from coachbot.search.questions import clean, searched_for
from coachbot.search.retrieval import closest_sentences, search, weights_for
from coachbot.search.snapshot import Snapshot
from coachbot.search.turning import leant_on
from coachbot.search.workers import Workers
from coachbot.settings import Settings, load_settings
from coachbot.types import (
    Answer,
    Claim,
    Document,
    Done,
    Event,
    History,
    Hit,
    Kind,
    Screening,
    SentenceReady,
)

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.retrievers import BaseRetriever

    from coachbot.langchain import CoachRunnable

_HALVED = re.compile("[\ud800-\udfff]")
"""Halves of characters, as a terminal makes of what is not UTF-8; nothing can send them on."""


class Coach:
    """Answers questions from a library of texts; made with ``Coach.open``.

    A Coach keeps nothing of what it is asked, and may be shared between threads.
    """

    def __init__(self, parts: Parts, settings_hash: str = "") -> None:
        self._upkeep, self._index = parts.upkeep, parts.upkeep.index
        self._embedder, self._encode_question = parts.embedder, parts.encode_question
        self._gate, self._replier, self._reads = parts.gate, parts.replier, parts.reads
        self._shelf = parts.shelf
        self.model_place = parts.model_place
        """Who reads what is sent to the chat model; empty if it stays on this machine."""
        self._settings_hash = settings_hash

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        corpus: str | Path | None = None,
        data: str | Path | None = None,
        embedder: Embedder | None = None,
        chat_model: BaseChatModel | None = None,
        drafter: Drafter | None = None,
        progress: Progress | None = None,
        sync: bool = True,
    ) -> Coach:
        """Open a library; its index is built, brought up to date or, where damaged, built anew.

        Args:
            settings: all settings; read from environment and file if None.
            corpus: a folder of texts; the shipped ones if None.
            data: where the index and all that is written lives.
            embedder: what encodes; the one the settings name if None.
            chat_model: writes the answers; the one the settings name if None, or no model.
            drafter: chooses what to say from the hits, in place of the quoting one; each of its
                sentences is checked as theirs are.
            progress: told how many texts are encoded while the index is built.
            sync: False leaves building the index to a later call of ``sync``.

        Raises:
            CoachbotError: a setting, the corpus, the model or the index is not usable.
        """
        settings = settings or load_settings(corpus=corpus, data=data)
        coach = cls(open_parts(settings, embedder, chat_model, drafter), settings.hash)
        if sync:
            coach._upkeep.make_ready(progress)
        return coach

    def ask(self, question: str, history: History = (), *, country: str = "") -> Answer:
        """Answer a question; the safety gate comes before anything else.

        Args:
            question: what the person wrote, of any length and content.
            history: earlier turns, oldest first; a str is a message without its answer.
            country: whose help lines to name, such as ``US``; the settings' if empty.

        Returns:
            The answer; every sentence of it carries its verdict and its source.
        """
        *_, done = self.stream(question, history, country=country)
        assert isinstance(done, Done)
        return done.answer

    def stream(self, question: str, history: History = (), *, country: str = "") -> Iterator[Event]:
        """Answer a question sentence by sentence; the last event holds what ``ask`` returns.

        While others are before this one at the chat model, ``Waiting`` comes in between. A stream
        that is closed, or let go of, frees its place.
        """
        started = time.perf_counter()
        question = _HALVED.sub("\ufffd", question)
        met = self._gate.meet(question, history, country)
        if met.alone:
            answer = met.answer(question)
            events: Events = iter((*map(SentenceReady, answer.claims), Done(answer)))
        elif met.about:
            events = self._replier.reply(self._snapshot(), met.about, history[:-1], met)
        else:
            events = self._replier.reply(self._snapshot(), question, history, met)
        for event in events:
            if isinstance(event, Done):
                seconds = time.perf_counter() - started
                answer = replace(
                    event.answer,
                    question=question,
                    settings_hash=self._settings_hash,
                    seconds=seconds,
                )
                event = Done(answer)
            yield event

    def search(self, question: str, k: int = 5, *, situations: bool = True) -> list[Hit]:
        """The passages that fit a question best, without an answer.

        Args:
            question: what to search for.
            k: how many passages at most.
            situations: whether the everyday sentences stored with the texts take part.
        """
        text = clean(question)
        if not text:
            return []
        weights = weights_for(text)
        if not situations:
            weights = replace(weights, situation=0.0)
        return search(self._snapshot(), text, self._encode_question([text])[0], k, weights)

    def searched_for(self, question: str, history: History = ()) -> str:
        """What would be searched for, by the rules that need no chat model.

        Args:
            question: what the person wrote.
            history: earlier turns, oldest first.

        Returns:
            The message, cleaned; after the one that it leans on, if it leans on one.
        """
        return searched_for(
            question, leant_on(self._snapshot(), self._encode_question, question, history)
        )

    def closest_sentences(self, question: str, hits: Sequence[Hit]) -> list[tuple[int, int]]:
        """The sentence of each hit that comes nearest to a question.

        Returns:
            For each hit the span ``(start, end)`` in the text of its document.
        """
        vector = self._encode_question([clean(question)])[0]
        return closest_sentences(self._snapshot(), hits, vector)

    def screen(self, message: str, history: History = ()) -> Screening:
        """What the safety gate says of a message; see ``safety.Gate``."""
        return self._gate.screen(message, history)

    def verify(self, claim: str, evidence: Sequence[str]) -> Claim:
        """Check a claim against texts; see ``citations.verify``."""
        return verify(claim, evidence, self._reads)

    def add(
        self,
        path: str | Path,
        *,
        kind: Kind | str | None = None,
        title: str = "",
        authors: Sequence[str] = (),
        year: int | None = None,
        progress: Progress | None = None,
    ) -> Document:
        """Add a file to the library; a copy is kept under the data folder.

        Raises:
            DocumentError: the file cannot be read, or its text is in the library already.
            StorageError: it cannot be kept; the library is as before.
        """
        described = Described.told(kind, title, authors, year)
        return self._upkeep.add_file(Path(path).expanduser().absolute(), described, progress)

    def add_bytes(
        self,
        data: bytes,
        name: str,
        *,
        kind: Kind | str | None = None,
        title: str = "",
        authors: Sequence[str] = (),
        year: int | None = None,
        progress: Progress | None = None,
    ) -> Document:
        """Add the content of a file, such as an upload, under the name it came with.

        Raises:
            DuplicateError: its text is in the library already.
            DocumentError: it is too large or cannot be read.
            StorageError: it cannot be kept; the library is as before.
        """
        described = Described.told(kind, title, authors, year)
        return self._upkeep.add(name, data, described, progress)

    def remove(self, id: str) -> Path:
        """Take an added text out of the library.

        Returns:
            Where its copy lies, to add it again from.

        Raises:
            DocumentError: there is no such text, or it belongs to the corpus folder.
        """
        return self._upkeep.remove(id)

    def restore(self, id: str) -> None:
        """Bring back the text that ``remove``, or an ``add`` of the same name, took away."""
        self._upkeep.restore(id)

    def forget(self, id: str) -> None:
        """Delete for good what ``remove`` took away."""
        self._upkeep.library.forget(id)

    def added(self) -> frozenset[str]:
        """The ids of the texts that were added to the corpus, and so can be removed."""
        return self._upkeep.library.added()

    def removed(self) -> dict[str, str]:
        """The file names, by id, of what can be brought back by ``restore``."""
        return self._upkeep.library.removed()

    def sync(
        self,
        progress: Progress | None = None,
        *,
        rebuild: bool = False,
        workers: Workers | None = None,
    ) -> SyncReport:
        """Bring the index to the state of the files; see ``LibraryIndex.sync``."""
        return self._upkeep.sync(progress, rebuild=rebuild, workers=workers)

    @property
    def last_sync(self) -> SyncReport | None:
        """What the last ``sync`` did, or the one at opening; None if there was nothing to do."""
        return self._upkeep.last_sync

    def handout(
        self,
        need: str = "",
        *,
        kind: HandoutKind | str = HandoutKind.EXPLAINER,
        audience: Audience | str = Audience.COUPLE,
        passages: Sequence[str] = (),
        answers: Sequence[Answer] = (),
        safety: SafetyPath | str | None = None,
        reading_grade: float = EASY,
        country: str = "",
        reword: bool = True,
        paper: Paper | str | None = None,
        brand: Brand | None = None,
    ) -> Handout:
        """Compose a handout for clients, each line with its source.

        Args:
            need: a topic by name or keyword, or a question.
            kind: what sort of sheet; see ``HandoutKind``.
            audience: ``couple`` or ``one``.
            passages: ids of passages whose sentences are to stand on it.
            answers: replies whose sourced sentences are to; no word of a person is carried over.
            safety: what to make where a request touches on safety: ``safety-sheet``,
                ``abuse-explainer`` or ``own-text``.
            reading_grade: what sentences may ask of a reader, where there is a choice.
            country: whose help lines to name; the settings' if empty.
            reword: whether a chat model, if there is one, rewords what is hard to read.
            paper: ``A4`` or ``Letter``; what is in use in the country if None.
            brand: the clinic; its profile in the data folder if None, ``Brand()`` for none.

        Raises:
            SafetyChoiceError: the request touches on safety and ``safety`` is not given.
            HandoutError: the library has nothing on it, or not enough for this kind; or the
                clinic's profile is damaged.
        """
        request = Request(
            need,
            choice(HandoutKind, kind),
            choice(Audience, audience),
            tuple(passages),
            tuple(answers),
            choice(SafetyPath, safety) if safety else None,
            reading_grade,
        )
        made = self.handouts.make(request, country, reworded=reword)
        return replace(
            made,
            paper=choice(Paper, paper) if paper else Paper.of(country or made.country),
            brand=self._shelf.clinic() if brand is None else brand,
        )

    @property
    def handouts(self) -> HandoutDesk:
        """Where handouts out of this library are checked and given out."""
        writer = self._replier.writer
        return HandoutDesk(self._snapshot, self._embedder.encode, self._gate, self.verify, writer)

    def documents(self) -> list[Document]:
        """All texts of the library, by id."""
        return list(self._snapshot().documents.values())

    def document(self, id: str) -> Document:
        """One text of the library.

        Raises:
            DocumentNotFoundError: there is no such text.
        """
        found = self._snapshot().documents.get(id)
        if found is None:
            raise DocumentNotFoundError(
                f"There is no text called {id}.", "See what there is with: coachbot documents"
            )
        return found

    def facts(self) -> dict[str, str]:
        """What is stored with the index: embedder, hashes, generation, when built; and counts."""
        snapshot = self._snapshot()
        return {
            **snapshot.contents.meta,
            "texts": str(len(snapshot.documents)),
            "passages": str(len(snapshot.by_passage)),
            "sentences": str(len(snapshot.by_sentence)),
        }

    def as_retriever(self, k: int = 5) -> BaseRetriever:
        """The library as a LangChain retriever."""
        from coachbot.langchain import CoachRetriever

        return CoachRetriever(find=self.search, k=k)

    def as_runnable(self) -> CoachRunnable:
        """The coach as a LangChain Runnable from question to Answer."""
        from coachbot.langchain import CoachRunnable

        return CoachRunnable(self.stream)

    def beside(self, corpus: Path, data: Path) -> Coach:
        """Another coach over another folder of texts, with the same encoder."""
        settings = load_settings(corpus=corpus, data=data)
        return Coach.open(settings, embedder=self._embedder)

    def written_by(self, settings: Settings, chat_model: BaseChatModel | None = None) -> Coach:
        """The same library and gate with another chat model, or with none.

        Args:
            settings: those of this Coach but for ``model`` and ``model_url``.
            chat_model: writes the answers; the one the settings name if None, or no model.
        """
        writer, problem = open_drafter(settings, chat_model)
        twin = copy.copy(self)
        twin._replier = self._replier.written_by(writer, settings.model_url, problem)
        named = writer and settings.model
        twin.model_place = place_of(settings.model, settings.model_url) if named else ""
        twin._settings_hash = settings.hash
        return twin

    def close(self) -> None:
        """Let go of the index's files; the next call opens them again."""
        self._index.close()

    def _snapshot(self) -> Snapshot:
        return self._index.snapshot()
