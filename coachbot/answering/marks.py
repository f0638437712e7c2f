"""What a chat model streams, as sentences with the numbers of the passages they cite.

Models write marks in many ways ([1,3], [^2], 【1】, "(Passage 4)"); all become ``[n]``. Sentences
are given out one by one, as soon as the text goes on after them and their marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coachbot.reading.sentences import split_sentences

_FORMS = (
    re.compile(r"【\s*(\d{1,3})[^】]{0,20}】"),
    re.compile(r"\[\s*\^\s*(\d{1,3})\s*\]:?"),
    re.compile(r"(?i)[\[(]\s*(?:passages?|sources?|texts?|refs?\.?)\s*:?\s*#?(\d{1,3}(?:(?:\s*(?:,|;|and|&)\s*)\d{1,3})*)\s*[\])]"),
    re.compile(r"\[\s*(\d{1,3}(?:\s*(?:,|;|and|&)\s*\d{1,3})*)\s*\]"),
    re.compile(r"(?i)(?:,? ?\b(?:according to|from|in|see) )?\bpassage #?(\d{1,3})(?=[.!?]?\s*$)"),
)  # fmt: skip
_MARK = re.compile(r"\[(\d{1,3})\]")
_SECOND_STOP = re.compile(r"(?<=[.!?][\"”’])\.$")
_MARKS_BEHIND_STOP = re.compile(r"([.!?][\"”’)]*)\s*((?:\[\d{1,3}\]\s*)+)(?=\s|$|[A-Z\"“])")
_DECORATION = re.compile(
    r"\*\*|__|^#{1,6} +|^\s*(?:[-*•]|\d{1,2}[.)]) +|^>\s*|</?\w+>", re.MULTILINE
)
_MOST_QUOTED = 300
"""Characters after which a quotation mark that opens is taken for a slip."""
_THOUGHT = re.compile(r"(?i)(</?think(?:ing)?>)")
_UNFINISHED_TAG = re.compile(r"(?i)<(?:/?[a-z]{0,8})$")
_UNFINISHED_MARK = re.compile(r"(?:\[[^\]]{0,14}|【[^】]{0,14}|\([^)]{0,14})$")


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence without its marks, and the numbers in them."""

    text: str
    numbers: tuple[int, ...] = ()


def statements(chunks: Iterable[str]) -> Iterator[Statement]:
    """Sentences of a stream of text, each as soon as it is whole; none of a model's thoughts.

    Args:
        chunks: pieces of text as they arrive, of any size.
    """
    buffer = ""
    for chunk in without_thoughts(chunks):
        buffer += chunk
        *lines, buffer = buffer.split("\n")
        for line in lines:
            yield from _of_whole_line(line)
        if not re.search(r"[.!?]", chunk) and not chunk[:1].isspace():
            continue
        whole, buffer = _whole(buffer)
        yield from _of_line(whole)
    for line in buffer.split("\n"):
        yield from _of_whole_line(line)


def without_thoughts(chunks: Iterable[str]) -> Iterator[str]:
    """A stream of text without what stands between ``<think>`` and ``</think>``.

    Args:
        chunks: pieces of text, of any size; what opens and never closes is a thought to its end.
    """
    rest, thinks = "", False
    for chunk in chunks:
        *whole, rest = _THOUGHT.split(rest + chunk)
        for part in whole:
            if _THOUGHT.fullmatch(part):
                # A lone </think> ends a line, so that thought and reply are not one sentence.
                if not thinks and part.startswith("</"):
                    yield "\n"
                thinks = not part.startswith("</")
            elif part and not thinks:
                yield part
        begun = _UNFINISHED_TAG.search(rest)
        end = begun.start() if begun else len(rest)
        if rest[:end] and not thinks:
            yield rest[:end]
        rest = rest[end:]
    if rest and not thinks:
        yield rest


def spoken(reply: str) -> str:
    """A whole reply without a model's thoughts; all that stands before ``</think>`` is one."""
    behind = re.split(r"(?i)</think(?:ing)?>", reply)[-1]
    return re.split(r"(?i)<think(?:ing)?>", behind)[0].strip()


def _open_quotation(text: str) -> int:
    """Where the sentence begins that opens a quotation and does not close it; else the end."""
    opened = text.rfind('"') if text.count('"') % 2 else text.rfind("“")
    if opened < 0 or "”" in text[opened:] or len(text) - opened > _MOST_QUOTED:
        return len(text)
    before = list(split_sentences(text[:opened]))
    if not before or re.search(r"[.!?\]][\"”’)]*\s*$", text[:opened]):
        return opened
    return before[-1][0]


def _whole(buffer: str) -> tuple[str, str]:
    """The sentences that the text has gone on after, and the rest."""
    if _UNFINISHED_MARK.search(buffer):
        return "", buffer
    spans = [span for span in split_sentences(buffer) if span[0] <= _open_quotation(buffer)]
    # Marks may stand behind the full stop: they belong to the sentence before.
    while len(spans) > 1 and not re.search(r"[A-Za-z]", _MARK.sub("", buffer[slice(*spans[-1])])):
        spans.pop()
    if len(spans) < 2:
        return "", buffer
    start = spans[-1][0]
    lead = re.match(r"(?:\s*\[\d{1,3}(?:,\s*\d{1,3})*\])+\s*", buffer[start:])
    start += lead.end() if lead else 0
    return buffer[:start], buffer[start:]


def _of_whole_line(line: str) -> Iterator[Statement]:
    """The sentences of a line that has ended; what it breaks off inside a quotation is none."""
    yield from _of_line(line[: _open_quotation(line)])


def _of_line(line: str) -> Iterator[Statement]:
    text = _DECORATION.sub("", line).strip()
    for form in _FORMS:
        text = form.sub(lambda match: _as_marks(match[1]), text)
    text = _MARKS_BEHIND_STOP.sub(lambda m: f" {m[2].strip()}{m[1]} ", text)
    for start, end in split_sentences(text):
        sentence = text[start:end]
        numbers = tuple(dict.fromkeys(int(n) for n in _MARK.findall(sentence)))
        bare = re.sub(r"\s+([.,;:!?])", r"\1", re.sub(r"\s+", " ", _MARK.sub(" ", sentence)))
        bare = _SECOND_STOP.sub("", bare.strip())
        if re.search(r"\w", bare):
            yield Statement(bare, numbers)


def _as_marks(numbers: str) -> str:
    return "".join(f" [{int(number)}]" for number in re.findall(r"\d+", numbers))
