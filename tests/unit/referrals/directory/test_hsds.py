"""Organizations in HSDS shape become candidates: missing parts are fine, wrong types are named with their path."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.candidates import Candidate
from referrals.directory.hsds import DirectoryMalformed, candidate_of, key_of, organizations
from tests.guards.tree import ROOT

DEMO = json.loads((ROOT / "demo" / "directory.json").read_bytes())


def organization(service: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Give a small organization with one service."""
    return {"id": "an-id", "name": "Demo Helpers", "services": [service or {}], **members}


def urn(*codes: str) -> list[dict[str, str]]:
    """Give service areas with our codes."""
    return [{"uri": f"urn:leeward:area:{code}"} for code in codes]


def test_every_organization_of_the_demo_is_read() -> None:
    candidates = dict(map(keyed, organizations(DEMO)))
    assert len(candidates) == 16
    valle = candidates["org01"]
    assert (valle.role, valle.has_key, valle.inactive, valle.open_24h) == ("support_org", True, False, False)
    (service,) = valle.services
    assert service.languages == {"es", "en"}
    assert service.areas == {"rd:5907", "rd:5935"}
    assert (service.available, service.maximum) == (12, 20)
    assert "pay_hours" in service.categories and "violence" not in service.categories
    assert candidates["org06"].conflicts == ("Sunridge Orchards Ltd",)
    assert candidates["org09"].open_24h
    assert candidates["org16"].services[0].areas == {"ca"}


def keyed(found: Any) -> tuple[str, Candidate]:
    """Pair an organization's key with its candidate."""
    return key_of(found), candidate_of(found)


def test_an_organization_with_nothing_but_an_id_is_read_and_may_receive_nothing() -> None:
    candidate = candidate_of({"id": "an-id"})
    assert (candidate.key, candidate.role, candidate.has_key, candidate.inactive) == ("an-id", "", True, False)
    assert len(candidate.services) == 1


def test_null_counts_as_missing() -> None:
    service = dict.fromkeys(("status", "languages", "service_areas", "capacities", "attributes", "assured_date"))
    found = candidate_of(organization(service, alternate_name=None, x_leeward=None, attributes=None))
    assert found == candidate_of(organization())


def test_the_alternate_name_comes_before_the_id() -> None:
    assert key_of(organization(alternate_name="org42")) == "org42"
    assert key_of(organization()) == "an-id"


def test_a_role_is_read_from_our_own_member_then_from_the_networks_taxonomy() -> None:
    term = {"code": "union", "taxonomy_detail": {"name": "Network member roles"}}
    other = {"code": "coordinator", "taxonomy_detail": {"name": "Something else"}}
    attributes = [{"taxonomy_term": other}, {"taxonomy_term": term}]
    assert candidate_of(organization(attributes=attributes)).role == "union"
    assert candidate_of(organization(attributes=attributes, x_leeward={"role": "recruiter"})).role == "recruiter"


@pytest.mark.parametrize("group", ["employer", "industry"])
def test_the_employers_side_stays_there_whatever_role_is_claimed(group: str) -> None:
    own = {"role": "support_org", "stakeholder_group": group}
    assert candidate_of(organization(x_leeward=own)).role == "employer"


@pytest.mark.parametrize(
    ("own", "text", "expected"),
    [
        ({"interpreter": "any"}, "", {"any"}),
        ({"interpreter": ["es", "vi"]}, "any", {"es", "vi"}),
        ({"interpreter": []}, "any", set()),
        ({}, "any", {"any"}),
        ({}, "es, zh-Hant,vi", {"es", "zh-Hant", "vi"}),
        ({}, "", set()),
        ({}, "Interpreters by appointment, please call", set()),
    ],
)
def test_structured_interpretation_beats_free_text(own: dict[str, Any], text: str, expected: set[str]) -> None:
    found = candidate_of(organization({"interpretation_services": text}, x_leeward=own))
    assert found.services[0].interpreters == expected


def test_areas_come_from_the_service_and_its_locations_and_foreign_ones_are_passed_over() -> None:
    service = {
        "service_areas": [*urn("rd:5907", "dev:5920", "prov:BC", "ca:CA"), {"uri": "https://areas.example/1"}, {}],
        "service_at_locations": [{"service_areas": urn("region:5930")}],
    }
    expected = {"rd:5907", "region:5920", "prov:BC", "ca", "region:5930"}
    assert candidate_of(organization(service)).services[0].areas == expected


