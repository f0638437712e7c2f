"""Stored conversations on real SQLite files and, where there is one, a real Postgres."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from coachbot import Coach, Turn
from coachbot.cli import app
from coachbot.conversations import (
    Conversations,
    Feedback,
    erase_file,
    open_conversations,
    to_json,
    to_markdown,
)
from coachbot.conversations.records import read, written
from coachbot.diagnosis import Finding, diagnose
from coachbot.errors import (
    CoachbotError,
    ConversationNotFoundError,
    ConversationsError,
    SettingsError,
    StorageError,
)

SECRET = "the green suitcase under the stairs"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a Postgres server of our own, on a socket in a temporary folder."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not programs:
        pytest.skip("Postgres is not installed: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    folder = Path(tempfile.mkdtemp(prefix="coachbot-pg-"))
    runs_as = {}
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        runs_as = {"user": "postgres", "group": "postgres"}
    program, data = programs[-1], folder / "data"
    common = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    init = [str(program.with_name("initdb")), "-D", str(data), "-U", "coach", "-A", "trust", "-N"]
    subprocess.run(init, check=True, **common, **runs_as)
    command = [str(program), "-D", str(data), "-k", str(folder), "-c", "listen_addresses="]
    server = subprocess.Popen(command, **common, **runs_as)
    try:
        for _ in range(100):
            if (folder / ".s.PGSQL.5432").exists():
                break
            assert server.poll() is None
            time.sleep(0.1)
        yield f"postgresql://coach@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown: it does not wait for its clients
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request, tmp_path) -> str | Path:
    """Where a test stores: a new SQLite file, and a Postgres that others have used."""
    if request.param == "sqlite":
        return tmp_path / "data" / "conversations.sqlite"
    url: str = request.getfixturevalue("postgres")
    open_conversations(url, None).delete_everything()
    return url


@pytest.fixture
def stored(address) -> Iterator[Conversations]:
    conversations = open_conversations(address)
    yield conversations
    conversations.close()


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "data" / "conversations.sqlite"


def turn(question: str, coach: Coach | None = None) -> Turn:
    return Turn(question, coach.ask(question) if coach else None, "2026-01-17T10:00:00+00:00")


def everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_talk_comes_back_as_it_was_shown(stored, coach):
    first = turn("How does good listening start?", coach)
    second = Turn("That's not it", None, "2026-01-17T10:01:00+00:00", release="misread")
    assert first.answer
    assert first.answer.citations
    kept = stored.add(first)
    stored.add(second, kept.conversation_id)
    found = stored.get(kept.conversation_id)
    assert [one.turn for one in found.turns] == [first, second]
    assert found.title == "How does good listening start?"


def test_the_list_has_the_last_changed_first(stored):
    older = stored.add(turn("Chores"))
    stored.add(turn("Money"))
    stored.add(turn("More on chores"), older.conversation_id)
    assert [(one.title, one.turns) for one in stored.list()] == [("Chores", 2), ("Money", 1)]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("CAFÉ", ["Our café"]),
        ("café tuesday", ["Our café"]),
        ("café friday", []),
        ("100%", ["Sure, 100% sure"]),
        ("%", ["Sure, 100% sure"]),
        ("a_b", []),
        ("'; DROP TABLE turns; --", []),
        ("phone", ["How does good listening start?"]),
    ],
)
def test_search_finds_words_in_titles_questions_and_replies(stored, coach, search, found):
    kept = stored.add(turn("Our café"))
    stored.add(turn("It was on a Tuesday"), kept.conversation_id)
    stored.add(turn("Sure, 100% sure"))
    stored.add(turn("How does good listening start?", coach))
    assert [one.title for one in stored.list(search)] == found


def test_a_talk_without_a_space_and_a_halved_character_are_kept_under_their_own_words(stored):
    long = "你" * 200
    kept = stored.add(turn(long))
    assert stored.list()[0].title.startswith("你你")
    stored.rename(kept.conversation_id, "x" * 300)
    assert stored.list()[0].title.startswith("xxx")
    other = stored.add(turn("he left \udcff today"))
    assert stored.get(other.conversation_id).turns[0].turn.question.startswith("he left ")


def test_a_very_long_search_is_a_search(stored):
    stored.add(turn("We row about money"))
    assert stored.list("nowhere " * 2000) == ()
    assert len(stored.list("money " * 2000)) == 1


def test_renaming_changes_the_title_alone(stored):
    kept = stored.add(turn("Chores"))
    stored.rename(kept.conversation_id, "  Who does\nwhat  ")
    stored.rename(kept.conversation_id, "   ")
    assert stored.get(kept.conversation_id).title == "Who does what"
    assert [one.title for one in stored.list("who does")] == ["Who does what"]


def test_feedback_is_stored_with_its_reply_and_can_be_withdrawn(stored):
    kept = stored.add(turn("Chores"))
    stored.rate(kept.turn_id, Feedback(True))
    stored.rate(kept.turn_id, Feedback(False, "It did not answer"))
    assert stored.get(kept.conversation_id).turns[0].feedback == Feedback(
        False, "It did not answer"
    )
    stored.rate(kept.turn_id, None)
    assert stored.get(kept.conversation_id).turns[0].feedback is None


def test_a_turn_that_is_asked_anew_is_taken_back(stored):
    kept = stored.add(turn("One"))
    second = stored.add(turn("Two"), kept.conversation_id)
    stored.rate(second.turn_id, Feedback(True))
    stored.take_back(second.turn_id)
    stored.add(turn("Three"), kept.conversation_id)
    questions = [one.turn.question for one in stored.get(kept.conversation_id).turns]
    assert questions == ["One", "Three"]


def test_nobody_reaches_the_conversations_of_another(stored):
    mine = stored.of("ada@example.org")
    kept = mine.add(turn("My secret"))
    other = stored.of("ben@example.org")
    assert other.list() == other.list("secret") == ()
    for reach in (
        lambda: other.get(kept.conversation_id),
        lambda: other.rename(kept.conversation_id, "x"),
        lambda: other.delete(kept.conversation_id),
        lambda: other.add(turn("y"), kept.conversation_id),
        lambda: other.rate(kept.turn_id, Feedback(True)),
    ):
        with pytest.raises(ConversationNotFoundError):
            reach()
    other.take_back(kept.turn_id)
    assert other.delete_everything() == 0
    assert mine.get(kept.conversation_id).turns[0].turn.question == "My secret"
    assert len(kept.conversation_id) >= 20


def test_deleting_one_leaves_the_others(stored):
    kept, other = stored.add(turn("One")), stored.add(turn("Two"))
    stored.rate(kept.turn_id, Feedback(True))
    stored.delete(kept.conversation_id)
    assert [one.id for one in stored.list()] == [other.conversation_id]
    with pytest.raises(ConversationNotFoundError):
        stored.get(kept.conversation_id)
    with pytest.raises(ConversationNotFoundError):
        stored.add(turn("late"), kept.conversation_id)


def test_deleting_everything_leaves_nothing_of_this_person(stored):
    stored.add(turn("One"))
    stored.of("ada@example.org").add(turn("Hers"))
    assert stored.delete_everything() == 1
    assert stored.list() == ()
    assert len(stored.of("ada@example.org").list()) == 1
    assert stored.of(None).delete_everything() == 1


@pytest.mark.parametrize("how", ["one", "everything"])
def test_what_is_deleted_is_gone_from_the_files(file, coach, how):
    stored = open_conversations(file)
    kept = stored.add(turn(f"What about {SECRET}?", coach))
    for n in range(30):
        stored.add(turn(f"{n} {SECRET} " + "long words " * 700), kept.conversation_id)
    stored.rename(kept.conversation_id, SECRET)
    stored.rate(kept.turn_id, Feedback(False, SECRET))
    reader = open_conversations(file)
    reader.get(kept.conversation_id)  # a second program that has the file open
    assert SECRET.encode() in everything_under(file.parent)
    stored.delete(kept.conversation_id) if how == "one" else stored.delete_everything()
    assert SECRET.encode() not in everything_under(file.parent)
    assert "long words" not in everything_under(file.parent).decode("latin-1")
    assert reader.list() == ()


@pytest.mark.parametrize("how", ["taken back", "rated anew", "renamed"])
def test_words_that_others_took_the_place_of_are_gone_from_the_files(file, how):
    stored = open_conversations(file)
    kept = stored.add(turn("One"))
    if how == "taken back":
        second = stored.add(turn(f"What about {SECRET}?"), kept.conversation_id)
    elif how == "rated anew":
        stored.rate(kept.turn_id, Feedback(False, SECRET))
    else:
        stored.rename(kept.conversation_id, SECRET)
    assert SECRET.encode() in everything_under(file.parent)
    if how == "taken back":
        stored.take_back(second.turn_id)
    elif how == "rated anew":
        stored.rate(kept.turn_id, Feedback(False, "too short"))
    else:
        stored.rename(kept.conversation_id, "Another title")
    assert SECRET.encode() not in everything_under(file.parent)


def test_search_in_titles_knows_letters_that_english_lacks(stored):
    kept = stored.add(turn("One"))
    stored.rename(kept.conversation_id, "Über Ärger")
    assert len(stored.list("über")) == len(stored.list("ÄRGER")) == 1


def test_a_conversation_whose_messages_were_all_taken_back_is_not_counted(stored):
    stored.take_back(stored.add(turn("One")).turn_id)
    stored.add(turn("Two"))
    assert stored.count() == len(stored.list()) == stored.delete_everything() == 1


def test_traces_that_another_reader_holds_back_are_reported(file, monkeypatch):
    monkeypatch.setattr("coachbot.conversations.database._PATIENCE", 0.2)
    stored = open_conversations(file)
    kept = stored.add(turn(SECRET))
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM turns").fetchall()
    with pytest.raises(StorageError, match="traces"):
        stored.delete(kept.conversation_id)
    assert stored.list() == ()
    reader.execute("COMMIT")
    stored.delete_everything()
    assert SECRET.encode() not in everything_under(file.parent)


def test_only_its_owner_may_read_the_file(file):
    open_conversations(file).add(turn("x"))
    assert file.stat().st_mode & 0o077 == 0


def test_many_writers_at_once_lose_nothing(address):
    shared = open_conversations(address).add(turn("begin")).conversation_id
    failures: list[Exception] = []

    def write(name: int) -> None:
        own = open_conversations(address)
        try:
            for n in range(10):
                own.add(turn(f"{name}-{n}"), shared)
                own.add(turn(f"alone {name}-{n}"))
        except CoachbotError as error:
            failures.append(error)
        finally:
            own.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures
    conversations = open_conversations(address)
    questions = [one.turn.question for one in conversations.get(shared).turns]
    assert sorted(questions) == sorted(
        ["begin", *(f"{name}-{n}" for name in range(4) for n in range(10))]
    )
    for name in range(4):  # each writer's own turns stand in the order they were written in
        mine = [q for q in questions if q.startswith(f"{name}-")]
        assert mine == [f"{name}-{n}" for n in range(10)]
    assert len(conversations.list()) == 41


WRITER = """
import sys
from coachbot import Turn
from coachbot.conversations import open_conversations
from pathlib import Path
stored = open_conversations(Path(sys.argv[1]))
kept = stored.add(Turn("begin"))
print(kept.conversation_id, flush=True)
for n in range(100_000):
    stored.add(Turn(f"{n} " + "words " * 2_000), kept.conversation_id)
    print(n, flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_a_readable_file(file):
    seed = random.Random(7)
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout
            id = writer.stdout.readline().strip()
            time.sleep(seed.uniform(0.0, 0.25))
            writer.kill()
            acknowledged = [int(line) for line in writer.stdout.read().split()]
        stored = open_conversations(file)
        questions = [one.turn.question.split()[0] for one in stored.get(id).turns]
        assert questions[: len(acknowledged) + 1] == ["begin", *map(str, acknowledged)]
        stored.close()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_a_cut_off_file_is_named_and_left_as_it_is(file, share):
    stored = open_conversations(file)
    for n in range(20):
        stored.add(turn(f"{n} " + "words " * 500))
    stored.close()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)] + (b"" if share else b"not a database"))
    before = file.read_bytes()
    with pytest.raises(ConversationsError, match="cannot be read") as caught:
        open_conversations(file)
    assert str(file) in caught.value.hint
    assert file.read_bytes() == before


