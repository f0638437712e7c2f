"""The command line. Each command opens a Coach, calls one of its methods and prints the result.

Errors of coachbot are caught here, once: one message and one hint on standard error, exit 1. With
``--json`` nothing but JSON goes to standard output.
"""

from __future__ import annotations

import sys

from coachbot.cli import asking, handouts, help_lines, judging, kept, library, running
from coachbot.cli.app import app
from coachbot.errors import CoachbotError

__all__ = [
    "app",
    "asking",
    "handouts",
    "help_lines",
    "judging",
    "kept",
    "library",
    "main",
    "running",
]


def main() -> None:
    """Run the command line; the entry point of ``coachbot``."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    except CoachbotError as error:
        print(error.message, file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        raise SystemExit(1) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
