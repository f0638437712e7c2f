"""Handouts: the value, its file, and what composing one must give."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_corpus import LISTENING, HashingEmbedder
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from coachbot import Coach
from coachbot.cli import app
from coachbot.errors import CoachbotError, HandoutError, SafetyChoiceError, StorageError
from coachbot.handouts.checks import Weight
from coachbot.handouts.client_sheet import client_sheet
from coachbot.handouts.editing import (
    Editing,
    added,
    cell_restored,
    cell_rewritten,
    dropped,
    heading_restored,
    heading_rewritten,
    help_renewed,
    moved,
    parts,
    restored,
    rewritten,
)
from coachbot.handouts.files import from_json, load, save, to_json, write_whole
from coachbot.handouts.logo import check_logo
from coachbot.handouts.markdown import to_markdown, to_text
from coachbot.handouts.model import (
    Audience,
    Brand,
    Handout,
    HandoutKind,
    Line,
    Paper,
    Part,
    Status,
    Table,
    TypeSize,
    WritingSpace,
)
from coachbot.handouts.shelf import Shelf
from coachbot.handouts.topics import OutsideError
from coachbot.pages.handout_editor import DESK
from coachbot.search.caution import SAFETY_TEXT
from coachbot.settings import resource
from coachbot.types import Citation, Kind, Level, Outcome, Role, Screening

CITATION = Citation(1, "p#1", "talks", "Talks", Kind.EVIDENCE, None, "Ask for a time.", 3, 18)


def form(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(text, Status.FIXED) for text in texts)


SMALL = Handout(
    HandoutKind.WORKSHEET,
    Audience.COUPLE,
    "A gentle start",
    Line("Start with one thing.", Status.CLINICIAN),
    steps=(Line("Ask for a time.", Status.QUOTED, CITATION),),
    practice=(
        WritingSpace(Line("What I will say:", Status.FIXED), 2),
        Table(*form("A week"), form("Day", "What I tried"), form("Monday", "Tuesday")),
    ),
    help=form("Call 123."),
    headings={Part.STEPS: Line("Try this", Status.FIXED)},
    paper=Paper.LETTER,
    size=TypeSize.LARGE,
    brand=Brand("Elm Street", logo=b"\x89PNG\x00\xff", logo_alt="An elm"),
)


def test_a_saved_handout_is_read_back_equal(tmp_path: Path) -> None:
    save(SMALL, tmp_path / "a.json")
    assert load(tmp_path / "a.json") == SMALL


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d.pop("format"), "not a handout"),
        (lambda d: d.update(schema=9), "form 9"),
        (lambda d: d.update(kind="poster"), "kind"),
        (lambda d: d["steps"][0].update(status="true"), "steps.0.status"),
        (lambda d: d.update(size=13), "size"),
        (lambda d: d["brand"].update(logo="%%%"), "logo"),
        (lambda d: d.update(title=" "), "title"),
        (lambda d: d.update(locale="english"), "damaged at locale"),
        (lambda d: d.update(locale=""), "damaged at locale"),
        (lambda d: d.update(locale="en_US"), "damaged at locale"),
        (lambda d: d.update(locale="en" + "-abcdefgh" * 40), "damaged at locale"),
        (lambda d: d["practice"][0].update(rules=100_000), "rules"),
        (lambda d: d["practice"][0].update(rules=-1), "rules"),
        (lambda d: d["practice"][1].update(columns=[]), "Table.columns"),
        (lambda d: d["practice"][1].update(columns=[d["message"]] * 1000), "Table.columns"),
        (lambda d: d["message"].update(text="half a \ud800 character"), "not JSON"),
    ],
)
def test_a_damaged_file_names_what_is_wrong(
    change: Callable[[dict[str, Any]], object], named: str
) -> None:
    data = json.loads(to_json(SMALL))
    change(data)
    with pytest.raises(HandoutError, match=named):
        from_json(json.dumps(data))


def test_what_is_no_json_or_no_file_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(HandoutError, match="not JSON"):
        from_json("no")
    with pytest.raises(HandoutError, match="cannot be read"):
        load(tmp_path / "none.json")


def test_a_file_that_is_too_long_or_too_deep_is_an_error_with_a_hint() -> None:
    with pytest.raises(HandoutError, match="larger than 2 MB"):
        from_json(" " * (2 * 2**20) + to_json(SMALL))
    with pytest.raises(HandoutError, match="not JSON"):
        from_json("[" * 200_000)


def test_a_file_that_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_whole(tmp_path / "clinic.json", "before")
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StorageError, match="No space left"):
        write_whole(tmp_path / "clinic.json", "after")
    assert [path.name for path in tmp_path.glob("clinic*")] == ["clinic.json"]
    assert (tmp_path / "clinic.json").read_text() == "before"


def test_a_handout_shows_itself_and_its_words_stay_text() -> None:
    hostile = 'Say "<b>"\n# ![x](http://evil.example)'
    shown = replace(SMALL, title=hostile)._repr_markdown_()
    assert r'## Say "\<b>" # !\[x\](http://evil.example)' in shown.splitlines()
    assert "- Ask for a time." in shown
    assert from_json(json.dumps({"format": "coachbot-handout", "schema": 2, **SMALL.to_dict()}))


def test_a_logo_needs_a_text_in_its_place() -> None:
    with pytest.raises(HandoutError, match="logo"):
        Brand(logo=b"x")


def test_a_logo_of_more_than_a_megabyte_is_refused() -> None:
    with pytest.raises(HandoutError, match="larger than 1 MB"):
        Brand(logo=bytes(2**20 + 1), logo_alt="An elm")


@pytest.mark.parametrize("logo", [b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<svg"])
def test_a_logo_that_no_sheet_can_show_is_told(logo: bytes) -> None:
    with pytest.raises(HandoutError, match="logo cannot be drawn"):
        check_logo(logo)


def test_an_edited_line_is_the_clinicians_and_rests_on_no_source() -> None:
    line = SMALL.steps[0].rewritten("Ask\nher for a time.")
    assert (line.text, line.status) == ("Ask her for a time.", Status.CLINICIAN)
    assert line.source_number is None
    assert line.citation == CITATION


def test_sections_come_in_printing_order_and_only_those_there() -> None:
    assert [s.part for s in SMALL.sections] == [
        Part.MESSAGE,
        Part.STEPS,
        Part.PRACTICE,
        Part.CAUTIONS,
    ]
    assert [line.text for line in SMALL.lines()][-1] == "What I will say:"


def test_a_diary_puts_its_table_behind_the_help_lines() -> None:
    diary = replace(SMALL, kind=HandoutKind.DIARY)
    assert [s.part for s in diary.sections][-2:] == [Part.CAUTIONS, Part.PRACTICE]


def test_a_handout_is_a_draft_until_someone_signs() -> None:
    assert SMALL.draft
    assert not replace(SMALL, reviewer="A. Elm").draft


@pytest.mark.parametrize("unseen", ["", " ", "\u200b", "\u202e\u200d"])
def test_what_nobody_sees_is_no_title_and_no_signature(unseen: str) -> None:
    with pytest.raises(HandoutError, match="no title"):
        replace(SMALL, title=unseen)
    assert replace(SMALL, reviewer=unseen).draft


@pytest.fixture(scope="module")
def coach(shipped: Path) -> Coach:
    return Coach.open(data=shipped)


def rows(name: str) -> list[dict[str, Any]]:
    lines = (resource("evals") / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


REQUESTS = rows("handout_requests.jsonl")
TOPICS = rows("handout_topics.jsonl")


STOPPED, MADE, OUTSIDE = "left to the professional", "a sheet", "outside the library"


@pytest.fixture(scope="module")
def outcomes(coach: Coach) -> dict[str, str]:
    """What comes of each request, by its id."""

    def outcome(text: str) -> str:
        try:
            coach.handout(text)
        except SafetyChoiceError:
            return STOPPED
        except HandoutError:
            return OUTSIDE
        return MADE

    return {row["id"]: outcome(row["text"]) for row in REQUESTS}


@pytest.mark.parametrize("batch", ["harmless-", "harmless5-"])
def test_alarming_words_alone_do_not_stop_a_request(outcomes: dict[str, str], batch: str) -> None:
    found = [outcome for id, outcome in outcomes.items() if id.startswith(batch)]
    assert len(found) == 60
    assert found.count(STOPPED) <= 1


@pytest.mark.parametrize(("batch", "size"), [("stop-", 30), ("stop5-", 40)])
def test_what_touches_on_safety_is_the_professionals_choice(
    outcomes: dict[str, str], batch: str, size: int
) -> None:
    found = {id: outcome for id, outcome in outcomes.items() if id.startswith(batch)}
    assert len(found) == size
    assert [id for id, outcome in found.items() if outcome != STOPPED] == []


def test_all_batches_are_told_apart_nearly_as_well(outcomes: dict[str, str]) -> None:
    stop = [outcomes[row["id"]] for row in REQUESTS if row["stop"]]
    harmless = [outcomes[row["id"]] for row in REQUESTS if not row["stop"]]
    assert stop.count(STOPPED) / len(stop) >= 0.96
    assert harmless.count(STOPPED) / len(harmless) <= 0.03


def test_no_request_that_touches_on_safety_gets_a_sheet(outcomes: dict[str, str]) -> None:
    """Not even where it is told in so veiled a way that nothing stops it."""
    assert [row["id"] for row in REQUESTS if row["stop"] and outcomes[row["id"]] == MADE] == []


def test_each_line_of_each_kind_is_quoted_to_the_letter(coach: Coach) -> None:
    texts = {document.id: document.text for document in coach.documents()}
    for topic in coach.handouts.topics():
        for kind in topic.kinds:
            handout = coach.handout(topic.id, kind=kind, country="US")
            for line in handout.lines():
                if line.status is Status.QUOTED:
                    cited = line.citation
                    assert cited
                    assert line.text == texts[cited.document_id][cited.start : cited.end]
                    assert handout.source(cited.number)
                else:
                    assert line.status is Status.FIXED


@pytest.mark.parametrize(
    ("need", "document"),
    [
        ("starting-hard-talks", "starting-hard-talks"),
        ("Talking about money", "talking-about-money"),
        ("chores", "sharing-chores-fairly"),
        ("saying sorry", "apologising-well"),
        ("How do I stop shouting when I lose my temper?", "my-own-temper"),
        ("my mother-in-law visits every day", "in-laws"),
        ("fear of abandonment", "attachment-touch-and-loneliness"),
    ],
)
def test_a_topic_a_keyword_or_a_question_finds_its_text(
    coach: Coach, need: str, document: str
) -> None:
    assert coach.handout(need).provenance.documents[0] == document


@pytest.mark.parametrize("need", ["repairing a bicycle", "buying a house", "gambling addiction"])
def test_a_topic_outside_the_library_is_said_so_with_the_nearest(coach: Coach, need: str) -> None:
    with pytest.raises(
        HandoutError, match=r"fits that well enough to be sure\. The nearest: "
    ) as raised:
        coach.handout(need)
    assert "·" in raised.value.message
    assert isinstance(raised.value, OutsideError)
    nearest = raised.value.nearest
    assert " · ".join(topic.title for topic in nearest) in raised.value.message
    for topic in nearest:
        assert coach.handout(topic.id).provenance.documents[0] == topic.id


def test_topics_outside_the_library_are_told_from_those_inside(coach: Coach) -> None:
    inside = {bool(row["documents"]): list[bool]() for row in TOPICS}
    for row in TOPICS:
        try:
            coach.handout(row["need"])
        except SafetyChoiceError:
            continue
        except HandoutError:
            inside[bool(row["documents"])].append(False)
        else:
            inside[bool(row["documents"])].append(True)
    assert sum(inside[False]) / len(inside[False]) <= 0.1
    assert sum(inside[True]) / len(inside[True]) >= 0.85


def test_a_request_that_touches_on_safety_gets_no_skill_sheet(coach: Coach) -> None:
    with pytest.raises(SafetyChoiceError, match="safety sheet · explainer on abuse · my own text"):
        coach.handout("worksheet for a couple where he hits her", kind="worksheet")
    with pytest.raises(SafetyChoiceError):
        coach.handout("when-not-to-use-these-skills", kind="cards")


def test_the_safety_sheet_is_for_one_with_a_neutral_title(coach: Coach) -> None:
    with pytest.raises(HandoutError, match="for one person"):
        coach.handout(safety="safety-sheet")
    sheet = coach.handout(safety="safety-sheet", audience="one", country="GB")
    assert sheet.title == "Notes for me"
    assert sheet.message.text.startswith("Is it safe to take this home?")
    assert any("0808 2000 247" in line.text for line in sheet.help)
    assert any("Samaritans" in line.text for line in sheet.help)


def test_couple_sheets_carry_a_general_help_box_and_lines_for_what_they_warn_of(
    coach: Coach,
) -> None:
    sheet = coach.handout("in-laws", country="US")
    assert any("988" in line.text for line in sheet.help)
    assert any("threaten" in line.text for line in sheet.cautions)
    assert any("Domestic" in line.text for line in sheet.help)


@pytest.mark.parametrize("kind", ["worksheet", "explainer"])
@pytest.mark.parametrize(
    ("need", "warning"),
    [
        ("staying-close-after-a-baby", "If you think of dying or of hurting the baby"),
        ("staying-close-after-a-baby", "If you are about to shake the baby"),
        ("a-partner-who-drinks", "If your partner hits, threatens or scares you"),
        ("teenagers-and-parents", "If your teenager talks of dying"),
        ("my-own-temper", "If you have hit, grabbed, choked"),
        ("just-had-a-fight", "Call the emergency number or a helpline from a safe place"),
    ],
)
def test_no_sheet_leaves_out_the_gravest_warnings(
    coach: Coach, kind: str, need: str, warning: str
) -> None:
    sheet = coach.handout(need, kind=kind, audience="one")
    assert any(line.text.startswith(warning) for line in sheet.cautions)


def test_where_no_line_is_known_the_help_box_names_one_place_to_look(coach: Coach) -> None:
    for made in ({"need": "in-laws"}, {"safety": "safety-sheet", "audience": "one"}):
        box = [line.text for line in coach.handout(country="ZZ", **made).help]
        assert "local emergency number" in box[0]
        assert [line.count("findahelpline.com") for line in box[1:]] == [1]


def test_what_a_person_wrote_is_never_carried_over(coach: Coach) -> None:
    told = "My sister-in-law Brunhilde says I never listen and it hurts"
    answer = coach.ask(told)
    handout = coach.handout(answers=[answer])
    assert "Brunhilde" not in to_json(handout)
    quotes = {c.quote for claim in answer.claims for c in claim.citations}
    assert quotes & {line.text for line in handout.lines()}


@pytest.mark.parametrize(
    "question",
    [
        "How can we share chores fairly?",
        "How do we stop a fight before it gets loud?",
        "How do I say sorry so that it lands?",
    ],
)
def test_the_sentences_that_a_reply_quoted_are_on_the_sheet(coach: Coach, question: str) -> None:
    answer = coach.ask(question)
    roles = {hit.passage.id: hit.passage.role for hit in answer.hits}
    quoted = {
        cited.quote
        for cited in answer.citations
        if roles.get(cited.passage_id) in (Role.CLAIM, Role.LIMITS, Role.PRACTICE)
    }
    assert quoted
    chosen = {"answers": [answer], "passages": [hit.passage.id for hit in answer.hits[:2]]}
    assert quoted <= {line.text for line in coach.handout(**chosen).lines()}


@pytest.mark.parametrize(
    "changed",
    [
        {"question": "exercises for a couple where he shoves her"},
        {"screening": Screening(Level.CONCERN, categories=("possible_control",))},
        {"screening": Screening(Level.CRISIS)},
        {"outcome": Outcome.SAFETY},
    ],
)
def test_a_reply_to_what_touches_on_safety_becomes_no_skill_sheet(
    coach: Coach, changed: dict[str, Any]
) -> None:
    answer = coach.ask("How can we share chores fairly?")
    assert coach.handout(answers=[answer])
    with pytest.raises(SafetyChoiceError):
        coach.handout(answers=[replace(answer, **changed)])
    with pytest.raises(SafetyChoiceError):
        coach.handout("chores", answers=[replace(answer, **changed)])


def test_one_passage_of_the_safety_text_among_others_is_the_professionals_choice(
    coach: Coach,
) -> None:
    hits = coach.search("My partner scares me: when are these skills not to be used?", k=12)
    grave = next(hit.passage.id for hit in hits if hit.passage.document_id == SAFETY_TEXT)
    harmless = [hit.passage.id for hit in coach.search("How can we share chores?", k=4)]
    assert coach.handout(passages=harmless)
    for chosen in ({"passages": [*harmless, grave]}, {"need": "chores", "passages": [grave]}):
        with pytest.raises(SafetyChoiceError):
            coach.handout(**chosen)


@pytest.mark.parametrize(
    "wanted",
    [
        {"need": "training a puppy"},
        {"passages": ["none#0"]},
        {"safety": "safety-sheet"},
        {"need": SAFETY_TEXT},
        {},
    ],
)
def test_what_the_page_says_to_do_next_names_no_command(
    coach: Coach, wanted: dict[str, Any]
) -> None:
    with pytest.raises(HandoutError) as raised:
        coach.handout(**wanted)
    assert raised.value.hint
    assert not [word for word in ("coachbot", "--") if word in raised.value.hint]


def test_one_character_that_cannot_be_printed_stops_no_other_check(coach: Coach) -> None:
    sheet = added(coach.handout("chores"), Part.STEPS, "Utilise \U0010abcd.")
    report = coach.handouts.check(sheet)
    [remark] = report.named("printing")
    assert "10abcd" in remark.text
    assert remark.weight is Weight.BLOCKS
    assert report.pages is None
    assert report.named("word-long")
    assert not coach.handouts.check(coach.handout("chores")).named("printing")


def test_chosen_passages_stand_on_the_sheet(coach: Coach) -> None:
    hit = coach.search("What is a complaint and what is criticism?", k=1)[0]
    handout = coach.handout(passages=[hit.passage.id])
    assert any(line.text in hit.passage.text for line in handout.why)
    with pytest.raises(HandoutError, match="no passage"):
        coach.handout(passages=["none#0"])


def test_a_sheet_for_one_asks_for_nothing_that_takes_two(coach: Coach) -> None:
    alone, both = (
        coach.handout("talking-about-money", kind="worksheet", audience=audience)
        for audience in ("one", "couple")
    )
    told = [line.text for line in (*both.steps, *both.checklist)]
    assert any(text.startswith("We ") for text in told)
    assert not [line.text for line in alone.checklist if line.text.startswith("We ")]
    assert not [line.text for line in alone.steps if "Each of you" in line.text]
    assert len(alone.steps) >= 3
    assert len(alone.checklist) >= 2


def test_a_diary_does_not_name_steps_that_it_does_not_list(coach: Coach) -> None:
    diary = coach.handout("just-had-a-fight", kind="diary", audience="one")
    assert "step" not in diary.summary[0].text
    worksheet = coach.handout("just-had-a-fight", kind="worksheet", audience="one")
    assert "first two steps" in worksheet.summary[0].text


def test_a_sheet_says_that_its_steps_are_advice(coach: Coach) -> None:
    said = "The steps are practical advice."
    made = [coach.handout("talking-about-money", kind=kind) for kind in ("explainer", "diary")]
    explainer, diary = (coach.handouts.export(sheet, ".md").decode() for sheet in made)
    assert said in explainer
    assert said not in diary


def test_my_own_text_is_an_empty_sheet_with_help_lines(coach: Coach) -> None:
    sheet = coach.handout("he hits her", safety="own-text", audience="one", country="US")
    assert [line.status for line in sheet.lines()] == [Status.FIXED]
    assert any("Domestic Violence" in line.text for line in sheet.help)


def test_an_unknown_kind_names_those_there_are(coach: Coach) -> None:
    with pytest.raises(HandoutError, match="poster") as raised:
        coach.handout("in-laws", kind="poster")
    assert "worksheet" in raised.value.hint


def test_an_edit_makes_a_line_the_clinicians_and_can_be_taken_back() -> None:
    desk = Editing(SMALL)
    desk = desk.changed(rewritten(desk.now, Part.STEPS, 0, "Ask him for ten minutes."))
    assert desk.now.steps[0].status is Status.CLINICIAN
    assert desk.changed(desk.now) is desk
    assert restored(desk.now, Part.STEPS, 0).steps == SMALL.steps
    assert desk.undone().now == SMALL
    assert desk.undone().undone().now == SMALL
    assert desk.undone().id == desk.id


def test_lines_are_moved_dropped_and_added_within_their_part() -> None:
    more = added(SMALL, Part.STEPS, "Sit down.")
    assert [line.text for line in more.steps] == ["Ask for a time.", "Sit down."]
    assert next(line.text for line in moved(more, Part.STEPS, 1, -1).steps) == "Sit down."
    assert moved(more, Part.STEPS, 0, -1) == more
    assert dropped(more, Part.STEPS, 0).steps == more.steps[1:]
    assert rewritten(more, Part.STEPS, 0, "  ").steps == more.steps[1:]
    assert dropped(SMALL, Part.MESSAGE, 0) == SMALL


def test_an_empty_part_of_its_kind_takes_lines_and_other_parts_are_not_offered() -> None:
    empty = replace(SMALL, steps=(), practice=())
    assert {Part.STEPS, Part.PRACTICE, Part.SUMMARY} <= set(parts(empty))
    assert not {Part.MESSAGE, Part.CARDS} & set(parts(empty))
    assert Part.CARDS in parts(added(empty, Part.CARDS, "Who starts?"))
    for part in parts(empty):
        assert added(empty, part, "Sit down.") != empty


def test_prompts_and_the_message_are_edited_in_place() -> None:
    changed = rewritten(SMALL, Part.PRACTICE, 0, "My two sentences:")
    space = changed.practice[0]
    assert isinstance(space, WritingSpace)
    assert (space.prompt.status, space.rules) == (Status.CLINICIAN, 2)
    assert rewritten(SMALL, Part.MESSAGE, 0, "Breathe.").message.text == "Breathe."
    assert moved(SMALL, Part.PRACTICE, 0, 1).practice == SMALL.practice[::-1]


def test_the_plain_text_holds_every_word_and_the_mark_of_a_draft() -> None:
    text = to_text(client_sheet(SMALL))
    for line in SMALL.all_lines():
        assert line.text in text
    assert "Day | What I tried" in text
    assert "Call 123." in text
    assert "DRAFT" in text
    assert "DRAFT" not in to_text(client_sheet(replace(SMALL, reviewer="A. Elm")))


def test_a_help_line_is_the_clinicians_once_edited_and_can_be_restored() -> None:
    mine = rewritten(SMALL, Part.HELP, 0, "Call me on 555 0100.")
    assert mine.help == (Line("Call me on 555 0100.", Status.CLINICIAN, was="Call 123."),)
    twice = rewritten(mine, Part.HELP, 0, "Call me.")
    assert restored(twice, Part.HELP, 0).help == SMALL.help
    assert [line.text for line in added(mine, Part.HELP, "Or text.").help][1:] == ["Or text."]
    assert Part.HELP in parts(SMALL)


def test_one_help_line_at_least_stays_on_a_sheet() -> None:
    for emptied in ("", "  ", "\u202e"):
        assert rewritten(SMALL, Part.HELP, 0, emptied) == SMALL
    assert dropped(SMALL, Part.HELP, 0) == SMALL
    two = added(SMALL, Part.HELP, "Call me.")
    assert [line.text for line in dropped(two, Part.HELP, 0).help] == ["Call me."]


@pytest.mark.parametrize(
    "wanted",
    [
        {"need": "in-laws"},
        {"need": "chores", "kind": "diary", "audience": "one"},
        {"safety": "safety-sheet", "audience": "one"},
        {"safety": "abuse-explainer", "audience": "one"},
        {"safety": "own-text", "audience": "one"},
        {"safety": "own-text", "audience": "couple"},
    ],
)
def test_the_help_box_and_the_headings_come_back_as_they_were_composed(
    coach: Coach, wanted: dict[str, Any]
) -> None:
    made = coach.handout(country="US", **wanted)
    less = added(dropped(made, Part.HELP, 0), Part.HELP, "Call me.")
    less = rewritten(less, Part.HELP, 0, "Something else.")
    assert help_renewed(less).help == (*made.help, Line("Call me.", Status.CLINICIAN))
    for part in made.headings:
        assert heading_restored(heading_rewritten(made, part, "Mine"), part) == made


def test_a_heading_is_edited_and_an_empty_one_brings_ours_back(coach: Coach) -> None:
    made = coach.handout("chores", country="US")
    mine = heading_rewritten(made, Part.STEPS, "Try\nthis")
    assert (mine.headings[Part.STEPS].text, mine.headings[Part.STEPS].status) == (
        "Try this",
        Status.CLINICIAN,
    )
    assert heading_rewritten(mine, Part.STEPS, " ") == made
    coach.handouts.export(mine, ".md")


def test_the_texts_of_a_table_are_edited_and_restored_one_by_one() -> None:
    table = SMALL.practice[1]
    assert isinstance(table, Table)
    for cell, line in enumerate(table.texts):
        mine = cell_rewritten(SMALL, 1, cell, "Mine")
        changed = mine.practice[1]
        assert isinstance(changed, Table)
        assert changed.texts[cell] == Line("Mine", Status.CLINICIAN, was=line.text)
        assert cell_restored(mine, 1, cell) == SMALL
        assert cell_rewritten(SMALL, 1, cell, " ") == SMALL
    two = cell_rewritten(cell_rewritten(SMALL, 1, 0, "Mine"), 1, 4, "Week 2")
    assert restored(two, Part.PRACTICE, 1) == SMALL
    assert "| Mine |" in to_markdown(client_sheet(cell_rewritten(SMALL, 1, 1, "Mine")))


def test_a_caption_that_says_what_the_heading_does_goes_with_it(coach: Coach) -> None:
    diary = coach.handout("chores", kind="diary", country="US")
    mine = heading_rewritten(diary, Part.PRACTICE, "Each evening")
    assert to_markdown(client_sheet(mine)).count("Each evening") == 1
    assert "One line a day" not in to_markdown(client_sheet(mine)).replace("Write one line", "")
    assert heading_restored(mine, Part.PRACTICE) == diary


def test_a_sheet_saved_in_the_first_form_is_read() -> None:
    data = SMALL.to_dict() | {"format": "coachbot-handout", "schema": 1}
    data["help"], data["headings"] = ["Call 123."], {"steps": "Try this"}
    columns, rows = ["Day", "What I tried"], ["Monday", "Tuesday"]
    table = {"caption": "A week", "columns": columns, "rows": rows}
    data["practice"] = [data["practice"][0], table]
    assert from_json(json.dumps(data)) == SMALL


@pytest.mark.parametrize(
    "damage", [{"help": "x"}, {"headings": []}, {"practice": [{"columns": 3}]}]
)
def test_a_damaged_sheet_of_the_first_form_is_named(damage: dict[str, Any]) -> None:
    data = SMALL.to_dict() | {"format": "coachbot-handout", "schema": 1} | damage
    with pytest.raises(HandoutError, match="damaged at"):
        from_json(json.dumps(data))


@pytest.mark.parametrize(
    ("country", "paper"),
    [("US", "Letter"), ("CA", "Letter"), ("mx", "Letter"), ("GB", "A4"), ("ZZ", "A4"), ("", "A4")],
)
def test_paper_is_that_of_the_country(country: str, paper: str) -> None:
    assert Paper.of(country) is Paper(paper)


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Brand:
    """A clinic's profile that is kept where all pages of a place share it."""
    monkeypatch.setenv("COACHBOT_SHARED", str(tmp_path / "shared"))
    brand = Brand("Elm Street", "555 0100", "Bring this sheet")
    Shelf(tmp_path / "shared" / "handouts").put_clinic(brand)
    return brand


