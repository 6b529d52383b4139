"""Where a worker is, as the hotline learns it: a digit for a town, a card's code, or what the number's area says. Pure.

Only the answer to the question for the town is resolved, never the story (referrals.md, "Geography").
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from intake.sms.digits import plain
from referrals.geography.gazetteer import by_population
from referrals.geography.outcomes import Place, PlaceCandidate, place_in
from referrals.geography.places import area
from referrals.geography.provinces import DISTRICTS, PROVINCE_NAMES

# The towns of the question, one for each district where most farm workers of the province are. 4 and 0 mean the same
# in every question: a person now, and silence.
TOWNS: Final[Mapping[int, str]] = MappingProxyType(
    {1: "rd:5935", 2: "rd:5907", 3: "rd:5909", 5: "rd:5915", 6: "rd:5937", 7: "rd:5919", 8: "rd:5903"}
)
OTHER: Final = 9
# So many places can be asked back: their digits stop before 4.
MOST_CANDIDATES: Final = 3
_LONGEST_CODE: Final = 40
_CARDS: Final = Path(__file__).with_name("cards.csv")
# Area codes of British Columbia. They tell the province and no more: telephones move with their owners, and many are
# bought at the airport.
_AREA_CODES: Final = frozenset({"236", "250", "257", "604", "672", "778"})
_NORTH_AMERICAN: Final = re.compile(r"^\+1(\d{3})\d{7}$")
_CARD: Final = re.compile(r"^\W*([1-9][0-9])\W*$")


@dataclass(frozen=True, slots=True)
class Card:
    """What the two digits of an outreach card stand for: a language, and the regions where the card is given out."""

    code: str
    language: str
    areas: tuple[str, ...]

    @property
    def place(self) -> Place:
        """Give the place of the regions, by their people where they are several."""
        districts = [code for name in self.areas for code in area(name).districts]
        return place_in(by_population(districts), level="region", method="code", confidence=1.0)


def card(text: str) -> Card | None:
    """Read a first text that is nothing but a card's code, in any script's digits."""
    found = _CARD.match(plain(text)) if len(text) <= _LONGEST_CODE else None
    return cards().get(found.group(1)) if found else None


@cache
def cards() -> dict[str, Card]:
    """List the codes of outreach cards (cards.csv), by code."""
    with _CARDS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["code"]: Card(row["code"], row["language"], tuple(row["areas"].split())) for row in rows}


def number_area(phone: str) -> str | None:
    """Give the area that a number (E.164) belongs to, "prov:BC"; None for any other."""
    found = _NORTH_AMERICAN.match(phone)
    return "prov:BC" if found and found.group(1) in _AREA_CODES else None


def weights_of(place: Place) -> tuple[tuple[str, float], ...]:
    """Write the weighted districts of a place as a conversation remembers them."""
    return tuple(sorted(place.districts.items()))


def place_of(name: str | None, weights: Iterable[tuple[str, float]] = ()) -> Place:
    """Give the place for an area's name ("rd:5907", "region:5930", "prov:BC"), or for weighted districts."""
    known = {code: weight for code, weight in weights if code in DISTRICTS and weight > 0}
    if known and len({DISTRICTS[code].province for code in known}) == 1:
        return place_in(known, level="place", method="code", confidence=1.0)
    return area(name) if name else Place()


def area_of_candidate(candidate: PlaceCandidate) -> str:
    """Name the area of one of the places that a name may mean."""
    return f"rd:{candidate.district}" if candidate.district else f"prov:{candidate.province}"


def label(candidate: PlaceCandidate) -> str:
    """Say which one it is, as short as can be: "Hamilton, Metro Vancouver", "Hamilton, Ontario"."""
    district = DISTRICTS.get(candidate.district or "")
    within = district.name if district else PROVINCE_NAMES[candidate.province]
    return candidate.name if candidate.name == within else f"{candidate.name}, {within}"
