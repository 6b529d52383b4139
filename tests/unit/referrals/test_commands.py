"""`leeward route` answers line by line, and a line that it cannot read ends it with one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from referrals.commands import FactsMalformed, parse_facts, route_command
from tests.guards.tree import ROOT

DIRECTORY = ROOT / "demo" / "directory.json"
NOW = "2019-07-09T10:00:00-07:00"
LINE = b'{"id": "a", "place_text": "Oliver BC", "language": "es", "categories": ["pay_hours"]}\n'


def run(lines: bytes, *, directory: Path = DIRECTORY, now: str = NOW) -> Result:
    """Run the command on lines of facts."""
    return CliRunner().invoke(route_command, ["--directory", str(directory), "--now", now], input=lines)


def test_a_decision_a_line_in_the_same_order() -> None:
    result = run(LINE + b"\n" + LINE.replace(b'"a"', b'"b"'))
    decisions = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0 and result.stderr == ""
    assert [decision["id"] for decision in decisions] == ["a", "b"]
    assert list(decisions[0]) == [
        *("id", "province", "districts", "primary", "recipients", "standby", "fallback", "proposals", "urgency"),
        *("language_mode", "reasons", "needs_place_question", "coordinator_informed", "missing"),
    ]
    assert decisions[0]["primary"] == "org01" and len(decisions[0]["reasons"]) == 16


def test_facts_may_be_nearly_empty() -> None:
    decision = json.loads(run(b'{"id": "a"}').stdout)
    assert decision["primary"] == "org16" and decision["needs_place_question"]


def test_what_it_does_not_know_is_not_looked_at() -> None:
    facts = parse_facts(b'{"id": "a", "issue_text": 7, "expect": [], "flags": null, "consent": {"testimony": "x"}}')
    assert (facts.flags, facts.consent, facts.categories) == ((), {}, ("other_unsure",))


def test_null_counts_as_missing_and_a_whole_number_may_have_a_point() -> None:
    facts = parse_facts(
        b'{"id": "a", "consent": {"consulate": null, "inspector": true},'
        b' "load_overrides": {"x": {"avail": null, "max": 4.0}, "y": null}}'
    )
    assert (facts.consent, facts.load_overrides) == ({"inspector": True}, {"x": {"max": 4}})
    decisions = run(LINE.replace(b"}", b', "consent": {"coordinator": null}, "load_overrides": {"org01": null}}'))
    assert decisions.stdout == run(LINE).stdout


@pytest.mark.parametrize(
    "name",
    [
        "org01",
        "ORG01",
        "5840a844-caff-5840-bae1-21112a129072",
        "5840A844-CAFF-5840-BAE1-21112A129072",
        " valle farmworker  support society",
    ],
)
def test_an_organization_is_excluded_by_its_key_its_id_or_its_name(name: str) -> None:
    result = run(LINE.replace(b"}", b', "exclude_orgs": [%s]}' % json.dumps(name).encode()))
    decision = json.loads(result.stdout)
    assert "WORKER_EXCLUDED" in decision["reasons"]["org01"] and decision["primary"] != "org01"
    assert result.stderr == ""


def test_an_exclusion_of_nobody_is_named() -> None:
    result = run(LINE.replace(b"}", b', "exclude_orgs": ["org1", "org02", ""], "exclude_roles": ["unions", "union"]}'))
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        f"leeward route: line 1: counts for nothing: {told!r}" for told in ("org1", "", "unions")
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is not a JSON object in UTF-8"),
        (b"[]", "is not a JSON object in UTF-8"),
        (b'"a"', "is not a JSON object in UTF-8"),
        (b'\xff{"id": "a"}', "is not a JSON object in UTF-8"),
        (b"[" * 100_000, "is not a JSON object in UTF-8"),
        (b"{}", "id is missing"),
        (b'{"id": 1}', "id is not a text"),
        (b'{"id": "\\ud800"}', "id holds half a character"),
        (b'{"id": "a", "place_text": ["Oliver"]}', "place_text is not a text"),
        (b'{"id": "a", "categories": "pay_hours"}', "categories is not a list of texts"),
        (b'{"id": "a", "flags": [1]}', "flags is not a text"),
        (b'{"id": "a", "exclude_orgs": {}}', "exclude_orgs is not a list of texts"),
        (b'{"id": "a", "consent": {"consulate": "yes"}}', "consent is not an object of true and false"),
        (b'{"id": "a", "consent": []}', "consent is not an object of true and false"),
        (b'{"id": "a", "load_overrides": {"x": 4}}', "load_overrides is not an object of {avail, max}"),
        (b'{"id": "a", "load_overrides": {"x": {"avail": "4"}}}', "load_overrides is not an object"),
        (b'{"id": "a", "load_overrides": {"x": {"avail": true}}}', "load_overrides is not an object"),
        (b'{"id": "a", "load_overrides": {"x": {"max": 4.5}}}', "load_overrides is not an object"),
        (b'{"id": "a", "load_overrides": {"x": {"max": NaN}}}', "load_overrides is not an object"),
        (b'{"id": "a", "load_overrides": {"x": {"max": 1e999}}}', "load_overrides is not an object"),
        (b'{"id": "a", "helper": "anyone"}', "helper is none of"),
    ],
)
def test_a_bad_line_ends_it_with_one_sentence(line: bytes, message: str) -> None:
    result = run(LINE + line + b"\n" + LINE)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"leeward route: line 2: {message}")
    assert result.stderr.count("\n") == 1
    assert len(result.stdout.splitlines()) == 1


def test_a_code_of_no_vocabulary_is_named_and_counts_for_nothing() -> None:
    result = run(b'{"id": "a", "flags": ["imediate_danger"], "categories": ["payhours"]}')
    assert result.exit_code == 0
    assert "imediate_danger" in result.stderr and "payhours" in result.stderr
    assert json.loads(result.stdout)["urgency"] == "standard"


def test_a_bad_line_is_never_quoted() -> None:
    assert "CANARY" not in run(b'{"id": "a", "employer": ["CANARY"], "flags": "CANARY"}').output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{}", "/organizations: is not a list"),
        (b'[{"id": "a"}, {"id": "b", "services": [{"languages": {}}]}]', "/organizations/1/services/0/languages"),
    ],
)
def test_a_bad_directory_is_refused_with_its_fault(tmp_path: Path, content: bytes, message: str) -> None:
    directory = tmp_path / "directory.json"
    directory.write_bytes(content)
    result = run(LINE, directory=directory)
    assert result.exit_code == 1 and result.stdout == ""
    assert message in result.stderr and result.stderr.count("\n") == 1


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    result = run(LINE, directory=tmp_path / "none.json")
    assert result.exit_code == 1 and "cannot read" in result.stderr


@pytest.mark.parametrize("now", ["soon", "2019-07-09T10:00:00", "2019-13-01T00:00:00Z"])
def test_a_moment_needs_a_date_and_an_offset(now: str) -> None:
    result = run(LINE, now=now)
    assert result.exit_code == 1 and result.stderr.startswith("leeward route: --now")


def test_without_a_moment_it_is_now() -> None:
    result = CliRunner().invoke(route_command, ["--directory", str(DIRECTORY)], input=LINE)
    assert result.exit_code == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = (
    "id place_text language categories flags employer exclude_orgs exclude_roles consent needs load_overrides helper"
)


@given(st.dictionaries(st.sampled_from(MEMBERS.split()), JSON))
def test_any_object_is_read_or_refused(told: dict[str, Any]) -> None:
    try:
        facts = parse_facts(json.dumps(told).encode())
    except FactsMalformed:
        return
    assert facts.id == told["id"]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(line: bytes) -> None:
    try:
        parse_facts(line)
    except FactsMalformed as refused:
        assert str(refused)
