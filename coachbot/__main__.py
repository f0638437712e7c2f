"""``python -m coachbot``."""

from coachbot.cli import main

main()
