"""Screening of one message: two layers that vote.

Steps: fold the message; look for the patterns of danger and of concern; ask the nearness layer how
like the labelled examples of each category the message is; a sure pattern makes a crisis unless
nothing near it is one, and nearness says which where it is plain; so does nearness alone if it is
high, and so do a weak pattern and some nearness together. Figures of speech are left out of what
nearness judges: the encoder takes them at their word. What was told over several turns is looked
at once more in one piece, by the patterns.

Nothing here reads the library, calls a model or leaves the machine. Without an encoder the
patterns alone decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coachbot.safety.language import is_spanish, pattern
from coachbot.safety.nearness import NONE, Nearness
from coachbot.safety.normalising import (
    IDIOM,
    both_ends,
    in_plain_letters,
    normalise,
    without_idioms,
)
from coachbot.safety.patterns import Rule, rules
from coachbot.types import Level, Screening

CRISES = ("suicide_self_harm", "child_safety", "partner_violence", "harm_to_others")
"""The most urgent first: a life that may end by one's own hand tonight comes before the rest."""
CONCERNS = (
    "hopeless", "psychosis_or_mania", "perinatal_thoughts", "possible_control", "eating_disorder",
    "minor", "own_medication", "control_request", "diagnosis_of_other", "one_sided_conflict",
)  # fmt: skip

_ALONE, _ALONE_SUICIDE, _ALONE_HARM = 0.55, 0.75, 0.8
"""Nearness from which a message is a crisis without any pattern: chosen on four writers of the dev
half of evals/screening.jsonl before anything had learned from them (94 to 97), and moved a little
by the counts of the test half, since a danger missed is worse than a card too many. Of suicide the
reply asks before it says anything else; yet grief, and tiredness, come near it. Harm to others
needs more than blows received: "I run after him" is near a threat."""
_DESPITE_PAST = 0.9
_DESPITE_DENIAL = 0.97
"""The same for a message about what is past, and for one that denies something; both may still hold
danger beside that."""
_DESPITE_NOBODY = 0.97
"""The same for one that names nobody: "not scared any more. feels calm now"."""
_NEVER = 1.0
_DESPITE_CONTROL = 0.93
"""The same for violence where the words name control, which has an answer of its own."""
_WITH_WEAK = 0.35
"""Nearness that a weak pattern needs beside it."""
_WITH_SURE = 0.35
"""Nearness below which a sure pattern is not believed, unless it names means at hand: hardly an
explicit message lies there, but most of the harmless ones that a pattern takes for danger."""
_PLAINLY = 0.6
"""Nearness to one danger from which it is named beside what the patterns found, or instead."""
_BY_ITSELF = 0.9
"""How near a sentence must be to be believed where the rest of its message speaks against it."""
_NOT_AT_ALL = 0.01
"""Nearness below which, where another danger is plain, what a pattern found is not believed."""
_WHOLE = 120
"""Words; of a longer message the encoder sees a mixture: there a sure pattern stands by itself."""
_DOUBT, _FEW = 0.5, 4
"""Nearness to a crisis that is met with care, though not as one; and the words up to which a
message says too little for such a doubt."""
_MET_AS = {"suicide_self_harm": "hopeless", "partner_violence": "possible_control"}
_CONCERN_ALONE = 0.2
_CONTROL_MUTUAL = 0.55
"""The same for control, where people tell of what they do to each other: control has one side."""
_PLAINLY_ORDINARY = 0.95
"""Nearness to nothing of all this from which a pattern of concern is not believed: "I can't do this
any more, his socks are in the sofa again"."""
_TO_BE_BORNE_OUT = ("hopeless", "possible_control", "perinatal_thoughts", "eating_disorder")
"""Concerns whose words ordinary messages use too; of the others the words alone tell."""
_BETWEEN_PARTS = re.compile(r"\s*[.,;:!?]\s*|\s+(?:and|but)\s+")
_SENTENCES = re.compile(r"\s*[.;:!?]+\s*")
_WINDOW = 3
"""Earlier messages that are read together with the present one."""
_MOST_CHARACTERS, _OVERLAP = 6_000, 500
"""Of a piece of a long message, and what it shares with the next."""
_LONGEST = 44_500
"""Characters, eight pieces: more than the page takes. Of what is longer both ends are read."""


@dataclass(frozen=True, slots=True)
class _Found:
    category: str
    subject: str
    words: str
    unmistakable: bool = False


