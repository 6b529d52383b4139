"""The desk locks: by itself, by hand, in every tab at once. Then no key and no text is left in the page."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from intake.answers import Answers
from service.runtime import Runtime
from tests.browser.desk_window import PATIENCE, Window, tabs, window, with_idle_seconds
from tests.network import Network, plant

STORY = "CANARYSTORY they keep my passport"
DRAFT = "CANARYDRAFT we can meet"
HOLDER = "org01"


@pytest.fixture
def network(sqlite_runtime: Runtime) -> Network:
    """A small network with one report at HOLDER's desk."""
    planted = plant(sqlite_runtime)
    planted.report(Answers(locale="en", what=("documents_held",), district="5907", story=STORY))
    return planted


@contextmanager
def two_tabs(browser: Browser, network: Network) -> Iterator[tuple[Window, Window]]:
    """Give two open desks of one caseworker in one browser."""
    with network.serve() as address, tabs(browser, address, network) as context:
        first = Window(context, address, network)
        first.open_desk(HOLDER)
        second = Window(context, address, network)
        second.page.goto(f"{address}/desk/")
        second.unlock(HOLDER)
        expect(second.page.locator(".row")).to_have_count(1, timeout=PATIENCE)
        yield first, second
        assert first.complaints == second.complaints == []


def write_draft(desk: Window) -> None:
    """Open the case and begin to write a note."""
    desk.open_case()
    desk.page.keyboard.press("n")
    desk.page.keyboard.type(DRAFT)
    assert desk.holds(STORY)
    assert desk.holds(DRAFT)


def heap_holds(page: Page, text: str) -> bool:
    """Say whether a text is anywhere among what the page's scripts and document still reach."""
    session = page.context.new_cdp_session(page)
    pieces: list[str] = []
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: pieces.append(event["chunk"]))
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    session.detach()
    return any(text in string for string in json.loads("".join(pieces))["strings"])


def test_an_idle_desk_warns_locks_and_forgets_keys_and_texts(browser: Browser, network: Network) -> None:
    with window(browser, with_idle_seconds(network, 8)) as desk:
        desk.open_desk(HOLDER)
        write_draft(desk)
        assert heap_holds(desk.page, STORY), "this looks where texts are"
        notice = desk.page.get_by_role("dialog", name="Still there?")
        expect(notice).to_be_visible(timeout=PATIENCE)
        desk.wait_for_lock()
        expect(notice).to_be_hidden()
        for text in (STORY, DRAFT):
            assert not desk.holds(text)
            assert not heap_holds(desk.page, text)
        desk.page.get_by_label("Passphrase", exact=True).fill("six words that are not the right")
        desk.page.get_by_role("button", name="Unlock").click()
        desk.wait_for("The passphrase does not open your keys.")
        desk.unlock(HOLDER)
        expect(desk.page.locator(".message .text")).to_have_text(STORY, timeout=PATIENCE)
        desk.page.keyboard.press("n")
        expect(desk.page.get_by_label("Note")).to_have_value("")


def test_whoever_is_still_there_stays(browser: Browser, network: Network) -> None:
    with window(browser, with_idle_seconds(network, 8)) as desk:
        desk.open_desk(HOLDER)
        write_draft(desk)
        desk.page.get_by_role("button", name="Stay").click()
        expect(desk.page.get_by_role("dialog", name="Still there?")).to_be_hidden()
        desk.page.wait_for_timeout(3000)
        assert desk.holds(DRAFT)
        desk.page.get_by_role("button", name="Lock now").click()
        desk.wait_for_lock()
        assert not desk.holds(DRAFT)


@pytest.mark.parametrize("way", ["button", "Alt+l", "another site"])
def test_a_desk_is_locked_by_hand_and_by_leaving_it(browser: Browser, network: Network, way: str) -> None:
    with window(browser, network) as desk:
        desk.open_desk(HOLDER)
        write_draft(desk)
        desk.page.on("dialog", lambda dialog: dialog.accept())
        if way == "button":
            desk.page.get_by_role("button", name="Lock", exact=True).click()
        elif way == "another site":
            desk.page.goto(f"{desk.address}/desk/static/icon.svg")
            desk.page.go_back()
        else:
            desk.page.keyboard.press(way)
        desk.wait_for_lock()
        assert not desk.holds("CANARY")
        assert "CANARY" not in desk.page.title()


