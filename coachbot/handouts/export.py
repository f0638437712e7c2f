"""A handout in the forms it is given out in, by the ending of a file's name."""

from __future__ import annotations

from coachbot.errors import HandoutError
from coachbot.handouts.files import to_json
from coachbot.handouts.model import Handout

FORMS = (".json",)
"""Endings of files that a handout can be written to."""


def export(handout: Handout, suffix: str) -> bytes:
    """The client's part of a handout as a file's content.

    Raises:
        HandoutError: there is no form of that name.
    """
    if suffix == ".json":
        return to_json(handout).encode()
    raise HandoutError(
        f"A handout cannot be written as {suffix or 'a file without an ending'}.",
        f"End the name in one of: {', '.join(FORMS)}.",
    )


def export_clinician_sheet(handout: Handout, suffix: str) -> bytes:
    """The clinician's sheet of a handout as a file's content.

    Raises:
        HandoutError: there is no form of that name.
    """
    raise HandoutError(f"The clinician's sheet cannot be written as {suffix}.", "")


def page_count(handout: Handout) -> int | None:
    """How many pages the client's part has as PDF; None where that cannot be told."""
    return None
