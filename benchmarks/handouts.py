"""Two hundred handouts in a row: ``python benchmarks/handouts.py``.

- a PDF against the typesetter alone, given the same template and data, in turns within one run
- the other forms against it
- memory after the first fifty sheets and after the last
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest import mock

import psutil
import typst
from filing import file_results

from coachbot.coach import Coach
from coachbot.handouts.export import export, export_clinician_sheet, page_count
from coachbot.handouts.model import Handout, Paper, TypeSize

SHEETS = 200
SETTLED = 50


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def made() -> list[Handout]:
    """Every topic in every kind, in all papers and sizes."""
    with tempfile.TemporaryDirectory() as folder:
        coach = Coach.open(data=Path(folder))
        sheets = [
            coach.handout(topic.id, kind=kind, country="US")
            for topic in coach.handouts.topics()
            for kind in topic.kinds
        ]
    looks = itertools.cycle(itertools.product(Paper, TypeSize))
    dressed = (
        replace(sheet, paper=paper, size=size)
        for sheet, (paper, size) in zip(sheets, looks, strict=False)
    )
    return list(itertools.islice(itertools.cycle(dressed), SHEETS))


def typesetter_call(handout: Handout) -> Callable[[], object]:
    """What is asked of the typesetter for a sheet, to be asked again without us."""
    with mock.patch("typst.compile", wraps=typst.compile) as compiled:
        export(handout, ".pdf")
    positional, named = compiled.call_args
    return partial(typst.compile, *positional, **named)


def measure() -> dict[str, float]:
    handouts = made()
    process = psutil.Process()
    took = defaultdict[str, list[float]](list)
    memory = list[int]()
    for number, handout in enumerate(handouts):
        alone = typesetter_call(handout)
        pair = [("typst alone", alone), (".pdf", partial(export, handout, ".pdf"))]
        for name, action in pair if number % 2 else reversed(pair):
            took[name].append(seconds(action))
        took["pages"].append(seconds(partial(page_count, handout)))
        took[".docx"].append(seconds(partial(export, handout, ".docx")))
        took[".md"].append(seconds(partial(export, handout, ".md")))
        took["clinician's .pdf"].append(seconds(partial(export_clinician_sheet, handout, ".pdf")))
        memory.append(process.memory_info().rss)
    alone_total = sum(took["typst alone"])
    results = dict[str, float]()
    for name, times in took.items():
        results[f"{name} / typst alone"] = sum(times) / alone_total
        results[f"{name}, ms each, median"] = statistics.median(times) * 1000
    results[f"memory, sheet {SETTLED} to {SHEETS}"] = memory[-1] / memory[SETTLED - 1]
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="file the result under this commit")
    arguments = parser.parse_args()
    results = measure()
    for name, value in results.items():
        print(f"{name:40} {value:8.2f}")
    if arguments.save:
        file_results(results, "handouts-")


if __name__ == "__main__":
    main()
