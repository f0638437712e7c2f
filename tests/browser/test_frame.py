"""What is around every page in a real browser: the ways out, who sees what, settings, the look."""

from __future__ import annotations

import shutil

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Page, expect
from served import DESKTOP, PHONE, ask, enter, look_over, met, rerun, serving, settled, tab

pytestmark = pytest.mark.browser

WHY = "Why do moods jump from one person to the next?"


def test_a_fresh_home_is_asked_for_nothing(tmp_path, served_plainly):
    """With a browser to open and no Streamlit profile, the page starts without a prompt."""
    shutil.copytree(served_plainly[1] / "data", tmp_path / "data")
    corpus = str(served_plainly[1] / "corpus")
    with serving(tmp_path, "--corpus", corpus, HOME=str(tmp_path), BROWSER="true"):
        pass
    assert "email" not in (tmp_path / "log").read_text().lower()


def test_before_its_script_has_come_the_page_says_that_it_opens(browser, address):
    with tab(browser) as page:
        page.route("**/*.js", lambda route: route.abort())
        page.goto(f"{address}/library")
        assert page.inner_text("main") == "One moment …"
        assert page.title() == "Notes"


def test_one_person_never_sees_the_talk_of_another(page, browser, address):
    ask(page, "Why do moods jump in my secret family?")
    with tab(browser) as other:
        enter(other, address)
        assert "secret family" not in other.inner_text("body")


def test_a_reload_keeps_the_talk_and_a_new_tab_does_not_have_it(page, address):
    ask(page, "Why do moods jump in my secret family?")
    page.reload()
    page.wait_for_selector(".reply")
    assert page.inner_text(".said p") == "Why do moods jump in my secret family?"
    page.goto(f"{address}/settings")
    page.wait_for_selector("h1:has-text('Settings')")
    page.click(".st-key-places a:has-text('Talk')")
    page.wait_for_selector(".said")
    other = page.context.new_page()
    other.goto(address)
    other.wait_for_selector("button:has-text('18 or older')")
    assert "secret family" not in other.inner_text("body")


def test_no_advertisement_of_the_framework_is_shown(page):
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        " `<p data-testid='stSkillsNudge'>Install the official skills</p>`)"
    )
    assert not page.locator("[data-testid='stSkillsNudge']").last.is_visible()


def test_nothing_is_fetched_from_elsewhere_and_nothing_goes_wrong(browser, address):
    seen, errors = list[str](), list[str]()
    with tab(browser) as page:
        page.on("request", lambda request: seen.append(request.url))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        enter(page, address)
        ask(page, WHY)
        for name in ("Handouts", "Library", "Settings", "Talk"):
            page.click(f".st-key-places a:has-text('{name}')")
            page.wait_for_selector("h1")
            settled(page)
        loaded = page.evaluate(
            "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
        )
    inside = (address, address.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in seen if not url.startswith(inside)] == []
    assert errors == []
    assert "Atkinson Hyperlegible" in loaded


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_fits_and_axe_finds_nothing_serious_in_either_theme(browser, address, size):
    with tab(browser, viewport=size) as page:
        page.goto(address)
        page.wait_for_selector("button:has-text('18 or older')")
        look_over(page, "age")
        enter(page, address)
        look_over(page, "empty talk")
        ask(page, WHY)
        look_over(page, "talk")
        page.click(".st-key-help button")
        page.wait_for_selector("[role=dialog]")
        look_over(page, "help")
        for name in ("handouts", "settings"):
            page.goto(f"{address}/{name}")
            page.wait_for_selector("h1")
            look_over(page, name)


def test_axe_finds_nothing_serious_on_a_card(browser, address):
    with tab(browser, viewport=PHONE) as page:
        enter(page, address)
        met(page, "I want to kill myself")
        look_over(page, "card")


def test_the_age_is_asked_once_and_the_young_get_their_lines(browser, address):
    with tab(browser, locale="en-GB") as page:
        page.goto(address)
        page.click("button:has-text('younger')", timeout=60_000)
        page.wait_for_selector("a[href='tel:08001111']")
        assert page.locator("textarea").count() == 0


def test_a_crisis_card_has_numbers_to_tap_and_answers_as_buttons(browser, address):
    with tab(browser, locale="en-US", viewport=PHONE) as page:
        enter(page, address)
        met(page, "I want to die")
        assert page.locator(".card a[href='tel:988']").count() == 1
        assert page.locator(".card a[href='sms:741741?body=HOME']").count() == 1
        assert "Numbers for: United States" in page.inner_text(".card")
        page.click("button:has-text('Not sure')")
        page.wait_for_selector("text=You don't need a plan")
        page.click('button:has-text("That\'s not what I meant")')
        page.wait_for_selector("text=I misread you")


def test_a_card_that_asks_offers_its_answers_inside_the_fold(browser, address):
    with tab(browser, locale="en-GB") as page:
        enter(page, address)
        met(page, "She told everyone at church I fell on the stairs. We live in a bungalow.")
        assert page.locator("button:has-text('Not sure')").is_hidden()
        page.click("text=Is it safe to read this now?")
        page.wait_for_selector("text=I want to be sure I understand.")
        with rerun(page):
            page.click("button:has-text('Not sure')")
        page.wait_for_selector("#card-2")
        page.wait_for_selector("text=More on getting help")
        settled(page)  # before that, what is opened closes again as the page is drawn anew
        page.click("text=Is it safe to read this now? >> nth=1")
        page.wait_for_selector("text=you don't need a name for it. I'm a program, so")
        assert page.locator("button:has-text('Not sure')").count() == 0


