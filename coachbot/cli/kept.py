"""Commands for conversations that were stored: list, rename, export, delete."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coachbot.cli.app import AsJson, Data, app, prompt
from coachbot.cli.terminal import to_json
from coachbot.errors import ConversationNotFoundError, ConversationsError, StorageError

if TYPE_CHECKING:
    from coachbot.conversations import Conversation, Conversations

commands = typer.Typer(help="Conversations that were stored, if storing is on.")
app.add_typer(commands, name="conversations", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="As 'coachbot conversations list' shows it.")]


class Format(StrEnum):
    """What a conversation is exported as."""

    MARKDOWN = "markdown"
    JSON = "json"


@commands.command("list")
def list_(
    search: Annotated[str, typer.Option(help="Only those that hold these words.")] = "",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """List what is stored, the last changed first."""
    from dataclasses import asdict

    stored = _stored(data)
    found = stored.list(search, limit=sys.maxsize) if stored else ()
    if as_json:
        print(to_json([asdict(one) for one in found]))
        return
    for one in found:
        print(f"{one.id}  {one.changed_at[:16].replace('T', ' ')}  {one.title} ({one.turns})")
    if not found:
        print("Nothing was found." if search else "Nothing is stored.")


@commands.command()
def rename(id: Id, title: str, data: Data = None) -> None:
    """Give a stored conversation another title."""
    _needed(data).rename(id, title)


@commands.command()
def export(
    id: Annotated[str | None, typer.Argument(help="One conversation; all if left out.")] = None,
    format: Annotated[Format, typer.Option(help="markdown or json.")] = Format.MARKDOWN,
    output: Annotated[Path | None, typer.Option("-o", help="A file to write to.")] = None,
    data: Data = None,
) -> None:
    """Write out stored conversations with their sources.

    Example: coachbot conversations export --format json -o talks.json
    """
    from coachbot.conversations import to_json as exported
    from coachbot.conversations import to_markdown

    stored = _needed(data)
    ids = [id] if id else [one.id for one in stored.list(limit=sys.maxsize)]
    conversations, damaged = _readable(stored, ids)
    text = to_markdown(conversations) if format is Format.MARKDOWN else exported(conversations)
    if output is None:
        print(text.rstrip())
    else:
        _write(output, text)
    for one, error in damaged.items():
        print(f"Left out: {one}. {error.message} {error.hint}", file=sys.stderr)
    if damaged:
        raise typer.Exit(1)


def _readable(
    stored: Conversations, ids: Iterable[str]
) -> tuple[list[Conversation], dict[str, ConversationsError]]:
    """Those that can be read; why not, of each that cannot."""
    found: list[Conversation] = []
    damaged: dict[str, ConversationsError] = {}
    for id in ids:
        try:
            found.append(stored.get(id))
        except ConversationNotFoundError:
            raise
        except ConversationsError as error:
            damaged[id] = error
    return found, damaged


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{output} could not be written: {error.strerror}.", "Choose another place with -o."
        ) from error


@commands.command()
def delete(
    id: Annotated[str | None, typer.Argument(help="One conversation.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of everyone's.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
) -> None:
    """Delete stored conversations, every trace in the database's files included."""
    if bool(id) == everything:
        raise typer.BadParameter("Give the id of one conversation, or --all.")
    if not yes:
        print("This cannot be undone. Delete? (yes/no)", end=" ", file=sys.stderr, flush=True)
        if prompt("").strip().lower() not in ("y", "yes"):
            print("Nothing was deleted.", file=sys.stderr)
            raise typer.Exit(1)
    if id:
        _needed(data).delete(id)
    else:
        _delete_everything(data)


def _delete_everything(data: Path | None) -> None:
    from coachbot.conversations import erase_file
    from coachbot.settings import load_settings

    place = load_settings(data=data).conversations
    try:
        stored = _stored(data)
        count = stored.delete_everything() if stored else 0
    except ConversationsError:
        # What cannot be read any more may still hold words: the file goes as a whole.
        if not isinstance(place, Path):
            raise
        erase_file(place)
        print("The file could not be read; it was overwritten and removed.")
        return
    print(f"Deleted {count} conversation{'s' if count != 1 else ''}.")


def _stored(data: Path | None) -> Conversations | None:
    """What is stored, everyone's; None where nothing ever was, so that looking makes no file."""
    from coachbot.conversations import open_conversations
    from coachbot.settings import load_settings

    place = load_settings(data=data).conversations
    if isinstance(place, Path) and not place.exists():
        return None
    return open_conversations(place, None)


def _needed(data: Path | None) -> Conversations:
    if stored := _stored(data):
        return stored
    raise ConversationsError(
        "Nothing is stored.", "The page stores conversations only after storing is turned on."
    )
