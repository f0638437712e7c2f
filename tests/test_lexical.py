"""What a question's words say of passages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coachbot.search.lexical import LexicalIndex, load, save

TEXTS = ["Bread and butter.", "A red kite over the hill.", "Snow lies on the roof of the barn."]
IDS = ["bread", "kite", "snow"]


def test_who_uses_one_word_of_a_passage_gains_less_than_who_repeats_it():
    index = LexicalIndex.over(IDS, TEXTS)
    repeated = index.shares("red kite over the hill")
    in_other_words = index.shares("Which red bird hovers above meadows?")
    assert repeated[1] > 0.5 > 0.25 > in_other_words[1] > 0
    # Beside the best, which is all that ``scores`` says, both are equally good.
    assert index.scores("red kite over the hill")[1] == 1
    assert index.scores("Which red bird hovers above meadows?")[1] == 1


@given(st.lists(st.text(min_size=1), max_size=5), st.text())
def test_a_share_is_between_none_and_all(texts, question):
    for asked in (question, *texts):
        shares = LexicalIndex.over([str(i) for i in range(len(texts))], texts).shares(asked)
        assert len(shares) == len(texts)
        assert all(0 <= share <= 1 for share in shares)


def test_what_was_saved_says_the_same(tmp_path):
    save(tmp_path / "words", IDS, TEXTS)
    question = "snow on the red roof, or a bird?"
    stored = load(tmp_path / "words").shares(question)
    assert stored.tolist() == LexicalIndex.over(IDS, TEXTS).shares(question).tolist()
    assert max(stored) == stored[2] > stored[1] > stored[0] == 0
