"""Draw the README's two pictures of handouts: ``python scripts/handout_images.py``."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from coachbot import Coach
from coachbot.handouts.client_sheet import client_sheet
from coachbot.handouts.clinician_sheet import clinician_sheet
from coachbot.handouts.layout import Sheet
from coachbot.handouts.model import Brand
from coachbot.handouts.pdf import to_pictures

IMAGES = Path(__file__).parent.parent / "docs" / "images"
CLINIC = Brand("Elm Street Clinic", "12 Elm Street · 555 0100", "Bring this sheet next time")
DOTS_PER_INCH = 80.0  # two pages side by side fit a README
GAP = 16


def pages(sheet: Sheet) -> list[Image.Image]:
    """The pages of a sheet, each with a thin edge of paper."""
    drawn = (Image.open(BytesIO(page)).convert("L") for page in to_pictures(sheet, DOTS_PER_INCH))
    return [ImageOps.expand(page, 1, 160) for page in drawn]


def side_by_side(images: list[Image.Image]) -> Image.Image:
    """Pages in a row."""
    width = sum(image.width for image in images) + GAP * (len(images) - 1)
    joined = Image.new("L", (width, max(image.height for image in images)), 255)
    x = 0
    for image in images:
        joined.paste(image, (x, 0))
        x += image.width + GAP
    return joined


def main() -> None:
    """Draw and save them."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        coach = Coach.open(data=Path(folder))
        worksheet = replace(
            coach.handout("starting-hard-talks", kind="worksheet", country="US"), brand=CLINIC
        )
        signed = replace(worksheet, reviewer="A. Elm, LMFT")
    pictures = {
        "handout-client": pages(client_sheet(signed)),
        "handout-clinician": pages(clinician_sheet(signed))[:2],
    }
    for name, drawn in pictures.items():
        side_by_side(drawn).save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
