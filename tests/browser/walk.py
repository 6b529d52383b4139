"""A walk through every page of the worker's in every state that it has, for tests and for pictures of them.

It opens and presses what a worker would, without scripts, and never by words, so that it goes in every language.
"""

from collections.abc import Iterator
from typing import Final

from playwright.sync_api import Locator, Page

from tests.browser.showcase import Material
from tests.browser.worker_phone import Phone, press

TOO_LONG: Final = "x" * 10_001
QUESTIONS: Final = range(1, 12)
NOTES: Final = (403, 413, 429, 500, 503)
PAGES: Final = ("rights", "employers", "help", *(f"note/{status}" for status in NOTES), "nothing/here")
# A form that was filled in by a script is filled in as far as a test goes: no page has one of ours here.
CHECK_ALL: Final = "all => all.forEach(one => { one.checked = true; })"


def visit_all(worker: Phone, material: Material, code: str) -> Iterator[str]:
    """Bring every page in every state onto the screen, and name each."""
    worker.go("/")
    yield "start"
    yield from _form(worker, code)
    yield from _refused(worker, code)
    yield from _sent(worker, code)
    yield from _return(worker, material, code)
    yield from _replies(worker, material, code)
    for path in PAGES:
        worker.go(f"/{code}/{path}")
        yield path.replace("/", " ")


def send(page: Page) -> None:
    """Press Send, where the whole form is shown or its last step."""
    press(page.locator("form[enctype] button:enabled:visible"))


def _form(worker: Phone, code: str) -> Iterator[str]:
    page = worker.page
    worker.go(f"/{code}/")
    yield "form"
    for number in QUESTIONS:
        worker.go(f"/{code}/#q{number}")
        yield f"form, question {number}"
    worker.go(f"/{code}/#all")
    yield "form, all answers"
    page.locator("header summary").click()
    yield "danger panel"
    page.locator("header summary").click()
    worker.go(f"/{code}/#q2")
    for box in page.locator("section:visible label.c").all()[:2]:
        box.click()
    yield "form, answered"
    worker.go(f"/{code}/#q8")
    page.locator("details.d summary").click()
    yield "form, groups to leave out"


def _refused(worker: Phone, code: str) -> Iterator[str]:
    page = worker.page
    worker.go(f"/{code}/return")
    worker.go(f"/{code}/#q11")
    send(page)
    yield "refused, nothing told"
    page.locator("#place").fill("Hamilton")
    send(page)
    yield "refused, which place"
    page.locator("#story").fill(TOO_LONG)
    page.locator("#people").fill("9" * 30)
    page.locator("#files").set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"not taken"})
    send(page)
    yield "refused, several faults"
    page.locator("#story").fill("x")
    page.locator("#people").fill("")
    page.locator("#files").set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"not taken"})
    send(page)
    yield "refused, a kind of file"
    page.locator("input[name=exclude]").evaluate_all(CHECK_ALL)
    page.locator("input[name=helper_desk][value=no]").check()
    send(page)
    yield "refused, nobody fits"


def _sent(worker: Phone, code: str) -> Iterator[str]:
    page = worker.page
    for today, name in (("none", "sent"), ("hurt", "sent, in danger")):
        worker.go(f"/{code}/return")
        worker.go(f"/{code}/#q3")
        page.locator(f"input[name=today][value={today}]").check()
        worker.go(f"/{code}/#q11")
        send(page)
        yield name
    press(page.locator("form button:enabled"))
    yield "sent, written down"


def _return(worker: Phone, material: Material, code: str) -> Iterator[str]:
    worker.go(f"/{code}/return")
    yield "return"
    _type(worker, code, "1234")
    yield "return, mistyped"
    _type(worker, code, "0" * 20)
    yield "return, unknown"
    _type(worker, code, material.code)
    yield "from a text message"
    _type(worker, code, material.code)
    yield "return, digits are used"


def _replies(worker: Phone, material: Material, code: str) -> Iterator[str]:
    page = worker.page
    _type(worker, code, material.declined)
    yield "replies, nobody has it"
    for name, receipt in material.states.items():
        _type(worker, code, receipt)
        yield f"replies, {name}"
    _type(worker, code, material.receipt)
    yield "replies"
    press(_button(page, "/replies"))
    yield "replies, empty"
    page.locator("#text").fill("x")
    press(_button(page, "/replies"))
    yield "replies, written"
    for typed, name in (("123", "no phone"), ("604 555 0101", "a phone is asked")):
        page.locator("#phone").fill(typed)
        press(_button(page, "/phone"))
        yield f"replies, {name}"
    for name in ("no contact", "contact"):
        press(_button(page, "/contact"))
        yield f"replies, {name}"
    press(page.locator("a[href$='/erase']"))
    yield "erase"
    press(_button(page, "/erase"))
    yield "erased"


def _type(worker: Phone, code: str, number: str) -> None:
    worker.go(f"/{code}/return")
    worker.page.locator("#number").fill(number)
    press(_button(worker.page, "/return"))


def _button(page: Page, path: str) -> Locator:
    return page.locator(f"form[action$='{path}'] button:enabled")
