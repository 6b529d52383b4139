"""What a measurement says: a figure, what it should be, and how near it is; as a table that reads well and as JSON."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

_HEAD: Final = ("what", "figure", "target", "figure / target", "")


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should reach: `at_most` or `at_least` so much, in the figure's unit."""

    at_most: float | None = None
    at_least: float | None = None

    @property
    def limit(self) -> float:
        """Give the number of it."""
        return self.at_most if self.at_most is not None else self.at_least or 0.0

    def is_met(self, value: float) -> bool:
        """Say whether a figure reaches it."""
        return value <= self.limit if self.at_most is not None else value >= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. `id` is its name in the JSON; a value of None was not measured, and `note` says why."""

    id: str
    what: str
    value: float | None
    unit: str
    target: Target | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Give figure / target."""
        if self.value is None or self.target is None or not self.target.limit:
            return None
        return self.value / self.target.limit

    @property
    def verdict(self) -> str:
        """Say in a word how it stands."""
        if self.value is None:
            return "not measured"
        if self.target is None:
            return ""
        return "ok" if self.target.is_met(self.value) else "SHORT"


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    """Give the middle value."""
    return statistics.median(values)


def number(value: float, unit: str = "") -> str:
    """Write a figure so that a person reads it: three digits that count."""
    if value and abs(value) < 0.0095:
        text = f"{value:.4f}"
    elif abs(value) < 9.95:
        text = f"{value:.2f}"
    else:
        text = f"{value:,.1f}" if abs(value) < 99.5 else f"{value:,.0f}"
    return f"{text} {unit}".rstrip()


def table(figures: Sequence[Figure]) -> str:
    """Lay figures out as a Markdown table whose source reads as well as its rendering."""
    lines = [_HEAD, *map(_cells, figures)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(_HEAD))]
    rows = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    rows.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    notes = [f"- {figure.what}: {figure.note}" for figure in figures if figure.note]
    return "\n".join(rows + (["", *notes] if notes else []))


def _cells(figure: Figure) -> tuple[str, str, str, str, str]:
    value = "-" if figure.value is None else number(figure.value, figure.unit)
    target = ""
    if figure.target is not None:
        sign = "<=" if figure.target.at_most is not None else ">="
        target = f"{sign} {figure.target.limit:g} {figure.unit}".rstrip()
    ratio = "" if figure.ratio is None else number(figure.ratio)
    return figure.what, value, target, ratio, figure.verdict


def document(figures: Sequence[Figure], about: dict[str, Any]) -> str:
    """Write everything as JSON, with what is known about the machine and the run."""
    rows = [asdict(figure) | {"ratio": figure.ratio, "verdict": figure.verdict} for figure in figures]
    return json.dumps({"about": about, "figures": rows}, indent=1, ensure_ascii=False) + "\n"
