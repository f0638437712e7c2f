"""coachbot: a relationship coach that can show where every sentence it says comes from."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# Set before any library that would phone home or fetch something is imported.
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

if TYPE_CHECKING:
    from coachbot.coach import Coach
    from coachbot.errors import CoachbotError
    from coachbot.handouts.model import Handout
    from coachbot.types import (
        Answer,
        Citation,
        Claim,
        Document,
        Done,
        Draft,
        Hit,
        Kind,
        Outcome,
        Passage,
        Screening,
        SentenceReady,
        Strength,
        Turn,
        Verdict,
        Waiting,
    )

_HOMES = {
    "Answer": "types",
    "Citation": "types",
    "Claim": "types",
    "Coach": "coach",
    "CoachbotError": "errors",
    "Document": "types",
    "Done": "types",
    "Draft": "types",
    "Handout": "handouts.model",
    "Hit": "types",
    "Kind": "types",
    "Outcome": "types",
    "Passage": "types",
    "Screening": "types",
    "SentenceReady": "types",
    "Strength": "types",
    "Turn": "types",
    "Verdict": "types",
    "Waiting": "types",
}

__all__ = [
    "Answer",
    "Citation",
    "Claim",
    "Coach",
    "CoachbotError",
    "Document",
    "Done",
    "Draft",
    "Handout",
    "Hit",
    "Kind",
    "Outcome",
    "Passage",
    "Screening",
    "SentenceReady",
    "Strength",
    "Turn",
    "Verdict",
    "Waiting",
]


def __getattr__(name: str) -> Any:
    """Import a public name at first use, so that ``coachbot --help`` is instant."""
    if name not in _HOMES:
        raise AttributeError(f"module 'coachbot' has no attribute {name!r}")
    return getattr(import_module(f"coachbot.{_HOMES[name]}"), name)
