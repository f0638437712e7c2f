"""Words put where Streamlit reads Markdown, and numbers with their nouns."""

from __future__ import annotations


def plain(text: str) -> str:
    """Text for a label or a message of Streamlit's: nothing in it acts as markup."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|~$:<>&" else c for c in text)


def counted(count: int, noun: str) -> str:
    """A number with its noun: ``1 text``, ``1,204 sentences``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
