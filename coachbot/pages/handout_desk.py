"""What stands around a sheet on the desk: how it reads, how it looks, and how it goes out."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from coachbot.errors import CoachbotError, HandoutError
from coachbot.handouts.checks import Report, Weight
from coachbot.handouts.client_sheet import client_sheet
from coachbot.handouts.markdown import to_text
from coachbot.handouts.model import Handout, Paper, TypeSize
from coachbot.handouts.shelf import Shelf
from coachbot.pages.handout_editor import change, desk
from coachbot.pages.labels import plain
from coachbot.pages.session import coach
from coachbot.prompts import say

_WORDS = "handouts-page"
_CLIENT = (".pdf", ".docx", ".md")
_CLINICIAN = (".pdf", ".docx")
_MIME = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".md": "text/markdown",
    ".json": "application/json",
}


def show_meters(report: Report) -> None:
    """Grade, pages and PEMAT-P, and under them what could be mended."""
    grade, pages, pemat = st.columns(3)
    reading = report.reading
    if reading:
        formulas = {"flesch": f"{reading.flesch_kincaid:.1f}", "smog": f"{reading.smog:.1f}"}
        help_ = say(_WORDS, "grade-help", **formulas)
        grade.metric(say(_WORDS, "grade"), f"{reading.grade:.1f}", help=help_)
    else:
        grade.metric(say(_WORDS, "grade"), say(_WORDS, "not-scored"))
    pages.metric(say(_WORDS, "pages"), report.pages or "–")
    share = f"{report.pemat_score:.0%}"
    pemat.metric(say(_WORDS, "pemat"), share, help=say(_WORDS, "pemat-help"))
    for weight, show in (
        (Weight.BLOCKS, st.error),
        (Weight.FAILS, st.warning),
        (Weight.ADVICE, st.info),
    ):
        found = dict.fromkeys(r.text for r in report.remarks if r.weight is weight)
        if found:
            show(f"{say(_WORDS, weight.value)}:\n\n" + "\n".join(f"- {plain(t)}" for t in found))
    if not report.remarks:
        st.caption(say(_WORDS, "remarks-none"))
    with st.expander(say(_WORDS, "pemat-list")):
        _pemat(report)


def _pemat(report: Report) -> None:
    names = {True: "pemat-met", False: "pemat-missed", None: "pemat-human"}
    rows = [f"- {item.text}: *{say('handout_checks', names[item.met])}*" for item in report.pemat]
    st.markdown("\n".join(rows))


def show_look(handout: Handout) -> None:
    """Paper, type size and who signs."""
    paper, size, reviewer = st.columns(3)
    chosen_paper = paper.selectbox(
        say(_WORDS, "paper"), list(Paper), index=list(Paper).index(handout.paper)
    )
    chosen_size = size.selectbox(
        say(_WORDS, "size"),
        list(TypeSize),
        index=list(TypeSize).index(handout.size),
        format_func=lambda s: say(_WORDS, "points", size=int(s)),
    )
    signed = reviewer.text_input(
        say(_WORDS, "reviewer"), handout.reviewer, help=say(_WORDS, "reviewer-help")
    )
    dressed = replace(
        handout,
        paper=chosen_paper or handout.paper,
        size=chosen_size or handout.size,
        reviewer=signed,
    )
    if dressed != handout:
        change(dressed)
        st.rerun()


def show_ways_out(handout: Handout, report: Report, shelf: Shelf) -> None:
    """Download, copy, save; a sheet that is not grounded can only be saved."""
    st.subheader(say(_WORDS, "give-out"))
    if report.named("grounds") or report.named("help-missing"):
        st.error(say(_WORDS, "blocked"))
    else:
        _downloads(handout, report)
        with st.expander(say(_WORDS, "copy")):
            st.caption(say(_WORDS, "copy-note"))
            st.code(to_text(client_sheet(handout)), language=None, wrap_lines=True)
    _download(handout, ".json", say(_WORDS, "save"), clinician=False)
    with st.form("template", border=False):
        name = st.text_input(say(_WORDS, "template-name"), handout.title, key="template-name")
        wanted = st.form_submit_button(say(_WORDS, "template-save"))
    if wanted:
        shelf.put_template(name, handout)
        st.success(say(_WORDS, "template-saved", title=name))


def _downloads(handout: Handout, report: Report) -> None:
    # What stops the PDF need not stop the others; only then is each form tried before it is shown.
    all_go = not report.named("printing")
    goes = {suffix for suffix in _CLIENT if all_go or _goes_out(handout, suffix)}
    with st.container(horizontal=True):
        for suffix in filter(goes.__contains__, _CLIENT):
            _download(handout, suffix, say(_WORDS, f"download-{suffix[1:]}"), clinician=False)
    st.caption(say(_WORDS, "clinician-note"))
    with st.container(horizontal=True):
        for suffix in filter(goes.__contains__, _CLINICIAN):
            _download(handout, suffix, say(_WORDS, f"clinician-{suffix[1:]}"), clinician=True)


def _goes_out(handout: Handout, suffix: str) -> bool:
    try:
        return bool(coach().handouts.export(handout, suffix))
    except HandoutError:
        return False


def _download(handout: Handout, suffix: str, label: str, *, clinician: bool) -> None:
    def content() -> bytes:
        held = coach().handouts
        return (held.export_clinician_sheet if clinician else held.export)(handout, suffix)

    name = "".join(c if c.isalnum() else "-" for c in handout.title.lower()).strip("-")
    st.download_button(
        label,
        content,
        f"{name}{'-clinician' if clinician else ''}{suffix}",
        _MIME[suffix],
        key=f"download-{suffix}-{clinician}",
        on_click="ignore",
    )


def keep_recent(shelf: Shelf) -> None:
    """Keep the sheet on the desk among the recent ones, where that is switched on."""
    now = desk()
    if now and shelf.keeps_recent:
        try:
            shelf.put_recent(now.id, now.now)
        except CoachbotError as error:
            st.warning(f"{error.message} {error.hint}")
