"""What a desk in Chromium shows after its worker has decided: no contact, an erased case, a group left out."""

from dataclasses import replace
from datetime import date

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from intake import erasure, mailbox
from intake.answers import Answers
from referrals.models import Case
from referrals.referral import accept, acknowledge
from service.runtime import Runtime
from tests.browser.desk_window import window
from tests.integration.casework import do
from tests.integration.office import Town, town

TELLS = Answers(
    locale="es",
    what=("pay_hours",),
    place="Oliver",
    story="CANARY they do not pay",
    answer_by="phone",
    reach_number="604-555-0123",
    exclude=("org02",),
    wording="0123456789ab",
)


@pytest.fixture
def place(sqlite_runtime: Runtime) -> Town:
    """A report that gives a number and leaves a group out."""
    found = town(sqlite_runtime, TELLS)
    do(found.office("org01"), found.case_id, acknowledge)
    return found


def test_whoever_wants_no_contact_is_not_called_at_the_number_that_they_gave_before(
    browser: Browser, place: Town
) -> None:
    mailbox.allow_contact(place.network.intake, place.submitted.receipt, allowed=False)
    with window(browser, place.network) as desk:
        desk.open_desk("org01")
        desk.open_case()
        first = desk.page.locator("[data-part=safety-list] li").first
        expect(first).to_have_text("The worker wants no contact now: do not write or call, whatever else stands here.")
        desk.wait_for("The worker asked not to be answered.")


def test_a_caseworker_reads_who_was_left_out_and_which_words_were_agreed_to(browser: Browser, place: Town) -> None:
    with window(browser, place.network) as desk:
        desk.open_desk("org01")
        desk.open_case()
        left_out = desk.page.locator("[data-question=exclude]")
        expect(left_out).to_contain_text(place.network.accounts["org02"].organization_name)
        expect(desk.page.locator("[data-question=wording]")).to_contain_text("0123456789ab")


def test_which_of_several_places_was_meant_is_read_as_a_name(browser: Browser, sqlite_runtime: Runtime) -> None:
    found = town(sqlite_runtime, replace(TELLS, place="Hamilton", which_place="rd:5915"))
    key = next(key for key in ("org01", "org02", "org06", "org09", "org16") if found.office(key).queue("new"))
    with window(browser, found.network) as desk:
        desk.open_desk(key)
        desk.open_case()
        expect(desk.page.locator("[data-question=which_place]")).to_contain_text("Metro Vancouver")


def test_an_erased_case_says_so_and_opens_no_more(browser: Browser, place: Town) -> None:
    do(place.office("org01"), place.case_id, accept)
    erasure.erase(place.network.intake, place.submitted.receipt)
    with window(browser, place.network) as desk:
        desk.open_desk("org01")
        desk.page.keyboard.press("5")
        expect(desk.page.locator(".row")).to_contain_text("Erased by the worker")
        desk.page.locator(".row a").first.click()
        desk.wait_for("This case was erased. Nothing of it can be read any more.")
        assert not desk.holds("CANARY")


def test_a_case_that_will_be_erased_says_on_which_day(browser: Browser, place: Town) -> None:
    with place.network.runtime.database.session(write=True) as session:
        session.execute(update(Case).values(erase_on=date(2026, 7, 15)))
    with window(browser, place.network) as desk:
        desk.open_desk("org01")
        desk.open_case()
        first = desk.page.locator("[data-part=safety-list] li").first
        expect(first).to_contain_text(
            "The worker asked by text that this be erased. On Jul 15, 2026 nobody can read it"
        )
