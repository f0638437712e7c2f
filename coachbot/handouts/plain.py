"""Text as paper shows it: what nobody sees is taken out, once, before anything is laid out."""

from __future__ import annotations

import unicodedata

_JOINERS = "\u200c\u200d"
_DROPPED = ("Cc", "Cf", "Cs")
"""Categories of characters that no paper shows. Among them are those that turn the direction of
what follows: with them, what is printed could differ from what was checked."""


def plain(text: str) -> str:
    """Text as paper shows it: on one line, with nothing invisible that changes how it reads."""
    shown = "".join(filter(_is_shown, " ".join(text.split())))
    return " ".join(shown.split()).strip(f" {_JOINERS}")


def _is_shown(char: str) -> bool:
    code = ord(char)
    if 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
        return False  # set aside by Unicode as no characters; XML does not carry them
    return char in _JOINERS or unicodedata.category(char) not in _DROPPED
