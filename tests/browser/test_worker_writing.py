"""Where lines may break and which way they run, in scripts whose rules a browser does not know by itself."""

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.walk import send
from tests.browser.worker_phone import phone

# The words of some elements, between two spaces, that stand on more than one line.
BROKEN = """([selector, letters]) => [...document.querySelectorAll(selector)].flatMap(one => {
    const found = [], texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let node; (node = texts.nextNode()); )
        for (const word of node.data.matchAll(/\\S+/gu)) {
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
            if (new RegExp(letters, 'u').test(word[0]) && lines.size > 1) found.push(word[0]);
        }
    return found;
})"""
# A bracket behind Latin letters may begin a line.
KOREAN = r"^\p{Script=Hangul}+[.,?:]?$"
BOXES = "all => all.map(one => { const box = one.getBoundingClientRect(); return [box.left, box.right, box.top]; })"


def broken(page: Page, selector: str, letters: str) -> list[str]:
    return list(page.evaluate(BROKEN, [selector, letters]))


def test_no_korean_word_is_broken_at_the_end_of_a_line(browser: Browser, address: str) -> None:
    with phone(browser, address) as worker:
        for path in ("", "ko/#all", "ko/help", "ko/rights"):
            worker.go(f"/{path}")
            assert broken(worker.page, "main [lang=ko]" if not path else "main", KOREAN) == [], path


@pytest.mark.parametrize("code", ["zh-Hant", "zh-Hans"])
def test_a_chinese_day_is_broken_at_its_space_alone(browser: Browser, address: str, code: str) -> None:
    with phone(browser, address) as worker:
        worker.go(f"/{code}/#q2")
        worker.page.locator("section:visible label.c").first.click()
        worker.go(f"/{code}/#q11")
        send(worker.page)
        assert worker.page.locator("bdi", has_text="年").count()
        for width in range(240, 420, 10):
            worker.page.set_viewport_size({"width": width, "height": 640})
            assert broken(worker.page, "bdi", "年") == [], width


def test_an_arabic_page_keeps_numbers_from_left_to_right_and_names_at_its_right(browser: Browser, address: str) -> None:
    with phone(browser, address) as worker:
        page = worker.page
        worker.go("/ar/#q8")
        page.locator("details.d summary").click()
        names = page.locator(".c > bdi")
        assert names.count()
        assert set(names.evaluate_all("all => all.map(one => getComputedStyle(one).textAlign)")) == {"right"}
        worker.go("/ar/#q2")
        page.locator("section:visible label.c").first.click()
        worker.go("/ar/#q11")
        send(page)
        groups = page.locator(".k span")
        boxes = groups.evaluate_all(BOXES)
        assert len(boxes) == 5
        for before, after in pairwise(boxes):
            # To the right of the one before it, or in the next line.
            assert after[0] >= before[1] or after[2] > before[2]
        assert set(page.locator("a.tel").evaluate_all("all => all.map(one => getComputedStyle(one).direction)")) == {
            "ltr"
        }
