"""The command for handouts: what they can be about, making one, checking them all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.models import OptionInfo

from coachbot.cli.app import (
    AsJson,
    Corpus,
    CountryCode,
    Data,
    ModelName,
    Yes,
    app,
    open_coach,
    open_writing_coach,
)
from coachbot.cli.terminal import print_checks, print_topics, to_json
from coachbot.errors import CoachbotError, HandoutError

if TYPE_CHECKING:
    from coachbot.coach import Coach
    from coachbot.handouts.checks import Report
    from coachbot.handouts.model import Brand, Handout


def _option(panel: str, help: str, *names: str) -> OptionInfo:
    option: OptionInfo = typer.Option(*names, help=help, rich_help_panel=panel)
    return option


_ABOUT, _LOOK, _CLINIC, _LISTS = "What it is", "How it looks", "The clinic", "Lists"

Kind = Annotated[
    str, _option(_ABOUT, "explainer, worksheet, cards, session-summary, diary or safety-sheet.")
]
For = Annotated[str, _option(_ABOUT, "couple or one.", "--audience")]
Passages = Annotated[
    list[str] | None, _option(_ABOUT, "The id of a passage to use; may be repeated.", "--passage")
]
Safety = Annotated[
    str,
    _option(
        _ABOUT,
        "Where a request touches on safety: safety-sheet, abuse-explainer or own-text.",
    ),
]
Grade = Annotated[float, _option(_ABOUT, "Aim at this reading grade.")]
Reword = Annotated[
    bool, _option(_ABOUT, "Let a chat model, where one is set, reword hard sentences.")
]
Saved = Annotated[
    Path | None, _option(_ABOUT, "A handout saved as .json, to go on with.", "--from")
]
Out = Annotated[Path | None, _option(_LOOK, "Where to: .pdf, .docx, .md or .json.", "--out", "-o")]
Evidence = Annotated[
    Path | None,
    _option(_LOOK, "A second file, for you: evidence, limits, references.", "--clinician-sheet"),
]
Sheet = Annotated[
    str, _option(_LOOK, "A4 or Letter; what the country uses if not given.", "--paper")
]
Points = Annotated[int | None, _option(_LOOK, "12, 14 or 18 points; 14 if not given.", "--size")]
Reviewer = Annotated[str, _option(_LOOK, "Who has read it and signs it; until then it is a draft.")]
Clinic = Annotated[str, _option(_CLINIC, "Its name.")]
Contact = Annotated[str, _option(_CLINIC, "Its contact.")]
Footer = Annotated[str, _option(_CLINIC, "A line at the foot of each page.")]
Logo = Annotated[Path | None, _option(_CLINIC, "Its logo: PNG, JPEG or SVG.")]
LogoText = Annotated[str, _option(_CLINIC, "What the logo shows, in words.", "--logo-alt")]
NoClinic = Annotated[
    bool, _option(_CLINIC, "Leave out the clinic's profile that is kept.", "--no-clinic")
]
Topics = Annotated[bool, _option(_LISTS, "List the topics and their kinds.", "--list")]
Checks = Annotated[
    bool, _option(_LISTS, "Check every topic in every kind; a table.", "--list-checks")
]


_EXAMPLES = """
Examples:

coachbot handout --list

coachbot handout "starting a hard talk" -o talk.pdf --clinician-sheet for-me.pdf

coachbot handout chores --kind worksheet --audience couple --paper Letter -o chores.docx

coachbot handout "How do I calm down in a fight?" -o calm.json

coachbot handout --from calm.json --reviewer "A. Elm, LMFT" -o calm.pdf

coachbot handout --safety safety-sheet --audience one --country GB -o notes.pdf
"""


@app.command(epilog=_EXAMPLES)
def handout(
    context: typer.Context,
    need: Annotated[str, typer.Argument(help="A topic of the list, or a question.")] = "",
    kind: Kind = "explainer",
    audience: For = "couple",
    passage: Passages = None,
    safety: Safety = "",
    grade: Grade = 8.0,
    reword: Reword = True,
    from_file: Saved = None,
    out: Out = None,
    clinician_sheet: Evidence = None,
    paper: Sheet = "",
    size: Points = None,
    reviewer: Reviewer = "",
    clinic: Clinic = "",
    contact: Contact = "",
    footer: Footer = "",
    logo: Logo = None,
    logo_alt: LogoText = "",
    no_clinic: NoClinic = False,
    topics: Topics = False,
    list_checks: Checks = False,
    country: CountryCode = "",
    model: ModelName = "",
    yes: Yes = False,
    as_json: AsJson = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Make a handout for clients; each line has its source. Don't type client details."""
    if from_file:
        _refuse_making_options(context)
    sends = reword and not (topics or list_checks or from_file)
    coach = open_writing_coach(corpus, data, model, yes) if sends else open_coach(corpus, data)
    if topics or list_checks:
        return _list_topics(coach, as_json) if topics else _list_checks(coach, country, as_json)
    look = _Look(paper, size, reviewer, clinic, contact, footer, logo, logo_alt, no_clinic)
    wanted = _Wanted(need, kind, audience, passage or [], safety, grade, country, reword)
    made = _opened(from_file) if from_file else wanted.made(coach, no_clinic)
    _let_read(made, reviewer)
    _give_out(coach, look.put_on(made), out, clinician_sheet, as_json)


_MAKING = {
    "need": "NEED",
    "kind": "--kind",
    "audience": "--audience",
    "passage": "--passage",
    "safety": "--safety",
    "grade": "--grade",
    "reword": "--reword or --no-reword",
    "country": "--country",
    "model": "--model",
}
"""What says how a sheet is to be made, and how it is written on the command line."""


