"""What travels in the wheel, and what an installed coachbot can do with it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_corpus_prompts_evals_and_page_travel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for source in ("corpus", "prompts", "evals"):
        for path in (ROOT / source).glob("*.*"):
            assert f"coachbot/bundled/{source}/{path.name}" in names
    for name in ("bundled/streamlit_app.py", "bundled/.streamlit/config.toml", "pages/style.css"):
        assert f"coachbot/{name}" in names
    for path in (ROOT / "static").iterdir():
        assert f"coachbot/bundled/static/{path.name}" in names
    assert "coachbot/handouts/sheet.typ" in names
    assert {"coachbot/py.typed", "coachbot/pages/icon.png"} <= names


def test_installed_elsewhere_it_answers_and_evaluates(wheel, tmp_path):
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    run = [sys.executable, "-I", "-c"]
    start = f"import sys; sys.path.insert(0, {str(installed)!r}); from coachbot.cli import main; "
    data = ["--data", str(tmp_path / "data")]

    def coachbot(*words: str) -> str:
        code = start + f"sys.argv = {['coachbot', *words, *data]!r}; main()"
        done = subprocess.run([*run, code], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    answer = coachbot("ask", "Do mirror neurons make us kind?")
    assert "[1]" in answer
    assert "right text@1" in coachbot("eval", "--suite", "followups")
    coachbot("handout", "in-laws", "-o", str(tmp_path / "sheet.pdf"))
    assert b"AtkinsonHyperlegible" in (tmp_path / "sheet.pdf").read_bytes()
