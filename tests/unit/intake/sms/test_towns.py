"""The town, the card and the number each say where a worker is, and no more than they know."""

import pytest

from intake.sms.languages import LATIN_PUNJABI
from intake.sms.towns import TOWNS, area_of_candidate, card, cards, label, number_area, place_of
from referrals.geography.outcomes import Place, PlaceCandidate
from referrals.geography.places import resolve
from referrals.geography.provinces import REGIONS
from translations.locales import locales

NAMES = {1: "Kelowna", 2: "Oliver", 3: "Abbotsford", 5: "Surrey", 6: "Vernon", 7: "Duncan", 8: "Creston"}


def test_each_town_of_the_question_stands_in_the_district_of_its_digit() -> None:
    assert {digit: f"rd:{next(iter(resolve(name).districts))}" for digit, name in NAMES.items()} == dict(TOWNS)


@pytest.mark.parametrize(
    ("text", "language", "region"),
    [("17", "es", "5930"), ("39", "pa", "5920"), (" 25.", "fr", "5920"), ("੩੯", "pa", "5920"), ("９３", "ar", "5980")],
)
def test_a_card_names_a_language_and_a_region(text: str, language: str, region: str) -> None:
    read = card(text)
    assert read is not None
    assert (read.language, read.place.region) == (language, region)


@pytest.mark.parametrize("text", ["17 hours a week", "94", "05", "170", "1 7", "", "hello 17", "17" * 800])
def test_two_digits_in_a_story_are_no_card(text: str) -> None:
    assert card(text) is None


def test_there_is_one_card_for_each_language_and_region_and_no_code_begins_with_silence() -> None:
    known = cards().values()
    languages = {one.code for one in locales()} - {LATIN_PUNJABI}
    served = [region for region in REGIONS.values() if region.province == "BC"]
    assert {one.language for one in known} == languages
    assert len({(one.language, one.areas) for one in known}) == len(known) == len(languages) * 7
    assert not any(code.startswith("0") for code in cards())
    for language in languages:
        districts = {code for one in known if one.language == language for code in one.place.districts}
        assert districts == {code for region in served for code in region.districts}


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
