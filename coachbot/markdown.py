"""Text put into files of Markdown, where nothing in it may act as markup."""

from __future__ import annotations

import re

_ACTIVE = re.compile(r"([\\`*_\[\]<|~$]|&(?=#?\w+;))")
"""Characters that mean something anywhere in a line."""
_AT_START = re.compile(r"^([-+=:#>])|^(\d{1,9})([.)])")
"""What would open a list or underline a heading at the start of a line."""


def escaped(text: str) -> str:
    """Text of any lines in which nothing means anything to Markdown."""
    return "\n".join(map(escaped_line, text.split("\n")))


def escaped_line(text: str) -> str:
    """The same for what stands on one line."""
    escaped = _ACTIVE.sub(r"\\\1", text)
    return _AT_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", escaped)
