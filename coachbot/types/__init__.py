"""The nouns of coachbot: frozen values that travel from stage to stage, with no I/O.

What is read and found is in ``library``, what is answered in ``answers``, what goes to and fro in
``talk``; all of them are taken from here. Offsets count Unicode code points in ``Document.text``.
"""

from coachbot.types.answers import (
    SCHEMA,
    Answer,
    Citation,
    Claim,
    Draft,
    Level,
    Note,
    Outcome,
    Screening,
    Verdict,
)
from coachbot.types.library import (
    Document,
    Hit,
    Kind,
    Passage,
    Reference,
    Role,
    Source,
    Strength,
    byline,
)
from coachbot.types.talk import (
    Done,
    Event,
    History,
    SentenceReady,
    Turn,
    Waiting,
)

__all__ = [
    "SCHEMA",
    "Answer",
    "Citation",
    "Claim",
    "Document",
    "Done",
    "Draft",
    "Event",
    "History",
    "Hit",
    "Kind",
    "Level",
    "Note",
    "Outcome",
    "Passage",
    "Reference",
    "Role",
    "Screening",
    "SentenceReady",
    "Source",
    "Strength",
    "Turn",
    "Verdict",
    "Waiting",
    "byline",
]
