"""How the worker's pages look where not the screen decides: forced colours, scripts, the keyboard, paper."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from intake.web import pages
from referrals.referral import accept
from service.runtime import Runtime
from tests.browser.showcase import web_code
from tests.browser.worker_phone import Phone, phone, press
from tests.integration.casework import do
from tests.integration.office import town
from tests.integration.test_mailbox import reply
from translations.locales import form_locales

# Where the keyboard is: what shows it, and whether the bar at the top lies over it.
FOCUS = """() => {
    const here = document.activeElement, bar = document.querySelector('header').getBoundingClientRect();
    const box = here.getBoundingClientRect(), lit = here.closest('.c') ?? here, style = getComputedStyle(lit);
    return {name: here.outerHTML.slice(0, 70),
            seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
            covered: !here.closest('header, .skip') && box.bottom > 0 && box.top < bar.bottom - 1,
            off: box.bottom <= 0 || box.top >= innerHeight, body: here === document.body};
}"""


def test_in_forced_colours_a_border_shows_what_is_chosen_and_what_can_be_pressed(
    browser: Browser, address: str
) -> None:
    width = "one => parseFloat(getComputedStyle(one).borderTopWidth)"
    with phone(browser, address, forced_colors="active") as worker:
        worker.go("/en/#q1")
        page = worker.page
        chosen, other = page.locator("section:visible label.c").all()[:2]
        chosen.locator("input").check()
        assert chosen.evaluate(width) > other.evaluate(width) > 0
        for control in ("a.exit", "section:visible a.go", "header summary"):
            assert page.locator(control).first.evaluate(width) >= 2


def test_each_script_has_the_line_height_that_it_needs(browser: Browser, address: str) -> None:
    with phone(browser, address) as worker:
        for one in form_locales():
            worker.go(f"/{one.code}/help")
            size, line = worker.page.evaluate(
                "(() => { const style = getComputedStyle(document.querySelector('main li'));"
                " return [parseFloat(style.fontSize), parseFloat(style.lineHeight)]; })()"
            )
            assert line / size == pytest.approx(one.line_height, abs=0.02)


def test_no_script_is_spaced_slanted_or_put_in_capitals() -> None:
    for one in form_locales():
        assert not re.search("letter-spacing|text-transform|italic|text-align:justify", pages.style(one.code))


@pytest.mark.parametrize("path", ["/", "/en/#q1", "/en/#q9", "/en/#all", "/en/return", "/en/rights", "/en/help"])
def test_the_keyboard_is_always_seen_and_never_behind_the_bar(browser: Browser, address: str, path: str) -> None:
    found, first = [], None
    with phone(browser, address) as worker:
        page = worker.page
        worker.go(path)
        for _ in range(160):
            page.keyboard.press("Tab")
            focus = page.evaluate(FOCUS)
            if focus["body"] or focus["name"] == first:
                break
            first = first or focus["name"]
            found += [f"{fault}: {focus['name']}" for fault in ("covered", "off") if focus[fault]]
            found += [] if focus["seen"] else [f"not seen: {focus['name']}"]
    assert first is not None
    assert not found, "\n".join(found)


def on_paper(page: Page) -> list[str]:
    """List the lines that a page prints."""
    page.emulate_media(media="print")
    lines = [line for line in page.inner_text("body").splitlines() if line.strip()]
    page.emulate_media(media="screen")
    return lines


def digits_and_rest(page: Page) -> tuple[str, list[str]]:
    """Read the number off a page's paper, and what else stands there."""
    number, *rest = on_paper(page)
    return re.sub(r"\D", "", number), rest


@pytest.mark.parametrize("code", [one.code for one in form_locales()])
def test_paper_shows_the_number_and_nothing_else(browser: Browser, address: str, code: str) -> None:
    with phone(browser, address) as worker:
        page = worker.page
        worker.go(f"/{code}/#q6")
        page.locator("#story").fill("not on paper")
        (notice,) = on_paper(page)
        assert notice == page.locator("p.p").text_content()
        worker.go(f"/{code}/#q11")
        press(page.locator("section:visible button"))
        receipt = "".join(page.locator(".k span").all_inner_texts())
        assert len(receipt) == 20
        assert digits_and_rest(page) in ((receipt, []), (receipt, [notice]))


def test_of_the_way_back_paper_shows_no_answer_and_no_button(browser: Browser, sqlite_runtime: Runtime) -> None:
    place = town(sqlite_runtime)
    do(place.office("org01"), place.case_id, accept)
    reply(place.office("org01"), place.case_id, "Nos vemos el domingo.")
    with place.network.serve() as address, phone(browser, address) as worker:
        page = worker.page
        open_number(worker, place.submitted.receipt)
        expect(page.get_by_text("Nos vemos el domingo.")).to_be_visible()
        (notice,) = on_paper(page)
        assert notice == page.locator("p.p").text_content()
        press(page.get_by_role("link", name="Erase my report"))
        assert on_paper(page) == [notice]
        open_number(worker, web_code(place))
        receipt = "".join(page.locator(".k span").all_inner_texts())
        assert len(receipt) == 20
        assert digits_and_rest(page) in ((receipt, []), (receipt, [notice]))


def open_number(worker: Phone, number: str) -> None:
    worker.go("/en/return")
    worker.page.locator("#number").fill(number)
    press(worker.page.get_by_role("button", name="Open"))
