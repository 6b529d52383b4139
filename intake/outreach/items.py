"""What the faces of a card and the parts of a poster are made of: texts, tables, a QR code, and where they stand.

An item is asked to lay itself out in a width and at a scale, so that a face can shrink until all of it fits. Pure.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import segno

from intake.outreach.shapes import Drawn, Ink, Shape, box
from intake.outreach.typesetting import Align, Typesetter

# Lays itself out in a width (millimetres) at a scale (1: as large as it was meant).
Item = Callable[[float, float], Drawn]
_QUIET_MODULES: Final = 4
# Behind a question, in any script of ours.
_QUESTION: Final = re.compile(r"(?<=[?？؟])\s*")
_BETWEEN_ROWS: Final = 0.15
_AFTER_NUMBERS: Final = 0.8
_STEP: Final = 0.02


class FaceTooFull(Exception):
    """Not all of it fits, even at the smallest size that one can read."""


def text(
    typesetter: Typesetter, said: str, size: float, *, bold: bool = False, align: Align = "start", ink: Ink = "black"
) -> Item:
    """Say something in as many lines as it needs."""
    return lambda width, scale: typesetter.text(said, width, size * scale, bold=bold, align=align, ink=ink)


def heading(typesetter: Typesetter, said: str, size: float) -> Item:
    """Say a question and what follows it in bold, in one line where it fits, else each in lines of its own."""
    parts = [part for part in _QUESTION.split(said) if part]

    def lay(width: float, scale: float) -> Drawn:
        fits = typesetter.width(said, size * scale, bold=True) <= width
        return below(text(typesetter, part, size, bold=True) for part in ([said] if fits else parts))(width, scale)

    return lay


def gap(height: float) -> Item:
    """Leave room."""
    return lambda _, scale: Drawn(height * scale, lambda x, y: iter(()))


def rule(ink: Ink = "grey") -> Item:
    """Draw a line across."""
    return lambda width, scale: Drawn(2 * scale, lambda x, y: iter([box(x, y + scale - 0.05, width, 0.1, ink)]))


def below(items: Iterable[Item]) -> Item:
    """Put items one below the other."""
    made = tuple(items)

    def lay(width: float, scale: float) -> Drawn:
        laid = [item(width, scale) for item in made]

        def draw(x: float, y: float) -> Iterator[Shape]:
            for one in laid:
                yield from one.at(x, y)
                y += one.height

        return Drawn(sum(one.height for one in laid), draw)

    return lay


def beside(items: Sequence[Item], widths: Sequence[float], *, rtl: bool, between: float = 2) -> Item:
    """Put items side by side in the direction of writing. `widths` share what is between them."""

    def lay(width: float, scale: float) -> Drawn:
        room = width - between * (len(items) - 1)
        owns = [room * share / sum(widths) for share in widths]
        laid = [item(own, scale) for item, own in zip(items, owns, strict=True)]

        def draw(x: float, y: float) -> Iterator[Shape]:
            gone = 0.0
            for one, own in zip(laid, owns, strict=True):
                yield from one.at(x + (width - gone - own if rtl else gone), y)
                gone += own + between

        return Drawn(max(one.height for one in laid), draw)

    return lay


def table(typesetter: Typesetter, rows: Iterable[tuple[str, str]], size: float, *, bold: bool = True) -> Item:
    """List what has a number, or a bullet, before it. All begin at the same distance."""
    made = tuple(rows)

    def lay(width: float, scale: float) -> Drawn:
        em = size * scale
        column = max(typesetter.width(number, em, bold=bold) for number, _ in made) + em * _AFTER_NUMBERS
        laid = [
            (typesetter.text(number, column, em, bold=bold), typesetter.text(name, width - column, em))
            for number, name in made
        ]

        def draw(x: float, y: float) -> Iterator[Shape]:
            for number, name in laid:
                yield from number.at(x + (width - column if typesetter.rtl else 0), y)
                yield from name.at(x + (0 if typesetter.rtl else column), y)
                y += name.height + em * _BETWEEN_ROWS

        return Drawn(sum(name.height + em * _BETWEEN_ROWS for _, name in laid), draw)

    return lay


def bullets(typesetter: Typesetter, lines: Iterable[str], size: float) -> Item:
    """List sentences."""
    return table(typesetter, (("•", line) for line in lines), size, bold=False)


def qr(url: str, size: float, *, align: Align = "middle") -> Item:
    """Draw an address for a phone's camera, with the quiet edge that the camera needs (ISO/IEC 18004)."""
    rows = [list(row) for row in segno.make(url, error="m", micro=False).matrix]

    def lay(width: float, scale: float) -> Drawn:
        side = size * scale
        module = side / (len(rows) + 2 * _QUIET_MODULES)
        indent = {"start": 0.0, "middle": (width - side) / 2, "end": width - side}[align]

        def draw(x: float, y: float) -> Iterator[Shape]:
            left, top = x + indent + _QUIET_MODULES * module, y + _QUIET_MODULES * module
            for at, row in enumerate(rows):
                for start, end in _stretches(row):
                    yield box(left + start * module, top + at * module, (end - start) * module, module)

        return Drawn(side, draw)

    return lay


def framed(item: Item, *, margin: float, line: float) -> Item:
    """Draw a frame around an item; a dark ground would cost a worker's friends their ink."""

    def lay(width: float, scale: float) -> Drawn:
        laid = item(width - 2 * margin, scale)
        height = laid.height + 2 * margin

        def draw(x: float, y: float) -> Iterator[Shape]:
            for down in (y, y + height - line):
                yield box(x, down, width, line)
            for across in (x, x + width - line):
                yield box(across, y, line, height)
            yield from laid.at(x + margin, y + margin)

        return Drawn(height, draw)

    return lay


def fitted(item: Item, width: float, height: float, *, smallest: float) -> Drawn:
    """Lay an item out as large as it fits, down to the scale `smallest`. Raises FaceTooFull."""
    for step in range(int((1 - smallest) / _STEP) + 1):
        laid = item(width, 1 - step * _STEP)
        if laid.height <= height:
            return laid
    raise FaceTooFull


def _stretches(row: Sequence[int]) -> list[tuple[int, int]]:
    """Join the dark modules of a row that touch, so that no hairline runs between them."""
    found: list[tuple[int, int]] = []
    for at, dark in enumerate(row):
        if dark and found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        elif dark:
            found.append((at, at + 1))
    return found
