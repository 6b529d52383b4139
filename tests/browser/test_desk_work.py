"""A caseworker's work at the desk, in Chromium, on sealed reports: reading, answering, noting, declining, closing."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from intake import mailbox
from intake.answers import Answers
from referrals.caseworkers.models import DeskSession
from referrals.models import Case, Message, Referral
from service.runtime import Runtime
from tests.browser.desk_window import PATIENCE, window
from tests.network import Network, plant

STORY = "CANARY <img src=x onerror=alert(1)> They keep my passport & “no pay”. ਮੇਰਾ ਪਾਸਪੋਰਟ"
REPORT = Answers(
    locale="es",
    about="other_unaware",
    what=("documents_held",),
    district="5907",
    story=STORY,
    employer="CANARY farm",
    must_not_know=("boss", "other"),
    must_not_know_other="my cousin",
    answer_by="phone",
    reach_number="604 555 0134",
    reach_hours=("sunday",),
    pass_on="yes",
)
HOLDER = "org01"
ANSWER = "CANARY answer: we can meet on Sunday."
NOTE = "CANARY note: call the clinic."


@dataclass(frozen=True)
class Told:
    """A network in which one report has arrived at HOLDER's desk."""

    network: Network
    receipt: str

    def status(self) -> str:
        """Read how far HOLDER's referral is."""
        with self.network.runtime.database.session() as session:
            chosen = Referral.organization_id == self.network.organization_id(HOLDER)
            return session.scalars(select(Referral.status).where(chosen)).one()

    def answers(self) -> list[tuple[str, str, bool]]:
        """Read what the worker reads with their receipt."""
        found = mailbox.read(self.network.intake, self.receipt).answers
        return [(answer.text, answer.lang, answer.genuine) for answer in found]

    def write(self, text: str) -> None:
        """Write more as the worker."""
        mailbox.write(self.network.intake, self.receipt, text, "es")


@pytest.fixture
def told(sqlite_runtime: Runtime) -> Told:
    """A small network with one report."""
    network = plant(sqlite_runtime)
    return Told(network, network.report(REPORT).receipt)


def test_a_report_is_shown_as_text_and_in_words_with_what_keeps_its_worker_safe_first(
    browser: Browser, told: Told
) -> None:
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        page = desk.page
        assert page.locator(".message .text").text_content() == STORY
        assert page.locator(".message img").count() == 0
        answers = page.locator(".answers").inner_text()
        for words in (
            "Passport, permit, bank card or phone held",
            "Okanagan-Similkameen",
            "CANARY farm",
            "604 555 0134",
        ):
            assert words in answers
        safety = page.locator(".safety").inner_text()
        for words in ("does not know that this was sent", "The boss", "my cousin", "By phone", "Sunday"):
            assert words in safety
        # It stands above everything that would reach the worker.
        assert page.locator(".actions > *").nth(1).get_attribute("data-part") == "safety"
        assert "CANARY" not in page.url + page.title()
        assert not [url for url in desk.requested if not url.startswith(desk.address)]


def test_a_case_goes_its_way_by_keyboard_alone(browser: Browser, told: Told) -> None:
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        page, press = desk.page, desk.page.keyboard.press
        press("?")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        press("Escape")
        press("j")
        press("Enter")
        expect(page.locator(".message").first).to_be_visible(timeout=PATIENCE)
        press("a")
        expect(page.locator("[data-part=done]")).to_be_focused()
        desk.wait_for("Acknowledged. The worker sees that a person has read it.")
        press("t")
        desk.wait_for("The case is yours.")
        press("r")
        page.keyboard.type(ANSWER)
        press("Control+Enter")
        desk.wait_for("Sent. The worker reads it with their receipt.")
        press("n")
        page.keyboard.type(NOTE)
        press("Control+Enter")
        desk.wait_for("The note is kept.")
        expect(page.locator(".message .text")).to_have_text([STORY, ANSWER, NOTE])
        press("c")
        press("Space")
        press("Enter")
        desk.wait_for("Closed. The worker can still write.")
        press("u")
        press("5")
        expect(page.locator(".row")).to_have_count(1)
        assert desk.requested.count(f"{desk.address}/desk/") == 1, "one document from first to last"
    assert told.status() == "closed"
    assert told.answers() == [(ANSWER, "es", True)]


