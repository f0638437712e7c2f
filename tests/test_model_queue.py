"""Many people and one chat model: so many replies at once, the rest in line, nobody stuck."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from small_corpus import LISTENING, REPAIR

from coachbot import Answer, Coach, Done, SentenceReady, Turn, Verdict, Waiting
from coachbot.errors import SettingsError
from coachbot.models.queue import ModelQueue
from coachbot.models.queue import Turn as ModelTurn
from coachbot.pages.asking import waiting_words
from coachbot.prompts import texts
from coachbot.reading.readability import readability
from coachbot.settings import load_settings

QUESTION = "How do I listen to my partner?"
GOOD = "Say back in your own words what your partner said [1]. "
ALSO = "Ask whether you got it right before you answer [1]."
LONG = 20.0
"""Seconds after which what should have happened did not."""


class Held(BaseChatModel):
    """Writes two sentences; the second waits until the test lets one reply go on."""

    go_on: Any
    asked: list[str] = []  # noqa: RUF012
    fails: bool = False
    now: list[int] = []  # noqa: RUF012
    most: list[int] = []  # noqa: RUF012

    @property
    def _llm_type(self) -> str:
        return "held"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        self.asked.append(str(messages[-1].content))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(QUESTION))])

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        self.asked.append(str(messages[-1].content))
        self.now.append(1)
        self.most.append(len(self.now))
        try:
            # The start of a second sentence shows that the first has ended.
            yield ChatGenerationChunk(message=AIMessageChunk(content=GOOD + ALSO[:20]))
            assert self.go_on.acquire(timeout=LONG)
            if self.fails:
                raise ConnectionError("connection refused")
            yield ChatGenerationChunk(message=AIMessageChunk(content=ALSO[20:]))
        finally:
            self.now.pop()


def held() -> Held:
    return Held(go_on=threading.Semaphore(0))


@pytest.fixture
def shared(tmp_path, minilm) -> Callable[..., Coach]:
    """A coach over two texts, and the model that its askers share."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "listening.md").write_text(LISTENING, encoding="utf-8")
    (corpus / "repair.md").write_text(REPAIR, encoding="utf-8")

    def open_coach(model: Held, **settings: Any) -> Coach:
        settings = load_settings(corpus=corpus, data=tmp_path / "data", **settings)
        return Coach.open(settings, embedder=minilm, chat_model=model)

    return open_coach


class Person:
    """Asks in a thread, and takes down what comes."""

    def __init__(self, coach: Coach, question: str = QUESTION) -> None:
        self.events: list[Any] = []
        self._thread = threading.Thread(target=self._ask, args=(coach, question), daemon=True)
        self._thread.start()

    def _ask(self, coach: Coach, question: str) -> None:
        for event in coach.stream(question):
            self.events.append(event)

    @property
    def place(self) -> int | None:
        """The last that this person was told of their place in line."""
        told = [event.place for event in self.events if isinstance(event, Waiting)]
        return told[-1] if told else None

    @property
    def reads(self) -> bool:
        return any(isinstance(event, SentenceReady) for event in self.events)

    def answer(self) -> Answer:
        self._thread.join(LONG)
        assert isinstance(self.events[-1], Done)
        return self.events[-1].answer


def eventually(happens: Callable[[], object]) -> None:
    until = time.monotonic() + LONG
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.01)


def in_line(coach: Coach, place: int, question: str = QUESTION) -> Person:
    """A person who stands at a place in line by now."""
    person = Person(coach, question)
    eventually(lambda: person.place == place)
    return person


def writing(coach: Coach, question: str = QUESTION) -> Person:
    """A person whose first sentence has come."""
    person = Person(coach, question)
    eventually(lambda: person.reads)
    return person


def test_the_model_writes_so_many_replies_at_once_and_never_more(shared):
    model = held()
    coach = shared(model, model_at_once=2)
    people = [Person(coach) for _ in range(6)]
    eventually(lambda: sorted(p.place or 0 for p in people) == [0, 0, 1, 2, 3, 4])
    eventually(lambda: len(model.now) == 2)
    for _ in people:
        model.go_on.release()
    answers = [person.answer() for person in people]
    assert [answer.drafter for answer in answers] == ["chat_model"] * 6
    assert not any(answer.notice for answer in answers)
    assert max(model.most) == 2


