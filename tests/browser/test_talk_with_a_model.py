"""The talk while a chat model is writing: stopped, reloaded, left, and held to its sources."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect
from served import BOX, DESKTOP, MOODS, SORRY, answered, ask, enter, met, served, settled, tab

pytestmark = pytest.mark.browser

WHY = "Why do moods jump from one person to the next?"
FIRST = "Moods jump from one person to the next within minutes [1]. "
HOSTILE = "<script>document.title = 'owned'</script> A bad mood at home often started at work [1]."
PAUSE = 2.5
"""Seconds between two sentences when a message says ``slowly``; four times that if ``very``."""


class Model(BaseHTTPRequestHandler):
    """A server that speaks OpenAI's protocol and always says the same."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = asked["messages"][-1]["content"]
        slowly = "slowly" in told
        words = [FIRST + "A bad ", "mood at home often started at work [1]. "]
        if "hostile" in told:
            words = [HOSTILE]
        self.send_response(200)
        if not asked.get("stream"):
            self._send_whole()
            return
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for number, sentence in enumerate(words):
            if slowly and number:
                time.sleep(PAUSE * (4 if "very slowly" in told else 1))
            self._send({"delta": {"role": "assistant", "content": sentence}, "index": 0})
        self._send({"delta": {}, "index": 0, "finish_reason": "stop"})
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, choice: dict[str, object]) -> None:
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m",
                 "choices": [choice]}  # fmt: skip
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def _send_whole(self) -> None:
        choice = {"index": 0, "message": {"role": "assistant", "content": "Yes."}}
        choice["finish_reason"] = "stop"
        whole = {"id": "x", "object": "chat.completion", "created": 0, "model": "m"}
        body = json.dumps(whole | {"choices": [choice]}).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    server.shutdown()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, model: str) -> Iterator[str]:
    """A page whose answers the model writes, one at a time."""
    folder = tmp_path_factory.mktemp("writing") / "served"
    texts = {"moods.md": MOODS, "sorry.md": SORRY}
    settings = {"COACHBOT_MODEL": "openai:m", "COACHBOT_MODEL_URL": model}
    settings["COACHBOT_MODEL_AT_ONCE"] = "1"
    with served(folder, texts, **settings) as url:
        yield url


def begin(page: Page, message: str) -> None:
    """Write a message and wait for the first sentence of its answer."""
    page.fill(BOX, message)
    page.keyboard.press("Enter")
    page.wait_for_selector(".reply:has-text('Moods jump from one person')")


def test_sentences_come_one_by_one_and_the_model_is_named(page):
    assert "Answers are written by openai:m on this computer." in page.inner_text(".stMain")
    begin(page, f"{WHY} Tell me slowly.")
    assert "A bad mood at home" not in page.inner_text(".reply")
    answered(page, 1)
    assert "A bad mood at home often started at work." in page.inner_text(".reply")
    assert "The words are a language model's" in page.inner_text(".reply details")


def test_stop_keeps_what_has_come(page):
    begin(page, f"{WHY} Tell me slowly.")
    page.click("button:has-text('Stop')")
    page.wait_for_selector("text=You stopped me here.")
    settled(page)
    page.wait_for_timeout(1000 * PAUSE + 500)
    text = page.inner_text(".reply")
    assert "Moods jump from one person to the next within minutes." in text
    assert "A bad mood at home" not in text.split("Sources")[0]
    assert page.locator("button:has-text('Stop')").count() == 0
    ask(page, WHY, answers=2)
    assert page.locator(".said").count() == 2


def test_a_reload_in_mid_stream_loses_nothing(page):
    begin(page, f"{WHY} Tell me slowly.")
    page.reload()
    answered(page, 1)
    assert page.locator(".said").count() == 1
    assert "A bad mood at home often started at work." in page.inner_text(".reply")


def test_another_message_in_mid_stream_loses_neither(page):
    begin(page, f"{WHY} Tell me slowly.")
    ask(page, WHY, answers=2)
    assert page.locator(".said").count() == 2
    assert "You stopped me here." in page.inner_text(".st-key-answer-1")


def test_who_waits_is_told_their_place_and_then_answered(
    page: Page, browser: Browser, address: str
):
    with tab(browser, viewport=DESKTOP) as other:
        enter(other, address)
        begin(page, f"{WHY} Tell me very slowly.")
        other.fill(BOX, WHY)
        other.keyboard.press("Enter")
        other.wait_for_selector("text=You are next.")
        answered(other, 1)
        assert "Moods jump from one person" in other.inner_text(".reply")
        assert other.locator("text=You are next.").count() == 0
    answered(page, 1)


def test_opening_another_talk_in_mid_stream_keeps_what_has_come(browser, model, tmp_path):
    settings = {"COACHBOT_MODEL": "openai:m", "COACHBOT_MODEL_URL": model}
    settings["COACHBOT_KEEP_CONVERSATIONS"] = "true"
    with (
        served(tmp_path / "kept", {"moods.md": MOODS}, **settings) as url,
        tab(browser, viewport=DESKTOP) as page,
    ):
        enter(page, url)
        ask(page, WHY)
        page.click("button:has-text('New conversation')")
        expect(page.locator(".reply")).to_have_count(0)
        begin(page, "Why do moods jump so much? Tell me very slowly.")
        page.click(f".st-key-past button:visible:has-text('{WHY}')")
        expect(page.locator(".said")).to_contain_text(WHY)
        page.click(".st-key-past button:visible:has-text('so much')")
        page.wait_for_selector(".reply:has-text('You stopped me here.')")
        assert "Moods jump from one person" in page.inner_text(".reply")


def test_danger_is_met_in_mid_stream(page):
    begin(page, f"{WHY} Tell me slowly.")
    met(page, "I want to kill myself")
    assert page.locator(".card a[href^='tel:']").count() >= 1


def test_leaving_in_mid_stream_is_at_once(page, address):
    page.context.route("https://www.weather.com/**", lambda route: route.fulfill(body="weather"))
    begin(page, f"{WHY} Tell me slowly.")
    started = time.monotonic()
    page.click(".st-key-leave button")
    page.wait_for_url("https://www.weather.com/**")
    assert time.monotonic() - started < 3
    page.goto(address)
    page.wait_for_selector("button:has-text('18 or older')")


def test_markup_in_a_models_words_stays_text(page):
    ask(page, f"{WHY} Be hostile.")
    assert page.title() == "Notes"
    assert page.locator(".reply script").count() == 0


def test_the_model_is_tried_and_can_be_done_without(page):
    page.click(".st-key-places a:has-text('Settings')")
    page.click("button:has-text('Try the model')")
    page.wait_for_selector("text=openai:m answers.")
    page.click("label:has-text('Sentences of the library'), label:has-text('Quoted')")
    settled(page)
    page.click(".st-key-places a:has-text('Talk')")
    ask(page, WHY)
    expect(page.locator(".reply details").first).to_contain_text("copied word for word")
