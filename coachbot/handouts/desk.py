"""All that is done with handouts out of one library: composing, checking and giving them out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from coachbot.answering.chat_drafter import ChatModelDrafter, refusal
from coachbot.embedding import Encode
from coachbot.errors import HandoutError
from coachbot.handouts.checks import Report, check
from coachbot.handouts.export import export, export_clinician_sheet, page_count
from coachbot.handouts.grounds import Verify, release
from coachbot.handouts.making import Maker, Request
from coachbot.handouts.model import Handout
from coachbot.handouts.rewording import reword
from coachbot.handouts.topics import Topic, topics
from coachbot.models.loading import explained
from coachbot.safety import Gate
from coachbot.search.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class HandoutDesk:
    """Where handouts are made, checked and given out.

    Args:
        snapshot: the index as it is now.
        encode: texts to unit vectors.
        gate: what a request is screened with, and whose help lines are named.
        verify: checks an adapted line against its source.
        writer: puts hard sentences into plainer words; None leaves them as they are.
    """

    snapshot: Callable[[], Snapshot]
    encode: Encode
    gate: Gate
    verify: Verify
    writer: ChatModelDrafter | None = None

    def make(self, request: Request, country: str = "", *, reworded: bool = True) -> Handout:
        """Compose a handout; see ``Coach.handout``.

        Where the chat model fails or is too busy, the sentences stay word for word, and ``check``
        says why.
        """
        maker = Maker(self.snapshot(), self.encode, self.gate.screen)
        made = maker.make(request, self.gate.country(country))
        if not (reworded and self.writer):
            return made
        try:
            # One turn for the whole sheet: its sentences do not stand in line one by one.
            with self.writer.queue.turn() as turn:
                if not turn.wait():
                    raise refusal(turn)
                return reword(made, self.writer.reworded, self.verify, self.writer.setting)
        except Exception as error:
            trouble = explained(error, self.writer.setting)
            told = f"{trouble.message} {trouble.hint}".rstrip()
            return replace(made, provenance=replace(made.provenance, trouble=told))

    def check(self, handout: Handout) -> Report:
        """What the checks say of a handout: grade, pages, parts, wording, sources, print."""
        pages, unprinted = None, ""
        try:
            pages = page_count(handout)
        except HandoutError as error:  # one letter or the logo: the rest is checked all the same
            unprinted = f"{error.message} {error.hint}".rstrip()
        return check(handout, self.verify, self.snapshot().documents, pages, unprinted)

    def export(self, handout: Handout, suffix: str) -> bytes:
        """A handout as the content of a file, by the ending of its name, such as ``.pdf``.

        Raises:
            HandoutError: a line has no source, or its source does not support it; it is named.
        """
        # Saved to go on with, a sheet need not be fit to go out yet.
        if suffix != ".json":
            self._release(handout)
        return export(handout, suffix)

    def export_clinician_sheet(self, handout: Handout, suffix: str) -> bytes:
        """The sheet for the clinician: evidence, limits, references, what was adapted.

        Raises:
            HandoutError: as for ``export``.
        """
        self._release(handout)
        return export_clinician_sheet(handout, suffix)

    def topics(self) -> list[Topic]:
        """What handouts can be about, and which kinds of each."""
        return topics(self.snapshot())

    def _release(self, handout: Handout) -> None:
        release(handout, self.verify, self.snapshot().documents)