def test_a_damaged_turn_is_named(file):
    stored = open_conversations(file)
    kept = stored.add(turn("x"))
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE turns SET turn = substr(turn, 1, 9)")
    raw.close()
    with pytest.raises(ConversationsError, match="damaged"):
        stored.get(kept.conversation_id)
    assert len(stored.list()) == 1


def test_a_newer_schema_is_refused_and_left_alone(file):
    open_conversations(file).close()
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE coachbot_schema SET version = 99")
    raw.close()
    with pytest.raises(ConversationsError, match="newer"):
        open_conversations(file)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be stored"):
        open_conversations(tmp_path / "file" / "conversations.sqlite")


def test_a_full_disk_loses_nothing(file):
    stored = open_conversations(file)
    kept = stored.add(turn("before"))
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({600_000},) * 2)\n"
    limit += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    result = subprocess.run(
        [sys.executable, "-c", limit + WRITER, str(file)], capture_output=True, text=True
    )
    assert "StorageError" in result.stderr
    written_turns = result.stdout.split()[1:]
    stored = open_conversations(file)
    assert stored.get(kept.conversation_id).turns[0].turn.question == "before"
    assert (
        stored.get(result.stdout.split()[0]).turns[-1].turn.question.startswith(written_turns[-1])
    )


def test_a_server_that_is_not_there_and_bad_addresses_are_named():
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(ConversationsError, match="cannot be reached") as caught:
        open_conversations("postgresql://ada:hush@127.0.0.1:1/none")
    assert "hush" not in caught.value.message
    with pytest.raises(SettingsError):
        open_conversations("no address")
    with pytest.raises(SettingsError):
        open_conversations("oracle9://x/y")