def test_who_came_first_is_served_first_and_is_told_their_place(shared):
    model = held()
    coach = shared(model, model_at_once=1)
    first = writing(coach)
    questions = [f"{QUESTION} We have {n} children." for n in (2, 3, 4)]
    people = [in_line(coach, n + 1, question) for n, question in enumerate(questions)]
    for place, person in enumerate(people):
        model.go_on.release()
        eventually(lambda person=person: person.reads)
        assert [p.place for p in people[: place + 1]] == [0] * (place + 1)
        behind = people[place + 1 :]
        eventually(lambda behind=behind: [p.place for p in behind] == [1, 2][: len(behind)])
    model.go_on.release()
    assert [p.answer().drafter for p in (first, *people)] == ["chat_model"] * 4
    order = [re.findall(r"have (\d) children", told) for told in model.asked]
    assert order == [[], ["2"], ["3"], ["4"]]


def test_what_comes_while_waiting_does_not_change_the_answer(shared):
    model = held()
    coach = shared(model, model_at_once=1)
    first, second = writing(coach), in_line(coach, 1)
    model.go_on.release()
    model.go_on.release()
    assert second.answer().claims == first.answer().claims
    shown = [event.claim for event in second.events if isinstance(event, SentenceReady)]
    assert tuple(shown) == second.answer().claims
    assert second.place == 0


def quoted_at_once(answer: Answer, because: str) -> bool:
    words = texts("models")
    assert answer.model is None
    assert answer.drafter == "extractive"
    assert [c for c in answer.claims if c.verdict is Verdict.SUPPORTED]
    return words[because] in answer.notice and words["queue-hint"] in answer.notice


def test_where_the_line_is_full_the_answer_is_quoted_and_says_so(shared):
    model = held()
    coach = shared(model, model_at_once=1, model_waiting=1)
    first, second = writing(coach), in_line(coach, 1)
    assert quoted_at_once(coach.ask(QUESTION), "queue-full")
    assert len(model.asked) == 1
    model.go_on.release(2)
    assert {first.answer().drafter, second.answer().drafter} == {"chat_model"}


def test_nobody_waits_longer_than_a_reply_may_take(shared):
    model = held()
    coach = shared(model, model_at_once=1, model_seconds=3)
    first, second = writing(coach), in_line(coach, 1)
    assert quoted_at_once(coach.ask(QUESTION), "queue-long")
    model.go_on.release(2)
    # Who began in time keeps what has come, and hands the turn on when the time is over.
    assert {first.answer().drafter, second.answer().drafter} == {"chat_model"}


def test_a_message_that_leans_on_the_talk_waits_once_and_a_full_line_leaves_it_to_the_rules(shared):
    model = held()
    coach = shared(model, model_at_once=1, model_waiting=0)
    talk = [Turn(QUESTION, Answer(QUESTION, QUESTION, outcome="answered", claims=()))]
    first = writing(coach)
    coach.ask("And why is that so hard?", talk)
    assert len(model.asked) == 1
    model.go_on.release(2)
    first.answer()
    coach.ask("And why is that so hard?", talk)
    assert len(model.asked) == 3  # put in other words, then answered


def test_closing_a_waiting_stream_frees_its_place(shared):
    model = held()
    coach = shared(model, model_at_once=1)
    first = writing(coach)
    stream = coach.stream(QUESTION)
    assert next(stream) == Waiting(1, None)
    behind = in_line(coach, 2)
    stream.close()
    eventually(lambda: behind.place == 1)
    model.go_on.release(2)
    assert first.answer().drafter == behind.answer().drafter == "chat_model"
    assert len(model.asked) == 2


def test_closing_a_stream_that_is_being_written_frees_its_place(shared):
    model = held()
    coach = shared(model, model_at_once=1)
    stream = coach.stream(QUESTION)
    assert isinstance(next(stream), SentenceReady)
    behind = in_line(coach, 1)
    stream.close()
    eventually(lambda: behind.reads)
    model.go_on.release()
    assert behind.answer().drafter == "chat_model"
    assert max(model.most) == 1  # the model had stopped before it wrote for the next


def test_an_error_of_the_model_frees_its_place(shared):
    model = held()
    model.fails = True
    coach = shared(model, model_at_once=1)
    first, second = writing(coach), in_line(coach, 1)
    model.go_on.release(2)
    assert "No model server" in first.answer().notice
    assert "No model server" in second.answer().notice
    model.fails = False
    model.go_on.release()
    assert not coach.ask(QUESTION).notice


def test_words_about_danger_do_not_stand_in_line(shared):
    model = held()
    coach = shared(model, model_at_once=1)
    first = writing(coach)
    assert coach.ask("I want to kill myself").outcome.value == "safety"
    hurt = coach.stream("My husband hit me, how do I listen better?")
    assert not any(isinstance(event, Waiting) for event in hurt)
    model.go_on.release()
    first.answer()


