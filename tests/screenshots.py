"""`make screenshots`: a picture of every page for workers in every state and language, for a person to look through.

They are of the size of a small phone, 360 x 640, and longer where the page is. Light, and dark for two languages. Files
are named so that one page stands beside itself in other languages; index.html shows them in that order.
"""

import argparse
import html
import io
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.showcase import Showcase, showcase
from tests.browser.walk import visit_all
from tests.browser.worker_phone import phone
from tests.conftest import NO_CHROMIUM, browser_tests_can_run
from tests.guards.tree import ROOT
from translations.locales import form_locales

FOLDER: Final = ROOT / "build" / "screenshots"
README_FOLDER: Final = ROOT / "docs" / "images"
DARK_TOO: Final = ("en", "ar")
# Three scripts, and both directions.
README_CODES: Final = ("en", "pa", "ar")
README_SCALE: Final = 1.5
README_COLOURS: Final = 24
README_BYTES: Final = 60 * 1024
_INDEX: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Pages for workers</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>body{font-family:system-ui,sans-serif;background:#ddd}div{display:flex;gap:1rem;overflow-x:auto}
figure{margin:0 0 1rem}img{width:360px;display:block;border:1px solid #888}h2{position:sticky;left:0}</style>
<h1>Pages for workers, in every language and state</h1>
"""


def main(arguments: Sequence[str]) -> int:
    """Take the pictures and give the exit status."""
    options = _options(arguments)
    chromium = browser_tests_can_run()
    if chromium is None:
        sys.stderr.write(f"There is {NO_CHROMIUM}. Install the package chromium (Debian).\n")
        return 1
    with showcase(made_up=False, demo=False) as shown, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            if options.readme:
                _for_readme(browser, shown)
            else:
                _of_everything(browser, shown, options.folder, options.only or list(shown.languages))
        finally:
            browser.close()
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    codes = [one.code for one in form_locales()]
    parser = argparse.ArgumentParser(
        prog="python -m tests.screenshots",
        description="Take a picture of every page for workers, in every state and language, at 360 x 640.",
        epilog="A language takes about half a minute. The pages come from a network of tests, with nobody real in it.",
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where pictures and index.html go (%(default)s)")
    parser.add_argument("--only", action="append", choices=codes, metavar="CODE", help="one language; may be repeated")
    parser.add_argument("--readme", action="store_true", help="take those of the README anew instead, in docs/images/")
    return parser.parse_args(arguments)


def _of_everything(browser: Browser, shown: Showcase, folder: Path, codes: Sequence[str]) -> None:
    """Take every picture and write the index."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    for number, code in enumerate(codes, start=1):
        started = time.monotonic()
        with phone(browser, shown.address) as worker:
            names = [
                _take(worker.page, folder, f"{at:02} {state}", code)
                for at, state in enumerate(visit_all(worker, shown.take(code), code))
            ]
        seconds = time.monotonic() - started
        sys.stdout.write(f"{number} of {len(codes)}: {code}, {len(names)} pages in {seconds:.0f} s\n")
        sys.stdout.flush()
    (folder / "index.html").write_text(_INDEX + "".join(_rows(folder)), encoding="utf-8")
    sys.stdout.write(f"{folder / 'index.html'}\n")


def _take(page: Page, folder: Path, name: str, code: str) -> str:
    slug = name.replace(",", "").replace(" ", "-")
    # The bar stays at the top of the screen; in a picture of the whole page it belongs at the top of that.
    page.evaluate("document.querySelector('header').style.position = 'relative'")
    for scheme in ("light", "dark") if code in DARK_TOO else ("light",):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.screenshot(path=folder / f"{slug}.{code}.{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    return slug


def _rows(folder: Path) -> Iterator[str]:
    """Yield a row of pictures for each page."""
    by_page: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.png")):
        by_page.setdefault(path.name.partition(".")[0], []).append(path)
    for name, paths in by_page.items():
        figures = "".join(
            f"<figure><figcaption>{html.escape(path.stem.partition('.')[2])}</figcaption>"
            f'<img loading="lazy" src="{html.escape(path.name)}" alt="{html.escape(path.stem)}"></figure>'
            for path in paths
        )
        yield f"<h2>{html.escape(name)}</h2><div>{figures}</div>\n"


def _for_readme(browser: Browser, shown: Showcase) -> None:
    """Take the question that shows most of the form, in three scripts, in few colours and few bytes."""
    README_FOLDER.mkdir(parents=True, exist_ok=True)
    for code in README_CODES:
        with phone(browser, shown.address, device_scale_factor=README_SCALE) as worker:
            worker.go(f"/{code}/#q2")
            worker.page.locator("section:visible label.c").first.click()
            taken = worker.page.screenshot()
        path = README_FOLDER / f"form-{code}.png"
        with Image.open(io.BytesIO(taken)) as picture:
            few = picture.convert("RGB").quantize(README_COLOURS, dither=Image.Dither.NONE)
            few.save(path, optimize=True)
        size = path.stat().st_size
        if size > README_BYTES:
            raise SystemExit(f"{path} has {size} bytes, and {README_BYTES} are the most that the README should load")
        sys.stdout.write(f"{path.relative_to(ROOT)}: {size} bytes\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
