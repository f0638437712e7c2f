"""What is kept of handouts in the data folder: templates, the clinic's profile, recent ones.

Recent ones are kept only where that is switched on. Nothing here is about a client: sheets hold no
names, and a template is saved without its reviewer.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from coachbot.errors import HandoutError
from coachbot.handouts.files import load, save, storing
from coachbot.handouts.model import Brand, Handout
from coachbot.handouts.plain import plain
from coachbot.settings import write_whole

_RECENT = 10
_CLINIC = "clinic.json"
_SWITCH = "keep"


class Shelf:
    """A folder of handouts.

    Args:
        folder: where they lie; made when something is first put there.
        person: whose recent ones, where people log in; the rest is the clinic's.
    """

    def __init__(self, folder: Path, person: str = "") -> None:
        self._folder = folder
        own = hashlib.sha256(person.encode()).hexdigest()[:16] if person else ""
        self._recent = f"recent/{own}"
        self._switch = folder / self._recent / _SWITCH

    def put_template(self, name: str, handout: Handout) -> None:
        """Keep a sheet as a template; one of the same name is written over.

        Raises:
            HandoutError: the name is empty.
            StorageError: it cannot be written.
        """
        if not plain(name):
            raise HandoutError("The template has no name.", "Give it one.")
        save(replace(handout, reviewer=""), self._folder / "templates" / f"{_slug(name)}.json")

    def templates(self) -> dict[str, Path]:
        """The templates by name."""
        return {path.stem: path for path in sorted((self._folder / "templates").glob("*.json"))}

    @property
    def keeps_recent(self) -> bool:
        """Whether this person's recent ones are kept; so it is wherever some still lie there."""
        return self._switch.is_file() or bool(self._by_age())

    def keep_recent(self, keep: bool) -> None:
        """Switch it on or off; off takes all recent ones away.

        Raises:
            StorageError: it cannot be written.
        """
        if keep:
            write_whole(self._switch, "")
        else:
            self.forget(self._switch)
            for path in self._by_age():
                self.forget(path)

    def put_recent(self, id: str, handout: Handout) -> None:
        """Keep a sheet among the recent ones; the oldest make room.

        Args:
            id: of the sheet; what was kept under it is written over.
            handout: the sheet.

        Raises:
            StorageError: it cannot be written.
        """
        save(handout, self._folder / self._recent / f"{id}.json")
        for path in self._by_age()[_RECENT:]:
            self.forget(path)

    def recent(self) -> dict[str, Path]:
        """The recent sheets by title, the newest first; of one title, the others are numbered.

        The name of each file is the sheet's id.
        """
        found = dict[str, Path]()
        for path in self._by_age():
            title = self._title(path)
            names = chain((title,), (f"{title} ({number})" for number in count(2)))
            found[next(name for name in names if name not in found)] = path
        return found

    def forget(self, path: Path) -> None:
        """Take one away.

        Raises:
            StorageError: it cannot be taken away.
        """
        with storing(path):
            path.unlink(missing_ok=True)

    def open(self, path: Path) -> Handout:
        """One of them.

        Raises:
            HandoutError: it is gone or damaged.
        """
        return load(path)

    def put_clinic(self, brand: Brand) -> None:
        """Keep the clinic's profile.

        Raises:
            StorageError: it cannot be written.
        """
        fields = {"name": brand.name, "contact": brand.contact, "footer": brand.footer}
        logo = {"logo": base64.b64encode(brand.logo).decode(), "logo_alt": brand.logo_alt}
        told = json.dumps({**fields, **logo}, ensure_ascii=False)
        write_whole(self._folder / _CLINIC, told)

    def clinic(self) -> Brand:
        """The clinic's profile; empty if none is kept.

        Raises:
            HandoutError: it is damaged or cannot be read.
        """
        path = self._folder / _CLINIC
        if not path.is_file():
            return Brand()
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            words = {name: str(kept[name]) for name in ("name", "contact", "footer", "logo_alt")}
            return Brand(**words, logo=base64.b64decode(kept["logo"], validate=True))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HandoutError(
                f"The clinic's profile is damaged: {path}.", "Delete the file, or save it again."
            ) from error

    def _title(self, path: Path) -> str:
        """What a sheet is called; of a damaged one, the file's name, so that it can be deleted."""
        try:
            return self.open(path).title
        except HandoutError:
            return path.stem

    def _by_age(self) -> list[Path]:
        found = (self._folder / self._recent).glob("*.json")
        return sorted(found, key=lambda path: -path.stat().st_mtime_ns)


def _slug(name: str) -> str:
    words = re.findall(r"\w+", name.lower())
    return " ".join(words)[:80] or "untitled"