def _refuse_making_options(context: typer.Context) -> None:
    """A saved sheet is made already: what says how to make one would be passed over."""
    sources = {name: context.get_parameter_source(name) for name in _MAKING}
    given = [_MAKING[name] for name, by in sources.items() if by and by.name == "COMMANDLINE"]
    if given:
        raise typer.BadParameter(
            f"--from goes on with a sheet that is made: leave out {', '.join(given)}."
        )


@dataclass(frozen=True, slots=True)
class _Look:
    """How a sheet is to look, as the options say; what is empty stays as it is."""

    paper: str
    size: int | None
    reviewer: str
    clinic: str
    contact: str
    footer: str
    logo: Path | None
    logo_alt: str
    no_clinic: bool

    def put_on(self, made: Handout) -> Handout:
        """A sheet that looks so."""
        from coachbot.handouts.model import Brand, Paper, choice, type_size

        return replace(
            made,
            paper=choice(Paper, self.paper) if self.paper else made.paper,
            size=type_size(self.size) if self.size else made.size,
            reviewer=self.reviewer or made.reviewer,
            brand=self._over(Brand() if self.no_clinic else made.brand),
        )

    def _over(self, brand: Brand) -> Brand:
        """The clinic that was named, over one that is known."""
        return replace(
            brand,
            name=self.clinic or brand.name,
            contact=self.contact or brand.contact,
            footer=self.footer or brand.footer,
            logo=_read(self.logo) if self.logo else brand.logo,
            # What the old logo showed does not tell of a new one.
            logo_alt=self.logo_alt if self.logo else self.logo_alt or brand.logo_alt,
        )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a sheet is to be made of, as the options say."""

    need: str
    kind: str
    audience: str
    passages: list[str]
    safety: str
    grade: float
    country: str
    reword: bool

    def made(self, coach: Coach, no_clinic: bool) -> Handout:
        """The sheet, with the clinic's kept profile if it is wanted."""
        from coachbot.handouts.model import Brand

        with _saying_how_to_choose():
            return coach.handout(
                self.need,
                kind=self.kind,
                audience=self.audience,
                passages=self.passages,
                safety=self.safety or None,
                reading_grade=self.grade,
                country=self.country,
                reword=self.reword,
                brand=Brand() if no_clinic else None,
            )


_HOW = {
    "safety-why": "safety-how",
    "outside-hint": "outside-how",
    "explainer-hint": "explainer-how",
    "one-hint": "one-how",
    "passage-hint": "passage-how",
}
"""What the page says to do next, and how to do it on the command line."""


@contextmanager
def _saying_how_to_choose() -> Iterator[None]:
    """Where something else has to be chosen, name the option or command to choose it with."""
    from coachbot.prompts import say

    try:
        yield
    except HandoutError as error:
        how = {say("handouts", hint): say("handouts", named) for hint, named in _HOW.items()}
        raise type(error)(error.message, how.get(error.hint, error.hint)) from error


def _let_read(made: Handout, reviewer: str) -> None:
    """Nobody at a terminal signs a sheet unread, a saved one neither: show it, and ask."""
    from coachbot.handouts.export import export
    from coachbot.prompts import say

    if reviewer and sys.stdin.isatty():
        typer.echo(export(made, ".md").decode(), err=True)
        typer.confirm(say("handouts", "sign", reviewer=reviewer), abort=True, err=True)


def _opened(file: Path) -> Handout:
    from coachbot.handouts.files import load

    return load(file)


def _give_out(
    coach: Coach, made: Handout, out: Path | None, clinician_sheet: Path | None, as_json: bool
) -> None:
    """Write the files that were asked for; where none was, print the handout.

    Exit 1 where the sheet fails its own checks: it is there to be mended, not to be given out.
    """
    from coachbot.prompts import say

    desk = coach.handouts
    report = desk.check(made)
    if not as_json:
        _tell(report)
    for file, write in ((out, desk.export), (clinician_sheet, desk.export_clinician_sheet)):
        if file:
            _write(file, write(made, file.suffix.lower()))
    if not (out or clinician_sheet):
        print(desk.export(made, ".json" if as_json else ".md").decode())
    if not report.passes:
        typer.echo(say("handouts", "written-to-mend"), err=True)
        raise typer.Exit(1)


def _read(logo: Path) -> bytes:
    try:
        return logo.read_bytes()
    except OSError as error:
        raise CoachbotError(f"{logo} cannot be read: {error.strerror}.") from error


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CoachbotError(f"{file} cannot be written: {error.strerror}.") from error
    typer.echo(f"Written: {file}", err=True)


def _tell(report: Report) -> None:
    """What the checks say, on standard error, so that the handout itself can be piped on."""
    if report.reading:
        typer.echo(f"Reading grade {report.reading.grade:.1f}.", err=True)
    for remark in report.remarks:
        typer.echo(f"{remark.weight.value}: {remark.text}", err=True)


def _list_topics(coach: Coach, as_json: bool) -> None:
    rows = [
        {"id": topic.id, "title": topic.title, "kinds": [kind.value for kind in topic.kinds]}
        for topic in coach.handouts.topics()
    ]
    if as_json:
        print(to_json(rows))
    else:
        print_topics(rows)


def _list_checks(coach: Coach, country: str, as_json: bool) -> None:
    """Every topic in every kind with its figures; exit 1 if any sheet fails its own checks."""
    rows = list[dict[str, object]]()
    for topic in coach.handouts.topics():
        for kind in topic.kinds:
            made = coach.handout(topic.id, kind=kind, country=country, reword=False)
            report = coach.handouts.check(made)
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
