"""What workers write of where they are comes to districts, to a question, or to nothing; never to a wrong guess."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.geography.places import DISTRICTS, REGIONS, Place, area, area_name, resolve
from referrals.geography.provinces import PROVINCES
from tests.guards.tree import ROOT

SPOKEN = json.loads((ROOT / "referrals" / "geography" / "data" / "spoken.json").read_bytes())
ISLAND = {"5917", "5919", "5921", "5923", "5924", "5926", "5943"}
KOOTENAYS = {"5901", "5903", "5905"}
NORTH = {"5941", "5947", "5949", "5951", "5953", "5955", "5957", "5959"}


def test_british_columbia_has_29_districts_in_8_regions() -> None:
    assert len(DISTRICTS) == 29
    assert {region.code: len(region.districts) for region in REGIONS.values()} == (
        {"5910": 9, "5920": 4, "5930": 5, "5940": 3, "5950": 2, "5960": 2, "5970": 2, "5980": 2}
    )
    assert all(REGIONS[district.region].province == district.province == "BC" for district in DISTRICTS.values())


@pytest.mark.parametrize(
    "text", ["Oliver BC", "Oliver, B.C.", "oliver b. c.", " OLIVER ", "Óliver", "Oliver, BC, Canada"]
)
def test_case_accents_punctuation_and_province_do_not_matter(text: str) -> None:
    place = resolve(text)
    assert (place.province, dict(place.districts), place.region) == ("BC", {"5907": 1.0}, "5930")
    assert (place.level, place.method, place.confidence) == ("place", "exact", 1.0)
    assert not place.needs_question


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("Fort St. John", "5955"),
        ("Ft Saint John", "5955"),
        ("fort st john", "5955"),
        ("Mt. Lehman", "5909"),
        ("Mount Lehman", "5909"),
        ("Hudsons Hope", "5955"),
        ("Hudson’s Hope", "5955"),
        ("Queen Charlotte", "5947"),
        ("One Hundred Mile House", "5941"),
        ("North Van", "5915"),
        ("PG", "5953"),
        ("Rock Creek", "5905"),
        ("Comox Valley Regional District", "5926"),
    ],
)
def test_short_forms_and_other_names(text: str, district: str) -> None:
    assert dict(resolve(text).districts) == {district: 1.0}


@pytest.mark.parametrize(
    ("text", "districts"),
    [
        ("south okanagan", {"5907"}),
        ("S. Okanagan", {"5907"}),
        ("Sud de l'Okanagan", {"5907"}),
        ("sur de Okanagan", {"5907"}),
        ("Central Okanagan", {"5935"}),
        ("north okanagan", {"5937"}),
        ("Okanagan", {"5907", "5935", "5937"}),
        ("Okanogan", {"5907", "5935", "5937"}),
        ("the Kootenays", KOOTENAYS),
        ("West Kootenay", {"5903", "5905"}),
        ("Lower Mainland", {"5909", "5915", "5929", "5931"}),
        ("Fraser Valley", {"5909"}),
        ("vallée du Fraser", {"5909"}),
        ("Valle de Fraser", {"5909"}),
        ("Vancouver Island", ISLAND),
        ("Isla de Vancouver", ISLAND),
        ("île de Vancouver", ISLAND),
        ("the Island", ISLAND),
        ("Sea-to-Sky", {"5931"}),
        ("Similkameen", {"5907"}),
        ("Cariboo", {"5941"}),
        ("the North", NORTH),
        ("le Nord", NORTH),
        ("norte", NORTH),
        ("Peace", {"5955"}),
        ("Thompson-Okanagan", {"5907", "5933", "5935", "5937", "5939"}),
    ],
)
def test_regions_as_people_call_them(text: str, districts: set[str]) -> None:
    place = resolve(text)
    assert set(place.districts) == districts
    assert (place.province, place.level) == ("BC", "region")


@pytest.mark.parametrize(
    ("name", "districts"),
    [(name, region["districts"]) for region in SPOKEN["regions"] for name in region["names"]],
)
def test_every_name_that_people_give_a_region_is_found_as_a_whole(name: str, districts: list[str]) -> None:
    assert set(resolve(name).districts) == set(districts)


@pytest.mark.parametrize(
    ("text", "province", "level"),
    [
        ("Fort Saskatchewan", "AB", "place"),
        ("near Fort Saskatchewan", "AB", "place"),
        ("Fort Saskatchewan, Alberta", "AB", "place"),
        ("at the fort, Saskatchewan", "SK", "province"),
        ("Labrador City", "NL", "place"),
        ("Little Canada", "NL", "place"),
        ("farm in Northern BC, Canada", "BC", "region"),
    ],
)
def test_a_province_that_is_part_of_a_longer_name_is_not_cut_from_it(text: str, province: str, level: str) -> None:
    assert (resolve(text).province, resolve(text).level) == (province, level)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("溫哥華", "5915"),
        ("温哥华", "5915"),
        ("溫哥華市", "5915"),
        ("卑詩省溫哥華", "5915"),
        ("在奧利弗附近的農場", "5907"),
        ("北溫哥華", "5915"),
        ("ਐਬਟਸਫੋਰਡ", "5909"),
        ("ਐਬਟਸਫ਼ੋਰਡ", "5909"),
        ("ਐਬਟਸਫੋਰਡ ਵਿੱਚ", "5909"),
        ("सरे", "5915"),
        ("केलोना में", "5935"),
        ("โอลิเวอร์", "5907"),
        ("ฉันอยู่ที่เคโลนา", "5935"),
        ("켈로나", "5935"),
        ("켈로나에서", "5935"),
        ("밴쿠버시", "5915"),
    ],
)
def test_towns_in_other_scripts(text: str, district: str) -> None:
    assert set(resolve(text).districts) == {district}


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("Osoyos", "5907"),
        ("Osoyos BC", "5907"),
        ("Kelwona", "5935"),
        ("Nanimo", "5921"),
        ("Abbottsford", "5909"),
        ("West Kelona", "5935"),
        ("Langly", "5915"),
        ("Tral", "5905"),
    ],
)
def test_one_typing_error_is_forgiven(text: str, district: str) -> None:
    place = resolve(text)
    assert dict(place.districts) == {district: 1.0}
    assert place.method == "typing_error" and place.confidence < 1


@pytest.mark.parametrize("text", ["Hop", "Hpoe", "Osyos BC", "Kwelwona", "asdfg", "zzzzz"])
def test_two_errors_and_short_names_are_not(text: str) -> None:
    assert not resolve(text).districts


def test_different_places_equally_near_are_asked_back() -> None:
    place = resolve("Crefton")
    assert not place.districts and place.needs_question
    assert [one.label for one in place.candidates] == (
        ["Creston, Central Kootenay, British Columbia", "Crofton, Cowichan Valley, British Columbia"]
    )
    assert {one.district for one in resolve("Fairfeld").candidates} == {"5909", "5917"}


def test_a_typing_error_near_two_places_of_one_district_is_no_question() -> None:
    assert set(resolve("Renfrew Height").districts) == {"5915"}


@pytest.mark.parametrize(
    ("text", "province"),
    [
        ("Leamington Ontario", "ON"),
        ("Leamington", "ON"),
        ("Hamilton, ON", "ON"),
        ("Montréal", "QC"),
        ("Calgary", "AB"),
        ("St. John's, Terre-Neuve", "NL"),
        ("Peace River AB", "AB"),
        ("Ontario", "ON"),
        ("安大略", "ON"),
        ("M5V 2T6", "ON"),
        ("X0A", "NU"),
        ("X1A 2B3", "NT"),
    ],
)
def test_a_place_outside_gives_its_province_and_no_district(text: str, province: str) -> None:
    place = resolve(text)
    assert (place.province, dict(place.districts), place.candidates) == (province, {}, ())
    assert not place.needs_question


def test_a_namesake_over_five_times_larger_is_asked_back() -> None:
    place = resolve("Hamilton")
    assert (place.province, dict(place.districts), place.needs_question) == (None, {}, True)
    assert [one.label for one in place.candidates] == (
        ["Hamilton, Ontario", "Hamilton, Metro Vancouver, British Columbia"]
    )
    assert set(resolve("Hamilton BC").districts) == {"5915"}


@pytest.mark.parametrize("text", ["Cumberland", "Montrose", "Agassiz", "Richmond", "Victoria", "Langley", "Golden"])
def test_a_namesake_elsewhere_that_is_not_is_passed_over(text: str) -> None:
    assert len(resolve(text).districts) == 1


@pytest.mark.parametrize("text", ["Fairfield", "Deep Cove", "Strathcona"])
def test_two_places_of_one_name_in_two_districts_are_asked_back(text: str) -> None:
    place = resolve(text)
    assert place.province == "BC" and not place.districts and len(place.candidates) == 2


def test_another_name_elsewhere_is_no_rival() -> None:
    # GeoNames has Queen Charlotte for Daajing Giids; nothing that is only also called so elsewhere asks back.
    assert resolve("New Westminister").method == "alternate"


def test_a_forward_sortation_area_is_a_weighted_set() -> None:
    place = resolve("V0H")
    assert {code: round(weight, 2) for code, weight in place.districts.items()} == (
        {"5907": 0.64, "5905": 0.23, "5935": 0.13}
    )
    assert (place.province, place.region, place.level, place.method) == ("BC", None, "postal", "postal")
    assert list(place.districts) == ["5907", "5905", "5935"]


@pytest.mark.parametrize(
    "text",
    [
        *("V0H 1T0", "v0h1t0", "V0H-1T0", "V0H  1T0", "VOH 1TO", "V0H    1T0", "V 0 H 1 T 0", "V0H1T0Canada"),
        *("\uff36\uff10\uff28 \uff11\uff34\uff10", "V\u0660H \u0661T\u0660", "\uff36\uff10\uff28"),
    ],
)
def test_a_full_postal_code_is_cut_to_its_first_half(text: str) -> None:
    assert resolve(text) == resolve("V0H")
    assert "1T" not in repr(resolve(text))


def test_a_name_and_a_postal_code_settle_each_other() -> None:
    assert set(resolve("100 Main St, Oliver BC V0H 1T0").districts) == {"5907"}
    assert set(resolve("Hamilton V6V 1A1").districts) == {"5915"}
    assert set(resolve("Fairfield V8S").districts) == {"5917"}
    assert set(resolve("my house V2S 1A1").districts) == {"5909"}
    assert set(resolve("Northern BC V2L 1A1").districts) == {"5953"}
    assert set(resolve("Okanagan V0H").districts) == {"5907", "5935"}
    assert set(resolve("Okanagan V5K").districts) == {"5907", "5935", "5937"}


@pytest.mark.parametrize("text", ["Bob", "Tom", "Lot", "los 5 hombres", "km 5 a 1 h 30"])
def test_a_word_is_no_postal_code(text: str) -> None:
    assert resolve(text).method != "postal"


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("in a camp near Oliver, BC", "5907"),
        ("cerca de Oliver", "5907"),
        ("en un campo cerca de Abbotsford", "5909"),
        ("près de Creston, C.-B.", "5903"),
        ("greenhouse in Delta", "5915"),
        ("Working in field near Keremeos", "5907"),
        ("farm in Cawston close to Keremeos", "5907"),
        ("Oliver/Osoyoos", "5907"),
        ("Rutland, Kelowna", "5935"),
        ("Deep Cove, North Vancouver", "5915"),
        ("Hamilton, Richmond", "5915"),
        ("Ontario Street, Vancouver", "5915"),
        ("I live in Hope", "5909"),
        ("i live in hope", "5909"),
        ("a trailer behind the packing house at Okanagan Falls", "5907"),
    ],
)
def test_a_sentence_in_the_place_field_finds_its_place(text: str, district: str) -> None:
    place = resolve(text)
    assert set(place.districts) == {district}
    assert place.method == "sentence"


def test_places_that_share_nothing_are_asked_back() -> None:
    place = resolve("between Kelowna and Vernon")
    assert place.province == "BC" and {one.district for one in place.candidates} == {"5935", "5937"}


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "?!", "xyzzy", "no se", "I don't know", "je ne sais pas", "farm", "in a field", "on"),
        *("I hope someone can help", "my boss Nelson", "我希望有人帮助", "near Osoyos lake camp 3"),
        *("\x00", "\ud800", "🙂"),
    ],
)
def test_nothing_is_found_in_nonsense(text: str) -> None:
    assert resolve(text) == Place()
    assert resolve(text).needs_question


@pytest.mark.parametrize("text", ["BC", "B.C.", "British Columbia", "Colombie-Britannique", "somewhere in BC"])
def test_a_province_served_is_known_and_still_asked(text: str) -> None:
    place = resolve(text)
    assert (place.province, dict(place.districts), place.needs_question) == ("BC", {}, True)


def test_the_country_alone_is_a_level() -> None:
    assert resolve("Canada") == Place(level="country", confidence=1.0, method="exact")


def test_an_area_chosen_from_a_list() -> None:
    assert dict(area("5907").districts) == dict(area("rd:5907").districts) == {"5907": 1.0}
    region = area("region:5930")
    assert (region.region, region.level, set(region.districts)) == ("5930", "region", set(REGIONS["5930"].districts))
    assert sum(region.districts.values()) == pytest.approx(1, abs=0.001)
    assert (area("prov:ON").province, area("prov:ON").level) == ("ON", "province")
    assert area("rd:9999") == area("") == area("Oliver") == Place()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("rd:5907", "Okanagan-Similkameen"),
        ("region:5930", "Thompson-Okanagan"),
        ("prov:BC", "British Columbia"),
        ("prov:ON", "Ontario"),
        ("ca", "Canada"),
        ("rd:9999", "rd:9999"),
        ("", ""),
    ],
)
def test_areas_have_names(code: str, name: str) -> None:
    assert area_name(code) == name


@given(st.text(max_size=300))
def test_whatever_is_written_comes_to_a_sound_place(text: str) -> None:
    check(resolve(text))


@given(
    st.lists(
        st.sampled_from(["Oliver", "hamilton", "BC", "near", "V0H", "溫哥華", ",", "Hope", "Ontario", "on", "Canada"]),
        max_size=6,
    )
)
def test_whatever_is_put_together_comes_to_a_sound_place(words: list[str]) -> None:
    check(resolve(" ".join(words)))


def check(place: Place) -> None:
    """Check what holds of every place."""
    assert 0 <= place.confidence <= 1
    assert set(place.districts) <= set(DISTRICTS)
    assert not place.districts or sum(place.districts.values()) == pytest.approx(1, abs=0.001)
    assert not place.districts or place.province in PROVINCES
    assert not (place.districts and place.candidates)
    assert (place.method == "none") == (place == Place())
    if place.region:
        assert {DISTRICTS[code].region for code in place.districts} == {place.region}
    assert len(place.candidates) != 1
