"""The town, the card and the number each say where a worker is, and no more than they know."""

import pytest

from intake.sms.towns import TOWNS, area_of_candidate, card, label, number_area, place_of
from referrals.geography.outcomes import Place, PlaceCandidate
from referrals.geography.places import resolve

NAMES = {1: "Kelowna", 2: "Oliver", 3: "Abbotsford", 5: "Surrey", 6: "Vernon", 7: "Duncan", 8: "Creston"}


def test_each_town_of_the_question_stands_in_the_district_of_its_digit() -> None:
    assert {digit: f"rd:{next(iter(resolve(name).districts))}" for digit, name in NAMES.items()} == dict(TOWNS)


@pytest.mark.parametrize(
    ("text", "found"),
    [("71", ("pa", "region:5910")), ("53", ("es", "region:5930")), (" 62.", ("fr", "region:5920"))],
)
def test_a_card_names_a_language_and_a_region(text: str, found: tuple[str, str]) -> None:
    read = card(text)
    assert read is not None
    assert (read.language, read.area) == found
    assert place_of(read.area).region == read.area.removeprefix("region:")


@pytest.mark.parametrize("text", ["53 hours a week", "12", "59", "530", "5 3", "", "hello 53"])
def test_two_digits_in_a_story_are_no_card(text: str) -> None:
    assert card(text) is None


@pytest.mark.parametrize(
    ("phone", "area"),
    [
        ("+16045550134", "prov:BC"),
        ("+12505550134", "prov:BC"),
        ("+14165550134", None),
        ("+525555501340", None),
        ("", None),
    ],
)
def test_a_number_tells_its_province_at_the_most(phone: str, area: str | None) -> None:
    assert number_area(phone) == area


def test_a_place_comes_back_from_what_is_remembered_of_it() -> None:
    assert place_of("rd:5907").districts == {"5907": 1.0}
    weighted = place_of("region:5930", [("5907", 0.6), ("5935", 0.4)])
    assert weighted.districts == {"5907": 0.6, "5935": 0.4}
    assert place_of(None) == Place()
    assert place_of("nowhere", [("0000", 1.0)]) == Place()


def test_a_candidate_is_named_by_what_tells_it_from_the_others() -> None:
    near = PlaceCandidate("Hamilton", "BC", "5915")
    far = PlaceCandidate("Hamilton", "ON")
    assert [label(near), label(far)] == ["Hamilton, Metro Vancouver", "Hamilton, Ontario"]
    assert [area_of_candidate(near), area_of_candidate(far)] == ["rd:5915", "prov:ON"]
    assert label(PlaceCandidate("Ontario", "ON")) == "Ontario"
