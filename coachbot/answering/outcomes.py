"""Fixed words for when there is nothing to quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from coachbot.answering.answerability import asks_a_profession
from coachbot.answering.drafts import is_story
from coachbot.prompts import say
from coachbot.types import Claim, Document, Verdict

_TOPICS_NAMED = 6
_CLOSEST = 2


def nothing_claim(wanted: str, documents: Mapping[str, Document]) -> Claim:
    """What is said when the library does not answer: what it does cover, and an example."""
    if not documents:
        text = say("outcomes", "empty-library")
    elif not wanted:
        text = say("outcomes", "empty")
    else:
        name = "nothing-personal" if is_story(wanted) else "nothing"
        example = say("outcomes", "example")
        text = say("outcomes", name, topics=_topics(documents), example=example)
    return Claim(text, Verdict.FIXED, support=1.0)


def closest_claims(wanted: str, shown: Sequence[Claim]) -> tuple[Claim, ...]:
    """What is said when the library only comes near: that, and the nearest quotes.

    Args:
        wanted: what was searched for.
        shown: the checked claims of a draft; the first ``_CLOSEST`` quotes of it are kept.

    Returns:
        Claims to show; empty if the draft quotes nothing.
    """
    quotes = [claim for claim in shown if claim.verdict is Verdict.SUPPORTED][:_CLOSEST]
    if not quotes:
        return ()
    name = "related-profession" if asks_a_profession(wanted) else "related"
    return (Claim(say("outcomes", name), Verdict.FIXED, support=1.0), *quotes)


def doubtful_claims(shown: Sequence[Claim]) -> tuple[Claim, ...]:
    """What is said when it is unsure that the library answers: that, and the whole draft."""
    return (doubt(), *shown)


def doubt() -> Claim:
    """That it is unsure whether the library answers."""
    return Claim(say("outcomes", "doubtful"), Verdict.FIXED, support=1.0)


def no_more_claim() -> Claim:
    """What is said when someone asks for more and all that fits has been quoted."""
    return Claim(say("outcomes", "no-more"), Verdict.FIXED, support=1.0)


def _topics(documents: Mapping[str, Document]) -> str:
    counted = Counter(topic for document in documents.values() for topic in document.topics)
    named = [topic for topic, _ in counted.most_common(_TOPICS_NAMED)]
    if not named:
        named = [f"“{d.title}”" for d in documents.values() if d.title][:_TOPICS_NAMED]
    if not named:
        return say("outcomes", "unknown-topics")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
