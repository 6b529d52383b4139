"""Enrolling from a real invitation, in Chromium: keys are made there, words shown once, and the link is then spent."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from intake.answers import Answers
from service.clock import FixedClock
from tests.browser.desk_window import PATIENCE, Window, tabs, window
from tests.integration.desk_client import invite, totp_code
from tests.network import Network

# An organization of the demo's directory that has no key yet, and one that has.
WITHOUT_KEY, WITH_KEY = "org07", "org01"
STORY = "CANARY they do not pay"


class Newcomer:
    """A person with an invitation, paper and a phone."""

    def __init__(self, desk: Window, key: str, email: str) -> None:
        self.desk = desk
        self.page = desk.page
        self.email = email
        self.token = invite(desk.network, key, email)
        self.paper: list[str] = []
        self.totp_key = ""

    def open(self) -> None:
        """Open the invitation's link."""
        self.page.goto(f"{self.desk.address}/desk/enrol#{self.token}")
        expect(self.page.get_by_role("heading", name="Your place at the desk")).to_be_visible(timeout=PATIENCE)

    def write_words_down(self) -> None:
        """Write the words on paper."""
        self.page.get_by_role("button", name="Begin").click()
        self.paper = self.page.locator(".words li").all_text_contents()
        self.page.get_by_role("button", name="I have written it down").click()

    def type_two_words(self, paper: list[str]) -> None:
        """Type the two words that are asked for."""
        for label in self.page.locator("label").all_text_contents():
            number = int(re.sub(r"\D", "", label))
            self.page.get_by_label(label).fill(f" {paper[number - 1].upper()} ")
        self.page.get_by_role("button", name="Go on").click()

    def code(self) -> str:
        """Read six digits off the phone."""
        return totp_code(self.totp_key, self.desk.network.runtime.clock.now())

    def set_up_phone(self) -> None:
        """Type the key into the phone and the phone's digits into the page."""
        self.page.get_by_text("I can't scan it").click()
        self.totp_key = (self.page.locator(".key").text_content() or "").replace(" ", "")
        self.page.get_by_label("Six digits from your app").fill(self.code())
        self.page.get_by_role("button", name="Make my account").click()
        expect(self.page.get_by_role("heading", name="Your account is ready")).to_be_visible(timeout=PATIENCE)

    def enrol(self) -> None:
        """Go the whole way."""
        self.open()
        self.write_words_down()
        self.type_two_words(self.paper)
        self.set_up_phone()

    def sign_in(self) -> None:
        """Sign in from paper and phone."""
        self.page.goto(f"{self.desk.address}/desk/")
        self.page.get_by_label("E-mail address").fill(self.email)
        self.page.get_by_label("Passphrase", exact=True).fill("  ".join(self.paper).upper())
        self.page.get_by_label("Six digits from your app").fill(f"{self.code()[:3]} {self.code()[3:]}")
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page.get_by_role("heading", name="New", exact=True)).to_be_visible(timeout=PATIENCE)


def test_the_first_of_an_organization_makes_its_key_and_opens_what_is_sealed_for_it(
    browser: Browser, network: Network, clock: FixedClock
) -> None:
    with window(browser, network) as desk:
        person = Newcomer(desk, WITHOUT_KEY, "first@org07.example")
        person.enrol()
        assert len(set(person.paper)) >= 5
        desk.wait_for("You are the only one who holds it")
        for word in person.paper:
            assert not re.search(rf"\b{word}\b", desk.page.locator("main").inner_text()), "shown once"
        assert not [url for url in desk.requested if person.token in url], "the token is in no address that is sent"
        assert person.token not in desk.page.url
        clock.advance(timedelta(minutes=1))
        person.sign_in()
        network.report(Answers(locale="en", what=("housing_living",), district="5953", story=STORY))
        desk.page.reload()
        desk.page.get_by_label("Passphrase", exact=True).fill(" ".join(person.paper))
        desk.page.get_by_role("button", name="Unlock").click()
        desk.open_case()
        assert desk.page.locator(".message .text").text_content() == STORY


