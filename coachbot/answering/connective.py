"""Whether a sentence that a model wrote asserts nothing about the world.

Such a sentence is shown without a source, so this is the hole in the fence and is kept narrow: a
short question to the person, or one of a few forms of acknowledgement; and in both, every word
that carries meaning is one the person used, or one of a short list.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from coachbot.search.lexical import content_words

_WORDS = Path(__file__).with_name("connective.toml")
_MOST_WORDS = 25
_QUESTION = re.compile(
    r"(?i)^(?:and |so |perhaps,? |maybe,? )?(?:would|could|can|do|does|did|have|has|is|are|was|"
    r"were|what|how|when|where|which|who|may|shall)\b[^.!?;:]*\?$"
)
_LOADED = re.compile(
    r"(?i)\b(?:did you know|do you know that|don['’]t you|isn['’]t|aren['’]t|doesn['’]t|"
    r"wouldn['’]t|shouldn['’]t|why|because|since|research|stud(?:y|ies)|proven|always|never|"
    r"\d+|percent|should|must|have to|has to)\b"
)
_ACKNOWLEDGEMENTS = tuple(
    re.compile(rf"(?i)^{form}[.!]?$")
    for form in (
        r"thank you for (?:telling me|sharing|writing|saying|asking)"
        r"(?: (?:this|that|it|about it))?",
        r"(?:that|this) (?:sounds|must feel|seems|feels) (?:really |very |so |quite )?"
        r"(?:hard|difficult|painful|tiring|heavy|lonely|sad|frustrating|confusing|upsetting)",
        r"i(?:['’]m| am) sorry(?: (?:to hear (?:this|that|it)|that (?:this|it) is so hard))?",
        r"i(?:['’]m| am) (?:here|listening)(?: with you)?",
        r"that makes sense",
        r"(?:take|you can take) your time",
        r"here (?:is|are) (?:some|a few|one|two) (?:ideas?|thoughts?|things?|steps?)"
        r"(?: (?:that|which) (?:may|might|could) help)?:?",
    )
)
_YOU_SAID = re.compile(
    r"(?i)^(?:you|you have|you['’]ve) (?:say|said|write|wrote|mention(?:ed)?|told me)(?: that)? "
    r"(.+?)[.!]?$"
)
_TURNED = {
    "you": "i", "your": "my", "yours": "mine", "yourself": "myself", "are": "am", "were": "was",
}  # fmt: skip
_LEAST_REPEATED = 3


def asserts_nothing(sentence: str, message: str) -> bool:
    """Whether a sentence is a question back or an acknowledgement and claims nothing.

    Args:
        sentence: what a model wrote.
        message: what the person wrote; its words may be used again.
    """
    text = sentence.strip()
    if len(text.split()) > _MOST_WORDS:
        return False
    if any(form.match(text) for form in _ACKNOWLEDGEMENTS):
        return True
    if said := _YOU_SAID.match(text):
        return _repeats(said[1], message)
    if not _QUESTION.match(text) or _LOADED.search(text):
        return False
    return set(content_words(text)) <= set(content_words(message)) | _neutral_words()


def _repeats(said: str, message: str) -> bool:
    """Whether words stand in the message in the same order, "you" turned into "I"."""
    words = [_TURNED.get(word, word) for word in _plain(said)]
    own = [_TURNED.get(word, word) for word in _plain(message)]
    run = len(words)
    return run >= _LEAST_REPEATED and any(
        own[i : i + run] == words for i in range(len(own) - run + 1)
    )


def _plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower().replace("’", "'"))


@lru_cache(maxsize=1)
def _neutral_words() -> frozenset[str]:
    words = tomllib.loads(_WORDS.read_text(encoding="utf-8"))["neutral"]
    return frozenset(content_words(" ".join(words)))
