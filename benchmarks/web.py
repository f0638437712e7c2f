"""The web page in a real browser, all in one run: ``python benchmarks/web.py [--save]``.

- from the moment the server answers to the first paint and to the first words of a fresh browser
- the first sentence of an answer, from the Enter key, once all is warm
- the same for ten people, each in a browser context of their own: a message every second between
  them, and all in the same instant; ten Chromium pages then share the processor with the server
- layout shift while the page loads and while it answers; errors on the browser's console
- how many processes wanted the processor before it began: on a machine that others use, times are
  longer than they would be alone

Answers are quoted from the shipped texts; the server is ``coachbot serve``, its index built before.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from filing import file_results
from page_server import build_index, served
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
PEOPLE = 10
ROUNDS = 5
BOX = "textarea[aria-label='Write here']"
QUESTIONS = (
    "Why do I cry at movies?",
    "How do I say sorry?",
    "What does a label do to how we see someone?",
    "How can we share chores fairly?",
    "What happens when one pursues and one withdraws?",
)
TARGETS = {
    "server up to first paint, s": 1.5,
    "first sentence, one person, s": 0.5,
    "ten talking / one": 2.0,
    "ten in one instant / one": 2.0,
    "failed of ten": 0.0,
    "layout shift, loading": 0.1,
    "layout shift, answering": 0.1,
    "console errors": 0.0,
}
# Times the answer inside the browser, so that looking from outside costs nothing.
WATCH = """
window.shift = 0;
new PerformanceObserver(list => { for (const entry of list.getEntries())
  if (!entry.hadRecentInput) window.shift += entry.value; }
).observe({type: 'layout-shift', buffered: true});
document.addEventListener('keydown', event => {
  if (event.key !== 'Enter') return;
  const before = document.querySelectorAll('.reply').length, started = performance.now();
  window.took = null;
  const watch = new MutationObserver(() => {
    if (document.querySelectorAll('.reply').length <= before) return;
    window.took = performance.now() - started;
    watch.disconnect();
  });
  watch.observe(document.body, {childList: true, subtree: true});
}, true);
"""


def enter(page: Page, url: str) -> None:
    page.goto(url)
    page.click("button:has-text('18 or older')", timeout=60_000)
    page.wait_for_selector(BOX)
    page.wait_for_selector("[data-test-script-state=notRunning]")


def write(page: Page, question: str) -> None:
    page.fill(BOX, question)
    page.press(BOX, "Enter")


def first_sentence(page: Page) -> float:
    """Seconds from Enter to the first sentence; the page then finishes its answer."""
    page.wait_for_function("window.took !== null", timeout=60_000, polling=200)
    page.wait_for_selector(".st-key-stop", state="detached")
    page.wait_for_selector("[data-test-script-state=notRunning]")
    return float(page.evaluate("window.took")) / 1000


def loading(browser: Browser, url: str, up: float) -> dict[str, float]:
    page = browser.new_context().new_page()
    page.add_init_script(WATCH)
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("h1", timeout=60_000)
    words = time.perf_counter() - up
    paint = page.evaluate(
        "performance.getEntriesByType('paint').find(e => e.name === 'first-contentful-paint')"
        ".startTime"
    )
    page.wait_for_timeout(1500)
    shift = page.evaluate("window.shift")
    page.context.close()
    return {
        "server up to first paint, s": began - up + paint / 1000,
        "server up to first words, s": words,
        "layout shift, loading": shift,
    }


def answering(browser: Browser, url: str) -> dict[str, float]:
    errors = list[str]()
    pages = list[Page]()
    for _ in range(PEOPLE):
        page = browser.new_context().new_page()
        page.add_init_script(WATCH)
        page.on("console", lambda m: m.type == "error" and errors.append(m.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        enter(page, url)
        write(page, "How do I listen better?")  # warms the encoder and the browser
        first_sentence(page)
        pages.append(page)
    one = pages[0]
    one.evaluate("window.shift = 0")
    alone = list[float]()
    for number in range(ROUNDS):
        write(one, f"{QUESTIONS[number % len(QUESTIONS)]} ({number})")
        alone.append(first_sentence(one))
    shift = float(one.evaluate("window.shift")) / ROUNDS
    talking, _ = asked_by_all(pages, 1.0)
    together, failed = asked_by_all(pages, 0.0)
    return {
        "first sentence, one person, s": statistics.median(alone),
        "first sentence, ten talking, s": statistics.median(talking),
        "ten talking / one": statistics.median(talking) / statistics.median(alone),
        "first sentence, ten in one instant, s": statistics.median(together),
        "ten in one instant / one": statistics.median(together) / statistics.median(alone),
        "failed of ten": failed,
        "layout shift, answering": shift,
        "console errors": len(errors),
    }


def asked_by_all(pages: list[Page], apart: float) -> tuple[list[float], int]:
    """Everyone asks, ``apart`` seconds after each other; the times, and how many got no answer."""
    for number, page in enumerate(pages):
        page.fill(BOX, f"{QUESTIONS[number % len(QUESTIONS)]} Person {number} asks, {apart}.")
    for page in pages:
        page.press(BOX, "Enter", no_wait_after=True)
        time.sleep(apart)
    times, failed = list[float](), 0
    for page in pages:
        try:
            times.append(first_sentence(page))
        except Exception as error:  # whatever it is, that person got no answer
            failed += 1
            print(f"failed: {error}", file=sys.stderr)
    return times, failed


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        build_index(Path(folder))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            browser.new_page().close()  # so that the browser's own start is not counted
            with served(Path(folder)) as (url, _):
                up = time.perf_counter()
                results = {**loading(browser, url, up), **answering(browser, url)}
            browser.close()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="file the result under this commit")
    arguments = parser.parse_args()
    results = {"processes before": os.getloadavg()[0], **measure()}
    for name, value in results.items():
        target = f"(at most {TARGETS[name]})" if name in TARGETS else ""
        print(f"{name:40} {value:10.3f}  {target}")
    if arguments.save:
        file_results(results, "web-")


if __name__ == "__main__":
    main()
