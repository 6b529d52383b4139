"""What is on a sheet of paper: filled outlines, in hundredths of a millimetre, from the upper left corner down. Pure.

Letters are outlines too. So a card prints the same on every machine, and whoever prints it needs no font.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

# One step of an outline: M and L take a point, C two handles and a point, Z closes.
Step = tuple[Literal["M", "L", "C", "Z"], tuple[int, ...]]
Ink = Literal["black", "grey", "white"]
PER_MM: Final = 100


@dataclass(frozen=True, slots=True)
class Shape:
    """One or several outlines, filled (nonzero)."""

    steps: tuple[Step, ...]
    ink: Ink = "black"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One side of a sheet, in millimetres."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Something that is laid out: how high it is, and what draws it from a corner (x, y); all in millimetres.

    It is drawn only once its size is settled, since outlines cost most of the time.
    """

    height: float
    at: Callable[[float, float], Iterator[Shape]]


def box(x: float, y: float, width: float, height: float, ink: Ink = "black") -> Shape:
    """Draw a filled rectangle, in millimetres."""
    left, top, right, bottom = (round(value * PER_MM) for value in (x, y, x + width, y + height))
    return Shape(
        (("M", (left, top)), ("L", (right, top)), ("L", (right, bottom)), ("L", (left, bottom)), ("Z", ())), ink
    )


def moved(shapes: Iterable[Shape], x: float, y: float) -> tuple[Shape, ...]:
    """Move shapes to the right and down, in millimetres."""
    by = round(x * PER_MM), round(y * PER_MM)
    return tuple(
        Shape(
            tuple((name, tuple(value + by[at % 2] for at, value in enumerate(points))) for name, points in one.steps),
            one.ink,
        )
        for one in shapes
    )
