"""The command line's application, the options that commands share, and how they open a Coach."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from coachbot.cli.terminal import progress_bar
from coachbot.errors import CoachbotError

if TYPE_CHECKING:
    from coachbot.coach import Coach
    from coachbot.search.changes import SyncReport
    from coachbot.settings import Settings

_EXAMPLES = """
Examples:

    coachbot ask "Why do I cry at movies?"

    coachbot chat

    coachbot add article.pdf --kind article

    coachbot serve
"""


class _Stoppable(TyperGroup):
    """Says what stays when a command is stopped; Typer itself would say nothing."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            print("Stopped. What was indexed before stays in use.", file=sys.stderr)
            raise SystemExit(130) from None


app = typer.Typer(
    cls=_Stoppable,
    help="A relationship coach that shows where every sentence it says comes from.",
    epilog=_EXAMPLES.replace("\n\n    ", "\n\n"),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Corpus = Annotated[
    Path | None, typer.Option(help="A folder of texts, in place of the shipped ones.")
]
Data = Annotated[Path | None, typer.Option(help="Where the index and all that is written lives.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
CountryCode = Annotated[str, typer.Option("--country", help="Whose help lines, such as US or GB.")]
ModelName = Annotated[
    str, typer.Option("--model", help="A chat model, such as ollama:llama3.2; quotes if not given.")
]
Yes = Annotated[
    bool, typer.Option("--yes", help="Agree that your words go to a model on another machine.")
]
Batch = Annotated[Path | None, typer.Option(help="A JSON Lines file; one answer a line, in order.")]


def open_coach(corpus: Path | None, data: Path | None) -> Coach:
    """A Coach that quotes, whatever model is set: for what sends nothing to one."""
    from coachbot.settings import load_settings

    return _opened(load_settings(corpus=corpus, data=data, model=""))


def open_writing_coach(
    corpus: Path | None, data: Path | None, model: str = "", yes: bool = False
) -> Coach:
    """A Coach as the options and the settings say; asks before words leave this machine."""
    from coachbot.settings import load_settings

    settings = load_settings(corpus=corpus, data=data, model=model or None)
    if settings.model and not _agreed(settings, yes):
        settings = settings.model_copy(update={"model": ""})
    return _opened(settings)


def _opened(settings: Settings) -> Coach:
    from coachbot.coach import Coach

    with progress_bar() as progress:
        coach = Coach.open(settings, progress=progress)
    if coach.last_sync:
        report_problems(coach.last_sync)
    return coach


def country_set() -> str:
    """Whose help lines the settings ask for; empty if they say nothing or cannot be read."""
    from coachbot.settings import load_settings

    try:
        return load_settings().country
    except CoachbotError:
        return ""


def _agreed(settings: Settings, yes: bool) -> bool:
    """Whether words may go to the model; asked once for each place that is not this machine."""
    from coachbot.models import consent
    from coachbot.models.loading import place_of
    from coachbot.prompts import say

    place = place_of(settings.model, settings.model_url)
    if not place or consent.given(settings.data, place):
        return True
    told = say("models", "asks-first", place=place)
    if not (yes or sys.stdin.isatty()):
        raise CoachbotError(told, "If that is all right, say so once with --yes.")
    if not yes:
        print(told, file=sys.stderr)
        print(say("models", "asks-yes"), end=" ", file=sys.stderr, flush=True)
        if prompt("").strip().lower() not in ("y", "yes"):
            print(say("models", "declined"), file=sys.stderr)
            return False
    consent.remember(settings.data, place)
    return True


def report_problems(report: SyncReport) -> None:
    """Say on standard error which texts were passed over, and why."""
    for problem in report.problems:
        print(problem, file=sys.stderr)


def prompt(mark: str = "\nyou > ") -> str:
    """A line that the person types; empty at the end of input."""
    try:
        return input(mark)
    except EOFError:
        return ""
