"""Commands for the texts: index, add, remove, documents, search."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coachbot.cli.app import (
    AsJson,
    Corpus,
    CountryCode,
    Data,
    app,
    country_set,
    open_coach,
    report_problems,
)
from coachbot.cli.help_lines import point_to_help
from coachbot.cli.terminal import (
    described,
    document_fields,
    hit_text,
    print_answer,
    progress_bar,
    to_json,
)
from coachbot.errors import CoachbotError, DocumentNotFoundError

if TYPE_CHECKING:
    from coachbot.coach import Coach
    from coachbot.search.changes import SyncReport
    from coachbot.search.workers import Workers


@app.command()
def index(
    corpus: Corpus = None,
    data: Data = None,
    rebuild: Annotated[bool, typer.Option(help="Build everything anew.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the texts are fit to be quoted.")
    ] = False,
    against: Annotated[
        list[Path] | None, typer.Option(help="With --check: a work not to take wording from.")
    ] = None,
    ray: Annotated[
        bool, typer.Option("--ray", help="Read and encode in many processes, for large libraries.")
    ] = False,
    processes: Annotated[
        int | None,
        typer.Option(min=1, help="With --ray: how many; else one for each processor."),
    ] = None,
) -> None:
    """Build the index, or bring it up to date with the texts.

    Example: coachbot index --check --against article.txt
    """
    if check:
        _check_corpus(corpus, against or [])
        return
    from coachbot.coach import Coach

    with progress_bar() as progress, _workers(ray, processes) as workers:
        coach = Coach.open(corpus=corpus, data=data, sync=False)
        report = coach.sync(progress, rebuild=rebuild, workers=workers)
    facts = coach.facts()
    done = [f"{len(v)} {k}" for k, v in _counts(report).items() if v]
    print(f"{', '.join(done) or 'Nothing changed'}; {report.unchanged} unchanged.")
    print(f"Index of {len(coach.documents())} texts, made with {facts['embedder']}.")
    report_problems(report)
    if report.failures:
        raise typer.Exit(1)


@contextmanager
def _workers(ray: bool, processes: int | None) -> Iterator[Workers | None]:
    """Processes of Ray, if they are asked for, that load the encoder of the settings."""
    if not ray:
        yield None
        return
    from coachbot.embedding import embedder_named
    from coachbot.search.ray_workers import RayWorkers
    from coachbot.settings import load_settings

    with RayWorkers(partial(embedder_named, load_settings().embedder), processes) as workers:
        print("Reading in processes of Ray; the bar comes with the encoding.", file=sys.stderr)
        yield workers


def _check_corpus(corpus: Path | None, against: list[Path]) -> None:
    from coachbot.reading.corpuscheck import check
    from coachbot.settings import load_settings, resource

    count, findings = check(load_settings(corpus=corpus).corpus or resource("corpus"), against)
    for finding in findings:
        print(finding)
    problems = f"{len(findings)} problems" if len(findings) != 1 else "1 problem"
    print(f"{count} texts checked: {problems if findings else 'nothing to mend'}.")
    if findings:
        raise typer.Exit(1)


def _counts(report: SyncReport) -> dict[str, tuple[str, ...]]:
    return {"added": report.added, "changed": report.changed, "removed": report.removed}


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(help="Texts: Markdown, plain, HTML, PDF, Word.")],
    kind: Annotated[
        str | None, typer.Option(help="article, digest, evidence, practice or user.")
    ] = None,
    title: Annotated[str, typer.Option(help="Where the file does not say.")] = "",
    author: Annotated[list[str] | None, typer.Option(help="May be given more than once.")] = None,
    year: Annotated[int | None, typer.Option(help="Year of publication.")] = None,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Add texts to the library. A copy is kept; the corpus folder is not touched.

    Example: coachbot add staik-2016-mirror-neurons.txt --kind article
    """
    coach = open_coach(corpus, data)
    failed = False
    for file in files:
        try:
            with progress_bar() as progress:
                document = coach.add(
                    file, kind=kind, title=title, authors=author or (), year=year, progress=progress
                )
            print(f"Added {described(document)}")
        except CoachbotError as error:
            failed = True
            print(f"{error.message}\n{error.hint}".rstrip(), file=sys.stderr)
    if failed:
        raise typer.Exit(1)


@app.command()
def remove(
    id: Annotated[str, typer.Argument(help="As 'coachbot documents' shows it.")],
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete the copy of a text that was removed before.")
    ] = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Take an added text out of the library. A copy is kept, until --forget deletes it.

    Example: coachbot remove article && coachbot remove article --forget
    """
    coach = open_coach(corpus, data)
    if forget:
        _forget(coach, id)
        return
    aside = coach.remove(id)
    print(f"Removed {id}. To delete its copy for good: coachbot remove {id} --forget")
    print(f"To bring it back: coachbot add '{aside}'")


def _forget(coach: Coach, id: str) -> None:
    removed = coach.removed()
    if id not in removed:
        raise DocumentNotFoundError(
            f"There is no copy of a removed text called {id}.",
            f"There are copies of: {', '.join(removed)}."
            if removed
            else f"Take it out of the library first: coachbot remove {id}",
        )
    coach.forget(id)
    print(f"Deleted for good: the copy of {id}.")


@app.command()
def documents(
    show: Annotated[str | None, typer.Option(help="Print the stored text of this id.")] = None,
    as_json: AsJson = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """List the texts of the library."""
    coach = open_coach(corpus, data)
    if show:
        document = coach.document(show)
        sys.stdout.write(to_json(document_fields(document)) if as_json else document.text)
        sys.stdout.write("\n")
        return
    found = coach.documents()
    if as_json:
        print(to_json([document_fields(d, text=False) for d in found]))
    elif not found:
        print("There are no texts yet. Add one with: coachbot add FILE")
    for document in [] if as_json else found:
        print(described(document))


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    as_json: AsJson = False,
    country: CountryCode = "",
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Find passages, without an answer.

    The safety gate comes first: who may be in danger sees help lines in place of passages; with
    --json, the same object as from ask.

    Example: coachbot search "how to listen" -k 3
    """
    from coachbot.safety import Gate

    # Before the library is opened: a person may tell of danger here as anywhere.
    met = Gate.open(country or country_set()).meet(question)
    if met.alone:
        print_answer(met.answer(question), as_json)
        point_to_help(met, as_json)
        return
    hits = open_coach(corpus, data).search(question, k)
    if as_json:
        print(to_json([hit.to_dict() for hit in hits]))
        return
    for claim in met.claims:
        print(claim.text, end="\n\n")
    for number, hit in enumerate(hits, start=1):
        print(hit_text(number, hit), end="\n\n")
    if not hits:
        print("Nothing was found.")