def screen_message(message: str, nearness: Nearness | None = None) -> Screening:
    """Screen one message by itself; a long one piece by piece.

    Args:
        message: as the person wrote it.
        nearness: the second layer; None leaves the decision to the patterns.

    Returns:
        The level with all categories found, the most urgent first; of a long message, those of
        its gravest piece.
    """
    whole = in_plain_letters(both_ends(message, _LONGEST))
    starts = range(0, max(1, len(whole) - _OVERLAP), _MOST_CHARACTERS - _OVERLAP)
    pieces = [whole[start : start + _MOST_CHARACTERS] for start in starts]
    return max((_screened(piece, nearness) for piece in pieces), key=_gravity)


def _gravity(found: Screening) -> tuple[int, int]:
    urgent = (*reversed(CONCERNS), *reversed(CRISES))
    level = (Level.NONE, Level.CONCERN, Level.CRISIS).index(found.level)
    return level, urgent.index(found.category) if found.category else -1


def _screened(message: str, nearness: Nearness | None) -> Screening:
    text = normalise(message)
    if pattern("forms", "wording").search(text):
        nearness = None  # what is wished of a reply is like nothing that people tell
    near = _nearness(message, text, nearness) if nearness else {}
    concerns = _concerns(text, near)
    enough = _enough(text, _nearest_crisis(near), concerns)
    found = _crises(text, near, nearness)
    if not found and _of_crises(near) >= enough:
        subject = nearness.subject(message) if nearness else "self"
        found = [_Found(_nearest_crisis(near), subject, "")]
    if found:
        beside = (f.category for f in concerns)
        crisis = _screening(Level.CRISIS, found, CRISES)
        return replace(crisis, categories=(*crisis.categories, *dict.fromkeys(beside)))
    concerns = concerns or _near_concern(text, near, enough)
    return _screening(Level.CONCERN, concerns, CONCERNS) if concerns else Screening()


def _crises(text: str, near: Mapping[str, float], nearness: Nearness | None) -> list[_Found]:
    """The dangers that the patterns find and nearness bears out, where it can."""
    sure = [f for rule in rules() if rule.sure and (f := _find(rule, text))]
    if sure and nearness and _seen_whole(text):
        believed = [f for f in sure if _believed(f, near, text, nearness)]
        sure = _borne_out(believed, near, text, nearness)
    if sure or _of_crises(near) < _WITH_WEAK:
        return sure
    return [f for rule in rules() if not rule.sure and (f := _find(rule, text))]


def _near_concern(text: str, near: Mapping[str, float], enough: float) -> list[_Found]:
    """The concern that a message is near; or the one that a doubtful danger is met as."""
    name = max(CONCERNS, key=lambda category: near.get(category, 0.0))
    mutual = name == "possible_control" and pattern("forms", "mutual").search(text)
    if near.get(name, 0.0) >= (_CONTROL_MUTUAL if mutual else _CONCERN_ALONE):
        return [_Found(name, "self", "")]
    met_as = _MET_AS.get(_nearest_crisis(near))
    doubtful = _of_crises(near) >= _DOUBT and enough < _DESPITE_PAST and not _brief(text)
    return [_Found(met_as, "self", "")] if met_as and doubtful else []


def _concerns(text: str, near: Mapping[str, float]) -> list[_Found]:
    """What the patterns find short of danger, less what nearness plainly takes for ordinary."""
    found = [f for rule in rules("concerns.toml") if (f := _find(rule, text))]
    if near.get(NONE, 0.0) < _PLAINLY_ORDINARY or not _seen_whole(text):
        return found
    return [f for f in found if f.category not in _TO_BE_BORNE_OUT]


def _nearness(message: str, text: str, nearness: Nearness) -> Mapping[str, float]:
    """Nearness of a message, or of what stands beside figures of speech that may have misled."""
    near = nearness.of(message)
    if IDIOM in text and _of_crises(near) >= _WITH_SURE:
        rest = without_idioms(text)
        return nearness.of(rest) if rest else {}
    return near


def _nearest_crisis(near: Mapping[str, float]) -> str:
    return max(CRISES, key=lambda category: near.get(category, 0.0))


def _of_crises(near: Mapping[str, float]) -> float:
    return sum(near.get(name, 0.0) for name in CRISES)


def _near_enough(found: _Found, near: Mapping[str, float]) -> float:
    """How near a danger is where a pattern named one; who has no hope left bears out suicide."""
    hopeless = near.get("hopeless", 0.0) if found.category == "suicide_self_harm" else 0.0
    return _of_crises(near) + hopeless


