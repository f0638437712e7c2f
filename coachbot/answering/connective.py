"""Whether a sentence that a model wrote asserts nothing about the world.

Such a sentence is shown without a source, so this is the hole in the fence and is kept narrow: a
short question to the person, or one of a few forms of acknowledgement; and in both, every word
that carries meaning is one the person used, or one of a short list. A question asks about the
person, and takes nothing for granted of anybody else that they did not say in these words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
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
_OF_THE_SPEAKER = re.compile(r"(?i)\b(?:i|im|ive|me|my|mine|myself|we|us|our|ours|ourselves)\b")
_TURNED = {
    "you": "i", "me": "i", "your": "my", "yours": "mine", "yourself": "myself", "are": "am",
    "were": "was", "you're": "i'm", "you've": "i've", "you'd": "i'd", "you'll": "i'll", "im": "i'm",
    "ive": "i've",
}  # fmt: skip
_AUXILIARY = re.compile(
    r"would|could|can|do|does|did|have|has|had|is|are|was|were|may|might|shall|will"
)
_DO = ("do", "does", "did")
"""Auxiliaries behind which "what" is never the subject."""
_WHAT = ("what", "which", "who")
_ASKED = ("you", "it", "that", "this")
"""Whom and what a question may be about."""
_OPENS_ANOTHER = re.compile(
    r"the|an?|my|your|his|her|its|our|their|these|those|some|any|all|both|each|every|no|other|most|"
    r"many|i|he|she|we|they|there|people|some(?:body|one|thing)|any(?:body|one|thing)"
)
"""What opens another subject, behind an auxiliary, than the "what" before it."""
_SOMEBODY = re.compile(
    r"he|she|they|him|her|them|his|their|we|us|our|(?:some|any|every|no)body|"
    r"(?:some|any|every)one|person|people|others?"
)
_LAST = re.compile(
    r"right|now|today|tonight|tomorrow|first|next|most|again|instead|about|it|this|that"
)
"""What may stand behind a name at the end of a question."""
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
        return not _OF_THE_SPEAKER.search(said[1]) and _repeats(said[1], message)
    if not _QUESTION.match(text) or _LOADED.search(text):
        return False
    if not set(content_words(text)) <= set(content_words(message)) | _neutral_words():
        return False
    return not (_asks_of_others(text, message) or _takes_for_granted(text, message))


def _asks_of_others(question: str, message: str) -> bool:
    """Whether a question's subject is another than the person, in words that they did not say."""
    words = _plain(question)
    at = next((i for i, word in enumerate(words) if _AUXILIARY.fullmatch(word)), len(words))
    subject = words[at + 1 :]
    if not subject or subject[0] in _ASKED or _stands_in(subject, message):
        return False
    is_what = at > 0 and words[at - 1] in _WHAT and words[at] not in _DO
    return not is_what or bool(_OPENS_ANOTHER.fullmatch(subject[0]))


def _takes_for_granted(question: str, message: str) -> bool:
    """Whether a question says more of somebody, or of what was told, than the message does."""
    words = _plain(question)
    while words and _LAST.fullmatch(words[-1]):
        words.pop()
    named = (
        i
        for i, word in enumerate(words[:-1])
        if _SOMEBODY.fullmatch(word) or not set(content_words(word)) <= _neutral_words()
    )
    return any(not _stands_in(words[i:], message) for i in named)


def _stands_in(words: Sequence[str], message: str) -> bool:
    """Whether words stand in the message in the same order, "you" turned into "I"."""
    told = [_TURNED.get(word, word) for word in words]
    own = [_TURNED.get(word, word) for word in _plain(message)]
    return any(own[i : i + len(told)] == told for i in range(len(own) - len(told) + 1))


def _repeats(said: str, message: str) -> bool:
    """Whether a message is said back, in enough words to be sure of it."""
    words = _plain(said)
    return len(words) >= _LEAST_REPEATED and _stands_in(words, message)


def _plain(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower().replace("’", "'"))


@lru_cache(maxsize=1)
def _neutral_words() -> frozenset[str]:
    words = tomllib.loads(_WORDS.read_text(encoding="utf-8"))["neutral"]
    return frozenset(content_words(" ".join(words)))
