"""What earlier versions have stored is opened by this one: a file of each version is kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from freezing import (
    ADA,
    ANSWERED,
    DANGER,
    FROZEN,
    MISREAD,
    NOT_ANSWERED,
    WHY,
    schema_of,
)

from coachbot import Turn
from coachbot.conversations import Feedback, open_conversations, to_json, to_markdown
from coachbot.types import Level, Outcome

FILES = sorted(FROZEN.glob("conversations-*.sqlite"))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a kept file."""
    copied: Path = shutil.copy(request.param, tmp_path / "conversations.sqlite")
    return copied


def test_a_file_of_each_schema_is_kept(tmp_path):
    now = tmp_path / "conversations.sqlite"
    open_conversations(now).close()
    versions = range(1, schema_of(now) + 1)
    kept = {one.name for one in FILES}
    assert kept == {f"conversations-{n}.sqlite" for n in versions}, "run tests/freezing.py"


def test_a_talk_of_an_earlier_version_comes_back_whole(file):
    stored = open_conversations(file)
    (summary,) = stored.list("phone away")
    first, second = stored.get(summary.id).turns
    assert first.turn.question == ANSWERED
    assert first.feedback == Feedback(True, WHY)
    answer = first.turn.answer
    assert answer
    assert answer.outcome is Outcome.ANSWERED
    assert "Good listening starts with putting the phone away." in answer.text
    assert answer.citations[0].quote in answer.text
    assert (second.turn.question, second.turn.answer) == (MISREAD, None)
    assert second.turn.release == "misread"
    (ada,) = stored.of(ADA).list()
    answers = [one.turn.answer for one in stored.of(ADA).get(ada.id).turns]
    assert [one and one.outcome for one in answers] == [Outcome.NOTHING, Outcome.SAFETY]
    assert answers[1]
    assert answers[1].screening.level is Level.CRISIS
    for id, owner in ((summary.id, stored), (ada.id, stored.of(ADA))):
        assert to_json([owner.get(id)])
        assert to_markdown([owner.get(id)])
    stored.close()


def test_a_talk_of_an_earlier_version_goes_on_and_can_be_deleted(file):
    stored = open_conversations(file)
    (summary,) = stored.list()
    stored.add(Turn("And then?"), summary.id)
    assert [one.turn.question for one in stored.get(summary.id).turns][2:] == ["And then?"]
    stored.rename(summary.id, "Listening")
    assert [one.title for one in stored.list()] == ["Listening"]
    assert stored.of(ADA).delete_everything() == 1
    assert stored.count() == 1
    stored.close()
    left = b"".join(one.read_bytes() for one in file.parent.glob("conversations*"))
    assert NOT_ANSWERED.encode() not in left
    assert DANGER.encode() not in left
    assert schema_of(file) == len(FILES)
