"""Every page of the desk is usable by everybody: axe finds nothing, and nothing scrolls sideways, light and dark."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from intake.answers import Answers
from referrals.models import Case
from service.clock import FixedClock
from service.runtime import Runtime
from tests.browser.desk_window import PATIENCE, Window, window, with_idle_seconds
from tests.browser.test_desk_enrol import Newcomer
from tests.guards.tree import ROOT
from tests.integration.texted import plant_texts
from tests.network import Network, plant

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 320, "height": 640}}
HOLDER = "org01"
TEXTED = "org02"
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
REPORT = Answers(
    locale="es",
    about="other_unaware",
    what=("documents_held", "housing_living"),
    district="5907",
    story=f"ਮੇਰਾ ਪਾਸਪੋਰਟ {LONG_WORD}",
    employer="A farm",
    must_not_know=("boss",),
    answer_by="here",
)


@pytest.fixture
def network(sqlite_runtime: Runtime) -> Network:
    """A small network with two reports at HOLDER's desk, one of them an emergency that its text does not explain."""
    planted = plant(sqlite_runtime)
    planted.report(REPORT)
    with planted.runtime.database.session(write=True) as session:
        session.execute(update(Case).values(urgency="emergency"))
    planted.report(Answers(locale="es", what=("pay_hours",), district="5907", story="They do not pay."))
    plant_texts(planted, TEXTED, ("no me pagan", "1", LONG_WORD), language="und", media=("image/jpeg",))
    return planted


@pytest.fixture(params=[(size, scheme) for size in SIZES for scheme in ("light", "dark")], ids="-".join)
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Give the options of a browser: a size, and light or dark. Its policy is lifted, so that axe may run."""
    size, scheme = request.param
    return {"viewport": SIZES[size], "color_scheme": scheme, "bypass_csp": True}


def faults(page: Page) -> Iterator[str]:
    """Yield what axe finds on a page as it is now, and whether it scrolls sideways."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.flatMap(
            rule => rule.nodes.map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))"""
    )
    yield from found
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        yield "scrolls sideways"


def check(desk: Window, name: str) -> None:
    """Hold a page to all of that."""
    assert list(faults(desk.page)) == [], name


def test_the_pages_of_the_desk(browser: Browser, network: Network, look: dict[str, Any]) -> None:
    with window(browser, network, **look) as desk:
        page = desk.page
        page.goto(f"{desk.address}/desk/")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=PATIENCE)
        check(desk, "sign-in")
        desk.sign_in(HOLDER, passphrase="not the words")
        desk.wait_for("That did not work.")
        check(desk, "sign-in, refused")
        desk.open_desk(HOLDER)
        expect(page.locator(".row")).to_have_count(2)
        check(desk, "queue")
        page.get_by_role("button", name="Keyboard").click()
        check(desk, "keyboard")
        page.keyboard.press("Escape")
        page.locator(".views a").nth(1).click()
        desk.wait_for("Your organization holds no open case.")
        check(desk, "queue, empty")
        page.locator(".views a").first.click()
        desk.open_case()
        check(desk, "case, new")
        page.keyboard.press("a")
        desk.wait_for("Acknowledged.")
        for key in ("r", "n", "d", "c"):
            page.keyboard.press(key)
            page.keyboard.press("Escape")
            page.locator("h1").click()
        check(desk, "case, everything open")
        page.evaluate("location.hash = '#/case/00000000000000000000000000000000'")
        desk.wait_for("There is no such case at this desk.")
        check(desk, "trouble")
        page.keyboard.press("Alt+l")
        desk.wait_for_lock()
        check(desk, "locked")


def test_the_pages_of_a_case_of_texts(browser: Browser, network: Network, look: dict[str, Any]) -> None:
    with window(browser, network, **look) as desk:
        desk.open_desk(TEXTED)
        expect(desk.page.locator(".row")).to_have_count(1)
        check(desk, "queue")
        desk.open_case()
        desk.page.keyboard.press("t")
        desk.wait_for("The case is yours.")
        desk.page.keyboard.press("r")
        desk.page.get_by_label("Message to the worker").fill(f"Your report, {LONG_WORD}")
        desk.page.get_by_label("Language of your message").select_option("es")
        desk.page.get_by_role("button", name="Sign and send").click()
        expect(desk.page.locator("[data-part=words]")).to_be_in_viewport()
        check(desk, "case of texts, with words that give away")


def test_the_notice_before_the_lock(browser: Browser, network: Network, look: dict[str, Any]) -> None:
    with window(browser, with_idle_seconds(network, 30), **look) as desk:
        desk.open_desk(HOLDER)
        expect(desk.page.get_by_role("dialog", name="Still there?")).to_be_visible(timeout=PATIENCE)
        check(desk, "notice")


def test_the_pages_of_enrolling(browser: Browser, network: Network, clock: FixedClock, look: dict[str, Any]) -> None:
    with window(browser, network, **look) as desk:
        person = Newcomer(desk, HOLDER, "second@org01.example")
        person.open()
        check(desk, "invitation")
        desk.page.get_by_role("button", name="Begin").click()
        check(desk, "words")
        person.paper = desk.page.locator(".words li").all_text_contents()
        desk.page.get_by_role("button", name="I have written it down").click()
        check(desk, "paper")
        person.type_two_words(person.paper)
        check(desk, "phone")
        person.set_up_phone()
        check(desk, "ready")
        desk.page.goto(f"{desk.address}/desk/enrol")
        desk.wait_for("This invitation can't be used")
        check(desk, "spent")
        desk.open_desk(HOLDER)
        desk.wait_for("1 colleague waits")
        check(desk, "queue with a colleague who waits")


def test_where_the_focus_goes(browser: Browser, network: Network) -> None:
    with window(browser, network) as desk:
        page = desk.page
        desk.open_desk(HOLDER)
        expect(page.get_by_role("heading", name="New", exact=True)).to_be_focused()
        desk.open_case()
        expect(page.locator("h1")).to_be_focused()
        page.keyboard.press("j")
        expect(page.locator(".message")).to_be_focused()
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.locator("[data-part=done]")).to_be_focused()
        page.keyboard.press("Alt+l")
        expect(page.get_by_label("Passphrase", exact=True)).to_be_focused()
        expect(page.locator("#announce")).to_have_text("The desk is locked.")