def test_a_second_member_is_handed_the_key_by_a_colleague_and_opens_earlier_reports(
    browser: Browser, network: Network, clock: FixedClock
) -> None:
    network.report(Answers(locale="en", what=("documents_held",), district="5907", story=STORY))
    with network.serve() as address, tabs(browser, address, network) as theirs, tabs(browser, address, network) as ours:
        newcomer = Newcomer(Window(theirs, address, network), WITH_KEY, "second@org01.example")
        newcomer.enrol()
        newcomer.desk.wait_for("a colleague who unlocks their desk is asked")
        clock.advance(timedelta(minutes=1))
        newcomer.sign_in()
        newcomer.desk.wait_for("You can't open reports yet")
        newcomer.desk.open_case()
        newcomer.desk.wait_for("It needs your organization's key number 1, which has not been handed to you.")
        assert newcomer.page.get_by_role("button", name="Acknowledge").is_visible()

        colleague = Window(ours, address, network)
        colleague.open_desk(WITH_KEY)
        colleague.wait_for("1 colleague waits for your organization's key.")
        colleague.page.get_by_role("button", name="Hand the key on second@org01.example").click()
        colleague.wait_for("The key was handed on.")
        assert colleague.page.get_by_text("waits for your organization's key").count() == 0

        newcomer.page.get_by_role("button", name="Lock", exact=True).click()
        newcomer.page.get_by_label("Passphrase", exact=True).fill(" ".join(newcomer.paper))
        newcomer.page.get_by_role("button", name="Unlock").click()
        expect(newcomer.page.locator(".message .text")).to_have_text(STORY, timeout=PATIENCE)
        assert newcomer.desk.complaints == colleague.complaints == []


def test_who_wrote_the_words_down_wrongly_notices(browser: Browser, network: Network) -> None:
    with window(browser, network) as desk:
        person = Newcomer(desk, WITHOUT_KEY, "first@org07.example")
        person.open()
        person.write_words_down()
        person.type_two_words(["wrong"] * 6)
        desk.wait_for("That is not what was shown.")
        desk.page.get_by_role("button", name="Show the words again").click()
        assert desk.page.locator(".words li").all_text_contents() == person.paper
        desk.page.get_by_role("button", name="I have written it down").click()
        person.type_two_words(person.paper)
        desk.wait_for("Your phone as a second key")


def test_wrong_digits_are_told_and_the_keys_are_kept_for_the_next_try(browser: Browser, network: Network) -> None:
    with window(browser, network) as desk:
        person = Newcomer(desk, WITHOUT_KEY, "first@org07.example")
        person.open()
        person.write_words_down()
        person.type_two_words(person.paper)
        desk.page.get_by_label("Six digits from your app").fill("000 000")
        desk.page.get_by_role("button", name="Make my account").click()
        desk.wait_for("The six digits are wrong or were used before.")
        assert desk.page.get_by_label("Six digits from your app").input_value() == ""
        person.set_up_phone()


@pytest.mark.parametrize("fragment", ["", "#", "#not-a-token", "#" + "A" * 43])
def test_a_link_that_is_good_for_nothing_says_so(browser: Browser, network: Network, fragment: str) -> None:
    with window(browser, network) as desk:
        desk.page.goto(f"{desk.address}/desk/enrol{fragment}")
        desk.wait_for("This invitation can't be used")
        desk.wait_for("ask who invited you for a new one")


def test_an_invitation_that_was_used_says_so_and_a_language_does_not_lose_it(
    browser: Browser, network: Network
) -> None:
    with window(browser, network) as desk:
        person = Newcomer(desk, WITHOUT_KEY, "first@org07.example")
        person.open()
        desk.page.get_by_role("link", name="Français").click()
        expect(desk.page.locator("html[lang=fr] [data-part=email]")).to_have_text(person.email, timeout=PATIENCE)
        assert person.token not in desk.page.url
        desk.page.get_by_role("link", name="English").click()
        person.enrol()
        desk.page.goto(f"{desk.address}/desk/enrol#{person.token}")
        desk.wait_for("This invitation can't be used")
        assert not [url for url in desk.requested if person.token in url]


def test_nothing_of_enrolling_is_kept_in_the_browser(browser: Browser, network: Network) -> None:
    with window(browser, network) as desk:
        Newcomer(desk, WITHOUT_KEY, "first@org07.example").enrol()
        kept = desk.page.evaluate(
            """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, await indexedDB.databases(),
                await caches.keys(), history.state])"""
        )
        assert json.loads(kept) == [{}, {}, [], [], None]
