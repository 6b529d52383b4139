"""What a form sends: answers as they were meant, faults by field, and no text that makes it stumble."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from intake import answers as asked
from intake.answers import Answers
from intake.web.forms import ONE_OF, SOME_OF, SUBMISSION, TEXTS, Fault, read_message, read_report
from intake.web.sentences import ORDER

NAMES = [*ONE_OF, *SOME_OF, *TEXTS]


def read(*fields: tuple[str, str]) -> tuple[dict[str, Fault], Answers]:
    filled, answers = read_report(MultiDict(fields), "pa")
    return dict(filled.faults), answers


def test_an_empty_form_has_no_faults_and_tells_nothing() -> None:
    faults, answers = read()
    assert not faults
    assert answers == Answers(locale="pa")
    assert answers.tells_nothing()


def test_every_question_is_read() -> None:
    faults, answers = read(
        ("about", "group"),
        ("people", "6"),
        ("what", "violence"),
        ("what", "pay_hours"),
        ("today", "locked_in"),
        ("soon", "fired"),
        ("soon_when", "days"),
        ("last_day", "longer"),
        ("place", "Oliver"),
        ("region", "5930"),
        ("district", "5907"),
        ("story", "ਅਸੀਂ\r\nਛੇ ਹਾਂ "),
        ("employer", "Demo Orchard"),
        ("helper", "outside_community"),
        ("must_not_know", "other"),
        ("must_not_know_other", "a cousin"),
        ("answer_by", "phone"),
        ("reach_number", "604-555-0123"),
        ("reach_hours", "sunday"),
        ("reach_mail", "a@worker.example"),
        ("pass_on", "yes"),
        ("helper_desk", "no"),
    )
    assert not faults
    assert answers == Answers(
        locale="pa",
        about="group",
        people="6",
        what=("pay_hours", "violence"),
        today=("locked_in",),
        soon=("fired",),
        soon_when="days",
        last_day="longer",
        place="Oliver",
        region="5930",
        district="5907",
        story="ਅਸੀਂ\nਛੇ ਹਾਂ ",
        employer="Demo Orchard",
        helper="outside_community",
        must_not_know=("other",),
        must_not_know_other="a cousin",
        answer_by="phone",
        reach_number="604-555-0123",
        reach_hours=("sunday",),
        reach_mail="a@worker.example",
        pass_on="yes",
        helper_desk="no",
    )


def test_every_answer_of_the_report_is_asked_by_the_form() -> None:
    assert {*NAMES, "exclude", "which_place", "wording"} == set(Answers.__slots__) - {"locale"}


def test_i_do_not_know_is_no_answer() -> None:
    faults, answers = read(("about", ""), ("soon_when", ""), ("district", ""), ("pass_on", ""), ("helper_desk", ""))
    assert not faults
    assert answers == Answers(locale="pa")


@pytest.mark.parametrize("name", [*ONE_OF, *SOME_OF])
def test_a_code_that_is_not_on_the_list_is_named(name: str) -> None:
    assert read((name, "no-such-code"))[0] == {name: Fault.NOT_LISTED}


def test_two_answers_to_a_question_with_one_are_named() -> None:
    assert read(("about", "me"), ("about", "group"))[0] == {"about": Fault.NOT_LISTED}


def test_the_same_answer_twice_is_one() -> None:
    faults, answers = read(("about", "me"), ("about", "me"), ("what", "violence"), ("what", "violence"))
    assert not faults
    assert (answers.about, answers.what) == ("me", ("violence",))


@pytest.mark.parametrize(("name", "limit"), TEXTS.items())
def test_a_text_may_be_as_long_as_its_limit_and_no_longer(name: str, limit: int) -> None:
    assert not read((name, "ਖ" * limit))[0]
    assert read((name, "ਖ" * (limit + 1)))[0] == {name: Fault.TOO_LONG}


def test_a_line_end_counts_as_one_character_as_it_does_in_the_browser() -> None:
    assert not read(("story", "\r\n" * asked.STORY_LIMIT))[0]


def test_unknown_fields_are_ignored() -> None:
    assert read(("name", "Somebody"), ("csrf_token", "x")) == ({}, Answers(locale="pa"))


def test_a_refused_form_keeps_everything_that_was_typed() -> None:
    filled, _ = read_report(MultiDict([("what", "zzz"), ("what", "violence"), ("story", "x" * 20_000)]), "en")
    assert filled.values["what"] == ["zzz", "violence"]
    assert filled.values["story"] == ["x" * 20_000]


def test_every_field_has_its_place_among_the_faults() -> None:
    assert set(NAMES) | {"exclude", "which_place", "files", "form", "number", "text", "phone"} == set(ORDER)


@given(
    st.lists(
        st.tuples(st.sampled_from([*NAMES, SUBMISSION, "which_place", "asked_place", "other"]), st.text()), max_size=20
    )
)
def test_any_fields_are_read_without_a_fault_of_our_own(fields: list[tuple[str, str]]) -> None:
    filled, answers = read_report(MultiDict(fields), "en")
    assert set(filled.faults) <= {*NAMES, "which_place"}
    if not filled.faults:
        assert {answers.about} <= {"", *asked.ABOUT}
        assert set(answers.what) <= set(asked.WHAT)
        assert len(answers.story) <= asked.STORY_LIMIT


def test_a_name_of_several_places_is_asked_about_once() -> None:
    filled, _ = read_report(MultiDict([("place", "Hamilton"), ("story", "x")]), "en")
    assert filled.faults == {"which_place": Fault.AMBIGUOUS}
    assert filled.values["asked_place"] == ["Hamilton"]
    assert not read(("place", "Hamilton"), ("asked_place", "Hamilton"))[0]
    assert not read(("place", "Hamilton"), ("asked_place", "Hamilton"), ("which_place", "prov:ON"))[0]
    assert read(("place", "Hamilton"), ("asked_place", "Oliver"))[0] == {"which_place": Fault.AMBIGUOUS}


@pytest.mark.parametrize("field", [("today", "hurt"), ("region", "5930"), ("district", "5907")])
def test_nobody_is_asked_which_place_in_an_emergency_or_where_it_is_chosen(field: tuple[str, str]) -> None:
    assert not read(("place", "Hamilton"), field)[0]


def test_other_faults_come_before_the_question_about_the_place() -> None:
    assert read(("place", "Hamilton"), ("about", "nobody"))[0] == {"about": Fault.NOT_LISTED}


def test_organizations_to_leave_out_are_read_in_one_order_and_have_an_end() -> None:
    _, answers = read(("exclude", "org02"), ("exclude", "org01"), ("exclude", "org02"), ("exclude", ""))
    assert answers.exclude == ("org01", "org02")
    assert read(("exclude", "x" * 201))[0] == {"exclude": Fault.NOT_LISTED}
    assert read(*(("exclude", f"org{n}") for n in range(asked.EXCLUDE_LIMIT + 1)))[0] == {"exclude": Fault.NOT_LISTED}


@pytest.mark.parametrize(("given", "read_as"), [("0123456789ab", "0123456789ab"), ("0123456789AB", ""), ("x" * 99, "")])
def test_only_a_version_s_name_is_kept_of_the_wording(given: str, read_as: str) -> None:
    assert read(("wording", given))[1].wording == read_as


@pytest.mark.parametrize(
    ("text", "fault"), [("", Fault.EMPTY), (" \r\n ", Fault.EMPTY), ("x" * 10_001, Fault.TOO_LONG), ("x", None)]
)
def test_a_message_says_something_and_has_an_end(text: str, fault: Fault | None) -> None:
    filled = read_message(MultiDict([("text", text)]))
    assert filled.faults == ({"text": fault} if fault else {})
