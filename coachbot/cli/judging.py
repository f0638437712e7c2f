"""Commands that judge and measure: screen, verify, retrieve, eval."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coachbot.cli.app import AsJson, Batch, Corpus, Data, app, open_coach, open_writing_coach
from coachbot.cli.terminal import print_results, progress_bar, to_json

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


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
    from coachbot.evaluation.batches import screen_rows
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
    from coachbot.evaluation.batches import verify_rows

    if (claim is None) == (batch is None):
        raise typer.BadParameter("Give a claim with --evidence, or --batch with a file of pairs.")
    for row in verify_rows(batch, claim, evidence or [], data):
        if as_json:
            print(to_json(row))
        else:
            reasons = f" ({', '.join(row['reasons'])})" if row["reasons"] else ""
            print(f"{row['verdict']} {row['support']:.2f}{reasons}")


@app.command()
def retrieve(
    batch: Annotated[Path, typer.Option(help='Rows {"id", "query"}.')],
    documents: Annotated[Path, typer.Option(help='Rows {"id", "title", "text"}.')],
    k: Annotated[int, typer.Option("-k", min=1, help="How many documents a query.")] = 100,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Rank documents of your own for queries of your own; a document ranks by its best passage."""
    from coachbot.evaluation.batches import rank_documents

    with progress_bar() as progress:
        ranked = rank_documents(batch, documents, k, data, progress)
        rows = list(ranked)
    for row in rows:
        if as_json:
            print(to_json(row))
        else:
            print(row["id"], *(f"{id}:{score:.3f}" for id, score in row["ranked"][:10]))


@app.command("eval")
def evaluate(
    suite: Annotated[
        str,
        typer.Option(
            help="retrieval, answers, outcomes, articles, knowledge, pertinence, library, "
            "followups, sides, verification, screening, injection, generation, all, or a file."
        ),
    ] = "all",
    questions: Annotated[Path | None, typer.Option(help="A question set of your own.")] = None,
    compare: Annotated[
        str | None, typer.Option(help="A commit; its filed results are shown with the change.")
    ] = None,
    save: Annotated[bool, typer.Option(help="File the results under this commit.")] = False,
    model: Annotated[
        str,
        typer.Option(
            help="A chat model: its words are recorded first for generation, and its rewriting is "
            "measured for followups."
        ),
    ] = "",
    as_json: AsJson = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Score the coach on question sets, beside what chance or shared words alone score.

    Example: coachbot eval --corpus my-texts --questions my-questions.jsonl
    """
    from coachbot.evaluation.results import compared, file_results, filed_results
    from coachbot.evaluation.suites import evaluate as run
    from coachbot.evaluation.suites import record_generations

    if model and suite not in ("generation", "followups"):
        raise typer.BadParameter("--model goes with --suite generation or --suite followups.")
    before = filed_results(compare) if compare else None  # what is wrong is said before the wait
    coach = open_writing_coach(corpus, data, model) if model else open_coach(corpus, data)
    if model and suite == "generation":
        print(f"Recorded in {record_generations(coach, model)}", file=sys.stderr)
    rewriter = _rewriter(data, model) if model and suite == "followups" else None
    results = run(coach, suite, questions, rewriter)
    rows = [r.to_dict() for r in results] if before is None else compared(results, before)
    if as_json:
        print(to_json(rows))
    else:
        print_results(rows)
    if save:
        print(f"Filed in {file_results(results)}", file=sys.stderr)
    if any(not result.reached for result in results):
        raise typer.Exit(1)


def _rewriter(data: Path | None, model: str) -> BaseChatModel:
    """The chat model by itself, for the one job of it that is measured.

    Raises:
        CoachbotError: it is on another machine, and that words go there was not agreed to.
    """
    from coachbot.errors import CoachbotError
    from coachbot.models import consent
    from coachbot.models.loading import load_model, place_of
    from coachbot.prompts import say
    from coachbot.settings import load_settings

    settings = load_settings(data=data, model=model)
    place = place_of(model, settings.model_url)
    if place and not consent.given(settings.data, place):
        raise CoachbotError(say("models", "declined"))
    return load_model(model, settings.model_url, settings.model_seconds)
