"""The command for handouts: what they can be about, making one, checking them all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coachbot.cli.app import AsJson, Corpus, CountryCode, Data, ModelName, Yes, app, open_coach
from coachbot.cli.terminal import print_checks, print_topics, to_json
from coachbot.errors import CoachbotError, SafetyChoiceError

if TYPE_CHECKING:
    from coachbot.coach import Coach
    from coachbot.handouts.model import Brand, Handout

_KINDS = "explainer, worksheet, cards, session-summary, diary or safety-sheet."
_SAFETY = "Where a request touches on safety: safety-sheet, abuse-explainer or own-text."


@app.command()
def handout(
    need: Annotated[str, typer.Argument(help="A topic of the list, or a question.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to: .pdf, .docx, .md or .json.")
    ] = None,
    clinician_sheet: Annotated[
        Path | None, typer.Option(help="A second file, for you: evidence, limits, references.")
    ] = None,
    kind: Annotated[str, typer.Option(help=_KINDS)] = "explainer",
    audience: Annotated[str, typer.Option(help="couple or one.")] = "couple",
    passage: Annotated[
        list[str] | None, typer.Option(help="The id of a passage to use; may be repeated.")
    ] = None,
    from_file: Annotated[
        Path | None, typer.Option("--from", help="A handout saved as .json, to go on with.")
    ] = None,
    safety: Annotated[str, typer.Option(help=_SAFETY)] = "",
    grade: Annotated[float, typer.Option(help="Aim at this reading grade.")] = 8.0,
    paper: Annotated[str, typer.Option(help="A4 or Letter.")] = "",
    size: Annotated[int, typer.Option(help="12, 14 or 18 points.")] = 14,
    reviewer: Annotated[str, typer.Option(help="Who signs it; until then it is a draft.")] = "",
    clinic: Annotated[str, typer.Option(help="The clinic's name.")] = "",
    contact: Annotated[str, typer.Option(help="The clinic's contact.")] = "",
    footer: Annotated[str, typer.Option(help="A line at the foot of each page.")] = "",
    logo: Annotated[Path | None, typer.Option(help="The clinic's logo: PNG, JPEG or SVG.")] = None,
    logo_alt: Annotated[str, typer.Option(help="What the logo shows, in words.")] = "",
    reword: Annotated[
        bool, typer.Option(help="Let a chat model, where one is set, reword hard sentences.")
    ] = True,
    topics: Annotated[
        bool, typer.Option("--list", help="List the topics and their kinds.")
    ] = False,
    list_checks: Annotated[
        bool, typer.Option("--list-checks", help="Check every topic in every kind; a table.")
    ] = False,
    country: CountryCode = "",
    model: ModelName = "",
    yes: Yes = False,
    as_json: AsJson = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Make a handout for clients; each line has its source. Don't type client details.

    Examples:
    coachbot handout --list

    coachbot handout "starting a hard talk" -o talk.pdf --clinician-sheet for-me.pdf

    coachbot handout chores --kind worksheet --audience couple --paper Letter -o chores.docx

    coachbot handout "How do I calm down in a fight?" --reviewer "A. Elm, LMFT" -o calm.md

    coachbot handout --from saved.json -o saved.pdf

    coachbot handout --safety safety-sheet --audience one --country GB -o notes.pdf
    """
    from coachbot.handouts.files import load
    from coachbot.prompts import say

    coach = open_coach(corpus, data, model, yes)
    if topics:
        _list_topics(coach, as_json)
        return
    if list_checks:
        _list_checks(coach, country, as_json)
        return
    if from_file:
        made = load(from_file)
    else:
        try:
            made = coach.handout(
                need,
                kind=kind,
                audience=audience,
                passages=passage or (),
                safety=safety or None,
                reading_grade=grade,
                country=country,
                reword=reword,
            )
        except SafetyChoiceError as error:
            raise SafetyChoiceError(error.message, say("handouts", "safety-how")) from error
    brand = _brand(made.brand, clinic, contact, footer, logo, logo_alt)
    made = _dressed(made, paper, size, reviewer, brand)
    _report(coach, made, as_json)
    for file, write in ((out, coach.export), (clinician_sheet, coach.export_clinician_sheet)):
        if file:
            _write(file, write(made, file.suffix.lower()))
    if not (out or clinician_sheet):
        print(coach.export(made, ".json" if as_json else ".md").decode())


def _dressed(made: Handout, paper: str, size: int, reviewer: str, brand: Brand) -> Handout:
    from coachbot.handouts.model import Paper, choice, type_size

    return replace(
        made,
        paper=choice(Paper, paper) if paper else made.paper,
        size=type_size(size),
        reviewer=reviewer or made.reviewer,
        brand=brand,
    )


def _brand(
    brand: Brand, clinic: str, contact: str, footer: str, logo: Path | None, logo_alt: str
) -> Brand:
    given = {"name": clinic, "contact": contact, "footer": footer, "logo_alt": logo_alt}
    changed = {name: value for name, value in given.items() if value}
    try:
        data = logo.read_bytes() if logo else brand.logo
    except OSError as error:
        raise CoachbotError(f"{logo} cannot be read: {error.strerror}.") from error
    return replace(brand, logo=data, **changed)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CoachbotError(f"{file} cannot be written: {error.strerror}.") from error
    typer.echo(f"Written: {file}", err=True)


def _report(coach: Coach, made: Handout, as_json: bool) -> None:
    """What the checks say, on standard error, so that the handout itself can be piped on."""
    report = coach.check_handout(made)
    if as_json:
        return
    if report.reading:
        typer.echo(f"Reading grade {report.reading.grade:.1f}.", err=True)
    for remark in report.remarks:
        typer.echo(f"{remark.weight.value}: {remark.text}", err=True)


def _list_topics(coach: Coach, as_json: bool) -> None:
    rows = [
        {"id": topic.id, "title": topic.title, "kinds": [kind.value for kind in topic.kinds]}
        for topic in coach.handout_topics()
    ]
    if as_json:
        print(to_json(rows))
    else:
        print_topics(rows)


def _list_checks(coach: Coach, country: str, as_json: bool) -> None:
    """Every topic in every kind with its figures; exit 1 if any sheet fails its own checks."""
    rows = list[dict[str, object]]()
    for topic in coach.handout_topics():
        for kind in topic.kinds:
            made = coach.handout(topic.id, kind=kind, country=country, reword=False)
            report = coach.check_handout(made)
            rows.append(
                {
                    "topic": topic.id,
                    "kind": kind.value,
                    "grade": round(report.reading.grade, 1) if report.reading else None,
                    "pages": report.pages,
                    "pemat": round(report.pemat_score, 2),
                    "sourced": not report.named("grounds"),
                    "passes": report.passes,
                }
            )
    if as_json:
        print(to_json(rows))
    else:
        print_checks(rows)
    if not all(row["passes"] for row in rows):
        raise typer.Exit(1)
