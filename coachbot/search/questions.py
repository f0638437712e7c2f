"""A message and its history to what is searched for.

The message is tidied and clipped. If it leans on what came before ("and the other one?"), the
person's last message that stood by itself is put in front of it, so that the search finds what
the talk is about; a message that stands by itself, or turns to something else, is searched for by
itself. What leans on the talk, "tell me more" above all, is answered with sentences that were not
quoted yet.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from coachbot.safety.normalising import both_ends
from coachbot.search.lexical import content_words
from coachbot.types import History

MAX_CHARACTERS = 2_000
"""More than an encoder reads; of a longer message the two ends are kept, where the point stands."""

PEOPLE = (
    r"husband|wife|partner|boyfriend|girlfriend|spouse|fianc[eé]e?|ex|mum|mom|mother|dad|father|"
    r"parents?|brother|sister|son|daughter|kids?|child(?:ren)?|friends?|boss|colleagues?|"
    r"roomm?ate|flatmate|neighbou?r"
)
"""Alternatives of a pattern: whom people tell of."""

_LONG = 12
_POINTS_BACK = re.compile(
    r"(?i)^(?:and|but|so|or|ok|okay|then|what about|how about|tell me more|more)\b"
    r"|^(?:why|how)(?: not| so| come)?\W*$"
    r"|\b(?:that|this|those|these|else|others?|ones?|same|too|instead)\b"
)
_JOINS = re.compile(
    r"(?i)\b(?:th(?:ink|ought)|f(?:eel|elt)|kn[oe]w|say|said|(?:tell|told)(?: my)? \w+|believed?|"
    r"hoped?|afraid|scared|sure|worried|wish|noticed?|reali[sz]ed?|f(?:i|ou)nd|means?|so \w+)s? "
    r"that(?= (?:i|my|our|we|you|your|he|his|she|her|it|they|their|the|an?|some|no|nobody|"
    r"every\w*)\b)"
    r"|\b(?:those|the others?|the ones)(?= (?:i|we|you|he|she|they|who|that|in|on|at|of|from)\b)"
)
"""A "that" or "those" that points at what comes in the same sentence."""
_LONG_ABOUT_THEM = 16
_POINTS_AT_THEM = re.compile(r"(?i)\b(?:it|its|they|them|their|he|him|his|she|her|hers)\b")
_HE, _SHE = re.compile(r"(?i)\b(?:he|him|his)\b"), re.compile(r"(?i)\b(?:she|hers?)\b")
_A_MAN = re.compile(
    r"(?i)\b(?:he|him|his|husband|boyfriend|(?:step)?(?:dad|father|brother|son)|grand(?:pa|dad|father|son)"
    r"|uncle|nephew|man|guy|boy)s?\b"
)
_A_WOMAN = re.compile(
    r"(?i)\b(?:she|hers?|wife|girlfriend|(?:step)?(?:mum|mom|mother|sister|daughter)|"
    r"grand(?:ma|mother|daughter)|aunt|niece|woman|girl)s?\b"
)
_ANYONE = re.compile(
    r"(?i)\b(?:partner|spouse|ex|friend|mate|boss|manager|colleague|parent|kid|child|children|baby|"
    r"teen|teenager|cousin|in-law|flatmate|roomm?ate|neighbou?r|they|them|someone|somebody)s?\b"
)
_GOES_ON = re.compile(
    r"(?i)^(?:(?:ok|okay|right|well|yes|yeah|no|nope|hmm)\b[\s,.!]*)*"
    r"(?:and|but|so|then|like|or|what if)\b"
)
_TAKES_UP = re.compile(
    r"(?i)\b(?:though|tho)\W*$|^(?:a (?:bit|little) )?(?:shorter|simpler|softer|gentler|clearer)\b|"
    r"^(?:can|could) you (?:please )?(?:word|put|say|write|make) (?:it|that|this)\b"
)
_NAMED_HERE = re.compile(rf"(?i)\b(?:my|our|an?|this|that) (?:\w+ )?(?:{PEOPLE})\b")
"""Someone named in the message itself, whom its "he" or "it" is about if it tells enough."""
_TELLS_ENOUGH = 4
_PEOPLE = re.compile(rf"(?i)\b(?:{PEOPLE})s?\b")
_WHOSE = re.compile(rf"(?i)\b(?:my|our) (?:\w+ )?({PEOPLE})s?\b")
LIGHT = frozenset(
    content_words(
        "exactly actually really say tell start begin write text words put use try help know stop"
    )
)
"""Words that name no topic: who says only these leans on what came before."""
_OF_STUDIES = frozenset(
    content_words(
        "any research study studies evidence proof prove proven sample size effect big large "
        "many people participants meta-analysis meta analysis replicated repeated source sources"
    )
)
"""The same where nothing else is named: "any meta-analysis?", "how big was the effect"."""
_ASKS = re.compile(
    r"(?i)^\W*(?:(?:and|but|so|then|ok|okay|yes|well)\b[\s,]*)*"
    r"(?:what|why|how|when|where|who|which|should|can|could|would|do|does|did|is|are|am|will)\b"
)
_LONGER, _MOST_CHARACTERS = 24, 300
"""Words and characters of a message that may lean on what came before."""
_OPENERS = r"(?:(?:ok|okay|yes|yeah|please|thanks|hmm|mm|and|can you|could you)\b[\s,.!]*)*"
_ASKS_FOR_MORE = re.compile(
    rf"(?i)^{_OPENERS}(?:(?:i )?tried (?:it|that)\b(?:[^.?!]*[.!,])?\s*{_OPENERS})?"
    r"(?:tell me (?:some )?more|more|say more|go on|continue|keep going|what else|anything else|"
    r"something else|else|another (?:one|idea|way|tip)|any (?:more|other \w+)|"
    r"(?:give me |some )?(?:more|an(?:other)?) (?:ideas?|tips?|examples?)|yes|"
    r"(?:any )?other way[^?]*)(?:,? please)?\W*$"
)
_TURNS = re.compile(
    r"(?i)^(?:ok(?:ay)?[,. ]+|thanks?(?: you)?[,. ]+|fine[,. ]+|and )*"
    r"(?:btw|by the way|never ?mind|forget (?:it|that)|let['’]?s (?:leave|drop|talk about some)|"
    r"(?:on )?(?:an?|one|some)?(?:other|another| different| new| more| completely)+"
    r" (?:note|topic|question|things?|matter|subject)|new topic|something else|"
    r"different (?:question|matter|topic|subject)|one more thing|also,?|change of (?:topic|subject)"
    r")"
    r"\b[\s,:.;-]*(?:please\b[\s,:.;-]*)?(?=.*\w \w)"
)


_INTRODUCES = re.compile(
    r"(?i)^\W*(?:(?:hi|hello|hey)\b[\s,.!]*)?(?:i['’]?m|i am|as|speaking as) an? (?:[\w-]+ ){0,3}?"
    r"(?:therapist|counsell?or|psychologist|psychiatrist|psychotherapist|social worker|clinician|"
    r"supervisor|mediator)\b(?: (?:who|and) (?:works?|working) with [\w ]+)?"
    r"\s*[,.:;!–-]+\s*(?=.*\w \w)"
)
"""How a professional opens, which is no part of what they want to know."""


def clean(message: str) -> str:
    """A message without control characters, white space folded, clipped to its two ends."""
    text = unicodedata.normalize("NFC", message.encode("utf-8", "ignore").decode("utf-8"))
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    text = re.sub(r"\s+", " ", text).strip()
    return both_ends(text, MAX_CHARACTERS)


def leans_on_history(message: str, earlier: Sequence[str] = ()) -> bool:
    """Whether a message is short and points back, or holds next to nothing of its own.

    Args:
        message: what the person wrote now.
        earlier: what they wrote before; a "he" after talk of none but a sister is someone new.
    """
    words = message.split()
    if len(words) > _LONGER or len(message) > _MOST_CHARACTERS or _TURNS.match(message):
        return False
    if surely_goes_on(message) or is_bare(message):
        return True
    if len(words) <= _LONG and _POINTS_BACK.search(_JOINS.sub(" ", message)):
        return True
    at_them = _POINTS_AT_THEM.search(message)
    named = _NAMED_HERE.search(message)
    if named and at_them and named.start() < at_them.start():
        return len(_own_words(message)) < _TELLS_ENOUGH
    return len(words) <= _LONG_ABOUT_THEM and bool(at_them) and not _is_of_another(message, earlier)


def _is_of_another(message: str, earlier: Sequence[str]) -> bool:
    he, she = bool(_HE.search(message)), bool(_SHE.search(message))
    if he == she:
        return False
    meant, other = (_A_MAN, _A_WOMAN) if he else (_A_WOMAN, _A_MAN)
    told = " ".join(earlier)
    return bool(other.search(told)) and not (meant.search(told) or _ANYONE.search(told))


def asked_before(history: History) -> list[str]:
    """What the person wrote so far, oldest first."""
    return [turn if isinstance(turn, str) else turn.question for turn in history]


def last_that_stands(history: History) -> str:
    """The last message that was searched for by itself, cleaned; the first if there is none."""
    for turn in reversed(history):
        text = clean(asked_before((turn,))[0])
        answer = None if isinstance(turn, str) else turn.answer
        if not leans_on_history(text) or (answer and answer.searched_for == text):
            return text
    return clean(asked_before(history[:1])[0]) if history else ""


def is_bare(message: str) -> bool:
    """Whether a message names next to nothing of its own ("why?", "what do I say?")."""
    words = _own_words(message)
    return len(words) < 2 or words <= _OF_STUDIES


def surely_goes_on(message: str) -> bool:
    """Whether a message goes on with the talk whatever it names ("what if …", "… though")."""
    return bool(_GOES_ON.match(message) or _TAKES_UP.search(message))


def names_besides_people(message: str) -> int:
    """How many things a message names that are not people."""
    return len(_own_words(_PEOPLE.sub(" ", message)))


def names_someone_new(message: str, earlier: Sequence[str]) -> bool:
    """Whether a message names someone of the writer's whom nothing earlier named."""
    told = " ".join(earlier).lower()
    return any(named[1].lower() not in told for named in _WHOSE.finditer(message))


