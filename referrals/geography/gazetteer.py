"""What names mean: every place, region and province that the data knows, by the words of its names. Read once.

The data's sources and licences stand in data/SOURCES.txt: GeoNames (CC BY 4.0), Statistics Canada, and ours.
"""

import csv
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from referrals.geography.provinces import DISTRICTS, PROVINCE_NAMES, PROVINCES
from referrals.geography.wording import key_of

_DATA: Final = Path(__file__).with_name("data")
_UNSPACED: Final = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a name can mean: a place (in one district, or none outside the provinces served) or a region.

    A region has weighted `districts`. `population` is 0 where nobody counted.
    """

    name: str
    province: str
    district: str | None = None
    population: int = 0
    districts: Mapping[str, float] | None = None


@dataclass(slots=True)
class Gazetteer:
    """The names. `own` are what places are called; `other` what else GeoNames has for them; `regions` as people say."""

    regions: dict[str, Meaning] = field(default_factory=dict)
    own: dict[str, list[Meaning]] = field(default_factory=dict)
    other: dict[str, list[Meaning]] = field(default_factory=dict)
    provinces: dict[str, str] = field(default_factory=dict)
    country: frozenset[str] = frozenset()
    ordinary: frozenset[str] = frozenset()
    before_a_place: frozenset[str] = frozenset()
    unspaced: tuple[str, ...] = ()
    longest: int = 0
    postal: dict[str, Mapping[str, float]] = field(default_factory=dict)


# Who knows only the first letter of a postal code knows the province (Canada Post).
POSTAL_PROVINCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{"A": "NL", "B": "NS", "C": "PE", "E": "NB", "G": "QC", "H": "QC", "J": "QC", "K": "ON", "L": "ON"},
        **{"M": "ON", "N": "ON", "P": "ON", "R": "MB", "S": "SK", "T": "AB", "V": "BC", "Y": "YT"},
        **{"X0A": "NU", "X0B": "NU", "X0C": "NU", "X": "NT"},
    }
)


def by_population(districts: Iterable[str]) -> dict[str, float]:
    """Weigh districts by how many people live there."""
    return {code: float(DISTRICTS[code].population) for code in districts}


_READING: Final = threading.Lock()


def gazetteer() -> Gazetteer:
    """Give the names; the first one who asks waits for the data, and whoever asks meanwhile."""
    # Without a lock the first eight reports of a process would each read it, and hold it, for themselves.
    with _READING:
        return _read()


@lru_cache(maxsize=1)
def _read() -> Gazetteer:
    """Read the data; about 30 ms, once in a process."""
    found = Gazetteer()
    spoken = json.loads((_DATA / "spoken.json").read_bytes())
    _read_spoken(found, spoken)
    for name, province, district, population, others in _rows("places.csv"):
        meaning = Meaning(name, province, district or None, int(population))
        found.own.setdefault(key_of(name), []).append(meaning)
        for other in others.split("|") if others else ():
            found.other.setdefault(key_of(other), []).append(meaning)
    for served in PROVINCES:
        _add_areas(found, served)
    _read_towns(found, spoken["towns"])
    # What is called so itself is not also called so otherwise.
    for key in found.other.keys() & (found.own.keys() | found.regions.keys()):
        del found.other[key]
    found.longest = max(map(len, (*found.own, *found.regions)))
    found.unspaced = tuple(sorted(_unspaced(found), key=len, reverse=True))
    for code, weights in _rows("postal.csv"):
        pairs = (pair.split(":") for pair in weights.split())
        found.postal[code] = {district: float(weight) for district, weight in pairs}
    return found


def is_unspaced(text: str) -> bool:
    """Say whether a text holds letters of scripts that put no spaces between words: Thai, Han, kana."""
    return _UNSPACED.search(text) is not None


def _rows(name: str) -> Iterator[list[str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        yield from rows


def _read_spoken(found: Gazetteer, document: Mapping[str, Any]) -> None:
    for region in document["regions"]:
        weights = by_population(region["districts"])
        province = DISTRICTS[region["districts"][0]].province
        for name in region["names"]:
            found.regions[key_of(name)] = Meaning(name, province, districts=weights)
    for code, names in document["provinces"].items():
        found.provinces.update((key_of(name), code) for name in (*names, PROVINCE_NAMES[code]))
    found.country = frozenset(map(key_of, document["country"]))
    found.ordinary = frozenset(map(key_of, document["ordinary_words"]))
    found.before_a_place = frozenset(map(key_of, document["before_a_place"]))


def _add_areas(found: Gazetteer, province: str) -> None:
    """Let the districts and regions of a province be found by their official names, beside places of that name."""
    for district in PROVINCES[province].districts:
        meaning = Meaning(district.name, province, district.code, district.population)
        found.own.setdefault(key_of(district.name), []).append(meaning)
        found.own.setdefault(key_of(f"{district.name} Regional District"), []).append(meaning)
    for region in PROVINCES[province].regions:
        meaning = Meaning(region.name, province, districts=by_population(region.districts))
        found.regions.setdefault(key_of(region.name), meaning)


def _read_towns(found: Gazetteer, short_forms: Mapping[str, list[str]]) -> None:
    """Add what towns are called for short and in other scripts: that means the town, and nothing elsewhere."""
    for name, others in short_forms.items():
        meaning = max(found.own[key_of(name)], key=lambda known: (known.district is not None, known.population))
        for other in others:
            found.own[key_of(other)] = [meaning]
    for name, district, _, *scripts in _rows("towns.csv"):
        meaning = next(known for known in found.own[key_of(name)] if known.district == district)
        for names in scripts:
            for other in names.split("|"):
                found.own[key_of(other)] = [meaning]


def _unspaced(found: Gazetteer) -> Iterator[str]:
    for names in (found.own, found.other, found.regions, found.provinces):
        yield from (key for key in names if not key.isascii() and is_unspaced(key) and len(key) > 1)
