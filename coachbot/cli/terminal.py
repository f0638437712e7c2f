"""How values look in a terminal: answers, hits, scores, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from coachbot.prompts import say
from coachbot.types import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from coachbot.types import Answer, Document, Event, Hit


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error with rate and time left, shown once there is work."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("Reading the library"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task: list[Any] = []

        def advance(done: int, total: int) -> None:
            if not task:
                task.append(bar.add_task("", total=total, rate=""))
            speed = bar.tasks[0].speed
            bar.update(task[0], completed=done, rate=f"{speed:.0f}/s" if speed else "")

        yield advance


def print_answer(answer: Answer, as_json: bool) -> None:
    """Print an answer, its sources and its limits; or its JSON."""
    if as_json:
        print(to_json(answer.to_dict()))
        return
    console = _console()
    console.print(f"\n{answer.text}\n")
    _print_sources(console, answer)


def print_stream(events: Iterable[Event]) -> Answer:
    """Print sentences as they become ready, then the sources; returns the answer."""
    from coachbot.types import Done, SentenceReady, Verdict

    console, first = _console(), True
    for event in events:
        if isinstance(event, Done):
            console.print("\n")
            _print_sources(console, event.answer)
            return event.answer
        if not isinstance(event, SentenceReady):
            continue  # nobody shares the model of a terminal
        goes_on = event.claim.verdict is Verdict.SUPPORTED and not first
        opening = "\n" if first else " " if goes_on else "\n\n"
        console.print(f"{opening}{event.claim.marked_text}", markup=False, end="")
        first = False
    raise AssertionError("a stream ends with the answer")


def _print_sources(console: Console, answer: Answer) -> None:
    if answer.outcome is Outcome.RELATED:
        console.print(say("page", "closest-heading"), style="bold")
    shown: int | None = None
    for citation in sorted(answer.citations, key=lambda c: (c.number, c.start)):
        if citation.number != shown:
            shown = citation.number
            facts = [say("page", f"kind-{citation.kind.value}")]
            if citation.strength:
                facts.append(say("page", "strength", strength=citation.strength.value))
            head = f"[{shown}] {citation.source} · {' · '.join(facts)}"
            console.print(head, style="bold")
        console.print(f"    “{citation.quote}”", style="dim")
    for note in answer.notes:
        console.print(f"About [{note.about}]: {note.text}")
        for citation in note.citations:
            if citation.quote == note.text:
                console.print(f"    {citation.source}", style="dim")
    if answer.notice:
        console.print(f"\n{answer.notice}", style="yellow")


def _console() -> Console:
    from rich.console import Console

    # A quote is shown as it is: ":heart:" stays that, and so do brackets.
    soft_wrap = not sys.stdout.isatty()
    return Console(emoji=False, markup=False, highlight=False, soft_wrap=soft_wrap)


def print_results(rows: list[dict[str, Any]]) -> None:
    """Print scores as a table: JSON forms of results, compared with an earlier commit or not."""
    headings = ["suite", "measure", "score", "of", "95 % interval", "beside", "floor"]
    compared = any("before" in row for row in rows)
    if compared:
        headings += ["then", "change"]
    _print_table(tuple(headings), [_result_cells(row, compared) for row in rows])


def _result_cells(row: dict[str, Any], compared: bool) -> tuple[str, ...]:
    right = "" if row["right"] is None else f"{row['right']}/"
    low, high = row["interval"] or (None, None)
    cells = (
        row["suite"],
        row["measure"],
        f"{row['score']:.3f}",
        f"{right}{row['questions']}",
        f"{low:.2f} to {high:.2f}" if low is not None else "",
        " · ".join(f"{name} {value:.2f}" for name, value in row["baselines"].items()),
        f"{row['floor']:.2f}" if row["floor"] is not None else "",
    )
    if not compared:
        return cells
    if row["before"] is None:
        return (*cells, "", "new")
    return (*cells, f"{row['before']:.3f}", f"{row['change']:+.3f}")


def print_topics(rows: list[dict[str, Any]]) -> None:
    """Print what handouts can be about, and which kinds of each."""
    _print_table(
        ("topic", "on paper", "kinds"),
        [(row["id"], row["title"], ", ".join(row["kinds"])) for row in rows],
    )


def print_checks(rows: list[dict[str, Any]]) -> None:
    """Print the figures of handouts, one row each, with the middle and the highest grade."""
    _print_table(
        ("topic", "kind", "grade", "pages", "PEMAT", "sourced", "passes"),
        [
            (
                row["topic"],
                row["kind"],
                "" if row["grade"] is None else f"{row['grade']:.1f}",
                str(row["pages"] or ""),
                f"{row['pemat']:.0%}",
                "yes" if row["sourced"] else "NO",
                "yes" if row["passes"] else "NO",
            )
            for row in rows
        ],
    )
    grades = [row["grade"] for row in rows if row["grade"] is not None]
    if grades:
        print(
            f"{len(rows)} handouts; grade: median {median(grades):.1f}, highest {max(grades):.1f}"
        )


def _print_table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    # Where nobody's window sets the width, such as in a file, nothing need be folded.
    width = None if sys.stdout.isatty() else _WIDE
    Console(emoji=False, markup=False, highlight=False, width=width).print(table)


_WIDE = 200


def hit_text(number: int, hit: Hit) -> str:
    """A hit as a numbered paragraph."""
    return f"{number}. {hit.passage.location}  ({hit.score:.2f})\n{hit.passage.text}"


def described(document: Document) -> str:
    """A document in one line: id, title, authors, year, kind."""
    parts = (document.byline, document.kind.value)
    return f"{document.id}: {document.name} ({', '.join(part for part in parts if part)})"


def document_fields(document: Document, text: bool = True) -> dict[str, Any]:
    """A document as a JSON object, with or without its text."""
    from dataclasses import asdict

    fields = asdict(document)
    if not text:
        del fields["text"]
    return fields


def to_json(value: object) -> str:
    """One line of JSON, letters as they are."""
    return json.dumps(value, ensure_ascii=False)
