"""One Chromium and one small page for all browser tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect, sync_playwright
from served import DESKTOP, MOODS, QUIET, SORRY, enter, served, tab

# As long as a tab waits: on a busy machine a run of the script takes more than the five seconds.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def served_plainly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a page with two texts and no settings, and the folder of its files."""
    folder = tmp_path_factory.mktemp("page") / "served"
    with served(folder, {"moods.md": MOODS, "sorry.md": SORRY}) as url:
        yield url, folder


@pytest.fixture(scope="session")
def address(served_plainly: tuple[str, Path]) -> str:
    return served_plainly[0]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # The shell has no windows of its own to draw: a new context costs a sixth of the time.
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if not chromium:
        pytest.skip("Chromium is not installed: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The talk, for an adult, on a desktop."""
    with tab(browser, viewport=DESKTOP) as found:
        enter(found, address)
        yield found