def test_capacity_is_counted_in_open_cases_where_it_is() -> None:
    beds = {"unit": {"name": "bed"}, "available": 1, "maximum": 2}
    cases = {"unit": {"name": "open case"}, "available": 3.0, "maximum": 4}
    service = candidate_of(organization({"capacities": [beds, cases]})).services[0]
    assert (service.available, service.maximum) == (3, 4)
    service = candidate_of(organization({"capacities": [beds]})).services[0]
    assert (service.available, service.maximum) == (1, 2)
    assert candidate_of(organization()).services[0].available is None


def test_dates_and_states_are_read() -> None:
    service = candidate_of(organization({"assured_date": "2019-03-01T09:00:00Z", "status": "defunct"})).services[0]
    assert (service.assured, service.status) == (date(2019, 3, 1), "defunct")


def test_an_organization_is_inactive_only_when_all_its_services_are() -> None:
    both = [{"status": "inactive"}, {"status": "defunct"}]
    assert candidate_of({"id": "a", "services": both}).inactive
    assert not candidate_of({"id": "a", "services": [*both, {"status": "temporarily closed"}]}).inactive


@pytest.mark.parametrize(
    ("own", "is_community", "communities"),
    [
        ({}, False, set()),
        ({"community": False}, False, set()),
        ({"community": True}, True, set()),
        ({"community": "pa"}, True, {"pa"}),
        ({"community": ["pa", "hi"]}, True, {"pa", "hi"}),
        ({"stakeholder_group": "community"}, True, set()),
    ],
)
def test_a_community_is_marked(own: dict[str, Any], is_community: bool, communities: set[str]) -> None:
    found = candidate_of(organization(x_leeward=own))
    assert (found.is_community, set(found.communities)) == (is_community, communities)


@pytest.mark.parametrize(
    ("service", "members", "path"),
    [
        ({"languages": "es"}, {}, "/services/0/languages"),
        ({"languages": ["es"]}, {}, "/services/0/languages/0"),
        ({"languages": [{"code": 7}]}, {}, "/services/0/languages/0/code"),
        ({"service_areas": [{"uri": ["a"]}]}, {}, "/services/0/service_areas/0/uri"),
        ({"attributes": [{"taxonomy_term": "x"}]}, {}, "/services/0/attributes/0/taxonomy_term"),
        ({"capacities": [{"available": "many"}]}, {}, "/services/0/capacities/0/available"),
        ({"capacities": [{"available": True}]}, {}, "/services/0/capacities/0/available"),
        ({"capacities": [{"available": 1, "maximum": 2.5}]}, {}, "/services/0/capacities/0/maximum"),
        ({"status": "sleeping"}, {}, "/services/0/status"),
        ({"assured_date": "last spring"}, {}, "/services/0/assured_date"),
        ({}, {"services": {}}, "/services"),
        ({}, {"x_leeward": []}, "/x_leeward"),
        ({}, {"x_leeward": {"role": 1}}, "/x_leeward/role"),
        ({}, {"x_leeward": {"has_key": "no"}}, "/x_leeward/has_key"),
        ({}, {"x_leeward": {"open_24h": 1}}, "/x_leeward/open_24h"),
        ({}, {"x_leeward": {"conflicts_of_interest": [1]}}, "/x_leeward/conflicts_of_interest"),
        ({}, {"x_leeward": {"interpreter": {}}}, "/x_leeward/interpreter"),
        ({}, {"id": None}, ""),
        ({}, {"name": []}, "/name"),
    ],
)
def test_a_wrong_type_is_named_with_its_path(service: dict[str, Any], members: dict[str, Any], path: str) -> None:
    with pytest.raises(DirectoryMalformed) as refused:
        candidate_of(organization(service, **members))
    assert refused.value.path == path
    assert str(refused.value).startswith(path or "/")


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (None, ""),
        ("a text", ""),
        ({}, "/organizations"),
        ({"organizations": {}}, "/organizations"),
        ([1], "/organizations/0"),
        ([{"name": "x"}], "/organizations/0"),
        ([{"id": "a"}, {"id": "b", "alternate_name": "a"}], "/organizations/1"),
    ],
)
def test_a_document_without_proper_organizations_is_refused(document: Any, path: str) -> None:
    with pytest.raises(DirectoryMalformed) as refused:
        organizations(document)
    assert refused.value.path == path


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "id name alternate_name services x_leeward attributes languages code service_areas uri capacities available status "
    "assured_date role interpreter community conflicts_of_interest"
)
NAMES = st.sampled_from(MEMBERS.split())
SHAPED = st.recursive(
    ANYTHING,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)


@given(SHAPED)
def test_whatever_stands_in_a_file_it_is_read_or_refused(document: Any) -> None:
    try:
        for found in organizations(document):
            candidate_of(found)
    except DirectoryMalformed as refused:
        assert refused.path == "" or refused.path.startswith("/")
