"""Question sets to scores, and the batch forms of ask, verify and retrieve.

A question set is JSON Lines: ``{"id", "kind", "question", "history", "support"}``. ``support``
lists snippets of the texts, any of which a right citation overlaps; it is empty where the library
does not answer. Each score comes with a 95 % percentile bootstrap interval (Efron & Tibshirani
1993).
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coachbot.citations import verify
from coachbot.coach import Coach
from coachbot.embedding import load_embedder
from coachbot.errors import CoachbotError, QuestionSetError
from coachbot.index import LibraryIndex, Progress
from coachbot.library import FileState
from coachbot.questions import searched_for
from coachbot.retrieval import rank
from coachbot.settings import load_settings, resource
from coachbot.types import Answer, Document, Kind, Outcome

SUITES = ("retrieval", "answers", "outcomes")
_RESAMPLES = 2_000
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Result:
    """One score with its 95 % interval and, for a shipped suite, its floor."""

    suite: str
    measure: str
    score: float
    questions: int
    interval: tuple[float, float] | None = None
    floor: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the score is at or above its floor."""
        return self.floor is None or self.score >= self.floor

    def to_dict(self) -> dict[str, Any]:
        """The JSON form of a score."""
        return asdict(self)


def evaluate(coach: Coach, suite: str = "all", questions: Path | None = None) -> list[Result]:
    """Score a coach.

    Args:
        coach: with the library that the questions are about.
        suite: a shipped suite, ``all``, or the path of a question set.
        questions: a question set in place of the shipped one.

    Raises:
        QuestionSetError: there is no such suite, or a row is not right.
    """
    if suite not in (*SUITES, "all"):
        suite, questions = "all", Path(suite)
        if not questions.is_file():
            raise QuestionSetError(
                f"There is no suite or file called {questions}.",
                f"The suites are: {', '.join(SUITES)}, all.",
            )
    floors = {} if questions else _floors()
    rows = read_rows(questions or resource("evals") / "questions.jsonl", ("question",))
    chosen = SUITES if suite == "all" else (suite,)
    answers = [coach.ask(row["question"], row.get("history", ())) for row in rows]
    documents = {document.id: document for document in coach.documents()}
    scores: dict[str, dict[str, list[float]]] = {
        "retrieval": _retrieval_scores(coach, rows),
        "answers": _answer_scores(rows, answers, documents),
        "outcomes": _outcome_scores(rows, answers),
    }
    return [
        Result(
            name, measure, float(np.mean(v)), len(v), _interval(v), floors.get(f"{name} {measure}")
        )
        for name in chosen
        for measure, v in scores[name].items()
        if v
    ]


def answer_rows(ask: Callable[..., Answer], batch: Path) -> Iterator[Answer]:
    """Answer the questions of a file, in order; each answer carries its row's id."""
    for row in read_rows(batch, ("question",)):
        yield replace(ask(row["question"], row.get("history", ())), id=row.get("id"))


def verify_rows(
    batch: Path | None, claim: str | None, evidence: Sequence[str], data: Path | None
) -> Iterator[dict[str, Any]]:
    """Check one claim, or the pairs of a file, in order."""
    rows: Iterable[dict[str, Any]] = (
        read_rows(batch, ("claim", "evidence"))
        if batch
        else [{"claim": claim, "evidence": evidence}]
    )
    embedder = load_embedder(load_settings(data=data).embedder)
    for row in rows:
        checked = verify(row["claim"], row["evidence"], embedder.encode)
        yield {
            "id": row.get("id"),
            "verdict": checked.verdict.value,
            "support": round(checked.support, 4),
            "reasons": list(checked.reasons),
        }


def rank_documents(
    batch: Path, documents: Path, k: int, data: Path | None, progress: Progress | None = None
) -> Iterator[dict[str, Any]]:
    """Rank the documents of a file for the queries of another, with the settings of every search.

    The index of the documents is kept under the data folder, so a second run starts at once.

    Args:
        batch: rows ``{"id", "query"}``.
        documents: rows ``{"id", "title", "text"}``.
        k: documents a query at most.
        data: where the index is kept.
        progress: told how many texts are encoded.

    Yields:
        ``{"id", "ranked": [[document id, score], …]}``; a document ranks by its best passage.
    """
    queries = read_rows(batch, ("id", "query"))
    rows = [SourceRow(documents, row) for row in read_rows(documents, ("id", "text"))]
    settings = load_settings(data=data)
    embedder = load_embedder(settings.embedder)
    digest = hashlib.sha256(str(documents.resolve()).encode()).hexdigest()[:10]
    index = LibraryIndex(settings.data / "indexes" / f"documents-{digest}", embedder)
    index.sync(rows, progress)
    snapshot = index.snapshot()
    for query in queries:
        wanted = searched_for(query["query"], ())
        best: dict[str, float] = {}
        if wanted:
            for hit in rank(snapshot, wanted, embedder.encode([wanted])[0], k):
                best.setdefault(hit.passage.document_id, round(hit.score, 5))
        yield {"id": query["id"], "ranked": [list(pair) for pair in list(best.items())[:k]]}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a data set as a source of a document; its text is taken as it stands."""

    file: Path
    row: dict[str, Any]

    @property
    def id(self) -> str:
        """The id of the row."""
        return str(self.row["id"])

    @property
    def path(self) -> Path:
        """The file and the row."""
        return self.file / self.id

    def glance(self) -> FileState:
        """The row's place and content: a row is in memory already."""
        text = json.dumps(self.row, sort_keys=True)
        return FileState(str(self.path), len(text), 0, hashlib.sha256(text.encode()).hexdigest())

    def read(self, max_bytes: int) -> tuple[str, Callable[[], Document]]:
        """The row's hash and its document."""
        title, text = str(self.row.get("title") or ""), str(self.row["text"])
        digest = hashlib.sha256(f"{self.id}\n{text}".encode()).hexdigest()
        return digest, lambda: Document(self.id, title, Kind.USER, (), None, text, digest)


