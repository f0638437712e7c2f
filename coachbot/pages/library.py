"""The library: every text to read, at a sentence if the address names one; search; adding."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

import streamlit as st

from coachbot.coach import Coach
from coachbot.errors import DocumentNotFoundError
from coachbot.pages import adding, document_view, exchange
from coachbot.pages.exits import chosen_country
from coachbot.pages.labels import counted, plain
from coachbot.pages.session import coach, gate
from coachbot.prompts import say
from coachbot.reading.sentences import Span
from coachbot.types import Document, Hit, Kind

_FOUND = 8
_ORDER = (Kind.USER, Kind.ARTICLE, Kind.DIGEST, Kind.EVIDENCE, Kind.PRACTICE)


def show() -> None:
    """Show the text that the address names, or the list of texts with search and adding."""
    css = Path(__file__).with_name("library.css").read_text(encoding="utf-8")
    st.html(f"<style>{css}</style>")
    opened = coach()
    if id := st.query_params.get("document"):
        _read(opened, id)
        return
    if st.session_state.pop("read_at", None):
        st.query_params.clear()  # tells the browser: a link within one page leaves its address
    st.title(say("library", "title"))
    adding.tell()
    documents = opened.documents()
    _holdings(opened.facts(), len(documents))
    if not documents:
        st.info(say("library", "empty"))
        adding.form(opened)
        adding.removed(opened)
        return
    query = st.text_input(
        say("library", "search"), placeholder=say("library", "search-hint"), max_chars=300
    )
    if query.strip():
        _search(opened, query)
        return
    adding.form(opened)
    adding.removed(opened)
    with st.container(key="groups"):
        _list(documents)


def link(label: str, document_id: str, start: int | None = None, end: int | None = None) -> None:
    """Put a link to a text on the page, which opens without losing what the page holds."""
    st.page_link(
        st.Page(show, url_path=document_view.PATH),
        label=plain(label),
        query_params=document_view.parameters(document_id, start, end),
    )


def _holdings(facts: Mapping[str, str], texts: int) -> None:
    """What the index holds, when it was built, and with which model."""
    built = datetime.fromisoformat(facts["built_at"])
    told = say(
        "library",
        "holdings",
        texts=counted(texts, "text"),
        passages=counted(int(facts["passages"]), "passage"),
        sentences=counted(int(facts["sentences"]), "sentence"),
        built=f"{built.day} {built:%B %Y, %H:%M}",
        model=Path(facts["embedder"]).name,
    )
    st.html(f"<p class='facts'>{escape(told)}</p>")


def _list(documents: Sequence[Document]) -> None:
    for kind in _ORDER:
        of_kind = sorted((d for d in documents if d.kind is kind), key=lambda d: d.name.casefold())
        if not of_kind:
            continue
        st.subheader(say("library", f"group-{kind.value}", count=len(of_kind)))
        for document in of_kind:
            with st.container(key=f"text-{document.id}", gap=None):
                link(document.name, document.id)
                about = document.summary or document.byline
                if about:
                    st.html(f"<p class='about'>{escape(about)}</p>")


def _search(opened: Coach, query: str) -> None:
    """The passages that fit; a message that tells of danger is met first, as in the talk."""
    met = gate().meet(query, (), chosen_country().code)
    if met.alone:
        exchange.card(met.answer(query), 0, newest=False)
        return
    hits = opened.search(query, _FOUND)
    told = say("library", "found", count=counted(len(hits), "passage")) if hits else ""
    st.html(f"<p class='unseen' role='status'>{escape(told or say('library', 'not-found'))}</p>")
    if not hits:
        st.info(say("library", "not-found"))
    for number, (hit, span) in enumerate(
        zip(hits, opened.closest_sentences(query, hits), strict=True)
    ):
        with st.container(key=f"found-{number}", gap=None):
            link(hit.passage.location, hit.passage.document_id, *span)
            st.html(_passage(hit, span))


def _passage(hit: Hit, span: Span) -> str:
    passage = hit.passage
    a, b = span[0] - passage.start, span[1] - passage.start
    before, sentence, after = passage.text[:a], passage.text[a:b], passage.text[b:]
    return f"<p class='found'>{escape(before)}<mark>{escape(sentence)}</mark>{escape(after)}</p>"


def _read(opened: Coach, id: str) -> None:
    st.page_link(
        st.Page(show, url_path=document_view.PATH),
        label=say("library", "back"),
        icon=":material/arrow_back:",
    )
    adding.tell()
    try:
        document = opened.document(id)
    except DocumentNotFoundError:
        st.title(say("library", "gone-title"))
        st.markdown(say("library", "gone"))
        return
    st.html(document_view.head_html(document, say("page", f"kind-{document.kind.value}")))
    adding.removal(opened, document)
    marked = _marked(document)
    spans = document_view.parts(document.text)
    part = _part(spans, marked)
    st.html(document_view.document_html(document, spans[part], marked))
    _turn_pages(document, spans, part)
    _colophon(document)
    _go_to(id, marked)


def _marked(document: Document) -> Span | None:
    start, end = _number("start"), _number("end")
    if start is None:
        return None
    if end is not None and start < end <= len(document.text):
        return start, end
    return document_view.sentence_at(document.text, start)


def _number(name: str) -> int | None:
    value = st.query_params.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _part(spans: Sequence[Span], marked: Span | None) -> int:
    start = marked[0] if marked else _number("start") or 0
    return next((i for i, (a, b) in enumerate(spans) if a <= start < b), 0)


def _turn_pages(document: Document, spans: Sequence[Span], part: int) -> None:
    if len(spans) == 1:
        return
    told = say("library", "part", number=part + 1, count=len(spans))
    st.html(f"<p class='facts'>{escape(told)}</p>")
    with st.container(horizontal=True):
        if part > 0:
            link(say("library", "part-before"), document.id, spans[part - 1][0])
        if part + 1 < len(spans):
            link(say("library", "part-after"), document.id, spans[part + 1][0])


def _colophon(document: Document) -> None:
    facts = [
        say("library", fact, value=value)
        for fact, value in (
            ("from-file", document.source),
            ("licence", document.licence),
            ("checked-by", document.checked_by),
            ("topics", ", ".join(document.topics)),
        )
        if value
    ]
    st.html(f"<p class='facts colophon'>{'<br>'.join(escape(fact) for fact in facts)}</p>")


def _go_to(id: str, marked: Span | None) -> None:
    """Bring the sentence into view once; later runs of the page leave the reader where they are."""
    place = json.dumps([id, marked])
    if st.session_state.get("read_at") == place:
        return
    st.session_state["read_at"] = place
    st.query_params.from_dict(st.query_params.to_dict())  # as in ``show``
    script = Path(__file__).with_name("library.js").read_text(encoding="utf-8")
    target = json.dumps("here" if marked else "")
    st.html(f"<script>{script.replace('TARGET', target)}</script>", unsafe_allow_javascript=True)
