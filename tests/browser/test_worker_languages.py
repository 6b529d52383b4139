"""Every page for workers in every state, in every language and in two made-up ones: whole, and all of it theirs."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser import sight
from tests.browser.pseudo import LONG, MADE_UP, MIRRORED
from tests.browser.showcase import Showcase
from tests.browser.walk import visit_all
from tests.browser.worker_phone import PHONE, phone
from translations.locales import form_locales

ZOOMED: ViewportSize = {"width": 320, "height": 256}
BAR_SHARE = 0.3
OFFERED = [one.code for one in form_locales()]
CODES = [*OFFERED, *MADE_UP]
AXE_CODES = [code for code in ("en", "ar", "pa", "zh-Hans", LONG) if code in CODES]
RIGHT_TO_LEFT = [*(one.code for one in form_locales() if one.direction == "rtl"), MIRRORED]
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-bottom: 2em !important; }"""
LARGE = "html { font-size: 200% !important; }"
# Put into the page as a style sheet of the browser's own would be, and taken out again.
WEAR = """css => { document.getElementById('worn')?.remove();
    if (css) document.head.append(Object.assign(document.createElement('style'), {id: 'worn', textContent: css})); }"""


def height(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    return box["height"] if box else 0.0


def kept(page: Page, address: str) -> int:
    """Give the bytes that the browser keeps for us in any of its stores."""
    session = page.context.new_cdp_session(page)
    return int(session.send("Storage.getUsageAndQuota", {"origin": address})["usage"])


def zoomed(page: Page) -> Iterator[str]:
    """Yield what is lost at four hundred percent, as WCAG 1.4.10 measures it."""
    page.set_viewport_size(ZOOMED)
    yield from (f"zoomed, {fault}" for fault in sight.sideways(page) + sight.without_way_out(page))
    if height(page, "header") > BAR_SHARE * ZOOMED["height"]:
        yield f"zoomed, the bar takes {height(page, 'header')} of {ZOOMED['height']}"
    page.set_viewport_size(PHONE)


def spaced(page: Page) -> Iterator[str]:
    """Yield what is lost under wide spacing and at twice the size of text (WCAG 1.4.12 and 1.4.4)."""
    for name, css in (("spaced", SPACING), ("large", LARGE)):
        page.evaluate(WEAR, css)
        yield from (f"{name}, {fault}" for fault in sight.sideways(page) + sight.cut_off(page))
    page.evaluate(WEAR, "")


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_cut_off_or_out_of_reach_on_any_page(browser: Browser, shown: Showcase, code: str) -> None:
    found = []
    with phone(browser, shown.address, bypass_csp=True) as worker:
        page = worker.page
        for name in visit_all(worker, shown.take(code), code):
            faults = [
                *sight.sideways(page),
                *sight.cut_off(page),
                *sight.too_small(page),
                *sight.without_way_out(page),
                *sight.without_help(page),
            ]
            # Each question is looked at so once, where all of them are shown.
            if not name.startswith("form, question"):
                faults += [*zoomed(page), *spaced(page)]
            if name != "start" and code in RIGHT_TO_LEFT:
                faults += sight.on_the_wrong_side(page)
            if name != "start" and code in MADE_UP:
                faults += sight.untranslated(page)
            if page.title() != "Info":
                faults.append(f"is called {page.title()}")
            found += [f"{name}: {fault}" for fault in faults]
        assert worker.asked_only_us()
        assert worker.complaints == []
        assert kept(page, shown.address) == 0
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", AXE_CODES)
def test_axe_finds_nothing_on_any_page_in_light_or_dark(browser: Browser, shown: Showcase, code: str) -> None:
    # The policy is lifted, so that axe may run. The page is not loaded again for the other colours.
    options: dict[str, Any] = {"java_script_enabled": True, "bypass_csp": True}
    found = []
    with phone(browser, shown.address, **options) as worker:
        worker.page.context.add_init_script(path=sight.AXE)
        for name in visit_all(worker, shown.take(code), code):
            for scheme in ("dark", "light"):
                worker.page.emulate_media(color_scheme=scheme)
                found += [f"{name}, {scheme}: {fault}" for fault in sight.axe(worker.page)]
    assert not found, "\n".join(found)
