"""A caseworker at the desk in Chromium, for tests: what they see and press, and whether the browser complained."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.network import Network

# Deriving a key takes about a second, and several on a machine that does much else.
PATIENCE = 60_000
# Chromium does not know all the features that a page may forbid; that is not a fault of the page.
_HARMLESS = "Permissions-Policy header"


def with_idle_seconds(network: Network, seconds: int) -> Network:
    """Give the same network with desks that lock sooner."""
    runtime = network.runtime
    return Network(replace(runtime, settings=replace(runtime.settings, desk_idle_seconds=seconds)), network.accounts)


class Window:
    """One tab."""

    def __init__(self, context: BrowserContext, address: str, network: Network) -> None:
        self.page: Page = context.new_page()
        self.address = address
        self.network = network
        self.complaints: list[str] = []
        self.requested: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.page.set_default_timeout(PATIENCE)

    def _note(self, message: ConsoleMessage) -> None:
        # A refused request is the test's own doing; a policy's refusal never is.
        told = message.text
        if message.type in ("error", "warning") and "Failed to load resource" not in told and _HARMLESS not in told:
            self.complaints.append(told)

    def sign_in(self, key: str, *, passphrase: str | None = None) -> None:
        """Sign in as the caseworker of an organization."""
        account = self.network.accounts[key]
        self.page.goto(f"{self.address}/desk/")
        self.page.get_by_label("E-mail address").fill(account.email)
        self.page.get_by_label("Passphrase", exact=True).fill(passphrase or account.passphrase)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def open_desk(self, key: str) -> None:
        """Sign in and wait for the queue."""
        self.sign_in(key)
        expect(self.page.get_by_role("heading", name="New", exact=True)).to_be_visible(timeout=PATIENCE)

    def open_case(self) -> None:
        """Open the first case of the queue and wait for its text."""
        self.page.locator(".row a").first.click()
        expect(self.page.locator(".message").first).to_be_visible(timeout=PATIENCE)

    def unlock(self, key: str) -> None:
        """Type the passphrase into a locked desk."""
        expect(self.page.get_by_role("heading", name="The desk is locked")).to_be_visible(timeout=PATIENCE)
        self.page.get_by_label("Passphrase", exact=True).fill(self.network.accounts[key].passphrase)
        self.page.get_by_role("button", name="Unlock").click()

    def wait_for_lock(self) -> None:
        """Wait until the desk is locked."""
        expect(self.page.get_by_role("heading", name="The desk is locked")).to_be_visible(timeout=PATIENCE)

    def wait_for(self, text: str) -> None:
        """Wait until a text stands on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)

    def holds(self, text: str) -> bool:
        """Say whether a text is anywhere in the page's document, its fields or its title."""
        inside: bool = self.page.evaluate(
            """text => document.documentElement.outerHTML.includes(text) || document.title.includes(text)
                || [...document.querySelectorAll('input, textarea')].some(field => field.value.includes(text))""",
            text,
        )
        return inside


@contextmanager
def window(browser: Browser, network: Network, **options: Any) -> Iterator[Window]:
    """Serve a network and give one tab of a fresh browser at its desk. The browser must not complain of anything."""
    with network.serve() as address, tabs(browser, address, network, **options) as context:
        opened = Window(context, address, network)
        yield opened
        assert opened.complaints == []


@contextmanager
def tabs(browser: Browser, address: str, network: Network, **options: Any) -> Iterator[BrowserContext]:
    """Give a fresh browser: tabs of it share cookies and hear each other."""
    context = browser.new_context(base_url=address, **options)
    try:
        yield context
    finally:
        context.close()
