"""Conversations that a person chose to keep: stored, searched, exported, wiped. Off by default."""

from coachbot.conversations.database import erase_file
from coachbot.conversations.export import to_json, to_markdown
from coachbot.conversations.records import Conversation, Feedback, Kept, StoredTurn, Summary
from coachbot.conversations.store import Conversations, open_conversations

__all__ = [
    "Conversation",
    "Conversations",
    "Feedback",
    "Kept",
    "StoredTurn",
    "Summary",
    "erase_file",
    "open_conversations",
    "to_json",
    "to_markdown",
]
