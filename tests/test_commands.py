"""The command line as a user meets it; run in this process, with the real encoder."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coachbot import cli
from coachbot.cli.terminal import print_topics
from coachbot.coach import Coach
from coachbot.evaluation.batches import read_rows
from coachbot.settings import load_settings

COMMANDS = (
    "index", "add", "remove", "documents", "search", "ask", "retrieve", "verify", "chat", "eval",
    "serve", "doctor", "handout",
)  # fmt: skip


class Run:
    """What a command printed and how it ended."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch, *places: str) -> None:
        self._capsys, self._monkeypatch, self._places = capsys, monkeypatch, places

    def __call__(self, *words: str, ends: int = 0, places: bool = True) -> str:
        command = ["coachbot", *words, *(self._places if places else ())]
        self._monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, self.err = self._capsys.readouterr()
        assert (ended.value.code or 0) == ends, (out, self.err)
        return out


@pytest.fixture
def run(capsys, monkeypatch, corpus, tmp_path) -> Run:
    return Run(capsys, monkeypatch, "--corpus", str(corpus), "--data", str(tmp_path / "data"))


def test_help_lists_the_commands_and_each_has_help():
    runner = CliRunner()
    listed = runner.invoke(cli.app, ["--help"], env={"COLUMNS": "100"}).output
    for command in COMMANDS:
        assert command in listed
        assert runner.invoke(cli.app, [command, "--help"]).exit_code == 0


