"""Checking a directory: one named fault for each mistake, with its place, and warnings apart."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.dates import with_dates_near
from referrals.directory import checking
from referrals.directory.checking import check, is_area, is_language
from referrals.directory.faults import DirectoryRefused, located
from referrals.directory.importing import load, parse_json
from referrals.directory.tabular import canonical
from tests.unit.referrals.directory.samples import an_id, changed, document, organization
from tests.unit.referrals.directory.test_tabular import HSDS, demo_directory, everything

NOW = datetime(2026, 7, 8, 17, tzinfo=UTC)
ORGANIZATION = "/organizations/0"
SERVICE = f"{ORGANIZATION}/services/0"
OWN = f"{ORGANIZATION}/x_leeward"
VISIT = f"{SERVICE}/service_at_locations/0"
WEEKLY = {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "17:00"}


def faults(told: Any) -> list[str]:
    return [str(fault) for fault in check(told, now=NOW).faults]


def warnings(told: Any) -> list[str]:
    report = check(told, now=NOW)
    assert not report.faults
    return [str(warning) for warning in report.warnings]


def touched_but_not_assured() -> dict[str, Any]:
    """Write a service that somebody changed lately; that is no word that all of it is still so."""
    service = organization("a")["services"][0]
    return {**service, "assured_date": None, "last_modified": "2026-07-01"}


def test_the_samples_and_the_demo_have_no_fault() -> None:
    assert faults(document(organization("a"))) == []
    assert faults(everything()) == []
    # Of each language of the form the demo has at least interpreters everywhere.
    only_gaps = warnings(with_dates_near(demo_directory(), NOW.date()))
    assert [warning for warning in only_gaps if "only an interpreter speaks" not in warning] == []


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("", None, ""),
        ("", "text", ""),
        ("", {}, ""),
        ("/organizations", [], ""),
        ("/organizations", {"a": 1}, "/organizations"),
        (ORGANIZATION, 5, ORGANIZATION),
        (f"{ORGANIZATION}/id", "org01", f"{ORGANIZATION}/id"),
        (f"{ORGANIZATION}/id", an_id("a") + "\n", f"{ORGANIZATION}/id"),
        (f"{ORGANIZATION}/name", "", ORGANIZATION),
        (f"{ORGANIZATION}/name", "x" * 256, f"{ORGANIZATION}/name"),
        (f"{ORGANIZATION}/name", "a\0b", f"{ORGANIZATION}/name"),
        (f"{ORGANIZATION}/name", "half \ud800", f"{ORGANIZATION}/name"),
        (f"{ORGANIZATION}/alternate_name", " a", f"{ORGANIZATION}/alternate_name"),
        (f"{ORGANIZATION}/alternate_name", "~a", f"{ORGANIZATION}/alternate_name"),
        (f"{ORGANIZATION}/alternate_name", "a\n", f"{ORGANIZATION}/alternate_name"),
        (f"{ORGANIZATION}/alternate_name", "x" * 65, f"{ORGANIZATION}/alternate_name"),
        (f"{ORGANIZATION}/email", "a@b\nBcc: c@example", f"{ORGANIZATION}/email"),
        (f"{ORGANIZATION}/email", "a@b.example\n", f"{ORGANIZATION}/email"),
        (f"{ORGANIZATION}/email", "nobody", f"{ORGANIZATION}/email"),
        (f"{ORGANIZATION}/services", [], ORGANIZATION),
        (f"{SERVICE}/status", "open", f"{SERVICE}/status"),
        (f"{SERVICE}/email", "a b@c.example", f"{SERVICE}/email"),
        (f"{SERVICE}/assured_date", "last year", f"{SERVICE}/assured_date"),
        (f"{SERVICE}/assured_date", "2026-02-30", f"{SERVICE}/assured_date"),
        (f"{SERVICE}/minimum_age", "16", f"{SERVICE}/minimum_age"),
        (f"{SERVICE}/languages/0", {"name": "Spanish"}, f"{SERVICE}/languages/0"),
        (f"{SERVICE}/languages/0/code", "spanish", f"{SERVICE}/languages/0/code"),
        (f"{SERVICE}/languages/0/code", "xx", f"{SERVICE}/languages/0/code"),
        (f"{SERVICE}/languages/0/code", "e_s", f"{SERVICE}/languages/0/code"),
        (f"{SERVICE}/service_areas/0/uri", "urn:leeward:area:rd:9999", f"{SERVICE}/service_areas/0/uri"),
        (f"{SERVICE}/service_areas/0/uri", "rd:5907", f"{SERVICE}/service_areas/0/uri"),
        (f"{SERVICE}/attributes/0/taxonomy_term", "pay_hours", f"{SERVICE}/attributes/0/taxonomy_term"),
        (f"{SERVICE}/capacities", [{"available": 1, "unit": 5}], f"{SERVICE}/capacities/0/unit"),
        (f"{SERVICE}/phones/0/number", "call us", f"{SERVICE}/phones/0/number"),
        (f"{SERVICE}/phones/0/number", "604-555-0101\n", f"{SERVICE}/phones/0/number"),
        (f"{SERVICE}/schedules", [{"freq": "WEEKLY", "byday": "XX"}], f"{SERVICE}/schedules/0/byday"),
        (f"{SERVICE}/schedules", [{"opens_at": "9am"}], f"{SERVICE}/schedules/0/opens_at"),
        (f"{SERVICE}/schedules", [{"opens_at": "08:00:00+99:00"}], f"{SERVICE}/schedules/0/opens_at"),
        (f"{SERVICE}/schedules", [WEEKLY | {"timezone": 1e300}], f"{SERVICE}/schedules/0/timezone"),
        (f"{VISIT}/service_areas", [{"uri": "rd:5907"}], f"{VISIT}/service_areas/0/uri"),
        (f"{VISIT}/service_areas", [{}], f"{VISIT}/service_areas/0"),
        (f"{VISIT}/schedules", [{"opens_at": "9am"}], f"{VISIT}/schedules/0/opens_at"),
        (f"{SERVICE}/capacities", [{"available": -1}], f"{SERVICE}/capacities/0/available"),
        (f"{SERVICE}/capacities", [{"available": 1.5}], f"{SERVICE}/capacities/0/available"),
        (f"{SERVICE}/capacities", [{"available": 10**400}], f"{SERVICE}/capacities/0/available"),
        (
            f"{SERVICE}/attributes/0/taxonomy_term/code",
            "payday",
            f"{SERVICE}/attributes/0/taxonomy_term/code",
        ),
        (OWN, {}, ORGANIZATION),
        (OWN, {"key": "a"}, OWN),
        (f"{OWN}/role", "helper", f"{OWN}/role"),
        (f"{OWN}/role", 5, f"{OWN}/role"),
        (f"{OWN}/open_24h", "yes", f"{OWN}/open_24h"),
        (f"{OWN}/has_key", 1, f"{OWN}/has_key"),
        (f"{OWN}/timezone", "Pacific", f"{OWN}/timezone"),
        (f"{OWN}/interpreter", ["es", "everything"], f"{OWN}/interpreter/1"),
        (f"{OWN}/interpreter", {"es": True}, f"{OWN}/interpreter"),
        (f"{OWN}/conflicts_of_interest", "Orchard", f"{OWN}/conflicts_of_interest"),
        (f"{OWN}/community", 5, f"{OWN}/community"),
    ],
)
def test_each_mistake_is_a_fault_at_its_place(path: str, value: Any, place: str) -> None:
    told = document(organization("a"))
    told["organizations"][0]["services"][0]["service_at_locations"] = [{"id": an_id("visit")}]
    broken = changed(told, path, value)
    assert place in [fault.path for fault in check(broken, now=NOW).faults]


@pytest.mark.parametrize("levels", [checking.LEVELS, 600, 5000])
def test_what_is_nested_too_deeply_is_a_fault(levels: int) -> None:
    nested: Any = 1
    for _ in range(levels):
        nested = [nested]
    assert faults(changed(document(organization("a")), f"{OWN}/more", nested)) == ["/: is nested too deeply"]


def test_a_network_has_one_active_coordinator() -> None:
    none = {"organizations": [organization("a")]}
    assert faults(none) == ["/organizations: has no active coordinator, who gets what fits nobody else"]
    two = document(organization("a"), organization("b", "coordinator"))
    assert faults(two) == ["/organizations/2: is a second active coordinator"]
    retired = changed(two, "/organizations/1/services/0/status", "inactive")
    assert faults(retired) == []


def test_two_organizations_do_not_share_a_key_or_an_id() -> None:
    twice = document(organization("a"), organization("b", alternate_name="a"))
    assert faults(twice) == ["/organizations/1: another organization has the key 'a'"]
    same = document(organization("a"), organization("b", id=an_id("a"), services=[]))
    assert "/organizations/1/id: another organization has this id" in faults(same)
    loud = document(organization("a"), organization("b", id=an_id("a").upper(), services=[]))
    assert "/organizations/1/id: another organization has this id" in faults(loud)


def test_an_employers_association_needs_no_service() -> None:
    assert faults(document(organization("growers", "employer_association", services=[]))) == []


def test_every_fault_is_told_at_once_in_order_up_to_a_limit() -> None:
    many = document(*(organization(f"o{index}", "helper") for index in range(12)))
    paths = [fault.path for fault in check(many, now=NOW).faults]
    assert paths[:12] == [f"/organizations/{index}/x_leeward/role" for index in range(12)]
    flood = document(*(organization(f"o{index}", "helper") for index in range(300)))
    assert len(check(flood, now=NOW).faults) == checking.FAULTS_SHOWN


@pytest.mark.parametrize(
    ("path", "value", "warning"),
    [
        (f"{SERVICE}/assured_date", "2026-01-08", "STALE"),
        (f"{SERVICE}/assured_date", None, "STALE"),
        (SERVICE, touched_but_not_assured(), "STALE"),
        (f"{SERVICE}/phones", [], "has no phone"),
        (f"{SERVICE}/email", "", "has no mail address"),
        (f"{SERVICE}/languages", [], "names no language"),
        (f"{SERVICE}/service_areas", [], "names no area"),
        (f"{SERVICE}/attributes", [], "names no kind of problem"),
        (f"{SERVICE}/schedules", [{"freq": "MONTHLY", "byday": "1MO"}], "not a weekly schedule"),
        (f"{SERVICE}/capacities", [{"available": 3, "maximum": 2}], "more places available"),
        (f"{SERVICE}/langauges", [{"code": "es"}], "no field of HSDS 3.1"),
        (f"{ORGANIZATION}/phone", "604", "no field of HSDS 3.1"),
    ],
)
def test_what_is_odd_is_a_warning(path: str, value: Any, warning: str) -> None:
    odd = changed(document(organization("a")), path, value)
    assert any(warning in found for found in warnings(odd))
    assert not any(warning in found for found in warnings(document(organization("a"))))


@pytest.mark.parametrize(
    "name",
    [
        "Women's shelter",
        "Transition House of the Valley",
        "Maison d’he\u0301bergement",
        "Safe-house",
        "Office (address not published)",
        "The address is kept confidential.",
        "At an undisclosed\nplace",
    ],
)
def test_an_address_that_may_be_confidential_is_a_fault(name: str) -> None:
    place = {"id": an_id("place"), "location_type": "physical", "name": name, "latitude": 49.18}
    visit = {"id": an_id("visit"), "location": place}
    told = changed(document(organization("a")), f"{SERVICE}/service_at_locations", [visit])
    refused = "looks like a confidential address, which is never kept: leave out where it is"
    assert faults(told) == [f"{SERVICE}/service_at_locations/0/location: {refused}"]
    told = changed(document(organization("a")), f"{ORGANIZATION}/locations", [place])
    assert faults(told) == [f"{ORGANIZATION}/locations/0: {refused}"]
    # It may say that there is a place, and not where.
    del place["latitude"]
    assert faults(changed(told, f"{ORGANIZATION}/locations", [place])) == []
    # Named by its id alone, by a service that says what it is.
    office = {"id": place["id"], "location_type": "physical", "addresses": [{"address_1": "100 Example Street"}]}
    told = changed(document(organization("a", locations=[office])), f"{SERVICE}/description", name)
    told = changed(told, f"{SERVICE}/service_at_locations", [{"location_id": place["id"]}])
    assert faults(told) == [f"{SERVICE}/service_at_locations/0/location: {refused}"]


@pytest.mark.parametrize("name", ["Shelter", "The Refuge", "Office (not published)", "Transition houses"])
def test_a_service_whose_name_is_what_it_is_has_no_address(name: str) -> None:
    assert ["confidential address" in found for found in faults(an_office({"name": name}))] == [True]


@pytest.mark.parametrize(
    ("service", "about"),
    [
        ({"description": "Our help is free and confidential."}, {}),
        ({"description": "We know the shelters of the region, and find emergency shelter."}, {}),
        ({"name": "Aide à l'hébergement"}, {}),
        ({}, {"description": "We refer women to the local women's shelter."}),
        ({}, {"name": "Refuge Community Church"}),
    ],
)
def test_a_word_that_says_nothing_of_the_place_itself_is_a_warning(service: Any, about: Any) -> None:
    warned = "may be a confidential address: leave out where it is, unless the public may know it"
    assert f"{VISIT}/location: {warned}" in warnings(an_office(service, **about))


@pytest.mark.parametrize(
    "text",
    [
        "Settlement services for immigrants and refugees.",
        "We treat what you say with confidentiality.",
        "Our fees are published. Sheltered workshop. Food, clothing.",
    ],
)
def test_a_harmless_sentence_beside_an_office_is_neither(text: str) -> None:
    said = {"name": text, "description": text}
    assert not [found for found in warnings(an_office(said, **said)) if "confidential address" in found]


def an_office(service: dict[str, Any], **about: Any) -> dict[str, Any]:
    """Write a directory whose one member has a public office, with other words in its service and about itself."""
    place = {"id": an_id("place"), "location_type": "physical", "addresses": [{"address_1": "100 Example Street"}]}
    told = organization("a", **about)
    told["services"][0] |= {"service_at_locations": [{"id": an_id("visit"), "location": place}], **service}
    return document(told)


def test_areas_may_stand_where_a_service_is_given() -> None:
    areas = document(organization("a"))["organizations"][0]["services"][0]["service_areas"]
    told = changed(document(organization("a")), f"{SERVICE}/service_areas", [])
    told = changed(told, f"{SERVICE}/service_at_locations", [{"location": {"id": "x"}, "service_areas": areas}])
    assert warnings(told) == warnings(document(organization("a")))


def test_languages_that_nobody_speaks_somewhere_are_warnings() -> None:
    told = document(organization("a"))
    gaps = [found for found in warnings(told) if "in all of" in found]
    assert "/organizations: nobody speaks es in all of Lower Mainland-Southwest" in gaps
    assert not [found for found in gaps if " en " in found]
    heard = changed(told, f"{OWN}/interpreter", "any")
    assert "/organizations: only an interpreter speaks pa in all of Kootenay" in warnings(heard)


@pytest.mark.parametrize(
    "code", ["en", "es-MX", "zh-Hant-TW", "yue", "tl", "fil", "mxt", "es-419", "pa-Guru", "zh-yue"]
)
def test_language_tags(code: str) -> None:
    assert is_language(code)


@pytest.mark.parametrize("code", ["", "e", "english", "es_MX", "en-", "qq", "12", "en US", "en\n"])
def test_what_is_no_language_tag(code: str) -> None:
    assert not is_language(code)


@pytest.mark.parametrize("code", ["rd:5907", "region:5930", "dev:5930", "prov:BC", "prov:ON", "ca", "ca:CA"])
def test_areas(code: str) -> None:
    assert is_area(f"urn:leeward:area:{code}")


@pytest.mark.parametrize("code", ["", "rd", "rd:1", "rd:5930", "region:5907", "prov:XX", "5907"])
def test_what_is_no_area(code: str) -> None:
    assert not is_area(f"urn:leeward:area:{code}")
    assert not is_area(code)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON: line 1, column 1"),
        (b'{"organizations": [}', "is not JSON: line 1, column 20"),
        (b"\xff\xfe", "is not UTF-8: line 1"),
        (b"{}\n\xff", "is not UTF-8: line 2"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"a": NaN}', "NaN is not a number in JSON"),
        (b'{"a": 1, "a": 2}', "names a member twice"),
        (b"9" * 5000, "is not JSON"),
    ],
)
def test_what_is_no_json_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(DirectoryRefused) as caught:
        parse_json(content)
    assert message in str(caught.value.faults[0])


def test_a_bare_list_is_a_directory(tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    file.write_text("\ufeff" + json.dumps(document(organization("a"))["organizations"]), encoding="utf-8")
    assert faults(load(file).document) == []


def test_a_fault_in_csv_is_named_by_file_and_row() -> None:
    report = check(changed(document(organization("a")), f"{SERVICE}/languages/0/code", "spanish"), now=NOW)
    origins = {SERVICE: "services.csv:7", f"{SERVICE}/languages/0": "languages.csv:9"}
    assert [located(fault, origins).path for fault in report.faults] == ["languages.csv:9:code"]
    assert [located(fault, {}).path for fault in report.faults] == [f"{SERVICE}/languages/0/code"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
places = st.sampled_from(
    [
        *("", "/organizations", ORGANIZATION, OWN, SERVICE),
        *(f"{ORGANIZATION}/{name}" for name in ("id", "name", "alternate_name", "email", "locations", "attributes")),
        *(f"{OWN}/{name}" for name in ("role", "interpreter", "timezone", "community", "conflicts_of_interest")),
        *(f"{SERVICE}/{name}" for name in ("id", "status", "languages", "schedules", "capacities", "attributes")),
        *(f"{SERVICE}/{name}" for name in ("service_at_locations", "service_areas", "phones", "assured_date")),
        *(f"{SERVICE}/schedules/0/{name}" for name in ("timezone", "opens_at", "closes_at", "byday", "valid_from")),
        *(f"{SERVICE}/attributes/0/{name}" for name in ("taxonomy_term", "id", "taxonomy_term_id")),
    ]
)


@given(places, json_values)
def test_any_json_is_checked_without_a_crash(path: str, value: Any) -> None:
    told = document(organization("a"))
    told["organizations"][0]["services"][0]["schedules"] = [WEEKLY]
    check(changed(told, path, value), now=NOW)


def test_our_schema_is_a_schema_and_agrees_with_hsds() -> None:
    """Check exports against Open Referral's schemas where they lie beside the checkout, and against ours everywhere."""
    own = json.loads((Path(checking.__file__).parent / "directory.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(own)
    for told in (demo_directory(), document(organization("a"))):
        jsonschema.Draft202012Validator(own).validate(told)
    if not HSDS.is_dir():
        return
    from referencing import Registry, Resource

    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in HSDS.glob("*.json")}
    registry: Any = Registry().with_resources(
        [
            (name, Resource.from_contents(schema, default_specification=referencing_specification()))
            for name, schema in schemas.items()
        ]
    )
    for kept in (canonical(demo_directory()), canonical(document(organization("a")))):
        for told in kept["organizations"]:
            for schema, item in [("organization.json", told), *(("service.json", one) for one in told["services"])]:
                jsonschema.Draft202012Validator(
                    schemas[schema],
                    registry=registry,
                    format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
                ).validate(item)


def referencing_specification() -> Any:
    """Give the dialect of JSON Schema that HSDS means; its files do not name one."""
    from referencing.jsonschema import DRAFT202012

    return DRAFT202012