def test_a_sheet_has_the_clinics_profile_and_the_countrys_paper(
    shipped: Path, clinic: Brand
) -> None:
    coach = Coach.open(data=shipped)
    made = coach.handout("chores", country="US")
    assert (made.brand, made.paper) == (clinic, Paper.LETTER)
    assert coach.handout("chores", country="GB").paper is Paper.A4
    plain = coach.handout("chores", country="US", paper="A4", brand=Brand())
    assert (plain.brand, plain.paper) == (Brand(), Paper.A4)
    with pytest.raises(HandoutError, match="A5"):
        coach.handout("chores", paper="A5")


def test_the_profile_lies_in_the_data_folder_where_no_folder_is_shared(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "listening.md").write_text(LISTENING, encoding="utf-8")
    Shelf(tmp_path / "data" / "handouts").put_clinic(Brand("Elm Street"))
    opened = Coach.open(
        corpus=tmp_path / "corpus", data=tmp_path / "data", embedder=HashingEmbedder()
    )
    assert opened.handout("listening").brand == Brand("Elm Street")


def test_the_command_takes_profile_and_paper_unless_options_say_otherwise(
    clinic: Brand, shipped: Path, tmp_path: Path
) -> None:
    def made(*options: str) -> Handout:
        file = tmp_path / "sheet.json"
        given = ("handout", "chores", "--country", "US", "--data", str(shipped), "-o", str(file))
        ended = CliRunner().invoke(app, [*given, *options])
        assert ended.exit_code == 0, ended.output
        return load(file)

    assert (made().brand, made().paper) == (clinic, Paper.LETTER)
    named = made("--clinic", "Oak Lane", "--paper", "A4")
    assert (named.brand, named.paper) == (replace(clinic, name="Oak Lane"), Paper.A4)
    assert made("--no-clinic", "--footer", "Mine").brand == Brand(footer="Mine")


