"""What a chat model makes of a sentence that its source does not bear out.

``agreement`` compares what two sentences say; here is what small models do when they write a source
anew, with its own words: advice made of a fact ("You could throw things" of "Throwing things can
frighten people"), a condition or the part that takes it back left away, a study where there is
none or none where there is one, doubt or a good effect where the source has none, other advice for
who is threatened, a guess at what the person feels. Each check is one of words. They hold back a
few sentences that were right: in a reply that costs little, for the source's own sentence stands in
for one that fails. Chosen on what two small models wrote and two readers labelled.
"""

from __future__ import annotations

import re

from coachbot.answering.agreement import is_negated
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
    r"(?:[,;:] |\s)(?:but|and then|yet|though|although|unless|except|however|and not|and others|"
    r"until|as long as|if|when|where|only (?:if|when|where|as|for))\b",
    re.I,
)
_CONDITION = re.compile(
    r"^(?:if|when|where|before|after|in the|at the|once|while|until|as long as)\b[^,]{3,80}, ", re.I
)
_HELPS = re.compile(
    r"\b(?:help(?:s|ed)?|improves?|heals?|works?|lets?|makes? (?:you|it|them))\b", re.I
)
_OF_YOU = re.compile(
    r"(?:so )?(?:you(?:['’]re|['’]ve| are| have(?: been)?| feel| seem| sound)) ", re.I
)
_WRITER = re.compile(
    r"(?!(?:She|He|They|It|We)\b)(?:The critic )?([A-Z]\w+)(?: and \w+)?"
    r"(?:, as\b| (?:also )?(?:says?|writes?|argues?|claims?|believes?|thinks?|holds?|calls?|sees?|"
    r"draws?|reports?|warns?|doubts?|concludes?|uses?|proposed)\b)"
)
"""Who holds what a sentence says: "Staik calls it …", "Lee, as Staik reports him, calls it …"."""
_ALIKE = 0.8
"""Share of a claim's words in its source, from which they are about the same in other small words;
and which a claim that speaks of danger needs."""
_IN_HEAD = 0.6
"""Share of a claim's words that stand before the turn of a sentence, from which it is that part."""


_TOLD_BY = re.compile(
    r"((?:The critic )?[A-Z]\w+) (says|writes|claims|argues|holds|believes|thinks) that\b"
)


def in_the_sources_verb(claim: str, source: str) -> str:
    """A claim that tells what a writer holds, with the verb by which the source tells it.

    "Lee claims that …" for "Lee writes that …": what may differ is what is held, and not how that
    is called.
    """
    told, by = _TOLD_BY.match(claim), _TOLD_BY.match(source)
    if told is None or by is None or told[1] != by[1]:
        return claim
    return f"{by[0]}{claim[told.end() :]}"


def liberties(claim: str, source: str, evidence: str) -> list[str]:
    """What a model's sentence says that the one it rests on does not.

    Args:
        claim: one sentence.
        source: the sentence nearest to it.
        evidence: all that may support it.

    Returns:
        Kinds out of ``advice``, ``condition``, ``cut short``, ``negation``, ``study``, ``doubt``,
        ``effect``, ``danger``, ``asked``, ``of you`` and ``writer``; empty if none was found.
    """
    share = _share_in(claim, source)
    checks = {
        "advice": _is_no_advice_there(claim, source),
        "condition": _drops_condition(claim, source),
        "cut short": any(_cuts(claim, source[a:b]) for a, b in sentence_spans(source)),
        "negation": share >= _ALIKE and is_negated(claim) != is_negated(source),
        "study": _only_one(_STUDY, claim, source, evidence),
        "doubt": bool(_UNSURE.search(claim)) and not _UNSURE.search(evidence),
        "effect": bool(_HELPS.search(claim)) and not _HELPS.search(source),
        "danger": names_fear(claim) and share < _ALIKE,
        "asked": claim.rstrip().endswith("?") and not source.rstrip().endswith("?"),
        "of you": bool(_OF_YOU.match(claim)) and not _OF_YOU.match(source),
        "writer": _is_anothers(claim, source),
    }
    return [kind for kind, found in checks.items() if found]


def _only_one(words: re.Pattern[str], claim: str, source: str, evidence: str) -> bool:
    """Whether a claim has such words and no evidence has, or its source has and the claim not."""
    if words.search(claim):
        return not words.search(evidence)
    return bool(words.search(source))


def _drops_condition(claim: str, source: str) -> bool:
    """Whether a source opens with when it holds, and the claim has none of those words."""
    opens = _CONDITION.match(source)
    if not opens:
        return False
    words = set(content_words(opens[0]))
    return bool(words) and not words & set(content_words(claim))


def _is_no_advice_there(claim: str, source: str) -> bool:
    """Whether a claim tells someone to do what no clause of the source begins with."""
    told = _ADVICE.match(claim.strip())
    if told is None:
        return False
    if told[2].lower() == "not" and told[1].lower() in ("should", "must"):
        return not _FORBIDS.search(source)
    return not re.search(_STARTS_ADVICE + re.escape(told[2]) + r"\b", source, re.I)


def _is_anothers(claim: str, source: str) -> bool:
    """Whether a claim opens with the name of a writer, and the source with another's."""
    named, holds = _WRITER.match(claim), _WRITER.match(source)
    return named is not None and holds is not None and named[1] != holds[1]


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
    return not words & rest and len(words & head) >= _IN_HEAD * len(words)