def test_violence_shows_one_line_and_folds_the_rest(browser, address):
    with tab(browser, locale="en-GB") as page:
        enter(page, address)
        met(page, "My husband hit me last night")
        assert "not your fault" not in page.inner_text(".card")
        assert page.locator("text=what was done to you is not your fault").is_hidden()
        page.click("text=Is it safe to read this now?")
        page.wait_for_selector("text=what was done to you is not your fault")
        assert page.locator("a[href='tel:08082000247']").count() >= 1


@pytest.mark.parametrize("way", ["button", "escape"])
def test_leaving_wipes_the_page_and_cannot_be_undone(browser, address, way):
    with tab(browser, viewport=PHONE) as page:
        page.context.route(
            "https://www.weather.com/**", lambda route: route.fulfill(body="weather")
        )
        enter(page, address)
        met(page, "My husband hit me in my secret kitchen")
        assert page.locator(".st-key-leave button").is_visible()
        assert page.locator(".st-key-help button").is_visible()
        if way == "button":
            page.click(".st-key-leave button")
        else:
            for _ in range(3):
                page.keyboard.press("Escape")
        page.wait_for_url("https://www.weather.com/**", timeout=10_000)
        page.go_back()
        assert not page.url.startswith(address)
        page.goto(address)
        page.wait_for_selector("button:has-text('18 or older')", timeout=60_000)
        assert "secret kitchen" not in page.inner_text("body")


def test_one_can_leave_while_the_help_is_open(browser, address):
    with tab(browser, viewport=PHONE) as page:
        page.context.route(
            "https://www.weather.com/**", lambda route: route.fulfill(body="weather")
        )
        enter(page, address)
        page.click(".st-key-help button")
        page.wait_for_selector("[role=dialog]")
        button = page.locator(".st-key-leave button").bounding_box()
        assert button
        page.mouse.click(button["x"] + 20, button["y"] + 20)
        page.wait_for_url("https://www.weather.com/**", timeout=10_000)


def test_leaving_lets_go_of_what_the_server_held_for_the_tab(browser, address):
    with tab(browser) as page:
        page.context.route(
            "https://www.weather.com/**", lambda route: route.fulfill(body="weather")
        )
        enter(page, address)
        ask(page, "Why do moods jump in my secret kitchen?")
        token = page.evaluate("sessionStorage.getItem('tab')")
        page.click(".st-key-leave button")
        page.wait_for_url("https://www.weather.com/**", timeout=10_000)
        page.goto(f"{address}/settings")
        page.evaluate(f"sessionStorage.setItem('tab', {token!r})")
        page.goto(address)
        page.wait_for_selector("button:has-text('18 or older')")
        assert "secret kitchen" not in page.inner_text("body")


def test_what_called_for_help_cannot_be_taken_back(page):
    met(page, "My husband hit me last night")
    assert page.locator("button:has-text('Edit my message')").count() == 0
    ask(page, "How do I say sorry?", answers=2)
    assert page.locator("button:has-text('Edit my message')").count() == 0
    assert page.locator(".said").count() == 2


def test_the_country_and_the_type_are_chosen_and_stay_after_a_reload(page, address):
    page.click(".st-key-places a:has-text('Settings')")
    page.wait_for_selector("h1:has-text('Settings')")
    choose(page, "Whose numbers to show", "Ireland")
    choose(page, "Size of the type", "Large")
    larger = "getComputedStyle(document.documentElement).fontSize === '22.1px'"
    page.wait_for_function(larger)
    page.reload()
    page.wait_for_selector("h1:has-text('Settings')")
    page.wait_for_function(larger)
    page.click(".st-key-places a:has-text('Talk')")
    met(page, "I want to die")
    assert "Numbers for: Ireland" in page.inner_text(".card")


def test_another_country_under_a_card_changes_the_numbers_on_it(page):
    met(page, "I want to die")
    for country, number in (("Ireland", "116 123"), ("United States", "988")):
        choose(page, "Whose numbers to show", country)
        page.wait_for_selector(f".card:has-text('Numbers for: {country}')")
        assert page.locator(f".card a[href^='tel:']:has-text('{number}')").count()


def test_the_numbers_beside_a_reply_on_control_can_be_tapped(page):
    ask(page, "He checks my phone every night and I walk on eggshells. What do I say to him?")
    choose(page, "Whose numbers to show", "United States")
    assert page.locator(".reply a[href='tel:18007997233']").count()
    assert page.locator(".reply a[href='tel:911']").count()


def choose(page: Page, label: str, option: str) -> None:
    settled(page)
    page.get_by_label(label).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def test_storing_is_off_until_it_is_switched_on(page):
    assert "What you write is not stored." in page.inner_text(".stMain")
    page.click(".st-key-places a:has-text('Settings')")
    page.click("label:has-text('Keep my conversations')")
    settled(page)
    page.click(".st-key-places a:has-text('Talk')")
    ask(page, WHY)
    assert "What you write is not stored." not in page.inner_text(".stMain")
    expect(page.locator(".st-key-past button:has-text('Why do moods jump')").first).to_be_visible()
    with rerun(page):
        page.click("button:has-text('Not useful')")
    page.locator("[class*=st-key-reason] input").fill("too short")
    with rerun(page):
        page.keyboard.press("Enter")
    page.reload()
    page.wait_for_selector(".reply")
    expect(page.locator("input[value='too short']")).to_be_visible()