@given(st.text(), st.text())
def test_any_text_can_be_written_down(question, release):
    one = Turn(question, None, "", release)
    assert read(written(one)) == one


def test_null_characters_and_halves_of_emoji_are_stored(stored):
    kept = stored.add(turn("a\0b"))
    assert stored.get(kept.conversation_id).turns[0].turn.question == "a\0b"
    assert stored.list("ab")


def test_markdown_export_has_sources_and_no_live_markup(stored, coach):
    kept = stored.add(turn("<script>x</script> # *How* does good listening start?", coach))
    stored.rate(kept.turn_id, Feedback(False, "[a](http://b)"))
    text = to_markdown([stored.get(kept.conversation_id)])
    assert "Good listening starts with putting the phone away. [1]" in text
    assert "- [1] Listening so that it lands (Example 2024)" in text
    assert "\\<script>" in text
    assert "\\[a\\](http://b)" in text


def test_json_export_has_the_shared_form_of_answers(stored, coach):
    kept = stored.add(turn("How does good listening start?", coach))
    stored.rate(kept.turn_id, Feedback(True))
    exported = json.loads(to_json([stored.get(kept.conversation_id)]))
    (one,) = exported["conversations"]
    claims = one["turns"][0]["answer"]["claims"]
    citation = next(c for claim in claims for c in claim["citations"])
    text = coach.document(citation["document_id"]).text
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert one["turns"][0]["feedback"] == {"useful": True, "reason": ""}


