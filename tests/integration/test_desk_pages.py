"""The desk has a name for every code that intake takes and for every reason, and pages in each of its languages."""

import pytest

from intake import answers
from intake.answers import Answers
from referrals.desk import labels
from referrals.geography.places import DISTRICTS, REGIONS
from referrals.referral import CLOSING_REASONS, DECLINE_REASONS
from service.runtime import Runtime
from tests.network import Network, plant
from translations.locales import locales

CODES = {
    "about": answers.ABOUT,
    "what": answers.WHAT,
    "today": answers.TODAY,
    "soon": answers.SOON,
    "soon_when": answers.SOON_WHEN,
    "last_day": answers.LAST_DAY,
    "helper": answers.HELPER,
    "must_not_know": answers.MUST_NOT_KNOW,
    "answer_by": answers.ANSWER_BY,
    "reach_hours": answers.REACH_HOURS,
    "pass_on": answers.PASS_ON,
    "helper_desk": answers.HELPER_DESK,
}
# Written in whole sentences, or chosen from a list of areas, of organizations or of wordings: no codes of their own.
FREE = {
    "wording",
    "exclude",
    "which_place",
    "story",
    "people",
    "place",
    "employer",
    "must_not_know_other",
    "reach_number",
    "reach_mail",
    "region",
    "district",
}


def test_every_answer_has_a_label_and_no_label_is_left_over() -> None:
    expected = {f"{question}.{code}" for question, codes in CODES.items() for code in codes}
    assert {code for code, _ in labels.answers(str)} == expected


def test_every_question_has_a_label() -> None:
    fields = set(Answers.__dataclass_fields__) - {"locale"}
    assert fields == {*CODES, *FREE}, "this test knows every field"
    assert {code for code, _ in labels.questions(str)} == fields - {"story"}


def test_every_reason_and_area_has_a_label() -> None:
    assert tuple(code for code, _ in labels.decline_reasons(str)) == DECLINE_REASONS
    assert tuple(code for code, _ in labels.closing_reasons(str)) == CLOSING_REASONS
    assert dict(labels.areas()).keys() == {
        *(f"region:{code}" for code in REGIONS),
        *(f"rd:{code}" for code in DISTRICTS),
    }
    assert dict(labels.regions_of_districts())["rd:5907"] == "region:5930"


@pytest.fixture
def network(sqlite_runtime: Runtime) -> Network:
    """A small network, to have its pages rendered."""
    return plant(sqlite_runtime)


def page(network: Network, path: str, language: str) -> str:
    """Render a page in a language."""
    client = network.app.test_client()
    response = client.get(path, base_url="http://127.0.0.1:8000", headers={"Accept-Language": language})
    assert response.status_code == 200
    assert response.headers["Content-Language"] == language
    return response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/desk/", "/desk/enrol"])
def test_each_language_has_its_page_and_remembers_a_choice(network: Network, path: str) -> None:
    texts = {known.code: page(network, path, known.code) for known in locales() if known.desk}
    assert len(set(texts.values())) == len(texts)
    client = network.app.test_client()
    chosen = client.get(f"{path}?lang=fr", base_url="http://127.0.0.1:8000")
    assert (chosen.status_code, chosen.headers["Location"]) == (303, path)
    assert "path=/desk" in chosen.headers["Set-Cookie"].lower()
    again = client.get(path, base_url="http://127.0.0.1:8000", headers={"Accept-Language": "en"})
    assert 'lang="fr"' in again.get_data(as_text=True)
    unknown = client.get(f"{path}?lang=xx", base_url="http://127.0.0.1:8000")
    assert "Set-Cookie" not in unknown.headers


def test_the_page_starts_scripts_from_one_place_only_and_the_worker_alone_may_compile(network: Network) -> None:
    client = network.app.test_client()
    policy = client.get("/desk/", base_url="http://127.0.0.1:8000").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types leeward;" in policy
    with client.get("/desk/static/bundle/kdf-worker.js", base_url="http://127.0.0.1:8000") as worker:
        assert worker.status_code == 200
        assert "'wasm-unsafe-eval'" in worker.headers["Content-Security-Policy"]
    assert "wasm" not in policy
