"""What the documentation tells people to type works, and its site needs nobody else's server.

In the pages, ``console`` blocks are run line by line, ``python`` blocks one after another, and a
block with a title is a file that the page makes. ``sh`` blocks install, serve or take minutes: of
those it is checked that what they name is there and that each coachbot command is a right one.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from markdown_it import MarkdownIt
from small_corpus import LISTENING, REPAIR
from test_hostile_files import word_file
from typer.testing import CliRunner

from coachbot import Turn
from coachbot.cli import app
from coachbot.conversations import open_conversations

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TITLE = re.compile(r'title="([^"]+)"')


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """The code of a page: what the block is called, and what is in it."""
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type in ("fence", "code_block"):
            yield token.info, token.content


def has(kinds: str) -> list[Any]:
    """The pages with blocks of these kinds."""
    found = [p for p in PAGES if any(re.match(kinds, info) for info, _ in blocks(p))]
    return [pytest.param(page, id=page.stem) for page in found]


@pytest.fixture
def desk(tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that pages speak of, an index that is built, and one stored talk."""
    data = tmp_path / "desk-data"
    shutil.copytree(shipped, data)
    stored = open_conversations(data / "conversations.sqlite")
    stored.add(Turn("How do I listen?"))
    stored.close()
    monkeypatch.setenv("COACHBOT_DATA", str(data))
    folder = Path.cwd()
    (folder / "staik-2016-mirror-neurons.txt").write_text(REPAIR, encoding="utf-8")
    (folder / "article.docx").write_bytes(word_file("A walk cools the head after a quarrel."))
    (folder / "article.md").write_text(LISTENING, encoding="utf-8")
    return folder


def run(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "coachbot"
    words = ["article.docx" if word == "article.pdf" else word for word in words]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception!r}"


@pytest.mark.parametrize("page", has("console|python|.*title="))
def test_what_a_page_shows_works(page, desk):
    names: dict[str, Any] = {}
    for info, code in blocks(page):
        if found := TITLE.search(info):
            file = desk / found[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code, encoding="utf-8")
        elif info == "console":
            for line in code.splitlines():
                run(line)
        elif info == "python":
            exec(compile(code, str(page), "exec"), names)


def test_the_notebook_runs_from_top_to_bottom(desk):
    notebook = json.loads((ROOT / "examples/first-answers.ipynb").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    assert names["pdf"].startswith(b"%PDF")


@pytest.mark.parametrize("page", has("sh$"))
def test_what_installs_or_serves_names_what_is_there(page):
    for info, code in blocks(page):
        for line in code.splitlines() if info == "sh" else ():
            check(*shlex.split(line))


def check(program: str, *words: str) -> None:
    """Whether a command line names files, targets, extras and options that there are."""
    program = program.removeprefix(".venv/bin/")
    if program == "make":
        subprocess.run(["make", "-n", *words], cwd=ROOT, check=True, capture_output=True)
    elif program == "coachbot":
        name, *rest = words
        command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
        command.make_context(name, list(rest))
    elif program == "pip":
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for named in re.findall(r"\.\[(.+)\]", " ".join(words)):
            assert set(named.split(",")) <= set(extras["optional-dependencies"])
    elif program == "python3":
        assert words == ("-m", "venv", ".venv")
    files = [w for w in words if re.match(r"(?:deploy|scripts|benchmarks|constraints)[/.]", w)]
    assert all((ROOT / file).exists() or file == "deploy/.env" for file in files)
    assert (
        program in ("make", "coachbot", "pip", "python", "python3", "mkdocs", "docker", "cp")
        or (ROOT / program).exists()
    )


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem) for page in PAGES])
def test_no_command_stands_where_it_is_not_checked(page):
    for info, code in blocks(page):
        kind = info.split(" ")[0]
        assert (
            kind in ("console", "sh", "python")
            or "title=" in info
            or not re.search(r"(?m)^\s*(?:coachbot|pip|make|docker|python) ", code)
        )


class Fetched(HTMLParser):
    """The addresses that a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe"):
            self.addresses.append(given.get("src") or "")
        if tag == "link" and given.get("rel") not in ("canonical", "next", "prev"):
            self.addresses.append(given.get("href") or "")


def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path)]
    quiet = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    built = subprocess.run(
        command, cwd=ROOT, env=os.environ | quiet, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        html = page.read_text(encoding="utf-8")
        assert "{{" not in html
        parser = Fetched()
        parser.feed(html)
        assert parser.addresses
        assert not [a for a in parser.addresses if re.match(r"(?:https?:)?//", a)]
    for style in tmp_path.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", style.read_text(encoding="utf-8"))
