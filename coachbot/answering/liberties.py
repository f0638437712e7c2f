"""What a chat model makes of a sentence that its source does not bear out.

``agreement`` compares what two sentences say; here is what small models do when they write a source
anew, with its own words: advice made of a fact ("You could throw things" of "Throwing things can
frighten people"), a sentence cut before the part that takes it back, a study where there is none,
doubt where the source has none, other advice for who is threatened, a statement asked, the word of
one writer given to another. Each check is one of words. They hold back a few sentences that were
right: in a reply that costs little, for the source's own sentence stands in for one that fails.
"""

from __future__ import annotations

import re

from coachbot.reading.passages import sentence_spans
from coachbot.search.caution import names_fear
from coachbot.search.lexical import content_words

_ADVICE = re.compile(
    r"(?:\b(?:perhaps|maybe|then|so|also|if [^,]+),? )?\byou (could|can|may|might|should|must)"
    r"(?: (?:also|always|now|then|just|even|first|try to|want to|\w+ly))* ([a-z]+(?:n['’]t)?)",
    re.I,
)
_STARTS_ADVICE = (
    r"(?:^|[,:;.!?“\"‘(] ?|\b(?:and|or|then|not|never|first|also|please|could|can|may|might|should|"
    r"must|to|you|\w+n['’]t|\w+ly) )"
)
_FORBIDS = re.compile(r"(?i)\b(?:never|not|\w+n['’]t|no|nobody|without)\b")
_STUDY = re.compile(
    r"\b(?:stud(?:y|ies)|trials?|research\w*|experiments?|survey\w*|reviews?|scien\w+|scans?)\b",
    re.I,
)
_UNSURE = re.compile(
    r"\b(?:not (?:yet |quite |really )?(?:clear|known|certain|sure|settled)|unclear|unknown|"
    r"nobody knows|uncertain|less sure|debated|contested|disputed)\b",
    re.I,
)
_TAKES_BACK = re.compile(
    r"(?:[,;:] |\s)(?:but|and then|yet|though|although|unless|except|however|and not|until|"
    r"as long as|only (?:if|when|where|as|for))\b",
    re.I,
)
_WRITER = re.compile(
    r"(?!(?:She|He|They|It|We)\b)(?:The critic )?([A-Z]\w+)(?: and \w+)?"
    r"(?:, as\b| (?:also )?(?:says?|writes?|argues?|claims?|believes?|thinks?|holds?|calls?|sees?|"
    r"draws?|reports?|warns?|doubts?|concludes?|uses?|proposed)\b)"
)
"""Who holds what a sentence says: "Staik calls it …", "Lee, as Staik reports him, calls it …"."""
_OF_DANGER = 0.8
"""Share of its words that stand in one sentence of the source, where a claim speaks of danger."""
_IN_HEAD = 0.6
"""Share of a claim's words that stand before the turn of a sentence, from which it is that part."""


def liberties(claim: str, source: str, evidence: str) -> list[str]:
    """What a model's sentence says that the one it rests on does not.

    Args:
        claim: one sentence.
        source: the sentence nearest to it.
        evidence: all that may support it.

    Returns:
        Kinds out of ``advice``, ``cut short``, ``study``, ``doubt``, ``danger``, ``asked`` and
        ``writer``; empty if none was found.
    """
    checks = {
        "advice": _is_no_advice_there(claim, source),
        "cut short": any(_cuts(claim, source[a:b]) for a, b in sentence_spans(source)),
        "study": bool(_STUDY.search(claim)) and not _STUDY.search(evidence),
        "doubt": bool(_UNSURE.search(claim)) and not _UNSURE.search(evidence),
        "danger": names_fear(claim) and _share_in(claim, source) < _OF_DANGER,
        "asked": claim.rstrip().endswith("?") and not source.rstrip().endswith("?"),
        "writer": _is_anothers(claim, source),
    }
    return [kind for kind, found in checks.items() if found]


def _is_no_advice_there(claim: str, source: str) -> bool:
    """Whether a claim tells someone to do what no clause of the source begins with."""
    told = _ADVICE.match(claim.strip())
    if not told:
        return False
    if told[2].lower() == "not" and told[1].lower() in ("should", "must"):
        return not _FORBIDS.search(source)
    return not re.search(_STARTS_ADVICE + re.escape(told[2]) + r"\b", source, re.I)


def _is_anothers(claim: str, source: str) -> bool:
    """Whether a claim opens with the name of a writer, and the source with another's."""
    named, holds = _WRITER.match(claim), _WRITER.match(source)
    return bool(named and holds) and named[1] != holds[1]


def _share_in(claim: str, source: str) -> float:
    words = set(content_words(claim))
    return len(words & set(content_words(source))) / max(1, len(words))


def _cuts(claim: str, sentence: str) -> bool:
    """Whether a claim is the part of a sentence before a "but", and has none itself."""
    turn = _TAKES_BACK.search(sentence)
    words = set(content_words(claim))
    if not turn or not words or _TAKES_BACK.search(claim):
        return False
    head = set(content_words(sentence[: turn.start()]))
    rest = set(content_words(sentence[turn.end() :])) - head
    return bool(rest) and not words & rest and len(words & head) >= _IN_HEAD * len(words)
