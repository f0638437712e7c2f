"""Whom a sentence is for: a line for parents is none for a couple that never named a child.

A text speaks to several readers, and similarity hardly tells them apart: "Saying sorry to a child
counts as much as to a grown-up" is near to any apology. So what names people whom the message does
not name comes after what fits anyone.
"""

from __future__ import annotations

import re

OFF_OTHERS = 0.15
"""Off the score of a sentence that names others, where someone asks or tells of themselves."""
_CHILDREN = (
    r"(?:step[- ]?)?(?:child(?:ren)?|kids?|sons?|daughters?)|bab(?:y|ies)|toddlers?|"
    r"teen(?:ager)?s?|newborns?|(?:years?|yrs?)[- ]old|homework|bedtime|parenting"
)
_PARENTS = r"parents?|mums?|moms?|mothers?|dads?|fathers?|in-laws?|grand\w+"
_NAMED_AND_MEANT = tuple(
    (re.compile(rf"(?i)\b(?:{named})\b"), re.compile(rf"(?i)\b(?:{meant})\b"))
    for named, meant in (
        (_CHILDREN, _CHILDREN),
        (_PARENTS, rf"{_PARENTS}|{_CHILDREN}"),
        (r"step-?\w+", r"step-?\w+|(?:his|her|their) (?:kids?|child(?:ren)?|sons?|daughters?)"),
        *(
            (words, words)
            for words in (
                r"adopt\w*|foster\w*|two (?:mums|moms|dads|mothers|fathers)",
                r"brothers?|sisters?|siblings?|twins?",
                r"friends?(?:hips?)?|flatmates?|room-?mates?|neighbou?rs?",
                r"colleagues?|co-?workers?|boss(?:es)?|managers?|workplace|teams?",
                r"pregnan\w*|birth|postnatal",
                r"athletes?|players?|patients?|strangers?",
            )
        ),
    )
)
"""Whom a sentence names, and what a message says of whom such a sentence is meant for."""


def names_others(sentence: str, message: str) -> bool:
    """Whether a sentence names a kind of people of whom the message says nothing.

    Args:
        sentence: one that might be quoted.
        message: what was searched for.
    """
    return any(
        named.search(sentence) and not meant.search(message) for named, meant in _NAMED_AND_MEANT
    )
