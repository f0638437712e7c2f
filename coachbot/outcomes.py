"""Fixed words for when there is nothing to quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from coachbot.answering import is_story
from coachbot.prompts import say
from coachbot.types import Claim, Document, Verdict

_TOPICS_NAMED = 6


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
