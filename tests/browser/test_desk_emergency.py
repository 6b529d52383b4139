"""An emergency at the desks that are asked and informed, in Chromium, and a case that time ran out for."""

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from intake.answers import Answers
from referrals.models import Referral
from service.runtime import Runtime
from tests.browser.desk_window import window
from tests.network import Network, plant

LEADER, INFORMED = "org09", "org16"
STORY = "CANARY they hurt me"


@pytest.fixture
def network(sqlite_runtime: Runtime) -> Network:
    """A small network with an emergency: LEADER is open day and night, INFORMED is the coordinator."""
    planted = plant(sqlite_runtime)
    planted.report(Answers(locale="es", what=("violence",), today=("hurt",), place="Oliver", story=STORY))
    return planted


def test_the_one_that_is_open_day_and_night_sees_an_emergency_that_is_its_own(
    browser: Browser, network: Network
) -> None:
    with window(browser, network) as desk:
        desk.open_desk(LEADER)
        row = desk.page.locator(".row")
        expect(row.locator(".urgency")).to_have_text("Emergency")
        expect(row.locator("[data-part=kind]")).to_be_hidden()
        desk.open_case()
        expect(desk.page.locator(".facts .urgency")).to_have_text("Emergency")
        assert "leads" not in desk.page.locator(".facts").inner_text()


def test_the_coordinator_sees_that_it_is_informed_and_who_leads(browser: Browser, network: Network) -> None:
    leads = f"Informed; {network.accounts[LEADER].organization_name} leads"
    with window(browser, network) as desk:
        desk.open_desk(INFORMED)
        row = desk.page.locator(".row")
        expect(row.locator(".urgency")).to_have_text("Emergency")
        expect(row.locator("[data-part=kind]")).to_have_text(leads)
        desk.open_case()
        desk.wait_for("You work on it too; whoever leads it still does.")
        assert leads in desk.page.locator(".facts").inner_text()
        assert desk.page.locator(".message .text").text_content() == STORY


def test_a_responder_sees_why_it_was_asked_and_that_nobody_leads_a_case_that_ended_with_its_leader(
    browser: Browser, network: Network
) -> None:
    with network.runtime.database.session(write=True) as session:
        session.execute(update(Referral).where(Referral.kind == "primary").values(status="expired"))
        session.execute(update(Referral).where(Referral.kind == "coordinator").values(kind="responder"))
    with window(browser, network) as desk:
        desk.open_desk(INFORMED)
        desk.wait_for("Asked because you are open day and night; nobody leads it now")


def test_a_case_that_was_passed_on_because_time_ran_out_says_so_in_words(browser: Browser, network: Network) -> None:
    with network.runtime.database.session(write=True) as session:
        ended = {"status": "expired", "view": "others", "due_at": None, "unread": False}
        session.execute(update(Referral).where(Referral.kind == "primary").values(**ended))
    with window(browser, network) as desk:
        desk.open_desk(LEADER)
        desk.page.keyboard.press("4")
        expect(desk.page.locator(".row .due")).to_have_text("Passed on: time ran out")
        desk.open_case()
        assert "Passed on: time ran out" in desk.page.locator(".facts").inner_text()
        desk.wait_for("Nothing is left to do here.")
        for name in ("Acknowledge", "Take the case"):
            assert desk.page.get_by_role("button", name=name).count() == 0
