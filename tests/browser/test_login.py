"""People who log in, with an OpenID provider of our own: who sees what, and whose it is."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect
from served import (
    DESKTOP,
    MOODS,
    SORRY,
    ask,
    enter,
    free_port,
    look_over,
    served,
    settled,
    tab,
)

from coachbot.conversations import open_conversations

pytestmark = pytest.mark.browser

PEOPLE = {
    "boss": {"email": "Boss@clinic.example", "email_verified": True},
    "cleo": {"email": "cleo@clinic.example"},
    "ada": {"email": "ada@home.example"},
    "ben": {"email": "ben@home.example"},
    "mallory": {"email": "boss@clinic.example", "email_verified": False},
    "eve": {"email": "eve@clinic.example.evil.example"},
}
SECRET = "green suitcase"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of an OpenID provider that knows our people."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    for name, claims in PEOPLE.items():
        command += ["--user-claims", json.dumps({"sub": name, **claims})]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("login") / "served"


@pytest.fixture(scope="module")
def address(folder: Path, provider: str) -> Iterator[str]:
    """A page where people log in, conversations are stored, and roles are given."""
    port = free_port()
    secrets = folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret of this test that is long enough"
client_id = "coachbot"
client_secret = "x"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
    )
    roles = {"ADMINS": "boss@clinic.example", "CLINICIANS": "@clinic.example"}
    settings = {f"COACHBOT_{name}": value for name, value in roles.items()}
    settings["COACHBOT_KEEP_CONVERSATIONS"] = "true"
    texts = {"moods.md": MOODS, "sorry.md": SORRY}
    with served(folder, texts, port, **settings) as url:
        yield url


def log_in(page: Page, name: str) -> None:
    """Log in as one of the people, and enter the talk."""
    page.click("button:has-text('Log in')")
    page.click(f"button[name=sub][value={name}]")
    page.click("button:has-text('18 or older')")
    page.wait_for_selector(f".st-key-login:has-text('Logged in as {PEOPLE[name]['email']}')")
    settled(page)


def log_out(page: Page) -> None:
    page.click("button:has-text('Log out')")
    page.click("button:has-text('End session')")  # the provider asks too
    page.wait_for_selector("button:has-text('Log in')")


def places(page: Page) -> list[str]:
    return page.locator(".st-key-places a").all_inner_texts()


def test_who_is_not_logged_in_talks_and_keeps_nothing(page, address, folder):
    assert places(page) == ["Talk", "Library", "Settings"]
    assert "What you write is not stored unless you log in." in page.inner_text(".stMain")
    ask(page, f"Why do moods jump from my {SECRET}?")
    assert page.locator("button:has-text('Add to a handout')").count() == 0
    database = folder / "data" / "conversations.sqlite"
    assert not database.exists() or SECRET.encode() not in database.read_bytes()
    page.goto(f"{address}/handouts")
    page.wait_for_selector(".st-key-places")
    settled(page)
    assert page.locator("button:has-text('Make the handout')").count() == 0


@pytest.mark.parametrize(
    ("name", "handouts", "all_settings"),
    [
        ("boss", True, True),
        ("cleo", True, False),
        ("ada", False, False),
        ("mallory", False, False),
        ("eve", False, False),
    ],
)
def test_a_role_is_given_by_an_address_that_the_provider_vouches_for(
    page, name, handouts, all_settings
):
    log_in(page, name)
    assert ("Handouts" in places(page)) is handouts
    page.click(".st-key-places a:has-text('Settings')")
    page.wait_for_selector("h1:has-text('Settings')")
    told = page.locator("text=Whoever runs this page chooses")
    expect(told).to_be_visible(visible=not all_settings)
    keep = page.locator("label:has-text('Keep my conversations')")
    expect(keep).to_be_visible(visible=all_settings)
    page.click(".st-key-places a:has-text('Library')")
    page.wait_for_selector(".st-key-groups")
    expect(page.locator("text=Add your own texts")).to_be_visible(visible=all_settings)


def test_a_conversation_is_its_persons_own(page, browser, address, folder):
    log_in(page, "ada")
    ask(page, f"Why do moods jump from my {SECRET}?")
    page.wait_for_selector(f".st-key-past button:has-text('{SECRET}')")
    with tab(browser, viewport=DESKTOP) as other:
        enter(other, address)
        log_in(other, "ben")
        assert SECRET not in other.inner_text("body")
        other.fill("[aria-label='Search conversations']", "suitcase")
        other.keyboard.press("Enter")
        other.wait_for_selector("text=None of them holds these words")
        log_out(other)
        enter(other, address)
        log_in(other, "ada")
        other.click(f".st-key-past button:has-text('{SECRET}')")
        other.wait_for_selector(f".said:has-text('{SECRET}')")
    everyone = open_conversations(folder / "data" / "conversations.sqlite", None)
    assert sum(SECRET in one.title for one in everyone.list()) == 1
    everyone.close()


def test_who_logs_out_or_in_begins_with_an_empty_page(page):
    ask(page, f"Why do moods jump from my {SECRET}?")
    log_in(page, "ben")
    assert page.locator(".said").count() == 0
    ask(page, f"What about a bad mood and my {SECRET}?")
    log_out(page)
    page.click("button:has-text('18 or older')")
    page.wait_for_selector(".st-key-starters")
    assert SECRET not in page.inner_text("body")
    log_in(page, "cleo")
    assert SECRET not in page.inner_text("body")


def test_leaving_logs_out(page, address):
    page.context.route("https://www.weather.com/**", lambda route: route.fulfill(body="weather"))
    log_in(page, "ben")
    page.click(".st-key-leave button")
    page.wait_for_url("https://www.weather.com/**")
    enter(page, address)
    expect(page.locator("button:has-text('Log in')")).to_be_visible()
    assert not [one for one in page.context.cookies() if one["name"].startswith("_streamlit_user")]


def test_what_an_admin_chooses_holds_for_all(page, browser, address):
    log_in(page, "boss")
    page.click(".st-key-places a:has-text('Settings')")
    page.click("label:has-text('Handouts only')")
    settled(page)
    with tab(browser) as other:
        other.goto(address)
        other.wait_for_selector("h1:has-text('Library')")
        assert "Talk" not in places(other)
        other.goto(f"{address}/talk")
        other.wait_for_selector(".st-key-places")
        settled(other)
        assert other.locator("textarea").count() == 0
    page.click("label:has-text('Handouts only')")
    expect(page.locator(".st-key-places a:has-text('Talk')")).to_be_visible()


def test_axe_finds_nothing_serious_where_people_log_in(page):
    look_over(page, "not logged in")
    log_in(page, "cleo")
    look_over(page, "logged in")


def test_the_page_listens_on_this_machine_alone_and_says_so(address, folder):
    assert f"The page is at {address}" in (folder / "log").read_text()
    port = int(address.rpartition(":")[2])
    sockets = [one for one in psutil.net_connections("tcp") if one.status == "LISTEN"]
    listening = {one.laddr.ip for one in sockets if one.laddr.port == port}
    assert listening == {"127.0.0.1"}


def test_no_message_is_in_the_log(page, folder):
    ask(page, f"Why do moods jump from my {SECRET}?")
    assert SECRET not in (folder / "log").read_text()


def test_whoever_comes_from_elsewhere_without_a_login_is_a_reader(browser, served_plainly):
    url, _ = served_plainly
    passed_on = {"X-Forwarded-For": "203.0.113.9"}
    with tab(browser, viewport=DESKTOP, extra_http_headers=passed_on) as page:
        enter(page, url)
        assert places(page) == ["Talk", "Library", "Settings"]
        page.click(".st-key-places a:has-text('Settings')")
        page.wait_for_selector("text=Whoever runs this page chooses")
        assert page.locator("text=Keep my conversations").count() == 0
