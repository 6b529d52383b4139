"""A slow line and an impatient thumb: what a report costs in bytes and requests, and Send pressed twice."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.worker_phone import phone, press
from tests.integration.worker_client import count
from tests.network import Network
from translations.locales import form_locales

KBIT = 1000 / 8
# An old phone at the edge of a cell, and one that is slower still.
SLOW, SLOWEST = 280 * KBIT, 50 * KBIT
DELAY_SECONDS = 0.8
# Before a first page: DNS, TCP and TLS, which an emulated line leaves out, and the request itself.
ROUND_TRIPS = 4
FORM_BYTES, FORM_SECONDS, FORM_SECONDS_SLOWEST = 14 * 1024, 5, 6
REPORT_REQUESTS, REPORT_BYTES = 3, 40 * 1024


class Meter:
    """What goes over a page's line: bytes of each answer, headers too, as they came."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.answers: list[int] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": DELAY_SECONDS * 1000, "downloadThroughput": SLOW, "uploadThroughput": SLOW},
        )
        session.on("Network.loadingFinished", lambda event: self.answers.append(event["encodedDataLength"]))
        session.on("Network.requestWillBeSent", self._note_redirect)

    def _note_redirect(self, event: dict[str, Any]) -> None:
        if "redirectResponse" in event:
            self.answers.append(event["redirectResponse"]["encodedDataLength"])

    def after(self, answers: int) -> int:
        """Wait until so many answers have come whole, and give the bytes of all of them."""
        for _ in range(200):
            if len(self.answers) >= answers:
                break
            self._page.wait_for_timeout(50)
        assert len(self.answers) == answers
        return sum(self.answers)


@pytest.mark.parametrize("code", [one.code for one in form_locales()])
def test_a_form_is_whole_in_five_seconds_on_a_slow_line_and_a_report_in_three_requests(
    browser: Browser, address: str, code: str
) -> None:
    with phone(browser, address) as worker:
        page = worker.page
        line = Meter(page)
        worker.go(f"/{code}/")
        form = line.after(1)
        assert form <= FORM_BYTES
        # The seconds are those of the line, told by its bytes: a machine's own would be another each time.
        assert ROUND_TRIPS * DELAY_SECONDS + form / SLOW <= FORM_SECONDS
        assert ROUND_TRIPS * DELAY_SECONDS + form / SLOWEST <= FORM_SECONDS_SLOWEST
        page.locator("section:visible a.go").first.click()
        page.evaluate("location.hash = 'q6'")
        page.locator("#story").fill("x" * 500)
        page.evaluate("location.hash = 'q11'")
        press(page.locator("section:visible button"))
        expect(page.locator(".k")).to_be_visible()
        asked = [request for request in worker.requests if not request.url.startswith("data:")]
        assert len(asked) == REPORT_REQUESTS
        sent = sum(len(request.post_data_buffer or b"") for request in asked)
        headers = sum(len(f"{name}: {value}") + 2 for request in asked for name, value in request.headers.items())
        assert line.after(REPORT_REQUESTS) + sent + headers <= REPORT_BYTES


@pytest.mark.parametrize("scripts", [False, True])
def test_send_pressed_twice_is_one_report_with_one_number(
    browser: Browser, network: Network, address: str, scripts: bool
) -> None:
    with phone(browser, address, java_script_enabled=scripts) as worker:
        page = worker.page
        worker.go("/en/#q6")
        page.locator("#story").fill("once")
        page.evaluate("location.hash = 'q11'")
        page.get_by_role("button", name="Send").dblclick(no_wait_after=True)
        expect(page.locator(".k")).to_be_visible()
        shown = page.locator(".k").inner_text()
        page.reload()
        assert page.locator(".k").inner_text() == shown
    assert count(network.runtime, "case") == 1


def test_the_number_is_copied_as_digits_and_spaces(browser: Browser, address: str) -> None:
    codes = [one.code for one in form_locales() if one.direction == "rtl"] or ["en"]
    with phone(browser, address) as worker:
        page = worker.page
        worker.go(f"/{codes[0]}/#q6")
        page.locator("#story").fill("x")
        page.evaluate("location.hash = 'q11'")
        press(page.locator("section:visible button"))
        copied = page.evaluate(
            "(getSelection().selectAllChildren(document.querySelector('.k')), getSelection().toString())"
        )
        assert re.fullmatch(r"(\d{4}\s*){5}", copied, flags=re.ASCII), ascii(copied)
