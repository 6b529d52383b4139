"""Sets lines of text: chooses fonts, joins and places letters as their script wants, breaks lines, gives outlines.

HarfBuzz does what differs between scripts: Arabic letters that join, Indic vowels that move, marks above and below.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

import uharfbuzz as hb

from intake.outreach import bidi, fonts
from intake.outreach.fonts import FAMILIES, FOLDERS, LATIN, Weight
from intake.outreach.shapes import PER_MM, Drawn, Ink, Shape, Step
from translations.locales import Locale

Align = Literal["start", "middle", "end"]
# Steps as in shapes.py, in units of a font and upwards.
Outline = tuple[tuple[str, tuple[float, ...]], ...]
# How far a line's box reaches beyond its letters, against the line height of a page on a screen.
_TIGHTER_THAN_A_SCREEN: Final = 0.25
# Half of a capital's height: letters stand in the middle of their line's box.
_HALF_A_CAPITAL: Final = 0.357
# Between two of these letters a line may break, though no space is there (Chinese).
_IDEOGRAPHS: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_NOT_AT_THE_BEGINNING: Final = frozenset("，。、：；！？）》」』”’％,.:;!?)%")
_NOT_AT_THE_END: Final = frozenset("（《「『“‘(")


class LetterMissing(Exception):
    """No font of a language has a letter of its text."""

    def __init__(self, letter: str) -> None:
        super().__init__(f"no font has U+{ord(letter):04X} {unicodedata.name(letter, '')}")


@dataclass(frozen=True, slots=True)
class Font:
    """A font that is open. `units` make its em."""

    inner: Any
    units: int

    def has(self, letter: str) -> bool:
        """Say whether it can draw a letter."""
        return self.inner.get_nominal_glyph(ord(letter)) is not None

    @staticmethod
    @cache
    def open(path: Path, index: int) -> "Font":
        """Open a font's file once."""
        face = hb.Face(hb.Blob.from_file_path(str(path)), index)
        return Font(hb.Font(face), face.upem)


@dataclass(frozen=True, slots=True)
class Typesetter:
    """Sets the text of one language."""

    language: Locale
    folders: tuple[Path, ...] = FOLDERS

    @property
    def rtl(self) -> bool:
        """Say whether the language is written from right to left."""
        return self.language.direction == "rtl"

    @property
    def leading(self) -> float:
        """Give the height of a line, in em."""
        return self.language.line_height - _TIGHTER_THAN_A_SCREEN

    def text(
        self, text: str, width: float, size: float, *, bold: bool = False, align: Align = "start", ink: Ink = "black"
    ) -> Drawn:
        """Set a text in as many lines as it needs. `size` is that of the em; all in millimetres.

        Raises FontsMissing and LetterMissing.
        """
        weight: Weight = "Bold" if bold else "Regular"
        lines = [(line, self._advance(line, size, weight)) for line in self._lines(text, width, size, weight)]

        def draw(left: float, top: float) -> Iterator[Shape]:
            for line, length in lines:
                room = width - length
                x = {"start": room if self.rtl else 0.0, "middle": room / 2, "end": 0.0 if self.rtl else room}[align]
                y = top + size * (self.leading / 2 + _HALF_A_CAPITAL)
                yield Shape(tuple(self._set(line, size, weight, left + x, y)), ink)
                top += size * self.leading

        return Drawn(len(lines) * size * self.leading, draw)

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Measure a text in one line."""
        return self._advance(text, size, "Bold" if bold else "Regular")

    def _lines(self, text: str, width: float, size: float, weight: Weight) -> Iterator[str]:
        line = ""
        for piece in _pieces(text):
            if line and self._advance((line + piece).rstrip(), size, weight) > width:
                yield line.rstrip()
                line = ""
            line += piece
        if line:
            yield line.rstrip()

    def _set(self, line: str, size: float, weight: Weight, x: float, y: float) -> Iterator[Step]:
        """Give the outlines of a line that begins at a point of its base line."""
        for font, found, advance in _runs(self, line, weight):
            yield from _placed(found, size / font.units * PER_MM, x * PER_MM, y * PER_MM)
            x += advance * size / font.units

    def _advance(self, line: str, size: float, weight: Weight) -> float:
        return size * sum(advance / font.units for font, _, advance in _runs(self, line, weight))

    def runs(self, line: str, weight: Weight) -> Iterator[tuple[Font, Outline, float]]:
        """Give what stands on a line from left to right: outlines and their width, in units of the font."""
        for run in bidi.runs(line, rtl=self.rtl):
            parts = list(self._by_font(run.text, weight))
            for font, part in reversed(parts) if run.rtl else parts:
                yield font, *_shaped(font, part, run.rtl, self.language.code)

    def _by_font(self, text: str, weight: Weight) -> Iterator[tuple[Font, str]]:
        latin, own = (
            Font.open(fonts.find(family, weight, self.folders), family.index)
            for family in (LATIN, FAMILIES[self.language.script])
        )

        chosen = own

        def font_of(letter: str) -> Font:
            nonlocal chosen
            # A joiner belongs to the letters around it, and a space to the word before.
            if unicodedata.category(letter) not in ("Cf", "Mn", "Zs"):
                order = (latin, own) if letter.isascii() else (own, latin)
                found = next((font for font in order if font.has(letter)), None)
                if found is None:
                    raise LetterMissing(letter)
                chosen = found
            return chosen

        for _, group in groupby([(font_of(letter), letter) for letter in text], key=lambda pair: id(pair[0])):
            pairs = list(group)
            yield pairs[0][0], "".join(letter for _, letter in pairs)


@lru_cache(maxsize=20_000)
def _runs(typesetter: Typesetter, line: str, weight: Weight) -> tuple[tuple[Font, Outline, float], ...]:
    """Remember what stands on a line: a face is tried at several sizes, and its words stay the same."""
    return tuple(typesetter.runs(line, weight))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text where its lines may break."""
    piece = ""
    for at, letter in enumerate(text):
        piece += letter
        after = text[at + 1 : at + 2]
        between = _IDEOGRAPHS.match(letter) or (after and _IDEOGRAPHS.match(after))
        may = (letter == " ") or (
            between and after and after not in _NOT_AT_THE_BEGINNING | {" "} and letter not in _NOT_AT_THE_END
        )
        if may:
            yield piece
            piece = ""
    if piece:
        yield piece


