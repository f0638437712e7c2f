"""Where the benchmarks file what they measured: ``benchmarks/results``, by commit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path


def file_results(results: Mapping[str, float], prefix: str = "") -> None:
    """Write a run's figures under the commit that is checked out, and say where."""
    commit = subprocess.check_output(["git", "rev-parse", "--short=10", "HEAD"], text=True)
    path = Path(__file__).parent / "results" / f"{prefix}{commit.strip()}.json"
    path.parent.mkdir(exist_ok=True)
    rounded = {name: round(value, 4) for name, value in results.items()}
    filed = {"measured_on": date.today().isoformat(), **rounded}
    path.write_text(json.dumps(filed, indent=1) + "\n", encoding="utf-8")
    print(f"filed in {path}")
