"""Record what a chat model really writes: ``python benchmarks/record_generation.py gguf:MODEL``.

Asks the questions of ``evals/generation.jsonl`` with the prompts as they are and appends the raw
text, with the seconds to the first full sentence and to the end, to
``evals/generations/<model>.jsonl``. They are what a reader labels,
sentence by sentence; none is filed yet.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from coachbot import Coach
from coachbot.settings import load_settings, resource


def main(setting: str) -> None:
    """Record one model's outputs."""
    coach = Coach.open(load_settings(model=setting, model_seconds=180))
    writer = coach._replier.writer
    if writer is None:
        raise SystemExit("The model could not be loaded; see coachbot doctor.")
    folder = resource("evals") / "generations"
    folder.mkdir(exist_ok=True)
    path = folder / f"{Path(setting.partition(':')[2]).stem}.jsonl"
    rows = (resource("evals") / "generation.jsonl").read_text(encoding="utf-8").splitlines()
    with path.open("w", encoding="utf-8") as file:
        for row in map(json.loads, rows):
            original, parts = writer.stream, list[str]()

            def recorded(*args: object, stream=original, into=parts, **kwargs: object):  # type: ignore[no-untyped-def]
                for chunk in stream(*args, **kwargs):
                    into.append(chunk)
                    yield chunk

            writer.stream = recorded  # type: ignore[method-assign]
            started = time.perf_counter()
            answer = coach.ask(row["question"])
            writer.stream = original  # type: ignore[method-assign]
            if parts:
                filed = {
                    "question": row["question"],
                    "raw": "".join(parts),
                    "seconds": round(time.perf_counter() - started, 1),
                }
                file.write(json.dumps(filed, ensure_ascii=False) + "\n")
                file.flush()
            print(answer.drafter, len(answer.claims), len(answer.left_out), row["question"][:60])


if __name__ == "__main__":
    main(sys.argv[1])
