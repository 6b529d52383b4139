"""The gazetteer's files agree with one another, and say where they come from."""

import csv
from pathlib import Path

import pytest

from referrals.geography import gazetteer as module
from referrals.geography.gazetteer import POSTAL_PROVINCES, gazetteer, is_unspaced
from referrals.geography.places import resolve
from referrals.geography.provinces import DISTRICTS, PROVINCE_NAMES

DATA = Path(module.__file__).with_name("data")


def rows(name: str) -> list[dict[str, str]]:
    """Read a data file."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_place_lies_in_a_province_and_those_served_in_a_district() -> None:
    for place in rows("places.csv"):
        assert place["province"] in PROVINCE_NAMES
        assert (place["district"] in DISTRICTS) == (place["province"] == "BC"), place
        assert int(place["population"]) >= 0


def test_every_postal_area_is_a_weighted_set_of_districts() -> None:
    found = gazetteer().postal
    assert len(found) == 192
    for code, weights in found.items():
        assert code[0] in POSTAL_PROVINCES and set(weights) <= set(DISTRICTS)
        assert sum(weights.values()) == pytest.approx(1, abs=0.01)


def test_forty_towns_are_found_in_every_script() -> None:
    towns = rows("towns.csv")
    assert len(towns) == 40
    for town in towns:
        assert town["status"] == "machine-drafted"
        for script in ("pa", "hi", "th", "ko", "zh-Hant", "zh-Hans"):
            for name in town[script].split("|"):
                assert set(resolve(name).districts) == {town["district"]}, (town["name"], name)


def test_no_written_name_of_a_town_is_a_region_or_a_province() -> None:
    names = gazetteer()
    written = {name for town in rows("towns.csv") for names in list(town.values())[3:] for name in names.split("|")}
    assert written.isdisjoint(names.regions) and written.isdisjoint(names.provinces)


def test_every_place_of_the_provinces_served_is_found_by_its_own_name() -> None:
    lost = []
    for place in rows("places.csv"):
        if place["district"]:
            found = resolve(f"{place['name']}, {PROVINCE_NAMES[place['province']]}")
            # A region of the same name is found first; of two in different districts the worker is asked.
            districts = set(found.districts) | {one.district for one in found.candidates}
            if place["district"] not in districts and found.level != "region":
                lost.append((place["name"], place["district"], dict(found.districts)))
    # The smaller of two West Ends is over five times smaller.
    assert lost == [("West End", "5933", {"5915": 1.0})]


def test_scripts_without_spaces_are_known() -> None:
    assert is_unspaced("溫哥華") and is_unspaced("โฮป") and is_unspaced("バンクーバー")
    assert not is_unspaced("Oliver") and not is_unspaced("켈로나") and not is_unspaced("सरे")


def test_the_sources_are_named_beside_the_data() -> None:
    sources = (DATA / "SOURCES.txt").read_text(encoding="utf-8")
    assert "GeoNames" in sources and "creativecommons.org/licenses/by/4.0" in sources
    assert all(path.name in sources for path in DATA.iterdir() if path.name != "SOURCES.txt")
