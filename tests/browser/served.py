"""A page of our own to open in a browser, started with ``coachbot serve``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


BOX = "textarea[aria-label='Write here']"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1100, "height": 900}

MOODS = """---
title: Moods that jump
kind: practice
authors: [Ada Example]
year: 2024
topics: [moods]
sources:
  - {id: weger-2014, citation: "Weger et al. 2014", doi: 10.1080/10904018.2013.813234}
---

Moods jump from one person to the next within minutes.[^weger-2014 weak] A bad mood at home often
started at work.

<script>document.title = 'owned'</script>

Ask what happened before you answer a bad mood with one of your own.

## Questions to reflect on

- What did you carry home from work today?
"""
SORRY = """---
title: Saying sorry
kind: practice
authors: [Ben Sample]
year: 2021
topics: [moods, repair]
sounds_like:
  - "How do I say sorry so that it lands?"
  - "What makes an apology sound honest?"
---

An apology names what you did without the word but. A quick apology can sound like a wish to end
the talk.

A repair works best early, while both are still calm.
"""


@contextmanager
def serving(folder: Path, *options: str, port: int = 0, **environment: str) -> Iterator[str]:
    """The address of a page; its data is in ``folder/data``.

    Args:
        folder: where everything is written.
        options: of ``coachbot serve``.
        port: the page's, if it has to be known before.
        environment: variables besides those of this process.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "coachbot", "serve", "--port", str(port)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--data", str(folder / "data"), *options],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=os.environ | environment,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_up(url, server, folder / "log")
            yield url
        finally:
            server.terminate()
            server.communicate(timeout=20)


@contextmanager
def served(folder: Path, texts: dict[str, str], port: int = 0, **environment: str) -> Iterator[str]:
    """Serve a folder of texts, given by the name of each file."""
    (folder / "corpus").mkdir(parents=True)
    for name, text in texts.items():
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
    options = ("--no-browser", "--corpus", str(folder / "corpus"))
    with serving(folder, *options, port=port, **environment) as url:
        yield url


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_up(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a server that was just started."""
    for _ in range(360):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"the page did not start: {log.read_text()}")


@contextmanager
def tab(browser: Browser, milliseconds: int = 60_000, **options: Any) -> Iterator[Page]:
    """A tab of a person of its own; it is closed also where the test fails.

    Args:
        browser: shared by all tests.
        milliseconds: how long the tab waits for what is looked for.
        options: what Playwright makes the browser context of.
    """
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(milliseconds)
    try:
        yield page
    finally:
        context.close()


def enter(page: Page, address: str) -> None:
    """Open the talk and say that one is an adult."""
    page.goto(address)
    page.click("button:has-text('18 or older')", timeout=60_000)
    page.wait_for_selector("textarea", timeout=60_000)
    settled(page)


def ask(page: Page, question: str, answers: int = 1) -> None:
    """Write a message and wait until its answer, the nth of the talk, is whole."""
    page.fill(BOX, question)
    page.keyboard.press("Enter")
    answered(page, answers)


def answered(page: Page, answers: int) -> None:
    """Wait until the nth answer of the talk is whole."""
    page.wait_for_selector(f".st-key-actions-{answers}", timeout=60_000)
    settled(page)


def met(page: Page, message: str) -> None:
    """Write a message and wait for the card that meets it."""
    page.fill(BOX, message)
    page.keyboard.press("Enter")
    page.wait_for_selector(".card", timeout=60_000)
    page.wait_for_selector("text=More on getting help")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page has drawn all that it is going to draw."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


@contextmanager
def rerun(page: Page) -> Iterator[None]:
    """Wait at the end until the script has run again on what was done in between.

    Right after a key is pressed the script may not have begun, and the page looks ``settled``.
    """
    page.evaluate(
        """() => {
            const app = document.querySelector("[data-testid=stApp]")
            let began = false
            window.hasRun = false
            new MutationObserver(() => {
                if (app.dataset.testScriptState === "running") began = true
                else if (began) window.hasRun = true
            }).observe(app, {attributeFilter: ["data-test-script-state"]})
        }"""
    )
    yield
    with suppress(TimeoutError):  # a run so short that the page never showed it as running
        page.wait_for_function("window.hasRun", timeout=15_000)
    settled(page)


def serious_findings(page: Page, patience: int = 10) -> list[tuple[str, list[str]]]:
    """What axe finds on a page that is serious or critical, and stays so.

    A theme changes over some frames, in which colours are neither the old nor the new ones; on a
    busy machine axe looks in between. What is wrong with the page is still there seconds later.
    """
    for _ in range(patience):
        page.wait_for_function(
            "document.getAnimations().every(one => one.playState !== 'running'"
            " || one.effect.getComputedTiming().endTime === Infinity)"
        )
        found = [
            (v["id"], [n["html"][:200] for n in v["nodes"]])
            for v in Axe().run(page).response["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        if not found:
            break
        page.wait_for_timeout(500)
    return found


def look_over(page: Page, where: str) -> None:
    """In both themes: it fits, axe finds nothing serious, the ways out are in sight."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_function(
            f"getComputedStyle(document.querySelector('.stApp')).colorScheme === '{scheme}'"
        )
        settled(page)
        place = f"{where}, {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        found = serious_findings(page)
        assert not found, f"{place}: {found}"
        for way in ("leave", "help"):
            assert page.locator(f".st-key-{way} button").is_visible(), place
