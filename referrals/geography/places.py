"""From what a worker writes of where they are to weighted districts. Pure: the text is read, never kept or logged.

Only the place field is resolved, never the story.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from referrals.geography.provinces import DISTRICTS, PROVINCE_NAMES, PROVINCES, REGIONS, District, Region

__all__ = ["DISTRICTS", "PROVINCES", "REGIONS", "District", "Place", "Region", "area", "area_name", "resolve"]

_NOWHERE: Final[Mapping[str, float]] = MappingProxyType({})
COUNTRY_AREA: Final = "ca"


@dataclass(frozen=True, slots=True)
class PlaceCandidate:
    """One of several places that a name may mean, for asking back."""

    name: str
    province: str
    district: str | None = None

    @property
    def label(self) -> str:
        """Say which one it is: "Hamilton, Metro Vancouver, British Columbia"."""
        district = DISTRICTS.get(self.district or "")
        parts = (self.name, district.name if district else "", PROVINCE_NAMES[self.province])
        return ", ".join(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report is about, as far as it is known.

    `districts` are weights that sum to 1, or empty where no district is known. `region` is set where all of them lie
    in one. `candidates` are there only where the worker must be asked which place is meant. `confidence` is in [0, 1].
    `level` is what was recognized: place, postal, district, region, province, country or none. `method` is how: exact,
    alternate, colloquial, postal, sentence, typing_error, code or none.
    """

    province: str | None = None
    districts: Mapping[str, float] = field(default_factory=lambda: _NOWHERE)
    region: str | None = None
    level: str = "none"
    confidence: float = 0.0
    candidates: tuple[PlaceCandidate, ...] = ()
    method: str = "none"

    @property
    def needs_question(self) -> bool:
        """Say whether a finer answer could change who is asked: no district, and not outside the provinces served."""
        return not self.districts and (self.province is None or self.province in PROVINCES)


def place_in(weights: Mapping[str, float], *, level: str, method: str, confidence: float) -> Place:
    """Make the place for weighted districts of one province; the weights are scaled to sum to 1."""
    total = sum(weights.values())
    districts = {code: round(weight / total, 4) for code, weight in sorted(weights.items(), key=lambda item: -item[1])}
    regions = {DISTRICTS[code].region for code in districts}
    return Place(
        province=DISTRICTS[next(iter(districts))].province,
        districts=MappingProxyType(districts),
        region=regions.pop() if len(regions) == 1 else None,
        level=level,
        confidence=confidence,
        method=method,
    )


def weigh(districts: Iterable[str]) -> dict[str, float]:
    """Weigh districts by how many people live there."""
    return {code: float(DISTRICTS[code].population) for code in districts}


def area(code: str) -> Place:
    """Give the place for a district, region or province chosen from a list; nowhere for a code that is none.

    Takes "5907", "rd:5907", "region:5930" and "prov:BC".
    """
    code = code.rpartition(":")[2]
    if code in DISTRICTS:
        return place_in({code: 1.0}, level="district", method="code", confidence=1.0)
    if code in REGIONS:
        return place_in(weigh(REGIONS[code].districts), level="region", method="code", confidence=1.0)
    if code in PROVINCE_NAMES:
        return Place(province=code, level="province", method="code", confidence=1.0)
    return Place()


def area_name(code: str) -> str:
    """Name an area as it is kept with a case ("rd:5907", "region:5930", "prov:BC", "ca"); the code where unknown."""
    kind, _, value = code.partition(":")
    if kind == "rd" and value in DISTRICTS:
        return DISTRICTS[value].name
    if kind == "region" and value in REGIONS:
        return REGIONS[value].name
    if kind == "prov" and value in PROVINCE_NAMES:
        return PROVINCE_NAMES[value]
    return "Canada" if kind == COUNTRY_AREA else code


def resolve(text: str) -> Place:
    """Find the place that a worker wrote; `method` is "none" where there is none."""
    wanted = text.strip().casefold()
    names = {code: named.name for code, named in DISTRICTS.items()} | {
        code: named.name for code, named in REGIONS.items()
    }
    return next((area(code) for code, name in names.items() if name.casefold() == wanted), Place())
