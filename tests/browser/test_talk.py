"""The talk in a real browser: answers and their sources, going on, changing, what is announced."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect
from served import BOX, DESKTOP, PHONE, answered, ask, enter, met, settled, tab

pytestmark = pytest.mark.browser

WHY = "Why do moods jump from one person to the next?"


def test_it_says_what_it_is_and_offers_questions(page):
    text = page.inner_text(".stMain")
    assert "not a therapist" in text
    assert "What you write is not stored." in text
    assert page.locator(".st-key-starters button").count() >= 6
    assert page.locator(".st-key-starters h2").count() == 3
    assert page.title() == "Notes"


def test_a_starter_is_asked_at_one_press(page):
    page.click("button:has-text('How do I say sorry so that it lands?')")
    answered(page, 1)
    assert page.inner_text(".said p") == "How do I say sorry so that it lands?"


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
    assert page.evaluate("document.activeElement.id") == target
    page.click(f"[id='{target}'] a.back")
    page.wait_for_url("**#answer-1-mark-1")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_card_names_its_source_and_opens_it_at_the_sentence(page, size):
    page.set_viewport_size(size)
    ask(page, WHY)
    card = page.locator(".reply li").first
    told = card.inner_text()
    for fact in ("Moods that jump", ["Ada", "Example", "2024"][1], "2024", "something to practise"):
        assert fact in told
    assert "evidence: weak" in told
    expect(card.locator("mark").first).to_have_text(re.compile("^Moods jump from one person"))
    card.locator("a.open").click()
    page.wait_for_url("**/library?document=moods*")
    page.wait_for_selector("mark:has-text('Moods jump from one person to the next')")
    page.go_back()
    page.wait_for_selector(".reply")
    assert page.inner_text(".said p") == WHY


def test_what_was_searched_for_is_folded(page):
    ask(page, WHY)
    searched = page.locator(".reply .searched")
    assert not searched.is_visible()
    page.click("summary:has-text('What I searched for')")
    expect(searched).to_be_visible()
    assert "moods" in searched.inner_text()


def test_the_closest_passages_are_not_called_an_answer(page):
    ask(page, "What did the 2023 survey of bad moods at work in Norway find?")
    text = page.inner_text(".reply")
    assert "do not answer" in text
    assert page.locator("summary:has-text('Closest passages')").count() == 1


def test_one_can_go_on_with_what_the_texts_offer(page):
    ask(page, WHY)
    told = page.inner_text(".st-key-go-on")
    assert "To think about: What did you carry home from work today?" in told
    page.click(".st-key-go-on button:has-text('What makes an apology sound honest?')")
    answered(page, 2)
    assert "Saying sorry" in page.inner_text(".st-key-answer-2")


def test_a_reply_is_copied_with_its_sources(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, WHY)
    page.click("button.copy")
    page.wait_for_selector("button.copy:has-text('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Moods jump from one person to the next within minutes. [1]" in copied
    assert "Moods that jump (Example 2024)" in copied


def test_the_last_message_is_changed_and_sent_again(page):
    ask(page, "Tell me about apologies")
    ask(page, WHY, answers=2)
    page.click("button:has-text('Edit my message')")
    box = page.locator("[data-testid=stForm] textarea")
    expect(box).to_have_value(WHY)
    box.fill("How does an apology sound without the word but?")
    page.click("button:has-text('Send again')")
    page.wait_for_selector(".st-key-answer-2:has-text('An apology names what you did')")
    settled(page)
    said = page.locator(".said p").all_inner_texts()
    assert said == ["Tell me about apologies", "How does an apology sound without the word but?"]


def test_a_message_is_answered_again(page):
    ask(page, WHY)
    before, whole = page.inner_text(".reply"), "[data-id^='done-']"
    first = page.get_attribute(whole, "data-id")
    page.click("button:has-text('Answer again')")
    page.wait_for_selector(f"{whole}:not([data-id='{first}'])", state="attached")
    settled(page)
    assert page.inner_text(".reply") == before
    assert page.locator(".said").count() == 1


BEGIN_AND_END = ["Looking through the library", "The answer is ready, with 1 source."]


def listen(page: Page) -> None:
    """Note what a screen reader is told."""
    page.evaluate(
        """() => { window.said = []; new MutationObserver((changes) => {
        for (const change of changes)
          for (const words of change.addedNodes) window.said.push(words.data); }).observe(
        document.querySelector('body > [role=status]'), {childList: true}); }"""
    )


def heard(page: Page, last: str) -> None:
    """Wait until the last thing that a screen reader was told is this."""
    page.wait_for_function("last => window.said.at(-1) === last", arg=last)


def test_begin_and_end_of_a_reply_are_announced_and_not_each_word(page):
    listen(page)
    ask(page, WHY)
    assert page.evaluate("window.said") == BEGIN_AND_END


def test_begin_and_end_are_announced_again_when_the_same_is_asked_again(page):
    listen(page)
    ask(page, WHY)
    settled(page)
    page.click("button:has-text('Answer again')")
    page.wait_for_function("window.said.length === 4")
    answered(page, 1)
    settled(page)
    page.click("button:has-text('Edit my message')")
    page.wait_for_selector("button:has-text('Send again')")
    settled(page)
    page.click("button:has-text('Send again')")
    page.wait_for_function("window.said.length === 6")
    answered(page, 1)
    settled(page)
    page.click("button:has-text('New conversation')")
    page.wait_for_selector(".st-key-starters")
    ask(page, WHY)
    assert page.evaluate("window.said") == BEGIN_AND_END * 4


def test_a_card_and_a_reply_without_sources_are_announced_as_what_they_are(page):
    listen(page)
    ask(page, "What is the capital of Mongolia?")
    heard(page, "The reply is ready.")
    met(page, "I want to kill myself")
    heard(page, "The reply is ready. It names people who can help.")


def test_the_announcement_in_danger_at_home_tells_nothing_to_who_else_may_hear(page):
    listen(page)
    met(page, "My husband beats me")
    heard(page, "The reply is ready.")


def test_markup_in_messages_and_texts_stays_text(page):
    ask(page, "What about document title owned and a bad mood at home from work?")
    hostile = (
        "<script>document.title='owned'</script><img src=x onerror=document.title='owned'> "
        "**bold** [link](javascript:document.title=1) :red[moods] $x^2$ `code` moods"
    )
    ask(page, hostile, answers=2)
    assert page.locator(".said p").last.inner_text() == hostile
    assert page.locator(".said :is(script, img, a, strong, code), .reply script").count() == 0
    assert page.title() == "Notes"


def test_a_new_conversation_begins_anew(page):
    ask(page, "Why do moods jump?")
    ask(page, "<b>What</b> about a bad mood at work?", answers=2)
    assert page.locator(".said, .reply").count() == 4
    assert "<b>What</b> about a bad mood at work?" in page.inner_text(".stMain")
    page.click("button:has-text('New conversation')")
    page.wait_for_selector(".st-key-starters")
    settled(page)
    assert page.locator(".reply").count() == 0


def test_off_topic_says_so_without_sources(page):
    ask(page, "What is the capital of Mongolia?")
    assert "outside what I can help with" in page.inner_text(".reply")
    assert page.locator(".reply li").count() == 0


def test_thirty_messages_in_a_row(page):
    for number in range(1, 31):
        ask(page, f"Why do moods jump, time {number}?", answers=number)
    expect(page.locator(".said")).to_have_count(10)
    expect(page.locator("#turn-30")).to_be_in_viewport()
    page.click("button:has-text('Show earlier messages (20)')")
    expect(page.locator(".said")).to_have_count(30)
    expect(page.locator(".reply")).to_have_count(30)
    settled(page)
    assert page.locator(".said p").last.inner_text() == "Why do moods jump, time 30?"
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == (
        page.locator("[id]").count()
    )


def test_all_of_it_by_keyboard(page):
    page.locator(BOX).focus()
    page.keyboard.type(WHY)
    page.keyboard.press("Enter")
    answered(page, 1)
    page.locator("#answer-1-mark-1").focus()
    reached = list[str]()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    for name in ("Open in the library", "Back to the reply", "What I searched for",
                 "Copy with sources", "Edit my message", "Tell me more"):  # fmt: skip
        assert any(name in text for text in reached), (name, reached)


def test_what_moves_stands_still_for_those_who_ask_for_it(browser, address):
    with tab(browser, reduced_motion="reduce") as page:
        enter(page, address)
        moving = page.evaluate(
            """[...document.querySelectorAll('*')].filter(e => {
            const s = getComputedStyle(e);
            return s.animationName !== 'none' || parseFloat(s.transitionDuration) > 0; }).length"""
        )
        assert moving == 0
