"""What must not be shown to whom: skills to a person in danger, a text on grief to the unbereaved.

The safety gate comes first and answers a crisis itself. Yet a question may name fear or force
without being one ("does listening help if he hits me?"), or come in by ``search``, which has no
gate. So the ranking itself keeps what to try away from whoever may be hurt by trying it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from coachbot.safety.normalising import literal_words
from coachbot.types import Document, Hit, Kind, Passage, Role

SAFETY_TEXT = "when-not-to-use-these-skills"
"""The shipped text that is a warning throughout. Told by its id: a text that somebody adds may have
"safety" in its title and teach skills."""

_PERSON = (
    r"(?:him|her|them|my\ (?:\w+\ )?(?:husband|wife|partner|boyfriend|girlfriend|spouse|"
    r"fianc[eé]e?|ex|mum|mom|mother|dad|father|parents?|stepdad|stepfather|brother|sister|son|daughter|uncle))"
)
_LEAVING = r"(?:leaving|losing|cheating|dying|finding|getting\ (?:hurt|sick|ill))"
_DANGER = re.compile(
    r"(?ix)\b(?:"
    rf"(?:afraid|scared|frightened|terrified|fear(?:ful)?)\ (?:of|for)\ {_PERSON}s?\b"
    rf"(?!\ {_LEAVING})"
    r"|(?:afraid|scared|frightened|terrified)\ (?:of\ what|what|of\ how|how|that)"
    r"\ (?:he|she|they)(?:\ will|\ might|\ may|\ could|\ would)"
    r"|(?:afraid|scared|frightened|terrified)"
    r"\ (?:to\ (?:go\ home|say\ no|leave|sleep)|at\ home|in\ my\ own)"
    r"|fear\ of\ (?:violence|being\ (?:hit|hurt|beaten))"
    r"|threat(?:s|ened|ening|ens|en)?\b(?!\ to\ (?:leave|break\ up|divorce|move\ out))"
    r"|forc(?:es|ed|ing)\ (?:me|him|her|them|sex)|force\ me|by\ force"
    r"|forc(?:e|es|ed|ing)\ (?:him|her|them)sel(?:f|ves)\ on"
    r"|coerc\w+|rap(?:e|ed|es|ing|ist)\b|stalk(?:s|ed|ing|er)?"
    r"|(?:hit|hits|hitting|kick|kicks|kicked|kicking|punch(?:es|ed|ing)?|slap(?:s|ped|ping)?)"
    r"\ (?:me|him|her|them|us|my\ \w+|each\ other)\b(?!\ (?:that|up|when\ i\ realise|off))"
    r"|chok(?:es|ed|ing)\ (?:me|him|her|them)|strangl(?:e|es|ed|ing)\ (?:me|him|her|them)"
    r"|beat(?:s|ing|en)?\ (?:me|him|her|them|us)(?:\ up)?\b(?!\ (?:at|to)\b)"
    r"|(?:hurts|hurt)\ me\ physically|physically\ (?:hurt|hurts|abus\w+|violent)"
    r"|(?:shov|grabb|push)(?:es|ed|s|ing)\ me\b|(?:push|shoves?|grabs)\ me\b(?!\ (?:away|to))"
    r"|throws?\ (?:things|stuff|plates|\w+)\ at\ me|locks?\ me\ (?:in|out|up)"
    r"|bruis(?:e|es|ed|ing)|black\ eye|injur(?:y|ies|ed|es)|violen(?:t|ce)"
    r"|abus(?:e|es|ed|ive|er|ing)"
    r"|(?:a|his|her|the|with\ a)\ (?:knife|gun|weapon)"
    r")"
)
_SELF_OR_IDIOM = re.compile(
    r"(?i)\b(?:(?:sound|come across|feel|seem|look)(?:s|ed|ing)? (?:like|as|as if it was) (?:an? )?"
    r"threat\w*|threat to (?:us|our|the|my|any) \w+|empty threats?|feel(?:s|ing)? threatened by"
    r"|forced? (?:myself|yourself|himself|herself)(?! on\b)"
    r"|beat(?:ing)? (?:myself|yourself)"
    r"|kick(?:ed|ing)? myself|abus\w+ of (?:power|trust)|jump(?:ed|ing)? the gun|under threat of)"
)
_FEAR = re.compile(
    r"\b(?:afraid|scared|frightened|terrified|fear\w*|threat\w*|hits?|hitting|"
    r"hurt(?:s|ing)? (?:me|him|her|them|us|each other)\b(?! feelings)|"
    r"violent|violence|unsafe|danger\w*|control(?:s|ling))\b"
)

_GRAVE = re.compile(
    r"(?i)\b(?:suicid\w*|end(?:ing)? (?:your|their|his|her) (?:own )?life|crisis line|"
    r"(?:talk|think|thought)(?:s|ing)? (?:of|about) (?:dying|death)|(?:want|wish)(?:s|es)? to die|"
    r"kill(?:s|ing)?|strangl\w+|chok(?:e|es|ing)|forced into sex|rape[ds]?|abus(?:e|er|ive)|"
    r"violen(?:t|ce)|(?:hit|hurt|threaten)s? you)\b"
)
_NAMES_GRAVE = re.compile(
    r"\b(?:suicid\w*|di(?:e|es|ed|ing)|dead|death|kill\w*|depress\w*|hopeless\w*|abus\w+|violen\w+)\b"
)
_NO_DEATH = re.compile(
    r"(?i)\b(?:nobody|no[- ]one)(?: (?:has|have|had|is|was|really|actually|even|ever))* "
    r"(?:died|dies|dead|dying)\b|"
    r"\b(?:has|have|had|is|was|are|were)(?: not|n['’]?t)(?: really| actually)? "
    r"(?:died|dead|dying)\b"
)


def names_danger(message: str) -> bool:
    """Whether a message names fear of a person, force, coercion or injury.

    Fear and control in their everyday sense ("fear of abandonment", "control my temper", "afraid
    to raise money") are ordinary work for couples and do not count.
    """
    return bool(_DANGER.search(_SELF_OR_IDIOM.sub(" ", literal_words(message))))


def names_fear(message: str) -> bool:
    """Whether a message speaks of fear or harm at all, so that exercises are out of place."""
    return bool(_FEAR.search(literal_words(message)))


def names_grave_matters(message: str) -> bool:
    """Whether a message itself speaks of dying, of despair, of violence or of fear."""
    words = literal_words(message)
    return bool(_NAMES_GRAVE.search(words) or _FEAR.search(words))


def is_grave(sentence: str) -> bool:
    """Whether a sentence of a text speaks of suicide or of violence against the reader.

    Such a one stands in nearly every text, for whom it may concern; quoted to anyone else it
    frightens, or says what nobody has said.
    """
    return bool(_GRAVE.search(sentence))


def is_caution(passage: Passage) -> bool:
    """Whether a passage is a warning, or belongs to the text that is one throughout."""
    return passage.role is Role.CAUTION or passage.document_id == SAFETY_TEXT


def cautions_first(hits: Sequence[Hit], kinds: dict[str, Kind]) -> list[Hit]:
    """What may be shown to someone in danger, the caution text first.

    Args:
        hits: all candidates, best first.
        kinds: the kind of each document by id.

    Returns:
        The passages of the safety text, then the warnings of other texts, then what is not a
        skill text of the library, each best first; no exercise in any case.
    """
    whole = [h for h in hits if h.passage.document_id == SAFETY_TEXT]
    warnings = [h for h in hits if h not in whole and is_caution(h.passage)]
    others = [
        h
        for h in hits
        if not is_caution(h.passage)
        and kinds[h.passage.document_id] in (Kind.ARTICLE, Kind.USER)
        and h.passage.role is not Role.PRACTICE
    ]
    return [*whole, *warnings, *others]


def concerns(document: Document, message: str) -> bool:
    """Whether a text may answer a message.

    One that would hurt outside its subject, such as the loss of a child, says by ``only_about``
    which words must be there; a death that is denied ("nobody really died") is none.
    """
    if not document.only_about:
        return True
    beginnings = "|".join(map(re.escape, document.only_about))
    return bool(re.search(rf"(?i)\b(?:{beginnings})", _NO_DEATH.sub(" ", message)))
