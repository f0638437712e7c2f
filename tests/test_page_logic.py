"""What the pages decide, without a browser: what a tab holds, who may choose, ways to go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from coachbot import Turn
from coachbot.pages.reply import partial_html, reply_html
from coachbot.pages.session import Opening
from coachbot.pages.suggestions import suggestions
from coachbot.pages.visit import Held
from coachbot.reading.passages import reflections
from coachbot.settings import load_settings

PAGE = str(Path(__file__).parent.parent / "streamlit_app.py")


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, corpus: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("COACHBOT_CORPUS", str(corpus))
    monkeypatch.setenv("COACHBOT_DATA", str(tmp_path / "data"))


def opened(**state: object) -> AppTest:
    """The whole page as it shows for a tab that has said who it is."""
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.session_state["tab"] = "t"
    for name, value in state.items():
        page.session_state[name] = value
    page.run()
    assert not page.exception, page.exception
    return page


def test_a_tab_gets_back_what_it_put_and_no_other_does():
    held = Held()
    stamp, state = held.arrive("a")
    assert state == {}
    held.put("a", stamp, {"turns": [1]})
    assert held.arrive("b")[1] == {}
    assert held.arrive("a")[1] == {"turns": [1]}


def test_a_session_that_was_left_behind_brings_nothing_back():
    held = Held()
    old, _ = held.arrive("a")
    held.put("a", old, {"turns": ["before the reload"]})
    held.arrive("a")
    held.wipe("a")
    held.put("a", old, {"turns": ["secret"]})
    assert held.arrive("a")[1] == {}
    new, _ = held.arrive("b")
    held.arrive("b")
    held.put("b", new, {"turns": ["late"]})
    assert held.arrive("b")[1] == {}


def test_what_was_idle_for_three_hours_is_let_go():
    now = [0.0]
    held = Held(lambda: now[0])
    held.put("old", held.arrive("old")[0], {"turns": [1]})
    now[0] = 2.5 * 3600
    held.put("young", held.arrive("young")[0], {"turns": [2]})
    now[0] = 3.1 * 3600
    held.sweep()
    assert held.arrive("old")[1] == {}
    assert held.arrive("young")[1] == {"turns": [2]}


def test_the_coach_opens_in_the_background_and_an_error_is_raised_where_it_is_asked_for(
    corpus, tmp_path
):
    opening = Opening(load_settings(corpus=corpus, data=tmp_path / "data"))
    assert opening.coach().documents()
    assert opening.ready
    assert not opening.failed
    gone = Opening(load_settings(corpus=tmp_path / "nowhere", data=tmp_path / "data"))
    with pytest.raises(Exception, match="nowhere"):
        gone.coach()
    assert gone.failed


def test_the_age_is_asked_before_all_else(served):
    page = opened()
    assert not page.chat_input
    next(b for b in page.button if "18 or older" in b.label).click()
    page.run()
    assert page.chat_input


def test_where_there_is_no_library_danger_is_met_and_nothing_else(served, monkeypatch, tmp_path):
    monkeypatch.setenv("COACHBOT_CORPUS", str(tmp_path / "nowhere"))
    page = opened(adult=True)
    page.chat_input[0].set_value("Why do moods jump?").run()
    assert any("nowhere" in error.value for error in page.error)
    page.chat_input[0].set_value("I want to kill myself").run()
    assert page.session_state["turns"][-1].answer.screening.level == "crisis"


def test_a_clinic_may_do_without_the_talk(served, monkeypatch):
    monkeypatch.setenv("COACHBOT_HANDOUTS_ONLY", "true")
    page = opened(adult=True)
    assert not page.chat_input
    assert [title.value for title in page.title] == ["Handouts"]


def test_editing_never_clears_what_called_for_help(served):
    page = opened(adult=True)
    page.chat_input[0].set_value("I want to kill myself").run()
    assert not [b for b in page.button if b.label == "Edit my message"]
    page.chat_input[0].set_value("How do I listen well?").run()
    assert page.session_state["turns"][1].answer.outcome == "safety"


def test_a_remote_model_is_asked_about_and_not_used_until_it_is_agreed_to(served, monkeypatch):
    monkeypatch.setenv("COACHBOT_MODEL", "openai:m")
    monkeypatch.setenv("COACHBOT_MODEL_URL", "https://model.example/v1")
    page = opened(adult=True)
    told = " ".join(markdown.value for markdown in page.markdown)
    assert "model.example" in told
    page.chat_input[0].set_value("How do I listen to my partner?").run()
    assert page.session_state["turns"][0].answer.model is None


def test_ways_to_go_on_come_from_the_texts(coach):
    answer = coach.ask("How do I listen to my partner with active listening?")
    documents = {document.id: document for document in coach.documents()}
    found = suggestions(answer, documents)
    assert found.ask[0] == "Tell me more"
    id, start, end = found.reflect
    assert documents[id].text[start:end] == "When did somebody last listen to you well?"
    assert [documents[id].text[a:b] for a, b in reflections(documents[id])] == [
        "When did somebody last listen to you well?"
    ]


def test_no_ways_to_go_on_where_the_talk_is_about_danger(coach):
    documents = {document.id: document for document in coach.documents()}
    answer = coach.ask("My husband hit me, how do I listen better?")
    assert suggestions(answer, documents).ask == ()


def test_a_stopped_reply_shows_its_quotes_without_passages(coach):
    answer = replace(coach.ask("What is a good repair?"), hits=())
    html = reply_html(answer, "answer-1", newest=True)
    assert all(f"<mark>{citation.quote}</mark>" in html for citation in answer.citations)
    assert "class='mark'" in partial_html(answer.claims, "answer-1")
    assert Turn("x").answer is None
