"""The main job by text message, end to end, as `make run` serves it: texted, read at the desk, answered, and heard.

Nothing stands in for anything: the demo runs as a process of its own, on SQLite and on PostgreSQL. The phone is the
demo's page in a Chromium without scripts, at the size of a small phone; its texts go the way that real ones go.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

import wsgi
from intake.sms.gateways.console import Console
from service.runtime import Runtime
from tests.browser import test_journey as journey
from tests.browser.test_journey import Demo
from tests.guards.tree import ROOT
from tests.network import plant

demo = journey.demo

STORY = "CANARYTEXT no me pagan las horas y tienen mi pasaporte"
LATER = "CANARYLATER el domingo puedo"
ANSWER = "CANARYREPLY Podemos hablar el domingo. Su pasaporte es suyo."
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZE = {"width": 360, "height": 640}
PATIENCE = 60_000


class Phone:
    """A phone of the demo: what somebody types into it and reads off it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        page.goto(f"{address}/demo/phone")
        number = re.search(r"\+1604555\d{4}", page.locator("header").inner_text())
        assert number is not None
        self.number = number[0]

    def text(self, words: str) -> None:
        """Send a text."""
        self.page.get_by_label("Your text").fill(words)
        self.page.get_by_role("button", name="Send").click()
        expect(self.page.locator(".own", has_text=words).last).to_be_visible()

    def hears(self, words: str, *, at_most: int = 30) -> None:
        """Look again until a text came in with these words in it."""
        for _ in range(at_most):
            if self.page.locator(".theirs", has_text=words).count():
                return
            self.page.wait_for_timeout(1000)
            self.page.get_by_role("button", name="Look for new texts").click()
        pytest.fail(f"{words!r} is not among {self.page.locator('li').all_inner_texts()}")

    def came(self) -> int:
        """Count the texts that came in."""
        return self.page.locator(".theirs").count()


@contextmanager
def phone_page(browser: Browser, scheme: str = "light") -> Iterator[Page]:
    """Open a window of a phone's size, without scripts."""
    context = browser.new_context(
        viewport=SIZE,  # type: ignore[arg-type]
        java_script_enabled=False,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    yield context.new_page()
    context.close()


def test_a_text_is_answered_routed_read_at_the_desk_and_its_answer_heard_after_a_yes(
    demo: Demo, chromium: Path
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with phone_page(browser) as page:
            phone = Phone(page, demo.address)
            phone.text(STORY)
            tell_language_permission_and_town(phone)
            desk = browser.new_page()
            journey.sign_in(desk, demo, "demo@org01.example")
            answer_at_desk(desk)
            hear_answer_after_yes(phone)
            phone.text(LATER)
            desk.reload()
            desk.get_by_label("Passphrase", exact=True).fill(demo.passphrase("demo@org01.example"))
            desk.get_by_role("button", name="Unlock").click()
            expect(desk.locator(".message", has_text=LATER)).to_be_visible(timeout=PATIENCE)
            number = phone.number
        browser.close()
    journey.find_nothing_in_clear(demo, [STORY, LATER, ANSWER, "CANARY", number, number[2:]])


def tell_language_permission_and_town(phone: Phone) -> None:
    """Answer what the hotline asks with digits: Spanish, texts are welcome, near Oliver."""
    phone.hears("ENGLISH 8")
    phone.text("5")
    phone.text("1")
    phone.hears("2 Oliver")
    phone.text("2")
    phone.hears("911")
    assert phone.came() == 3


def answer_at_desk(desk: Page) -> None:
    """Find the case of texts, take it, and answer it."""
    row = desk.locator(".row", has_text="Text message").first
    row.locator("a").click()
    expect(desk.get_by_text(STORY)).to_be_visible(timeout=PATIENCE)
    desk.get_by_role("button", name="Acknowledge: a person has seen it").click()
    desk.get_by_role("button", name="Take the case").click()
    desk.get_by_text("Write to the worker").click()
    desk.get_by_label("Message to the worker").fill(ANSWER)
    desk.get_by_role("button", name="Sign and send").click()
    expect(desk.get_by_text("The worker is asked whether they can talk").first).to_be_visible(timeout=PATIENCE)


def hear_answer_after_yes(phone: Phone) -> None:
    """Be asked first, in the evening, and get the answer only after a yes."""
    page = phone.page
    for _ in range(30):
        page.get_by_role("button", name="Look for new texts").click()
        if page.get_by_role("button", name="Show now").count():
            page.get_by_role("button", name="Show now").click()
        if page.locator(".theirs", has_text="¿Puede hablar?").count():
            break
        page.wait_for_timeout(1000)
    phone.hears("¿Puede hablar?")
    assert page.locator(".theirs", has_text="CANARYREPLY").count() == 0
    phone.text("1")
    phone.hears(ANSWER)


@pytest.fixture
def app(sqlite_runtime: Runtime) -> Flask:
    """Give the app of a real service."""
    return wsgi.compose(sqlite_runtime)


def test_a_real_service_has_no_such_page(app: Flask) -> None:
    assert not [rule for rule in app.url_map.iter_rules() if "/demo" in rule.rule]
    assert app.extensions["leeward.console"] is None
    for path in ("/demo/phone", "/demo/phone/42"):
        assert app.test_client().get(path, base_url="https://leeward.example").status_code == 404


LONG = "ਮੈਨੂੰ ਤਨਖਾਹ ਨਹੀਂ ਮਿਲੀ " * 12
TALK = (("Hello? " * 3, True), ("😟 1️⃣", True), (LONG, False), ("صاحب العمل يحتفظ بجواز سفري", True), ("x" * 160, False))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_small_phone_in_any_script_and_axe_finds_nothing(
    browser: Browser, sqlite_runtime: Runtime, scheme: str
) -> None:
    network = plant(sqlite_runtime)
    console: Console = network.app.extensions["leeward.console"]
    for text, from_worker in TALK:
        if from_worker:
            console.type("+16045550142", text)
        else:
            console.send(text=text, to="+16045550142", sender="+16045550100", reference="", expires_seconds=1)
    with network.serve() as address, phone_page(browser, scheme) as page:
        for path in ("/demo/phone/41", "/demo/phone/42"):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= SIZE["width"]
            assert page.evaluate("document.documentElement.scrollHeight") <= SIZE["height"]
        shown = page.locator("li").last.bounding_box()
        assert shown is not None
        assert shown["y"] + shown["height"] < SIZE["height"], "the newest text is in view"
        assert page.locator("li p").evaluate_all("all => all.map(one => getComputedStyle(one).direction)")[3] == "rtl"
        assert page.get_by_text("Not a real phone").is_visible()
        # The policy is lifted, so that axe may run.
        context = browser.new_context(viewport=SIZE, bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{address}/demo/phone/42")
        page.add_script_tag(path=AXE)
        found = page.evaluate("async () => (await axe.run()).violations.map(one => one.id + ' ' + one.nodes[0].html)")
        context.close()
        assert not found
