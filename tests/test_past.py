"""What the page does with stored conversations, run without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from coachbot import Turn
from coachbot.conversations import Conversations, Feedback, open_conversations
from coachbot.safety import Gate
from coachbot.settings import load_settings


def script() -> None:
    """A page with a talk, whose state the tests set."""
    import streamlit as st

    from coachbot.pages import past

    past.sidebar()
    past.remember()
    for number in range(len(st.session_state.get("turns", []))):
        past.feedback(number)
    st.markdown(past.kept_line())


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def file() -> Path:
    place = load_settings().conversations
    assert isinstance(place, Path)
    return place


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHBOT_KEEP_CONVERSATIONS", "true")


def run(*questions: str) -> AppTest:
    page = AppTest.from_function(script, default_timeout=30)
    page.session_state["turns"] = [Turn(question) for question in questions]
    page.run()
    assert not page.exception
    return page


def stored_questions(file: Path) -> list[list[str]]:
    stored = open_conversations(file)
    found = [[one.turn.question for one in stored.get(s.id).turns] for s in stored.list()]
    stored.close()
    return found


def test_while_storing_is_off_no_file_is_made(file):
    page = run("One")
    assert "What you write is not stored" in page.markdown[-1].value
    assert not page.button
    assert not file.exists()


def test_turns_are_stored_once_and_follow_the_talk(keeping, file):
    page = run("One", "Two")
    page.run()
    assert stored_questions(file) == [["One", "Two"]]
    page.session_state["turns"] = [Turn("One"), Turn("Two, said better")]
    page.run()
    assert stored_questions(file) == [["One", "Two, said better"]]
    page.session_state["turns"] = []
    page.session_state["kept_turns"] = []
    page.run()
    page.session_state["turns"] = [Turn("Another talk")]
    page.run()
    assert sorted(stored_questions(file)) == [["Another talk"], ["One", "Two, said better"]]


def test_feedback_is_stored_with_its_reply(keeping, file):
    page = run("One", "Two")
    buttons = [button for button in page.button if button.label == "Useful"]
    buttons[1].click().run()
    stored = open_conversations(file)
    (summary,) = stored.list()
    assert [one.feedback for one in stored.get(summary.id).turns] == [None, Feedback(True)]


def test_a_damaged_file_is_told_and_the_talk_goes_on(keeping, file):
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not a database" * 99)
    page = run("One")
    page.run()
    assert "cannot be read" in page.error[0].value
    assert file.read_bytes() == b"not a database" * 99


def button(page: AppTest, label: str) -> Button:
    (found,) = [button for button in page.button if button.label == label]
    return found


@pytest.fixture
def before(file: Path) -> Iterator[Conversations]:
    """Two messages of one conversation, stored while storing was on; now it is off."""
    stored = open_conversations(file)
    kept = stored.add(Turn("From before"))
    stored.add(Turn("And more"), kept.conversation_id)
    yield stored
    stored.close()


def test_what_was_stored_before_storing_was_turned_off_can_still_be_found_and_wiped(before, file):
    page = run("Now")
    assert any("still stored" in caption.value for caption in page.caption)
    assert [button.label for button in page.button] == ["From before", "All conversations"]
    page.text_input(key="past-search").set_value("nothing like it").run()
    assert [button.label for button in page.button] == []
    assert stored_questions(file) == [["From before", "And more"]]


def test_a_conversation_opened_while_storing_is_off_is_read_and_not_changed(before, file):
    page = run()
    button(page, "From before").click().run()
    read = list(page.session_state["turns"])
    assert [turn.question for turn in read] == ["From before", "And more"]
    for talk in ([*read, Turn("New words")], [read[0], Turn("Said in other words")]):
        page.session_state["turns"] = talk
        page.run()
        assert not page.exception
        assert stored_questions(file) == [["From before", "And more"]]


@pytest.mark.parametrize(("count", "told"), [(40, False), (41, True)])
def test_a_list_that_is_cut_says_how_to_find_the_older_ones(file, count, told):
    stored = open_conversations(file)
    for n in range(count):
        stored.add(Turn(f"Talk {n}"))
    stored.close()
    page = run()
    assert len([button for button in page.button if button.label.startswith("Talk")]) == 40
    assert any("Search finds the older" in caption.value for caption in page.caption) is told


def test_with_a_login_configured_nobody_unknown_keeps_or_reads_anything(keeping, file):
    stored = open_conversations(file)
    stored.add(Turn("From the time before logins"))
    page = AppTest.from_function(script, default_timeout=30)
    page.secrets["auth"] = {"client_id": "x"}
    page.session_state["turns"] = [Turn("One")]
    page.run()
    assert not page.exception
    assert not page.button
    assert stored_questions(file) == [["From the time before logins"]]


def test_what_was_told_while_storing_was_off_is_not_stored_later(file, monkeypatch):
    page = run("One", "Two")
    monkeypatch.setenv("COACHBOT_KEEP_CONVERSATIONS", "true")
    page.run()
    page.session_state["turns"] = [Turn("One"), Turn("Two"), Turn("Three")]
    page.run()
    assert not page.exception
    assert stored_questions(file) == [["Three"]]


def test_a_message_of_danger_and_what_follows_it_is_not_stored(keeping, file):
    gate = Gate.open("US")
    talk = ["How do I listen?", "I want to kill myself", "What else helps?"]
    page = run(*talk[:1])
    turns = [Turn(said, gate.meet(said).answer(said)) for said in talk]
    page.session_state["turns"] = turns
    page.run()
    page.run()
    assert not page.exception
    assert stored_questions(file) == [["How do I listen?"]]
    assert b"kill myself" not in b"".join(f.read_bytes() for f in file.parent.rglob("sqlite*"))
    page.session_state["turns"] = []
    page.session_state["kept_turns"] = []
    page.run()
    page.session_state["turns"] = [Turn("Another talk")]
    page.run()
    assert sorted(stored_questions(file)) == [["Another talk"], ["How do I listen?"]]