def test_help_loads_no_heavy_library():
    code = (
        "import sys, coachbot.cli\n"
        "from typer.testing import CliRunner\n"
        "CliRunner().invoke(coachbot.cli.app, ['--help'])\n"
        "print([m for m in ('torch', 'chromadb', 'streamlit', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_add_documents_remove_and_bring_back(run, tmp_path):
    file = tmp_path / "walks.md"
    file.write_text("# Walks\n\nA walk cools the head after a quarrel.", encoding="utf-8")
    assert "walks: Walks" in run("add", str(file), "--kind", "practice", "--author", "Cy Test")
    assert "(Test, practice)" in run("documents")
    assert "A walk cools the head" in run("documents", "--show", "walks")
    told = run("remove", "walks")
    assert "walks" not in run("documents")
    again = told.split("coachbot add '")[1].rstrip("'\n")
    assert "walks" in run("add", again)


def test_ask_json_is_json_alone_and_its_quotes_are_spans(run):
    answer = json.loads(run("ask", "How do I listen to my partner?", "--json"))
    stored = run("documents", "--show", "listening")
    quotes = [c for claim in answer["claims"] for c in claim["citations"]]
    assert quotes
    for quote in quotes:
        if quote["document_id"] == "listening":
            assert stored[quote["start"] : quote["end"]] == quote["quote"]


def test_ask_in_words_shows_answer_and_sources(run):
    out = run("ask", "How do I listen to my partner?")
    assert "[1]" in out
    assert "Listening so that it lands (Example 2024)" in out


def test_a_batch_is_answered_in_order_with_ids(run, tmp_path):
    batch = tmp_path / "questions.jsonl"
    rows = [
        {"id": f"q{i}", "question": q} for i, q in enumerate(["How do I listen?", "", "x" * 99999])
    ]
    batch.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    answers = [
        json.loads(line) for line in run("ask", "--batch", str(batch), "--json").splitlines()
    ]
    assert [answer["id"] for answer in answers] == ["q0", "q1", "q2"]
    assert [answer["outcome"] for answer in answers][1] == "nothing"


@pytest.mark.parametrize("line", ["not json", "[]", '{"id": 1}', '{"question": 5}'])
def test_a_bad_row_is_named(run, tmp_path, line):
    batch = tmp_path / "questions.jsonl"
    batch.write_text('{"question": "fine"}\n' + line, encoding="utf-8")
    out = run("ask", "--batch", str(batch), "--json", ends=1)
    assert out == ""
    assert "line 2" in run.err


def test_search_finds_passages(run):
    hits = json.loads(run("search", "saying sorry too late", "-k", "2", "--json"))
    assert len(hits) == 2
    assert hits[0]["document_id"] == "repair"
    assert hits[0]["score"] >= hits[1]["score"]


def test_retrieve_ranks_documents_of_ones_own(run, tmp_path):
    documents, queries = tmp_path / "documents.jsonl", tmp_path / "queries.jsonl"
    texts = {"a": "Cats purr when they are content.", "b": "A walk cools anger after a quarrel."}
    rows = [{"id": id, "title": "", "text": text} for id, text in texts.items()]
    documents.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    queries.write_text('{"id": "q", "query": "what helps against anger?"}', encoding="utf-8")
    data = ["--data", str(tmp_path / "d"), "--json"]
    words = ["retrieve", "--batch", str(queries), "--documents", str(documents), *data]
    (row,) = [json.loads(line) for line in run(*words, places=False).splitlines()]
    assert row["id"] == "q"
    assert [id for id, _ in row["ranked"]] == ["b", "a"]


def test_verify_says_what_is_wrong(run, tmp_path):
    evidence = "In 1996 the cells were found in 21 monkeys."
    data = ["--data", str(tmp_path / "d"), "--json"]
    fine = json.loads(run("verify", evidence, "--evidence", evidence, *data, places=False))
    assert fine["verdict"] == "supported"
    wrong = "In 1996 the cells were found in 52 monkeys."
    other = json.loads(run("verify", wrong, "--evidence", evidence, *data, places=False))
    assert (other["verdict"], other["reasons"]) == ("unsupported", ["number"])


def test_eval_scores_a_question_set_of_ones_own(run, tmp_path):
    rows = [
        {
            "question": "When does a repair work best?",
            "support": ["A repair works best early"],
        },
        {"question": "Capital of Mongolia?", "kind": "offtopic", "support": []},
    ]
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    scores = json.loads(run("eval", "--questions", str(file), "--json"))
    found = {row["measure"]: row["score"] for row in scores}
    assert found["hit@1"] == 1.0
    assert found["first quote is right"] == 1.0
    assert found["quote equals its span"] == 1.0
    assert found["off-topic refused"] == 1.0


def test_errors_are_a_message_and_a_hint_and_exit_1(run, tmp_path):
    assert run("add", str(tmp_path / "missing.txt"), ends=1) == ""
    assert run.err.count("\n") == 2
    assert "There is no file" in run.err
    run("remove", "no-such-text", ends=1)
    assert "coachbot documents" in run.err


def test_wrong_usage_is_exit_2(run):
    run("ask", ends=2)
    run("no-such-command", ends=2, places=False)


def test_doctor_finds_all_in_order(run):
    run("index")
    findings = json.loads(run("doctor", "--json"))
    assert all(finding["fine"] for finding in findings)
    assert any("2 texts" in finding["found"] for finding in findings)


def test_doctor_names_what_is_missing_and_how_to_mend_it(run, tmp_path):
    out = run(
        "doctor",
        "--corpus",
        str(tmp_path / "nowhere"),
        "--data",
        str(tmp_path),
        ends=1,
        places=False,
    )
    assert "MISSING texts: There is no corpus" in out


def test_chat_answers_until_an_empty_line(run, monkeypatch):
    typed = iter(["yes", "How do I listen to my partner?", "and why?", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(typed))
    out = run("chat")
    assert "not a therapist" in out
    assert "not protected as it is with a therapist" in out
    assert out.count("[1]") >= 2


def test_chat_is_for_adults(run, monkeypatch):
    asked = list[str]()
    monkeypatch.setattr("builtins.input", lambda mark: asked.append(mark) or "no")
    assert "grown-up you trust" in run("chat", "--country", "GB")
    assert len(asked) == 1
    assert "18 or older" in asked[0]


def test_chat_meets_danger_where_the_library_cannot_be_opened(run, monkeypatch, tmp_path):
    typed = iter(["yes", "I want to kill myself", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(typed))
    missing = ("--corpus", str(tmp_path / "missing"))
    assert "999" in run("chat", "--country", "GB", *missing, places=False)


def test_an_unknown_variable_is_told(run, monkeypatch):
    monkeypatch.setenv("COACHBOT_CORPSE", "x")
    run("documents", ends=1)
    assert "COACHBOT_CORPSE" in run.err
    assert "COACHBOT_CORPUS" in run.err


def test_the_settings_file_is_read_and_its_mistakes_told(run, tmp_path):
    file = Path("coachbot.toml")
    file.write_text('max_file_mb = 3\nembedder = "all-MiniLM-L6-v2"\n')
    assert load_settings().max_file_mb == 3
    for wrong in ("corpse = 1", "max_file_mb = -1", "not toml", 'chroma_url = "ftp://x"'):
        file.write_text(wrong)
        run("documents", ends=1)
        assert "coachbot.toml" in run.err


def test_naughty_strings_get_an_answer(coach: Coach):
    naughty = Path(__file__).parent.parent.parent / "shared/eval/external/blns/blns.json"
    if not naughty.is_file():
        pytest.skip("the naughty strings are not on this machine")
    for text in json.loads(naughty.read_text(encoding="utf-8")):
        json.dumps(coach.ask(text).to_dict())


@pytest.mark.parametrize(
    "question",
    ["", " \n", "😀😀", "שלום, למה אנחנו רבים?", "a\x00\x01b", "\ud800", "why " * 30_000],
)
def test_strange_questions_get_an_answer(coach: Coach, question):
    answer = coach.ask(question, ["", "\x00"])
    assert answer.text
    assert len(answer.searched_for) < 5_000
    json.dumps(answer.to_dict()).encode()


def test_the_shipped_question_set_is_well_formed():
    rows = read_rows(Path(__file__).parent.parent / "evals" / "questions.jsonl", ("id", "question"))
    assert len({row["id"] for row in rows}) == len(rows) > 100


@pytest.fixture
def run_shipped(capsys, monkeypatch, shipped) -> Run:
    return Run(capsys, monkeypatch, "--data", str(shipped))


def test_handout_lists_topics_and_says_what_it_cannot(run_shipped):
    rows = json.loads(run_shipped("handout", "--list", "--json"))
    assert len(rows) >= 12
    assert {"worksheet", "cards", "diary"} <= set(rows[0]["kinds"])
    run_shipped("handout", "training a puppy", ends=1)
    assert "fits that well enough" in run_shipped.err
    assert "handout --list" in run_shipped.err
    run_shipped("handout", "chores", "--kind", "poster", ends=1)
    assert "worksheet" in run_shipped.err
    run_shipped("handout", "chores", "--size", "13", ends=1)
    assert "12, 14, 18" in run_shipped.err


def test_handout_leaves_a_request_on_safety_to_the_professional(run_shipped, tmp_path):
    run_shipped("handout", "skills for a couple where he hits her", ends=1)
    assert "safety sheet · explainer on abuse · my own text" in run_shipped.err
    assert "--safety" in run_shipped.err
    file = tmp_path / "notes.json"
    asked = ("--safety", "safety-sheet", "--audience", "one", "--country", "GB")
    run_shipped("handout", *asked, "-o", str(file))
    assert json.loads(file.read_text())["title"] == "Notes for me"


def test_handout_is_saved_and_gone_on_with(run_shipped, tmp_path):
    file, later = tmp_path / "chores.json", tmp_path / "later.json"
    run_shipped("handout", "chores", "--kind", "worksheet", "--country", "US", "-o", str(file))
    assert "Reading grade" in run_shipped.err
    run_shipped("handout", "--from", str(file), "--reviewer", "A. Elm", "--paper", "Letter",
            "--clinic", "Elm Street", "-o", str(later))  # fmt: skip
    before, after = (json.loads(f.read_text()) for f in (file, later))
    assert after["reviewer"] == "A. Elm"
    assert after["paper"] == "Letter"
    assert after["brand"]["name"] == "Elm Street"
    assert after["steps"] == before["steps"]


@pytest.mark.parametrize(("said", "ends"), [("n\n", 1), ("y\n", 0)])
def test_nobody_at_a_terminal_signs_a_sheet_unread(run_shipped, tmp_path, monkeypatch, said, ends):
    terminal = io.StringIO(said)
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", terminal)
    file = tmp_path / "chores.json"
    run_shipped("handout", "chores", "--country", "US", "--reviewer", "A. Elm", "-o", str(file),
            ends=ends)  # fmt: skip
    assert "Tick it off" in run_shipped.err
    assert "A. Elm" in run_shipped.err
    assert file.exists() == (not ends)


def test_handout_goes_out_in_no_form_with_an_unsupported_line(run_shipped, tmp_path):
    file = tmp_path / "chores.json"
    run_shipped("handout", "chores", "-o", str(file))
    data = json.loads(file.read_text())
    data["why"][0].update(text="Chores end every marriage.", status="adapted")
    file.write_text(json.dumps(data))
    run_shipped("handout", "--from", str(file), "-o", str(tmp_path / "chores.md"), ends=1)
    assert "Chores end every marriage." in run_shipped.err
    assert not (tmp_path / "chores.md").exists()


def test_a_command_that_is_stopped_says_what_stays(tmp_path):
    data = tmp_path / "data"
    command = [sys.executable, "-m", "coachbot", "index", "--data", str(data)]
    # Where the tests run in the background of a script, children are born deaf to Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, before)
        until = time.monotonic() + 60
        while not any(data.rglob("*.sqlite3")) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "What was indexed before stays in use." in said


def test_a_card_names_the_lines_of_the_country_that_is_set(run, monkeypatch, tmp_path):
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("COACHBOT_COUNTRY", "GB")
    assert "999" in run("ask", "I want to kill myself")
    assert "112" in run("ask", "I want to kill myself", "--country", "IE")
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"id": "a", "question": "I want to kill myself"}) + "\n")
    assert "112" in run("ask", "--batch", str(rows), "--country", "IE")