def test_nothing_is_kept_in_the_browser(browser: Browser, network: Network) -> None:
    with window(browser, network) as desk:
        desk.open_desk(HOLDER)
        write_draft(desk)
        kept = desk.page.evaluate(
            """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, await indexedDB.databases(),
                await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length, document.cookie])"""
        )
        assert json.loads(kept) == [{}, {}, [], [], 0, ""]
        names = {(cookie["name"], cookie["httpOnly"], cookie["path"]) for cookie in desk.page.context.cookies()}
        assert names == {("desk", True, "/desk"), ("desk_csrf", True, "/desk")}


def test_a_lock_in_one_tab_locks_the_other(browser: Browser, network: Network) -> None:
    with two_tabs(browser, network) as (first, second):
        write_draft(first)
        second.page.get_by_role("button", name="Lock", exact=True).click()
        for tab in (first, second):
            tab.wait_for_lock()
            assert not tab.holds("CANARY")


def test_signing_out_in_one_tab_signs_the_other_out_and_in_again(browser: Browser, network: Network) -> None:
    with two_tabs(browser, network) as (first, second):
        write_draft(first)
        second.page.get_by_role("button", name="Sign out").click()
        for tab in (first, second):
            expect(tab.page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=PATIENCE)
            assert not tab.holds("CANARY")
            assert tab.network.accounts[HOLDER].email not in tab.page.content()
        second.open_desk(HOLDER)
        first.wait_for_lock()


def test_a_case_that_changed_in_one_tab_changes_in_the_other_and_keeps_what_is_written(
    browser: Browser, network: Network
) -> None:
    with two_tabs(browser, network) as (first, second):
        write_draft(first)
        second.open_case()
        second.page.keyboard.press("t")
        second.wait_for("The case is yours.")
        expect(first.page.locator("[data-part=holder]")).to_have_text("You", timeout=PATIENCE)
        expect(first.page.get_by_label("Note")).to_have_value(DRAFT)
        expect(first.page.get_by_label("Note")).to_be_focused()
        assert first.page.get_by_role("button", name="Take the case").is_hidden()


def test_work_in_one_tab_keeps_the_other_open(browser: Browser, network: Network) -> None:
    with two_tabs(browser, with_idle_seconds(network, 12)) as (first, second):
        write_draft(first)
        for _ in range(8):
            second.page.bring_to_front()
            second.page.keyboard.press("k")
            second.page.wait_for_timeout(2000)
        assert first.holds(DRAFT)
        assert first.page.get_by_role("heading", name="The desk is locked").count() == 0


@pytest.mark.parametrize(
    ("email", "passphrase"), [("demo@org01.example", "not the words"), ("nobody@org01.example", "not the words")]
)
def test_a_wrong_passphrase_and_an_unknown_address_are_told_alike(
    browser: Browser, network: Network, email: str, passphrase: str
) -> None:
    with window(browser, network) as desk:
        desk.page.goto(f"{desk.address}/desk/")
        desk.page.get_by_label("E-mail address").fill(email)
        desk.page.get_by_label("Passphrase", exact=True).fill(passphrase)
        desk.page.get_by_role("button", name="Sign in", exact=True).click()
        desk.wait_for("That did not work. Check the address, the passphrase and the six digits; each code works once.")
        expect(desk.page.get_by_label("Passphrase", exact=True)).to_be_focused()


@pytest.mark.parametrize("email", ["demo@org01.example", "nobody@org01.example"])
def test_what_cannot_be_a_passphrase_is_a_wrong_one(browser: Browser, network: Network, email: str) -> None:
    # Two hundred characters that the protocol writes out as several thousand bytes.
    with window(browser, network) as desk:
        desk.page.goto(f"{desk.address}/desk/")
        desk.page.get_by_label("E-mail address").fill(email)
        desk.page.get_by_label("Passphrase", exact=True).fill("\ufdfa" * 200)
        desk.page.get_by_role("button", name="Sign in", exact=True).click()
        desk.wait_for("The passphrase does not open your keys.")
        expect(desk.page.get_by_label("Passphrase", exact=True)).to_be_focused()
