"""The page for handouts in a real browser, on the shipped texts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect
from served import DESKTOP, ask, enter, serious_findings, serving, settled, tab

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def handouts(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the page on the shipped texts, for a clinician in the United States."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(shipped, folder / "data")
    with serving(folder, "--no-browser", COACHBOT_COUNTRY="US") as url:
        yield f"{url}/handouts"


@pytest.fixture
def page(browser: Browser, handouts: str) -> Iterator[Page]:
    with tab(browser, 15_000, viewport={"width": 1300, "height": 950}) as found:
        found.goto(handouts)
        found.get_by_role("button", name="Make the handout").wait_for(timeout=90_000)
        yield found


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_test_id("stSelectbox").filter(has_text=label)
    settled(page)
    box.locator("input").fill(option)
    page.get_by_role("option", name=option, exact=True).click()
    expect(box.locator("input")).to_have_value(option)
    settled(page)


def make(page: Page, topic: str = "Sharing chores fairly", kind: str = "") -> None:
    choose(page, "Topic", topic)
    if kind:
        choose(page, "Kind", kind)
    page.get_by_role("button", name="Make the handout").click()
    expect(page.locator("article.sheet h2")).to_contain_text(topic)


def rewrite(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label).first
    field.fill(text)
    field.press("Control+Enter")


def test_a_topic_becomes_a_sheet_with_meters_and_sources(page: Page) -> None:
    make(page, kind="Exercise worksheet")
    sheet = page.locator("article.sheet")
    expect(sheet).to_contain_text("DRAFT")
    expect(sheet).to_contain_text("988")
    expect(sheet.locator(".part-practice .rule").first).to_be_attached()
    expect(page.get_by_test_id("stMetric").first).to_contain_text("Reading grade")
    page.get_by_text("Sources (1)").click()
    expect(page.locator(".sheet-sources")).to_contain_text("something to practise")


def test_a_passage_and_a_reply_of_the_talk_become_a_sheet(browser: Browser, handouts: str) -> None:
    with tab(browser, viewport=DESKTOP) as page:
        enter(page, handouts.removesuffix("/handouts"))
        ask(page, "How can we share chores fairly?")
        quoted = page.locator(".reply li strong").first.inner_text()
        page.click("button:has-text('Add to a handout')")
        page.click("label:has-text('The whole reply')")
        settled(page)
        page.click("label:has-text('Passage 1, from')")
        settled(page)
        sentence = page.locator(".reply .passage mark").first.inner_text()
        page.keyboard.press("Escape")
        page.click(".st-key-places a:has-text('Handouts')")
        page.get_by_role("button", name="Make the handout").click()
        sheet = page.locator("article.sheet")
        expect(sheet).to_contain_text("DRAFT")
        expect(sheet).to_contain_text(sentence)
        page.get_by_text("Sources (").click()
        expect(page.locator(".sheet-sources")).to_contain_text(quoted)


def test_a_line_is_edited_in_place_restored_and_taken_back(page: Page) -> None:
    make(page)
    first = page.locator("article.sheet .part-steps li").first
    before = first.inner_text()
    rewrite(page, "Step 1", "Sit down with <b>tea</b>.")
    expect(first).to_have_text("Sit down with <b>tea</b>.")
    expect(page.get_by_label("Step 1 · yours")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(first).to_have_text(before)


def test_a_line_is_moved_and_dropped(page: Page) -> None:
    make(page)
    steps = page.locator("article.sheet .part-steps li")
    expect(steps).to_have_count(5)
    first, second = steps.nth(0).inner_text(), steps.nth(1).inner_text()
    settled(page)  # a menu does not move along with a page that is still being drawn
    page.locator("[class*='st-key-handout-menu-steps-0']").get_by_role("button").click()
    page.get_by_role("button", name="Move down").click()
    expect(steps.nth(0)).to_have_text(second)
    expect(steps.nth(1)).to_have_text(first)
    settled(page)
    page.locator("[class*='st-key-handout-menu-steps-4']").get_by_role("button").click()
    page.get_by_role("button", name="Drop").click()
    expect(steps).to_have_count(4)


def test_a_hard_line_is_remarked_on_and_a_signature_ends_the_draft(page: Page) -> None:
    make(page)
    rewrite(page, "Step 1", "Utilise collaborative communication.")
    expect(page.get_by_text("“utilise”: try use")).to_be_visible()
    page.get_by_role("textbox", name="Reviewed by").fill("A. Elm, LMFT")
    page.get_by_role("textbox", name="Reviewed by").press("Enter")
    expect(page.locator("article.sheet")).to_contain_text("Reviewed by A. Elm, LMFT")
    expect(page.locator("article.sheet .stamp")).to_have_count(0)


def test_a_sheet_is_saved_to_a_file_and_opened_again(page: Page, tmp_path: Path) -> None:
    make(page)
    rewrite(page, "Step 1", "Sit down with tea.")
    expect(page.locator("article.sheet")).to_contain_text("Sit down with tea.")
    with page.expect_download() as started:
        page.get_by_role("button", name="Save to go on later").click()
    file = tmp_path / "sheet.json"
    started.value.save_as(file)
    assert json.loads(file.read_text())["steps"][0]["text"] == "Sit down with tea."
    page.get_by_role("button", name="Start another").click()
    page.get_by_text("Open a saved handout").click()
    page.set_input_files("input[type=file]", file)
    expect(page.locator("article.sheet")).to_contain_text("Sit down with tea.")


def ask_for_what_touches_on_safety(page: Page) -> None:
    page.get_by_text("a question", exact=True).click()
    asked = page.get_by_label("A need or a question")
    asked.fill("exercises for a couple where he shoves her")
    asked.press("Enter")
    page.get_by_role("button", name="Make the handout").click()


def test_what_touches_on_safety_is_a_choice_and_no_card_for_a_person(page: Page) -> None:
    ask_for_what_touches_on_safety(page)
    expect(page.get_by_text("This touches on safety")).to_be_visible()
    expect(page.get_by_text("I believe you")).to_have_count(0)
    expect(page.locator("article.sheet")).to_have_count(0)
    page.get_by_role("button", name="Safety sheet, for one person").click()
    expect(page.locator("article.sheet h2")).to_have_text("Notes for me")
    expect(page.locator("article.sheet")).to_contain_text("Is it safe to take this home?")


def add(page: Page, heading: str, text: str) -> None:
    field = page.get_by_placeholder(f"Add a line of your own to “{heading}”")
    field.fill(text)
    field.press("Enter")
    expect(page.locator("article.sheet")).to_contain_text(text)
    settled(page)


def test_my_own_text_is_filled_in_on_the_page_and_becomes_a_sheet(page: Page) -> None:
    ask_for_what_touches_on_safety(page)
    page.get_by_role("button", name="My own text").click()
    sheet = page.locator("article.sheet")
    expect(sheet).to_contain_text("Write your main message here.")
    rewrite(page, "Main message", "You can talk to me.")
    expect(sheet.locator(".part-message")).to_have_text("You can talk to me.")
    for heading, text in (
        ("What to do", "Call me on Monday."),
        ("Tick it off this week", "I called."),
        ("When not to use this, and where to get help", "Leave it here if home is not safe."),
        ("To remember", "One call is enough."),
    ):
        add(page, heading, text)
    expect(sheet.locator(".part-steps li")).to_have_text("Call me on Monday.")
    expect(page.get_by_text("Add a step.")).to_have_count(0)
    with page.expect_download() as started:
        page.get_by_role("button", name="Text (Markdown)", exact=True).click()
    assert "Call me on Monday" in started.value.path().read_text()


def test_one_character_that_cannot_be_printed_leaves_the_editor_and_word(page: Page) -> None:
    make(page)
    rewrite(page, "Step 1", "Sit \U0010abcd down.")
    expect(page.get_by_text("No font here can show this character")).to_be_visible()
    expect(page.get_by_role("button", name="Word", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="PDF", exact=True)).to_have_count(0)
    rewrite(page, "Step 1", "Sit down.")
    expect(page.get_by_role("button", name="PDF", exact=True)).to_be_visible()


def test_recent_sheets_are_shown_in_a_new_tab_until_they_are_switched_off(
    browser: Browser, page: Page, handouts: str
) -> None:
    place = handouts.removesuffix("/handouts") + "/settings"
    switch = "label:has-text('Keep recent handouts')"
    page.goto(place)
    page.click(switch)
    settled(page)
    page.goto(handouts)
    make(page)
    with tab(browser, viewport=DESKTOP) as other:
        other.goto(handouts)
        other.get_by_text("Recent ones", exact=True).click()
        expect(
            other.get_by_role("button", name="Sharing chores fairly", exact=True)
        ).to_be_visible()
        other.goto(place)
        expect(other.locator(f"{switch} input")).to_be_checked()
        other.click(switch)
        settled(other)
        other.goto(handouts)
        other.get_by_role("button", name="Make the handout").wait_for()
        expect(other.get_by_text("Recent ones", exact=True)).to_have_count(0)


def test_a_topic_outside_the_library_is_said_so(page: Page) -> None:
    page.get_by_text("a question", exact=True).click()
    asked = page.get_by_label("A need or a question")
    asked.fill("training a puppy")
    asked.press("Enter")
    page.get_by_role("button", name="Make the handout").click()
    said = page.get_by_text("No text of the library fits that well enough to be sure.")
    expect(said).to_be_visible()
    nearest = page.locator("[class*='st-key-nearest-']").get_by_role("button")
    expect(nearest).to_have_count(3)
    title = nearest.first.inner_text()
    nearest.first.click()
    expect(page.locator("article.sheet h2")).to_contain_text(title)


def test_the_nearest_topics_go_when_another_need_is_told(page: Page) -> None:
    page.get_by_text("a question", exact=True).click()
    asked = page.get_by_label("A need or a question")
    asked.fill("training a puppy")
    asked.press("Enter")
    page.get_by_role("button", name="Make the handout").click()
    nearest = page.locator("[class*='st-key-nearest-']").get_by_role("button")
    expect(nearest).to_have_count(3)
    asked.fill("buying a house")
    asked.press("Enter")
    expect(nearest).to_have_count(0)


def test_a_help_line_is_edited_marked_and_brought_back(page: Page) -> None:
    make(page)
    helps = page.locator("article.sheet .part-cautions > p")
    before = helps.all_inner_texts()
    rewrite(page, "Help line 1 · form text", "Call me on 555 0100.")
    expect(helps.first).to_have_text("Call me on 555 0100.")
    expect(page.get_by_label("Help line 1 · yours")).to_be_visible()
    expect(page.get_by_text("This help line is yours")).to_be_visible()
    page.locator("[class*='st-key-handout-menu-help-0']").get_by_role("button").click()
    page.get_by_role("button", name="Restore the words it came with").click()
    expect(helps.first).to_have_text(before[0])
    page.get_by_role("heading", name="Handouts").click()  # Escape thrice leaves
    for left in range(len(before) - 1, 0, -1):
        settled(page)
        page.locator("[class*='st-key-handout-menu-help-0']").get_by_role("button").click()
        page.get_by_role("button", name="Drop", exact=True).click()
        expect(helps).to_have_count(left)
        page.get_by_role("heading", name="Handouts").click()
    last = helps.first.inner_text()
    rewrite(page, "Help line 1 · form text", " ")
    settled(page)
    expect(helps).to_have_text([last])
    expect(page.get_by_label("Help line 1 · form text")).to_have_value(last)
    page.get_by_role("button", name="Fill in today's help lines").click()
    expect(helps).to_have_text(before)


def test_headings_and_the_texts_of_a_table_are_edited_in_place(page: Page) -> None:
    make(page, kind="Diary between sessions")
    sheet = page.locator("article.sheet")
    heading = page.get_by_label("Heading over: Prompt · form text")
    heading.fill("Each evening")
    heading.press("Enter")
    expect(sheet.locator("h3", has_text="Each evening")).to_be_visible()
    expect(sheet).not_to_contain_text("One line a day")
    column = page.get_by_label("Column 2 · form text")
    column.fill("What we said")
    column.press("Enter")
    expect(sheet.locator("th", has_text="What we said")).to_be_visible()
    page.locator("[class*='st-key-handout-menu-cell-2-practice']").get_by_role("button").click()
    page.get_by_role("button", name="Restore the words it came with").click()
    expect(sheet.locator("th", has_text="What happened")).to_be_visible()
    page.keyboard.press("Escape")
    row = page.get_by_label("Row 1 · form text")
    row.fill("Day 1")
    row.press("Enter")
    expect(sheet.locator("th[scope=row]").first).to_have_text("Day 1")
    settled(page)
    page.locator("[class*='st-key-handout-heading-menu-practice']").get_by_role("button").click()
    page.get_by_role("button", name="Restore the words it came with").click()
    expect(sheet.locator("h3", has_text="One line a day")).to_be_visible()
    expect(page.get_by_label("Row 1 · yours")).to_be_visible()


def test_a_template_is_kept_and_used_again(page: Page) -> None:
    make(page)
    page.get_by_label("Name of the template").fill("Our chores sheet")
    page.get_by_role("button", name="Save as a template").click()
    expect(page.get_by_text("Saved as “Our chores sheet”.")).to_be_visible()
    page.get_by_role("button", name="Start another").click()
    page.get_by_text("Templates", exact=True).click()
    page.get_by_role("button", name="our chores sheet", exact=True).click()
    expect(page.locator("article.sheet h2")).to_have_text("Sharing chores fairly")


def test_the_sheet_outlives_a_reload(page: Page) -> None:
    make(page)
    page.reload()
    expect(page.locator("article.sheet h2")).to_have_text("Sharing chores fairly")


def test_axe_finds_nothing_serious(page: Page) -> None:
    make(page)
    assert serious_findings(page) == []


def test_the_sheet_is_given_out_in_each_form(page: Page, tmp_path: Path) -> None:
    make(page)
    for name, ending, begins in (
        ("PDF", ".pdf", b"%PDF"),
        ("Word", ".docx", b"PK"),
        ("Text (Markdown)", ".md", b"# Sharing chores fairly"),
        ("Clinician's sheet (PDF)", "-clinician.pdf", b"%PDF"),
    ):
        with page.expect_download() as started:
            page.get_by_role("button", name=name, exact=True).click()
        assert started.value.suggested_filename == f"sharing-chores-fairly{ending}"
        started.value.save_as(tmp_path / "file")
        assert (tmp_path / "file").read_bytes().lstrip().startswith(begins)
