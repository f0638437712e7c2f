"""The safety gate: screening, states, cards and help lines. See ``docs/safety.md``."""

from coachbot.safety.gate import Gate, Met
from coachbot.safety.screening import CONCERNS, CRISES, screen_message

__all__ = ["CONCERNS", "CRISES", "Gate", "Met", "screen_message"]
