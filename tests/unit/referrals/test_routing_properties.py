"""What holds of every decision over random directories and facts: nobody forbidden has it, and order is nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from referrals import employers
from referrals.candidates import (
    COORDINATOR_ROLE,
    EMERGENCY_FLAGS,
    EMPLOYER_ROLES,
    SUPPORT_ROLES,
    URGENT_FLAGS,
    Candidate,
    Decision,
    Facts,
    Policy,
    Service,
)
from referrals.categories import CATEGORIES
from referrals.geography.places import area, resolve
from referrals.routing import route

LEVELS = ("standard", "urgent", "emergency")
POLICY = Policy(now=datetime(2026, 7, 8, tzinfo=UTC), tie_key=b"tie")
KEYS = [f"org{number}" for number in range(6)]
KINDS = {"foreign_government": "consulate", "government_agency": "inspector"}
FLAGS = [*sorted(EMERGENCY_FLAGS | URGENT_FLAGS), "not_a_flag"]
ROLES = [
    *("legal_clinic", "union", "coordinator", "foreign_government", "government_agency", "employer_association"),
    *("employer", "recruiter", "helpful", ""),
]

# Everything starts out fitting, and is then changed in a few of these ways: so there is somebody to decide between.
SERVICE = Service(
    languages=frozenset({"es", "en"}),
    areas=frozenset({"prov:BC"}),
    categories=frozenset(CATEGORIES),
    available=3,
    maximum=5,
    assured=date(2026, 6, 1),
)
SERVICE_CHANGES: list[tuple[str, Any]] = [
    *(("status", status) for status in ("inactive", "defunct", "temporarily closed")),
    *(("languages", frozenset(codes.split())) for codes in ("", "es pa", "fil", "zh yue", "cmn", "zh", "en")),
    *(("interpreters", frozenset(codes.split())) for codes in ("any", "any", "zh es", "yue")),
    *(("areas", frozenset(codes.split())) for codes in ("", "rd:5907", "rd:5915 region:5930", "prov:ON", "ca")),
    *(("categories", frozenset(codes.split())) for codes in ("", "pay_hours reprisal", "violence documents_held")),
    *(("available", count) for count in (None, -1, 0, 1, 5)),
    *(("maximum", count) for count in (None, 0, 50)),
    *(("assured", day) for day in (None, date(2025, 6, 1))),
]
CANDIDATE_CHANGES: list[tuple[str, Any]] = [
    *(("role", role) for role in ROLES),
    *(("has_key", False), ("open_24h", True), ("services", ()), ("is_community", True)),
    *(("conflicts", (name,)) for name in ("Sunridge Orchards Ltd", "Valley Berries Inc.")),
    *(("communities", frozenset({code})) for code in ("es", "pa")),
]
FACTS_CHANGES: list[tuple[str, Any]] = [
    *(("place", resolve(text)) for text in ("Surrey", "V0H", "Hamilton", "Toronto", "", "the Kootenays")),
    ("place", area("prov:BC")),
    *(("language", code) for code in ("pa", "tl", "zh-Hant", "yue", "cmn", "th")),
    *(("categories", codes) for codes in ((), ("violence",), ("pay_hours", "documents_held", "violence"))),
    *(("flags", (flag,)) for flag in FLAGS),
    *(("employer", name) for name in ("SUNRIDGE ORCHARDS", "valley berries", "Nobody's Farm")),
    *(("exclude_orgs", (key,)) for key in KEYS),
    *(("exclude_roles", (role,)) for role in ROLES),
    *(("consent", {name: given}) for name in ("coordinator", "consulate", "inspector") for given in (True, False)),
    ("consent", {"consulate": True, "inspector": True, "coordinator": True}),
    ("needs", ("legal",)),
    *(("load_overrides", {key: {"avail": free}}) for key in KEYS[:2] for free in (0, 9)),
    *(("helper", helper) for helper in ("same_language", "outside_community")),
]


def changes(ways: list[tuple[str, Any]], most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a few changes, the last of a field counting."""
    return st.lists(st.sampled_from(ways), max_size=most).map(dict)


