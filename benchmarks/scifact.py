"""nDCG@10 on SciFact through ``coachbot retrieve``: ``python benchmarks/scifact.py FOLDER``.

FOLDER holds ``corpus.jsonl`` (id, title, sentences) and ``claims_dev.jsonl`` (id, claim,
cited_doc_ids) of SciFact (Wadden et al. 2020, doi 10.18653/v1/2020.emnlp-main.609). The index of
its 5,183 abstracts takes about a quarter of an hour on two cores the first time and is kept.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


def ndcg(ranked: Sequence[str], relevant: set[str], k: int = 10) -> float:
    """Normalised discounted cumulative gain with binary relevance (Järvelin & Kekäläinen 2002)."""
    gain = sum(1 / math.log2(i + 2) for i, id in enumerate(ranked[:k]) if id in relevant)
    ideal = sum(1 / math.log2(i + 2) for i in range(min(k, len(relevant))))
    return gain / ideal


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--claims", default="claims_dev.jsonl")
    parser.add_argument("--data", type=Path, help="where the index is kept")
    arguments = parser.parse_args()
    work = arguments.data or Path(tempfile.mkdtemp(prefix="coachbot-scifact-"))
    work.mkdir(parents=True, exist_ok=True)
    claims = _rows(arguments.folder / arguments.claims)
    documents, queries = work / "documents.jsonl", work / "queries.jsonl"
    abstracts = _rows(arguments.folder / "corpus.jsonl")
    _write(
        documents,
        [{"id": a["id"], "title": a["title"], "text": " ".join(a["sentences"])} for a in abstracts],
    )
    _write(queries, [{"id": c["id"], "query": c["claim"]} for c in claims])
    command = [sys.executable, "-m", "coachbot", "retrieve", "--json", "--data", str(work)]
    command += ["--batch", str(queries), "--documents", str(documents)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [json.loads(line) for line in printed.splitlines()]
    ranked = {row["id"]: [id for id, _ in row["ranked"]] for row in rows}
    scores = [
        ndcg(ranked[c["id"]], {str(id) for id in c["cited_doc_ids"]})
        for c in claims
        if c["cited_doc_ids"]
    ]
    drawn = np.random.default_rng(0).choice(scores, (2000, len(scores))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    interval = f"95 % interval {low:.3f} to {high:.3f}"
    print(f"nDCG@10 {np.mean(scores):.4f} ({interval}), {len(scores)} claims")


if __name__ == "__main__":
    main()