def test_single_letters_can_be_turned_off(browser: Browser, told: Told) -> None:
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        desk.page.get_by_role("button", name="Keyboard").click()
        desk.page.get_by_label("Single letters work as shortcuts").uncheck()
        desk.page.get_by_role("button", name="Close this list").click()
        desk.page.keyboard.press("2")
        desk.page.keyboard.press("?")
        assert desk.page.locator("dialog[open]").count() == 0
        assert desk.page.get_by_role("heading", name="New", exact=True).is_visible()
        desk.page.keyboard.press("Alt+l")
        desk.wait_for_lock()


def test_a_declined_case_is_opened_at_the_next_desk_and_gone_from_this_one(browser: Browser, told: Told) -> None:
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        desk.page.keyboard.press("d")
        desk.page.get_by_label("We don't have the language").check()
        desk.page.get_by_role("button", name="Decline the case").click()
        desk.wait_for("Declined. The case has left your queue.")
        expect(desk.page.locator(".row")).to_have_count(0)
    following = next(key for key in ("org09", "org06") if _new(told.network, key))
    with window(browser, told.network) as desk:
        desk.open_desk(following)
        desk.open_case()
        assert desk.page.locator(".message .text").text_content() == STORY


def test_what_a_worker_writes_later_is_marked_and_signed_and_a_damaged_message_says_what_to_do(
    browser: Browser, told: Told
) -> None:
    told.write("CANARY first")
    told.write("CANARY second")
    with told.network.runtime.database.session(write=True) as session:
        damaged = session.scalars(select(Message).where(Message.position == 1)).one()
        damaged.body = damaged.body[:-1] + bytes([damaged.body[-1] ^ 1])
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        assert desk.page.get_by_text("Not opened").count() == 1
        desk.open_case()
        shown = desk.page.locator(".message")
        expect(shown).to_have_count(3)
        assert "its key is here, but what is stored is damaged" in shown.nth(1).inner_text()
        assert "Tell the network's administrator the case code and the day" in shown.nth(1).inner_text()
        assert "CANARY second" in shown.nth(2).inner_text()
        assert shown.nth(2).locator(".notice:visible").count() == 0
        desk.page.get_by_role("link", name="Back to the queue").click()
        expect(desk.page.locator(".row")).to_have_count(1)
        assert desk.page.get_by_text("Not opened").count() == 0, "it was read"


def test_where_the_queue_says_something_else_than_the_report_it_is_shown(browser: Browser, told: Told) -> None:
    with told.network.runtime.database.session(write=True) as session:
        session.execute(update(Case).values(urgency="standard", area="rd:5915"))
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        notice = desk.page.locator("[data-part=mismatch]").inner_text()
        assert "The answers make this Urgent; the queue said Standard." in notice
        assert "The worker chose Okanagan-Similkameen; the queue said" in notice


def test_a_worker_who_asked_for_no_answer_can_be_written_to_by_nobody(browser: Browser, told: Told) -> None:
    with told.network.runtime.database.session(write=True) as session:
        session.execute(update(Case).values(may_answer=False))
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        desk.page.keyboard.press("a")
        desk.wait_for("The worker asked not to be answered.")
        desk.page.keyboard.press("r")
        assert not desk.page.get_by_label("Message to the worker").is_visible()


