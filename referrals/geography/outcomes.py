"""What a place comes to: weighted districts, or a question with the places that a name can mean. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from referrals.geography.gazetteer import Meaning
from referrals.geography.provinces import DISTRICTS, PROVINCE_NAMES, PROVINCES

# A namesake this many times larger is probably meant instead (referrals.md, "Geography").
MUCH_LARGER: Final = 5
MOST_CANDIDATES: Final = 6
_NOWHERE: Final[Mapping[str, float]] = MappingProxyType({})

# A district where one is known, else a province.
Area = tuple[str, str | None]


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

    @property
    def areas(self) -> frozenset[Area]:
        """Give every area that this may be."""
        if self.candidates:
            return frozenset((candidate.province, candidate.district) for candidate in self.candidates)
        if self.districts:
            return frozenset((DISTRICTS[code].province, code) for code in self.districts)
        return frozenset({(self.province, None)} if self.province else ())


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


def settle(meanings: Iterable[Meaning], *, method: str, confidence: float) -> Place:
    """Decide what a name means, or ask back.

    A place in the provinces served stands before one elsewhere that is not over five times larger. Several in one
    district are one. A namesake over five times smaller is passed over; otherwise the worker is asked.
    """
    known = sorted(meanings, key=lambda meaning: (-meaning.population, meaning.province, meaning.district or ""))
    for meaning in known:
        if meaning.districts:
            return place_in(meaning.districts, level="region", method=method, confidence=confidence)
    served = [meaning for meaning in known if meaning.district]
    rivals = [meaning for meaning in served if _area(meaning) != _area(served[0])] if served else []
    rivals = [meaning for meaning in rivals if not _is_much_larger(served[0], meaning)]
    elsewhere = [meaning for meaning in known if not meaning.district]
    if served:
        rivals += [meaning for meaning in elsewhere if _is_much_larger(meaning, served[0])]
        if rivals:
            return asking([served[0], *rivals], method=method)
        weights = {served[0].district or "": 1.0}
        return place_in(weights, level="place", method=method, confidence=confidence)
    rivals = [other for other in elsewhere if other.province != elsewhere[0].province]
    if any(not _is_much_larger(elsewhere[0], other) for other in rivals):
        return asking(elsewhere, method=method)
    return Place(province=elsewhere[0].province, level="place", confidence=confidence, method=method)


def asking(meanings: Sequence[Meaning], *, method: str) -> Place:
    """Make the place that must be asked back; its province is known where all agree on it."""
    found = sorted(meanings, key=lambda meaning: -meaning.population)
    candidates = (PlaceCandidate(meaning.name, meaning.province, meaning.district) for meaning in found)
    return _asking(tuple(candidates), method=method)


def together(places: Sequence[Place], *, method: str, confidence: float) -> Place:
    """Read several places named in one text: what they share, or a question where they share nothing."""
    current = places[0]
    for place in places[1:]:
        shared = current.areas & place.areas
        if shared:
            narrower = min((current, place), key=lambda one: (bool(one.candidates), len(one.areas)))
            current = only_in(narrower, shared)
        else:
            current = asking_between((current, place), method=method)
    return replace(current, method=method, confidence=min(confidence, current.confidence))


def asking_between(places: Iterable[Place], *, method: str) -> Place:
    """Ask which of several places is meant."""
    return _asking(tuple(candidate for place in places for candidate in _candidates(place)), method=method)


def only_in(place: Place, areas: frozenset[Area]) -> Place:
    """Narrow a place to some of its areas."""
    if place.candidates:
        left = tuple(one for one in place.candidates if (one.province, one.district) in areas)
        if len({(one.province, one.district) for one in left}) > 1:
            return _asking(left, method=place.method)
        if left[0].district is None:
            return Place(province=left[0].province, level="place", confidence=0.8, method=place.method)
        return place_in({left[0].district: 1.0}, level="place", method=place.method, confidence=0.8)
    if place.districts:
        weights = {code: weight for code, weight in place.districts.items() if (place.province, code) in areas}
        return place_in(weights, level=place.level, method=place.method, confidence=place.confidence)
    return place


def _asking(candidates: tuple[PlaceCandidate, ...], *, method: str) -> Place:
    candidates = tuple(dict.fromkeys(candidates))
    provinces = {candidate.province for candidate in candidates}
    return Place(
        province=provinces.pop() if len(provinces) == 1 else None,
        confidence=round(1 / len(candidates), 2),
        candidates=candidates[:MOST_CANDIDATES],
        method=method,
    )


def _candidates(place: Place) -> tuple[PlaceCandidate, ...]:
    """Write a place as candidates, under the names of its areas."""
    if place.candidates:
        return place.candidates
    return tuple(
        PlaceCandidate(DISTRICTS[district].name if district else PROVINCE_NAMES[province], province, district)
        for province, district in sorted(place.areas, key=lambda area: (area[0], area[1] or ""))
    )


def _area(meaning: Meaning) -> Area:
    return (meaning.province, meaning.district)


def _is_much_larger(one: Meaning, other: Meaning) -> bool:
    return one.population > MUCH_LARGER * other.population
