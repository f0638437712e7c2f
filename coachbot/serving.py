"""Start the web page: Streamlit, on this computer unless told otherwise, phoning nobody."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import tomllib
from pathlib import Path
from typing import NoReturn

from coachbot.errors import CoachbotError
from coachbot.search.library import Library
from coachbot.settings import PREFIX, load_settings, resource

LOOPBACK = "127.0.0.1"


def has_index(corpus: Path | None, data: Path | None) -> bool:
    """Whether an index of the texts is there; the page brings it up to date after it has shown.

    Args:
        corpus: a folder of texts, in place of the one the settings name.
        data: where the index lives, in place of where the settings say.

    Raises:
        CoachbotError: a setting is not right, or there are no texts.
    """
    settings = load_settings(corpus=corpus, data=data)
    root = settings.corpus or resource("corpus")
    Library(root, settings.data).files()
    return settings.index_folder(root).is_dir()


def serve(
    port: int, browser: bool, corpus: Path | None, data: Path | None, address: str = LOOPBACK
) -> NoReturn:
    """Serve the page until it is stopped.

    Args:
        port: the port to listen on.
        browser: whether to open the page in a browser.
        corpus: passed on to the page.
        data: passed on to the page.
        address: where to listen; any but this computer's own lets others use the page.

    Raises:
        CoachbotError: nothing can listen there, such as where the port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise _not_bound(error, address, port) from error
    given_options = {"address": address, "port": port, "headless": not browser}
    options = _configured() | {f"server.{k}": v for k, v in given_options.items()}
    given = {"CORPUS": corpus, "DATA": data}
    environment = {PREFIX + k: str(v.expanduser().absolute()) for k, v in given.items() if v}
    print(f"The page is at http://{address}:{port} - stop it with Ctrl-C.", flush=True)
    if address != LOOPBACK:
        print("Whoever reaches this address can use the page: see docs/deploying.md.", flush=True)
    # This process becomes the server: whatever stops it stops the page, and nothing is left behind.
    command = [sys.executable, "-m", "coachbot.pages.shell", json.dumps(options)]
    os.execve(sys.executable, command, os.environ | environment)


def _not_bound(error: OSError, address: str, port: int) -> CoachbotError:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else 8501
        return CoachbotError(
            f"Port {port} is in use.", f"Try another one: coachbot serve --port {other}"
        )
    if error.errno == errno.EACCES:
        return CoachbotError(
            f"Port {port} is not yours to use: {error.strerror}.", "Take one from 1024 on."
        )
    return CoachbotError(
        f"The page cannot be served at {address}: {error.strerror}.",
        "Give an IPv4 address of this computer, or leave --address out.",
    )


def _configured() -> dict[str, object]:
    """What ``.streamlit/config.toml`` sets, as dotted names: no file of the user's wins over it.

    Lists of tables (the typeface) are no options; Streamlit reads them from the file itself.
    """
    settings = tomllib.loads((resource(".streamlit") / "config.toml").read_text(encoding="utf-8"))

    def flat(table: dict[str, object], prefix: str) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, value in table.items():
            if isinstance(value, dict):
                found |= flat(value, f"{prefix}{name}.")
            elif not isinstance(value, list):
                found[prefix + name] = value
        return found

    return flat(settings, "")
