"""Whom a sentence is for: a line for parents is none for a couple that never named a child.

A text speaks to several readers, and similarity hardly tells them apart: "Saying sorry to a child
counts as much as to a grown-up" is near to any apology. So what names people whom the message does
not name comes after what fits anyone.
"""

from __future__ import annotations

import re

_PEOPLE = tuple(
    re.compile(rf"(?i)\b(?:{words})\b")
    for words in (
        r"(?:step[- ]?)?(?:child(?:ren)?|kids?|sons?|daughters?)|bab(?:y|ies)|toddlers?|"
        r"teen(?:ager)?s?|newborns?|"
        r"(?:\w+[- ])?years?[- ]olds?|homework|bedtime|parenting",
        r"step[- ]?(?:parents?|mums?|moms?|mothers?|dads?|fathers?|child(?:ren)?|kids?|sons?|"
        r"daughters?|family|families)",
        r"adopt\w*|foster\w*|two (?:mums|moms|dads|mothers|fathers)",
        r"parents?|mums?|moms?|mothers?|dads?|fathers?|in-laws?|grand\w+",
        r"brothers?|sisters?|siblings?|twins?",
        r"friends?(?:hips?)?|flatmates?|room-?mates?|neighbou?rs?",
        r"colleagues?|co-?workers?|boss(?:es)?|managers?|workplace|teams?",
        r"pregnan\w*|birth|postnatal",
        r"athletes?|players?|patients?|strangers?",
    )
)


def names_others(sentence: str, message: str) -> bool:
    """Whether a sentence names a kind of people of whom the message says nothing.

    Args:
        sentence: one that might be quoted.
        message: what was searched for.
    """
    return any(kind.search(sentence) and not kind.search(message) for kind in _PEOPLE)
