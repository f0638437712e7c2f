"""What a chat model writes, as a coach would say it: quietly, and with one question at the end."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from dataclasses import replace

from coachbot.answering.connective import asserts_nothing
from coachbot.answering.marks import Statement, statements
from coachbot.prompts import texts

PROMPT = "answer"
"""Where the words stand that a chat model is told."""
_LOUD = re.compile(r"[!?！]*[!！][!?！]*|\?{2,}")
_ASKS = re.compile(r"\?[\s)]*$")
"""How a question ends; not words in quotation marks that somebody could ask."""
_TELLS = re.compile(
    r"(?i)^you(?: have|['’]ve)? (?:say|said|write|wrote|mention(?:ed)?|told me)(?: that)? "
)
_WHAT_WAS_SAID = re.compile(
    _TELLS.pattern
    + r"(?:.*\b(?:we|our|us)\b|you(?:['’]\w+)?|your|he|she|they|it|his|her|their|there|the)\b"
)
"""Not what a text says: "You say back what you heard"."""
_TO_YOU = {
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "im": "you're",
    "i'm": "you're", "ive": "you've", "i've": "you've", "i'd": "you'd", "i'll": "you'll",
    "i am": "you are", "i was": "you were", "am i": "are you", "was i": "were you",
}  # fmt: skip
_OF_THE_SPEAKER = re.compile(
    r"(?i)\b(?:i['’](?:m|ve|d|ll)|i am|i was|am i|was i|im|ive|i|me|my|mine|myself)\b"
)


def in_manner(chunks: Iterable[str], message: str) -> Generator[str, None, None]:
    """What a model writes, as a coach would say it, a sentence to a line.

    An exclamation mark becomes a full stop, and "You say I'm tired" becomes "You say you're tired".
    One question is kept, and comes last: of several the last that cites a passage or claims
    nothing, else the last; the others are left out. So are a line of the prompt that is said back,
    and what the person is told to have said and did not say.

    Args:
        chunks: pieces of text as they arrive.
        message: what the person wrote.
    """
    line, question = "", None
    for said in statements(chunks):
        said = replace(said, text=_to_you(_LOUD.sub(_quietly, said.text)))
        if said.text.startswith(_openings()) or _misquotes(said.text, message):
            continue
        if _ASKS.search(said.text):
            if question is None or _may_ask(said, message) or not _may_ask(question, message):
                question = said
            continue
        line += _marked(said)
        if _is_open(line):
            line += " "
            continue
        # At the end of a line whoever reads this knows that the sentence is whole.
        yield f"{line}\n"
        line = ""
    if line:
        yield f"{line}\n"
    if question:
        yield _marked(question)


def _quietly(loud: re.Match[str]) -> str:
    return "?" if "?" in loud[0] else "."


def _to_you(text: str) -> str:
    """What the person is told to have said, in the words for them."""
    told = _TELLS.match(text)
    return text if not told else told[0] + _OF_THE_SPEAKER.sub(_turned, text[told.end() :])


def _turned(own: re.Match[str]) -> str:
    return _TO_YOU[own[0].lower().replace("’", "'")]


def _misquotes(text: str, message: str) -> bool:
    return bool(_WHAT_WAS_SAID.match(text)) and not asserts_nothing(text, message)


def _may_ask(question: Statement, message: str) -> bool:
    return bool(question.numbers) or asserts_nothing(question.text, message)


def _marked(said: Statement) -> str:
    return " ".join([said.text, *(f"[{number}]" for number in said.numbers)])


def _is_open(line: str) -> bool:
    """Whether a quotation goes on behind a line, which would be cut if it ended here."""
    return line.count('"') % 2 == 1 or line.count("“") > line.count("”")


def _openings() -> tuple[str, ...]:
    """How the lines of the prompt begin that tell what was said before."""
    return tuple(texts(PROMPT)[name].partition(" {")[0] for name in ("earlier", "answered"))
