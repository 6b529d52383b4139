"""The order in which the letters of a line stand on paper, where writing to the left and writing to the right meet.

The implicit part of the Unicode Bidirectional Algorithm (UAX #9, rules W1 to W7, N1, N2, I1, I2, L1, L2). Marks that
embed or isolate count as nothing: our sentences have none. Pure.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON", "BN", "ES", "ET", "CS"})
_NUMBERS: Final = ("EN", "AN")


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that stand next to each other in one direction, in the order in which they are read."""

    text: str
    rtl: bool


def runs(text: str, *, rtl: bool) -> list[Run]:
    """Give a line's runs from left to right. `rtl` is the direction of the paragraph."""
    base = int(rtl)
    levels = _levels([_kind(letter) for letter in text], base)
    # Spaces at the end of a line belong to its end (L1).
    for at in range(len(text) - 1, -1, -1):
        if not text[at].isspace():
            break
        levels[at] = base
    found = [
        (level, "".join(text[at] for at in ats))
        for level, ats in ((level, list(group)) for level, group in groupby(range(len(text)), levels.__getitem__))
    ]
    # From the highest level down, whatever is at least so high changes places (L2).
    for level in range(max(levels, default=0), 0, -1):
        found = list(_turned(found, level))
    return [Run(part, rtl=bool(level % 2)) for level, part in found]


def _turned(parts: list[tuple[int, str]], level: int) -> Iterator[tuple[int, str]]:
    for high, group in groupby(parts, lambda part: part[0] >= level):
        found = list(group)
        yield from reversed(found) if high else found


def _kind(letter: str) -> str:
    found = unicodedata.bidirectional(letter)
    return "ON" if found in ("", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI") else found


def _levels(kinds: list[str], base: int) -> list[int]:
    outside = "R" if base else "L"
    _resolve_marks_and_digits(kinds, outside)
    _resolve_separators(kinds)
    _resolve_digits_after_left(kinds, outside)
    _resolve_neutrals(kinds, outside)
    raised = {"L": base % 2, "R": 1 - base % 2, "EN": 2 - base % 2, "AN": 2 - base % 2}
    return [base + raised[kind] for kind in kinds]


def _resolve_marks_and_digits(kinds: list[str], outside: str) -> None:
    """Follow W1, W2 and W3."""
    before = strong = outside
    for at, kind in enumerate(kinds):
        found = before if kind == "NSM" else kind
        if found == "EN" and strong == "AL":
            found = "AN"
        if found in ("L", "R", "AL"):
            strong = found
        kinds[at] = before = found
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]


def _resolve_separators(kinds: list[str]) -> None:
    """Follow W4, W5 and W6."""
    for at in range(1, len(kinds) - 1):
        before, kind, after = kinds[at - 1 : at + 2]
        joins = (kind == "CS" and before in _NUMBERS) or (kind == "ES" and before == "EN")
        if joins and before == after:
            kinds[at] = before
    for at, kind in enumerate(kinds):
        if kind == "EN":
            for way in (-1, 1):
                near = at + way
                while 0 <= near < len(kinds) and kinds[near] == "ET":
                    kinds[near] = "EN"
                    near += way
    kinds[:] = ["ON" if kind in ("ES", "ET", "CS") else kind for kind in kinds]


def _resolve_digits_after_left(kinds: list[str], outside: str) -> None:
    """Follow W7."""
    strong = outside
    for at, kind in enumerate(kinds):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[at] = "L"


def _resolve_neutrals(kinds: list[str], outside: str) -> None:
    """Follow N1 and N2."""
    at = 0
    while at < len(kinds):
        end = at
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        if end > at:
            before = _side(kinds[at - 1]) if at else outside
            after = _side(kinds[end]) if end < len(kinds) else outside
            kinds[at:end] = [before if before == after else outside] * (end - at)
        at = max(end, at + 1)


def _side(kind: str) -> str:
    return "L" if kind == "L" else "R"