def run(*words: str, says: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["conversations", *words], input=says)
    if result.exception and isinstance(result.exception, CoachbotError):
        return 1, result.exception.message
    return result.exit_code, result.output


def test_commands_list_export_rename_and_delete(tmp_path, coach):
    data = ["--data", str(tmp_path / "data")]
    assert "Nothing is stored" in run("list", *data)[1]
    assert not (tmp_path / "data" / "conversations.sqlite").exists()
    stored = open_conversations(tmp_path / "data" / "conversations.sqlite")
    kept = stored.add(turn("How does good listening start?", coach))
    assert "How does good listening start?" in run("list", *data)[1]
    assert json.loads(run("list", "--json", *data)[1])[0]["id"] == kept.conversation_id
    assert run("rename", kept.conversation_id, "Better", *data)[0] == 0
    target = tmp_path / "talk.md"
    run("export", kept.conversation_id, "-o", str(target), *data)
    assert target.read_text(encoding="utf-8").startswith("# Better")
    assert "conversations" in json.loads(run("export", "--format", "json", *data)[1])
    assert run("delete", "--all", *data, says="no\n")[0] == 1
    assert len(stored.list()) == 1
    assert run("delete", "--all", *data, says="yes\n")[0] == 0
    assert stored.list() == ()


def test_export_leaves_out_what_is_damaged_and_names_it(tmp_path):
    data = tmp_path / "data"
    stored = open_conversations(data / "conversations.sqlite")
    damaged, whole = stored.add(turn("Damaged")), stored.add(turn("Whole"))
    with sqlite3.connect(data / "conversations.sqlite") as raw:
        raw.execute("UPDATE turns SET turn = '{' WHERE id = ?", (damaged.turn_id,))
    raw.close()
    target = tmp_path / "talks.json"
    code, output = run("export", "--format", "json", "-o", str(target), "--data", str(data))
    assert code == 1
    assert f"Left out: {damaged.conversation_id}" in output
    exported = target.read_text(encoding="utf-8")
    assert "Whole" in exported
    assert damaged.conversation_id not in exported
    assert whole.conversation_id not in output


