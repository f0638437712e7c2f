"""The command line. Each command opens a Coach, calls one of its methods and prints the result.

Errors of coachbot are caught here, once: one message and one hint on standard error, exit 1. With
``--json`` nothing but JSON goes to standard output.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coachbot.errors import CoachbotError
from coachbot.terminal import (
    described,
    document_fields,
    hit_text,
    print_answer,
    print_results,
    print_stream,
    progress_bar,
    to_json,
)

if TYPE_CHECKING:
    from coachbot.changes import SyncReport
    from coachbot.coach import Coach
    from coachbot.settings import Settings

_EXAMPLES = """
Examples:

    coachbot ask "Why do I cry at movies?"

    coachbot chat

    coachbot add article.pdf --kind article

    coachbot serve
"""

app = typer.Typer(
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


def main() -> None:
    """Run the command line; the entry point of ``coachbot``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except CoachbotError as error:
        print(error.message, file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("Stopped. What was indexed before stays in use.", file=sys.stderr)
        raise SystemExit(130) from None


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
) -> None:
    """Build the index, or bring it up to date with the texts.

    Example: coachbot index --check --against article.txt
    """
    if check:
        _check_corpus(corpus, against or [])
        return
    from coachbot.coach import Coach

    with progress_bar() as progress:
        coach = Coach.open(corpus=corpus, data=data, sync=False)
        report = coach.sync(progress, rebuild=rebuild)
    facts = coach.facts()
    done = [f"{len(v)} {k}" for k, v in _counts(report).items() if v]
    print(f"{', '.join(done) or 'Nothing changed'}; {report.unchanged} unchanged.")
    print(f"Index of {len(coach.documents())} texts, made with {facts['embedder']}.")
    _report_problems(report)
    if report.failures:
        raise typer.Exit(1)


def _check_corpus(corpus: Path | None, against: list[Path]) -> None:
    from coachbot.corpuscheck import check
    from coachbot.settings import load_settings, resource

    count, findings = check(load_settings(corpus=corpus).corpus or resource("corpus"), against)
    for finding in findings:
        print(finding)
    problems = f"{len(findings)} problems" if len(findings) != 1 else "1 problem"
    print(f"{count} texts checked: {problems if findings else 'nothing to mend'}.")
    if findings:
        raise typer.Exit(1)


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
    coach = _open(corpus, data)
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
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Take an added text out of the library."""
    aside = _open(corpus, data).remove(id)
    print(f"Removed {id}. To bring it back: coachbot add '{aside}'")


@app.command()
def documents(
    show: Annotated[str | None, typer.Option(help="Print the stored text of this id.")] = None,
    as_json: AsJson = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """List the texts of the library."""
    coach = _open(corpus, data)
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
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Find passages, without an answer."""
    hits = _open(corpus, data).search(question, k)
    if as_json:
        print(to_json([hit.to_dict() for hit in hits]))
        return
    for number, hit in enumerate(hits, start=1):
        print(hit_text(number, hit), end="\n\n")
    if not hits:
        print("Nothing was found.")


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="Your question or story.")] = None,
    batch: Batch = None,
    as_json: AsJson = False,
    country: CountryCode = "",
    model: ModelName = "",
    yes: Yes = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Ask a question; the answer names the source of each sentence.

    With --batch, rows are {"id", "question", "history": [..]}.

    Examples:
    coachbot ask "We keep having the same fight" --country GB

    coachbot ask "How do I say sorry?" --model gguf:/models/qwen.gguf
    """
    from coachbot.batches import answer_rows
    from coachbot.safety import Gate

    if (question is None) == (batch is None):
        raise typer.BadParameter("Give a question, or --batch with a file of questions.")
    if batch:
        coach = _open(corpus, data, model, yes)
        for answer in answer_rows(coach.ask, batch):
            print(to_json(answer.to_dict()) if as_json else f"{answer}\n", flush=True)
        return
    # Before the library is opened: its card must come even if that fails.
    met = Gate.open(country).meet(question or "")
    if met.alone:
        print_answer(met.answer(question or ""), as_json)
        return
    coach = _open(corpus, data, model, yes)
    if as_json:
        print_answer(coach.ask(question or "", country=country), as_json)
    else:
        print_stream(coach.stream(question or "", country=country))


@app.command()
def screen(
    text: Annotated[str | None, typer.Argument(help="A message.")] = None,
    batch: Batch = None,
    as_json: AsJson = False,
) -> None:
    """Say what the safety gate makes of a message; nothing is answered or kept.

    With --batch, rows are {"id", "text", "history": [..]}.

    Example: coachbot screen "I walk on eggshells at home"
    """
    from coachbot.batches import screen_rows
    from coachbot.safety import Gate

    if (text is None) == (batch is None):
        raise typer.BadParameter("Give a message, or --batch with a file of messages.")
    gate = Gate.open()
    if gate.patterns_only:
        print("The encoder could not be loaded: patterns alone decide.", file=sys.stderr)
    rows = screen_rows(gate, batch) if batch else [gate.screen(text or "").to_dict()]
    for row in rows:
        if as_json:
            print(to_json(row))
        else:
            print(row["level"], *row["categories"], f"({row['subject']})")


@app.command()
def retrieve(
    batch: Annotated[Path, typer.Option(help='Rows {"id", "query"}.')],
    documents: Annotated[Path, typer.Option(help='Rows {"id", "title", "text"}.')],
    k: Annotated[int, typer.Option("-k", min=1, help="How many documents a query.")] = 100,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Rank documents of your own for queries of your own; a document ranks by its best passage."""
    from coachbot.batches import rank_documents

    with progress_bar() as progress:
        ranked = rank_documents(batch, documents, k, data, progress)
        rows = list(ranked)
    for row in rows:
        if as_json:
            print(to_json(row))
        else:
            print(row["id"], *(f"{id}:{score:.3f}" for id, score in row["ranked"][:10]))


