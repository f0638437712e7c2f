"""Conversations of one person in the database: nothing here reaches those of another.

Ids are random and long enough not to be guessed, and every statement names the owner besides.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coachbot.conversations.database import Database
from coachbot.conversations.records import (
    Conversation,
    Feedback,
    Kept,
    StoredTurn,
    Summary,
    read,
    written,
)
from coachbot.errors import ConversationNotFoundError
from coachbot.types import Turn

_CONVERSATIONS = sa.table(
    "conversations", *map(sa.column, ("id", "owner", "title", "started_at", "changed_at"))
)
_TURNS = sa.table("turns", *map(sa.column, ("id", "conversation_id", "position", "words", "turn")))
_FEEDBACK = sa.table(
    "feedback", sa.column("turn_id"), sa.column("useful", sa.Boolean), sa.column("reason")
)
_TITLE_CHARACTERS = 60
_MOST_WORDS = 50
_REASON_CHARACTERS = 2_000


class Conversations:
    """What one person has stored.

    Args:
        database: where it is stored.
        owner: who the person is, such as the address they log in with; empty where nobody logs
            in; None reaches everyone's and is for whoever runs the machine.
    """

    def __init__(self, database: Database, owner: str | None = "") -> None:
        self._database = database
        self._owner = owner

    def of(self, owner: str | None) -> Conversations:
        """Those of another person in the same database."""
        return Conversations(self._database, owner)

    def list(self, search: str = "", limit: int = 200) -> tuple[Summary, ...]:
        """The conversations that hold all words of ``search``, the last changed first.

        Of a longer search the first words count.
        """
        count = (
            sa.select(_TURNS.c.conversation_id, sa.func.count().label("turns"))
            .group_by(_TURNS.c.conversation_id)
            .subquery()
        )
        found = (
            sa.select(_CONVERSATIONS, count.c.turns)
            .join(count, count.c.conversation_id == _CONVERSATIONS.c.id)
            .where(self._own())
            .order_by(_CONVERSATIONS.c.changed_at.desc(), _CONVERSATIONS.c.id)
            .limit(limit)
        )
        for word in _plain(search).casefold().split()[:_MOST_WORDS]:
            holds = sa.select(_TURNS.c.conversation_id).where(
                _TURNS.c.words.contains(word, autoescape=True)
            )
            named = sa.func.lower(_CONVERSATIONS.c.title).contains(word, autoescape=True)
            found = found.where(sa.or_(_CONVERSATIONS.c.id.in_(holds), named))
        with self._database.reading() as connection:
            return tuple(
                Summary(row.id, row.title, row.started_at, row.changed_at, row.turns)
                for row in connection.execute(found)
            )

    @property
    def place(self) -> str:
        """Where it is stored, for a reader."""
        return self._database.name

    def count(self) -> int:
        """How many conversations there are, those left out whose messages were all taken back."""
        with self._database.reading() as connection:
            return self._count(connection)

    def get(self, id: str) -> Conversation:
        """A whole conversation.

        Raises:
            ConversationNotFoundError: this person has none of this id.
        """
        turns = (
            sa.select(_TURNS.c.id, _TURNS.c.turn, _FEEDBACK.c.useful, _FEEDBACK.c.reason)
            .outerjoin(_FEEDBACK, _FEEDBACK.c.turn_id == _TURNS.c.id)
            .where(_TURNS.c.conversation_id == id)
            .order_by(_TURNS.c.position, _TURNS.c.id)
        )
        with self._database.reading() as connection:
            head = self._head(connection, id)
            rows = connection.execute(turns).all()
        stored = tuple(
            StoredTurn(
                row.id,
                read(row.turn),
                None if row.useful is None else Feedback(row.useful, row.reason),
            )
            for row in rows
        )
        return Conversation(head.id, head.title, head.started_at, head.changed_at, stored)

    def add(self, turn: Turn, to: str | None = None) -> Kept:
        """Store a turn at the end of a conversation; of a new one if ``to`` is None.

        Raises:
            ConversationNotFoundError: the conversation is gone, deleted elsewhere.
            StorageError: it could not be written; what was stored before is as it was.
        """
        now, turn_id = _now(), secrets.token_urlsafe(16)
        with self._database.writing() as connection:
            if to is None:
                to = secrets.token_urlsafe(16)
                title = _title(turn)
                connection.execute(
                    sa.insert(_CONVERSATIONS).values(
                        id=to, owner=self._owner or "", title=title, started_at=now, changed_at=now
                    )
                )
            else:
                self._change(connection, to, changed_at=now)
                if not self._head(connection, to).title:
                    self._change(connection, to, title=_title(turn))
            last = sa.select(sa.func.max(_TURNS.c.position)).where(_TURNS.c.conversation_id == to)
            position = connection.execute(last).scalar()
            connection.execute(
                sa.insert(_TURNS).values(
                    id=turn_id,
                    conversation_id=to,
                    position=0 if position is None else position + 1,
                    words=_words(turn),
                    turn=written(turn),
                )
            )
        return Kept(to, turn_id)

    def take_back(self, turn_id: str) -> None:
        """Delete one turn, because it is asked or answered anew; nothing if it is gone already.

        A title that was made of its words goes too; the next turn gives another one.
        """
        wanted = sa.select(_TURNS.c.conversation_id, _TURNS.c.turn).where(self._own_turn(turn_id))
        with self._database.writing() as connection:
            if (row := connection.execute(wanted).first()) is None:
                return
            connection.execute(sa.delete(_TURNS).where(_TURNS.c.id == turn_id))
            title = self._head(connection, row.conversation_id).title
            if title == _title(read(row.turn)):
                self._change(connection, row.conversation_id, title="")
        self._database.empty_log()

    def rate(self, turn_id: str, feedback: Feedback | None) -> None:
        """Store what the person thinks of a reply, in the place of what they thought before.

        Raises:
            ConversationNotFoundError: the turn is gone.
        """
        with self._database.writing() as connection:
            wanted = sa.select(_TURNS.c.id).where(self._own_turn(turn_id))
            if connection.execute(wanted).scalar() is None:
                raise _not_found()
            connection.execute(sa.delete(_FEEDBACK).where(_FEEDBACK.c.turn_id == turn_id))
            if feedback:
                reason = _plain(feedback.reason)[:_REASON_CHARACTERS]
                connection.execute(
                    sa.insert(_FEEDBACK).values(
                        turn_id=turn_id, useful=feedback.useful, reason=reason
                    )
                )
        self._database.empty_log()

    def rename(self, id: str, title: str) -> None:
        """Give a conversation another title; an empty one changes nothing.

        Raises:
            ConversationNotFoundError: this person has none of this id.
        """
        if title := _short(title, 2 * _TITLE_CHARACTERS):
            with self._database.writing() as connection:
                self._change(connection, id, title=title)
            self._database.empty_log()

    def delete(self, id: str) -> None:
        """Delete one conversation, and every trace of it in the database's files.

        Raises:
            ConversationNotFoundError: this person has none of this id.
            StorageError: it is deleted, but traces could not be overwritten yet.
        """
        own = sa.delete(_CONVERSATIONS).where(_CONVERSATIONS.c.id == id, self._own())
        with self._database.writing() as connection:
            found = connection.execute(own).rowcount
        self._database.scrub()  # also of what was deleted before, and could not be overwritten then
        if not found:
            raise _not_found()

    def delete_everything(self) -> int:
        """Delete all conversations of this person, and every trace in the database's files.

        Returns:
            How many there were.

        Raises:
            StorageError: they are deleted, but traces could not be overwritten yet.
        """
        with self._database.writing() as connection:
            gone = self._count(connection)
            connection.execute(sa.delete(_CONVERSATIONS).where(self._own()))
        self._database.scrub()
        return gone

    def close(self) -> None:
        """Let go of the database's files; the next call opens them again."""
        self._database.close()

    def _count(self, connection: Connection) -> int:
        filled = _CONVERSATIONS.c.id.in_(sa.select(_TURNS.c.conversation_id))
        wanted = sa.select(sa.func.count()).select_from(_CONVERSATIONS).where(self._own(), filled)
        return int(connection.execute(wanted).scalar_one())

    def _own(self) -> sa.ColumnElement[bool]:
        return sa.true() if self._owner is None else _CONVERSATIONS.c.owner == self._owner

    def _own_turn(self, turn_id: str) -> sa.ColumnElement[bool]:
        own = sa.select(_CONVERSATIONS.c.id).where(self._own())
        return sa.and_(_TURNS.c.id == turn_id, _TURNS.c.conversation_id.in_(own))

    def _head(self, connection: Connection, id: str) -> sa.Row[Any]:
        wanted = sa.select(_CONVERSATIONS).where(_CONVERSATIONS.c.id == id, self._own())
        if (head := connection.execute(wanted).first()) is None:
            raise _not_found()
        return head

    def _change(self, connection: Connection, id: str, **values: str) -> None:
        which = sa.update(_CONVERSATIONS).where(_CONVERSATIONS.c.id == id, self._own())
        if not connection.execute(which.values(**values)).rowcount:
            raise _not_found()


def open_conversations(url: str | Path, owner: str | None = "") -> Conversations:
    """Open the store of conversations, making it if need be; see ``Database`` for its errors.

    Args:
        url: a path to an SQLite file, or an SQLAlchemy URL.
        owner: whose conversations; see ``Conversations``.
    """
    return Conversations(Database(url), owner)


def _not_found() -> ConversationNotFoundError:
    return ConversationNotFoundError(
        "This conversation is not stored any more.",
        "It may have been deleted in another window. See the list for what there is.",
    )


def _words(turn: Turn) -> str:
    """What a search looks in: question and reply, folded."""
    reply = " ".join(claim.text for claim in turn.answer.claims) if turn.answer else ""
    return _plain(f"{turn.question}\n{reply}").casefold()


def _plain(text: str) -> str:
    """Text that every database takes: no null characters, no halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode().strip()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _title(turn: Turn) -> str:
    """What a conversation is called that begins with a turn."""
    return _short(turn.question, _TITLE_CHARACTERS)


def _short(text: str, most: int) -> str:
    """The beginning of a text, cut between words; within one only where it is longer than all."""
    plain = _plain(text)
    cut = shorten(plain, most, placeholder=" …")
    return cut if cut != "…" else f"{plain[: most - 2]} …"
