"""What the checks of a handout find, and what stops one from going out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from coachbot import Claim, Coach, Verdict
from coachbot.errors import HandoutError
from coachbot.handouts.checks import MOST_GRADE, Report, Weight, check
from coachbot.handouts.editing import rewritten
from coachbot.handouts.files import from_json, to_json
from coachbot.handouts.grounds import release
from coachbot.handouts.model import Handout, HandoutKind, Line, Part, Status
from coachbot.handouts.pemat import assess, score
from coachbot.handouts.rewording import reword


@pytest.fixture(scope="module")
def coach(shipped: Path) -> Coach:
    return Coach.open(data=shipped)


@pytest.fixture(scope="module")
def sheet(coach: Coach) -> Handout:
    return coach.handout("starting-hard-talks", kind="worksheet", country="US")


def checked(coach: Coach, handout: Handout, pages: int | None = None) -> Report:
    return check(handout, coach.verify, {d.id: d for d in coach.documents()}, pages)


def names(report: Report, weight: Weight | None = None) -> set[str]:
    return {r.name for r in report.remarks if weight is None or r.weight is weight}


def mine(text: str) -> Line:
    return Line(text, Status.CLINICIAN)


def test_every_shipped_sheet_passes_its_own_checks(coach: Coach) -> None:
    grades = []
    for topic in coach.handouts.topics():
        for kind in topic.kinds:
            report = checked(coach, coach.handout(topic.id, kind=kind, country="US"))
            assert report.passes, (topic.id, kind, report.remarks)
            assert report.reading
            grades.append(report.reading.grade)
    assert len(grades) >= 12 * 5
    assert max(grades) <= 6.5 < MOST_GRADE


def test_the_safety_sheets_pass(coach: Coach) -> None:
    for made in ("safety-sheet", "abuse-explainer"):
        sheet = coach.handout(safety=made, audience="one", country="US")
        report = coach.handouts.check(sheet)
        assert report.passes
        assert report.reading
        assert report.reading.grade <= 6.5
        assert not any(line.text.startswith("If you hurt") for line in sheet.steps)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"summary": ()}, "summary-missing"),
        ({"steps": ()}, "steps-missing"),
        ({"checklist": ()}, "checklist-missing"),
        ({"cautions": ()}, "cautions-missing"),
        ({"message": mine(" ")}, "message-missing"),
    ],
)
def test_a_missing_part_fails_the_sheet(
    coach: Coach, sheet: Handout, change: dict[str, tuple[Line, ...]], name: str
) -> None:
    assert name not in names(checked(coach, sheet))
    assert name in names(checked(coach, replace(sheet, **change)), Weight.FAILS)


def test_without_a_help_line_nothing_goes_out(coach: Coach, sheet: Handout) -> None:
    bare = replace(sheet, help=())
    assert "help-missing" in names(checked(coach, bare), Weight.BLOCKS)
    for write in (coach.handouts.export, coach.handouts.export_clinician_sheet):
        with pytest.raises(HandoutError, match="help line"):
            write(bare, ".md")


def test_an_old_number_stops_the_sheet_and_one_of_the_clinicians_is_remarked_on(
    coach: Coach, sheet: Handout
) -> None:
    place, line = next((n, li) for n, li in enumerate(sheet.help) if "988" in li.text)
    old = Line(line.text.replace("988", "987"), Status.FIXED)
    stale = replace(sheet, help=(*sheet.help[:place], old, *sheet.help[place + 1 :]))
    assert [r.line for r in checked(coach, stale).named("grounds")] == [old]
    with pytest.raises(HandoutError, match="987"):
        coach.handouts.export(stale, ".md")
    mine = rewritten(sheet, Part.HELP, place, old.text)
    report = checked(coach, mine)
    assert report.passes
    assert [r.line for r in report.named("help-yours")] == [mine.help[place]]
    assert "987" in coach.handouts.export(mine, ".md").decode()
    told = coach.handouts.export_clinician_sheet(mine, ".md").decode()
    assert "987" in told.partition("In the clinician's own words")[2]


def test_the_help_lines_of_another_country_stop_the_sheet(coach: Coach, sheet: Handout) -> None:
    assert checked(coach, replace(sheet, country="GB")).named("grounds")


def test_a_forged_heading_stops_the_sheet(coach: Coach, sheet: Handout) -> None:
    forged = Line("Studies prove it", Status.FIXED)
    headings = {**sheet.headings, Part.STEPS: forged}
    assert [r.line for r in checked(coach, replace(sheet, headings=headings)).named("grounds")] == [
        forged
    ]


def test_hard_text_fails_by_its_grade(coach: Coach, sheet: Handout) -> None:
    hard = mine(
        "Collaborative communication interventions demonstrate considerable effectiveness in the "
        "alleviation of interpersonal dissatisfaction among heterogeneous populations."
    )
    easy = replace(sheet, why=(), steps=(), example=(), practice=(), checklist=(), cautions=())
    report = checked(coach, replace(easy, why=(hard,), summary=(hard,), message=hard))
    assert "grade-high" in names(report, Weight.FAILS)
    assert report.reading
    assert report.reading.flesch_kincaid > 8
    assert report.reading.smog > 8


def test_other_languages_are_not_scored(coach: Coach, sheet: Handout) -> None:
    report = checked(coach, replace(sheet, locale="es"))
    assert report.reading is None
    assert "grade-not-scored" in names(report)
    assert not names(report) & {"word-long", "sentence-long", "grade-high"}


def test_long_words_come_with_a_plainer_one(coach: Coach, sheet: Handout) -> None:
    report = checked(coach, replace(sheet, why=(mine("You both utilised your strategies."),)))
    told = [remark.text for remark in report.named("word-long")]
    assert any("“utilised”: try use" in text for text in told)
    assert any("“strategies”: try plan" in text for text in told)


def test_a_long_sentence_and_a_long_list_are_advice(coach: Coach, sheet: Handout) -> None:
    words = mine(" ".join(["word"] * 26) + ".")
    report = checked(coach, replace(sheet, steps=(words, *(mine("Sit down."),) * 6)))
    assert {"sentence-long", "list-long"} <= names(report, Weight.ADVICE)
    assert "list-long" not in names(checked(coach, sheet))


def test_a_step_that_is_no_action_is_named(coach: Coach, sheet: Handout) -> None:
    report = checked(coach, replace(sheet, steps=(mine("Be more open."), mine("Sit down."))))
    assert [r.line.text for r in report.named("step-not-concrete") if r.line] == ["Be more open."]


def test_a_line_that_leans_on_another_is_named(coach: Coach, sheet: Handout) -> None:
    report = checked(coach, replace(sheet, why=(mine("This helps many people."),)))
    assert "opens-dangling" in names(report)


def test_more_than_two_pages_fail(coach: Coach, sheet: Handout) -> None:
    assert "pages" not in names(checked(coach, sheet, 2))
    assert "pages" in names(checked(coach, sheet, 3), Weight.FAILS)


def test_a_claim_without_a_source_stops_the_sheet_and_is_named(
    coach: Coach, sheet: Handout
) -> None:
    bare = Line("Couples who do this never part.", Status.ADAPTED)
    with pytest.raises(HandoutError, match=r"no source: “Couples who do this never part\.”"):
        release(replace(sheet, why=(bare,)), coach.verify, {})


def test_an_adapted_line_that_says_more_than_its_source_stops_the_sheet(
    coach: Coach, sheet: Handout
) -> None:
    line = sheet.why[0]
    wrong = replace(line, text="A gentle start will save every marriage.", status=Status.ADAPTED)
    with pytest.raises(HandoutError, match="does not support"):
        release(replace(sheet, why=(wrong,)), coach.verify, {})


def test_a_quoted_line_has_to_be_word_for_word(coach: Coach, sheet: Handout) -> None:
    wrong = replace(sheet.why[0], text="Pick any time.")
    with pytest.raises(HandoutError, match="marked as quoted"):
        release(replace(sheet, why=(wrong,)), coach.verify, {})


def test_a_quote_that_the_library_no_longer_holds_stops_the_sheet(
    coach: Coach, sheet: Handout
) -> None:
    cited = sheet.why[0].citation
    assert cited
    moved = replace(sheet.why[0], citation=replace(cited, start=0, end=5))
    documents = {d.id: d for d in coach.documents()}
    with pytest.raises(HandoutError, match="has changed"):
        release(replace(sheet, why=(moved,)), coach.verify, documents)


def test_a_forged_form_text_stops_the_sheet(coach: Coach, sheet: Handout) -> None:
    forged = Line("Nine in ten couples stay together.", Status.FIXED)
    with pytest.raises(HandoutError, match="form text"):
        release(replace(sheet, why=(forged,)), coach.verify, {})


def test_the_clinicians_own_lines_never_stop_it(coach: Coach, sheet: Handout) -> None:
    own = replace(sheet, why=(mine("Nine in ten couples stay together."),))
    release(own, coach.verify, {d.id: d for d in coach.documents()})


def test_pemat_judges_what_a_program_can_and_names_the_rest(sheet: Handout) -> None:
    items = assess(sheet)
    left = {item.name for item in items if item.met is None}
    assert left == {"no-distraction", "terms", "order", "pictures"}
    assert score(items) == 1.0
    bare = replace(sheet, summary=(), checklist=(), practice=())
    missed = {item.name for item in assess(bare) if item.met is False}
    assert missed == {"summary", "tool"}


def test_pemat_sees_passive_sums_and_shares(sheet: Handout) -> None:
    worse = replace(
        sheet,
        why=(mine("Add up your score."), mine("It was shown that 45 per cent were helped.")) * 9,
    )
    missed = {item.name for item in assess(worse) if item.met is False}
    assert {"sums", "numbers", "active", "chunks"} <= missed


def supports(claim: str, evidence: Sequence[str]) -> Claim:
    verdict = Verdict.UNSUPPORTED if "always" in claim else Verdict.SUPPORTED
    return Claim(claim, verdict)


@pytest.mark.parametrize(
    ("rewritten", "taken"),
    [
        ("Talk at a calm time.", True),
        ("Talk always at a calm time.", False),
        ("So talk.", False),
        ("Talk. Then rest.", False),
        ("Notwithstanding considerable interpersonal difficulties, communicate.", False),
        ("", False),
    ],
)
def test_a_rewording_is_taken_only_if_it_holds(sheet: Handout, rewritten: str, taken: bool) -> None:
    made = reword(sheet, lambda sentence: rewritten, supports, "scripted:model")
    adapted = [line for line in made.lines() if line.status is Status.ADAPTED]
    assert bool(adapted) is taken
    assert made.ai_assisted is taken
    assert made.provenance.model == ("scripted:model" if taken else "")
    assert all(line.citation and line.text == rewritten for line in adapted)
    assert made.steps == sheet.steps


class Failing(FakeListChatModel):
    def _call(self, *args: Any, **kwargs: Any) -> str:
        raise TimeoutError("timed out")


def test_a_model_that_says_more_than_the_source_adapts_nothing(shipped: Path) -> None:
    """What a small model of 1.5 billion weights and others have made of such sentences."""
    replies = [
        "If your partner is mean or bossy, it's best to talk to a grown-up about it.",
        "A helpline can help you talk about money and marriage.",
        "In-laws never agree with a couple.",
        "Talk to your in-laws every day.",
    ]
    coach = Coach.open(data=shipped, chat_model=FakeListChatModel(responses=replies))
    for topic in ("in-laws", "starting-hard-talks", "stay-or-leave"):
        sheet = coach.handout(topic, country="US")
        assert not sheet.ai_assisted
        assert coach.handouts.export(sheet, ".md")


def test_a_model_that_fails_leaves_the_sheet_word_for_word_and_is_told_of(shipped: Path) -> None:
    coach = Coach.open(data=shipped, chat_model=Failing(responses=[""]))
    sheet = coach.handout("in-laws", country="US")
    assert not sheet.ai_assisted
    [remark] = coach.handouts.check(sheet).named("not-reworded")
    assert "took too long" in remark.text
    assert from_json(to_json(sheet)) == sheet


def test_kinds_that_need_steps_say_so(coach: Coach) -> None:
    with pytest.raises(HandoutError, match="no steps"):
        coach.handout("digest-of-staik-2016", kind=HandoutKind.WORKSHEET)
