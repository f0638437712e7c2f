"""Commands that answer: ask and chat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
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
from coachbot.cli.help_lines import help_in_talk, point_to_help
from coachbot.cli.terminal import print_answer, print_stream, to_json

if TYPE_CHECKING:
    from coachbot.coach import Coach
    from coachbot.safety import Gate
    from coachbot.safety.lines import Country
    from coachbot.types import Answer, History


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

    The safety gate comes first: who may be in danger sees help lines and nothing else.

    Examples:
    coachbot ask "We keep having the same fight" --country GB

    coachbot ask "How do I say sorry?" --model gguf:/models/qwen.gguf
    """
    from coachbot.evaluation.batches import answer_rows
    from coachbot.safety import Gate

    if (question is None) == (batch is None):
        raise typer.BadParameter("Give a question, or --batch with a file of questions.")
    country = country or country_set()
    gate = Gate.open(country)

    def opened() -> Coach:
        return open_writing_coach(corpus, data, model, yes)

    if batch:
        for answer in answer_rows(gate_first(gate, opened, country), batch):
            print(to_json(answer.to_dict()) if as_json else f"{answer}\n", flush=True)
        return
    # Before the library is opened: its card must come even if that fails.
    met = gate.meet(question or "")
    if met.alone:
        print_answer(met.answer(question or ""), as_json)
        point_to_help(met, as_json)
    elif as_json:
        print_answer(opened().ask(question or "", country=country), as_json)
    else:
        print_stream(opened().stream(question or "", country=country))


def gate_first(gate: Gate, opened: Callable[[], Coach], country: str) -> Callable[..., Answer]:
    """A way to ask that opens a Coach once a question needs one: a card needs none.

    Args:
        gate: what every question passes first.
        opened: opens the Coach.
        country: whose help lines to name.
    """
    held: list[Coach] = []

    def ask_one(question: str, history: History = ()) -> Answer:
        if not held:  # an open Coach has a gate of its own
            met = gate.meet(question, history)
            if met.alone:
                return met.answer(question)
            held.append(opened())
        return held[0].ask(question, history, country=country)

    return ask_one


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
    print(f"\n{say('safety/lines', 'in-talk')}")
    while (question := prompt()).strip():
        if told := help_in_talk(question, gate.country()):
            print(f"\n{told}")
            continue
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
