"""Handouts as files: JSON that is read back strictly, with errors that name what is wrong."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json as parsed

from coachbot.errors import HandoutError, StorageError
from coachbot.handouts.model import Handout, Status
from coachbot.settings import write_whole

SCHEMA = 2
_READ = (1, SCHEMA)
"""Forms of the file that can be read."""
MOST_MEGABYTES = 2
"""What a saved handout takes at most; a logo may be half of it, the rest is a few pages of text."""
_FORMAT = "coachbot-handout"


def to_json(handout: Handout) -> str:
    """The JSON form of a handout; ``from_json`` gives back an equal one."""
    told = {"format": _FORMAT, "schema": SCHEMA, **handout.to_dict()}
    return json.dumps(told, ensure_ascii=False, indent=2)


def from_json(text: str) -> Handout:
    """Read a handout.

    Raises:
        HandoutError: it is too long, no JSON, no handout, of a later form, or a value cannot be;
            it names which.
    """
    if len(text) > MOST_MEGABYTES * 2**20:
        raise HandoutError(f"This file is larger than {MOST_MEGABYTES} MB.", _SAVED_BY_US)
    try:
        # This reader refuses half characters, which could be shown but never saved again.
        data = parsed(text.encode())
    except ValueError as error:
        raise HandoutError(f"This is not JSON: {error}.", _SAVED_BY_US) from error
    if not isinstance(data, dict) or data.pop("format", None) != _FORMAT:
        raise HandoutError("This file is not a handout.", _SAVED_BY_US)
    schema = data.pop("schema", None)
    if schema not in _READ:
        raise HandoutError(
            f"This handout is of form {schema}; this coachbot reads forms up to {SCHEMA}.",
            "Open it with the coachbot that wrote it, or update coachbot.",
        )
    if schema == 1:
        _bring_up(data)
    logo = _logo(data.get("brand"))
    try:
        handout = _adapter().validate_python(data)
    except ValidationError as error:
        # A damaged table is no writing space either: that it lacks what one has tells nothing.
        first = min(error.errors(), key=lambda e: e["type"] == "missing")
        where = ".".join(map(str, first["loc"]))
        raise HandoutError(
            f"The handout is damaged at {where}: {first['msg']}.", _SAVED_BY_US
        ) from error
    return replace(handout, brand=replace(handout.brand, logo=logo))


def save(handout: Handout, path: Path) -> None:
    """Write a handout to a file, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    write_whole(path, to_json(handout))


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Tell of what the disk refuses as an error that a person can mend.

    Raises:
        StorageError: it could not be written.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.",
            "Free some space there, make it writable, or choose another place.",
        ) from error


def load(path: Path) -> Handout:
    """Read a handout from a file.

    Raises:
        HandoutError: there is no such file, or it is not a sound handout.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise HandoutError(f"{path} cannot be read: {error.strerror}.", "") from error
    except UnicodeDecodeError as error:
        raise HandoutError(f"{path} is not text.", _SAVED_BY_US) from error
    return from_json(text)


_SAVED_BY_US = "Choose a .json file that coachbot saved."


def _bring_up(data: dict[str, Any]) -> None:
    """Bring the first form up to date: help lines, headings and tables were the program's, bare."""
    data["help"] = _lines(data.get("help", []))
    if isinstance(headings := data.get("headings"), dict):
        data["headings"] = {part: _line(text) for part, text in headings.items()}
    for item in data.get("practice") or ():
        if isinstance(item, dict) and "columns" in item:
            item["caption"] = _line(item.get("caption"))
            item.update({name: _lines(item.get(name)) for name in ("columns", "rows")})


def _lines(texts: Any) -> Any:
    return [_line(text) for text in texts] if isinstance(texts, list) else texts


def _line(text: Any) -> Any:
    """A line of bare words; anything else stays, to be named as damaged."""
    return {"text": text, "status": Status.FIXED} if isinstance(text, str) else text


@lru_cache
def _adapter() -> TypeAdapter[Handout]:
    return TypeAdapter(Handout)


def _logo(brand: Any) -> bytes:
    """Take the logo out of the data, where it stands as text."""
    if not isinstance(brand, dict) or not brand.get("logo"):
        return b""
    try:
        return base64.b64decode(brand.pop("logo"), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise HandoutError("The logo in this handout is damaged.", "Choose it again.") from error
