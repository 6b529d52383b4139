"""The worker's pages in Chromium with scripts: the fast way out, nothing left for Back, and Send without a network."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from intake.web import pages
from service.runtime import Runtime
from tests.browser.plain_chromium import PlainChromium, plain_chromium
from tests.browser.worker_phone import Phone, phone, press
from tests.conftest import cannot_run
from tests.integration.office import ASKS_IN_SPANISH
from tests.integration.worker_client import count
from tests.network import Network, plant
from translations.locales import locale

BLANK = "document.body === null"
NEUTRAL = locale("en").elsewhere


@pytest.fixture
def network(sqlite_runtime: Runtime) -> Network:
    if not pages.script("form"):
        cannot_run("the browser code is not built: `make test` builds it")
    return plant(sqlite_runtime)


@contextmanager
def smart_phone(browser: Browser, address: str) -> Iterator[Phone]:
    """Open a phone with scripts. The neutral page is answered here: a test opens nobody's site."""
    with phone(browser, address, java_script_enabled=True) as worker:
        worker.page.route(NEUTRAL, lambda route: route.fulfill(body="<title>Encyclopedia</title>"))
        yield worker


def visited(page: Page) -> list[str]:
    """List the addresses in the window's history, what lies ahead too."""
    session = page.context.new_cdp_session(page)
    entries = session.send("Page.getNavigationHistory")["entries"]
    return [entry["url"] for entry in entries]


def write(worker: Phone, address: str) -> None:
    """Go four questions far and write something."""
    worker.go("/en/")
    for step in range(1, 5):
        worker.page.locator("section:visible a.go").click()
        worker.page.wait_for_function(f"history.state === {step}")
    worker.page.evaluate("location.hash = 'q6'")
    worker.page.get_by_label("What happened?").fill("kept")


def test_the_way_out_replaces_every_step_in_the_history(browser: Browser, address: str) -> None:
    with smart_phone(browser, address) as worker:
        worker.go("/en/help")
        write(worker, address)
        worker.page.locator("a.exit").click()
        worker.page.wait_for_url(NEUTRAL)
        history = visited(worker.page)
        assert NEUTRAL in history
        assert not [url for url in history if url.rstrip("/").endswith("/en") or "#" in url], history
        worker.page.go_back()
        assert "/en/help" in worker.page.url
        assert worker.complaints == []


def test_from_a_page_without_steps_the_way_out_takes_its_place(browser: Browser, address: str) -> None:
    with smart_phone(browser, address) as worker:
        worker.go("/en/return")
        worker.page.locator("a.exit").click()
        worker.page.wait_for_url(NEUTRAL)
        assert not [url for url in visited(worker.page) if "/return" in url]


def test_the_page_is_blank_at_once_even_without_a_network(browser: Browser, address: str) -> None:
    with smart_phone(browser, address) as worker:
        page = worker.page
        write(worker, address)
        page.context.set_offline(True)
        # Read in the same task as the click, so before anything was asked of a network or of the clock.
        left = page.evaluate(f"() => {{ document.querySelector('a.exit').click(); return {BLANK} }}")
        assert left


def test_three_times_shift_leaves_and_capitals_of_a_name_do_not(browser: Browser, address: str) -> None:
    with smart_phone(browser, address) as worker:
        page = worker.page
        worker.go("/en/#q7")
        page.get_by_label("Farm, company or contractor").focus()
        for letter in "ABCD":
            page.keyboard.press(f"Shift+{letter}")
        assert page.get_by_label("Farm, company or contractor").input_value() == "ABCD"
        for _ in range(2):
            page.keyboard.press("Shift")
        page.keyboard.press("a")
        page.keyboard.press("Shift")
        assert not page.evaluate(BLANK)
        for _ in range(2):
            page.keyboard.press("Shift")
        page.wait_for_url(NEUTRAL)


def test_whoever_comes_back_finds_an_empty_form(browser: Browser, address: str) -> None:
    with smart_phone(browser, address) as worker:
        page = worker.page
        write(worker, address)
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        assert page.get_by_label("What happened?").input_value() == ""
        page.get_by_label("What happened?").fill("again")
        press(page.locator("footer").get_by_text("Your rights"))
        page.go_back()
        assert page.locator("#story").input_value() == ""


