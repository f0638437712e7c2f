"""Whom a sentence is for: a line for parents is none for a couple that never named a child.

A text speaks to several readers, and similarity hardly tells them apart: "Saying sorry to a child
counts as much as to a grown-up" is near to any apology. So what names people or troubles whom the
message does not name comes after what fits anyone; and who tells a story is given what fits most
such stories before what supposes a case, and neither figures nor the account of a study.
"""

from __future__ import annotations

import re

from coachbot.reading.passages import is_on_research
from coachbot.types import Passage

_OFF_OTHERS = 0.15
"""Off the score of a sentence that is for others, where someone asks or tells of themselves."""
_OFF_SUPPOSING = 0.1
"""Off for what begins with a case ("If you shouted, ..."): the story may be a different one."""

_ACCOUNT = re.compile(
    r"(?i)\b(?:stud(?:y|ies)|experiments?|trials?|lab|surveys?|reviews?|diar(?:y|ies)|data|"
    r"samples?|newlyweds?|not a cause|prove[sd]? (?:no|a) cause|link only|\d[\d,]*\d)\b"
)
_SUPPOSING = re.compile(
    r"(?:If|When|Whenever|Once|After|Before|To (?:an?|the|your|someone|people))\b"
)
_OFTEN_ASKED = re.compile(r"(?i)\bask")
_CHILDREN = (
    r"(?:step[- ]?)?(?:child(?:ren)?|kids?|sons?|daughters?)|bab(?:y|ies)|toddlers?|"
    r"teen(?:ager)?s?|newborns?|(?:years?|yrs?)[- ]old|homework|bedtime|parenting"
)
_PARENTS = r"parents?|mums?|moms?|mothers?|dads?|fathers?|in-laws?|grand\w+"
_DEATH = r"died|dying|deaths?|dead|grie(?:f|v\w+)|mourn\w*|bereave\w*|funerals?"
_PARTING = r"divorc\w*|separat(?:ed|ion)|break-?ups?|broke up|ex(?:es)?(?:-\w+)?"
_CHEATING = r"affairs?|cheat\w*|unfaithful"
_DRINKING = r"drinking|drinkers?|drunk|alcohol\w*|sober"
_NAMED_AND_MEANT = tuple(
    (re.compile(rf"(?i)\b(?:{named})\b"), re.compile(rf"(?i)\b(?:{meant})\b"))
    for named, meant in (
        (_CHILDREN, _CHILDREN),
        (r"(?:young|small|other) child(?:ren)?", r"child(?:ren)?|kids?|sons?|daughters?|toddlers?"),
        (_PARENTS, rf"{_PARENTS}|{_CHILDREN}"),
        (r"step-?\w+", r"step-?\w+|(?:his|her|their) (?:kids?|child(?:ren)?|sons?|daughters?)"),
        (
            _DEATH,
            rf"{_DEATH}|lost|loss(?:es)?|passed|gone|ashes|graves?|cemetery|widow\w*|stillb\w+|"
            r"miscarr\w*|suicide|hospice|memorial|condolences?|accident|late",
        ),
        (
            _PARTING,
            rf"{_PARTING}|split|br(?:eak|oke)\w*|leav\w*|left|end(?:ed|ing|s)?|over|dump\w*|stay|"
            r"solicitors?|lawyers?|parted|apart|former",
        ),
        (
            _CHEATING,
            rf"{_CHEATING}|sle(?:ep|pt)\w* with|kiss\w*|betray\w*|someone else|other (?:man|woman)|"
            r"trust\w*|l(?:ie[sd]?|ying)|secret\w*|jealous\w*|phone|messages?|texts?",
        ),
        (
            _DRINKING,
            rf"{_DRINKING}|drinks?|drank|wine|beers?|vodka|whisk\w+|rum|gin|pubs?|pints?|bottles?|"
            r"booz\w*|addict\w*|pills?|drugs?|weed|gambl\w*",
        ),
        (r"autis\w+|ADHD", r"autis\w+|asperger\w*|ADHD|attention|neuro\w+|spectrum|diagnos\w+"),
        *(
            (words, words)
            for words in (
                r"adopt\w*|foster\w*|two (?:mums|moms|dads|mothers|fathers)",
                r"brothers?|sisters?|siblings?|twins?",
                r"friends?(?:hips?)?|flatmates?|room-?mates?|neighbou?rs?",
                r"colleagues?|co-?workers?|boss(?:es)?|managers?|workplace|teams?",
                r"pregnan\w*|birth|postnatal",
                r"athletes?|players?|patients?|strangers?",
                r"wars?",
            )
        ),
    )
)
"""Whom or what a sentence names, and what a message says that such a sentence is meant for."""


def names_others(sentence: str, message: str) -> bool:
    """Whether a sentence names a kind of people or of trouble that the message does not.

    Args:
        sentence: one that might be quoted.
        message: what was searched for.
    """
    return any(
        named.search(sentence) and not meant.search(message) for named, meant in _NAMED_AND_MEANT
    )


def off_for_oneself(sentence: str, message: str) -> float:
    """What is taken off a sentence's score where someone asks what to do themselves.

    Args:
        sentence: one that might be quoted.
        message: what was searched for.
    """
    return _OFF_OTHERS * names_others(sentence, message)


def off_in_a_story(sentence: str, message: str) -> float:
    """What is taken off a sentence's score where someone tells what they are in the midst of.

    Args:
        sentence: one that might be quoted.
        message: what was searched for.
    """
    supposes = bool(_SUPPOSING.match(sentence))
    return off_for_oneself(sentence, message) + _OFF_SUPPOSING * supposes


def is_account(sentence: str) -> bool:
    """Whether a sentence tells of a study: who is in the midst of it needs what it means."""
    return bool(_ACCOUNT.search(sentence))


def is_beside_the_message(passage: Passage) -> bool:
    """Whether a passage holds answers to what people ask, or research, and no main message."""
    answers = bool(passage.headings) and bool(_OFTEN_ASKED.search(passage.headings[-1]))
    return answers or is_on_research(passage.headings)
