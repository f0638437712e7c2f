"""What a person lives through in a talk: follow-ups, situations, and plain human messages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from coachbot.answering.audience import names_others
from coachbot.answering.courtesies import courtesy
from coachbot.coach import Coach
from coachbot.prompts import lines, texts
from coachbot.reading.readability import readability
from coachbot.search.questions import asks_for_more, searched_for
from coachbot.settings import load_settings
from coachbot.types import Answer, Outcome, Role, Turn, Verdict

EVALS = Path(__file__).parent.parent / "evals"


@pytest.fixture(scope="module")
def library(shipped):
    """The shipped texts with the real encoder."""
    opened = Coach.open(data=shipped)
    yield opened
    opened.close()


def quotes(answer: Answer) -> list[str]:
    return [claim.text for claim in answer.claims if claim.verdict is Verdict.SUPPORTED]


def own_words(answer: Answer) -> list[str]:
    return [claim.text for claim in answer.claims if claim.verdict is not Verdict.SUPPORTED]


# Follow-ups


@pytest.mark.parametrize(
    ("message", "earlier", "searched"),
    [
        ("and the other one?", ["two brothers fight"], "two brothers fight and the other one?"),
        ("why?", ["they copy each other's smiles"], "they copy each other's smiles why?"),
        ("tell me more", ["how do I apologise"], "how do I apologise"),
        ("ok, go on please.", ["how do I apologise", "why?"], "how do I apologise"),
        ("any other way to put it", ["how do I say no"], "how do I say no"),
        ("What does contempt mean?", ["how do I apologise"], "What does contempt mean?"),
        ("btw what is a mirror neuron?", ["how do I apologise"], "what is a mirror neuron?"),
        (
            "different question, how do I deal with this brother of mine?",
            ["how do I apologise"],
            "how do I deal with this brother of mine?",
        ),
        ("why does he say that", ["my mum died."], "my mum died. why does he say that?"),
        ("ok and if she says no?", ["my sister hit me"], "my sister hit me ok and if she says no?"),
        (
            "what exactly should I say",
            ["my boss yelled."],
            "my boss yelled. what exactly should I say?",
        ),
        (
            "my friend never calls me, it's always me",
            ["my mum died"],
            "my friend never calls me, it's always me",
        ),
        (
            "How do I say sorry when I was late again?",
            ["My sister and I have not spoken."],
            "How do I say sorry when I was late again?",
        ),
        ("he looks at my phone", ["my sister is cold"], "he looks at my phone"),
        ("he looks at my phone", ["my ex is back"], "my ex is back he looks at my phone"),
        ("she looks at my phone", ["my sister is cold"], "my sister is cold she looks at my phone"),
        ("does my husband do that too?", ["they sulk"], "they sulk does my husband do that too?"),
        ("yes", [], "yes"),
        ("...", ["how do I apologise"], ""),
    ],
)
def test_what_is_searched_for(message, earlier, searched):
    assert searched_for(message, earlier) == searched


@pytest.mark.parametrize("message", ["more sleep would help", "why is he so cold", "I want more"])
def test_a_message_of_its_own_is_no_request_for_more(message):
    assert not asks_for_more(message)


def test_tell_me_more_brings_new_sentences_until_there_are_none(library):
    question = "How do I apologise to my sister?"
    turns = [Turn(question, library.ask(question))]
    known = set(quotes(turns[0].answer))
    assert known
    for _ in range(12):
        answer = library.ask("tell me more", turns)
        assert not known & set(quotes(answer))
        assert answer.searched_for == question
        known |= set(quotes(answer))
        turns.append(Turn("tell me more", answer))
        if answer.outcome is Outcome.NOTHING:
            break
    assert answer.text == texts("outcomes")["no-more"]


def test_who_wants_more_of_what_nothing_answers_is_not_told_that_all_was_said(library):
    turns = list[Turn]()
    for question in ("How do we split the chores fairly?", "what is the capital of France?"):
        turns.append(Turn(question, library.ask(question, turns)))
    assert turns[-1].answer.outcome is Outcome.NOTHING
    more = library.ask("tell me more", turns)
    assert more.outcome is Outcome.NOTHING
    assert texts("outcomes")["no-more"] not in more.text


CHORES, AFFAIR = "How do we split the chores fairly?", "How do I apologise after an affair?"


@pytest.mark.parametrize(
    ("before", "message", "text"),
    [
        (CHORES, "I think that my husband is cheating on me", "affairs-and-after"),
        (CHORES, "So my mother in law comes by every day without asking", "in-laws"),
        (
            AFFAIR,
            "does couples counselling work or is it a waste of money",
            "a-partner-who-refuses",
        ),
    ],
)
def test_what_is_about_something_new_is_searched_for_by_itself(library, before, message, text):
    answer = library.ask(message, [before])
    assert answer.searched_for == message
    assert answer.citations[0].document_id.startswith(text)
    # And what leans on it then leans on it, and not on what was before.
    turns = [Turn(before, library.ask(before)), Turn(message, answer)]
    assert library.searched_for("and then?", turns).startswith(message)


@pytest.mark.parametrize(
    "message",
    ["what if she says no to that?", "should I tell her how it started?", "does it work by text?"],
)
def test_what_names_little_besides_stays_with_the_talk(library, message):
    assert library.searched_for(message, [AFFAIR]) == f"{AFFAIR} {message}"


@pytest.mark.parametrize(
    "message", ["tried it " * 2000, "thanks and " * 1800, "also " + "a" * 19_000, "ok yes " * 2800]
)
def test_a_message_that_goes_round_in_circles_is_read_at_once(library, message):
    """With a pattern that tries all ways to part it this never ends."""
    assert library.ask(message, [CHORES]).searched_for


def test_a_halved_character_is_no_hindrance(library):
    answer = library.ask("he left me \udcff today and I can't stop crying")
    assert answer.outcome is Outcome.ANSWERED
    assert answer.question.encode()


def test_a_followup_quotes_nothing_twice(library):
    turns = list[Turn]()
    known = set[str]()
    for question in ("My wife and I row about money.", "why do we do that?", "and if she says no?"):
        answer = library.ask(question, turns)
        assert not known & set(quotes(answer))
        known |= set(quotes(answer))
        turns.append(Turn(question, answer))
    assert len(known) > 3


def test_who_asks_what_to_say_is_given_words(library):
    told = "I told my brother's secret at dinner and he left."
    turns = [Turn(told, library.ask(told))]
    answer = library.ask("what exactly should I say to him", turns)
    assert any('"' in quote for quote in quotes(answer))
    assert texts("connecting")["tell-more"] not in own_words(answer)


def test_sources_are_numbered_as_a_reader_meets_them(library):
    for question in ("Do mirror neurons make us kind?", "How do I say sorry?", SITUATIONS[0]):
        answer = library.ask(question)
        numbers = list(dict.fromkeys(c.number for c in answer.citations))
        assert numbers == list(range(1, len(numbers) + 1))
        for citation in answer.citations:
            passage = answer.hits[citation.number - 1].passage
            assert passage.id == citation.passage_id
            assert citation.quote in passage.text


@pytest.mark.parametrize(
    "starter",
    [
        line
        for name in texts("page")
        if name.startswith("starters-") and not name.endswith("-heading")
        for line in lines("page", name)
    ],
)
def test_what_the_page_offers_to_ask_is_answered(library, starter):
    assert library.ask(starter).outcome is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("who discovered mirror neurons", "Rizzolatti"),
        ("Are women more empathic than men?", "women gave themselves more empathy"),
        ("can you learn empathy", "18 trials"),
        ("Does couples therapy work?", "couples therapy helps"),
    ],
)
def test_what_people_ask_about_research_is_answered_with_what_was_found(library, message, text):
    answer = library.ask(message)
    assert answer.outcome is Outcome.ANSWERED
    assert text in answer.text


def test_where_a_question_may_not_be_answered_a_doubt_is_spoken(library):
    doubt = texts("outcomes")["doubtful"]
    rows = (json.loads(line) for line in (EVALS / "knowledge.jsonl").open(encoding="utf-8"))
    asked = [row for row in rows if row["half"] == "test"][::4]
    sure: dict[bool, list[bool]] = {True: [], False: []}
    for row in asked:
        answer = library.ask(row["question"])
        doubted = answer.outcome is not Outcome.ANSWERED or answer.claims[0].text == doubt
        sure[row["outcome"] == "answered"].append(not doubted)
    assert sum(sure[True]) / len(sure[True]) >= 0.6
    assert sum(sure[False]) / len(sure[False]) <= 0.4
    told = library.ask("My husband goes silent for hours the moment I raise anything.")
    assert doubt not in own_words(told)


@pytest.mark.parametrize("then", ["any meta-analysis?", "how big was the effect", "what sample"])
def test_a_question_on_studies_that_names_nothing_leans_on_the_talk(library, then):
    told = "What is the evidence that listening helps couples?"
    first = library.ask(told)
    answer = library.ask(then, [Turn(told, first)])
    assert answer.searched_for.startswith(told)
    assert answer.citations[0].document_id == "listening-and-feeling-understood"


def test_how_a_professional_opens_is_not_searched_for():
    asked = "What helps when one of them goes silent?"
    assert searched_for(f"I'm a couples therapist. {asked}", []) == asked
    told = "I am a therapist and my husband says I analyse him"
    assert searched_for(told, []) == told


# Situations

SITUATIONS = [
    "My husband goes silent for hours the moment I raise anything and I run after him.",
    "My mother-in-law rearranged my kitchen again and my husband said nothing.",
    "My girlfriend spends money like water and we are saving for a flat.",
    "I shouted at my son this morning and he looked so small.",
    "We call each other names like nag and slob, and we stopped being people to each other.",
    "we never talk any more",
]


@pytest.mark.parametrize("message", SITUATIONS)
def test_a_situation_is_met_with_what_was_heard_one_step_and_one_question(library, message):
    answer = library.ask(message)
    own, found = own_words(answer), quotes(answer)
    assert own[0] in {*texts("heard").values(), texts("connecting")["open-situation"]}
    assert own[1:] == [texts("connecting")["practice"], texts("connecting")["reflection"]]
    assert [text.endswith("?") for text in found].count(True) == 1
    assert found[-1].endswith("?")
    for citation in answer.citations:
        stored = library.document(citation.document_id).text
        assert stored[citation.start : citation.end] == citation.quote


def test_what_was_heard_guesses_at_no_feeling_and_takes_no_side():
    words = ("angry", "sad", "hurt", "afraid", "lonely", "right", "wrong", "fault", "unfair")
    for text in texts("heard").values():
        assert not any(f" {word}" in f" {text.lower()}" for word in words), text


def test_in_a_situation_what_a_study_means_comes_before_its_account(library):
    answer = library.ask("I feel so alone in my marriage.")
    assert answer.citations[0].document_id == "attachment-touch-and-loneliness"
    assert not any(re.search(r"\d|\bstud", quote) for quote in quotes(answer))


def test_what_is_said_to_parents_is_not_quoted_to_a_couple(library):
    answer = library.ask("I said something awful to my wife in front of her parents")
    assert answer.citations[0].document_id == "apologising-well"
    near = library.search("Saying sorry to a child", k=1)[0].passage
    assert "to a child" in near.text
    assert near.id in {hit.passage.id for hit in answer.hits}
    assert not any("child" in quote for quote in quotes(answer))


@pytest.mark.parametrize(
    ("sentence", "message", "others"),
    [
        ("Saying sorry to a child counts.", "I hurt my wife", True),
        ("Saying sorry to a child counts.", "I shouted at my son", False),
        ("Saying sorry counts.", "I hurt my wife", False),
        ("Between friends or siblings, jealousy is just as common.", "she has a new friend", True),
        ("Tell your mother-in-law yourself.", "his mother comes in without a knock", False),
        ("A child needs time with you alone.", "my stepson won't eat with us", False),
        ("Write to the other parent as at work.", "we split, two kids", False),
        ("Step-parents come second.", "her son won't eat with me", False),
    ],
)
def test_whom_a_sentence_is_for(sentence, message, others):
    assert names_others(sentence, message) is others


@pytest.mark.parametrize(
    "question",
    [
        "Is it proven that mirror neurons cause empathy?",
        "How strong is the evidence that listening helps couples?",
    ],
)
def test_who_asks_how_sure_it_is_hears_that_first(library, question):
    answer = library.ask(question)
    roles = {hit.passage.id: hit.passage.role for hit in answer.hits}
    assert roles[answer.citations[0].passage_id] is Role.LIMITS


@pytest.mark.parametrize(
    "question",
    [
        "What can I do when my husband goes silent?",
        "how do I get my husband to talk when he goes silent",
        "why does my husband go silent when I cry",
        "is it normal that my wife never wants to talk",
    ],
)
def test_a_question_is_not_answered_in_the_shape_for_a_situation(library, question):
    answer = library.ask(question)
    assert texts("connecting")["unsure"] not in own_words(answer)
    assert texts("connecting")["reflection"] not in own_words(answer)


def test_no_step_for_couples_under_control(library):
    answer = library.ask("I have to ask before I spend anything and he keeps my bank card.")
    assert answer.screening.category == "possible_control"
    assert texts("connecting")["reflection"] not in own_words(answer)
    assert {c.document_id for c in answer.citations} <= {"when-not-to-use-these-skills"} | {
        c.document_id
        for c in answer.citations
        if library.document(c.document_id).text.find("## When not to use this") < c.start
    }


@pytest.mark.parametrize(
    "message",
    [
        "We just had a fight.",
        "we just had a huge row and I can't sleep",
        "My wife and I argued tonight and she is sleeping on the sofa.",
    ],
)
def test_right_after_a_fight_the_reply_is_short(library, message):
    answer = library.ask(message)
    assert own_words(answer)[0] == texts("connecting")["tonight"]
    assert len(quotes(answer)) == 2
    assert len(" ".join(claim.text for claim in answer.claims).split()) <= 70


def test_both_sides_of_a_quarrel_get_no_verdict(library):
    verdicts = ("you are right", "you're right", "is wrong", "their fault", "your fault", "toxic")
    rows = [json.loads(line) for line in (EVALS / "sides.jsonl").read_text("utf-8").splitlines()]
    for row in rows:
        for side in ("one", "other"):
            answer = library.ask(row[side])
            if answer.outcome is Outcome.ANSWERED and not answer.screening.category:
                said = answer.text.lower().replace("not their fault", "")  # of children
                assert not any(verdict in said for verdict in verdicts), row["id"]


# Human words

HUMAN = {
    "hello": ("hello", "Hi there", "hey, how are you?", "good morning"),
    "thanks": (
        "thanks",
        "Thank you so much",
        "ok thanks, that helps",
        "that makes sense",
        "cheers",
        "you may be right. I'll write.",
        "fair point",
    ),
    "sources": (
        "Where do your answers come from?",
        "can I see the source for that",
        "what are your sources?",
        "who wrote this",
    ),
    "limits": ("and what don't you know about?", "what can you help with?"),
    "goodbye": ("bye", "good night", "ok I have to go now", "thanks, that's all for today"),
    "not-heard": (
        "you don't get it",
        "You don’t understand me",
        "this isn't helping",
        "that's not helpful",
        "this is useless",
        "please stop quoting texts",
        "no more tips",
    ),
    "loss": (
        "my mum died",
        "My dad passed away last night.",
        "my dog was put down today",
        "I lost my husband in May",
        "our neighbour died and I keep looking at her window",
        "my grandmother is dead",
        "Just lost my best friend.",
        "I had a miscarriage last week",
        "we put our old cat to sleep yesterday",
    ),
    "job": (
        "I lost my job",
        "i got laid off today",
        "I was fired this morning.",
        "they let me go",
        "I've been made redundant after 20 years",
    ),
    "illness": (
        "my dad has cancer",
        "I got the test results today",
        "my brother is in intensive care",
        "my wife had a stroke on Sunday",
    ),
    "low": (
        "I'm so tired",
        "rough day",
        "today was such a bad day",
        "just really sad tonight",
        "it's been a terrible week",
    ),
    "afraid": ("I'm really scared", "so frightened right now"),
    "little-said": (
        "she's gone",
        "it's over",
        "help",
        "I don't know what to do",
        "I told them",
        "I hate him",
        "we had a row",
        "me and my boyfriend had a huge argument",
        "we keep fighting",
    ),
    "rewording": (
        "shorter please",
        "softer pls",
        "can you put that in simpler words",
        "eli5",
        "that's too long",
        "could you write that as a note i can put through the door",
        "ok can you put that into steps?",
    ),
}


@pytest.mark.parametrize(
    ("name", "message"), [(name, message) for name, own in HUMAN.items() for message in own]
)
def test_a_human_message_gets_human_words(library, name, message):
    answer = library.ask(message)
    assert answer.text == texts("courtesies")[name]
    assert not answer.hits


@pytest.mark.parametrize(
    "message",
    [
        "thanks but how do I tell him",
        "My mum died and my brother wants to sell the house at once, how do I talk to him?",
        "I lost my dad's watch and he won't speak to me",
        "my husband lost his job and we fight every night about it",
        "I'm tired of his mother",
        "I hate it when he snores",
        "hello, how do I say sorry?",
        "he says I don't understand him",
        "I'm scared of losing her",
        "she's gone to her mother's again after our row",
        "stop me from shouting at the kids",
        "How do I comfort a friend whose father died?",
        "you're right but he won't listen",
        "where does jealousy come from?",
        "what can I do about his sources of stress?",
        "we fight about money",
        "we just had a fight",
        "how do I say it in a softer way?",
        "can you put that into practice when you are angry?",
        "his fuse gets shorter",
    ],
)
def test_whoever_tells_more_is_answered_from_the_library(message):
    assert courtesy(message) is None


@pytest.mark.parametrize("name", ["afraid", "low", "loss", "illness", "job"])
def test_what_is_asked_is_not_taken_for_told_whatever_it_is_near(name):
    kinds = SimpleNamespace(human=lambda _: name)
    assert courtesy("is it normal to not feel butterflies after 4 years", kinds) is None
    assert courtesy("it is all so grey since tuesday", kinds) == name


def test_a_model_may_be_asked_for_other_words():
    assert courtesy("shorter please", quotes=False) is None


def test_in_the_midst_of_a_talk_nobody_is_asked_what_happened(library):
    told = "Been single for 3 weeks after 6 years and I keep checking her instagram"
    first = library.ask(told)
    answer = library.ask("i know i should stop. HOW", [Turn(told, first)])
    assert answer.text != texts("courtesies")["little-said"]
    assert answer.citations[0].document_id == "after-a-break-up"


@pytest.mark.parametrize(
    ("told", "then", "text"),
    [
        (
            "my husband comes home and goes straight to his phone, i talk and he says mm hm",
            "and if he says he IS listening?",
            "phones-and-screens",
        ),
        (
            "my son 15 slams doors and says i never get him",
            "no he's fine he's just moody, what then",
            "teenagers-and-parents",
        ),
    ],
)
def test_who_leans_on_the_talk_stays_with_its_text(library, told, then, text):
    first = library.ask(told)
    assert first.citations[0].document_id == text
    assert library.ask(then, [Turn(told, first)]).citations[0].document_id == text


def test_the_human_words_are_plain():
    for name, text in texts("courtesies").items():
        assert readability(text).grade <= 8, name
        assert text.count("?") <= 2, name


def test_a_crisis_comes_before_human_words(library):
    assert library.ask("thanks for everything, I'm going to kill myself").outcome is Outcome.SAFETY


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ("What is stonewalling?", ("answered", "related")),
        ("explain empathy", ("answered", "related")),
        ("What is a mortgage?", ("nothing",)),
        ("what's a tango", ("nothing",)),
    ],
)
def test_what_one_word_means_is_answered_where_a_text_holds_the_word(library, question, outcome):
    assert library.ask(question).outcome.value in outcome


def test_a_doubt_is_spoken_before_the_words_of_a_chat_model_too(library):
    doubt = texts("outcomes")["doubtful"]
    rows = (json.loads(line) for line in (EVALS / "knowledge.jsonl").open(encoding="utf-8"))
    asked = (row["question"] for row in rows if row["half"] == "test")
    question = next(q for q in asked if library.ask(q).claims[0].text == doubt)
    model = GenericFakeChatModel(messages=iter([AIMessage("What would you like to look at? [1]")]))
    answer = library.written_by(load_settings(), model).ask(question)
    assert answer.model
    assert answer.claims[0].text == doubt


def test_a_quarrel_told_by_one_side_keeps_the_shape_of_a_situation(library):
    told = "Who is right? He leaves his dishes for me every evening and we fight about it again"
    answer = library.ask(told)
    assert answer.claims[0].text == texts("safety/concern")["one_sided_conflict"]
    roles = {hit.passage.role for hit in answer.hits}
    assert Role.PRACTICE in roles


def test_a_reminder_takes_no_place_of_a_human_word(library):
    hours_ago = (datetime.now(UTC) - timedelta(hours=3, minutes=5)).isoformat()
    lately = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
    talk = [Turn("How do I listen?", asked_at=hours_ago), Turn("and then?", asked_at=lately)]
    said = [claim.text for claim in library.ask("thank you", talk).claims]
    assert said == [texts("safety/notices")["long-talk"], texts("courtesies")["thanks"]]