@cache
def _shaped(font: Font, text: str, rtl: bool, code: str) -> tuple[Outline, float]:
    """Shape letters of one font and direction: outlines in the font's units, upwards, and their width."""
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if rtl else "ltr"
    buffer.language = code
    hb.shape(font.inner, buffer)
    steps: list[tuple[str, tuple[float, ...]]] = []
    x = y = 0
    for glyph, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        for name, points in _outline(font, glyph.codepoint):
            by = (x + place.x_offset, y + place.y_offset)
            steps.append((name, tuple(value + by[at % 2] for at, value in enumerate(points))))
        x += place.x_advance
        y += place.y_advance
    return tuple(steps), x


@cache
def _outline(font: Font, glyph: int) -> Outline:
    """Give a letter's outline; quadratic curves, which PDF has not, become the same cubic ones."""
    steps: list[tuple[str, tuple[float, ...]]] = []
    at = (0.0, 0.0)

    def to(name: str, *points: float) -> None:
        nonlocal at
        steps.append((name, points))
        at = points[-2:][0], points[-1]

    def quadratic(hx: float, hy: float, x: float, y: float, _: Any) -> None:
        (x0, y0) = at
        handles = x0 + (hx - x0) * 2 / 3, y0 + (hy - y0) * 2 / 3, x + (hx - x) * 2 / 3, y + (hy - y) * 2 / 3
        to("C", *handles, x, y)

    pen = hb.DrawFuncs()
    pen.set_move_to_func(lambda x, y, _: to("M", x, y))
    pen.set_line_to_func(lambda x, y, _: to("L", x, y))
    pen.set_quadratic_to_func(quadratic)
    pen.set_cubic_to_func(lambda a, b, c, d, x, y, _: to("C", a, b, c, d, x, y))
    pen.set_close_path_func(lambda _: steps.append(("Z", ())))
    font.inner.draw_glyph(glyph, pen)
    return tuple(steps)


def _placed(steps: Outline, scale: float, x: float, y: float) -> Iterator[Step]:
    """Bring an outline to its size and place on paper, turned downwards."""
    for name, points in steps:
        placed = (x + value * scale if at % 2 == 0 else y - value * scale for at, value in enumerate(points))
        yield name, tuple(map(round, placed))  # type: ignore[misc]
