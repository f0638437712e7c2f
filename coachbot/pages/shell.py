"""The page's server: Streamlit's own, with an empty page that says at once what is coming.

What Streamlit sends first is a page without a word, and a browser takes a second or two until its
script writes one. Here the same page says that it is opening, in the colours of the theme; the
script takes the place of these words as soon as it runs. ``python -m coachbot.pages.shell OPTIONS``
serves it, with Streamlit's options as one JSON object; ``coachbot serve`` does so.
"""

from __future__ import annotations

import json
import sys
import threading
import tomllib
import webbrowser
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from streamlit import file_util
from streamlit.starlette import App

from coachbot.prompts import say
from coachbot.settings import resource

PLACES = ("talk", "handouts", "library", "settings")
"""The pages that have an address of their own, besides the first."""
_FRAME = "coachbot.pages.frame"
_ROOT = '<div id="root"></div>'
_NO_SCRIPT = ("<noscript>", "</noscript>")


def opening_page(html: str) -> str:
    """Streamlit's empty page with words of our own; as it is, if it is not the page known here.

    Args:
        html: what Streamlit sends.
    """
    head, tag, body = html.partition("</head>")
    before, noscript, rest = body.partition(_NO_SCRIPT[0])
    _, end, after = rest.partition(_NO_SCRIPT[1])
    if not (tag and noscript and end and _ROOT in after):
        return html
    head = head.replace("<title>Streamlit</title>", f"<title>{_words('tab')}</title>")
    opening = f'<div id="root"><main class="opening"><p>{_words("opening")}</p></main></div>'
    without_script = f"{noscript}<p>{_words('needs-script')}</p>{end}"
    return f"{head}{_style()}{tag}{before}{without_script}{after.replace(_ROOT, opening)}"


def _words(name: str) -> str:
    return escape(say("page", name))


def _style() -> str:
    themes = tomllib.loads(_config().read_text(encoding="utf-8"))["theme"]
    light, dark = (
        f"background:{theme['backgroundColor']};color:{theme['textColor']}"
        for theme in (themes["light"], themes["dark"])
    )
    return (
        "<style>.opening{position:fixed;inset:0;display:grid;place-items:center;"
        f"font:1.1rem sans-serif;{light}}}"
        f"@media (prefers-color-scheme:dark){{.opening{{{dark}}}}}"
        "@media print{.opening{display:none}}</style>"
    )


def _config() -> Path:
    return resource(".streamlit") / "config.toml"


async def _opened(_: Request) -> Response:
    index = Path(file_util.get_static_dir()) / "index.html"
    page = opening_page(index.read_text(encoding="utf-8"))
    return HTMLResponse(page, headers={"Cache-Control": "no-cache"})


def page_server(options: Mapping[str, Any]) -> App:
    """The server of the page.

    Args:
        options: Streamlit's, by their dotted names.
    """

    @asynccontextmanager
    async def lifespan(_: App) -> AsyncIterator[None]:
        # Streamlit imports the page when it is first opened; by then a browser is waiting for it.
        threading.Thread(target=import_module, args=(_FRAME,), daemon=True).start()
        if not options["server.headless"]:
            url = f"http://{options['server.address']}:{options['server.port']}"
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        yield

    routes = [Route(f"/{place}", _opened) for place in ("", *PLACES)]
    return App(resource("streamlit_app.py"), routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    # Streamlit looks for its settings beside what is started.
    sys.argv = [str(resource("streamlit_app.py"))]
    page_server(given).run(config=given)
