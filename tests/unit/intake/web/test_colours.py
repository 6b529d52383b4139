"""What draws a control, and what shows the focus, stands out three to one (WCAG 1.4.11). axe looks at text only."""

import re
from pathlib import Path

import pytest

from tests.guards.tree import ROOT

LEAST = 3
PAGES = ROOT / "intake" / "web" / "assets" / "page.css"
DESK = ROOT / "referrals" / "desk" / "static" / "desk.css"
DARK = "prefers-color-scheme"


def colours(path: Path, *, dark: bool) -> dict[str, str]:
    """Read the named colours of a style, by day or at night."""
    before, _, after = path.read_text(encoding="utf-8").partition(DARK)
    return dict(re.findall(r"--([\w-]+): ?(#[0-9a-f]{3,6})", (after if dark else before).partition("}")[0]))


def brightness(colour: str) -> float:
    """Give the relative luminance of a colour, as WCAG defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, from 1 to 21."""
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("path", "drawn", "behind"),
    [(PAGES, ("line", "key", "alarm"), ("paper", "soft")), (DESK, ("edge", "accent", "bad"), ("paper", "sheet"))],
    ids=["worker", "desk"],
)
def test_what_draws_controls_stands_out_from_what_lies_behind(
    path: Path, drawn: tuple[str, ...], behind: tuple[str, ...], dark: bool
) -> None:
    named = colours(path, dark=dark)
    for one in drawn:
        for other in behind:
            assert contrast(named[one], named[other]) >= LEAST, (one, other)


def test_contrast_is_measured_as_wcag_measures_it() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)