def test_what_sends_nothing_to_a_model_asks_for_no_leave(run, monkeypatch, tmp_path):
    monkeypatch.setenv("COACHBOT_MODEL", "openai:big")
    monkeypatch.setenv("COACHBOT_MODEL_URL", "http://models.example.org/v1")
    assert "phone" in run("search", "how does good listening start")
    file = tmp_path / "walks.md"
    file.write_text("# Walks\n\nA walk cools the head after a quarrel.", encoding="utf-8")
    assert "walks" in run("add", str(file))
    assert "walks" in run("documents")
    run("remove", "walks")
    run("ask", "how does good listening start", ends=1)
    assert "models.example.org" in run.err


def test_a_sheet_that_is_gone_on_with_keeps_its_size(run_shipped, tmp_path):
    file, later = tmp_path / "chores.json", tmp_path / "later.json"
    run_shipped("handout", "chores", "--size", "18", "-o", str(file))
    run_shipped("handout", "--from", str(file), "-o", str(later))
    assert json.loads(later.read_text())["size"] == 18


def test_the_terminal_shows_words_as_they_are(run, corpus, capsys):
    text = "# Walks\n\nA walk :heart: cools the head after a quarrel, 3:100:2.\n"
    (corpus / "walks.md").write_text(text, encoding="utf-8")
    assert "A walk :heart: cools the head after a quarrel, 3:100:2." in run(
        "ask", "What cools the head after a quarrel?"
    )
    print_topics([{"id": "old [/b] notes [draft]", "title": ":heart:", "kinds": []}])
    shown = capsys.readouterr().out
    assert "old [/b] notes [draft]" in shown
    assert ":heart:" in shown


@pytest.mark.parametrize(
    ("address", "told"),
    [("127.0.0.1", "is in use"), ("203.0.113.9", "cannot be served at 203.0.113.9")],
)
def test_serve_says_why_it_cannot_listen(run, address, told):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run("serve", "--no-browser", "--port", port, "--address", address, ends=1)
    assert told in run.err


def test_serve_takes_no_port_that_cannot_be(run):
    run("serve", "--port", "99999", ends=2)
    assert "65535" in run.err
