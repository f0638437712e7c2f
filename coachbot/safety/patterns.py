"""What danger sounds like, as patterns on normalised text; ``patterns.toml`` holds them.

Negation is looked for in the words before a match ("has never hit me"), unless the group is about
not wanting to live, which is said in the negative.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from coachbot.safety.language import phrase_pattern

_NEGATION = re.compile(
    r"\b(?:never|not|nobody|no one|none|dont|doesnt|didnt|isnt|wasnt|hasnt|havent|hadnt|wouldnt|"
    r"wont|arent|werent|nor|neither|without|no|nunca|jamas)\b"
    r"(?! (?:just|only|the first|stop|sure|know|understand|care|long|tell|want to tell|believe))"
    r"[\w ]{0,28}$"
)
_INSIDE = re.compile(
    r"\b(?:never|hasnt|didnt|doesnt|wouldnt|hadnt|isnt|not)\b"
    r"(?! (?:stop|know|care|let|just|only|mean|like|believe|take|once|the first|even|want))"
)
_GOES_ON = re.compile(r"\b(?:wont|cant|doesnt|never|not|didnt|couldnt) (?:stop|help|quit)\b[\w ]*$")
_CLAUSE = re.compile(
    r"[.!?;:]|, (?:but|and|so|because)\b|\b(?:but|because|until|except)\b"
    r"|\b(?=(?:i|he|she|they|we) )"  # a negation belongs to the subject before it
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A group of turns of phrase with the category they speak for."""

    category: str
    subject: str
    sure: bool
    negatable: bool
    unmistakable: bool
    pattern: re.Pattern[str]

    def denied(self, text: str) -> bool:
        """Whether a normalised text names this danger only to say that it is not there."""
        return (
            self.negatable
            and any(_is_negated(text, match) for match in self.pattern.finditer(text))
            and not any(self.matches(text))
        )

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """The matches in a normalised text that are not negated."""
        for match in self.pattern.finditer(text):
            if not (self.negatable and _is_negated(text, match)):
                yield match


def _is_negated(text: str, match: re.Match[str]) -> bool:
    clause = _CLAUSE.split(text[: match.start()])[-1]
    before = _NEGATION.search(clause) and not _GOES_ON.search(clause)
    return bool(before or _INSIDE.search(match.group()))


@lru_cache
def rules(file: str = "patterns.toml") -> tuple[Rule, ...]:
    """All groups of a file, in the order in which they stand."""
    source = (files("coachbot.safety") / file).read_text(encoding="utf-8")
    return tuple(
        Rule(
            group["category"],
            group.get("subject", "self"),
            group.get("sure", True),
            group.get("negatable", True),
            group.get("unmistakable", False),
            re.compile("|".join(phrase_pattern(phrase) for phrase in group["phrases"])),
        )
        for group in tomllib.loads(source)["group"]
    )
