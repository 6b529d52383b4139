"""The worker's pages in Chromium without scripts: the whole way, step by step, by finger and by keyboard."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from referrals.referral import accept
from service.runtime import Runtime
from tests.browser.worker_phone import phone, press
from tests.integration.casework import do
from tests.integration.office import Office, town
from tests.integration.test_mailbox import reply
from tests.network import Network


def sections(page: Page) -> int:
    """Count the questions that are shown."""
    return sum(one.is_visible() for one in page.locator("section.s").all())


def receipt_of(page: Page) -> str:
    return "".join(page.locator(".k span").all_inner_texts())


def test_a_report_takes_three_requests_and_no_script(browser: Browser, network: Network, address: str) -> None:
    with phone(browser, address) as worker:
        page = worker.page
        worker.go("/en/")
        page.get_by_text("Start", exact=True).click()
        page.get_by_label("Me", exact=True).check()
        page.locator("section:visible a.go").click()
        page.get_by_label("They keep my passport").check()
        for _ in range(3):
            page.locator("section:visible a.go").click()
        page.get_by_label("Nearest town").fill("Oliver")
        page.locator("section:visible a.go").click()
        page.get_by_label("What happened?").fill("They keep my passport.")
        page.locator("section:visible").get_by_text("Go to Send").click()
        press(page.get_by_role("button", name="Send"))
        expect(page.locator(".k")).to_be_visible()
        documents = [request for request in worker.requests if request.resource_type == "document"]
        assert [(request.method, request.url.removeprefix(address)) for request in documents] == [
            ("GET", "/en/"),
            ("POST", "/en/"),
            ("GET", "/en/sent"),
        ]
        assert worker.asked_only_us()
        assert worker.complaints == []
        assert len(receipt_of(page)) == 20
    office = Office(network, "org01")
    (row,) = office.queue("new")
    assert office.reads(row.case_id) == ["They keep my passport."]


def test_the_way_back_in_a_browser(browser: Browser, sqlite_runtime: Runtime) -> None:
    place = town(sqlite_runtime)
    office = place.office("org01")
    do(office, place.case_id, accept)
    reply(office, place.case_id, "Nos vemos el domingo.")
    with place.network.serve() as address, phone(browser, address) as worker:
        page = worker.page
        worker.go("/en/")
        page.locator("footer").get_by_text("I have a secret number").click()
        page.get_by_label("Your secret number").fill(place.submitted.receipt[:-1])
        press(page.get_by_role("button", name="Open"))
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Your secret number").fill(place.submitted.receipt)
        press(page.get_by_role("button", name="Open"))
        expect(page.get_by_text("Nos vemos el domingo.")).to_be_visible()
        assert page.get_by_text("Nos vemos el domingo.").get_attribute("lang") == "es"
        page.get_by_label("Your message").fill("Sí, gracias.")
        press(page.get_by_role("button", name="Send"))
        expect(page.get_by_role("status")).to_be_visible()
        press(page.get_by_role("button", name="Close this page"))
        page.go_back(wait_until="load")
        assert "Nos vemos" not in page.content()
        assert worker.complaints == []
    assert office.reads(place.case_id)[-1] == "Sí, gracias."


def test_one_question_is_shown_and_back_keeps_what_was_typed_without_a_request(browser: Browser, address: str) -> None:
    with phone(browser, address) as worker:
        page = worker.page
        worker.go("/en/")
        assert sections(page) == 1
        worker.go("/en/#q6")
        page.get_by_label("What happened?").fill("kept")
        page.get_by_text("In your own words").wait_for()
        before = len(worker.requests)
        page.locator("section:visible a.go").click()
        assert sections(page) == 1
        expect(page.get_by_label("Farm, company or contractor")).to_be_visible()
        assert page.evaluate("document.activeElement.id") == "q7"
        page.go_back()
        assert page.get_by_label("What happened?").input_value() == "kept"
        page.locator("section:visible").get_by_text("Go to Send").click()
        page.get_by_text("See all my answers").click()
        assert sections(page) == 11
        assert page.get_by_label("What happened?").input_value() == "kept"
        assert len(worker.requests) == before


def test_a_browser_that_cannot_step_gets_one_long_form(browser: Browser, address: str) -> None:
    with phone(browser, address, bypass_csp=True) as worker:
        worker.go("/en/")
        text = re.sub(r"<style>.*?</style>", "", worker.page.content(), flags=re.DOTALL)
        worker.page.set_content(text)
        assert sections(worker.page) == 12
        controls = ":is(input:not([type=hidden]), textarea, select, button:enabled):not(details *)"
        for control in worker.page.locator(controls).all():
            assert control.is_visible()
        body = worker.page.inner_text("form")
        titles = ("Who is this about?", "Is this true today?", "Where is it?", "Look again, then send")
        order = [body.index(title) for title in titles]
        assert order == sorted(order)


def test_the_way_out_comes_first_for_the_keyboard_and_stays_in_sight(browser: Browser, address: str) -> None:
    with phone(browser, address) as worker:
        page = worker.page
        for path, presses in (("/en/", 1), ("/en/return", 2), ("/en/help", 2), ("/", 2)):
            worker.go(path)
            for _ in range(presses):
                page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.className") == "exit", path
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            box = page.locator("a.exit").bounding_box()
            assert box is not None
            assert 0 <= box["y"] < 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on something."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def test_the_whole_form_works_by_keyboard(browser: Browser, address: str) -> None:
    with phone(browser, address) as worker:
        page = worker.page
        worker.go("/en/")
        tab_to(page, "a.go")
        page.keyboard.press("Enter")
        for number in range(1, 11):
            expect(page.locator(f"#q{number}")).to_be_focused()
            if number == 3:
                tab_to(page, "[name=today][value=none]")
                page.keyboard.press("Space")
            tab_to(page, "a.go")
            page.keyboard.press("Enter")
        expect(page.locator("#q11")).to_be_focused()
        tab_to(page, "button")
        page.keyboard.press("Enter")
        expect(page.locator(".k")).to_be_visible()
        worker.go("/en/return")
        worker.go("/en/#q11")
        tab_to(page, "button")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()


def test_help_in_danger_is_one_press_away_and_loses_nothing(browser: Browser, address: str) -> None:
    with phone(browser, address) as worker:
        page = worker.page
        worker.go("/en/#q6")
        page.get_by_label("What happened?").fill("kept")
        page.get_by_text("In danger now?", exact=True).first.click()
        expect(page.locator("header").get_by_role("link", name="911")).to_be_visible()
        assert page.locator("header").get_by_role("link", name="911").get_attribute("href") == "tel:911"
        page.locator("header summary").click()
        assert page.get_by_label("What happened?").input_value() == "kept"


@pytest.mark.parametrize("written", ["spaces", "dashes", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "੦੧੨੩੪੫੬੭੮੯"])
def test_the_secret_number_opens_however_it_is_written(browser: Browser, sqlite_runtime: Runtime, written: str) -> None:
    place = town(sqlite_runtime)
    digits = place.submitted.receipt
    groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
    joint = {"spaces": "  ", "dashes": "-"}.get(written, " ")
    typed = joint.join(groups)
    if joint == " ":
        typed = typed.translate(str.maketrans("0123456789", written))
    with place.network.serve() as address, phone(browser, address) as worker:
        worker.go("/pa/return")
        worker.page.locator("#number").fill(typed)
        press(worker.page.locator("form[action$='/return'] button"))
        expect(worker.page.locator("article.m, h2").first).to_be_visible()
        assert worker.page.url.endswith("/pa/replies")
        assert place.submitted.organization_name in worker.page.inner_text("main")