@app.command()
def verify(
    claim: Annotated[str | None, typer.Argument(help="One sentence.")] = None,
    evidence: Annotated[
        list[str] | None, typer.Option(help="A text that is to support it; may be repeated.")
    ] = None,
    batch: Batch = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Check whether texts support a claim. With --batch, rows are {"id", "claim", "evidence"}."""
    from coachbot.batches import verify_rows

    if (claim is None) == (batch is None):
        raise typer.BadParameter("Give a claim with --evidence, or --batch with a file of pairs.")
    for row in verify_rows(batch, claim, evidence or [], data):
        if as_json:
            print(to_json(row))
        else:
            reasons = f" ({', '.join(row['reasons'])})" if row["reasons"] else ""
            print(f"{row['verdict']} {row['support']:.2f}{reasons}")


@app.command()
def chat(
    country: CountryCode = "",
    model: ModelName = "",
    yes: Yes = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Talk in the terminal. An empty line or Ctrl-D ends it; nothing is kept."""
    from coachbot.prompts import say
    from coachbot.types import Turn

    coach = _open(corpus, data, model, yes)
    print(say("page", "notice", count=f"{len(coach.documents())} texts"))
    history: list[Turn] = []
    while (question := _prompt()).strip():
        answer = print_stream(coach.stream(question, history, country=country))
        history.append(Turn(question, answer))


@app.command("eval")
def evaluate(
    suite: Annotated[
        str,
        typer.Option(
            help="retrieval, answers, outcomes, library, followups, sides, verification, "
            "screening, all, or a file."
        ),
    ] = "all",
    questions: Annotated[Path | None, typer.Option(help="A question set of your own.")] = None,
    compare: Annotated[
        str | None, typer.Option(help="A commit whose filed results to show.")
    ] = None,
    save: Annotated[bool, typer.Option(help="File the results under this commit.")] = False,
    as_json: AsJson = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Score the coach on question sets; each score stands beside its floor.

    Example: coachbot eval --corpus my-texts --questions my-questions.jsonl
    """
    from coachbot.evaluation import evaluate as run
    from coachbot.evaluation import file_results, filed_results

    coach = _open(corpus, data)
    results = run(coach, suite, questions)
    before = filed_results(compare) if compare else {}
    if as_json:
        print(to_json([result.to_dict() for result in results]))
    else:
        print_results([result.to_dict() for result in results], before)
    if save:
        print(f"Filed in {file_results(results)}", file=sys.stderr)
    if any(not result.reached for result in results):
        raise typer.Exit(1)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port of the page.")] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Open the web page. It is served on this computer only."""
    from coachbot.serving import serve as run

    _open(corpus, data)
    raise typer.Exit(run(port, browser, corpus, data))


@app.command()
def doctor(as_json: AsJson = False, corpus: Corpus = None, data: Data = None) -> None:
    """Say what is configured, found and missing, and how to mend it."""
    from coachbot.diagnosis import diagnose

    findings = diagnose(corpus, data)
    if as_json:
        print(to_json([finding.to_dict() for finding in findings]))
    for finding in [] if as_json else findings:
        mark = "ok     " if finding.fine else "MISSING"
        print(f"{mark} {finding.what}: {finding.found}")
        if not finding.fine and finding.mend:
            print(f"        {finding.mend}")
    if any(not finding.fine for finding in findings):
        raise typer.Exit(1)


def _open(corpus: Path | None, data: Path | None, model: str = "", yes: bool = False) -> Coach:
    from coachbot.coach import Coach
    from coachbot.settings import load_settings

    settings = load_settings(corpus=corpus, data=data, model=model or None)
    if settings.model and not _agreed(settings, yes):
        settings = settings.model_copy(update={"model": ""})
    with progress_bar() as progress:
        coach = Coach.open(settings, progress=progress)
    if coach.last_sync:
        _report_problems(coach.last_sync)
    return coach


def _agreed(settings: Settings, yes: bool) -> bool:
    """Whether words may go to the model; asked once for each place that is not this machine."""
    from coachbot import consent
    from coachbot.models import place_of
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
        if _prompt("").strip().lower() not in ("y", "yes"):
            print(say("models", "declined"), file=sys.stderr)
            return False
    consent.remember(settings.data, place)
    return True


def _report_problems(report: SyncReport) -> None:
    for path, twin in report.duplicates.items():
        print(f"Passed over {path.name}: it holds the same text as {twin}.", file=sys.stderr)
    for error in report.failures.values():
        print(f"{error.message}\n{error.hint}".rstrip(), file=sys.stderr)


def _counts(report: SyncReport) -> dict[str, tuple[str, ...]]:
    return {"added": report.added, "changed": report.changed, "removed": report.removed}


def _prompt(mark: str = "\nyou > ") -> str:
    try:
        return input(mark)
    except EOFError:
        return ""