def test_a_lost_connection_loses_no_text_and_sends_nothing_twice(browser: Browser, told: Told) -> None:
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        desk.page.keyboard.press("t")
        desk.wait_for("The case is yours.")
        desk.page.keyboard.press("r")
        desk.page.keyboard.type(ANSWER)
        # The request arrives and its answer is lost.
        desk.page.route("**/replies", lambda route: (route.fetch(), route.abort()))
        desk.page.get_by_role("button", name="Sign and send").click()
        desk.wait_for("No connection to the desk.")
        assert desk.page.get_by_label("Message to the worker").input_value() == ANSWER
        desk.page.unroute("**/replies")
        desk.page.get_by_role("button", name="Sign and send").click()
        desk.wait_for("Sent. The worker reads it with their receipt.")
    assert told.answers() == [(ANSWER, "es", True)]


def test_a_draft_survives_looking_something_up_and_a_colleague_who_was_faster(browser: Browser, told: Told) -> None:
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        page = desk.page
        page.keyboard.press("n")
        page.keyboard.type(NOTE)
        page.get_by_role("link", name="Back to the queue").click()
        expect(page.locator(".row")).to_have_count(1)
        page.go_back()
        expect(page.get_by_label("Note")).to_have_value(NOTE)
        with told.network.runtime.database.session(write=True) as session:
            session.execute(update(Referral).values(status="acknowledged").where(Referral.status == "offered"))
        page.get_by_role("button", name="Acknowledge").click()
        desk.wait_for("A colleague was faster")
        expect(page.get_by_role("button", name="Acknowledge")).to_be_hidden()
        expect(page.get_by_label("Note")).to_have_value(NOTE)


def test_a_session_that_ended_leads_to_the_door_and_takes_the_text_along(browser: Browser, told: Told) -> None:
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        desk.open_case()
        with told.network.runtime.database.session(write=True) as session:
            for row in session.scalars(select(DeskSession)):
                session.delete(row)
        desk.page.get_by_role("button", name="Acknowledge").click()
        desk.wait_for("You are signed out. Sign in again.")
        assert not desk.holds("CANARY")


def test_a_case_that_is_not_here_says_so(browser: Browser, told: Told) -> None:
    with window(browser, told.network) as desk:
        desk.open_desk("org02")
        with told.network.runtime.database.session() as session:
            case_id = session.scalars(select(Case.id)).one().hex()
        desk.page.evaluate("id => { location.hash = `#/case/${id}` }", case_id)
        desk.wait_for("There is no such case at this desk.")
        desk.page.get_by_role("link", name="Back to the queue").click()
        desk.wait_for("Nothing new.")


def test_filters_stand_in_the_address_and_back_undoes_them(browser: Browser, told: Told) -> None:
    told.network.report(Answers(locale="en", what=("pay_hours",), district="5907", story="CANARY en"))
    with window(browser, told.network) as desk:
        desk.open_desk(HOLDER)
        page = desk.page
        expect(page.locator(".row")).to_have_count(2)
        page.get_by_label("Language").focus()
        # Whoever types a language's name gets that one: the list under their fingers stays the same.
        same = page.get_by_label("Language").element_handle()
        page.keyboard.press("e")
        expect(page.locator(".row")).to_have_count(1)
        assert page.evaluate("list => list.isConnected && list === document.activeElement", same)
        assert page.url.endswith("#/queue/new?language=en")
        expect(page.get_by_label("Language")).to_be_focused()
        page.get_by_label("Urgency").select_option("urgent")
        desk.wait_for("No case on this page fits the filter.")
        assert page.url.endswith("#/queue/new?urgency=urgent&language=en")
        page.go_back()
        expect(page.locator(".row")).to_have_count(1)
        page.go_back()
        expect(page.locator(".row")).to_have_count(2)
        expect(page.get_by_label("Language")).to_have_value("")


def _new(network: Network, key: str) -> bool:
    with network.runtime.database.session() as session:
        chosen = (Referral.organization_id == network.organization_id(key), Referral.view == "new")
        return session.scalar(select(Referral.id).where(*chosen)) is not None
