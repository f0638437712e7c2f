"""The library page in a real browser: reading, searching, adding, removing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect
from served import DESKTOP, PHONE, look_over, served, settled, tab

pytestmark = pytest.mark.browser

FILLER = "\n\n".join(f"Paragraph {n} says nothing that matters to anyone." for n in range(40))
MOODS = f"""---
title: "Moods <b>that</b> [jump](http://b.example) **far**"
kind: practice
authors: [Ada Example]
year: 2024
summary: How moods jump.
sources:
  - {{id: weger-2014, citation: "Weger et al. 2014", doi: 10.1080/10904018.2013.813234}}
---

Moods jump from one person to the next within minutes.[^weger-2014 weak]

## What was found

{FILLER}

A bad mood at home often started at work.

## Try this

- Ask what happened before you answer.

## Questions

What did you carry home today?
"""
OTHER = """Saying sorry

An apology names what you did without the word but.

<script>document.title = 'owned'</script> and <b>bold</b> and [a link](http://b.example) are words.
"""
ADDED = b"# On patience\n\nPatience is waiting without keeping score.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("library") / "served"


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with served(folder, {"moods.md": MOODS, "sorry.txt": OTHER}, COACHBOT_MAX_FILE_MB="12") as url:
        yield url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with tab(browser, viewport=DESKTOP) as found:
        yield found


def open_library(page: Page, address: str) -> None:
    page.goto(f"{address}/library")
    page.wait_for_selector("text=Search the library")
    page.wait_for_selector(".st-key-groups")


def unfold(page: Page) -> None:
    """Open the place to add texts, unless it is open."""
    if not page.locator("[data-testid=stFileUploaderDropzone]").is_visible():
        page.click("summary:has-text('Add your own texts')")


def add(page: Page, name: str, content: bytes, mime: str = "text/markdown") -> None:
    settled(page)
    unfold(page)
    file = {"name": name, "mimeType": mime, "buffer": content}
    page.set_input_files("input[type=file]", file)
    page.wait_for_selector("[data-testid=stFileChip], [data-testid=stFileUploaderFile]")
    page.click("button:has-text('Add to the library')")


def remove(page: Page, address: str, id: str) -> None:
    page.goto(f"{address}/library?document={id}")
    page.click("button:has-text('Remove from the library')")
    page.wait_for_selector("text=Removed:")


def unfold_removed(page: Page, address: str) -> None:
    """Reload the library, where nothing of a removal is left to undo, and open what was removed."""
    open_library(page, address)
    page.reload()
    page.wait_for_selector(".st-key-groups")
    settled(page)
    page.click("summary:has-text('Removed texts')")


def test_a_text_is_read_with_contents_evidence_and_works(page, address):
    open_library(page, address)
    assert re.search(r"2 texts, \d+ passages, \d+ sentences", page.inner_text(".stMain"))
    assert "all-MiniLM-L6-v2" in page.inner_text(".stMain")
    page.click("a:has-text('Moods <b>that</b> [jump]')")
    page.wait_for_selector(".text-body")
    assert page.inner_text("h1") == "Moods <b>that</b> [jump](http://b.example) **far**"
    assert page.locator("nav[aria-label=Contents] a").count() == 3
    label = page.locator("a.evidence").first
    assert label.inner_text() == "weak 1"
    assert label.get_attribute("aria-label") == "evidence: weak, work 1"
    assert page.locator("#work-1").inner_text().startswith("Weger et al. 2014")
    doi = page.locator("#work-1 a")
    assert doi.get_attribute("href") == "https://doi.org/10.1080/10904018.2013.813234"
    expect(page).to_have_url(re.compile(r"document=moods"))
    page.click("a:has-text('All texts')")
    page.wait_for_selector(".st-key-groups")
    expect(page).not_to_have_url(re.compile("document="))


def test_markup_in_titles_and_texts_stays_text(page, address):
    page.goto(f"{address}/library?document=sorry")
    page.wait_for_selector(".text-body")
    assert "<script>document.title = 'owned'</script>" in page.inner_text(".text-body")
    assert page.locator(".text-body script, .text b").count() == 0
    assert page.locator("a[href*='b.example']").count() == 0
    assert page.title() == "Notes"


@pytest.mark.parametrize("width", [360, 1100])
def test_an_address_opens_a_text_at_the_sentence(browser, address, width):
    with tab(browser, viewport={"width": width, "height": 740}) as page:
        stored = "Moods jump from one person to the next within minutes.\n\n## What was found\n\n"
        start = len(stored) + len(FILLER) + 2 + 5
        page.goto(f"{address}/library?document=moods&start={start}")
        page.wait_for_selector("#here", timeout=30_000)
        assert page.inner_text("#here") == "A bad mood at home often started at work."
        expect(page.locator("#here")).to_be_in_viewport()
        expect(page.locator("#here")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_address_that_leads_nowhere_says_so(page, address):
    for query in ("document=none", "document=../../etc&start=1", "document=%3Cscript%3E"):
        page.goto(f"{address}/library?{query}")
        page.wait_for_selector("text=There is no text at this address")
    page.click("a:has-text('All texts')")
    page.wait_for_selector(".st-key-groups")


def test_an_offset_that_cannot_be_is_passed_over(page, address):
    for start in ("-5", "99999999", "1e3", "٣"):
        page.goto(f"{address}/library?document=sorry&start={start}")
        page.wait_for_selector(".text-body")
        assert page.locator("#here").count() == 0


def test_search_highlights_sentences_and_opens_them_in_place(page, address):
    open_library(page, address)
    page.fill("input[aria-label='Search the library']", "bad mood from work")
    page.keyboard.press("Enter")
    page.wait_for_selector(".found mark")
    marked = page.locator(".found mark").all_inner_texts()
    assert "A bad mood at home often started at work." in marked
    page.locator("[class*=st-key-found-] a").nth(
        marked.index("A bad mood at home often started at work.")
    ).click()
    page.wait_for_selector("#here")
    assert page.inner_text("#here") == "A bad mood at home often started at work."
    expect(page.locator("#here")).to_be_in_viewport()


def test_danger_in_the_search_is_met_before_the_texts(page, address):
    open_library(page, address)
    page.fill("input[aria-label='Search the library']", "I want to kill myself")
    page.keyboard.press("Enter")
    page.wait_for_selector(".card")
    assert page.locator(".found").count() == 0


def test_a_text_is_added_noticed_as_a_double_removed_and_brought_back(page, address):
    open_library(page, address)
    add(page, "patience.md", ADDED)
    page.wait_for_selector("text=Added: On patience")
    page.wait_for_selector(".st-key-groups a:has-text('On patience')")
    add(page, "the-same.md", ADDED)
    page.wait_for_selector("text=holds the same text as")
    assert page.locator(".st-key-groups a:has-text('On patience')").count() == 1
    page.click("a:has-text('On patience')")
    page.wait_for_selector(".text-body")
    page.click("button:has-text('Remove from the library')")
    page.wait_for_selector("text=Removed: On patience")
    page.wait_for_selector("text=2 texts")
    assert page.locator(".st-key-groups a:has-text('On patience')").count() == 0
    page.click("button:has-text('Undo')")
    page.wait_for_selector("text=Brought back: On patience")
    page.wait_for_selector(".st-key-groups a:has-text('On patience')")
    remove(page, address, "patience")
    page.click("button:has-text('Delete the old copy for good')")
    page.wait_for_selector("text=Deleted for good: On patience")


def test_what_is_said_of_a_single_file_is_stored_with_it_and_shown(page, address):
    open_library(page, address)
    unfold(page)
    file = {"name": "waiting.txt", "mimeType": "text/plain", "buffer": b"Waiting is a skill."}
    page.set_input_files("input[type=file]", file)
    page.get_by_label("Title").fill("Waiting well")
    page.get_by_label("Author").fill("Cy Test; Di Sample")
    page.get_by_label("Year").fill("2011")
    page.get_by_label("What it is").click()
    page.get_by_role("option", name="article", exact=True).click()
    page.click("button:has-text('Add to the library')")
    page.wait_for_selector("text=Added: Waiting well")
    page.wait_for_selector("text=Author: Cy Test, Di Sample. Year: 2011. What it is: article.")
    page.click(".st-key-groups a:has-text('Waiting well')")
    page.wait_for_selector(".text-body")
    assert "Test & Sample 2011" in page.inner_text(".text .facts")
    remove(page, address, "waiting")


def test_a_removed_text_is_brought_back_or_deleted_for_good_also_after_a_reload(
    page, address, folder
):
    open_library(page, address)
    add(page, "thanks.md", b"# On thanks\n\nThanks that name the deed are heard.\n")
    page.wait_for_selector("text=Added: On thanks")
    page.wait_for_selector("text=Author: not known. Year: not known.")
    remove(page, address, "thanks")
    unfold_removed(page, address)
    page.click(".st-key-removed-thanks button:has-text('Bring back thanks.md')")
    page.wait_for_selector("text=Brought back: thanks.md")
    page.wait_for_selector(".st-key-groups a:has-text('On thanks')")
    remove(page, address, "thanks")
    unfold_removed(page, address)
    page.click(".st-key-removed-thanks button:has-text('Delete for good')")
    page.wait_for_selector("[role=dialog]:has-text('will be gone for good')")
    assert list((folder / "data").rglob("thanks.md"))
    page.click("[role=dialog] button:has-text('Yes, delete this copy')")
    page.wait_for_selector("text=Deleted for good: thanks.md")
    expect(page.locator(".st-key-removed-thanks")).to_have_count(0)
    assert not list((folder / "data").rglob("thanks.md"))


def test_a_text_of_the_corpus_has_no_button_to_remove_it(page, address):
    page.goto(f"{address}/library?document=sorry")
    page.wait_for_selector(".text-body")
    assert page.locator("button:has-text('Remove')").count() == 0


def test_ten_megabytes_dropped_on_the_page_are_added(page, address):
    picture = "A" * 10_000_000
    html = (
        "<html><head><title>A long page</title></head><body><article><h1>A long page</h1>"
        "<p>Slow mornings help some couples to talk before the day begins in earnest.</p>"
        f"<p>They sit, they listen, and nobody looks at a screen.</p>"
        f"<img src='data:image/png;base64,{picture}'></article></body></html>"
    )
    open_library(page, address)
    unfold(page)
    transfer = page.evaluate_handle(
        """html => { const data = new DataTransfer();
        data.items.add(new File([html], 'long.html', {type: 'text/html'})); return data; }""",
        html,
    )
    with page.expect_response("**/_stcore/upload_file/**"):
        page.dispatch_event(
            "[data-testid=stFileUploaderDropzone]", "drop", {"dataTransfer": transfer}
        )
    settled(page)
    page.click("button:has-text('Add to the library')")
    page.wait_for_selector("text=Added: A long page", timeout=60_000)
    remove(page, address, "long")


def test_a_file_that_is_too_large_or_of_a_wrong_kind_is_refused(page, address, folder):
    open_library(page, address)
    unfold(page)
    page.set_input_files(
        "input[type=file]",
        {"name": "x.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"},
    )
    page.wait_for_selector("text=not allowed")
    page.set_input_files(
        "input[type=file]",
        {"name": "big.txt", "mimeType": "text/plain", "buffer": b"words " * 2_200_000},
    )
    page.wait_for_selector("text=must be 12")
    page.click("button:has-text('Add to the library')")
    page.wait_for_selector("text=Choose one or more files first")
    assert not list((folder / "data").rglob("x.exe"))


def test_what_cannot_be_read_is_named_with_what_to_do(page, address):
    open_library(page, address)
    for name, content, told in (
        ("picture.pdf", b"\x89PNG" + b"\0" * 300, "is damaged or not what its ending says"),
        ("empty.txt", b"   ", "holds no text"),
        ("bad.md", b"---\ntitle: [x\n---\n\nText.", "is not valid YAML"),
    ):
        add(page, name, content)
        page.wait_for_selector(f"text={told}")


def test_a_hostile_name_and_text_do_no_harm(page, address, folder):
    open_library(page, address)
    name = "..\\..\\<img src=x onerror=document.title='owned'> **x** [y](javascript:z).md"
    add(page, name, b"<img src=x onerror=alert(1)> Names can be odd, and harmless all the same.")
    page.wait_for_selector("text=Added:")
    copies = [path for path in (folder / "data").rglob("*.md") if "removed" not in path.parts]
    assert len(copies) == 1
    assert copies[0].parent.parent.name == "added"
    page.click(".st-key-groups a:has-text('img')")
    page.wait_for_selector(".text-body")
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Notes"
    page.click("button:has-text('Remove from the library')")
    page.wait_for_selector("text=Removed:")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_fits_and_axe_finds_nothing_serious_in_either_theme(browser, address, size):
    with tab(browser, viewport=size) as page:
        open_library(page, address)
        unfold(page)
        page.wait_for_selector("[data-testid=stFileUploaderDropzone]")
        look_over(page, "the list")
        page.fill("input[aria-label='Search the library']", "bad mood")
        page.keyboard.press("Enter")
        page.wait_for_selector(".found")
        look_over(page, "what was found")
        page.goto(f"{address}/library?document=moods&start=3")
        page.wait_for_selector("#here")
        look_over(page, "a text")
