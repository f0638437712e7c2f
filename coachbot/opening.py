"""From settings to the parts of a Coach: the only place where they are wired together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coachbot.answering.chat_drafter import open_drafter
from coachbot.answering.citations import Reading
from coachbot.answering.drafts import Drafter
from coachbot.answering.message_kinds import MessageKinds
from coachbot.answering.pertinence import Pertinence
from coachbot.answering.replying import Replier
from coachbot.answering.verifier import reading
from coachbot.embedding import Embedder, Encode, Remembering, embedder_named, is_packaged
from coachbot.handouts.shelf import Shelf
from coachbot.models.loading import place_of
from coachbot.safety import Gate
from coachbot.search.index import LibraryIndex
from coachbot.search.library import Library
from coachbot.search.upkeep import Upkeep
from coachbot.settings import Settings, resource

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True, slots=True)
class Parts:
    """What a Coach is made of.

    Attributes:
        upkeep: the library and its index.
        embedder: what encodes.
        encode_question: the same, for a message that was encoded a moment ago.
        gate: meets each message first.
        reads: how evidence is read where a sentence is checked.
        replier: composes replies to what the gate lets through.
        shelf: where handouts and the clinic's profile are kept.
        model_place: who reads what is sent to the chat model; empty if it stays on this machine.
    """

    upkeep: Upkeep
    embedder: Embedder
    encode_question: Encode
    gate: Gate
    reads: Reading
    replier: Replier
    shelf: Shelf
    model_place: str


def open_parts(
    settings: Settings,
    embedder: Embedder | None = None,
    chat_model: BaseChatModel | None = None,
    drafter: Drafter | None = None,
) -> Parts:
    """The parts that settings name; arguments as for ``Coach.open``.

    Raises:
        CoachbotError: a setting or a model is not usable.
    """
    embedder = embedder or embedder_named(settings.embedder)
    upkeep = _upkeep(settings, embedder)
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
    shelf = Shelf(settings.shared_folder / "handouts")
    return Parts(upkeep, embedder, encode, gate, reads, replier, shelf, place)


def _upkeep(settings: Settings, embedder: Embedder) -> Upkeep:
    root = settings.corpus or resource("corpus")
    folder = settings.index_folder(root)
    index = LibraryIndex(
        folder,
        embedder,
        chroma_url=settings.chroma_url,
        chroma_token=settings.chroma_token,
        max_file_bytes=int(settings.max_file_mb * 1e6),
    )
    return Upkeep(Library(root, folder), index)
