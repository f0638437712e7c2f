"""A message and its history to what is searched for.

The message is tidied and clipped. If it leans on what came before ("and the other one?"), the
person's last message that stood by itself is put in front of it, so that the search finds what
the talk is about; a message that stands by itself, or turns to something else, is searched for by
itself. A request for more ("tell me more") is answered with sentences that were not quoted yet.
"""

from __future__ import annotations

import re
import unicodedata

from coachbot.search.lexical import content_words
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
_GOES_ON = re.compile(r"(?i)^(?:and|but|so|then|like|or|what if)\b")
_LONGER = 20
_ASKS_FOR_MORE = re.compile(
    r"(?i)^(?:(?:ok|okay|yes|yeah|please|thanks|hmm|mm|and|can you|could you|i tried that|"
    r"tried (?:it|that)[^.?!]*)[\s,.!]*)*"
    r"(?:tell me (?:some )?more|more|say more|go on|continue|keep going|what else|anything else|"
    r"something else|else|another (?:one|idea|way|tip)|any (?:more|other \w+)|"
    r"(?:give me |some )?(?:more|an(?:other)?) (?:ideas?|tips?|examples?)|yes|"
    r"(?:any )?other way[^?]*)(?:,? please)?\W*$"
)
_TURNS = re.compile(
    r"(?i)^(?:ok(?:ay)?[,. ]+|thanks?(?: you)?[,. ]+(?:and )?|fine[,. ]+|and )*"
    r"(?:btw|by the way|never ?mind|forget (?:it|that)|let['’]?s (?:leave|drop|talk about some)|"
    r"(?:on )?(?:an?|one|some)?(?:other|another| different| new| more| completely)+"
    r" (?:note|topic|question|things?|matter|subject)|new topic|something else|"
    r"different (?:question|matter|topic|subject)|one more thing|also,?|change of (?:topic|subject)"
    r")"
    r"\b[\s,:.;-]*(?:please\b[\s,:.;-]*)?(?=.*\w+ \w+)"
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
    if _TURNS.match(message) or len(words) > _LONGER:
        return False
    if _GOES_ON.match(message) or len(content_words(message)) < 2:
        return True
    return len(words) <= _LONG and bool(_POINTS_BACK.search(message))


def asks_for_more(message: str) -> bool:
    """Whether a message asks to hear more of the same, and nothing else."""
    return bool(_ASKS_FOR_MORE.match(message.strip()))


def quoted_before(message: str, history: History) -> frozenset[tuple[str, int]]:
    """What not to quote again: document and start of each sentence cited so far.

    Empty unless the message asks for more of the same ("go on", "why?").
    """
    bare = leans_on_history(message) and len(content_words(message)) < 2
    if not (bare or asks_for_more(message)):
        return frozenset()
    answers = (turn.answer for turn in history if not isinstance(turn, str) and turn.answer)
    return frozenset((c.document_id, c.start) for answer in answers for c in answer.citations)


def searched_for(message: str, history: History) -> str:
    """What to search for.

    Args:
        message: what the person wrote now.
        history: earlier turns, oldest first.

    Returns:
        This message, cleaned, after the last one that stood by itself if it leans on that; empty
        if there is no word in it.
    """
    if not re.search(r"\w", message):
        return ""
    now = _TURNS.sub("", message) or message
    if not (leans_on_history(message) or asks_for_more(message)):
        return clean(now)
    earlier = [turn if isinstance(turn, str) else turn.question for turn in history]
    standing = (text for text in reversed(earlier) if not leans_on_history(text))
    leans_on = clean(next(standing, earlier[0] if earlier else ""))
    if asks_for_more(message) and leans_on:
        return leans_on
    return " ".join(part for part in (leans_on, clean(now)) if re.search(r"\w", part))
