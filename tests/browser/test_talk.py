"""The page in a real browser, served the way a user starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = pytest.mark.browser

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TEXT = """---
title: Moods that jump
kind: practice
authors: [Ada Example]
year: 2024
topics: [moods]
---

Moods jump from one person to the next within minutes. A bad mood at home often started at work.

<script>document.title = 'owned'</script>

Ask what happened before you answer a bad mood with one of your own.
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a tiny corpus, started with ``coachbot serve``."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "moods.md").write_text(TEXT, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "coachbot", "serve", "--no-browser", "--port", str(port)]
    command += ["--corpus", str(folder / "corpus"), "--data", str(folder / "data")]
    log = (folder / "log").open("w")
    server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=dict(os.environ))
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/_stcore/health", server, folder / "log")
        yield url
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(180):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"the page did not start: {log.read_text()}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    found = context.new_page()
    found.set_default_timeout(60_000)
    enter(found, address)
    yield found
    context.close()


def enter(page: Page, address: str) -> None:
    """Open the page and say that one is an adult."""
    page.goto(address)
    page.click("button:has-text('18 or older')", timeout=60_000)
    page.wait_for_selector("button:has-text('Why do I cry')", timeout=60_000)


def ask(page: Page, question: str, answers: int = 1) -> None:
    page.fill("textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(f":nth-match(.reply, {answers})", timeout=60_000)
    page.wait_for_selector("button:has-text('New conversation')")


def test_a_fresh_home_is_asked_for_nothing(tmp_path):
    """With a browser to open and no Streamlit profile, the page starts without a prompt."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "moods.md").write_text(TEXT, encoding="utf-8")
    command = [sys.executable, "-m", "coachbot", "serve", "--port", str(port)]
    command += ["--corpus", str(tmp_path / "moods.md"), "--data", str(tmp_path / "data")]
    fresh = os.environ | {"HOME": str(tmp_path), "BROWSER": "true"}
    log = tmp_path / "log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=tmp_path, env=fresh
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", server, log)
        finally:
            server.terminate()
            server.wait(20)
            if server.stdin:
                server.stdin.close()
    assert "email" not in log.read_text().lower()


def test_it_says_what_it_is_and_offers_questions(page):
    text = page.inner_text(".stMain")
    assert "not a therapist" in text
    assert "Nothing you write is kept." in text
    assert page.locator(".stButton button").count() >= 3
    assert page.title() == "Notes"


def test_an_answer_has_numbered_links_to_highlighted_sources(page):
    ask(page, "Why do moods jump from one person to the next?")
    mark = page.locator(".reply a.mark").first
    assert mark.get_attribute("aria-label") == "source 1: Moods that jump"
    assert "Moods jump from one person to the next within minutes." in page.inner_text(".reply")
    quoted = page.locator(".reply mark").all_inner_texts()
    assert "Moods jump from one person to the next within minutes." in quoted
    target = (mark.get_attribute("href") or "").removeprefix("#")
    assert page.locator(f"[id='{target}']").count() == 1
    mark.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**#{target}")


def test_markup_in_a_text_stays_text(page):
    ask(page, "What about document title owned and a bad mood at home from work?")
    assert page.title() == "Notes"
    assert page.locator(".reply script").count() == 0


def test_the_talk_survives_reruns_and_begins_anew(page):
    ask(page, "Why do moods jump?")
    ask(page, "<b>What</b> about a bad mood at work?", answers=2)
    assert page.locator(".said, .reply").count() == 4
    assert "<b>What</b> about a bad mood at work?" in page.inner_text(".stMain")
    page.click("button:has-text('New conversation')")
    page.wait_for_selector("button:has-text('Why do I cry')")
    assert page.locator(".reply").count() == 0


def test_one_person_never_sees_the_talk_of_another(page, browser, address):
    ask(page, "Why do moods jump in my secret family?")
    context = browser.new_context()
    other = context.new_page()
    enter(other, address)
    assert "secret family" not in other.inner_text("body")
    context.close()


def test_no_advertisement_of_the_framework_is_shown(page):
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        " `<p data-testid='stSkillsNudge'>Install the official skills</p>`)"
    )
    assert not page.locator("[data-testid='stSkillsNudge']").last.is_visible()


def test_off_topic_says_so_without_sources(page):
    ask(page, "What is the capital of Mongolia?")
    assert "outside what I can help with" in page.inner_text(".reply")
    assert page.locator(".reply li").count() == 0


def test_nothing_is_fetched_from_elsewhere(browser, address):
    context = browser.new_context()
    seen: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: seen.append(request.url))
    enter(page, address)
    ask(page, "Why do moods jump?")
    context.close()
    inside = (address, address.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in seen if not url.startswith(inside)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_axe_finds_nothing_serious(browser, address, scheme):
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    enter(page, address)
    ask(page, "Why do moods jump from one person to the next?")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in serious]
    context.close()


def card(page: Page, message: str) -> None:
    page.fill("textarea", message)
    page.keyboard.press("Enter")
    page.wait_for_selector(".card", timeout=60_000)
    page.wait_for_selector("text=More on getting help")


def test_the_age_is_asked_once_and_the_young_get_their_lines(browser, address):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(address)
    page.click("button:has-text('younger')", timeout=60_000)
    page.wait_for_selector("a[href='tel:08001111']")
    assert page.locator("textarea").count() == 0
    context.close()


def test_a_crisis_card_has_numbers_to_tap_and_answers_as_buttons(browser, address):
    context = browser.new_context(locale="en-US", viewport={"width": 360, "height": 740})
    page = context.new_page()
    enter(page, address)
    card(page, "I want to die")
    assert page.locator(".card a[href='tel:988']").count() == 1
    assert page.locator(".card a[href='sms:741741?body=HOME']").count() == 1
    assert "Numbers for: United States" in page.inner_text(".card")
    page.click("button:has-text('Not sure')")
    page.wait_for_selector("text=You don't need a plan")
    page.click('button:has-text("That\'s not what I meant")')
    page.wait_for_selector("text=I misread you")
    context.close()


def test_violence_shows_one_line_and_folds_the_rest(browser, address):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    enter(page, address)
    card(page, "My husband hit me last night")
    assert "not your fault" not in page.inner_text(".card")
    assert page.locator("text=what was done to you is not your fault").is_hidden()
    page.click("text=Is it safe to read this now?")
    page.wait_for_selector("text=what was done to you is not your fault")
    assert page.locator("a[href='tel:08082000247']").count() >= 1
    context.close()


@pytest.mark.parametrize("way", ["button", "escape"])
def test_leaving_wipes_the_page_and_cannot_be_undone(browser, address, way):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    context.route("https://www.weather.com/**", lambda route: route.fulfill(body="weather"))
    enter(page, address)
    card(page, "My husband hit me in my secret kitchen")
    assert page.locator(".st-key-leave button").is_visible()
    assert page.locator(".st-key-help button").is_visible()
    if way == "button":
        page.click(".st-key-leave button")
    else:
        for _ in range(3):
            page.keyboard.press("Escape")
    page.wait_for_url("https://www.weather.com/**", timeout=10_000)
    page.go_back()
    page.wait_for_timeout(3_000)
    assert "secret kitchen" not in page.inner_text("body")
    page.goto(address)
    page.wait_for_selector("button:has-text('18 or older')", timeout=60_000)
    assert "secret kitchen" not in page.inner_text("body")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_card(browser, address, scheme):
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    enter(page, address)
    card(page, "I want to kill myself")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = Axe().run(page).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in serious]
    context.close()
