"""The English of the worker's pages: a child of eleven could read it. Short sentences, and no turns of phrase."""

import re

import pytest

from tests.unit.intake.content.test_published import LONGEST_SENTENCE, grade, sentences_of
from translations.template import Sentence, sentences

HIGHEST_GRADE = 6
# Each of these binds two conditions to what follows from them, and halves of it would promise more than the whole.
BOUND = {
    "If no group fits, or nobody answers in 3 working days, our helper desk reads it.",
    "If none fits or nobody answers in 3 working days, the helper desk reads it, unless you said no.",
    "If nobody has read it by then, the page says so, and who has it now.",
}
IDIOMS = (
    "in a row", "make sure", "look into", "get back to", "step up", "speak out", "in touch", "reach out", "up to date",
    "as soon as possible", "in good hands", "keep an eye", "at any time", "right away", "by the way", "fill in",
    "deal with",
)  # fmt: skip


@pytest.fixture(scope="module")
def said() -> list[Sentence]:
    """Everything that the worker's pages say of themselves; what the law says is held to this beside its files."""
    return [one for one in sentences().values() if any(file.startswith("intake/web/") for file in one.files)]


def test_sentences_have_fifteen_words_or_fewer(said: list[Sentence]) -> None:
    parts = [part for one in said for part in sentences_of(one.message)]
    assert {part for part in parts if len(part.split()) > LONGEST_SENTENCE} == BOUND


def test_questions_and_the_whole_read_at_grade_six_or_below(said: list[Sentence]) -> None:
    # The formula judges a text; of three words it says nothing.
    questions = [one.message for one in said if one.message.endswith("?")]
    assert len(questions) > 10
    for texts in (questions, [one.message for one in said]):
        assert grade(" ".join(texts)) <= HIGHEST_GRADE


def test_nothing_is_said_in_a_turn_of_phrase(said: list[Sentence]) -> None:
    pattern = re.compile("|".join(rf"\b{idiom}\b" for idiom in IDIOMS), re.IGNORECASE)
    assert [one.message for one in said if pattern.search(one.message)] == []
