"""From a request to a sheet: the safety question first, then the text, then the sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

from coachbot.embedding import Encode
from coachbot.errors import HandoutError, SafetyChoiceError
from coachbot.handouts.composing import (
    EASY,
    Material,
    abuse_explainer,
    compose,
    own_text,
    safety_sheet,
)
from coachbot.handouts.model import Audience, Handout, HandoutKind, Provenance
from coachbot.handouts.sourcing import Relevance, Text, text_of
from coachbot.handouts.topics import is_about_safety, leading, safety_text, title_of
from coachbot.handouts.touching_safety import (
    SafetyPath,
    is_everyday_fear,
    tells_of_danger,
    touches_on_safety,
)
from coachbot.prompts import say
from coachbot.reading.passages import sentence_spans
from coachbot.reading.sentences import Span
from coachbot.safety.lines import Country
from coachbot.search.snapshot import Snapshot
from coachbot.types import Answer, Outcome, Role, Screening, Verdict

_Chosen = tuple[Text, Span, Role]
"""A sentence that was picked: of which text, where, and what its passage is for."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a professional wants on paper.

    Args:
        need: a topic by name or keyword, or a question; may be empty if passages or answers say
            what it is about.
        passages: ids of passages whose sentences are to stand on the sheet.
        answers: replies whose sourced sentences are to stand on it; what a person wrote in the
            talk is never carried over.
        path: what was chosen where the request touches on safety.
        grade: the reading grade that sentences may have, where there is a choice.
    """

    need: str = ""
    kind: HandoutKind = HandoutKind.EXPLAINER
    audience: Audience = Audience.COUPLE
    passages: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    path: SafetyPath | None = None
    grade: float = EASY


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes sheets out of one state of the library.

    Args:
        snapshot: the index.
        encode: texts to unit vectors.
        screen: the safety gate.
    """

    snapshot: Snapshot
    encode: Encode
    screen: Callable[[str], Screening]

    def make(self, request: Request, where: Country) -> Handout:
        """Make a sheet.

        Raises:
            SafetyChoiceError: the request touches on safety and no path was chosen.
            HandoutError: the library has nothing on it, or not enough for this kind.
        """
        if request.path or request.kind is HandoutKind.SAFETY_SHEET:
            return self._on_safety(request, where)
        told_of = (request.need, *(answer.question for answer in request.answers))
        if any(touches_on_safety(told, self.screen) for told in told_of):
            raise _choice()
        if any(map(_met_danger, request.answers)):
            raise _choice()
        chosen = tuple(self._chosen(request))
        lead = self._lead(request, chosen)
        documents = [text.document for text in (lead, *(text for text, _, _ in chosen))]
        if any(map(is_about_safety, documents)):
            raise _choice()
        material = Material(lead, chosen, self._relevance(request.need), request.grade)
        ids = dict.fromkeys(document.id for document in documents)
        return compose(
            request.kind,
            request.audience,
            material,
            where,
            _provenance(tuple(ids)),
            title_of(lead.document),
        )

    def _on_safety(self, request: Request, where: Country) -> Handout:
        if request.path is SafetyPath.OWN_TEXT:
            return own_text(request.audience, where, _provenance(()))
        if request.audience is Audience.COUPLE:
            raise HandoutError(say("handouts", "safety-couple"), say("handouts", "one-hint"))
        text = safety_text(self.snapshot)
        make = abuse_explainer if request.path is SafetyPath.ABUSE else safety_sheet
        return make(text, where, _provenance((text.document.id,)))

    def _lead(self, request: Request, chosen: Sequence[_Chosen]) -> Text:
        """The text that a sheet is about."""
        if request.need.strip():
            over = self._not_for(request)
            id = leading(self.snapshot, request.need, self.encode, passing_over=over)
            return text_of(self.snapshot, id)
        counts = dict[str, int]()
        for text, _, _ in chosen:
            counts[text.document.id] = counts.get(text.document.id, 0) + 1
        if not counts:
            raise HandoutError(
                "There is nothing to make a handout of.", "Give a topic, a question or passages."
            )
        return text_of(self.snapshot, max(counts, key=lambda id: counts[id]))

    def _not_for(self, request: Request) -> list[str]:
        """Texts that do not lead: the one on safety is not for fear in its everyday sense."""
        if not is_everyday_fear(request.need):
            return []
        return [id for id, text in self.snapshot.documents.items() if is_about_safety(text)]

    def _chosen(self, request: Request) -> Iterator[_Chosen]:
        """The sentences of chosen replies and passages; a sheet has room for few, first ones."""
        yield from self._of_replies(request.answers)
        for id in request.passages:
            entry = self.snapshot.by_passage.get(id)
            if entry is None:
                raise HandoutError(f"There is no passage {id}.", say("handouts", "passage-hint"))
            text, passage = text_of(self.snapshot, entry.passage.document_id), entry.passage
            for a, b in sentence_spans(passage.text):
                yield text, (a + passage.start, b + passage.start), passage.role

    def _of_replies(self, answers: Sequence[Answer]) -> Iterator[_Chosen]:
        for answer in answers:
            for claim in answer.claims:
                if claim.verdict is not Verdict.SUPPORTED:
                    continue
                for citation in claim.citations:
                    entry = self.snapshot.by_passage.get(citation.passage_id)
                    if entry:
                        text = text_of(self.snapshot, citation.document_id)
                        yield text, (citation.start, citation.end), entry.passage.role

    def _relevance(self, need: str) -> Relevance | None:
        if "?" not in need:
            return None
        vector = self.encode([need])[0]
        return lambda sentences: (self.encode(list(sentences)) @ vector).tolist()


def _met_danger(answer: Answer) -> bool:
    return answer.outcome is Outcome.SAFETY or tells_of_danger(answer.screening)


def _choice() -> SafetyChoiceError:
    return SafetyChoiceError(say("handouts", "safety"), say("handouts", "safety-why"))


def _provenance(documents: tuple[str, ...]) -> Provenance:
    return Provenance(date.today().isoformat(), version("coachbot"), "", documents)
