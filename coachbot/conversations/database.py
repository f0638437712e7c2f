"""The database that conversations are stored in: an SQLite file, or any by SQLAlchemy URL.

SQLite is used so that a process killed at any moment leaves a readable file (write-ahead log, one
transaction for each change), that writers wait for one another, and that what is deleted is gone:
``secure_delete`` overwrites it, ``VACUUM`` writes the file anew, and the log is emptied; words that
others took the place of go the same way, without ``VACUUM``. A file that cannot be read is left as
it is.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from coachbot.errors import ConversationsError, SettingsError, StorageError

_MIGRATIONS = (
    (
        "CREATE TABLE conversations (id VARCHAR(40) PRIMARY KEY, owner TEXT NOT NULL, "
        "title TEXT NOT NULL, started_at VARCHAR(40) NOT NULL, changed_at VARCHAR(40) NOT NULL)",
        "CREATE INDEX conversations_by_owner ON conversations (owner, changed_at)",
        "CREATE TABLE turns (id VARCHAR(40) PRIMARY KEY, conversation_id VARCHAR(40) NOT NULL "
        "REFERENCES conversations (id) ON DELETE CASCADE, position INTEGER NOT NULL, "
        "words TEXT NOT NULL, turn TEXT NOT NULL)",
        "CREATE INDEX turns_by_conversation ON turns (conversation_id, position)",
        "CREATE TABLE feedback (turn_id VARCHAR(40) PRIMARY KEY REFERENCES turns (id) "
        "ON DELETE CASCADE, useful BOOLEAN NOT NULL, reason TEXT NOT NULL)",
    ),
)
"""Append only: each entry brings a database from one version to the next."""

_VERSION = sa.table("coachbot_schema", sa.column("version", sa.Integer))
_LOCK_OF_MIGRATION = 20_260_117  # any number: Postgres's advisory locks are named by one
_PATIENCE = 30.0  # seconds to wait for another writer


class Database:
    """Connections to where conversations are stored; may be shared between threads.

    Args:
        url: a path to an SQLite file, which is made if need be, or an SQLAlchemy URL.

    Raises:
        SettingsError: the URL is not one, or its driver is not installed.
        ConversationsError: what is there is damaged, unreachable, or from a newer coachbot.
        StorageError: the file cannot be made or written.
    """

    def __init__(self, url: str | Path) -> None:
        self.url = _url(url)
        self.file = Path(self.url.database or "") if self._is_sqlite else None
        if self.file:
            _make_private(self.file)
        try:
            self._engine = self._connected()
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise SettingsError(
                f"Nothing here can talk to {self.url.drivername}: {error}.",
                'For Postgres: pip install "coachbot[postgres]"',
            ) from error
        with self.writing() as connection:
            self._migrate(connection)

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """Where it is, for a reader; a password is left out."""
        return str(self.file) if self.file else self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment throughout."""
        with self._explaining(), self._engine.connect() as connection:
            yield connection.execution_options(coachbot_begin="BEGIN")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it becomes real, or nothing."""
        with self._explaining(), self._engine.begin() as connection:
            yield connection

    def empty_log(self) -> None:
        """Leave nothing in an SQLite file's log: words that were overwritten still stand there.

        While another program is reading they stay, until the next time.
        """
        if self._is_sqlite:
            with self._explaining(), self._engine.connect() as shared:
                connection = shared.execution_options(coachbot_begin="")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def scrub(self) -> None:
        """Leave nothing of deleted rows in the database's files, its log included.

        Raises:
            StorageError: another program is reading; the rows are gone, their traces are not yet.
        """
        if not self._is_sqlite:
            self._scrub_server()
            return
        with self._explaining(), self._engine.connect() as shared:
            connection = shared.execution_options(coachbot_begin="")  # VACUUM wants none
            connection.exec_driver_sql("VACUUM")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            free = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
        log = Path(f"{self.file}-wal")
        if busy or free or (log.exists() and log.stat().st_size):
            raise StorageError(
                "The words are deleted, but traces may still be in the file, because another "
                "program is reading it.",
                "Close the other windows and programs that use it, then delete again.",
            )

    def _scrub_server(self) -> None:
        """Rewrite the tables where the server can; its log and backups are its keeper's."""
        if self.url.get_backend_name() != "postgresql":
            return
        with self._explaining(), self._engine.connect() as shared:
            connection = shared.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("VACUUM FULL conversations, turns, feedback")

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        self._engine.dispose()

    def _connected(self) -> Engine:
        if not self._is_sqlite:
            return sa.create_engine(self.url, pool_pre_ping=True)
        engine = sa.create_engine(self.url, connect_args={"timeout": _PATIENCE})

        def connect(connection: sqlite3.Connection, _: object) -> None:
            connection.isolation_level = None  # the driver would begin transactions too late
            for pragma in (
                "journal_mode = WAL",
                "secure_delete = ON",
                "foreign_keys = ON",
                "temp_store = MEMORY",  # VACUUM would write people's words to the temporary folder
            ):
                connection.execute(f"PRAGMA {pragma}")
            # SQLite's own knows the letters of English alone.
            connection.create_function("lower", 1, _folded, deterministic=True)

        def begin(connection: Connection) -> None:
            options = connection.get_execution_options()
            if statement := options.get("coachbot_begin", "BEGIN IMMEDIATE"):
                connection.exec_driver_sql(statement)

        sa.event.listen(engine, "connect", connect)
        sa.event.listen(engine, "begin", begin)
        return engine

    def _migrate(self, connection: Connection) -> None:
        if self.url.get_backend_name() == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_OF_MIGRATION)))
        if self._is_sqlite:
            self._check(connection)
        connection.exec_driver_sql(
            "CREATE TABLE IF NOT EXISTS coachbot_schema (version INTEGER NOT NULL)"
        )
        version = connection.execute(sa.select(_VERSION.c.version)).scalar() or 0
        if version > len(_MIGRATIONS):
            raise ConversationsError(
                f"The conversations at {self.name} were stored by a newer coachbot.",
                "Update coachbot to read them; nothing has been changed.",
            )
        for statements in _MIGRATIONS[version:]:
            for statement in statements:
                connection.exec_driver_sql(statement)
        if version < len(_MIGRATIONS):
            connection.execute(sa.delete(_VERSION))
            connection.execute(sa.insert(_VERSION).values(version=len(_MIGRATIONS)))

    def _check(self, connection: Connection) -> None:
        """A file that was cut off or overwritten in the middle shows here, not in mid-talk."""
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if found != "ok":
            raise self._damaged(str(found))

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            raise self._unusable(error) from error
        except DBAPIError as error:
            if not self._is_sqlite:
                raise ConversationsError(
                    f"The database at {self.name} refused: {_first_line(error)}.",
                    "Ask whoever looks after the database.",
                ) from error
            raise self._damaged(_first_line(error)) from error

    def _damaged(self, why: str) -> ConversationsError:
        return ConversationsError(
            f"The stored conversations cannot be read: {why}.",
            f"Nothing was changed. Put a backup in the place of {self.file}, or move that file "
            "away to begin a new one.",
        )

    def _unusable(self, error: OperationalError) -> ConversationsError | StorageError:
        why = _first_line(error)
        if self.file is None:
            return ConversationsError(
                f"The database at {self.name} cannot be reached: {why}.",
                "Check that it runs, and the address in COACHBOT_CONVERSATIONS_URL.",
            )
        if "locked" in why:
            return StorageError(
                "Another program is writing to the stored conversations.", "Try again in a moment."
            )
        return StorageError(
            f"The conversation could not be stored at {self.file}: {why}.",
            "Free some space there, make it writable, or choose another place with --data.",
        )