def test_a_new_logo_does_not_take_over_the_words_of_the_old_one(
    clinic: Brand, shipped: Path, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "shared" / "handouts")
    shelf.put_clinic(replace(clinic, logo=b"<svg", logo_alt="An elm"))
    (tmp_path / "oak.svg").write_text("<svg")
    given = ("handout", "chores", "--data", str(shipped), "--logo", str(tmp_path / "oak.svg"))
    ended = CliRunner().invoke(app, given)
    assert isinstance(ended.exception, HandoutError)
    assert "no text for people who cannot see it" in ended.exception.message


def test_templates_are_kept_without_the_reviewer(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "handouts")
    shelf.put_template("Gentle start!", replace(SMALL, reviewer="A. Elm"))
    (name,) = shelf.templates()
    assert name == "gentle start"
    assert shelf.open(shelf.templates()[name]) == SMALL
    shelf.forget(shelf.templates()[name])
    assert not shelf.templates()


def test_recent_sheets_are_few_and_can_all_be_forgotten(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(13):
        shelf.put_recent(f"{number}", replace(SMALL, title=f"Sheet {number}"))
    assert len(shelf.recent()) == 10
    assert next(iter(shelf.recent())) == "Sheet 12"
    shelf.keep_recent(False)
    assert not shelf.recent()


def test_a_sheet_is_kept_once_under_any_title_and_others_of_its_title_stay(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for_two, for_one = Editing(SMALL), Editing(replace(SMALL, audience=Audience.ONE))
    for_two = for_two.changed(replace(SMALL, title="Softly"))
    again = for_two.changed(SMALL)
    for editing in (for_two, for_one, again):
        shelf.put_recent(editing.id, editing.now)
    titles = ["A gentle start", "A gentle start (2)"]
    assert sorted(shelf.recent()) == titles
    kept = {shelf.open(path).audience for path in shelf.recent().values()}
    assert kept == {Audience.COUPLE, Audience.ONE}
    shelf.put_recent("third", replace(SMALL, title="A gentle start (2)"))
    assert len(shelf.recent()) == 3


def test_a_recent_sheet_that_is_damaged_is_listed_so_that_it_can_be_deleted(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put_recent("cut", SMALL)
    shelf.recent()["A gentle start"].write_text("{")
    (path,) = shelf.recent().values()
    shelf.forget(path)
    assert not shelf.recent()


def test_whether_recent_sheets_are_kept_is_each_persons_and_outlives_the_tab(
    tmp_path: Path,
) -> None:
    Shelf(tmp_path, "ada@example.org").keep_recent(True)
    assert Shelf(tmp_path, "ada@example.org").keeps_recent
    assert not Shelf(tmp_path, "ben@example.org").keeps_recent
    assert not Shelf(tmp_path).keeps_recent
    Shelf(tmp_path, "ada@example.org").keep_recent(False)
    assert not Shelf(tmp_path, "ada@example.org").keeps_recent


def test_where_recent_sheets_lie_the_switch_is_on(tmp_path: Path) -> None:
    Shelf(tmp_path).put_recent("a", SMALL)
    assert Shelf(tmp_path).keeps_recent


def test_a_folder_that_cannot_be_made_is_told_as_a_fault_of_storage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shelf = Shelf(tmp_path / "file")
    for keep in (
        lambda: shelf.put_clinic(Brand("Elm Street")),
        lambda: shelf.put_recent("a", SMALL),
        lambda: shelf.keep_recent(True),
    ):
        with pytest.raises(StorageError, match="cannot be written"):
            keep()


def test_the_clinics_profile_is_kept_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.clinic() == Brand()
    shelf.put_clinic(SMALL.brand)
    assert shelf.clinic() == SMALL.brand
    for damaged in ("{", "[]", '{"name": "Elm"}', "\x00"):
        (tmp_path / "clinic.json").write_text(damaged)
        with pytest.raises(HandoutError, match="damaged"):
            shelf.clinic()


def _profile_page() -> None:
    from coachbot.pages.clinic import show_profile

    show_profile()


def _editor_page() -> None:
    from coachbot.pages.handout_editor import desk, show_editor

    now = desk()
    assert now
    show_editor(now.now)


@pytest.fixture
def editor() -> AppTest:
    """The editor with the small sheet on the desk."""
    page = AppTest.from_function(_editor_page, default_timeout=60)
    page.session_state[DESK] = Editing(SMALL)
    return page.run()


def _now(page: AppTest) -> Handout:
    editing: Editing = page.session_state[DESK]
    return editing.now


def test_the_page_shows_whose_each_help_line_heading_and_table_text_is(editor: AppTest) -> None:
    assert {"Help line 1 · form text"} <= {area.label for area in editor.text_area}
    shown = {field.label for field in editor.text_input}
    assert {"Heading over: Step · form text", "What the table is called · form text"} <= shown
    assert {"Column 1 · form text", "Row 2 · form text"} <= shown


def test_the_page_takes_a_help_line_and_keeps_the_last_one(editor: AppTest) -> None:
    line = next(area for area in editor.text_area if area.label.startswith("Help line"))
    line.set_value("  ").run()
    assert _now(editor) == SMALL
    line = next(area for area in editor.text_area if area.label.startswith("Help line"))
    assert line.value == "Call 123."
    line.set_value("Call me.").run()
    assert _now(editor).help == (Line("Call me.", Status.CLINICIAN, was="Call 123."),)
    assert next(a for a in editor.text_area if a.value == "Call me.").label == "Help line 1 · yours"
    assert editor.button("handout-drop-help-0-").disabled
    editor.button("handout-restore-form-help-0-").click().run()
    assert _now(editor).help == SMALL.help
    editor.button("handout-renew-help-help-0-").click().run()
    assert any("findahelpline" in line.text for line in _now(editor).help)


def test_the_page_takes_headings_and_texts_of_a_table(editor: AppTest) -> None:
    def field(label: str) -> Any:
        return next(f for f in editor.text_input if f.label == label)

    field("Heading over: Step · form text").set_value("Do this").run()
    assert _now(editor).headings[Part.STEPS].text == "Do this"
    editor.button("handout-restore-heading-steps-0-").click().run()
    assert _now(editor).headings[Part.STEPS].text == "What to do"
    field("Row 2 · form text").set_value("Day 2").run()
    assert [line.text for line in _now(editor).practice[1].rows] == ["Monday", "Day 2"]
    editor.button("handout-restore-cell-4-practice-1-").click().run()
    assert _now(editor).practice == SMALL.practice


def _whole_page() -> None:
    from coachbot.pages.handouts import show

    show()


def test_the_page_offers_the_nearest_topics_as_buttons_that_make_the_sheet(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACHBOT_DATA", str(shipped))
    page = AppTest.from_function(_whole_page, default_timeout=300).run()
    page.radio[0].set_value("question").run()

    def nearest() -> list[Any]:
        return [button for button in page.button if str(button.key).startswith("nearest-")]

    def ask(need: str) -> None:
        page.text_input[0].set_value(need).run()

    ask("training a puppy")
    next(b for b in page.button if b.label == "Make the handout").click().run()
    assert "No text of the library fits" in page.info[0].value
    assert len(nearest()) == 3
    ask("buying a house")
    assert not nearest()
    ask("training a puppy")
    chosen = nearest()[0]
    chosen.click().run()
    assert not page.exception
    assert _now(page).provenance.documents == (chosen.key.removeprefix("nearest-"),)


def test_the_page_offers_what_touching_safety_leaves_until_another_need_is_told(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACHBOT_DATA", str(shipped))
    page = AppTest.from_function(_whole_page, default_timeout=300).run()
    page.radio[0].set_value("question").run()

    def offered() -> list[Any]:
        return [button for button in page.button if str(button.key).startswith("safety-")]

    page.text_input[0].set_value("exercises for a couple where he shoves her").run()
    next(b for b in page.button if b.label == "Make the handout").click().run()
    assert len(offered()) == 3
    page.text_input[0].set_value("sharing chores").run()
    assert not offered()
    assert not page.warning
    page.text_input[0].set_value("exercises for a couple where he shoves her").run()
    offered()[0].click().run()
    assert _now(page).kind is HandoutKind.SAFETY_SHEET


def test_a_recent_sheet_is_opened_gone_on_with_and_kept_in_its_place(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COACHBOT_DATA", str(shipped))
    monkeypatch.setenv("COACHBOT_SHARED", str(tmp_path))
    shelf, sheet = Shelf(tmp_path / "handouts"), replace(SMALL, brand=Brand())
    shelf.put_recent("a gentle start", sheet)  # named by its title, as older versions did
    shelf.put_recent("0f", replace(sheet, audience=Audience.ONE))
    page = AppTest.from_function(_whole_page, default_timeout=300).run()
    assert {"A gentle start", r"A gentle start \(2\)"} <= {b.label for b in page.button}
    page.button("recent-a gentle start").click().run()
    assert _now(page) == sheet
    next(f for f in page.text_input if f.value == "A gentle start").set_value("Softly").run()
    assert set(shelf.recent()) == {"Softly", "A gentle start"}
    assert shelf.open(shelf.recent()["Softly"]).audience is Audience.COUPLE


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat model on another machine, to which nobody has agreed that words may go."""
    monkeypatch.setenv("COACHBOT_MODEL", "openai:big")
    monkeypatch.setenv("COACHBOT_MODEL_URL", "http://models.example.org/v1")


@pytest.mark.usefixtures("remote")
def test_only_a_sheet_that_may_be_reworded_asks_whether_words_may_go_out(
    shipped: Path, tmp_path: Path
) -> None:
    save(SMALL, tmp_path / "sheet.json")
    for given in (
        ("--list",),
        ("chores", "--no-reword"),
        ("--from", str(tmp_path / "sheet.json"), "--json"),
    ):
        ended = CliRunner().invoke(app, ["handout", *given, "--data", str(shipped)])
        assert not isinstance(ended.exception, CoachbotError), given
    ended = CliRunner().invoke(app, ["handout", "chores", "--data", str(shipped)])
    assert isinstance(ended.exception, CoachbotError)
    assert "models.example.org" in ended.exception.message


@pytest.mark.parametrize(
    "given",
    [
        ("chores",),
        ("--kind", "explainer"),
        ("--audience", "one"),
        ("--passage", "chores#1"),
        ("--safety", "own-text"),
        ("--grade", "6"),
        ("--no-reword",),
        ("--country", "GB"),
        ("--model", "openai:big"),
    ],
)
def test_what_says_how_to_make_a_sheet_is_refused_beside_a_saved_one(
    tmp_path: Path, given: tuple[str, ...]
) -> None:
    save(SMALL, tmp_path / "sheet.json")
    ended = CliRunner().invoke(app, ["handout", "--from", str(tmp_path / "sheet.json"), *given])
    assert ended.exit_code == 2
    assert "--from goes on with a sheet" in ended.output


@pytest.mark.parametrize(("said", "ends"), [("n\n", 1), ("y\n", 0)])
def test_nobody_at_a_terminal_signs_a_saved_sheet_unread(
    coach: Coach,
    shipped: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    said: str,
    ends: int,
) -> None:
    file, signed = tmp_path / "sheet.json", tmp_path / "signed.json"
    save(coach.handout("chores", country="US"), file)
    terminal = io.StringIO(said)
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", terminal)
    with pytest.raises(SystemExit) as ended:
        app(["handout", "--from", str(file), "--reviewer", "A. Elm", "-o", str(signed),
             "--data", str(shipped)])  # fmt: skip
    assert (ended.value.code or 0) == ends
    assert "Tick it off" in capsys.readouterr().err
    assert signed.exists() == (not ends)


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The clinic's profile as the settings show it."""
    monkeypatch.setenv("COACHBOT_DATA", str(tmp_path))
    return AppTest.from_function(_profile_page, default_timeout=60)


def test_a_damaged_profile_is_told_and_can_be_filled_in_again(
    profile: AppTest, tmp_path: Path
) -> None:
    (tmp_path / "handouts").mkdir()
    (tmp_path / "handouts" / "clinic.json").write_text("{")
    assert "Fill it in again" in profile.run().warning[0].value
    profile.text_input[0].set_value("Elm Street")
    profile.button[0].click().run()
    assert Shelf(tmp_path / "handouts").clinic() == Brand("Elm Street")
    assert not profile.run().warning


def test_a_logo_that_cannot_be_drawn_is_told_and_not_kept(profile: AppTest, tmp_path: Path) -> None:
    profile.run()
    profile.file_uploader[0].set_value(("elm.png", b"\x89PNG\r\n\x1a\n", "image/png"))
    profile.text_input[3].set_value("An elm")
    profile.button[0].click().run()
    assert "logo cannot be drawn" in profile.error[0].value
    assert Shelf(tmp_path / "handouts").clinic() == Brand()
