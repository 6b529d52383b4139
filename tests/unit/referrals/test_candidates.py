"""What the router asks of a candidate is worked out once, and worked out again when a candidate is replaced."""

from dataclasses import replace

import pytest

from referrals.candidates import Candidate, Service


@pytest.mark.parametrize(
    ("areas", "points"),
    [
        ({"rd:5907"}, {"5907": 20}),
        ({"region:5940"}, {"5901": 12, "5903": 12, "5905": 12}),
        ({"region:5940", "rd:5901"}, {"5901": 20, "5903": 12, "5905": 12}),
        ({"prov:ON"}, {}),
        ({"rd:9999", "nonsense"}, {}),
        (set(), {}),
    ],
)
def test_coverage_has_the_points_of_the_nearest_level(areas: set[str], points: dict[str, int]) -> None:
    assert Service(areas=frozenset(areas)).coverage == points


def test_a_province_and_the_country_cover_every_district() -> None:
    province = Service(areas=frozenset({"prov:BC"}))
    assert len(province.coverage) == 29 and set(province.coverage.values()) == {6}
    assert province.provinces == {"BC"} and not province.is_national
    country = Service(areas=frozenset({"ca"}))
    assert len(country.coverage) == 29 and set(country.coverage.values()) == {0}
    assert country.is_national


def test_languages_are_kept_as_spoken() -> None:
    service = Service(languages=frozenset({"fil", "es-MX"}), interpreters=frozenset({"any", "zho"}))
    assert service.spoken == {"tl", "es"}
    assert service.interpreted == {"any", "zh"}


def test_replacing_a_field_works_the_rest_out_again() -> None:
    candidate = Candidate(key="a", role="support_org", conflicts=("Sunridge Orchards Ltd",))
    assert candidate.conflict_names == (("sunridge", "orchard"),)
    assert replace(candidate, has_key=False).conflict_names == candidate.conflict_names
    assert replace(candidate, conflicts=()).conflict_names == ()
    assert replace(Service(areas=frozenset({"rd:5907"})), areas=frozenset({"rd:5909"})).coverage == {"5909": 20}


def test_a_candidate_is_inactive_when_all_its_services_are() -> None:
    asleep, closed = Service(status="inactive"), Service(status="temporarily closed")
    assert Candidate(key="a", role="union", services=(asleep, asleep)).inactive
    assert not Candidate(key="a", role="union", services=(asleep, closed)).inactive
