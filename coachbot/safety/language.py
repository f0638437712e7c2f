"""The language the gate knows, read from ``language.toml``."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache
def language() -> dict[str, Any]:
    """All of it, as it stands in the file."""
    source = (files("coachbot.safety") / "language.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


@lru_cache
def idioms() -> re.Pattern[str]:
    """All figures of speech as one pattern."""
    return re.compile(rf"\b(?:{'|'.join(language()['idioms'])})\b")


@lru_cache
def pattern(section: str, name: str) -> re.Pattern[str]:
    """One named pattern of a section such as ``forms``, or several phrases of one name."""
    phrases = language()[section][name]
    return re.compile(with_parts(phrases if isinstance(phrases, str) else "|".join(phrases)))


def with_parts(phrase: str) -> str:
    """A phrase with the shared parts put in for their names in braces."""
    for name, part in language()["parts"].items():
        phrase = phrase.replace(f"{{{name}}}", part)
    return phrase


def phrase_pattern(phrase: str) -> str:
    """A phrase of a pattern file as a pattern that is found from the start of a word."""
    full = with_parts(phrase)
    return rf"(?<!\w)(?:{full})" if full[:1] in "^(" else rf"\b(?:{full})"


def is_spanish(text: str) -> bool:
    """Whether a folded message is mostly Spanish, by its small words."""
    words, small = len(text.split()), len(pattern("forms", "spanish").findall(text))
    return small >= 2 and small >= 0.2 * words
