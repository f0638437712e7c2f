"""The shipped texts, the rules they are written by, and how their readability is measured."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from coachbot.errors import DocumentError
from coachbot.reading.corpuscheck import check
from coachbot.reading.readability import long_words, readability, syllables
from coachbot.settings import resource

TEXT = """---
title: Saying sorry
kind: practice
authors: [coachbot authors]
year: 2026
summary: Name what you did.
topics: [repair]
sounds_like: [a1, a2, a3, a4, a5, a6, a7, a8]
sources:
  - {id: roe-2014, citation: "Roe 2014, Journal 1:2-3", doi: 10.1000/xyz123, figures: [40 couples]}
checked_on: 2026-11-23
checked_by: coachbot authors
---

An apology names what you did.

## What it is

FILLER

## What the research found

In 40 couples, a plain apology was liked.[^roe-2014 weak]

## How sure are we

The proof for apologies is thin.

## Try this

1. Name what you did.
2. Say what you want to change.
3. Ask what the other person needs.

### A worked example

Ana says she is sorry.

### A checklist for the week

- I named what I did.

## Questions to reflect on

- What did you do?

## When not to use this

Do not say sorry to stay safe.
""".replace("FILLER", "A good apology is short and plain and kind to both. " * 60)


@pytest.fixture
def checked(tmp_path):
    def run(text: str, against: str = "") -> list[str]:
        (tmp_path / "corpus").mkdir(exist_ok=True)
        (tmp_path / "corpus" / "sorry.md").write_text(text, encoding="utf-8")
        other = tmp_path / "other.txt"
        other.write_text(against or "Nothing at all in common.", encoding="utf-8")
        return [finding.message for finding in check(tmp_path / "corpus", [other])[1]]

    return run


def test_a_text_that_keeps_the_rules_has_no_findings(checked):
    assert checked(TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("summary: Name what you did.\n", "", "no summary"),
        ("a1, a2, ", "", "sounds_like has 6"),
        ("10.1000/xyz123", "xyz123", "malformed DOI"),
        ("[^roe-2014 weak]", "", "never referred to"),
        ("[^roe-2014 weak]", "[^doe-2010 weak]", "not among the sources"),
        ("[^roe-2014 weak]", "[^roe-2014]", "without a strength"),
        ("[^roe-2014 weak]", "[^roe-2014 sure]", "unknown strength"),
        ("In 40 couples", "In 400 couples", "not among the checked figures"),
        ("The proof for apologies is thin.", "One study shows apologies help.", "without a source"),
        ("## How sure are we", "## Our view", "no section called 'How sure are we'"),
        ("3. Ask what the other person needs.\n", "", "2 numbered steps"),
        ("### A checklist for the week", "### More", "no checklist"),
        ("Do not say sorry to stay safe.", "He is toxic.", "toxic"),
        ("Do not say sorry to stay safe.", "It can hurt.", "leans on"),
        ("Do not say sorry to stay safe.", "See [here](nowhere.md).", "not there"),
        ("Do not say sorry to stay safe.", "Sorry " * 31 + ".", "a sentence of 31 words"),
        ("A good apology is short and plain", "Considerable ambiguity invalidates", "grade"),
    ],
)
def test_each_broken_rule_is_named(checked, old, new, told):
    assert old in TEXT
    assert any(told in finding for finding in checked(TEXT.replace(old, new)))


def test_wording_of_another_work_is_found_from_nine_words_on(checked):
    other = "And so: a good apology is short and plain and kind to both. " * 3
    assert any("another work" in f for f in checked(TEXT, other))
    assert not checked(TEXT, "An apology, a good apology is short and plain, said she.")


def test_a_file_that_cannot_be_read_is_a_finding_and_the_others_are_checked(tmp_path):
    (tmp_path / "bad.md").write_text("---\ntitle: [\n---\nText.", encoding="utf-8")
    (tmp_path / "good.md").write_text(TEXT, encoding="utf-8")
    count, findings = check(tmp_path)
    assert count == 2
    assert [finding.file for finding in findings] == ["bad.md"]


@pytest.mark.parametrize(
    ("front", "told"),
    [
        ("sources: [abc]", "a source that is not made of lines like 'id: …': abc"),
        ("sources: [{doi: 10.1000/x}]", "a source that is not made of lines like 'id: …': {'doi'"),
        ("sources: abc", "sources is not a list: abc"),
        ("sources: {id: x, citation: Roe 2014}", "sources is not a list: {'id': 'x'"),
        ("sources: [{id: x, figures: 5}]", "source x has figures that are not a list: 5"),
    ],
)
def test_sources_in_another_form_are_named(checked, front, told):
    found = checked(f"---\ntitle: Sorry\n{front}\n---\nSay what you did.[^x weak]")
    assert any(told in message for message in found)


@pytest.mark.parametrize("name", ["sorry.md", "sorry.markdown"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_texts_are_checked_as_they_are_loaded(tmp_path, name, encoding):
    text = TEXT.replace("Ana says", "Zoé says")
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert check(tmp_path) == (1, [])


def test_what_is_no_folder_is_not_taken_for_one_without_findings(tmp_path):
    (tmp_path / "sorry.md").write_text(TEXT, encoding="utf-8")
    for path in (tmp_path / "missing", tmp_path / "sorry.md"):
        with pytest.raises(DocumentError, match="no folder at"):
            check(path)


def test_the_shipped_texts_keep_the_rules():
    count, findings = check(resource("corpus"))
    assert count >= 42
    assert not findings, "\n".join(map(str, findings))


def test_no_shipped_sentence_is_taken_from_the_article(article):
    _, findings = check(resource("corpus"), [article])
    assert not [f for f in findings if "another work" in f.message]


def test_the_command_names_the_problems_and_fails(tmp_path):
    (tmp_path / "sorry.md").write_text(TEXT.replace("[^roe-2014 weak]", ""), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "coachbot", "index", "--check", "--corpus", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "sorry.md: source roe-2014 is never referred to" in run.stdout


SYLLABLES = {
    1: "walked asked makes times likes close breathe wife lives smiled whole trust rules don't",
    2: "partner feelings people little because before something needed houses changes closely "
    "study someone tonight angry couple children doctor moment money create neurons noticed didn't "
    "quiet science cautious friendly union million unique",
    3: "argument listening families empathy emotion together another tomorrow therapist alcohol "
    "idea area autism usual sexual curious serious opinion beautiful forgiveness violence period",
    4: "relationship apology criticism actually situation experience emotional society anxiety",
}


@pytest.mark.parametrize(
    ("count", "word"), [(n, word) for n, words in SYLLABLES.items() for word in words.split()]
)
def test_syllables_of_common_words(count, word):
    assert syllables(word) == count


def test_the_grade_follows_the_published_formulas():
    # 2 sentences, 13 words, 19 syllables, one word of three or more: counted by hand.
    measured = readability(
        "My sister listened to me. We talked about the difficult evening with care."
    )
    assert (measured.sentences, measured.words, measured.longest) == (2, 13, 8)
    assert measured.flesch_kincaid == pytest.approx(0.39 * 13 / 2 + 11.8 * 19 / 13 - 15.59)
    assert measured.smog == pytest.approx(3.1291 + 1.043 * (30 * 1 / 2) ** 0.5)


def test_headings_marks_and_emphasis_do_not_count():
    plain = readability("We talked. We slept.")
    assert readability("# A considerable heading\n\n- We *talked*.\n- We slept.") == plain
    assert readability("").grade == 0


def test_harder_text_reads_at_a_higher_grade():
    easy = readability("Say what you saw. Ask what they need. Wait a bit.")
    hard = readability(
        "Considerable ambiguity characterises interpersonal communication universally."
    )
    assert easy.grade < 5 < 12 < hard.grade


def test_long_words_are_listed_once_in_order():
    assert long_words("Communication and communication of emotional situations") == [
        "communication", "emotional", "situations",
    ]  # fmt: skip


def test_no_shipped_text_calls_itself_clinically_reviewed():
    for path in resource("corpus").glob("*.md"):
        assert not re.search(r"(?i)clinically (reviewed|approved)", Path(path).read_text("utf-8"))