def _believed(found: _Found, near: Mapping[str, float], text: str, nearness: Nearness) -> bool:
    """Whether nearness hears danger where a pattern found it, in the message or in its sentence.

    Beside much that is harmless a sentence of danger is lost on nearness; but what stands beside it
    may also say that it was an accident, or is long over.
    """
    if found.unmistakable or _near_enough(found, near) >= _WITH_SURE:
        return True
    if pattern("forms", "explained").search(text):
        return False
    own = next((one for one in _SENTENCES.split(text) if found.words in one), text)
    return _near_enough(found, nearness.of(own)) >= _BY_ITSELF


def _borne_out(
    found: Sequence[_Found], near: Mapping[str, float], text: str, nearness: Nearness
) -> list[_Found]:
    """What the patterns found, set right where the message is plainly near another danger."""
    best = _nearest_crisis(near)
    if not found or near.get(best, 0.0) < _PLAINLY:
        return list(found)
    kept = [
        f
        for f in found
        if f.unmistakable or near[f.category] >= _NOT_AT_ALL or _by_itself(f, text, nearness)
    ]
    if not any(f.category == best for f in kept):
        kept.append(_Found(best, kept[0].subject if kept else "self", ""))
    return kept


def _by_itself(found: _Found, text: str, nearness: Nearness) -> bool:
    """Whether the part of a message where a pattern found its words is plainly near by itself.

    Of two dangers in one message the graver hides the other from nearness.
    """
    parts = [part for part in _BETWEEN_PARTS.split(text) if part]
    own = next((part for part in parts if found.words in part), text)
    return len(parts) > 1 and nearness.of(own).get(found.category, 0.0) >= _PLAINLY


def _enough(text: str, category: str, concerns: Sequence[_Found]) -> float:
    """How near to a category's examples a message without a pattern must be.

    One that is about nobody in particular is hardly taken for a near one.
    """
    if _asks_of_things(text):
        return _NEVER
    if not pattern("forms", "personal").search(text):
        return _DESPITE_NOBODY
    if any(rule.denied(text) for rule in rules()):
        return _DESPITE_DENIAL
    control = any(f.category == "possible_control" for f in concerns)
    if control and category == "partner_violence":
        return _DESPITE_CONTROL
    if pattern("forms", "past").search(text):
        return _DESPITE_PAST
    if category == "harm_to_others":
        return _ALONE_HARM
    return _ALONE_SUICIDE if category == "suicide_self_harm" else _ALONE


def _asks_of_things(text: str) -> bool:
    """Whether a message asks what an app or a study can do, and tells of nobody."""
    asks = pattern("forms", "of_things").search(text)
    return bool(asks) and not pattern("forms", "of_someone").search(text)


def _brief(text: str) -> bool:
    return len(text.split()) <= _FEW


def _seen_whole(text: str) -> bool:
    """Whether the second layer can judge a message: it knows English, short, of one's own life."""
    own = pattern("forms", "personal").search(text)
    return bool(own) and not is_spanish(text) and len(text.split()) <= _WHOLE


def screen_window(earlier: Sequence[str], message: str) -> Screening:
    """Screen what was told in pieces over the last turns; only what ends in this message counts."""
    before = [normalise(both_ends(text, _MOST_CHARACTERS)) for text in earlier[-_WINDOW:]]
    now = normalise(both_ends(message, _MOST_CHARACTERS))
    start = len(" ".join(before))
    joined = " ".join([*before, now])
    found = [
        _Found(rule.category, rule.subject, match.group())
        for rule in rules()
        if rule.sure
        for match in rule.matches(joined)
        if match.start() < start < match.end()
    ]
    return _screening(Level.CRISIS, found, CRISES) if found else Screening()


def _find(rule: Rule, text: str) -> _Found | None:
    told = (match for match in rule.matches(text) if not _long_past(text, match))
    words = next((match.group().strip() for match in told), "")
    return _Found(rule.category, rule.subject, words, rule.unmistakable) if words else None


def _long_past(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence of a match is told as long past, and nothing in the message is now."""
    start = max(text.rfind(mark, 0, match.start()) for mark in ".!?;") + 1
    ends = [at for mark in ".!?;" if (at := text.find(mark, match.end())) >= 0]
    sentence = text[start : min(ends, default=len(text))]
    past, present = pattern("forms", "past"), pattern("forms", "present")
    return bool(past.search(sentence)) and not present.search(text)


def _screening(level: Level, found: Sequence[_Found], order: Sequence[str]) -> Screening:
    categories = tuple(name for name in order if any(f.category == name for f in found))
    own = [f.subject for f in found if f.category == categories[0]]
    # What is told of oneself outweighs what is told of someone else in the same message.
    subject = "self" if "self" in own else own[0]
    words = tuple(f.words for f in found if f.words)
    return Screening(level, categories[0], categories, subject, words)
