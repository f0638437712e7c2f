"""An Answer as HTML: sentences with numbered links, and the sources they lead to as cards.

Everything in it is escaped, so that nothing in a message, a source or a model's words acts as
markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from coachbot.answering.chat_drafter import ChatModelDrafter
from coachbot.answering.situation_reply import is_tonight
from coachbot.pages.document_view import address
from coachbot.pages.exits import chosen_country, linked
from coachbot.pages.labels import counted
from coachbot.prompts import say
from coachbot.types import Answer, Citation, Claim, Note, Outcome, Verdict


def reply_html(answer: Answer, place: str, newest: bool) -> str:
    """Render an answer.

    Args:
        answer: what to show.
        place: a name for this answer that no other on the page has, for its anchors.
        newest: whether its sources are unfolded.
    """
    parts = ["<div class='reply'>", *_paragraphs(answer.claims, place)]
    parts += [_note(note, place) for note in answer.notes]
    if answer.notice:
        parts.append(f"<p class='notice'>{escape(answer.notice)}</p>")
    if answer.model and answer.left_out:
        told = counted(len(answer.left_out), "sentence")
        parts.append(f"<p class='quiet'>{escape(say('page', 'left-out', count=told))}</p>")
    if answer.citations:
        parts.append(_sources(answer, place, newest))
    if answer.searched_for:
        parts.append(_searched(answer))
    return "".join([*parts, "</div>"])


def partial_html(claims: Sequence[Claim], place: str) -> str:
    """The sentences that have come so far; their sources follow when the answer is whole."""
    return "".join(["<div class='reply'>", *_paragraphs(claims, place), "</div>"])


def reflection_html(question: str, title: str, href: str) -> str:
    """A question to the reader, with a link to where it stands."""
    told = escape(say("page", "reflect"))
    return (
        f"<p class='reflect'><strong>{told}</strong> {escape(question)} "
        f"<a href='{escape(href, quote=True)}'>{escape(title)}</a></p>"
    )


def _paragraphs(claims: Sequence[Claim], place: str) -> list[str]:
    paragraphs: list[list[str]] = []
    marked = set[int]()
    for claim in claims:
        if not paragraphs or claim.verdict is not Verdict.SUPPORTED:
            paragraphs.append([])
        paragraphs[-1].append(_sentence(claim, place, marked))
    return [f"<p>{' '.join(sentences)}</p>" for sentences in paragraphs]


def _sentence(claim: Claim, place: str, marked: set[int]) -> str:
    """A sentence and its marks; the first mark of each source can be led back to."""
    marks = list[str]()
    for citation in claim.citations:
        first = citation.number not in marked
        marked.add(citation.number)
        marks.append(_mark(citation, place, f" id='{_mark_anchor(place, citation)}'" * first))
    if claim.verdict is Verdict.FIXED:
        # It may name help lines, and has paragraphs of its own.
        return linked(claim.text, chosen_country()).replace("\n\n", "</p><p>")
    text = escape(claim.text)
    if claim.verdict is Verdict.CONNECTIVE:
        return f"<span class='own'>{text}</span>"
    return f"{text}{''.join(marks)}"


def _mark(citation: Citation, place: str, anchor: str = "") -> str:
    label = escape(citation.label, quote=True)
    return (
        f"<a class='mark'{anchor} href='#{_anchor(place, citation.number)}' aria-label='{label}' "
        f"title='{label}'>{citation.number}</a>"
    )


def _note(note: Note, place: str) -> str:
    text = escape(say("page", "note", number=note.about, text=note.text))
    marks = "".join(_mark(c, place) for c in note.citations if c.quote == note.text)
    return f"<p class='note'>{text}{marks}</p>"


def _sources(answer: Answer, place: str, newest: bool) -> str:
    numbers = sorted({citation.number for citation in _all_citations(answer)})
    items = [_source(answer, number, place) for number in numbers]
    name = "closest" if answer.outcome is Outcome.RELATED else "sources"
    heading = escape(say("page", name, count=len(items)))
    # Whoever writes right after a fight needs the step, not the reading list.
    unfolded = " open" if newest and not is_tonight(answer.question) else ""
    note = escape(say("page", _whose_words(answer)))
    return (
        f"<details class='sources'{unfolded}><summary>{heading}</summary>"
        f"<ol>{''.join(items)}</ol><p class='quiet'>{note}</p></details>"
    )


def _whose_words(answer: Answer) -> str:
    """The name of the note that tells whose words the sentences are."""
    if answer.model is None:
        return "checked-note"
    written = answer.drafter == ChatModelDrafter.name
    return "checked-note-model" if written else "checked-note-between"


def _source(answer: Answer, number: int, place: str) -> str:
    cited = [c for c in _all_citations(answer) if c.number == number]
    first = cited[0]
    title = escape(first.title or first.document_id)
    kind = escape(say("page", f"kind-{first.kind.value}"))
    facts = [escape(first.byline), kind, *map(escape, _strengths(cited))]
    head = "".join(f"<span>{fact}</span>" for fact in facts if fact)
    back = escape(say("page", "back-to-text", number=number), quote=True)
    opened = escape(address(first.document_id, first.start, first.end), quote=True)
    label = escape(say("page", "open-label", title=first.title), quote=True)
    links = (
        f"<a class='open' href='{opened}' aria-label='{label}'>{escape(say('page', 'open'))}</a>"
        f"<a class='back' href='#{_mark_anchor(place, first)}' aria-label='{back}'>"
        f"{escape(say('page', 'back'))}</a>"
    )
    return (
        f"<li id='{_anchor(place, number)}' tabindex='-1'>"
        f"<p class='source-head'><span class='number' aria-hidden='true'>{number}</span>"
        f"<strong>{title}</strong></p><p class='facts'>{head}</p>"
        f"<p class='passage'>{_quoted_in_passage(answer, cited)}</p>"
        f"<p class='source-links'>{links}</p></li>"
    )


def _quoted_in_passage(answer: Answer, cited: Sequence[Citation]) -> str:
    """The passage with its quotes marked; an answer that was stopped has the quotes alone."""
    number = cited[0].number
    if number > len(answer.hits):
        return " ".join(f"<mark>{escape(c.quote)}</mark>" for c in cited)
    passage = answer.hits[number - 1].passage
    spans = sorted((c.start - passage.start, c.end - passage.start) for c in cited)
    return _highlighted(passage.text, spans)


def _all_citations(answer: Answer) -> list[Citation]:
    noted = (c for note in answer.notes for c in note.citations)
    return list(dict.fromkeys((*answer.citations, *noted)))


def _strengths(citations: Sequence[Citation]) -> list[str]:
    strengths = {c.strength.value for c in citations if c.strength}
    return [say("page", "strength", strength=strength) for strength in sorted(strengths)]


def _highlighted(text: str, spans: Sequence[tuple[int, int]]) -> str:
    parts, end = list[str](), 0
    for start, stop in spans:
        parts += [escape(text[end:start]), f"<mark>{escape(text[start:stop])}</mark>"]
        end = stop
    return "".join([*parts, escape(text[end:])])


def _searched(answer: Answer) -> str:
    heading, searched = escape(say("page", "searched")), escape(answer.searched_for)
    return f"<details><summary>{heading}</summary><p class='searched'>{searched}</p></details>"


def _anchor(place: str, number: int) -> str:
    return f"{place}-source-{number}"


def _mark_anchor(place: str, citation: Citation) -> str:
    return f"{place}-mark-{citation.number}"
