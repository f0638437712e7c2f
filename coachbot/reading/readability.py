"""The reading grade of English text: two formulas and their median.

Flesch–Kincaid (Kincaid et al. 1975, Research Branch Report 8-75) weighs the length of sentences
and of words; SMOG (McLaughlin 1969, Journal of Reading 12:639-646) counts words of three or more
syllables. Syllables are counted by rule, with a list of words that break the rules; no data is
fetched. For other languages than English the grade means nothing.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from coachbot.reading.sentences import split_sentences

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_MARKUP = re.compile(r"^\s*(?:[-*+]|\d+[.)]|#+|>)\s+|[*_`|]|^\s*-{3,}\s*$", re.MULTILINE)

_IRREGULAR = {
    **dict.fromkeys(
        ("aren't", "weren't", "loved", "sure", "eye", "eyes", "heard", "real", "used"), 1
    ),
    **dict.fromkeys(
        (
            "being", "client", "clients", "couldn't", "didn't", "doesn't", "fire", "hadn't",
            "hasn't", "isn't", "lion", "naive", "poem", "poet", "quiet", "really", "riot",
            "science", "shouldn't", "something", "sometimes", "someone", "trial", "wasn't",
            "wouldn't", "diet", "ruin", "cruel", "fluid", "neuron", "neurons", "dual",
            "duel", "fuel", "every", "evening", "evenings", "duet", "react",
            "chaos", "create", "forehead", "wicked", "naked",
        ),
        2,
    ),
    **dict.fromkeys(
        (
            "area", "areas", "idea", "ideas", "created", "scientists", "anyone", "everyone",
            "quietly", "scientist", "autism", "video", "museum", "reaction", "reactions",
            "somebody", "creating", "theory", "everything", "everybody", "diary", "triangle",
        ),
        3,
    ),
    **dict.fromkeys(("reality", "society", "variety", "anxiety", "ideally", "scientific"), 4),
}  # fmt: skip
"""Words that the rules below get wrong and that are common in texts like ours."""

_SILENT = (
    re.compile(r"(?<=[^aeiouy])e(?=(?:ful|less|ly|ment|ness|ty|thing|times?|where|body|work)s?$)"),
    re.compile(r"(?<=[^aeiouy])(?<![^aeiou]l)e$"),
    re.compile(r"(?<=[aeiouy][^aeiouylsxzcg])es$"),
    re.compile(r"(?<=[aeiouy]l)es$"),
    re.compile(r"(?<=[^aeiouytd])(?<![^aeiouyl]l)ed$"),
    re.compile(r"(?<=[qg])ue$"),
)
_SPOKEN = (
    re.compile(r"[aeiouy]ing"),
    re.compile(r"[^tscgx]i(?:a|u)"),
    re.compile(r"[^tscgxnl]io"),
    re.compile(r"[^tscgqa]ien[ct]"),
    re.compile(r"[^qg]ua(?=[lt])"),
    re.compile(r"[^aeiou]ism"),
    re.compile(r"eo(?=[^pu])(?<!peo)"),
)
"""Two vowels side by side that are two syllables."""


@lru_cache(maxsize=50_000)
def syllables(word: str) -> int:
    """How many syllables an English word has; at least 1."""
    word = word.lower().replace("’", "'")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("'s"):
        return syllables(word[:-2]) + (word[-3:-2] in ("s", "x", "z"))
    word = word.replace("'", "")
    extra = sum(len(rule.findall(word)) for rule in _SPOKEN)
    for rule in _SILENT:
        word = rule.sub("", word, count=1)
    return max(1, len(re.findall(r"[aeiouy]+", word)) + extra)


@dataclass(frozen=True, slots=True)
class Readability:
    """What a text asks of its reader.

    Args:
        sentences: how many sentences it has.
        words: how many words.
        flesch_kincaid: US school grade by sentence and word length.
        smog: US school grade by words of three or more syllables.
        longest: the number of words of its longest sentence.
    """

    sentences: int
    words: int
    flesch_kincaid: float
    smog: float
    longest: int

    @property
    def grade(self) -> float:
        """The median of the two grades."""
        return median((self.flesch_kincaid, self.smog))


def readability(text: str) -> Readability:
    """Measure plain text or Markdown; headings, list marks and emphasis do not count.

    Args:
        text: English prose; each list item counts as a sentence.

    Returns:
        The measures; all zero for a text without words.
    """
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    prose = _MARKUP.sub("", "\n\n".join(lines))
    counted = [words for a, b in split_sentences(prose) if (words := _WORD.findall(prose[a:b]))]
    if not counted:
        return Readability(0, 0, 0.0, 0.0, 0)
    counts = [syllables(word) for words in counted for word in words]
    return Readability(
        sentences=len(counted),
        words=len(counts),
        flesch_kincaid=0.39 * len(counts) / len(counted) + 11.8 * sum(counts) / len(counts) - 15.59,
        smog=3.1291 + 1.043 * math.sqrt(30 * sum(n >= 3 for n in counts) / len(counted)),
        longest=max(map(len, counted)),
    )


def long_words(text: str, at_least: int = 4) -> list[str]:
    """The distinct words of a text with many syllables, in order of first use."""
    words = dict.fromkeys(word.lower() for word in _WORD.findall(text))
    return [word for word in words if syllables(word) >= at_least]
