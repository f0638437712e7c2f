"""The Coach: question in, cited answer out; the only place where the parts are wired together."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from coachbot.answering.chat_drafter import open_drafter
from coachbot.answering.citations import Reading, verify
from coachbot.answering.drafts import Drafter
from coachbot.answering.message_kinds import MessageKinds
from coachbot.answering.pertinence import Pertinence
from coachbot.answering.replying import Events, Replier
from coachbot.answering.verifier import reading
from coachbot.embedding import Embedder, Encode, Remembering, embedder_named, is_packaged
from coachbot.errors import (
    DocumentNotFoundError,
    DuplicateError,
    IndexBusyError,
    IndexUnusableError,
)
from coachbot.handouts.composing import EASY
from coachbot.handouts.desk import HandoutDesk
from coachbot.handouts.making import Request
from coachbot.handouts.model import Audience, Handout, HandoutKind, choice
from coachbot.handouts.touching_safety import SafetyPath
from coachbot.models.loading import place_of
from coachbot.reading.documents import (
    Described,
    check_size,
    load_document,
    read_bytes,
)
from coachbot.safety import Gate
from coachbot.search.changes import SyncReport
from coachbot.search.encoding import Progress
from coachbot.search.index import LibraryIndex
from coachbot.search.library import Library, plain_name
from coachbot.search.questions import clean
from coachbot.search.retrieval import closest_sentences, search, weights_for
from coachbot.search.snapshot import Snapshot
from coachbot.search.workers import Workers
from coachbot.settings import Settings, load_settings, resource
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


class Coach:
    """Answers questions from a library of texts; made with ``Coach.open``.

    A Coach keeps nothing of what it is asked, and may be shared between threads.
    """

    def __init__(
        self,
        library: Library,
        index: LibraryIndex,
        embedder: Embedder,
        gate: Gate,
        replier: Replier,
        settings_hash: str = "",
        encode_question: Encode | None = None,
        reads: Reading | None = None,
        model_place: str = "",
    ) -> None:
        self._library = library
        self._index = index
        self._embedder = embedder
        self._gate = gate
        self._replier = replier
        self._reads = reads or Reading(embedder.encode)
        self._encode_question = encode_question or Remembering(embedder.encode)
        self.model_place = model_place
        """Who reads what is sent to the chat model; empty if it stays on this machine."""
        self._settings_hash = settings_hash
        self.last_sync: SyncReport | None = None

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
        embedder = embedder or embedder_named(settings.embedder)
        root = settings.corpus or resource("corpus")
        folder = settings.index_folder(root)
        index = LibraryIndex(
            folder,
            embedder,
            chroma_url=settings.chroma_url,
            chroma_token=settings.chroma_token,
            max_file_bytes=int(settings.max_file_mb * 1e6),
        )
        encode = Remembering(embedder.encode)
        # Gate and kinds know the packaged encoder only.
        if is_packaged(embedder):
            gate, kinds = Gate(embedder.word_vectors, settings.country), MessageKinds(encode)
            pertinence: Pertinence | None = Pertinence(embedder.word_vectors)
        else:
            gate, kinds, pertinence = Gate.open(settings.country), None, None
        reads = reading(embedder, settings.verifier)
        writer, problem = open_drafter(settings, chat_model)
        replier = Replier(
            reads, encode, drafter, writer, settings.model_seconds, settings.model_url, problem,
            kinds, pertinence,
        )  # fmt: skip
        place = place_of(settings.model, settings.model_url) if settings.model else ""
        library = Library(root, folder)
        coach = cls(library, index, embedder, gate, replier, settings.hash, encode, reads, place)
        if sync:
            coach._make_ready(progress)
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
        path = Path(path).expanduser().absolute()
        described = Described.told(kind, title, authors, year)
        data = read_bytes(path, self._index.max_file_bytes)
        return self._add(path.name, data, described, progress)

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
        check_size(len(data), name, self._index.max_file_bytes)
        described = Described.told(kind, title, authors, year)
        return self._add(name, data, described, progress)

    def _add(
        self, name: str, data: bytes, described: Described, progress: Progress | None
    ) -> Document:
        document = load_document(data, plain_name(name), "new", described)
        self._refuse_twin(document, name)
        with self._library.adding(name, data, described) as file:
            report = self.sync(progress)
            if file.path in report.duplicates:  # another process was quicker
                raise _duplicate(name, report.duplicates[file.path])
        return self._snapshot().documents.get(file.id, document)

    def _refuse_twin(self, document: Document, name: str) -> None:
        """Before anything is written: what is added last must not take an older one's place."""
        own = self._library.id_for(name)
        for id, known in self._index.catalogue.load().records.items():
            if known.document.sha256 == document.sha256 and id != own:
                raise _duplicate(name, id)

    def remove(self, id: str) -> Path:
        """Take an added text out of the library.

        Returns:
            Where its copy lies, to add it again from.

        Raises:
            DocumentError: there is no such text, or it belongs to the corpus folder.
        """
        with self._library.removing(id) as aside:
            self.sync()
        return aside

    def restore(self, id: str) -> None:
        """Bring back the text that ``remove``, or an ``add`` of the same name, took away."""
        self._library.restore(id)
        self.sync()

    def forget(self, id: str) -> None:
        """Delete for good what ``remove`` took away."""
        self._library.forget(id)

    def added(self) -> frozenset[str]:
        """The ids of the texts that were added to the corpus, and so can be removed."""
        return self._library.added()

    def removed(self) -> dict[str, str]:
        """The file names, by id, of what can be brought back by ``restore``."""
        return self._library.removed()

    def sync(
        self,
        progress: Progress | None = None,
        *,
        rebuild: bool = False,
        workers: Workers | None = None,
    ) -> SyncReport:
        """Bring the index to the state of the files; see ``LibraryIndex.sync``."""
        files = self._library.files()
        self.last_sync = self._index.sync(files, progress, rebuild=rebuild, workers=workers)
        return self.last_sync

    def _make_ready(self, progress: Progress | None) -> None:
        """Bring the index up to date; an embedded one that is damaged is built anew, once.

        Whoever uses a page has no other way to mend it. What was wrong is among the problems of
        ``last_sync``.
        """
        try:
            if self._index.needs_sync(self._library.files()):
                self.sync(progress)
            if self._index.embedded:  # on a server, nothing that can be mended from here
                self._index.snapshot()
        except IndexBusyError:
            raise
        except IndexUnusableError as error:
            if not self._index.embedded:
                raise
            report = self.sync(progress, rebuild=True)
            told = f"The index was damaged and is built anew from the texts: {error.message}"
            failures = {**report.failures, self._index.folder: IndexUnusableError(told)}
            self.last_sync = replace(report, failures=failures)

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

        Raises:
            SafetyChoiceError: the request touches on safety and ``safety`` is not given.
            HandoutError: the library has nothing on it, or not enough for this kind.
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
        return self.handouts.make(request, country, reworded=reword)

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


def _duplicate(name: str, twin: str) -> DuplicateError:
    return DuplicateError(
        f"{plain_name(name)} holds the same text as {twin}, which is in the library already.",
        "See it with: coachbot documents",
    )
