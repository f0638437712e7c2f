"""A message and its history to what is searched for.

The message is tidied and clipped; the person's last message before it, if any, is put in front, so
that "and the other one?" finds what the talk is about.
"""

from __future__ import annotations

import re
import unicodedata

from coachbot.types import History

MAX_CHARACTERS = 2_000
"""More than an encoder reads; of a longer message the two ends are kept, where the point stands."""


def clean(message: str) -> str:
    """A message without control characters, white space folded, clipped to its two ends."""
    text = unicodedata.normalize("NFC", message.encode("utf-8", "ignore").decode("utf-8"))
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2
    return f"{text[:half]} … {text[-half:]}"


def searched_for(message: str, history: History) -> str:
    """What to search for.

    Args:
        message: what the person wrote now.
        history: earlier turns, oldest first.

    Returns:
        The last earlier message and this one, cleaned; empty if neither has a word.
    """
    earlier = [turn if isinstance(turn, str) else turn.question for turn in history][-1:]
    parts = [clean(part) for part in (*earlier, message)]
    return " ".join(part for part in parts if re.search(r"\w", part))
