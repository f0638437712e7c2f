"""Help lines by country, from ``prompts/safety/lines.toml``.

Only confirmed lines are shown. A country without one for a need says so and names
findahelpline.com, so that nobody is left with a blank.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from coachbot.prompts import say
from coachbot.settings import resource

OTHER = "OTHER"
_FRESH = timedelta(days=180)
_EU = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IT LV LT LU MT NL PL PT RO SK SI ES SE".split()  # noqa: SIM905
)
_AT_ALL_HOURS = "24/7"
_NEEDS = (
    "suicide", "violence", "sexual_assault", "children", "worried_about_child", "own_behaviour",
    "men", "lgbt", "perinatal",
)  # fmt: skip
"""What lines are for, in the order in which a list of all of them names it."""
_MOST = 2
"""Lines named on one card: a long list is a burden to someone in need."""


@dataclass(frozen=True, slots=True)
class Line:
    """One help line; ``needs`` says what it is for."""

    name: str
    needs: tuple[str, ...]
    call: str = ""
    text: str = ""
    text_word: str = ""
    chat: str = ""
    hours: str = ""
    languages: str = ""
    source: str = ""
    last_checked: date = date.min
    confirmed: bool = False

    @property
    def told(self) -> str:
        """How to reach it, in words, such as ``Samaritans: call 116 123 (24/7)``."""
        return self._told([*self._called, *self._written[:1]])

    @property
    def told_in_writing(self) -> str:
        """The same for who does not want to call."""
        return self._told(self._written)

    @property
    def told_whole(self) -> str:
        """All ways, and in which languages."""
        languages = f" {self.languages}." if self.languages else ""
        return self._told([*self._called, *self._written]) + languages

    @property
    def _called(self) -> list[str]:
        return [f"call {self.call}"] if self.call else []

    @property
    def _written(self) -> list[str]:
        text = f"text {self.text_word} to {self.text}" if self.text_word else f"text {self.text}"
        return ([text] if self.text else []) + ([self.chat] if self.chat else [])

    def _told(self, ways: Sequence[str]) -> str:
        hours = f" ({self.hours})" if self.hours else ""
        return f"{self.name}: {' or '.join(ways)}{hours}."


@dataclass(frozen=True, slots=True)
class Country:
    """A country with its emergency number and lines."""

    code: str
    name: str
    emergency: str
    lines: tuple[Line, ...]

    def lines_for(self, *needs: str) -> tuple[Line, ...]:
        """The confirmed lines for the first of the needs that has any."""
        for need in needs:
            found = tuple(line for line in self.lines if line.confirmed and need in line.needs)
            if found:
                return found
        return ()

    def by_need(self) -> Iterator[tuple[str, list[Line]]]:
        """All confirmed lines by what they are for; each once, where it stands first."""
        shown = set[Line]()
        for need in _NEEDS:
            lines = [line for line in self.lines_for(need) if line not in shown]
            shown.update(lines)
            if lines:
                yield need, lines

    def told(self, *needs: str, language: str = "") -> str:
        """The lines for a need in words; says so where none is confirmed for the first one.

        Where none of them tells that it is open at all hours, one for a later need that does stands
        beside it.

        Args:
            needs: what a line is wanted for, the first one first.
            language: of what the program says of lines, ``-es`` for Spanish.
        """
        found = list(self.lines_for(*needs)[:_MOST])
        lacking = self.code != OTHER and not self.lines_for(needs[0])
        if found and not any(line.hours == _AT_ALL_HOURS for line in found):
            lines = (line for need in needs for line in self.lines_for(need))
            beside = [line for line in lines if line.hours == _AT_ALL_HOURS][:1]
            found = [*found[: _MOST - len(beside)], *beside]
        told = [line.told for line in found]
        if lacking or not found:
            name = "unknown-country" if self.code == OTHER else "none"
            told.append(say("safety/lines", name + language, country=self.name))
        return " ".join(told)

    def written(self, *needs: str) -> str:
        """The lines for some needs that take texts or chat; where to look if none does."""
        lines = dict.fromkeys(line for need in needs for line in self.lines_for(need))
        told = [line.told_in_writing for line in lines if line.text or line.chat]
        return " ".join(told[:_MOST]) or say("safety/lines", "none-in-writing")

    def emergency_in(self, language: str) -> str:
        """The emergency number, or what stands for it, as for ``told``."""
        unknown = self.code == OTHER and language
        return say("safety/lines", f"emergency{language}") if unknown else self.emergency


@lru_cache
def countries() -> dict[str, Country]:
    """All countries by code, ``OTHER`` last."""
    path = resource("prompts") / "safety" / "lines.toml"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        code: Country(code, entry["name"], entry["emergency"], _lines(entry["lines"]))
        for code, entry in data.items()
    }


def country(code: str) -> Country:
    """A country by its code, upper or lower case; of an EU state or of any other if not listed."""
    code = code.strip().upper().replace("UK", "GB")
    listed = countries()
    return listed.get(code) or listed["EU" if code in _EU else OTHER]


def country_of_locale(locale: str) -> str:
    """The country a locale such as ``en_GB.UTF-8`` or ``en-GB`` names; empty if none."""
    region = locale.split(".")[0].replace("-", "_").partition("_")[2].upper()
    return region if len(region) == 2 and region.isalpha() else ""


def system_country() -> str:
    """The country that this machine's language setting names; empty if none."""
    return country_of_locale(os.environ.get("LC_ALL") or os.environ.get("LANG") or "")


def numbers_for(where: Country) -> str:
    """Whose numbers a card names, so that the wrong country is noticed."""
    return say("safety/lines", "card-country", country=where.name)


def outdated(today: date) -> list[Line]:
    """The shown lines that were last checked more than 180 days ago."""
    shown = (line for entry in countries().values() for line in entry.lines if line.confirmed)
    return [line for line in shown if today - line.last_checked > _FRESH]


def _lines(rows: Sequence[dict[str, Any]]) -> tuple[Line, ...]:
    return tuple(
        Line(**{("needs" if key == "for" else key): _value(value) for key, value in row.items()})
        for row in rows
    )


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
