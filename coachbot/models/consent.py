"""Whether a person has agreed that their words go to a model on another machine; asked once."""

from __future__ import annotations

import json
from pathlib import Path

_FILE = "consents.json"


def given(data: Path, place: str) -> bool:
    """Whether it was agreed that words go to a place; a damaged file counts as no."""
    return place in _places(data)


def remember(data: Path, place: str) -> None:
    """Keep the agreement under the data folder; withdrawn by deleting ``consents.json``."""
    data.mkdir(parents=True, exist_ok=True)
    places = sorted({*_places(data), place})
    (data / _FILE).write_text(json.dumps(places), encoding="utf-8")


def _places(data: Path) -> list[str]:
    try:
        found = json.loads((data / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [place for place in found if isinstance(place, str)] if isinstance(found, list) else []
