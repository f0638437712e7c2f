"""Where measurements are filed: ``benchmarks/results``, by commit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path


def file_results(results: Mapping[str, object], prefix: str = "") -> None:
    """Write a run's figures under the commit that is checked out, and say where.

    What an earlier run filed under the same name stays, unless it is measured anew.
    """
    commit = subprocess.check_output(["git", "rev-parse", "--short=10", "HEAD"], text=True)
    path = Path(__file__).parent / "results" / f"{prefix}{commit.strip()}.json"
    path.parent.mkdir(exist_ok=True)
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in results.items()}
    filed = {**earlier, "measured_on": date.today().isoformat(), **rounded}
    path.write_text(json.dumps(filed, indent=1) + "\n", encoding="utf-8")
    print(f"filed in {path}")
