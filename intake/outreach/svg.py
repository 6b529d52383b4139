"""Writes sheets as SVG: letters are outlines, so it looks the same in every program and prints as it looks."""

from collections.abc import Sequence
from typing import Final

from intake.outreach.shapes import PER_MM, Shape, Sheet, moved

_INKS: Final = {"black": "#000", "grey": "#777", "white": "#fff"}
# Between two sheets of one drawing, in millimetres.
_BETWEEN: Final = 8.0


def svg(sheets: Sequence[Sheet], code: str) -> bytes:
    """Draw sheets one below the other."""
    width = max(sheet.width for sheet in sheets)
    height = sum(sheet.height for sheet in sheets) + _BETWEEN * (len(sheets) - 1)
    drawn: list[str] = []
    top = 0.0
    for sheet in sheets:
        ground = f"M0 {round(top * PER_MM)}h{round(sheet.width * PER_MM)}v{round(sheet.height * PER_MM)}H0z"
        drawn.append(f'<path fill="{_INKS["white"]}" d="{ground}"/>')
        drawn += [f'<path fill="{_INKS[one.ink]}" d="{_steps(one)}"/>' for one in moved(sheet.shapes, 0, top)]
        top += sheet.height + _BETWEEN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{code}" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {round(width * PER_MM)} {round(height * PER_MM)}">\n' + "\n".join(drawn) + "\n</svg>\n"
    ).encode()


def _steps(shape: Shape) -> str:
    return "".join(f"{name}{' '.join(map(str, points))}" for name, points in shape.steps)