SERVICES = changes(SERVICE_CHANGES, 2).map(lambda changed: replace(SERVICE, **changed))
CANDIDATES = st.builds(
    lambda services, changed: replace(Candidate("", "support_org", tuple(services)), **changed),
    st.lists(SERVICES, min_size=1, max_size=2),
    changes(CANDIDATE_CHANGES, 2),
)


def in_role(*roles: str) -> st.SearchStrategy[Candidate]:
    """Draw a candidate in one of some roles."""
    return st.builds(lambda found, role: replace(found, role=role), CANDIDATES, st.sampled_from(roles))


DIRECTORIES = st.lists(CANDIDATES | in_role(COORDINATOR_ROLE), max_size=len(KEYS)).map(
    lambda found: [replace(candidate, key=key) for candidate, key in zip(found, KEYS, strict=False)]
)
FACTS = changes(FACTS_CHANGES, 4).map(
    lambda changed: replace(Facts("case", resolve("Oliver BC"), "es", ("pay_hours",)), **changed)
)


def who_has_it(decision: Decision) -> set[str]:
    """Give everybody who has a report now or could come to have it."""
    return {*decision.recipients, *decision.standby, *([decision.primary] if decision.primary else [])}


def is_forbidden(candidate: Candidate, facts: Facts) -> bool:
    """Say, in other words than the router's, whether an organization may never have a report."""
    told = employers.normalized(facts.employer or "")
    return (
        candidate.role in EMPLOYER_ROLES
        or candidate.role not in SUPPORT_ROLES | {COORDINATOR_ROLE}
        or candidate.key in facts.exclude_orgs
        or candidate.role in facts.exclude_roles
        or not candidate.has_key
        or (bool(candidate.services) and all(one.status in ("inactive", "defunct") for one in candidate.services))
        or (candidate.role == COORDINATOR_ROLE and facts.consent.get("coordinator") is False)
        or any(employers.same_employer(told, employers.normalized(name)) for name in candidate.conflicts)
    )


@settings(max_examples=200)
@given(FACTS, DIRECTORIES)
def test_nobody_forbidden_ever_has_a_report(facts: Facts, directory: list[Candidate]) -> None:
    decision = route(facts, directory, POLICY)
    forbidden = {candidate.key for candidate in directory if is_forbidden(candidate, facts)}
    assert forbidden.isdisjoint(who_has_it(decision))


@settings(max_examples=200)
@given(FACTS, DIRECTORIES, in_role(*KINDS), st.dictionaries(st.sampled_from(list(KINDS.values())), st.booleans()))
def test_proposals_need_a_role_that_is_proposed_and_a_yes(
    facts: Facts, directory: list[Candidate], official: Candidate, consent: dict[str, bool]
) -> None:
    facts = replace(facts, consent=facts.consent or consent)
    candidates = [*directory, replace(official, key="official")]
    by_key = {candidate.key: candidate for candidate in candidates}
    decision = route(facts, candidates, POLICY)
    for key in decision.proposals:
        candidate = by_key[key]
        assert facts.consent.get(KINDS[candidate.role]) is True
        assert candidate.has_key and not candidate.inactive
        assert key not in facts.exclude_orgs and candidate.role not in facts.exclude_roles
    assert set(decision.proposals).isdisjoint(who_has_it(decision))


@given(FACTS, DIRECTORIES, st.data())
def test_the_order_of_candidates_is_nothing(facts: Facts, directory: list[Candidate], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(directory))
    assert route(facts, shuffled, POLICY) == route(facts, directory, POLICY)


