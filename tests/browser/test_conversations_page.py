"""Stored conversations in a real browser: kept, found, renamed, taken away, wiped."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect
from served import DESKTOP, MOODS, PHONE, ask, enter, look_over, served, settled, tab

from coachbot.conversations import Conversations, Feedback, open_conversations

pytestmark = pytest.mark.browser

SECRET = "green suitcase"
EDITED = "textarea[aria-label='Your message']"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "served"


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder, {"moods.md": MOODS}, COACHBOT_KEEP_CONVERSATIONS="true") as url:
        yield url


@pytest.fixture
def stored(folder: Path, address: str) -> Iterator[Conversations]:
    """What is on disk; each test begins with nothing."""
    found = open_conversations(folder / "data" / "conversations.sqlite")
    found.delete_everything()
    yield found
    found.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with tab(browser, viewport=DESKTOP) as found:
        enter(found, address)
        yield found


def begin_anew(page: Page) -> None:
    page.click("button:has-text('New conversation')")
    expect(page.locator(".reply")).to_have_count(0)


def listed(page: Page, title: str) -> str:
    return f".st-key-past button:visible:has-text('{title}')"


def test_a_conversation_is_kept_found_opened_and_renamed(page, stored):
    ask(page, "Why do moods jump?")
    page.wait_for_selector(listed(page, "Why do moods jump?"))
    begin_anew(page)
    ask(page, f"What about a bad mood at work and my {SECRET}?")
    page.wait_for_selector(listed(page, SECRET))
    assert [one.turns for one in stored.list()] == [1, 1]
    page.fill("[aria-label='Search conversations']", "suitcase")
    page.keyboard.press("Enter")
    expect(page.locator(listed(page, "Why do moods jump?"))).to_have_count(0)
    page.fill("[aria-label='Search conversations']", "")
    page.keyboard.press("Enter")
    page.click(listed(page, "Why do moods jump?"))
    page.wait_for_selector(".said:has-text('Why do moods jump?')")
    assert SECRET not in page.inner_text(".stMain")
    assert page.locator(".reply a.mark").count() >= 1
    ask(page, "And how do I answer a bad mood?", answers=2)
    assert sorted(one.turns for one in stored.list()) == [1, 2]
    page.click("button:has-text('Rename, save, delete')")
    page.fill("[role=dialog] input", "About *moods* <b>")
    page.click("[role=dialog] button:has-text('Rename')")
    page.wait_for_selector(listed(page, "About *moods* <b>"))
    assert stored.list()[0].title == "About *moods* <b>"


def test_files_to_take_away_hold_the_talk_with_its_sources(page, stored):
    ask(page, "Why do moods jump?")
    page.click("button:has-text('Rename, save, delete')")
    with page.expect_download() as text:
        page.click("[role=dialog] button:has-text('Save as text')")
    markdown = text.value.path().read_text(encoding="utf-8")
    assert "Moods jump from one person to the next within minutes. [1]" in markdown
    assert "- [1] Moods that jump (Example 2024)" in markdown
    with page.expect_download() as data:
        page.click("[role=dialog] button:has-text('Save as JSON')")
    (one,) = json.loads(data.value.path().read_text(encoding="utf-8"))["conversations"]
    assert one["turns"][0]["answer"]["schema"] == 1


def test_deleting_one_asks_first_and_leaves_the_others(page, stored, folder):
    ask(page, f"Why do moods jump from my {SECRET}?")
    begin_anew(page)
    ask(page, "How do I answer a bad mood?")
    page.click(listed(page, SECRET))
    page.wait_for_selector(f".said:has-text('{SECRET}')")
    settled(page)
    page.click("button:has-text('Rename, save, delete')")
    page.wait_for_selector("[role=dialog] :text('cannot be undone')")
    assert len(stored.list()) == 2
    page.click("[role=dialog] button:has-text('Delete this conversation')")
    page.wait_for_selector("text=Deleted for good")
    expect(page.locator("body")).not_to_contain_text(SECRET)
    assert [one.title for one in stored.list()] == ["How do I answer a bad mood?"]
    assert SECRET.encode() not in _everything_under(folder / "data")


def test_deleting_everything_leaves_no_trace(page, stored, folder):
    for n in range(2):
        ask(page, f"{n}: why do moods jump from my {SECRET}?")
        begin_anew(page)
    assert SECRET.encode() in _everything_under(folder / "data")
    page.click("button:has-text('All conversations')")
    assert page.locator("[role=dialog] button:has-text('Delete everything')").is_disabled()
    page.click("[role=dialog] label:has-text('Yes, I mean all of them')")
    page.click("[role=dialog] button:has-text('Delete everything'):not([disabled])")
    page.wait_for_selector("text=Deleted for good: 2 conversations")
    assert stored.list() == ()
    assert SECRET.encode() not in _everything_under(folder / "data")
    expect(page.locator("body")).not_to_contain_text(SECRET)


def test_feedback_and_its_reason_are_stored(page, stored):
    ask(page, "Why do moods jump?")
    page.click("button:has-text('Not useful')")
    page.fill("[aria-label^='Why?']", "It was too short")
    page.keyboard.press("Enter")
    (talk,) = stored.list()
    wanted = Feedback(False, "It was too short")
    give_up = time.monotonic() + 20
    while stored.get(talk.id).turns[0].feedback != wanted and time.monotonic() < give_up:
        time.sleep(0.1)
    assert stored.get(talk.id).turns[0].feedback == wanted


def test_a_reload_goes_on_with_the_same_conversation(page, stored):
    ask(page, "Why do moods jump?")
    page.reload()
    page.wait_for_selector(".reply")
    ask(page, "How do I answer a bad mood?", answers=2)
    assert [one.turns for one in stored.list()] == [2]


def test_markup_in_a_message_is_only_a_title(page, stored):
    ask(page, "<script>document.title=1</script> [moods](http://b.example)")
    page.wait_for_selector(listed(page, "</script> [moods](http://b.example)"))
    assert page.title() == "Notes"
    assert page.locator("a[href*='b.example']").count() == 0


def test_what_another_window_deleted_stays_gone_and_the_talk_goes_on(page, stored):
    ask(page, f"Why do moods jump from my {SECRET}?")
    stored.delete_everything()
    ask(page, "How do I answer a bad mood?", answers=2)
    page.wait_for_selector(listed(page, "How do I answer a bad mood?"))
    assert [one.turns for one in stored.list()] == [1]
    assert not stored.list(SECRET)


def test_a_damaged_conversation_can_still_be_deleted(page, stored, folder):
    ask(page, "Why do moods jump?")
    begin_anew(page)
    ask(page, "How do I answer a bad mood?")
    file = folder / "data" / "conversations.sqlite"
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE turns SET turn = '{' WHERE words LIKE '%why do moods%'")
    raw.close()
    page.click(listed(page, "Why do moods jump?"))
    page.wait_for_selector("text=A stored message is damaged")
    page.click("button:has-text('All conversations')")
    page.wait_for_selector("[role=dialog] button:has-text('Save as text')")
    page.wait_for_selector("[role=dialog] button:has-text('Delete everything')")
    page.click("[role=dialog] button[aria-label='Close']")
    page.locator("button:has-text('Rename, save, delete')").last.click()
    page.wait_for_selector("[role=dialog] :text('damaged')")
    page.click("[role=dialog] button:has-text('Delete this conversation')")
    page.wait_for_selector("text=Deleted for good")
    assert [one.title for one in stored.list()] == ["How do I answer a bad mood?"]


def test_an_edit_that_was_begun_does_not_move_to_another_talk(page, stored):
    ask(page, "Why do moods jump?")
    begin_anew(page)
    ask(page, "How do I answer a bad mood?")
    page.click("button:has-text('Edit my message')")
    page.wait_for_selector(EDITED)
    page.click(listed(page, "Why do moods jump?"))
    page.wait_for_selector(".said:has-text('Why do moods jump?')")
    settled(page)
    assert page.locator(EDITED).count() == 0


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_fits_and_axe_finds_nothing_serious_in_either_theme(browser, address, stored, size):
    with tab(browser, viewport=size) as page:
        enter(page, address)
        ask(page, "Why do moods jump?")
        if size is PHONE:
            page.click("[data-testid=stExpandSidebarButton]")
        page.wait_for_selector(listed(page, "Why do moods jump?"))
        look_over(page, "the list")
        page.click("button:has-text('Rename, save, delete')")
        page.wait_for_selector("[role=dialog] button:has-text('Delete this conversation')")
        look_over(page, "one of them")
        page.keyboard.press("Escape")
        page.click("button:has-text('All conversations')")
        page.wait_for_selector("[role=dialog] button:has-text('Delete everything')")
        look_over(page, "all of them")


def test_with_storing_off_nothing_is_kept_and_the_page_says_so(browser, served_plainly):
    url, folder = served_plainly
    with tab(browser) as page:
        enter(page, url)
        assert "What you write is not stored." in page.inner_text(".stMain")
        ask(page, f"Why do moods jump from my {SECRET}?")
        assert page.locator("button:has-text('Not useful')").count() == 0
    assert SECRET.encode() not in _everything_under(folder)


def test_a_new_tab_reads_and_deletes_what_another_stored_and_adds_nothing(browser, served_plainly):
    url, folder = served_plainly
    found = open_conversations(folder / "data" / "conversations.sqlite")
    found.delete_everything()  # what tests of another file stored on the page they share
    with tab(browser, viewport=DESKTOP) as page:
        enter(page, url)
        page.click(".st-key-places a:has-text('Settings')")
        page.click("label:has-text('Keep my conversations')")
        settled(page)
        page.click(".st-key-places a:has-text('Talk')")
        ask(page, "Why do moods jump?")
        page.wait_for_selector(listed(page, "Why do moods jump?"))
        other = page.context.new_page()
        enter(other, url)
        other.wait_for_selector("text=What you write is not stored.")
        other.click(listed(other, "Why do moods jump?"))
        other.wait_for_selector(".reply")
        ask(other, "How do I answer a bad mood?", answers=2)
        turns = [one.turns for one in found.list()]
        other.click("button:has-text('Rename, save, delete')")
        other.click("[role=dialog] button:has-text('Delete this conversation')")
        other.wait_for_selector("text=Deleted for good")
        left = found.list()
        found.delete_everything()
        found.close()
        assert (turns, left) == ([1], ())


def _everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
