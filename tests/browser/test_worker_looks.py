"""Every page of the worker's in every state: axe finds nothing, nothing scrolls sideways, every target can be hit."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from referrals.referral import accept
from service.runtime import Runtime
from tests.browser.test_desk_looks import faults
from tests.browser.worker_phone import PHONE, phone, visit_all
from tests.integration.casework import do
from tests.integration.office import Town, town
from tests.integration.test_mailbox import reply
from translations.locales import form_locales

ZOOMED = {"width": 320, "height": 256}
CODES = [one.code for one in form_locales()]
# What a browser draws: the size of each thing that can be pressed, but links in a sentence (WCAG 2.5.8, "Inline").
SMALL = """() => [...document.querySelectorAll('a, button, summary, label.c, input[type=text], select, textarea')]
    .filter(one => one.checkVisibility() && !one.matches('.skip'))
    .filter(one => !(one.matches('a') && one.closest('p, li') && !one.matches('.b, nav a')))
    .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height,
                 one.matches('.exit, .b, button, summary, label.c, input, select, textarea') ? 48 : 24])
    .filter(([, height, least]) => height < least - 0.5)"""
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-bottom: 2em !important; }"""
STYLE = "css => document.head.append(Object.assign(document.createElement('style'), {textContent: css}))"
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# A box that hides what does not fit in it.
CUT_OFF = """() => [...document.querySelectorAll('main *, header *')]
    .filter(one => one.checkVisibility() && getComputedStyle(one).overflowX === 'hidden')
    .filter(one => one.scrollWidth > one.clientWidth)
    .map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture
def answered(sqlite_runtime: Runtime) -> Town:
    """A report with two answers, one of which nobody vouches for."""
    place = town(sqlite_runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    reply(office, place.case_id, "Nos vemos. " + "https://a-very-long-address.example/" + "x" * 120)
    return place


@pytest.fixture
def address(answered: Town) -> Iterator[str]:
    with answered.network.serve() as served:
        yield served


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "pa"])
def test_axe_finds_nothing_on_any_page(browser: Browser, answered: Town, address: str, code: str, scheme: Any) -> None:
    # The policy is lifted, so that axe may run.
    options: dict[str, Any] = {"java_script_enabled": True, "bypass_csp": True, "color_scheme": scheme}
    found = []
    with phone(browser, address, **options) as worker:
        for name in visit_all(worker, answered, code):
            found += [f"{name}: {fault}" for fault in faults(worker.page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", CODES)
def test_at_four_hundred_percent_nothing_scrolls_sideways(
    browser: Browser, answered: Town, address: str, code: str
) -> None:
    found = []
    with phone(browser, address, viewport=ZOOMED) as worker:
        for name in visit_all(worker, answered, code):
            page = worker.page
            if page.evaluate(SIDEWAYS):
                found.append(f"{name} scrolls sideways")
            if _height(page, "header") > 0.3 * ZOOMED["height"]:
                found.append(f"{name}: the bar takes {_height(page, 'header')} of {ZOOMED['height']}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", CODES)
def test_every_target_can_be_hit_with_a_thumb(browser: Browser, answered: Town, address: str, code: str) -> None:
    found = []
    with phone(browser, address) as worker:
        for name in visit_all(worker, answered, code):
            found += [f"{name}: {small}" for small in worker.page.evaluate(SMALL)]
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("code", ["en", "pa"])
def test_large_text_and_wide_spacing_lose_nothing(browser: Browser, answered: Town, address: str, code: str) -> None:
    found = []
    with phone(browser, address, bypass_csp=True) as worker:
        for name in visit_all(worker, answered, code):
            page = worker.page
            for css in (SPACING, "html { font-size: 200% !important; }"):
                page.evaluate(STYLE, css)
                if page.evaluate(SIDEWAYS):
                    found.append(f"{name} scrolls sideways under {css[:30]}")
                found += [f"{name}: {cut}" for cut in page.evaluate(CUT_OFF)]
    assert not found, "\n".join(found)


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
    with phone(browser, address, viewport=PHONE) as worker:
        for one in form_locales():
            worker.go(f"/{one.code}/help")
            size, line = worker.page.evaluate(
                "(() => { const style = getComputedStyle(document.querySelector('main li'));"
                " return [parseFloat(style.fontSize), parseFloat(style.lineHeight)]; })()"
            )
            assert line / size == pytest.approx(one.line_height, abs=0.02)


def test_nothing_is_kept_in_the_browsers_stores(browser: Browser, answered: Town, address: str) -> None:
    with phone(browser, address) as worker:
        for _ in visit_all(worker, answered, "en"):
            pass
        session = worker.page.context.new_cdp_session(worker.page)
        assert session.send("Storage.getUsageAndQuota", {"origin": address})["usage"] == 0
        assert worker.asked_only_us()
        assert worker.complaints == []


def _height(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    return box["height"] if box else 0.0
