"""The clinic's logo: what it is, and an SVG as pixels for forms that cannot draw one."""

from __future__ import annotations

import json

import typst

from coachbot.errors import HandoutError

UNDRAWN = "failed to "
"""What the typesetter says of a picture that it cannot read."""
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
_ALONE = b"""#let logo = json(bytes(sys.inputs.data))
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(logo.data), format: logo.format, height: 1.4cm)"""


def logo_format(logo: bytes) -> str:
    """``png``, ``jpg`` or ``svg``.

    Raises:
        HandoutError: it is none of them.
    """
    for signature, name in _SIGNATURES.items():
        if logo.startswith(signature):
            return name
    if b"<svg" in logo[:4096]:
        return "svg"
    raise undrawn("it is no PNG, JPEG or SVG")


def drawn(logo: bytes) -> bytes:
    """A logo that Word can show: an SVG becomes a PNG, the others stay as they are.

    Raises:
        HandoutError: it cannot be drawn.
    """
    return _as_png(logo) if logo_format(logo) == "svg" else logo


def check_logo(logo: bytes) -> None:
    """Draw a logo once, so that one that no sheet can show is told before it is kept.

    Raises:
        HandoutError: it cannot be drawn.
    """
    _as_png(logo)


def _as_png(logo: bytes) -> bytes:
    data = json.dumps({"format": logo_format(logo), "data": list(logo)})
    try:
        return typst.compile(_ALONE, None, format="png", ppi=300.0, sys_inputs={"data": data})
    except typst.TypstError as error:
        raise undrawn(error.message) from error


def undrawn(why: str) -> HandoutError:
    """What to say of a logo that cannot be drawn."""
    return HandoutError(f"The logo cannot be drawn: {why}.", "Save it anew as PNG, JPEG or SVG.")
