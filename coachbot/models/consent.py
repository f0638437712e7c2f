"""Whether a person has agreed that their words go to a model on another machine; asked once."""

from __future__ import annotations

import json
from pathlib import Path

from coachbot.settings import write_whole

_FILE = "consents.json"


def given(data: Path, place: str) -> bool:
    """Whether it was agreed that words go to a place; a damaged file counts as no."""
    return place in _places(data)


def remember(data: Path, place: str) -> None:
    """Keep the agreement under the data folder; withdrawn by deleting ``consents.json``.

    Args:
        data: the data folder.
        place: who reads what is sent, as the person was told.

    Raises:
        StorageError: it cannot be written; what was agreed before stays.
    """
    places = sorted({*_places(data), place})
    write_whole(data / _FILE, json.dumps(places))


def _places(data: Path) -> list[str]:
    try:
        found = json.loads((data / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [place for place in found if isinstance(place, str)] if isinstance(found, list) else []
