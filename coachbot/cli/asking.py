"""Commands that answer: ask and chat."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from coachbot.cli.app import (
    AsJson,
    Batch,
    Corpus,
    CountryCode,
    Data,
    ModelName,
    Yes,
    app,
    country_set,
    open_writing_coach,
    prompt,
)
from coachbot.cli.terminal import print_answer, print_stream, to_json

if TYPE_CHECKING:
    from coachbot.safety.lines import Country


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
    from coachbot.evaluation.batches import answer_rows
    from coachbot.safety import Gate

    if (question is None) == (batch is None):
        raise typer.BadParameter("Give a question, or --batch with a file of questions.")
    if batch:
        coach = open_writing_coach(corpus, data, model, yes)
        for answer in answer_rows(partial(coach.ask, country=country), batch):
            print(to_json(answer.to_dict()) if as_json else f"{answer}\n", flush=True)
        return
    # Before the library is opened: its card must come even if that fails.
    met = Gate.open(country or country_set()).meet(question or "")
    if met.alone:
        print_answer(met.answer(question or ""), as_json)
        return
    coach = open_writing_coach(corpus, data, model, yes)
    if as_json:
        print_answer(coach.ask(question or "", country=country), as_json)
    else:
        print_stream(coach.stream(question or "", country=country))


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
    from coachbot.safety import Gate
    from coachbot.types import Turn

    country = country or country_set()
    gate = Gate.open(country)
    print(say("page", "notice"), say("conversations", "nothing-stored"))
    print(say("page", "not-confidential"))
    if not _is_adult(gate.country()):
        return
    history, coach = list[Turn](), None
    while (question := prompt()).strip():
        # Before the library is opened: a card must come even if that fails.
        met = gate.meet(question, history)
        if met.alone:
            answer = met.answer(question)
            print_answer(answer, as_json=False)
        else:
            coach = coach or open_writing_coach(corpus, data, model, yes)
            answer = print_stream(coach.stream(question, history, country=country))
        history.append(Turn(question, answer, asked_at=datetime.now(UTC).isoformat()))


def _is_adult(where: Country) -> bool:
    """Ask once; who is not, or says nothing, gets the lines for the young."""
    from coachbot.prompts import say
    from coachbot.safety.cards import fixed

    if prompt(f"\n{say('page', 'adult-question')} (yes/no) > ").strip().lower() in ("y", "yes"):
        return True
    print(fixed("concern", "minor", where))
    return False
