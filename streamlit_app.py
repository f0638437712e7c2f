"""The web page: navigation only. Run it with ``coachbot serve``."""

from coachbot.pages import frame

frame.show()