@given(FACTS, DIRECTORIES, CANDIDATES, st.integers(0, 6))
def test_one_more_who_may_not_have_it_changes_nothing(
    facts: Facts, directory: list[Candidate], stranger: Candidate, at: int
) -> None:
    stranger = replace(stranger, key="stranger", role="employer")
    before = route(facts, directory, POLICY)
    after = route(facts, [*directory[:at], stranger, *directory[at:]], POLICY)
    assert after.reasons.keys() == before.reasons.keys() | {"stranger"}
    kept = {key: after.reasons[key] for key in before.reasons}
    assert replace(after, reasons=kept) == before


# An inactive service that fits, and an active one that does not handle the problem.
ONE_ASLEEP = (replace(SERVICE, status="inactive"), replace(SERVICE, categories=frozenset()))


@settings(max_examples=200)
@given(FACTS, DIRECTORIES, in_role(COORDINATOR_ROLE))
@example(Facts("case", resolve("Oliver BC"), "es", ("pay_hours",)), [], Candidate("", COORDINATOR_ROLE, ONE_ASLEEP))
def test_a_coordinator_that_is_at_work_and_may_have_it_leaves_no_report_to_nobody(
    facts: Facts, directory: list[Candidate], coordinator: Candidate
) -> None:
    at_work = any(service.status == "active" for service in coordinator.services)
    assume(at_work and not coordinator.is_community and not is_forbidden(coordinator, facts))
    assert route(facts, [*directory, replace(coordinator, key="coordinator")], POLICY).primary is not None


@given(FACTS, DIRECTORIES, st.sampled_from(FLAGS))
def test_a_flag_never_lowers_urgency(facts: Facts, directory: list[Candidate], flag: str) -> None:
    before = route(facts, directory, POLICY)
    after = route(replace(facts, flags=(*facts.flags, flag)), directory, POLICY)
    assert LEVELS.index(after.urgency) >= LEVELS.index(before.urgency)


@settings(max_examples=200)
@given(FACTS, DIRECTORIES)
def test_every_decision_is_sound(facts: Facts, directory: list[Candidate]) -> None:
    decision = route(facts, directory, POLICY)
    by_key = {candidate.key: candidate for candidate in directory}
    assert decision.reasons.keys() == by_key.keys() and all(decision.reasons.values())
    if decision.primary is None:
        assert (decision.recipients, decision.standby, decision.fallback) == ((), (), False)
        assert decision.missing[0] == "NO_RECIPIENT" and decision.language_mode == "none"
        assert not directory or any("NO_RECIPIENT" in codes for codes in decision.reasons.values())
        return
    lead = by_key[decision.primary]
    assert decision.recipients[0] == lead.key and decision.fallback is (lead.role == COORDINATOR_ROLE)
    assert decision.reasons[lead.key][-2:].count("PRIMARY") == 1
    assert bool(decision.missing) is (decision.fallback and any(one.role in SUPPORT_ROLES for one in directory))
    told = decision.recipients[1:]
    assert len(told) <= (decision.urgency == "emergency" and not decision.fallback)
    assert all(by_key[key].role == COORDINATOR_ROLE for key in told)
    assert len(decision.standby) <= 2 and set(decision.standby).isdisjoint(decision.recipients)
    assert all(by_key[key].role in SUPPORT_ROLES for key in decision.standby)


@given(FACTS, DIRECTORIES)
def test_nobody_asleep_leads_in_an_emergency_while_somebody_who_fits_is_awake(
    facts: Facts, directory: list[Candidate]
) -> None:
    decision = route(replace(facts, flags=("immediate_danger",)), directory, POLICY)
    by_key: dict[str | None, Any] = {candidate.key: candidate for candidate in directory}
    fitting = [decision.primary, *decision.standby] if decision.primary and not decision.fallback else []
    awake = [by_key[key].open_24h for key in fitting]
    assert awake == sorted(awake, reverse=True)


@given(FACTS, DIRECTORIES)
def test_a_decision_is_the_same_twice(facts: Facts, directory: list[Candidate]) -> None:
    assert route(facts, directory, POLICY) == route(facts, list(directory), POLICY)
