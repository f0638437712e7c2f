"""One Chromium and one small page for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, sync_playwright
from served import DESKTOP, MOODS, QUIET, SORRY, enter, served, tab


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    texts = {"moods.md": MOODS, "sorry.md": SORRY}
    with served(tmp_path_factory.mktemp("page") / "served", texts) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The talk, for an adult, on a desktop."""
    with tab(browser, 60_000, viewport=DESKTOP) as found:
        enter(found, address)
        yield found
