"""A directory as tables: what goes out comes back, and a row that belongs nowhere is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.directory.csvfiles import package_files, read_package
from referrals.directory.faults import DirectoryRefused
from referrals.directory.tabular import canonical, extras_of, from_tables, tables, to_tables
from tests.unit.referrals.directory.samples import an_id, changed, document, organization

ROOT = Path(__file__).resolve().parents[4]
# The schemas of Open Referral are CC BY-SA and no part of the product, so they lie beside it or nowhere.
HSDS = ROOT.parent / "shared" / "data" / "hsds-3.1"
SERVICE = "/organizations/0/services/0"


def demo_directory() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / "demo" / "directory.json").read_text(encoding="utf-8"))
    return read


def through_csv(kept: dict[str, Any], folder: Path) -> dict[str, Any]:
    for name, text in package_files(to_tables(kept), extras_of(kept)).items():
        (folder / name).write_bytes(text.encode())
    package = read_package(folder)
    return from_tables(package.rows, package.extras, package.places)[0]


def test_the_demo_s_directory_comes_back_from_its_tables(tmp_path: Path) -> None:
    kept = canonical(demo_directory())
    assert canonical(kept) == kept
    assert through_csv(kept, tmp_path) == kept


def test_what_is_kept_differs_from_the_file_in_empty_values_and_back_references_only() -> None:
    file, kept = demo_directory(), canonical(demo_directory())
    for organization_ in file["organizations"]:
        for service in organization_["services"]:
            if not service["interpretation_services"]:
                del service["interpretation_services"]
            for phone in service["phones"]:
                for language in phone["languages"]:
                    language["phone_id"] = phone["id"]
    assert kept == file


def place() -> dict[str, Any]:
    """Write a location with everything that HSDS lets one have."""
    return {
        "id": an_id("place"),
        "location_type": "physical",
        "latitude": 49.18,
        "longitude": -119.55,
        "addresses": [{"id": an_id("address"), "address_1": "100 Example Street", "city": "Oliver", "country": "CA"}],
        "accessibility": [{"id": an_id("ramp"), "description": "A ramp"}],
        "languages": [{"id": an_id("place/es"), "code": "es"}],
        "schedules": [{"id": an_id("place/hours"), "freq": "WEEKLY", "byday": "MO"}],
        "phones": [{"id": an_id("place/phone"), "number": "+1-604-555-0102"}],
        "contacts": [{"id": an_id("place/contact"), "name": "Reception"}],
    }


def parts_of_a_service() -> dict[str, Any]:
    """Write what a service can have besides what the samples have."""
    capacity = {"id": an_id("capacity"), "available": 3, "maximum": 5, "updated": "2026-06-01T00:00:00Z"}
    visit = {
        "id": an_id("visit"),
        "location": place(),
        "service_areas": [{"id": an_id("visit/area"), "uri": "urn:leeward:area:rd:5907"}],
        "schedules": [{"id": an_id("visit/hours"), "freq": "WEEKLY", "byday": "SU"}],
        "phones": [{"id": an_id("visit/phone"), "number": "+1-604-555-0103", "extension": 7}],
        "contacts": [{"id": an_id("visit/contact"), "name": "Outreach"}],
    }
    languages = [{"id": an_id("contact/pa"), "code": "pa"}]
    phone = {"id": an_id("contact/phone"), "number": "+1-604-555-0104", "languages": languages}
    return {
        "program_id": an_id("program"),
        "schedules": [{"id": an_id("hours"), "freq": "WEEKLY", "byday": "MO", "interval": 1, "timezone": -8.5}],
        "capacities": [capacity | {"unit": {"id": an_id("unit"), "name": "open case"}}],
        "service_at_locations": [visit],
        "contacts": [{"id": an_id("contact"), "name": "Desk", "phones": [phone]}],
        "funding": [{"id": an_id("funding"), "source": "Members"}],
        "cost_options": [{"id": an_id("cost"), "amount": 0.0, "currency": "CAD"}],
        "required_documents": [{"id": an_id("document"), "document": "None"}],
        "additional_urls": [{"id": an_id("url"), "url": "https://all.example/more"}],
        "metadata": [{"id": an_id("metadata"), "last_action_type": "UPDATE", "updated_by": "a fictional person"}],
    }


def everything() -> dict[str, Any]:
    """Write a directory with an organization that uses every table of HSDS at once."""
    whole = organization("all")
    whole["services"][0] |= parts_of_a_service()
    whole |= {
        "year_incorporated": 1999,
        "programs": [{"id": an_id("program"), "name": "Seasonal workers"}],
        "funding": [{"id": an_id("funding/2"), "source": 'A "grant", with; separators\nand lines'}],
        "organization_identifiers": [{"id": an_id("identifier"), "identifier": "123"}],
        "additional_websites": [{"id": an_id("website"), "url": "https://all.example"}],
        "locations": [{"id": an_id("office"), "location_type": "virtual"}],
        "contacts": [{"id": an_id("board"), "name": "Board"}],
        "phones": [{"id": an_id("office/phone"), "number": "+1-604-555-0105"}],
        "x_leeward": {
            "role": "support_org",
            "key": "all",
            "stakeholder_group": "worker organization",
            "timezone": "America/Edmonton",
            "open_24h": True,
            "has_key": False,
            "interpreter": [],
            "conflicts_of_interest": ["Orchard | Sons", "none"],
            "community": ["es", "pa"],
            "more": {"nested": [1, None, "x"]},
        },
    }
    return document(whole)


def test_every_table_of_hsds_comes_back(tmp_path: Path) -> None:
    kept = canonical(everything())
    assert set(to_tables(kept)) - {"x_leeward"} == set(tables())
    assert through_csv(kept, tmp_path) == kept
    assert kept["organizations"][0]["x_leeward"] == everything()["organizations"][0]["x_leeward"]
    visit = kept["organizations"][0]["services"][0]["service_at_locations"][0]
    assert visit["location"]["addresses"][0]["city"] == "Oliver"
    assert [place["location_type"] for place in kept["organizations"][0]["locations"]] == ["virtual"]


words = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t\"',;|"), min_size=1, max_size=20)
own_values = st.none() | st.booleans() | st.integers(-9, 9) | words | st.lists(words, max_size=3)


@given(
    name=words,
    description=words,
    maximum=st.integers(0, 10**6) | st.floats(0, 1e6, allow_nan=False),
    own=st.dictionaries(
        st.sampled_from(["key", "open_24h", "interpreter", "conflicts_of_interest", "timezone", "x"]), own_values
    ),
)
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, description: str, maximum: float, own: dict[str, Any]
) -> None:
    told = organization("any", name=name, description=description, x_leeward={"role": "union", **own})
    told["services"][0]["capacities"] = [{"available": 1, "maximum": maximum}]
    kept = canonical(document(told))
    assert through_csv(kept, tmp_path_factory.mktemp("package")) == kept
    assert kept["organizations"][0]["name"] == name
    assert kept["organizations"][0]["x_leeward"] == {"role": "union", **own}


def test_objects_without_an_id_get_a_lasting_one() -> None:
    bare = changed(document(organization("a")), f"{SERVICE}/languages", [{"code": "es"}, {"code": "fr"}])
    languages = canonical(bare)["organizations"][0]["services"][0]["languages"]
    assert [language["code"] for language in languages] == ["es", "fr"]
    assert len({language["id"] for language in languages}) == 2
    assert canonical(bare) == canonical(canonical(bare)) == canonical(bare)


def test_a_term_stands_once_and_wherever_it_is_used() -> None:
    short = document(organization("a"))
    del short["organizations"][0]["services"][0]["attributes"][0]["taxonomy_term"]
    assert canonical(short) == canonical(document(organization("a")))


def at_one_place() -> dict[str, Any]:
    """Write two organizations whose services are at one location, as HSDS nests it: whole in each of them."""
    told = document(organization("a"), organization("b"))
    for found, number in ((found, number) for found in told["organizations"][:2] for number in (1, 2)):
        service = changed(organization("x")["services"][0], "/id", an_id(f"{found['name']}/{number}"))
        parts = ("organization_id", "languages", "service_areas", "phones", "attributes")
        visit = {"id": an_id(f"{service['id']}/visit"), "location": place()}
        found["services"].append(
            {k: v for k, v in service.items() if k not in parts} | {"service_at_locations": [visit]}
        )
    return told


def test_services_at_one_location_share_it_with_all_that_it_has(tmp_path: Path) -> None:
    tables_ = to_tables(at_one_place())
    assert [len(tables_[name]) for name in ("location", "address", "accessibility", "service_at_location")] == [
        1,
        1,
        1,
        4,
    ]
    kept = canonical(at_one_place())
    assert canonical(kept) == kept == through_csv(kept, tmp_path)
    services = [service for found in kept["organizations"][:2] for service in found["services"][1:]]
    visited = [service["service_at_locations"][0]["location"] for service in services]
    assert all(location == visited[0] for location in visited)
    assert visited[0]["addresses"][0]["city"] == "Oliver"


LOCATION = "/organizations/1/services/2/service_at_locations/0/location"
TERM = "/organizations/{}/services/0/attributes/0/taxonomy_term"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{LOCATION}/latitude", 50.0),
        (f"{LOCATION}/addresses/0/city", "Osoyoos"),
        (f"{LOCATION}/phones/0/number", "+1-604-555-0199"),
        (f"{TERM.format(0)}/code", "violence"),
        (f"{TERM.format(1)}/code", "violence"),
        (f"{TERM.format(1)}/name", "Other words"),
        (f"{TERM.format(1)}/taxonomy_id", an_id("another")),
        (f"{TERM.format(1)}/taxonomy_detail/name", "Issues"),
        (f"{TERM.format(1)}/id", an_id("violence")),
    ],
)
def test_one_id_with_two_contents_is_a_fault_where_the_second_stands(path: str, value: Any) -> None:
    with pytest.raises(DirectoryRefused) as caught:
        canonical(changed(at_one_place(), path, value))
    assert path in [fault.path for fault in caught.value.faults]


def test_ids_are_kept_in_small_letters() -> None:
    loud = json.loads(json.dumps(document(organization("a"))).replace(an_id("a"), an_id("a").upper()))
    assert canonical(loud) == canonical(document(organization("a")))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (f"{SERVICE}/name", 5, f"{SERVICE}/name"),
        (f"{SERVICE}/name", True, f"{SERVICE}/name"),
        (f"{SERVICE}/description", ["a"], f"{SERVICE}/description"),
        (f"{SERVICE}/minimum_age", "16", f"{SERVICE}/minimum_age"),
        (f"{SERVICE}/minimum_age", float("inf"), f"{SERVICE}/minimum_age"),
        (f"{SERVICE}/phones", {"number": "1"}, f"{SERVICE}/phones"),
        (f"{SERVICE}/phones/0", "604", f"{SERVICE}/phones/0"),
        (f"{SERVICE}/organization_id", an_id("helpers"), f"{SERVICE}/organization_id"),
        ("/organizations/0/id", an_id("helpers"), "/organizations/1/id"),
        (f"{SERVICE}/attributes/0/taxonomy_term_id", an_id("x"), f"{SERVICE}/attributes/0/taxonomy_term_id"),
    ],
)
def test_a_document_that_is_no_table_says_where(path: str, value: Any, place: str) -> None:
    broken = changed(document(organization("a")), path, value)
    if path.endswith("taxonomy_term_id"):
        broken = changed(broken, f"{SERVICE}/attributes/0/taxonomy_term", None)
    with pytest.raises(DirectoryRefused) as caught:
        canonical(broken)
    assert place in [fault.path for fault in caught.value.faults]


def test_the_tables_are_those_of_hsds() -> None:
    """Compare every column with Open Referral's own schemas, or, where they are not at hand, with what we rely on.

    Nothing is left out silently: without that folder the second half still checks what the importer reads.
    """
    known = tables()
    for path in sorted(HSDS.glob("*.json")) if HSDS.is_dir() else []:
        schema = json.loads(path.read_text(encoding="utf-8"))
        table = known[schema["name"]]
        scalars = {name for name, field in schema["properties"].items() if field.get("type") in ("string", "number")}
        numbers = {name for name, field in schema["properties"].items() if field.get("type") == "number"}
        assert (table.file, set(table.columns), set(table.numbers)) == (schema["path"], scalars, numbers)
        nested = set(schema["properties"]) - scalars
        # A service's organization is the one that it stands in; its program is one of that organization's.
        assert nested - {"organization", "program"} == (set(table.lists) | set(table.single)) - {"services"}
    assert len({table.file for table in known.values()}) == len(known) == 23
    for table in known.values():
        assert table.columns[0] == "id"
        assert table.numbers <= set(table.columns)
        for child in (*table.lists.values(), *table.single.values()):
            column = known[child].back(table.name)[0] if child in table.lists.values() else f"{child}_id"
            assert column in (known[child].columns if child in table.lists.values() else table.columns)
