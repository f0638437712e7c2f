"""The ways out that are on the page at all times: leave now, and need help now.

Leaving first wipes this person's state on the server, then replaces the page by a neutral site, so
that Back and Reload find nothing. The browser hides the page at once, before the server has
answered; pressing Escape three times does the same. Whoever is logged in is logged out.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path

import streamlit as st

from coachbot.pages import visit
from coachbot.pages.roles import person
from coachbot.prompts import say, texts
from coachbot.safety.cards import fixed, needs_of
from coachbot.safety.lines import Country, Line, countries, country, country_of_locale
from coachbot.settings import load_settings

NEUTRAL_SITE = "https://www.weather.com/"

_GO = "<script>window.location.replace(SITE);</script>"


def leave() -> None:
    """Wipe this person's state on the server; the next run only sends the browser away."""
    visit.wipe()
    st.session_state["left"] = True


def gone() -> None:
    """After leaving, send the browser away and show nothing else."""
    if st.session_state.get("left"):
        go = _GO.replace("SITE", json.dumps(NEUTRAL_SITE))
        st.html(go, unsafe_allow_javascript=True)
        st.markdown(say("page", "left"))
        st.stop()


def ways_out() -> None:
    """Put both ways out on the page."""
    script = Path(__file__).with_name("exits.js").read_text(encoding="utf-8")
    script = script.replace("SITE", json.dumps(NEUTRAL_SITE))
    script = script.replace("LOGGED_IN", json.dumps(bool(person())))
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
    with st.container(key="exits", horizontal=True):
        st.button(say("page", "leave"), key="leave", on_click=leave)
        if st.button(say("page", "help"), key="help"):
            _help()


def chosen_country() -> Country:
    """The country chosen on the page, else the settings', else what the browser's locale names."""
    locale = country_of_locale(st.context.locale or "")
    return country(st.session_state.get("country") or load_settings().country or locale)


def country_selector(key: str) -> None:
    """Let the person choose whose numbers are shown."""
    codes, current = list(countries()), chosen_country().code

    def choose() -> None:
        st.session_state["country"] = st.session_state[key]

    st.selectbox(
        say("page", "country-note"),
        codes,
        index=codes.index(current),
        format_func=lambda code: countries()[code].name,
        key=key,
        on_change=choose,
    )


def help_pages(where: Country, category: str | None) -> None:
    """The fixed pages behind every card, with the lines for its category."""
    with st.expander(say("page", "more-help")):
        for name in texts("safety/pages"):
            title, _, body = fixed("pages", name, where, *needs_of(category)).partition("\n")
            st.markdown(f"**{title.removeprefix('title: ')}**")
            st.html(f"<p>{linked(body.strip(), where)}</p>")


def linked(text: str, where: Country) -> str:
    """A text as HTML with the country's numbers as links to call or to write."""
    html = escape(text)
    targets: dict[str, str] = {}
    for line in where.lines:
        if line.text:
            word = f"{line.text_word} to " if line.text_word else ""
            targets[f"text {word}{line.text}"] = _sms(line)
        if line.call:
            targets[f"call {line.call}"] = f"tel:{re.sub(r'[^0-9+]', '', line.call)}"
    if where.emergency.split()[0].isdigit():
        number = f"tel:{where.emergency.split()[0]}"
        targets |= {f"call {where.emergency}": number, f"{where.emergency}:": number}
    for said in sorted(targets, key=len, reverse=True):
        html = re.sub(
            rf"(?<![\w>]){re.escape(said)}(?![\d-])",
            f"<a href='{targets[said]}'>{said}</a>",
            html,
        )
    return html


@st.dialog(say("page", "help"))
def _help() -> None:
    country_selector("country-in-help")
    where = chosen_country()
    st.html(f"<p>{linked(say('page', 'help-intro', emergency=where.emergency), where)}</p>")
    parts = list[str]()
    for need, lines in where.by_need():
        items = "".join(f"<li>{linked(line.told_whole, where)}</li>" for line in lines)
        parts.append(f"<p><b>{escape(say('page', f'help-{need}'))}</b></p><ul>{items}</ul>")
    st.html("".join(parts) + f"<p>{escape(say('page', 'help-more'))}</p>")


def _sms(line: Line) -> str:
    number = re.sub(r"[^0-9+]", "", line.text)
    return f"sms:{number}?body={line.text_word}" if line.text_word else f"sms:{number}"