def read_rows(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    """Read a JSON Lines file.

    Args:
        path: the file.
        needed: keys that each row must have.

    Raises:
        QuestionSetError: the file is missing, or a row is not JSON or lacks a key; says which.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError(
            f"{path} could not be read: {error}.", "Give a JSON Lines file."
        ) from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            problem = _problem(row, needed)
        except ValueError as error:
            problem = f"is not JSON ({error})"
        if problem:
            raise QuestionSetError(
                f"{path.name}, line {number}, {problem}.",
                "Each line is one object with: " + ", ".join(needed) + ".",
            )
        rows.append(row)
    return rows


def _problem(row: object, needed: Sequence[str]) -> str:
    if not isinstance(row, dict):
        return "is not an object"
    for key in needed:
        if key not in row:
            return f"lacks {key!r}"
        wanted: type | tuple[type, ...] = list if key == "evidence" else (str, int)
        if not isinstance(row[key], wanted) or (key != "id" and isinstance(row[key], int)):
            return f"has a {key!r} of the wrong type"
    history = row.get("history", [])
    if not isinstance(history, list) or not all(isinstance(turn, str) for turn in history):
        return "has a 'history' that is not a list of texts"
    return ""


def file_results(results: Sequence[Result]) -> Path:
    """File scores under the commit they belong to.

    Raises:
        CoachbotError: this is not a checkout of coachbot.
    """
    folder = resource("evals") / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{_commit('HEAD')}.json"
    filed = {"measured_on": time.strftime("%Y-%m-%d"), "scores": [r.to_dict() for r in results]}
    path.write_text(json.dumps(filed, indent=1) + "\n", encoding="utf-8")
    return path


def filed_results(revision: str) -> dict[str, float]:
    """The scores filed under a commit, by suite and measure.

    Raises:
        QuestionSetError: none were filed.
    """
    path = resource("evals") / "results" / f"{_commit(revision)}.json"
    if not path.is_file():
        raise QuestionSetError(
            f"No results are filed for {revision}.", "File some with: coachbot eval --save"
        )
    scores = json.loads(path.read_text(encoding="utf-8"))["scores"]
    return {f"{row['suite']} {row['measure']}": row["score"] for row in scores}


def _commit(revision: str) -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short=10", revision],
        cwd=resource("evals"),
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise CoachbotError(
            f"There is no commit {revision} here.", "Run this in a checkout of coachbot."
        )
    return found.stdout.strip()


def _floors() -> dict[str, float]:
    path = resource("evals") / "floors.json"
    floors: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return floors


def _retrieval_scores(coach: Coach, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    scores: dict[str, list[float]] = {"hit@1": [], "hit@3": [], "MRR": []}
    for row in rows:
        if not row.get("support"):
            continue
        hits = coach.search(searched_for(row["question"], row.get("history", ())), _DEPTH)
        wanted = [_folded(snippet) for snippet in row["support"]]
        texts = [_folded(hit.passage.text) for hit in hits]
        ranks = [i for i, text in enumerate(texts, 1) if any(s in text for s in wanted)]
        first = ranks[0] if ranks else None
        scores["hit@1"].append(float(first == 1))
        scores["hit@3"].append(float(first is not None and first <= 3))
        scores["MRR"].append(1 / first if first else 0.0)
    return scores


def _answer_scores(
    rows: Sequence[Mapping[str, Any]],
    answers: Sequence[Answer],
    documents: Mapping[str, Document],
) -> dict[str, list[float]]:
    first, any_, verbatim = list[float](), list[float](), list[float]()
    for row, answer in zip(rows, answers, strict=True):
        for c in answer.citations:
            verbatim.append(float(documents[c.document_id].text[c.start : c.end] == c.quote))
        if row.get("support"):
            right = [
                any(_overlaps(documents[c.document_id].text, c.quote, s) for s in row["support"])
                for c in answer.citations
            ]
            first.append(float(bool(right) and right[0]))
            any_.append(float(any(right)))
    return {
        "first quote is right": first,
        "some quote is right": any_,
        "quote equals its span": verbatim,
    }


def _outcome_scores(
    rows: Sequence[Mapping[str, Any]], answers: Sequence[Answer]
) -> dict[str, list[float]]:
    off = [a.outcome is Outcome.NOTHING for r, a in zip(rows, answers, strict=True) if _off(r)]
    within = [
        a.outcome is not Outcome.NOTHING
        for r, a in zip(rows, answers, strict=True)
        if r.get("support") or r.get("kind") == "in_topic"
    ]
    return {
        "off-topic refused": list(map(float, off)),
        "within topic let in": list(map(float, within)),
    }


def _off(row: Mapping[str, Any]) -> bool:
    return row.get("kind") == "offtopic"


def _overlaps(text: str, quote: str, snippet: str) -> bool:
    """Whether a quote and a snippet of the same text share any part of it."""
    text, quote, snippet = _folded(text), _folded(quote), _folded(snippet)
    place = text.find(snippet)
    start = text.find(quote)
    return place >= 0 and max(place, start) < min(place + len(snippet), start + len(quote))


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text.casefold().replace("’", "'")).strip()


def _interval(scores: Sequence[float]) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean."""
    values = np.asarray(scores)
    drawn = np.random.default_rng(0).choice(values, (_RESAMPLES, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)
