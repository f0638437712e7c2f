"""A message and its history to what is searched for.

The message is tidied and clipped. If it leans on what came before ("and the other one?"), the
person's last message is put in front of it, so that the search finds what the talk is about; a
message that stands by itself is searched for by itself.
"""

from __future__ import annotations

import re
import unicodedata

from coachbot.lexical import content_words
from coachbot.types import History

MAX_CHARACTERS = 2_000
"""More than an encoder reads; of a longer message the two ends are kept, where the point stands."""

_LONG = 12
_POINTS_BACK = re.compile(
    r"(?i)^(?:and|but|so|or|ok|okay|then|what about|how about|tell me more|more)\b"
    r"|^(?:why|how)(?: not| so| come)?\W*$"
    r"|\b(?:it|its|that|this|they|them|their|those|these|he|him|his|she|her|hers|else|others?|"
    r"ones?|same|too)\b"
)


def clean(message: str) -> str:
    """A message without control characters, white space folded, clipped to its two ends."""
    text = unicodedata.normalize("NFC", message.encode("utf-8", "ignore").decode("utf-8"))
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2
    return f"{text[:half]} … {text[-half:]}"


def leans_on_history(message: str) -> bool:
    """Whether a message is short and points back, or holds next to nothing of its own."""
    words = message.split()
    if len(words) > _LONG:
        return False
    return bool(_POINTS_BACK.search(message)) or len(content_words(message)) < 2


def searched_for(message: str, history: History) -> str:
    """What to search for.

    Args:
        message: what the person wrote now.
        history: earlier turns, oldest first.

    Returns:
        This message, cleaned, after the last one before it if it leans on that; empty if there
        is no word in it.
    """
    if not re.search(r"\w", message):
        return ""
    earlier = [turn if isinstance(turn, str) else turn.question for turn in history][-1:]
    if not leans_on_history(message):
        earlier = []
    parts = [clean(part) for part in (*earlier, message)]
    return " ".join(part for part in parts if re.search(r"\w", part))
