"""A message in the one form that the patterns are written for.

Steps: compatibility forms and look-alikes folded, case folded, invisible characters and accents of
emphasis dropped, short forms spelled out (``I'm``) or closed up (``don't``), letters spaced out or
drawn out put together, common misspellings and slang spelled out, idioms masked.
"""

from __future__ import annotations

import re
import unicodedata

from coachbot.safety.language import idioms, language

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_LOOK_ALIKES = str.maketrans(
    "аеорсухіѕкмтвнАЕОРСУХІЅКМТВНοαιεκρτυχνΟΑΙΕΚΡΤΥΧΝ",
    "aeopcyxiskmtbhAEOPCYXISKMTBHoaiekptuxvOAIEKPTYXN",
)  # Cyrillic and Greek letters that look Latin
_APOSTROPHES = re.compile("[’‘ʼ`´'′]")
_SHORT_FORMS = {"m": " am", "ve": " have", "ll": " will", "d": " would", "re": " are"}
_CONTRACTION = re.compile(r"'(m|ve|ll|d|re)\b")
_IS = re.compile(r"\b(he|she|it|that|there|who|what)'s\b")
_SPACED = re.compile(r"\b(?:[a-z][ .*_-]){3,}[a-z]\b")
_MASKED = re.compile(r"(?<=[a-z])[*@$!1](?=[a-z])")
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_WORD = re.compile(r"[^\W_]+")
_STRIP = re.compile(r"[^\w\s.,;:!?\"()/-]")
IDIOM = "IDIOM"
_ACCENT = re.compile("[\u0300-\u0302\u0304-\u036f]")


def in_plain_letters(message: str) -> str:
    """A message with its styled letters and look-alikes as letters, and nothing invisible in it.

    All else is as it was: the second layer has learned from messages as people type them.
    """
    if message.isascii():
        return message
    shown = _INVISIBLE.sub("", message)
    return "".join(_plain_letter(char) for char in shown)


def _plain_letter(char: str) -> str:
    if char.isascii() or not char.isalpha():
        return char
    return unicodedata.normalize("NFKC", char).translate(_LOOK_ALIKES)


def normalise(message: str) -> str:
    """Fold a message; see the module's steps.

    Returns:
        Lower-case text, with sentence marks kept; an idiom is replaced by ``IDIOM``.
    """
    text = unicodedata.normalize("NFKC", message).casefold().translate(_LOOK_ALIKES)
    text = _INVISIBLE.sub("", text)
    text = _APOSTROPHES.sub("'", text)
    text = _CONTRACTION.sub(lambda m: _SHORT_FORMS[m[1]], _IS.sub(r"\1 is", text))
    text = text.replace("'", "")
    # Accents go, so that "él" and "el" are one; the tilde of "niño" stays.
    text = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", text)))
    text = _SPACED.sub(lambda m: re.sub(r"[ .*_-]", "", m.group()), text)
    text = _MASKED.sub(lambda m: {"@": "a", "$": "s", "!": "i", "1": "i"}.get(m.group(), ""), text)
    text = _DRAWN_OUT.sub(r"\1\1", text)
    text = re.sub(r"\s+", " ", _STRIP.sub(" ", text)).strip()
    text = _WORD.sub(lambda m: _spelled(m.group()), text)
    return idioms().sub(f" {IDIOM} ", text)


def without_idioms(normalised: str) -> str:
    """What a normalised text says beside its figures of speech."""
    return " ".join(normalised.replace(IDIOM, " ").split())


def literal_words(message: str) -> str:
    """What a message says beside its figures of speech and the fear of losing someone."""
    return without_idioms(normalise(message))


def _spelled(word: str) -> str:
    known: dict[str, str] = language()["spellings"]
    key_words: list[str] = language()["key_words"]
    if word in known or len(word) < 6 or word in key_words or word in language()["real_words"]:
        return known.get(word, word)
    return next((key for key in key_words if key[0] == word[0] and _one_slip(word, key)), word)


def _one_slip(a: str, b: str) -> bool:
    """Whether one letter is missing, added, wrong, or swapped with its neighbour."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    return (
        rest_a[1:] == rest_b[1:]
        or rest_a[1:] == rest_b
        or rest_a == rest_b[1:]
        or (rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:])
    )


def both_ends(message: str, most: int) -> str:
    """At most so many characters of a message: of a longer one both ends, where the point is."""
    if len(message) <= most:
        return message
    half = most // 2
    return f"{message[:half]} … {message[-half:]}"
