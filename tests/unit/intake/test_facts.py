"""From a worker's answers to the router's facts: flags only raise, silence stays silence."""

import pytest

from intake.answers import Answers
from intake.facts import area_of, facts_of, flags_of, place_of

CASE_ID = bytes(16)


@pytest.mark.parametrize(
    ("answers", "flags"),
    [
        ({"today": ("hurt",)}, ("injured",)),
        ({"today": ("locked_in", "minor")}, ("confined_now", "minor")),
        ({"today": ("afraid",)}, ("immediate_danger",)),
        ({"today": ("self_harm",)}, ("self_harm",)),
        ({"today": ("none",)}, ()),
        ({"soon": ("sent_home",), "soon_when": "days"}, ("repatriation_72h",)),
        ({"soon": ("sent_home",), "soon_when": "weeks"}, ()),
        ({"soon": ("leave_house",)}, ("evicted",)),
        ({"soon": ("permit_ends",), "soon_when": "weeks"}, ("permit_expires_14d",)),
        ({"soon": ("permit_ends",), "soon_when": "later"}, ()),
        ({"soon": ("fired",)}, ("dismissed",)),
        ({"last_day": "this_month"}, ()),
        ({"last_day": "months_1_5"}, ("legal_limit_30d",)),
        ({"last_day": "longer"}, ("legal_limit_30d",)),
    ],
)
def test_flags_of_each_answer(answers: dict[str, object], flags: tuple[str, ...]) -> None:
    assert flags_of(Answers(locale="en", **answers)) == flags  # type: ignore[arg-type]


def test_a_chosen_district_stands_before_a_written_town() -> None:
    place = place_of(Answers(locale="en", district="5907", region="5920", place="Nanaimo"))
    assert (set(place.districts), area_of(place)) == ({"5907"}, "rd:5907")


def test_a_region_alone_is_kept_as_a_region() -> None:
    assert area_of(place_of(Answers(locale="en", region="5930"))) == "region:5930"


def test_no_place_is_kept_as_none() -> None:
    assert area_of(place_of(Answers(locale="en"))) is None


def test_a_report_without_a_kind_of_problem_is_still_routed() -> None:
    assert tuple(facts_of(Answers(locale="pa", story="x"), CASE_ID).categories) == ("other_unsure",)


def test_who_must_not_know_is_excluded_by_role() -> None:
    facts = facts_of(Answers(locale="es", must_not_know=("consulate", "union", "boss")), CASE_ID)
    assert set(facts.exclude_roles) == {"foreign_government", "union"}


def test_no_to_the_helper_desk_is_a_no_to_the_coordinator() -> None:
    assert facts_of(Answers(locale="en", helper_desk="no"), CASE_ID).consent["coordinator"] is False
    assert facts_of(Answers(locale="en"), CASE_ID).consent["coordinator"] is True


def test_the_version_of_the_sentences_and_a_place_of_no_name_tell_nothing() -> None:
    assert Answers(locale="en", wording="0123456789ab", which_place="rd:5915").tells_nothing()
    assert not Answers(locale="en", today=("none",)).tells_nothing()
