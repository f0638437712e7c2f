"""A handout in the forms it is given out in, by the ending of a file's name.

The client's part and the clinician's sheet are laid out as blocks, and the same blocks are printed
in each form. They are two files, so that the second is not handed out by mistake.
"""

from __future__ import annotations

from collections.abc import Callable

from coachbot.errors import HandoutError
from coachbot.handouts.client_sheet import client_sheet
from coachbot.handouts.clinician_sheet import clinician_sheet
from coachbot.handouts.files import to_json
from coachbot.handouts.layout import Sheet
from coachbot.handouts.markdown import to_markdown
from coachbot.handouts.model import Handout
from coachbot.handouts.pdf import count_pages, to_pdf
from coachbot.handouts.word import to_docx

_PRINTED: dict[str, Callable[[Sheet], bytes]] = {
    ".pdf": to_pdf,
    ".docx": to_docx,
    ".md": lambda sheet: to_markdown(sheet).encode(),
}
FORMS = (*_PRINTED, ".json")
"""Endings of files that a handout can be written to; ``.json`` keeps it to go on with."""


def export(handout: Handout, suffix: str) -> bytes:
    """The client's part of a handout as a file's content.

    Args:
        handout: the handout.
        suffix: one of ``FORMS``.

    Raises:
        HandoutError: there is no form of that name, or the logo or a character cannot be printed.
    """
    if suffix == ".json":
        return to_json(handout).encode()
    return _printed(client_sheet(handout), suffix, FORMS)


def export_clinician_sheet(handout: Handout, suffix: str) -> bytes:
    """The clinician's sheet of a handout as a file's content.

    Args:
        handout: the handout.
        suffix: one of ``FORMS`` but ``.json``.

    Raises:
        HandoutError: as for ``export``.
    """
    return _printed(clinician_sheet(handout), suffix, tuple(_PRINTED))


def page_count(handout: Handout) -> int:
    """How many pages the client's part has as PDF.

    Raises:
        HandoutError: as for ``export``.
    """
    return count_pages(to_pdf(client_sheet(handout)))


def _printed(sheet: Sheet, suffix: str, forms: tuple[str, ...]) -> bytes:
    if suffix not in _PRINTED:
        raise HandoutError(
            f"A handout cannot be written as {suffix or 'a file without an ending'}.",
            f"End the name in one of: {', '.join(forms)}.",
        )
    return _PRINTED[suffix](sheet)
