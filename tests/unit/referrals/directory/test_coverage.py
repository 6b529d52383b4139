"""Coverage: the regions in which nobody speaks a language of the form."""

from referrals.candidates import Candidate, Service
from referrals.directory.coverage import gaps
from referrals.geography.provinces import PROVINCES, REGIONS


def candidate(*areas: str, languages: str = "es", role: str = "union", **service: object) -> Candidate:
    return Candidate(
        key="a",
        role=role,
        services=(Service(languages=frozenset(languages.split(",")), areas=frozenset(areas), **service),),  # type: ignore[arg-type]
    )


def regions(*candidates: Candidate, language: str = "es") -> set[str]:
    return {gap.region.code for gap in gaps(candidates, [language])}


def test_a_province_wide_service_leaves_no_gap() -> None:
    assert regions(candidate("prov:BC")) == set()
    assert regions(candidate("ca")) == set()


def test_a_region_is_covered_only_with_all_its_districts() -> None:
    districts = [f"rd:{code}" for code in REGIONS["5930"].districts]
    everywhere = {region.code for region in PROVINCES["BC"].regions}
    assert regions(candidate("region:5930")) == everywhere - {"5930"}
    assert regions(candidate(*districts)) == everywhere - {"5930"}
    assert regions(candidate(*districts[1:])) == everywhere
    assert regions(candidate(*districts[1:]), candidate(districts[0])) == everywhere - {"5930"}


def test_languages_meet_as_people_do() -> None:
    assert regions(candidate("prov:BC", languages="fil"), language="tl") == set()
    assert regions(candidate("prov:BC", languages="es-MX"), language="es") == set()
    assert len(regions(candidate("prov:BC", languages="fr"), language="es")) == 8


def test_an_interpreter_is_told_apart() -> None:
    found = list(gaps([candidate("prov:BC", languages="en", interpreters=frozenset({"any"}))], ["pa"]))
    assert len(found) == 8
    assert all(gap.by_interpreter for gap in found)
    assert not any(gap.by_interpreter for gap in gaps([candidate("prov:BC", languages="en")], ["pa"]))


def test_who_receives_no_report_covers_nothing() -> None:
    fits_no_one = [
        candidate("prov:BC", role="coordinator"),
        candidate("prov:BC", role="employer_association"),
        candidate("prov:BC", status="inactive"),
        candidate("prov:BC", status="temporarily closed"),
    ]
    assert len(regions(candidate("rd:5907"), *fits_no_one)) == 8


def test_a_province_that_nobody_serves_has_no_gaps() -> None:
    assert list(gaps([], ["es"])) == []
    assert list(gaps([candidate("prov:ON")], ["es"])) == []
