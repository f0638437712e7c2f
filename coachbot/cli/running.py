"""Commands about this installation: serve and doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from coachbot.cli.app import AsJson, Corpus, Data, app, open_coach
from coachbot.cli.terminal import to_json


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the page.")] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    address: Annotated[
        str, typer.Option(help="Where to listen. Others than this one: see docs/deploying.md.")
    ] = "127.0.0.1",
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Open the web page. It is served on this computer only, unless an address is given."""
    from coachbot.serving import has_index
    from coachbot.serving import serve as run

    if not has_index(corpus, data):
        open_coach(corpus, data)  # builds it, where one sees how far it is
    run(port, browser, corpus, data, address)


@app.command()
def doctor(as_json: AsJson = False, corpus: Corpus = None, data: Data = None) -> None:
    """Say what is configured, found and missing, and how to mend it."""
    from coachbot.diagnosis import diagnose

    findings = diagnose(corpus, data)
    if as_json:
        print(to_json([finding.to_dict() for finding in findings]))
    for finding in [] if as_json else findings:
        mark = "ok     " if finding.fine else "MISSING"
        print(f"{mark} {finding.what}: {finding.found}")
        if not finding.fine and finding.mend:
            print(f"        {finding.mend}")
    if any(not finding.fine for finding in findings):
        raise typer.Exit(1)
