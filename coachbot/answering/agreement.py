"""What a claim says that its source does not: numbers, names, negation, and how sure it is.

Words that turn a true sentence into a false one are few and small, so an encoder hardly sees
them: "may" for "does", "some" for "all", "goes with" for "causes". Each check looks for one kind
of change, in words and not in meaning, between a claim and the sentences nearest to it.
"""

from __future__ import annotations

import re

from coachbot.reading.passages import sentence_spans

ALWAYS = ("number", "name", "denial", "roles")
"""What counts also where a claim is worded freely: a number and a name may stand in any sentence of
the evidence, what a source denies it does not say, and who does what to whom is not to be turned
round. The rest needs words to compare."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30",
    "fifty": "50", "hundred": "100", "thousand": "1000",
}  # fmt: skip
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nor|neither|cannot|without|hardly|\w+n['’]t)\b", re.I
)
_CONTRAST = re.compile(
    r"(?:, | and | but )not (?:only |just )?(?:about|in|on|from|fights?)\b|\bnot all\b", re.I
)
_DENIED = re.compile(
    r"\b(?:(?:not true|untrue|false|a myth|wrong|mistaken) (?:that|to say)|"
    r"no (?:good )?(?:evidence|proof|sign) that|(?:myth|false idea|mistaken (?:belief|idea)) that|"
    r"nobody has (?:shown|proved|proven) that)\b",
    re.I,
)
_NAME = re.compile(r"(?<![.!?“\"] )(?<!^)\b[A-Z][a-z]{2,}\b")
_HEDGE = re.compile(
    r"\b(?:may|might|can(?!['’]t)|could(?!n['’]t)|seems?|seemed|appears?|suggests?|probably|likely|perhaps|possibly|"
    r"often|sometimes|usually|tends?|mostly|mainly|fairly|partly|about|at least|disputed?|debated?|"
    r"contested|unclear|not (?:settled|known|clear|sure|proven|certain)|less sure|hopeful|though|"
    r"argues?|proposed?|says?|writes?|claims?|believes?|thinks?|holds? that|according|"
    r"link(?:ed|s)?|many|some|rarely|nobody knows|whether)\b",
    re.I,
)
_CERTAIN = re.compile(
    r"\b(?:prove[sdn]?|proven|proof|certain(?:ly)?|definitely|always|guarantee\w*|settled|"
    r"undoubtedly|without doubt|clearly shows?|never|fact)\b",
    re.I,
)
_CAUSE = re.compile(
    r"\b(?:caus(?:e|es|ed|ing)|leads? to|led to|results? (?:in|from)|makes?|made|produces?|"
    r"because of|due to|brings? about)\b",
    re.I,
)
_LINK = re.compile(
    r"\b(?:link(?:ed|s)?|goes? (?:along )?with|went (?:along )?with|go(?:es)? (?:together|along)|"
    r"went along|tied|associated|related|correlat\w+)\b",
    re.I,
)
_UNIT = re.compile(r"\b(second|minute|hour|day|week|month|year|decade)s?\b", re.I)
_WHO = re.compile(
    r"\b(step-?parent|grandparent|parent|mother|father|teenager|child|children|baby|couple|athlete|"
    r"newlywed|women|woman|men|man|monkey|student|stranger|doctor|therapist|friend|famil(?:y|ies)|"
    r"marriage|patient|critic|husband|wife|sibling|betrayed|worker|player)s?\b",
    re.I,
)
_HOLDS = r"(?:says?|writes?|argues?|claims?|believes?|thinks?|holds?)"
_SPEAKER = re.compile(
    rf"\b(?!(?:She|He|They|We|It|Some|Many)\b)([A-Z][a-z]+) (?=(?:{_HOLDS}|reports?|found)\b)"
)
_REPORTED = re.compile(
    r"\b(?:[A-Z][a-z]+|[Cc]ritics?|[Aa]uthors?|[Ww]riters|[Ss]he|[Hh]e|[Ss]ome|[Tt]hey) "
    rf"(?:also )?{_HOLDS}|[Aa]ccording to"
)
_QUANTITIES = tuple(
    re.compile(rf"\b(?:{words})\b", re.I)
    for words in (
        "all|every|everyone|everybody|each|any|always|both|of all ages",
        "most|mostly|usually|majority|mainly",
        "many|often|much|a lot|large",
        "some|sometimes|a few|certain|notable share|several",
        "few|rarely|seldom|minority|little",
        "none|no one|nobody|never",
        "only|just|alone|merely",
    )
)
_POLES = tuple(
    (re.compile(rf"\b(?:{one})\b", re.I), re.compile(rf"\b(?:{other})\b", re.I))
    for one, other in (
        (
            r"more|higher|stronger|larger|bigger|greater|better|warmer|closer",
            r"less|lower|weaker|smaller|fewer|worse|colder",
        ),
        (
            r"increas\w+|rais\w+|rise[sn]?|rose|grow\w*|grew|gain\w*",
            r"decreas\w+|reduc\w+|fall\w*|fell|lower(?:s|ed)|drop\w*|los(?:e|es|t)",
        ),
        (r"buys?|helps?|softens?|soothes?", r"harms?|hurts?|worsens?"),
    )
)
_WORD = re.compile(r"[\w'’]+")
_JOINING = frozenset({"and", "or", "nor", "with", "as", "to", "between"})
"""Between these, two things may change places and nothing else changes."""


def disagreements(claim: str, source: str, evidence: str = "") -> list[str]:
    """How a claim differs from what it is to rest on.

    Args:
        claim: one sentence.
        source: the sentence or sentences nearest to it.
        evidence: all that may support it, where numbers and names are looked for; the source if
            empty.

    Returns:
        Kinds out of ``number``, ``name``, ``subject``, ``denial``, ``negation``, ``hedge``,
        ``attribution``, ``certainty``, ``cause``, ``quantity``, ``comparison`` and ``roles``;
        empty if none was found.
    """
    evidence = evidence or source
    checks = {
        "number": bool(_numbers(claim) - _numbers(evidence)) or _swapped(_UNIT, claim, source),
        "name": any(name.lower() not in evidence.lower() for name in _names(claim)),
        "subject": _swapped(_WHO, claim, source),
        "denial": bool(_DENIED.search(source) and not _DENIED.search(claim)),
        "negation": is_negated(claim) != is_negated(source),
        "hedge": bool(_HEDGE.search(source)) and not _HEDGE.search(claim),
        "attribution": bool(_REPORTED.search(source)) and not _REPORTED.search(claim),
        "certainty": bool(_found(_CERTAIN, claim) - _found(_CERTAIN, source)),
        "cause": bool(_CAUSE.search(claim) and _LINK.search(source) and not _CAUSE.search(source)),
        "quantity": _more_than_said(claim, source),
        "comparison": any(_turned(claim, source, *poles) for poles in _POLES),
        "roles": any(_exchanged(claim, source[a:b]) for a, b in sentence_spans(source)),
    }
    return [kind for kind, differs in checks.items() if differs]


def speaker(sentence: str) -> str:
    """The name of who a sentence says holds something ("Staik writes that …"); empty if none."""
    named = _SPEAKER.search(sentence)
    return named[1] if named else ""


def _numbers(text: str) -> set[str]:
    words = (_NUMBER_WORDS.get(word) for word in re.findall(r"[a-z]+", text.lower()))
    return set(_NUMBER.findall(text)) | {number for number in words if number}


def _names(text: str) -> list[str]:
    return [*_NAME.findall(text), *_SPEAKER.findall(text)]


def _swapped(pattern: re.Pattern[str], claim: str, source: str) -> bool:
    """Whether the claim names one that the source does not, and leaves out one that it does."""
    of_claim, of_source = _found(pattern, claim), _found(pattern, source)
    return bool(of_claim - of_source) and bool(of_source - of_claim)


def is_negated(text: str) -> bool:
    """Whether a text denies something; not what it only sets something off from ("not only")."""
    return bool(_NEGATION.search(_CONTRAST.sub(" ", text)))


def _found(pattern: re.Pattern[str], text: str) -> set[str]:
    return {word.lower() for word in pattern.findall(text)}


def _more_than_said(claim: str, source: str) -> bool:
    """Whether the claim names an amount that the source does not, where the source names one."""
    claim, source = (re.sub(r"(?i)\bnot (?:all|only)\b", " ", text) for text in (claim, source))
    of_claim = {i for i, words in enumerate(_QUANTITIES) if words.search(claim)}
    of_source = {i for i, words in enumerate(_QUANTITIES) if words.search(source)}
    return bool(of_claim - of_source) and (bool(of_source - of_claim) or 0 in of_claim - of_source)


def _turned(claim: str, source: str, one: re.Pattern[str], other: re.Pattern[str]) -> bool:
    """Whether the claim stands at one pole and the source at the other."""
    for here, there in ((one, other), (other, one)):
        if here.search(claim) and not there.search(claim):
            return bool(there.search(source) and not here.search(source))
    return False


def _exchanged(claim: str, sentence: str) -> bool:
    """Whether the claim is the sentence with two of its parts in one another's place.

    "A trusts B" for "B trusts A". Two parts side by side may change places, as may those that only
    ``_JOINING`` words stand between.
    """
    one, other = (_WORD.findall(text.lower()) for text in (claim, sentence))
    same_ends = [
        next((i for i, (a, b) in enumerate(pairs) if a != b), len(one))
        for pairs in (zip(one, other, strict=False), zip(one[::-1], other[::-1], strict=False))
    ]
    if sorted(one) != sorted(other) or sum(same_ends) > len(one) - 3:
        return False
    one, other = (words[same_ends[0] : len(words) - same_ends[1]] for words in (one, other))
    n = len(one)
    return any(
        other == one[n - j :] + one[i : n - j] + one[:i] and not _JOINING.issuperset(one[i : n - j])
        for i in range(1, n - 1)
        for j in range(1, n - i)
    )
