"""A worker's phone in Chromium without scripts, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page, Request, ViewportSize

PHONE: Final[ViewportSize] = {"width": 360, "height": 640}
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
    # Not for a navigation: with scripts, a step of the form is one too, and may be told of late.
    with control.page.expect_event("load"):
        control.click()