def erase_file(file: Path) -> None:
    """Remove an SQLite file that cannot be read, its log included, overwriting it first.

    Raises:
        StorageError: it could not be overwritten or removed.
    """
    try:
        for path in (Path(f"{file}-wal"), Path(f"{file}-shm"), Path(f"{file}-journal"), file):
            if path.exists():
                with path.open("r+b") as written:
                    written.write(bytes(path.stat().st_size))
                    written.flush()
                    os.fsync(written.fileno())
                path.unlink()
    except OSError as error:
        raise StorageError(
            f"{file} could not be removed: {error.strerror}.", "Delete it by hand."
        ) from error


def _url(url: str | Path) -> URL:
    if isinstance(url, Path):
        return URL.create("sqlite", database=str(url))
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            "COACHBOT_CONVERSATIONS_URL is not the address of a database.",
            "Write it like postgresql://user:password@host/database",
        ) from error
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _make_private(file: Path) -> None:
    """Make the file where there is none, readable by its owner alone."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))):
            pass
    except OSError as error:
        raise StorageError(
            f"The conversations cannot be stored at {file}: {error.strerror}.",
            "Make the folder writable, or choose another place with --data.",
        ) from error


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _first_line(error: DBAPIError) -> str:
    original: Any = error.orig
    return str(original).strip().partition("\n")[0].rstrip(".")
