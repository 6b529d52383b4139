"""The address, the number and the codes on a card are those that the form and the hotline know."""

import pytest

from intake.outreach.facts import NothingToPrint, facts, shown
from intake.sms.towns import card
from referrals.geography.provinces import REGIONS
from tests.unit.intake.outreach.printed import NUMBER, URL
from translations.locales import form_locales


def test_the_address_can_be_typed_and_the_link_opens_the_language() -> None:
    found = facts("pa", URL, [NUMBER])
    assert found.address == "leeward.example/pa"
    assert found.link == "https://leeward.example/pa/"
    assert found.number == "604-555-0123"


@pytest.mark.parametrize("language", form_locales(), ids=lambda one: one.code)
def test_each_code_leads_the_hotline_to_the_cards_language_and_to_all_regions_together(language: object) -> None:
    code = language.code  # type: ignore[attr-defined]
    found = facts(code, URL, [NUMBER]).codes
    read = [card(digits) for digits, _ in found]
    assert all(one is not None and one.language == code for one in read)
    areas = {area.removeprefix("region:") for one in read if one for area in one.areas}
    assert areas == REGIONS.keys()


def test_without_a_hotline_no_code_is_printed() -> None:
    found = facts("en", URL, [])
    assert found.number is None
    assert found.codes == ()


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8000", "http://leeward.example", "leeward.example", "https://"])
def test_an_address_that_nobody_could_reach_safely_is_not_printed(url: str) -> None:
    with pytest.raises(NothingToPrint, match="LEEWARD_PUBLIC_URL"):
        facts("en", url, [NUMBER])


def test_a_number_from_elsewhere_is_written_as_it_is_dialled() -> None:
    assert shown("+16045550123") == "604-555-0123"
    assert shown("+447700900123") == "+447700900123"
