"""Finds names in the gazetteer: as they stand, with one typing error, or in a sentence. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from referrals.geography import outcomes
from referrals.geography.gazetteer import Meaning, gazetteer, is_unspaced
from referrals.geography.outcomes import Place
from referrals.geography.wording import Word, one_error_away

CERTAIN: Final = 1.0
BY_ANOTHER_NAME: Final = 0.9
IN_A_SENTENCE: Final = 0.8
MISTYPED: Final = 0.7
_SHORTEST_MISTYPED: Final = 5
LONGEST_NAME: Final = 6
_LONGEST_PROVINCE: Final = 5
_SHORTEST_IN_SENTENCE: Final = 3
# Korean writes what follows a place onto its name: in, near, of, city, towards.
_KOREAN_ENDINGS: Final = re.compile("(?<=[가-힣]{2})(에서|근처|으로|에|의|시|쪽|로)$")
# "on" is Ontario at the end of a name, and a word everywhere else.
ALSO_A_WORD: Final = frozenset({"on"})


def key_of_words(words: Sequence[Word]) -> str:
    """Join words to the form under which a name is found."""
    return " ".join([word.text for word in words])


def whole(key: str, province: str | None) -> Place | None:
    """Find a name exactly as it stands: what people call a region, a place's own name, then its other names."""
    names = gazetteer()
    region = names.regions.get(key)
    if region and province in (None, region.province):
        return outcomes.settle([region], method="colloquial", confidence=BY_ANOTHER_NAME)
    if own := _in_province(names.own.get(key, ()), province):
        return outcomes.settle(own, method="exact", confidence=CERTAIN)
    if other := _in_province(names.other.get(key, ()), province):
        # Asked back is by a place's own name only: another name of a place elsewhere is no rival.
        served = [meaning for meaning in other if meaning.district]
        return outcomes.settle(served or other, method="alternate", confidence=BY_ANOTHER_NAME)
    return None


def mistyped(key: str, province: str | None) -> Place | None:
    """Forgive one typing error in a name of five letters or more; where different places are as near, ask back."""
    names = gazetteer()
    if len(key) > names.longest + 1:
        return None
    found: dict[str, list[Meaning]] = {}
    for near in one_error_away(key):
        if near in found or not (near in names.own or near in names.regions):
            continue
        region = names.regions.get(near)
        meanings = _in_province([region] if region else names.own[near], province)
        if meanings and sum(map(str.isalpha, near)) >= _SHORTEST_MISTYPED:
            found[near] = meanings
    places = [outcomes.settle(meanings, method="typing_error", confidence=MISTYPED) for meanings in found.values()]
    if len({place.areas for place in places}) > 1:
        return outcomes.asking([one for meanings in found.values() for one in meanings], method="typing_error")
    return places[0] if places else None


def in_sentence(words: Sequence[Word], province: str | None) -> Place | None:
    """Find the places named in a text, spelt exactly. Names that are also words count only where they stand as names.

    Where several are named, what they share counts: "Rutland, Kelowna" is one district. Else it is asked back.
    """
    spans = list(_spans(words, province))
    found = [place for place, is_sure in spans if is_sure] or [place for place, _ in spans]
    text = "".join(word.text for word in words)
    if not found and is_unspaced(text):
        found = list(_unspaced(text, province))
    return outcomes.together(found, method="sentence", confidence=IN_A_SENTENCE) if found else None


def _in_province(meanings: Sequence[Meaning], province: str | None) -> list[Meaning]:
    return [meaning for meaning in meanings if province is None or province == meaning.province]


def _spans(words: Sequence[Word], province: str | None) -> Iterator[tuple[Place, bool]]:
    """Yield each place named, the longest names first, and whether it is surely meant as one."""
    start = 0
    while start < len(words):
        for end in range(min(start + LONGEST_NAME, len(words)), start, -1):
            if any(word.after_break for word in words[start + 1 : end]):
                continue
            key = _known(key_of_words(words[start:end]))
            if key is None:
                continue
            own_province, length = _province_after(words, end)
            place = whole(key, own_province or province)
            if place is None:
                continue
            sure = _is_name(words, start, end, place, followed=own_province is not None)
            if sure is not None:
                yield place, sure
                start = end + length - 1
                break
        start += 1


def _known(key: str) -> str | None:
    """Give the form under which the gazetteer has a name, or None."""
    names = gazetteer()
    if len(key) < _SHORTEST_IN_SENTENCE:
        return None
    for form in (key,) if key.isascii() else (key, _KOREAN_ENDINGS.sub("", key)):
        if form in names.own or form in names.regions or form in names.other:
            return form
    return None


def _is_name(words: Sequence[Word], start: int, end: int, place: Place, *, followed: bool) -> bool | None:
    """Say whether words are surely a name (True), perhaps (False), or only words (None)."""
    names = gazetteer()
    is_word = words[end - 1].text in names.ordinary
    is_served = bool(place.districts) or any(candidate.district for candidate in place.candidates)
    if followed or (not is_word and (end - start > 1 or is_served)):
        return True
    ends = end == len(words) or words[end].after_break
    if words[start].after_break and ends:
        return False
    if start == 0 or words[start - 1].text not in names.before_a_place:
        return None
    # "In hope", at the end, is the town that people live in; "in field" is no hamlet without a capital.
    is_town = ends and any(meaning.population for meaning in names.own.get(words[start].text, ()))
    return False if words[start].capital or end - start > 1 or is_town else None


def _province_after(words: Sequence[Word], at: int) -> tuple[str | None, int]:
    """Read the province that follows a name, and how many words it takes."""
    names = gazetteer()
    for length in range(min(_LONGEST_PROVINCE, len(words) - at), 0, -1):
        key = key_of_words(words[at : at + length])
        if key in names.provinces and (key not in ALSO_A_WORD or words[at].capital):
            return names.provinces[key], length
    return None, 0


def _unspaced(text: str, province: str | None) -> Iterator[Place]:
    """Yield the places named in a text without spaces between its words (Thai, Chinese)."""
    names = gazetteer()
    found = []
    for name in names.unspaced:
        key = name.replace(" ", "")
        if key in text:
            text = text.replace(key, " ")
            found.append(name)
    provinces = [names.provinces[name] for name in found if name in names.provinces]
    province = province or next(iter(provinces), None)
    places = [whole(name, province) for name in found if name not in names.provinces]
    yield from (place for place in places if place)
    if province and not any(places):
        yield Place(province=province, level="province", method="sentence", confidence=IN_A_SENTENCE)
