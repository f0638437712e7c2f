"""What a question asks for, a reason, a date, a name, and whether a sentence holds it."""

from __future__ import annotations

import re

from coachbot.search.lexical import content_words

_ASKS_ABOUT_RESEARCH = re.compile(
    r"(?i)\b(?:research|stud(?:y|ies|ied)|scien\w+|evidence|proo?f|proven?|tested|trials?|sure)\b"
)
_ASKS_HOW_SURE = re.compile(
    r"(?i)\b(?:proven?|proof|how (?:sure|certain|solid|strong)|settled|debunked|a (?:myth|fact)|"
    r"myths|scientific(?:ally)?)\b"
)
_ASKS_FOR_MEANING = re.compile(
    r"(?i)^\W*(?:so |and )?(?:what(?:['’]?s| is| are| does| do)|explain|define|"
    r"how (?:do|does) (?=.* works?\b)|(?:tell me|more) about)\b"
)
_DEFINITION = re.compile(r"^(?:An? |The )?((?:[\w'’-]+ ){1,4}?)(?:is|are|means?) (?!not\b|both\b)")
_NAMES = r"(?<=[a-z,;:“\"] )[A-Z][a-z]+|\b(?:Dr|Mr|Ms|Mrs|Prof)\. [A-Z]"
_KINDS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(held))
    for asked, held in (
        (
            r"\bwhy\b|\breasons?\b|\bcauses?\b",
            r"(?i)\b(?:because|since|due to|reasons?|so that|in order to|caused?|results? of)\b",
        ),
        (
            r"\bwhen\b|\bwhat (?:year|date)|\bhow long ago",
            r"\b(?:1\d{3}|20\d\d|century)\b|(?i:\b(?:whenever|when|after|before|during|until)\b)",
        ),
        (
            r"\bhow (?:many|much|long|far|old|big|often)\b|\b(?:number|percentage) of",
            r"\d|(?i:\b(?:one|two|three|four|five|six|ten|half|third|once|twice|several|few)\b)",
        ),
        (r"\bwho(?:se|m)?\b|\bwhich (?:person|researcher|psychologist|scientist)", _NAMES),
        (r"\bwhere\b|\b(?:what|which) (?:country|city|place)", _NAMES),
        (
            r"\bhow (?:do|does|did|can|could|should|to|is|are)\b",
            r"(?i)\b(?:by|through|using|with|try|ask|say)\b",
        ),
    )
)


def asks_about_research(question: str) -> bool:
    """Whether a question is about studies and what they show."""
    return bool(_ASKS_ABOUT_RESEARCH.search(question))


def asks_how_sure(question: str) -> bool:
    """Whether a question is about how sure something is."""
    return bool(_ASKS_HOW_SURE.search(question))


def holds_kind_asked_for(question: str, sentence: str) -> bool:
    """Whether a sentence holds the kind of thing a question asks for: a reason, a date, a name."""
    return any(held.search(sentence) for asked, held in _KINDS if asked.search(question))


def defines(question: str, sentence: str) -> bool:
    """Whether a sentence opens by saying what that is whose meaning a question asks for."""
    opening = _DEFINITION.match(sentence)
    if not opening or not _ASKS_FOR_MEANING.search(question):
        return False
    subject, asked = set(content_words(opening[1])), set(content_words(question))
    return bool(subject) and subject <= asked and len(asked - subject) < 2