def test_a_page_kept_for_back_is_blanked_and_asked_for_again(browser: Browser, address: str) -> None:
    with smart_phone(browser, address) as worker:
        worker.go("/en/#q6")
        worker.page.get_by_label("What happened?").fill("kept")
        with worker.page.expect_navigation(wait_until="load"):
            blank = worker.page.evaluate(
                f"() => {{ dispatchEvent(new PageTransitionEvent('pageshow', {{persisted: true}})); return {BLANK} }}"
            )
        assert blank
        assert worker.page.locator("#story").input_value() == ""


def test_a_form_that_came_back_filled_in_is_emptied_too(browser: Browser, address: str) -> None:
    told = "[...new FormData(document.querySelector('form'))].filter(([, value]) => typeof value === 'string' && value)"
    names = f"{told}.map(([name]) => name).sort()"
    with smart_phone(browser, address) as worker:
        page = worker.page
        worker.go("/en/#all")
        page.locator("#what").check()
        page.locator("#place").fill("Hamilton")
        press(page.get_by_role("button", name="Send"))
        page.locator("#region").select_option(index=1)
        page.locator("#district").select_option(index=1)
        page.locator("#story").fill("x" * 10_001)
        press(page.get_by_role("button", name="Send"))
        kept = ["asked_place", "district", "form", "place", "region", "story", "what", "wording"]
        assert page.evaluate(names) == kept
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        assert page.evaluate(names) == ["form", "wording"]


def test_send_without_a_network_keeps_the_words_and_says_so(browser: Browser, network: Network, address: str) -> None:
    with smart_phone(browser, address) as worker:
        page = worker.page
        worker.go("/en/#q6")
        page.get_by_label("What happened?").fill("kept")
        page.evaluate("location.hash = 'q11'")
        page.context.set_offline(True)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("There is no internet now.")).to_be_visible()
        assert page.locator("#story").input_value() == "kept"
        page.context.set_offline(False)
        expect(page.get_by_text("There is no internet now.")).to_be_hidden()
        press(page.get_by_role("button", name="Send"))
        expect(page.locator(".k")).to_be_visible()


def open_replies(worker: Phone, receipt: str) -> None:
    worker.go("/en/return")
    worker.page.locator("#number").fill(receipt)
    press(worker.page.get_by_role("button", name="Open"))


class FailingLine:
    """A line in front of an app. While it is cut, what is sent arrives, and the answer is lost on its way back."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.cut = False

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._app(environ, start_response)
        if self.cut:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return answer


@pytest.fixture
def line(network: Network) -> FailingLine:
    """Put a line that can fail between the browser and the network."""
    line = FailingLine(network.app.wsgi_app)
    network.app.wsgi_app = line  # type: ignore[method-assign]
    return line


def fail_to_send(window: PlainChromium, line: FailingLine, button: str) -> None:
    """Press a button while the line fails, and see the browser's own page about it."""
    line.cut = True
    window.click(button)
    window.wait_for("location.protocol === 'chrome-error:'")
    line.cut = False


def fail_to_send_a_report(window: PlainChromium, line: FailingLine, address: str) -> None:
    window.go(f"{address}/en/#q6")
    window.fill("#story", "kept")
    window.go(f"{address}/en/#q11")
    fail_to_send(window, line, "form button:enabled")


def test_a_report_that_the_line_lost_is_there_again_at_back_and_sent_once(
    chromium: Path, network: Network, line: FailingLine, address: str, tmp_path: Path
) -> None:
    with plain_chromium(chromium, tmp_path / "profile", scripts=True) as window:
        fail_to_send_a_report(window, line, address)
        window.back()
        assert window.evaluate("document.querySelector('#story').value") == "kept"
        assert window.evaluate("document.querySelector('#sending').hidden")
        window.click("form button:enabled")
        window.wait_for("document.querySelector('.k')")
        window.back()
        assert window.evaluate("document.querySelector('#story').value") == ""
    assert count(network.runtime, "case") == 1


