"""Conversations as files that a person takes away: Markdown to read, JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from coachbot.conversations.records import Conversation, StoredTurn
from coachbot.markdown import escaped
from coachbot.prompts import say
from coachbot.types import Answer, Citation

SCHEMA = 1
"""Version of the JSON form of exported conversations."""


def to_markdown(conversations: Sequence[Conversation]) -> str:
    """Conversations with the sources of every reply.

    All words are escaped: what was typed, or stands in a text, never acts as markup.
    """
    return "\n\n".join(line for one in conversations for line in _conversation(one)) + "\n"


def reply_to_markdown(answer: Answer) -> str:
    """One reply with its sources."""
    return "\n\n".join(_answer(answer))


def to_json(conversations: Sequence[Conversation]) -> str:
    """Conversations with each answer in the JSON form that all of coachbot shares."""
    fields = [
        {
            "id": one.id,
            "title": one.title,
            "started_at": one.started_at,
            "changed_at": one.changed_at,
            "turns": [_turn_fields(stored) for stored in one.turns],
        }
        for one in conversations
    ]
    return json.dumps({"schema": SCHEMA, "conversations": fields}, ensure_ascii=False, indent=1)


def _turn_fields(stored: StoredTurn) -> dict[str, object]:
    feedback = stored.feedback
    return {
        "question": stored.turn.question,
        "asked_at": stored.turn.asked_at,
        "answer": stored.turn.answer.to_dict() if stored.turn.answer else None,
        "feedback": {"useful": feedback.useful, "reason": feedback.reason} if feedback else None,
    }


def _conversation(conversation: Conversation) -> Iterator[str]:
    yield f"# {escaped(conversation.title)}"
    answers = (stored.turn.answer for stored in conversation.turns)
    intro = "export-intro-model" if any(a and a.model for a in answers) else "export-intro"
    yield say("conversations", intro, day=conversation.started_at[:10])
    for stored in conversation.turns:
        yield f"## {say('conversations', 'you')}"
        yield escaped(stored.turn.question)
        if stored.turn.answer:
            yield f"## {say('conversations', 'reply')}"
            yield from _answer(stored.turn.answer)
        if stored.feedback:
            word = "useful" if stored.feedback.useful else "not-useful"
            yield say(
                "conversations", f"export-{word}", reason=escaped(stored.feedback.reason)
            ).strip()


def _answer(answer: Answer) -> Iterator[str]:
    marks = re.compile(r"\\\[(\d+)\\\]")
    yield marks.sub(r"[\1]", escaped(answer.text))
    if answer.citations:
        yield f"### {say('conversations', 'sources')}"
        yield "\n".join(_source(c) for c in sorted(answer.citations, key=lambda c: c.number))
    for note in answer.notes:
        yield say("page", "note", number=note.about, text=escaped(note.text))


def _source(citation: Citation) -> str:
    facts = [escaped(citation.source), say("page", f"kind-{citation.kind.value}")]
    if citation.strength:
        facts.append(say("page", "strength", strength=citation.strength.value))
    quote = escaped(citation.quote.replace("\n", " "))
    return f"- [{citation.number}] {' · '.join(facts)}: “{quote}”"
