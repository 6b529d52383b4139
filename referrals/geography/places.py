"""From what a worker writes of where they are to weighted districts. Pure: the text is read, never kept or logged.

Only the place field is resolved, never the story. A postal code is cut to its first three characters.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from referrals.geography import lookups, outcomes
from referrals.geography.gazetteer import POSTAL_PROVINCES, by_population, gazetteer
from referrals.geography.lookups import ALSO_A_WORD, CERTAIN, LONGEST_NAME, key_of_words
from referrals.geography.outcomes import Place, PlaceCandidate, place_in
from referrals.geography.provinces import DISTRICTS, PROVINCE_NAMES, REGIONS, District, Region
from referrals.geography.wording import LONGEST_TEXT, Word, words_of

__all__ = [
    "DISTRICTS",
    "REGIONS",
    "District",
    "Place",
    "PlaceCandidate",
    "Region",
    "area",
    "area_name",
    "resolve",
    "without_whole_postal_codes",
]

_FIRST: Final = "([ABCEGHJ-NPRSTVXY])"
_LETTER: Final = "[ABCEGHJ-NPRSTV-Z]"
_BETWEEN: Final = r"[\W_]*"
_STARTS: Final = r"(?<![^\W_])"
_ENDS: Final = r"(?![^\W_])"
# A whole code, where the letter O is often typed for a zero, with anything but letters and digits between its
# characters; one that is grown together with what stands around it; or a first half, where an O would make Bob a code.
_POSTAL: Final = re.compile(
    rf"{_STARTS}{_FIRST}{_BETWEEN}([\dO]){_BETWEEN}({_LETTER}){_BETWEEN}\d{_BETWEEN}{_LETTER}{_BETWEEN}(?:\d|O{_ENDS})"
    rf"|{_FIRST}(\d)({_LETTER}){_BETWEEN}\d{_LETTER}\d"
    rf"|{_STARTS}{_FIRST}(\d)({_LETTER}){_ENDS}",
    re.IGNORECASE,
)
_SHORTEST_COUNTRY: Final = 4
_LONGEST_PROVINCE: Final = 5


def area(code: str) -> Place:
    """Give the place for a district, region or province chosen from a list; nowhere for a code that is none.

    Takes "5907", "rd:5907", "region:5930" and "prov:BC".
    """
    code = code.rpartition(":")[2]
    if code in DISTRICTS:
        return place_in({code: 1.0}, level="district", method="code", confidence=CERTAIN)
    if code in REGIONS:
        return place_in(by_population(REGIONS[code].districts), level="region", method="code", confidence=CERTAIN)
    if code in PROVINCE_NAMES:
        return Place(province=code, level="province", method="code", confidence=CERTAIN)
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
    return "Canada" if kind == "ca" else code


def resolve(text: str) -> Place:
    """Find the place that a worker wrote. `method` is "none" where there is none; `candidates` where it must be asked.

    A name as a whole is tried first, then with one typing error, then the names in a sentence. Of a text longer than
    200 characters only the beginning is read.
    """
    text = text[:LONGEST_TEXT]
    compatible = _compatible(text)
    postal = _POSTAL.search(compatible)
    if postal is None:
        return _by_name(_Written.of(text))
    by_code = _postal_area(postal)
    written = _Written.of(_POSTAL.sub(",", compatible))
    by_name = _by_name(replace(written, province=written.province or by_code.province))
    shared = by_name.areas & by_code.areas
    # A code says where in a region, too.
    is_enough = by_name.districts and not (shared and by_name.level == "region")
    if is_enough or not by_code.districts:
        return by_name
    # A name that is not enough, or none, and the code says where.
    return outcomes.only_in(by_name, shared) if shared else by_code


def without_whole_postal_codes(text: str) -> str:
    """Cut each postal code in a text to its first three characters: all six can be a single house.

    A text with a code comes back with full-width letters and their like as ordinary ones (NFKC).
    """
    cut, codes = _POSTAL.subn(lambda code: "".join(_first_half(code)), _compatible(text))
    return cut if codes else text


def _compatible(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _first_half(code: re.Match[str]) -> list[str]:
    return [character for character in code.groups() if character]


@dataclass(frozen=True, slots=True)
class _Written:
    """A text as words, without the country and province that stood at its end or its beginning."""

    words: tuple[Word, ...]
    all_words: tuple[Word, ...] = ()
    province: str | None = None
    is_country: bool = False
    province_leads: bool = False

    @classmethod
    def of(cls, text: str) -> "_Written":
        """Read a text."""
        names = gazetteer()
        words = words_of(text)
        while words and words[-1].text in names.country and (len(words) > 1 or len(words[0].text) >= _SHORTEST_COUNTRY):
            if _is_in_a_longer_name(words, 1, at_end=True):
                break
            words.pop()
            if not words:
                return cls((), is_country=True)
        found = tuple(words)
        for length in range(min(_LONGEST_PROVINCE, len(found)), 0, -1):
            tail, head = key_of_words(found[-length:]), key_of_words(found[:length])
            is_word = tail in ALSO_A_WORD and length == len(found)
            if tail in names.provinces and not is_word and not _is_in_a_longer_name(found, length, at_end=True):
                return cls(found[:-length], found, names.provinces[tail])
            is_word = head in ALSO_A_WORD
            if head in names.provinces and not is_word and not _is_in_a_longer_name(found, length, at_end=False):
                return cls(found[length:], found, names.provinces[head], province_leads=True)
        return cls(found, found)


def _is_in_a_longer_name(words: Sequence[Word], length: int, *, at_end: bool) -> bool:
    """Say whether a name goes on beyond a province or country: Northern BC, Fort Saskatchewan, Labrador City."""
    names = gazetteer()
    for longer in range(length + 1, min(LONGEST_NAME, len(words)) + 1):
        part = words[-longer:] if at_end else words[:longer]
        if any(word.after_break for word in part[1:]):
            return False
        key = key_of_words(part)
        if key in names.regions or key in names.own:
            return True
    return False


def _by_name(written: _Written) -> Place:
    if written.is_country:
        return Place(level="country", method="exact", confidence=CERTAIN)
    if not written.words:
        return _province(written.province)
    key = key_of_words(written.words)
    place = (
        lookups.whole(key, written.province)
        or lookups.mistyped(key, written.province)
        or lookups.in_sentence(written.words, written.province)
    )
    if place is None and written.province_leads:
        # What led may have been a street: "Ontario Street, Vancouver".
        place = lookups.in_sentence(written.all_words, None)
    if place is None and (len(written.words) > 1 and written.all_words[-1].text in ALSO_A_WORD):
        return Place()
    return place or _province(written.province)


def _province(code: str | None) -> Place:
    return Place(province=code, level="province", method="exact", confidence=CERTAIN) if code else Place()


def _postal_area(match: re.Match[str]) -> Place:
    """Read the forward sortation area of a postal code; the rest of the code is not looked at."""
    letter, digit, last = (character.upper() for character in _first_half(match))
    code = letter + ("0" if digit == "O" else str(int(digit))) + last
    if weights := gazetteer().postal.get(code):
        confidence = max(weights.values())
        return place_in(weights, level="postal", method="postal", confidence=confidence)
    province = POSTAL_PROVINCES.get(code, POSTAL_PROVINCES[code[0]])
    return Place(province=province, level="province", method="postal", confidence=CERTAIN)
