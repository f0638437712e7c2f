"""What the server sends before any script has run."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient
from streamlit import file_util

from coachbot.pages.shell import PLACES, opening_page, page_server
from coachbot.prompts import say

EMPTY = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")


def test_the_page_says_that_it_opens_where_the_script_will_write():
    page = opening_page(EMPTY)
    assert f"<title>{say('page', 'tab')}</title>" in page
    words = page.partition('<div id="root">')[2].partition("</main></div>")[0]
    assert say("page", "opening") in words
    # What Streamlit's own page loads is all there still.
    for line in EMPTY.splitlines():
        if "<script" in line or "<link" in line:
            assert line in page


def test_who_has_no_script_is_told_what_to_do_and_no_more():
    words = opening_page(EMPTY).partition("<noscript>")[2].partition("</noscript>")[0]
    assert words == f"<p>{say('page', 'needs-script')}</p>"


def test_a_page_of_another_make_is_sent_as_it_is():
    for other in ("", "<html><body>New</body></html>", EMPTY.replace('id="root"', 'id="app"')):
        assert opening_page(other) == other


def test_every_place_has_it_and_what_is_no_place_is_as_before():
    client = TestClient(page_server({"server.headless": True}))
    for place in ("", *PLACES):
        answer = client.get(f"/{place}")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-cache"
        assert say("page", "opening") in answer.text
    assert client.get("/favicon.png").headers["content-type"] == "image/png"