def test_a_queue_tells_how_long_it_takes_from_what_turns_took():
    now = [0.0]
    queue = ModelQueue(at_once=2, patience=100.0, clock=lambda: now[0])
    for length in (10.0, 30.0):
        with queue.turn() as turn:
            assert turn.wait()
            now[0] += length
    with queue.turn() as one, queue.turn() as other:
        assert one.wait()
        now[0] += 5.0
        assert other.wait()
        now[0] += 5.0
        # Twenty seconds is usual: one ends in ten seconds, the other in fifteen.
        line = [queue.turn() for _ in range(3)]
        told = [next(turn.awaited()) for turn in line]
        assert told == [Waiting(1, 10.0), Waiting(2, 15.0), Waiting(3, 30.0)]
        now[0] += 60.0
        assert next(queue.turn().awaited()) == Waiting(4, 20.0)  # both are late
        for turn in line:
            turn.end()


def test_who_would_wait_too_long_is_told_at_once():
    now = [0.0]
    queue = ModelQueue(at_once=1, patience=60.0, clock=lambda: now[0])
    with queue.turn() as turn:
        turn.wait()
        now[0] += 40.0
    with queue.turn() as busy, queue.turn() as patient, queue.turn() as late:
        assert busy.wait()
        assert next(patient.awaited()) == Waiting(1, 40.0)
        assert list(late.awaited()) == []
        assert (late.came, late.refused) == (False, "long")
        assert not late.wait()  # and is not taken in afterwards


@pytest.mark.parametrize("seed", range(3))
def test_no_place_is_lost_whatever_people_do(seed):
    queue, rng, lock = ModelQueue(at_once=3, waiting=100), random.Random(seed), threading.Lock()
    has, most, served = list[int](), list[int](), list[int]()

    def person(number: int, leaves: float, fails: bool) -> None:
        time.sleep(leaves / 10)
        with queue.turn() as turn:
            for waiting in turn.awaited():
                if waiting.place and leaves > 0.07:
                    return
            with lock:
                has.append(number)
                most.append(len(has))
            time.sleep(leaves / 10)
            with lock:
                has.remove(number)
                served.append(number)
            if fails:
                raise ConnectionError

    fates = [(n, rng.random() / 10, rng.random() < 0.3) for n in range(60)]
    with ThreadPoolExecutor(60) as pool:
        for fate in fates:
            pool.submit(person, *fate)
    assert max(most) <= 3
    assert len(served) >= 30
    free = [queue.turn() for _ in range(4)]
    assert [not list(turn.awaited()) for turn in free[:3]] == [True] * 3
    assert next(free[3].awaited()).place == 1


def test_a_sheet_takes_its_turn_or_stays_word_for_word(shipped):
    model = held()
    coach = Coach.open(
        load_settings(data=shipped, model_at_once=1, model_waiting=0), chat_model=model
    )
    busy = Person(coach)
    eventually(lambda: model.asked)
    sheet = coach.handout("starting a hard talk", kind="explainer")
    assert not sheet.ai_assisted
    assert texts("models")["queue-full"] in sheet.provenance.trouble
    assert len(model.asked) == 1
    model.go_on.release()
    busy.answer()
    assert not coach.handout("starting a hard talk", kind="explainer").provenance.trouble
    assert len(model.asked) > 1


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        (Waiting(1), "You are next."),
        (Waiting(2, 1.0), "One person is before you. That takes about 5 seconds."),
        (Waiting(3, 38.0), "2 people are before you. That takes about 40 seconds."),
        (Waiting(9, 200.0), "8 people are before you. That takes about 4 minutes."),
    ],
)
def test_who_waits_is_told_how_many_are_before_them_and_how_long_it_takes(waiting, words):
    assert waiting_words(waiting).endswith(words)


def test_the_words_of_the_line_are_easy_to_read():
    own = [t for name, t in texts("models").items() if re.match("waiting-|queue-", name)]
    told = " ".join(own).replace("{before}", "two").replace("{count}", "ten")
    assert len(own) == 8
    assert readability(told).grade <= 8


@pytest.mark.parametrize("wrong", [{"model_at_once": 0}, {"model_waiting": -1}])
def test_a_line_that_cannot_be_is_refused(wrong):
    with pytest.raises(SettingsError):
        load_settings(**wrong)


def test_a_turn_may_be_ended_twice():
    queue = ModelQueue(at_once=1)
    turn: ModelTurn = queue.turn()
    turn.end()
    assert turn.wait()
    turn.end()
    turn.end()
    assert queue.turn().wait()
