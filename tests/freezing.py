"""Keeps a file of stored conversations as this version writes it: ``python tests/freezing.py``.

Run it once when a version of the schema is added, and keep ``data/conversations-VERSION.sqlite``:
each later version has to open it (``test_frozen.py``). A file that is there is not written anew.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from small_corpus import LISTENING, REPAIR, HashingEmbedder

from coachbot import Coach, Turn
from coachbot.conversations import Feedback, open_conversations

FROZEN = Path(__file__).parent / "data"
ADA = "ada@example.org"
ANSWERED, NOT_ANSWERED = "How does good listening start?", "What is the capital of Peru?"
MISREAD, DANGER = "That's not what I meant", "I want to kill myself"
WHY = "It said – what to do 🙂"
AT = "2026-01-17T10:00:00+00:00"


def schema_of(file: Path) -> int:
    """The version of the schema in a file of conversations."""
    with closing(sqlite3.connect(file)) as raw:
        return int(raw.execute("SELECT version FROM coachbot_schema").fetchone()[0])


def store(file: Path) -> None:
    """Store a talk of someone without a name, and one of Ada's."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        (corpus / "listening.md").write_text(LISTENING, encoding="utf-8")
        (corpus / "repair.txt").write_text(REPAIR, encoding="utf-8")
        coach = Coach.open(corpus=corpus, data=Path(folder, "data"), embedder=HashingEmbedder())
        answers = {said: coach.ask(said) for said in (ANSWERED, NOT_ANSWERED, DANGER)}
        coach.close()
    stored = open_conversations(file)
    first = stored.add(Turn(ANSWERED, answers[ANSWERED], AT))
    stored.rate(first.turn_id, Feedback(True, WHY))
    stored.add(Turn(MISREAD, None, AT, release="misread"), first.conversation_id)
    ada = stored.of(ADA)
    second = ada.add(Turn(NOT_ANSWERED, answers[NOT_ANSWERED], AT))
    ada.add(Turn(DANGER, answers[DANGER], AT), second.conversation_id)
    stored.close()


def main() -> int:
    """Write the file of this version, unless it is kept already."""
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder, "conversations.sqlite")
        store(new)
        kept = FROZEN / f"conversations-{schema_of(new)}.sqlite"
        if kept.exists():
            print(f"{kept} is kept as it is.")
            return 1
        kept.write_bytes(new.read_bytes())
    print(f"kept {kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
