"""An Answer as HTML: sentences with numbered links, and the sources they lead to."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from coachbot.answering.situation_reply import is_tonight
from coachbot.prompts import say
from coachbot.types import Answer, Citation, Claim, Note, Outcome, Verdict


def reply_html(answer: Answer, place: str, newest: bool) -> str:
    """Render an answer.

    Args:
        answer: what to show.
        place: a name for this answer that no other on the page has, for its anchors.
        newest: whether its sources are unfolded.

    Returns:
        HTML; all text in it is escaped, so that nothing in a source acts as markup.
    """
    parts = ["<div class='reply'>", *_paragraphs(answer.claims, place)]
    parts += [_note(note, place) for note in answer.notes]
    if answer.citations:
        parts.append(_sources(answer, place, newest))
        parts.append(_searched(answer))
    return "".join([*parts, "</div>"])


def _paragraphs(claims: Sequence[Claim], place: str) -> list[str]:
    paragraphs: list[list[str]] = []
    for claim in claims:
        if not paragraphs or claim.verdict is not Verdict.SUPPORTED:
            paragraphs.append([])
        paragraphs[-1].append(_sentence(claim, place))
    return [f"<p>{' '.join(sentences)}</p>" for sentences in paragraphs]


def _sentence(claim: Claim, place: str) -> str:
    marks = "".join(_mark(citation, place) for citation in claim.citations)
    own = claim.verdict is Verdict.CONNECTIVE
    text = escape(claim.text)
    return f"<span class='own'>{text}</span>" if own else f"{text}{marks}"


def _mark(citation: Citation, place: str) -> str:
    label = escape(citation.label, quote=True)
    return (
        f"<a class='mark' href='#{_anchor(place, citation.number)}' aria-label='{label}' "
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
    note = escape(say("page", "checked-note"))
    return (
        f"<details{unfolded}><summary>{heading}</summary>"
        f"<ol class='sources'>{''.join(items)}</ol><p>{note}</p></details>"
    )


def _source(answer: Answer, number: int, place: str) -> str:
    cited = [c for c in _all_citations(answer) if c.number == number]
    first = cited[0]
    passage = answer.hits[number - 1].passage
    facts = [first.byline, say("page", f"kind-{first.kind.value}"), *(_strengths(cited))]
    head = " · ".join(escape(fact) for fact in facts if fact)
    title = escape(first.title or first.document_id)
    spans = sorted((c.start - passage.start, c.end - passage.start) for c in cited)
    return (
        f"<li id='{_anchor(place, number)}' tabindex='-1'><p class='source-head'>"
        f"<strong>{number}&ensp;{title}</strong><br>{head}</p>"
        f"<p class='passage'>{_highlighted(passage.text, spans)}</p></li>"
    )


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
