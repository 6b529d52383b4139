"""A worker's phone in Chromium without scripts, and a walk through every page in every state, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page, Request

from tests.integration.office import Town

PHONE: Final = {"width": 360, "height": 640}
PATIENCE: Final = 10_000


class Phone:
    """A page on a phone without scripts, with all that it asked for and complained of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request))
        page.on("console", lambda message: self._note(message.text))

    def _note(self, text: str) -> None:
        # Chromium does not know every feature that others can be forbidden, and says so; a page not found is no fault.
        if "Permissions-Policy" not in text and "404" not in text:
            self.complaints.append(text)

    def go(self, path: str) -> None:
        """Open one of our addresses."""
        self.page.goto(f"{self.address}{path}")

    def asked_only_us(self) -> bool:
        """Say whether every request went to us."""
        return all(request.url.startswith((self.address, "data:")) for request in self.requests)


@contextmanager
def phone(browser: Browser, address: str, **options: Any) -> Iterator[Phone]:
    """Open a fresh phone for a block."""
    context = browser.new_context(**{"viewport": PHONE, "java_script_enabled": False, **options})
    try:
        context.set_default_timeout(PATIENCE)
        yield Phone(context.new_page(), address)
    finally:
        context.close()


def press(control: Locator) -> None:
    """Press a control that leads to another document, and wait for that."""
    with control.page.expect_navigation(wait_until="load"):
        control.click()


def visit_all(worker: Phone, place: Town, code: str) -> Iterator[str]:
    """Bring every page in every state onto the screen, and name each."""
    page = worker.page
    worker.go("/")
    yield "start"
    for step in ("", "#q2", "#q3", "#q5", "#q8", "#q10", "#q11", "#all"):
        worker.go(f"/{code}/{step}")
        yield f"form{step}"
    page.locator("header summary").click()
    yield "danger"
    page.locator("header summary").click()
    worker.go(f"/{code}/#q8")
    page.locator("details.d summary").click()
    yield "form, groups to leave out"
    worker.go(f"/{code}/#q11")
    press(page.locator("section:visible button"))
    yield "form, nothing told"
    page.locator("#place").fill("Hamilton")
    press(page.locator("form button:enabled"))
    yield "form, which place"
    page.locator("#story").fill("x" * 10_001)
    press(page.locator("form button:enabled"))
    yield "form, too long"
    page.locator("#story").fill("x")
    press(page.locator("form button:enabled"))
    yield "sent"
    press(page.locator("form button:enabled"))
    yield "sent, written down"
    worker.go(f"/{code}/return")
    yield "return"
    page.locator("#number").fill("1234")
    press(page.locator("form button:enabled"))
    yield "return, mistyped"
    page.locator("#number").fill("0" * 20)
    press(page.locator("form button:enabled"))
    yield "unknown"
    worker.go(f"/{code}/return")
    page.locator("#number").fill(place.submitted.receipt)
    press(page.locator("form button:enabled"))
    yield "replies"
    press(page.locator("form button:enabled").first)
    yield "replies, empty"
    press(page.locator("button[name=wish]"))
    yield "replies, no contact"
    press(page.locator("a[href$='/erase']"))
    yield "erase"
    press(page.locator("form button:enabled"))
    yield "erased"
    for path in ("rights", "employers", "help", "note/503", "nothing/here"):
        worker.go(f"/{code}/{path}")
        yield path
