"""A case's files at the desk, in Chromium: pictures are drawn anew, the rest is saved after a warning."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from intake.answers import Answers
from intake.attachments import FileInMemory
from intake.report import issue_submission_id, submit
from referrals.models import AttachmentPart
from service.runtime import Runtime
from tests import pictures
from tests.browser.desk_window import PATIENCE, Window, window
from tests.browser.test_desk_looks import LONG_WORD, check
from tests.network import Network, plant

REPORT = Answers(locale="es", what=("pay_hours",), district="5907", story="CANARY story", pass_on="yes")
HOLDER = "org01"
PDF = FileInMemory("CANARY contract.pdf", pictures.OTHERS["application/pdf"] + b"CANARY" * 50_000)
PHOTO = FileInMemory("IMG_0001.jpg", pictures.jpeg(orientation=6, width=320, height=200))
MOST_RED = """canvas => {
    const [red, green, blue] = canvas.getContext('2d').getImageData(canvas.width / 2, 10, 1, 1).data;
    return [canvas.width, canvas.height, red > 150 && blue < 100];
}"""

# Which addresses the page gave to bytes in its memory and has not taken back.
WATCH_ADDRESSES = """() => {
    const [make, end] = [URL.createObjectURL, URL.revokeObjectURL];
    window.held = [];
    URL.createObjectURL = (blob) => { window.held.push(make(blob)); return window.held.at(-1); };
    URL.revokeObjectURL = (address) => { end(address); window.held = window.held.filter((one) => one !== address); };
}"""


@pytest.fixture
def send(sqlite_runtime: Runtime) -> Callable[..., Network]:
    """Give a function that sends a report with files to a network."""

    def sent(*files: FileInMemory) -> Network:
        network = plant(sqlite_runtime)
        submit(network.intake, REPORT, issue_submission_id(network.runtime), files)
        return network

    return sent


def open_case(desk: Window) -> None:
    desk.open_desk(HOLDER)
    desk.open_case()


def test_files_are_listed_with_what_they_are_and_what_they_may_hide(
    browser: Browser, send: Callable[..., Network]
) -> None:
    with window(browser, send(PHOTO, PDF)) as desk:
        open_case(desk)
        files = desk.page.locator(".file")
        expect(files).to_have_count(2)
        first, second = files.nth(0).inner_text(), files.nth(1).inner_text()
        assert "File 1: picture" in first
        assert "IMG_0001.jpg" in first
        assert "was taken out" in first
        assert "File 2: document" in second
        assert "May hold hidden data" in second
        assert not files.nth(1).get_by_role("button", name="Show the picture").is_visible()
        assert not [url for url in desk.requested if "/files/" in url], "nothing is fetched before it is asked for"


def test_a_picture_is_drawn_anew_and_taken_away_again(browser: Browser, send: Callable[..., Network]) -> None:
    with window(browser, send(PHOTO)) as desk:
        open_case(desk)
        desk.page.get_by_role("button", name="Show the picture").click()
        canvas = desk.page.get_by_role("img", name="Picture of file 1")
        expect(canvas).to_be_visible(timeout=PATIENCE)
        assert canvas.evaluate(MOST_RED) == [200, 320, True]
        assert desk.page.locator("main img").count() == 0
        desk.page.get_by_role("button", name="Hide the picture").click()
        expect(canvas).to_have_count(0)
        expect(desk.page.get_by_role("button", name="Show the picture")).to_be_focused()


def test_another_file_is_saved_under_a_neutral_name_after_a_warning(
    browser: Browser, send: Callable[..., Network]
) -> None:
    with window(browser, send(PHOTO, PDF)) as desk:
        open_case(desk)
        file = desk.page.locator(".file").nth(1)
        file.get_by_role("button", name="Save on this computer").click()
        warning = file.locator("[data-part=warning]")
        expect(warning).to_be_visible()
        assert "whoever uses it can see them" in warning.inner_text()
        file.get_by_role("button", name="Don't save it").click()
        expect(warning).to_be_hidden()
        file.get_by_role("button", name="Save on this computer").click()
        with desk.page.expect_download(timeout=PATIENCE) as saved:
            file.get_by_role("button", name="Save it", exact=True).click()
        assert saved.value.suggested_filename == "file-2.pdf"
        assert Path(saved.value.path()).read_bytes() == PDF.content


def test_a_picture_that_is_saved_is_drawn_anew_too(browser: Browser, send: Callable[..., Network]) -> None:
    with window(browser, send(FileInMemory("shot.png", pictures.png()))) as desk:
        open_case(desk)
        desk.page.get_by_role("button", name="Save on this computer").click()
        with desk.page.expect_download(timeout=PATIENCE) as saved:
            desk.page.get_by_role("button", name="Save it", exact=True).click()
        assert saved.value.suggested_filename == "file-1.png"
        assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_file_that_was_changed_where_it_is_stored_is_not_opened(
    browser: Browser, send: Callable[..., Network]
) -> None:
    network = send(PHOTO, PDF)
    with network.runtime.database.session(write=True) as session:
        for part in session.scalars(select(AttachmentPart)):
            part.body = part.body[:-1] + bytes([part.body[-1] ^ 1])
    with window(browser, network) as desk:
        open_case(desk)
        desk.page.get_by_role("button", name="Show the picture").click()
        desk.wait_for("This file can't be opened: what is stored is not what the message names.")
        assert desk.page.locator("canvas").count() == 0


def test_a_lock_takes_pictures_and_saved_bytes_out_of_the_page(browser: Browser, send: Callable[..., Network]) -> None:
    with window(browser, send(PHOTO, PDF)) as desk:
        open_case(desk)
        desk.page.get_by_role("button", name="Show the picture").click()
        canvas = desk.page.get_by_role("img", name="Picture of file 1")
        expect(canvas).to_be_visible(timeout=PATIENCE)
        kept = canvas.element_handle()
        desk.page.evaluate(WATCH_ADDRESSES)
        file = desk.page.locator(".file").nth(1)
        file.get_by_role("button", name="Save on this computer").click()
        with desk.page.expect_download(timeout=PATIENCE):
            file.get_by_role("button", name="Save it", exact=True).click()
        assert len(desk.page.evaluate("window.held")) == 1
        desk.page.keyboard.press("Alt+l")
        desk.wait_for_lock()
        assert kept is not None
        assert kept.evaluate("canvas => [canvas.width, canvas.height, canvas.isConnected]") == [0, 0, False]
        assert desk.page.evaluate("window.held") == []
        assert not desk.holds("CANARY")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_files_are_usable_by_everybody(browser: Browser, send: Callable[..., Network], scheme: str) -> None:
    long_name = FileInMemory(LONG_WORD[:96] + ".pdf", PDF.content)
    # Its policy is lifted, so that axe may run.
    look: dict[str, Any] = {"viewport": {"width": 320, "height": 640}, "color_scheme": scheme, "bypass_csp": True}
    with window(browser, send(PHOTO, long_name), **look) as desk:
        open_case(desk)
        check(desk, "files")
        desk.page.get_by_role("button", name="Show the picture").click()
        expect(desk.page.get_by_role("img", name="Picture of file 1")).to_be_visible(timeout=PATIENCE)
        for file in desk.page.locator(".file").all():
            file.get_by_role("button", name="Save on this computer").click()
        check(desk, "a picture and two warnings")
