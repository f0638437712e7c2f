"""The program's own words, read from ``prompts/*.md``.

A prompt file is Markdown: each ``## name`` heading opens a text, which runs to the next heading;
``{variable}`` is filled in. What a file lacks, or a variable that is not given, fails.
"""

from __future__ import annotations

import re
from functools import lru_cache

from coachbot.errors import PromptError
from coachbot.settings import resource

_HEADING = re.compile(r"^## +([\w-]+) *$", re.MULTILINE)
_VARIABLE = re.compile(r"\{(\w+)\}")


@lru_cache
def texts(file: str) -> dict[str, str]:
    """All texts of a prompt file by name.

    Raises:
        PromptError: there is no such file.
    """
    path = resource("prompts") / f"{file}.md"
    if not path.is_file():
        raise PromptError(f"There is no prompt file {file}.md.", f"Put it into {path.parent}.")
    parts = _HEADING.split(path.read_text(encoding="utf-8"))
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def say(file: str, name: str, **values: object) -> str:
    """One text with its variables filled in.

    Args:
        file: the prompt file, without its ending.
        name: the heading of the text.
        values: what the variables stand for; more than the text uses is fine.

    Raises:
        PromptError: the text or the value of a variable is missing.
    """
    text = texts(file).get(name)
    if text is None:
        raise PromptError(f"prompts/{file}.md has no text called {name}.", f"Add: ## {name}")

    def fill(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise PromptError(f"prompts/{file}.md, {name}: no value for {{{match[1]}}}.")
        return str(values[match[1]])

    return _VARIABLE.sub(fill, text)


def lines(file: str, name: str) -> tuple[str, ...]:
    """A text that is a list, one item to a line, without its ``-`` marks."""
    return tuple(line.lstrip("- ").strip() for line in say(file, name).split("\n") if line.strip())
