"""A digit answers in any script, alone or beside a few words of the question, and never inside a story."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.sms.digits import accented, answer, bare, leads_with_zero, plain

BESIDE = {"yes", "si", "and", "please", "option", "i", "need", "a", "person", "now", "no", "not", "my", "phone", "ਹਾਂ"}


@pytest.mark.parametrize(
    "text",
    ["1", "１", "੧", "१", "১", "١", "۱", "๑", "①", "❶", "¹", "1️⃣", "一", "#1", "(1)", "1.", "1)", " 1 \n", "1!", "👍 1"],
)
def test_a_one_is_a_one_in_any_script(text: str) -> None:
    assert answer(text).digits == (1,)


@pytest.mark.parametrize("text", ["1\u202e", "\u200f1", "\u202d1\u202c", "1\u200b", "\ufeff1", "1\ufe0f\u20e3"])
def test_what_is_invisible_changes_no_answer(text: str) -> None:
    assert answer(text).digits == (1,)


@pytest.mark.parametrize("text", ["1 yes", "yes 1", "Sí 1", "option 1 please", "ਹਾਂ 1", "1 YES!", "yes. 1"])
def test_words_of_the_question_may_stand_beside_a_digit(text: str) -> None:
    assert answer(text, BESIDE).digits == (1,)


@pytest.mark.parametrize(
    "text", ["1. They took my passport", "1\nthey took it", "1, yes. My boss has it", "1 yes! 3 days"]
)
def test_story_after_a_stop_leaves_the_answer(text: str) -> None:
    assert answer(text, BESIDE).digits == (1,)


@pytest.mark.parametrize(
    "text",
    [
        "1 week without pay",
        "2 of us",
        "4 people hurt",
        "1.5 hours",
        "1,000 dollars",
        "12",
        "7:30 start",
        "½ pay",
        "V0H",
        "604 555 0134",
        "1000",
        "No. 1 problem is pay",
        "两个人",
        "1st",
        "",
        "yes",
        "👍",
    ],
)
def test_a_number_in_a_story_answers_nothing(text: str) -> None:
    assert not answer(text, BESIDE)


@pytest.mark.parametrize(("text", "digits"), [("1 4", (1, 4)), ("1,4", (1, 4)), ("1 and 4", (1, 4)), ("5/1", (5, 1))])
def test_two_answers_may_come_in_one_text(text: str, digits: tuple[int, ...]) -> None:
    assert answer(text, BESIDE).digits == digits


def test_keycaps_side_by_side_are_one_number() -> None:
    assert plain("1️⃣0️⃣").strip() == "10"
    assert not answer("1️⃣0️⃣")
    assert not leads_with_zero("0️⃣4️⃣")
    assert answer("1️⃣ 4️⃣").digits == answer("1️⃣ and 4️⃣", BESIDE).digits == (1, 4)


def test_whoever_quotes_the_question_answers_nothing() -> None:
    assert not answer("1 yes 2 no 3 please 4 I need a person now", BESIDE)


def test_one_of_takes_no_side_between_two() -> None:
    found = answer("1 2")
    assert found.one_of(1, 2, 3) is None
    assert found.one_of(1, 3) == 1
    assert found.one_of(5) is None


@pytest.mark.parametrize(
    "text", ["0", "00", "0.", "0️⃣", "０", "੦", "〇", "0 no, not my phone", "0 hours", "0. stop", "#0"]
)
def test_a_leading_zero_is_seen_whatever_follows(text: str) -> None:
    assert leads_with_zero(text)


@pytest.mark.parametrize("text", ["0.5 hours", "07:30", "0800", "1 0", "no 0", "", "hello", "10"])
def test_a_zero_inside_a_number_or_a_text_does_not_lead(text: str) -> None:
    assert not leads_with_zero(text)


def test_words_compare_without_case_accents_and_the_dot_below() -> None:
    assert bare("SÍ") == "si"
    assert bare("ਫ਼ੋਨ") == bare("ਫੋਨ")
    assert plain("ਹਾਂ") == "ਹਾਂ"
    assert (accented("SÍ"), accented("ਫ਼ੋਨ"), accented("شُكْرًا")) == ("sí", "ਫੋਨ", "شكرا")


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert all(0 <= digit <= 9 for digit in answer(text, BESIDE).digits)
    assert leads_with_zero(text) in (True, False)
