"""Puts what was measured, and the settings, into the pages where ``{{ name }}`` stands.

The newest files in ``evals/results`` and ``benchmarks/results`` are shown, so that no page states a
figure that no run has printed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from coachbot.settings import PREFIX, Settings

_FIGURES = re.compile(r"^\{\{ (\w+) \}\}$", re.MULTILINE)
_RATIOS = (
    ("index, share of the encoder alone", "of indexing is the encoder's own work"),
    ("ask / encoding the question", "times encoding the question: a whole answer"),
    (
        "tutorial chain: search / encoding the question",
        "times encoding the question: a search of the LangChain tutorial chain",
    ),
)


def on_page_markdown(markdown: str, config: Any, **_: Any) -> str:
    """Fill in a page; mkdocs calls this for each."""
    root = Path(config["config_file_path"]).parent
    extra = config["extra"]
    tables: dict[str, Callable[[], str]] = {
        "evals": lambda: _evals(root / extra["evals"]),
        "speed": lambda: _speed(root / extra["benchmarks"]),
        "load": lambda: _load(root / extra["benchmarks"]),
        "load_of_page": lambda: _load_of_page(root / extra["benchmarks"]),
        "indexing": lambda: _indexing(root / extra["benchmarks"]),
        "settings": _settings,
    }
    return _FIGURES.sub(lambda found: tables[found[1]](), markdown)


def _newest(folder: Path, prefix: str = "") -> tuple[str, dict[str, Any]]:
    """The commit and content of the newest result of a kind; the date stands in each file."""
    files = [p for p in folder.glob("*.json") if re.fullmatch(rf"{prefix}[0-9a-f]{{10}}", p.stem)]
    read = {p.stem.removeprefix(prefix): json.loads(p.read_text(encoding="utf-8")) for p in files}
    return max(read.items(), key=lambda item: str(item[1].get("measured_on", "")))


def _evals(folder: Path) -> str:
    commit, result = _newest(folder)
    rows = [
        (
            score["suite"],
            score["measure"],
            f"{score['score']:.2f}",
            f"{score['interval'][0]:.2f}–{score['interval'][1]:.2f}",
            str(score["questions"]),
            " · ".join(f"{name} {value:.2f}" for name, value in score.get("baselines", {}).items()),
            "" if score["floor"] is None else f"{score['floor']:.2f}",
        )
        for score in result["scores"]
    ]
    table = _table(("suite", "measure", "score", "interval", "of", "beside", "floor"), rows)
    return f"Measured on {result['measured_on']}, commit `{commit}`:\n\n{table}"


def _speed(folder: Path) -> str:
    commit, result = _newest(folder)
    lines = [f"- {result[name]:.2f} {told}" for name, told in _RATIOS if name in result]
    return f"Commit `{commit}`:\n\n" + "\n".join(lines)


def _load(folder: Path) -> str:
    if not list(folder.glob("full-*.json")):
        return "Not measured yet."
    commit, result = _newest(folder, "full-")
    rows = [(name, str(value)) for name, value in result.get("load", {}).items()]
    table = _table(("what", "measured"), rows)
    return f"Measured on {result['measured_on']}, commit `{commit}`:\n\n{table}"


def _load_of_page(folder: Path) -> str:
    """A column for each crowd that was measured at the newest commit."""
    if not list(folder.glob("load-*.json")):
        return "Not measured yet."
    commit, result = _newest(folder, "load-")
    crowds = {name: came for name, came in result.items() if isinstance(came, dict)}
    names = dict.fromkeys(name for came in crowds.values() for name in came)
    rows = [(name, *(str(came.get(name, "")) for came in crowds.values())) for name in names]
    table = _table(("what", *crowds), rows)
    return f"Measured on {result['measured_on']}, commit `{commit}`:\n\n{table}"


def _indexing(folder: Path) -> str:
    if not list(folder.glob("indexing-*.json")):
        return "Not measured yet."
    commit, result = _newest(folder, "indexing-")
    sizes = [name.removesuffix(": seconds") for name in result if name.endswith(": seconds")]
    rows = [
        (
            f"{int(size):,}" + ("\\*" if result[f"{size}: encoder stands in"] else ""),
            f"{result[f'{size}: seconds'] / 60:.1f} min",
            f"{result[f'{size}: peak memory, MB'] / 1000:.1f} GB",
            f"{result[f'{size}: on disk, MB']:,.0f} MB",
            f"{result[f'{size}: search p50, ms']:.0f} ms",
            f"{result[f'{size}: search p95, ms']:.0f} ms",
            f"{result[f'{size}: recall@10, passages']:.3f}",
            f"{result[f'{size}: recall@10, sentences']:.3f}",
        )
        for size in sorted(sizes, key=int)
    ]
    head = ("passages", "time", "memory", "disk", "search, p50", "p95", "recall@10", "of sentences")
    where = f"commit `{commit}`, {result['processes']:.0f} processes that encode"
    return f"Measured on {result['measured_on']}, {where}:\n\n{_table(head, rows)}"


def _settings() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "your user data folder" if field.default_factory else str(field.default or "")
        rows.append((f"`{PREFIX}{name.upper()}`", field.description or "", default))
    return _table(("variable", "what it sets", "default"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)