def _own_words(message: str) -> set[str]:
    return set(content_words(message)) - LIGHT


def asks_for_more(message: str) -> bool:
    """Whether a message asks to hear more of the same, and nothing else."""
    said = message.strip()
    return len(said) <= _MOST_CHARACTERS and bool(_ASKS_FOR_MORE.match(said))


def goes_on(message: str) -> bool:
    """Whether a message wants more on what was just answered, and names nothing else."""
    return asks_for_more(message) or (leans_on_history(message) and is_bare(message))


def quoted_before(message: str, history: History) -> frozenset[tuple[str, int]]:
    """What not to quote again: document and start of each sentence cited so far.

    Empty unless the message leans on the talk ("go on", "and if she says no?").
    """
    if not (leans_on_history(message, asked_before(history)) or asks_for_more(message)):
        return frozenset()
    answers = (turn.answer for turn in history if not isinstance(turn, str) and turn.answer)
    return frozenset((c.document_id, c.start) for answer in answers for c in answer.citations)


def searched_for(message: str, history: History) -> str:
    """What to search for.

    Args:
        message: what the person wrote now.
        history: earlier turns, oldest first, as far as it may lean on them; see ``turning``.

    Returns:
        This message, cleaned, after the last one that stood by itself if it leans on that; empty
        if there is no word in it.
    """
    if not re.search(r"\w", message):
        return ""
    now = clean(message)
    now = _INTRODUCES.sub("", _TURNS.sub("", now)) or now
    leans = leans_on_history(message, asked_before(history)) or asks_for_more(message)
    leans_on = last_that_stands(history) if leans else ""
    if not leans_on:
        return now
    if asks_for_more(message):
        return leans_on
    parts = [part for part in (leans_on, _marked(now)) if re.search(r"\w", part)]
    return " ".join(parts)


def _marked(text: str) -> str:
    """With the mark that a question lacks: behind another message, only that tells it from one."""
    return f"{text}?" if _ASKS.match(text) and text[-1:] not in ".?!…" else text