def test_delete_all_also_erases_a_file_that_cannot_be_read(tmp_path):
    file = tmp_path / "data" / "conversations.sqlite"
    file.parent.mkdir()
    file.write_bytes(SECRET.encode() * 50)
    status, told = run("list", "--data", str(file.parent))
    assert status == 1
    assert "cannot be read" in told
    assert run("delete", "--all", "--yes", "--data", str(file.parent))[0] == 0
    assert not file.exists()


def test_doctor_names_a_file_that_cannot_be_read_and_counts_one_that_can(tmp_path):
    def found() -> Finding:
        return next(f for f in diagnose(data=tmp_path / "d") if f.what == "conversations")

    assert "nothing is stored yet" in found().found
    open_conversations(tmp_path / "d" / "conversations.sqlite").add(turn("x"))
    assert "; 1 in " in found().found
    (tmp_path / "d" / "conversations.sqlite").write_bytes(b"not a database" * 99)
    for log in (tmp_path / "d").glob("conversations.sqlite-*"):
        log.unlink()
    assert not found().fine


def test_erasing_covers_the_log(tmp_path):
    names = ("x.sqlite", "x.sqlite-wal", "x.sqlite-shm")
    for name in names:
        (tmp_path / name).write_bytes(b"words")
    erase_file(tmp_path / "x.sqlite")
    assert not any((tmp_path / name).exists() for name in names)


def test_markdown_export_keeps_lines_that_look_like_lists_and_headings(stored):
    kept = stored.add(Turn("1. He left\nOne\n===\n&lt;b&gt;"))
    text = to_markdown([stored.get(kept.conversation_id)])
    shown = MarkdownIt().render(text)
    assert "<p>1. He left\nOne\n===\n&amp;lt;b&amp;gt;</p>" in shown


def test_a_deletion_that_left_traces_can_be_repeated(file, coach, monkeypatch):
    stored = open_conversations(file)
    kept = stored.add(turn(f"What about {SECRET}?", coach))
    database = type(stored._database)
    with monkeypatch.context() as failing:
        failing.setattr(database, "scrub", _cannot_scrub)
        with pytest.raises(StorageError):
            stored.delete(kept.conversation_id)
    with pytest.raises(ConversationNotFoundError):
        stored.delete(kept.conversation_id)
    assert SECRET.encode() not in everything_under(file.parent)


def _cannot_scrub(self) -> None:
    raise StorageError("Traces could not be overwritten.", "Delete again.")


def test_words_that_were_taken_back_do_not_stay_as_the_title(stored):
    first = stored.add(Turn("Anna slept with Tom"))
    stored.take_back(first.turn_id)
    stored.add(Turn("How do I rebuild trust?"), first.conversation_id)
    assert [one.title for one in stored.list()] == ["How do I rebuild trust?"]
    stored.rename(first.conversation_id, "Ours")
    (again,) = stored.get(first.conversation_id).turns
    stored.take_back(again.id)
    stored.add(Turn("What is trust?"), first.conversation_id)
    assert [one.title for one in stored.list()] == ["Ours"]