def test_a_message_that_the_line_lost_is_there_again_at_back_and_sent_once(
    chromium: Path, network: Network, line: FailingLine, address: str, tmp_path: Path
) -> None:
    receipt = network.report(ASKS_IN_SPANISH).receipt
    with plain_chromium(chromium, tmp_path / "profile", scripts=True) as window:
        window.go(f"{address}/en/return")
        window.fill("#number", receipt)
        window.click("form button:enabled")
        window.wait_for("document.querySelector('#text')")
        window.fill("#text", "kept")
        fail_to_send(window, line, "form[enctype] button")
        window.back()
        assert window.evaluate("document.querySelector('#text').value") == "kept"
        window.click("form[enctype] button")
        window.wait_for("document.querySelector('main > [role=status]')")
        assert window.evaluate("document.querySelector('#text').value") == ""
    assert count(network.runtime, "message") == 2


def test_what_the_line_lost_is_gone_for_whoever_comes_back_from_elsewhere(
    chromium: Path, line: FailingLine, address: str, tmp_path: Path
) -> None:
    with plain_chromium(chromium, tmp_path / "profile", scripts=True) as window:
        fail_to_send_a_report(window, line, address)
        window.go("about:blank")
        history = window.call("Page.getNavigationHistory")["entries"]
        (form,) = [entry["id"] for entry in history if entry["url"].endswith("#q11")]
        window.call("Page.navigateToHistoryEntry", entryId=form)
        window.wait_for("document.querySelector('#story')")
        window.wait_for("document.querySelector('#story').value === ''")


def test_enter_goes_on_and_never_sends(browser: Browser, address: str) -> None:
    for scripts in (True, False):
        with phone(browser, address, java_script_enabled=scripts) as worker:
            page = worker.page
            worker.go("/en/#q5")
            page.get_by_label("Nearest town").fill("Oliver")
            page.get_by_label("Nearest town").press("Enter")
            if scripts:
                expect(page.get_by_label("What happened?")).to_be_visible()
            assert [request.method for request in worker.requests if request.method == "POST"] == []
            assert page.locator("#place").input_value() == "Oliver"


def test_nothing_is_kept_in_the_browser(browser: Browser, address: str) -> None:
    with smart_phone(browser, address) as worker:
        write(worker, address)
        session = worker.page.context.new_cdp_session(worker.page)
        usage = session.send("Storage.getUsageAndQuota", {"origin": address})
        assert usage["usage"] == 0
        assert worker.page.context.cookies() == []
        assert worker.asked_only_us()
        assert worker.complaints == []


def test_with_scripts_a_browser_without_has_shows_one_question_at_a_time_too(browser: Browser, address: str) -> None:
    """Chromium knows the selector, so what asks for it is made to ask for one that nobody knows."""
    with phone(browser, address, java_script_enabled=True, bypass_csp=True) as worker:
        page = worker.page

        def without_has(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text().replace("selector(:has(a))", "selector(:nobody(a))"))

        page.route(f"{address}/en/", without_has)
        worker.go("/en/")
        assert shown_questions(page) == ["q0"]
        page.locator("section:visible a.go").click()
        assert shown_questions(page) == ["q1"]
        assert page.evaluate("document.activeElement.id") == "q1"
        page.get_by_label("Me", exact=True).check()
        page.locator("section:visible").get_by_text("Go to Send").click()
        assert shown_questions(page) == ["q11"]
        page.get_by_text("See all my answers").click()
        assert shown_questions(page) == [f"q{number}" for number in range(1, 12)]
        assert page.get_by_label("Me", exact=True).is_checked()
        page.go_back()
        assert shown_questions(page) == ["q11"]
        press(page.get_by_role("button", name="Send"))
        expect(page.locator(".k")).to_be_visible()


def shown_questions(page: Page) -> list[str]:
    """Name the questions that are on the screen."""
    return [str(one.get_attribute("id")) for one in page.locator("section.s h2").all() if one.is_visible()]
