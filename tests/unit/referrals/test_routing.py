"""Each rule of the router on small directories made for it (referrals.md, "Router")."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from referrals.candidates import Candidate, Decision, Facts, Policy, Service
from referrals.geography.places import Place, area, resolve
from referrals.routing import FILTERS, route, urgency_of

NOW = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)
POLICY = Policy(now=NOW, tie_key=b"a secret of the instance")
OLIVER = resolve("Oliver BC")
FACTS = Facts(id="case", place=OLIVER, language="es", categories=("pay_hours",))
SERVICE = Service(
    languages=frozenset({"es"}),
    areas=frozenset({"rd:5907"}),
    categories=frozenset({"pay_hours"}),
    available=5,
    maximum=10,
    assured=date(2026, 6, 1),
)


def organization(key: str, role: str = "support_org", **members: Any) -> Candidate:
    """Make an organization that fits FACTS in everything; members of a service may be given with the others."""
    own = {name: members.pop(name) for name in list(members) if name in Candidate.__dataclass_fields__}
    return Candidate(key=key, role=role, **{"services": (replace(SERVICE, **members),), **own})


COORDINATOR = organization("desk", "coordinator", areas=frozenset({"ca"}), interpreters=frozenset({"any"}))


def decide(*candidates: Candidate, policy: Policy = POLICY, **facts: Any) -> Decision:
    """Route FACTS, changed as told, among candidates and the coordinator."""
    return route(replace(FACTS, **facts), [*candidates, COORDINATOR], policy)


def test_who_fits_gets_it_alone() -> None:
    decision = decide(organization("a"))
    assert (decision.primary, decision.recipients, decision.standby) == ("a", ("a",), ())
    assert (decision.fallback, decision.proposals, decision.missing) == (False, (), ())
    assert (decision.urgency, decision.language_mode, decision.coordinator_informed) == ("standard", "direct", False)
    assert (decision.province, decision.districts, decision.needs_place_question) == ("BC", ("5907",), False)
    assert decision.reasons == {"a": ("PRIMARY",), "desk": ("FALLBACK_ONLY",)}


@pytest.mark.parametrize(
    ("code", "candidate", "facts"),
    [
        ("INACTIVE", {"status": "inactive"}, {}),
        ("INACTIVE", {"status": "defunct"}, {}),
        ("NO_KEY", {"has_key": False}, {}),
        ("EMPLOYER_ROLE", {"role": "employer"}, {}),
        ("EMPLOYER_ROLE", {"role": "employer_association"}, {}),
        ("EMPLOYER_ROLE", {"role": "recruiter"}, {}),
        ("EMPLOYER_ROLE", {"role": "recruiter_association"}, {"consent": {"inspector": True, "consulate": True}}),
        ("UNKNOWN_ROLE", {"role": ""}, {}),
        ("UNKNOWN_ROLE", {"role": "helpful"}, {}),
        ("NO_CONSENT_CONSULATE", {"role": "foreign_government"}, {}),
        ("NO_CONSENT_CONSULATE", {"role": "foreign_government"}, {"consent": {"inspector": True}}),
        ("NO_CONSENT_INSPECTOR", {"role": "government_agency"}, {}),
        ("NO_CONSENT_INSPECTOR", {"role": "government_agency"}, {"consent": {"inspector": False}}),
        ("WORKER_EXCLUDED", {}, {"exclude_orgs": ("a",)}),
        ("WORKER_EXCLUDED_ROLE", {"role": "union"}, {"exclude_roles": ("union",)}),
        ("CONFLICT_OF_INTEREST", {"conflicts": ("Sunridge Orchards Ltd",)}, {"employer": "SUNRIDGE ORCHARDS"}),
        ("PLACE_AMBIGUOUS", {"areas": frozenset({"ca"})}, {"place": Place()}),
        ("PLACE_AMBIGUOUS", {"areas": frozenset({"prov:BC", "prov:ON"})}, {"place": resolve("Hamilton")}),
        ("PLACE_AMBIGUOUS", {}, {"place": area("prov:BC")}),
        ("OUT_OF_AREA", {"areas": frozenset({"rd:5909", "region:5920"})}, {}),
        ("OUT_OF_AREA", {"areas": frozenset({"prov:BC"})}, {"place": resolve("Toronto")}),
        ("OUT_OF_AREA", {"areas": frozenset()}, {}),
        ("ISSUE", {"categories": frozenset({"violence"})}, {}),
        ("ISSUE", {"categories": frozenset()}, {}),
        ("LANGUAGE", {"languages": frozenset({"en"})}, {}),
        ("LANGUAGE", {"languages": frozenset(), "interpreters": frozenset({"vi"})}, {}),
        ("CLOSED", {"status": "temporarily closed"}, {}),
        ("FULL", {"available": 0}, {}),
        ("FULL", {"available": -1}, {}),
        ("FULL", {}, {"load_overrides": {"a": {"avail": 0}}}),
    ],
)
def test_each_hard_filter_sends_it_to_the_coordinator(
    code: str, candidate: dict[str, Any], facts: dict[str, Any]
) -> None:
    decision = decide(organization("a", **candidate), **facts)
    assert decision.reasons["a"] == (code,)
    assert (decision.primary, decision.fallback, decision.recipients) == ("desk", True, ("desk",))
    assert (decision.standby, decision.proposals) == ((), ())
    assert decision.reasons["desk"] == ("FALLBACK_ONLY", "PRIMARY")


def test_all_that_speaks_against_somebody_is_said_in_the_filters_order() -> None:
    worst = organization(
        "a",
        "employer",
        has_key=False,
        conflicts=("Sunridge",),
        status="inactive",
        areas=frozenset(),
        categories=frozenset(),
        languages=frozenset(),
        available=0,
    )
    decision = decide(worst, employer="Sunridge", exclude_orgs=("a",), exclude_roles=("employer",))
    codes = decision.reasons["a"]
    assert codes == tuple(code for code in FILTERS if code in codes)
    assert len(codes) == 10


def test_the_coordinator_is_told_what_the_closest_lacked() -> None:
    decision = decide(
        organization("a", languages=frozenset({"en"})),
        organization("b", available=0),
        organization("c", areas=frozenset(), categories=frozenset()),
    )
    assert decision.missing == ("LANGUAGE", "FULL")


@pytest.mark.parametrize(
    ("code", "coordinator", "facts"),
    [
        ("INACTIVE", {"status": "defunct"}, {}),
        ("NO_KEY", {"has_key": False}, {}),
        ("NO_CONSENT_COORDINATOR", {}, {"consent": {"coordinator": False}}),
        ("WORKER_EXCLUDED", {}, {"exclude_orgs": ("desk",)}),
        ("WORKER_EXCLUDED_ROLE", {}, {"exclude_roles": ("coordinator",)}),
        ("CONFLICT_OF_INTEREST", {"conflicts": ("Sunridge",)}, {"employer": "Sunridge"}),
        ("CLOSED", {"status": "temporarily closed"}, {}),
    ],
)
@pytest.mark.parametrize("flags", [(), ("immediate_danger",)])
def test_where_even_the_coordinator_may_not_have_it_nobody_gets_it(
    code: str, coordinator: dict[str, Any], facts: dict[str, Any], flags: tuple[str, ...]
) -> None:
    desk = organization("desk", "coordinator", **coordinator)
    decision = route(replace(FACTS, language="th", flags=flags, **facts), [organization("a"), desk], POLICY)
    assert (decision.primary, decision.recipients, decision.fallback) == (None, (), False)
    assert (decision.language_mode, decision.coordinator_informed) == ("none", False)
    assert decision.reasons["desk"] == (code, "FALLBACK_ONLY", "NO_RECIPIENT")
    assert decision.missing == ("NO_RECIPIENT", "LANGUAGE")


def test_a_network_without_a_coordinator_says_it_of_everybody() -> None:
    decision = route(FACTS, [organization("a", available=0)], POLICY)
    assert decision.primary is None
    assert decision.reasons == {"a": ("FULL", "NO_RECIPIENT")}
    assert route(FACTS, [], POLICY).missing == ("NO_RECIPIENT",)


def test_the_coordinator_takes_what_nobody_else_can_place() -> None:
    desk = organization("desk", "coordinator", areas=frozenset(), categories=frozenset(), available=0)
    decision = route(replace(FACTS, language="th", place=Place()), [desk], POLICY)
    assert (decision.primary, decision.fallback, decision.language_mode) == ("desk", True, "none")
    assert decision.reasons["desk"] == ("FALLBACK_ONLY", "PRIMARY")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"languages": frozenset({"es"})}, {"languages": frozenset({"en"}), "interpreters": frozenset({"any"})}),
        ({"areas": frozenset({"rd:5907"})}, {"areas": frozenset({"region:5930"})}),
        ({"areas": frozenset({"region:5930"})}, {"areas": frozenset({"prov:BC"})}),
        ({"areas": frozenset({"prov:BC"})}, {"areas": frozenset({"ca"})}),
        ({"available": 10}, {"available": 9}),
        ({"maximum": 10}, {"maximum": 20}),
        ({"assured": date(2026, 1, 9)}, {"assured": date(2026, 1, 8)}),
        ({"assured": date(2026, 7, 1)}, {"assured": None}),
        ({"available": 5}, {"available": None, "maximum": None}),
    ],
)
def test_more_points_win(better: dict[str, Any], worse: dict[str, Any]) -> None:
    first, second = organization("a", **better), organization("b", **worse)
    for pair in ((first, second), (second, first)):
        decision = decide(*pair)
        assert (decision.primary, decision.standby) == ("a", ("b",))


def test_the_primary_issue_counts_most_and_further_ones_ten_at_most() -> None:
    told = ("pay_hours", "housing_living", "violence", "reprisal")
    main = organization("a", categories=frozenset({"pay_hours"}))
    rest = organization("b", categories=frozenset(told[1:]))
    assert decide(main, rest, categories=told).primary == "a"
    # 20 points of area against 25 + 10 - 35: all further ones but two count for nothing.
    two = organization("a", categories=frozenset(told[:3]), available=6)
    three = organization("b", categories=frozenset(told), available=5)
    assert decide(two, three, categories=told).primary == "a"
    assert (
        decide(replace(two, services=(replace(two.services[0], available=4),)), three, categories=told).primary == "b"
    )


FOUR = frozenset({"pay_hours", "housing_living", "violence", "reprisal"})


@pytest.mark.parametrize(
    ("challenger", "incumbent", "facts", "hundredths"),
    [
        # What the challenger lacks in points, in hundredths of the ten that free capacity brings.
        ({"areas": frozenset({"region:5930"})}, {}, {}, 80),
        ({"languages": frozenset({"en"}), "interpreters": frozenset({"es"})}, {"areas": frozenset({"ca"})}, {}, 50),
        (
            {"areas": frozenset({"region:5930"}), "categories": FOUR - {"pay_hours"}},
            {"areas": frozenset({"ca"})},
            {},
            30,
        ),
        ({}, {"categories": frozenset({"pay_hours", "violence"})}, {}, 50),
        ({"areas": frozenset({"region:5930"})}, {"areas": frozenset({"prov:BC"}), "categories": FOUR}, {}, 40),
        ({}, {"role": "legal_clinic", "areas": frozenset({"prov:BC"})}, {"needs": ("legal",)}, 10),
        ({"assured": None}, {}, {}, 50),
    ],
)
def test_points_have_the_weights_of_the_design(
    challenger: dict[str, Any], incumbent: dict[str, Any], facts: dict[str, Any], hundredths: int
) -> None:
    told = {"categories": ("pay_hours", "housing_living", "violence", "reprisal"), **facts}
    standing = organization("incumbent", **{"available": None, **incumbent})
    for free, primary in ((hundredths + 1, "challenger"), (hundredths - 1, "incumbent")):
        decision = decide(organization("challenger", available=free, maximum=100, **challenger), standing, **told)
        assert decision.primary == primary


def test_any_of_the_problems_is_enough() -> None:
    decision = decide(organization("a", categories=frozenset({"reprisal"})), categories=("pay_hours", "reprisal"))
    assert decision.primary == "a"


def test_a_district_counts_by_its_share() -> None:
    near = organization("a", areas=frozenset({"rd:5905"}))  # 23 % of V0H, of 20 points
    wide = organization("b", areas=frozenset({"prov:BC"}))  # all of it, of 6
    most = organization("c", areas=frozenset({"rd:5907"}))  # 64 %, of 20
    decision = decide(near, wide, most, place=resolve("V0H"))
    assert (decision.primary, decision.standby) == ("c", ("b", "a"))
    both = organization("d", areas=frozenset({"rd:5905", "region:5930"}))  # 0.23 * 20 + 0.77 * 12
    assert decide(most, both, place=resolve("V0H")).primary == "d"


def test_a_legal_need_brings_the_clinic_forward() -> None:
    clinic = organization("clinic", "legal_clinic", areas=frozenset({"prov:BC"}))
    assert decide(organization("a"), clinic).primary == "a"
    assert decide(organization("a"), clinic, needs=("legal",)).primary == "clinic"


def test_stale_costs_points_and_is_said() -> None:
    stale = organization("a", assured=date(2025, 12, 1))
    assert decide(stale).reasons["a"] == ("PRIMARY", "STALE")
    assert decide(stale, organization("b")).reasons == (
        {"a": ("STANDBY", "STALE"), "b": ("PRIMARY",), "desk": ("FALLBACK_ONLY",)}
    )


def test_the_day_is_the_one_where_the_clock_stands() -> None:
    aged = organization("a", assured=date(2026, 1, 9))
    late = datetime.fromisoformat("2026-07-08T23:30:00-07:00")
    assert decide(aged, policy=replace(POLICY, now=late)).reasons["a"] == ("PRIMARY",)
    assert decide(aged, policy=replace(POLICY, now=late.astimezone(UTC))).reasons["a"] == ("PRIMARY", "STALE")


def test_two_stand_by_and_the_rest_are_outranked() -> None:
    decision = decide(*(organization(key, available=free) for key, free in zip("abcd", (9, 8, 7, 6), strict=True)))
    assert (decision.primary, decision.standby, decision.recipients) == ("a", ("b", "c"), ("a",))
    assert [decision.reasons[key] for key in "abcd"] == [("PRIMARY",), ("STANDBY",), ("STANDBY",), ("OUTRANKED",)]


def test_a_tie_goes_to_who_has_more_free_places() -> None:
    small, large = organization("a", available=5, maximum=10), organization("b", available=10, maximum=20)
    assert decide(small, large).primary == decide(large, small).primary == "b"


def test_further_ties_are_broken_by_a_keyed_hash_of_case_and_organization() -> None:
    pair = [organization("a"), organization("b")]
    by_case = {decide(*pair, id=f"case {number}").primary for number in range(32)}
    by_key = {decide(*pair, policy=replace(POLICY, tie_key=bytes([number]))).primary for number in range(32)}
    assert by_case == by_key == {"a", "b"}
    assert all(decide(*pair).primary == decide(*reversed(pair)).primary for _ in range(3))


def test_in_an_emergency_who_is_awake_leads_and_nobody_is_full() -> None:
    awake = organization("awake", open_24h=True, languages=frozenset(), interpreters=frozenset({"any"}), available=0)
    near = organization("near", available=9)
    decision = decide(near, awake, flags=("confined_now",))
    assert (decision.primary, decision.recipients, decision.standby) == ("awake", ("awake", "desk"), ("near",))
    assert (decision.urgency, decision.coordinator_informed, decision.fallback) == ("emergency", True, False)
    assert decision.reasons["desk"] == ("FALLBACK_ONLY", "INFORMED")
    assert decide(near, awake).primary == "near"


def test_in_an_emergency_load_counts_for_nothing() -> None:
    empty, better = organization("a", available=10), organization("b", available=0, categories=frozenset(["violence"]))
    told = ("violence", "pay_hours")
    assert decide(empty, better, categories=told, flags=("injured",)).primary == "b"


def test_in_an_emergency_the_other_filters_stay() -> None:
    deaf = organization("deaf", open_24h=True, languages=frozenset({"en"}))
    far = organization("far", open_24h=True, areas=frozenset({"rd:5959"}))
    decision = decide(deaf, far, organization("a"), flags=("minor",))
    assert (decision.primary, decision.recipients) == ("a", ("a", "desk"))


def test_an_emergency_that_nobody_fits_is_the_coordinators() -> None:
    decision = decide(organization("a"), language="th", flags=("self_harm",))
    assert (decision.primary, decision.recipients, decision.fallback) == ("desk", ("desk",), True)
    assert decision.coordinator_informed


@pytest.mark.parametrize("role", ["foreign_government", "government_agency"])
def test_with_consent_they_are_proposed_and_never_receive(role: str) -> None:
    consent = {"consulate": True, "inspector": True}
    official = organization("official", role, available=10, maximum=10)
    decision = decide(organization("a"), official, consent=consent)
    assert (decision.primary, decision.standby, decision.proposals) == ("a", (), ("official",))
    assert decision.reasons["official"] == ("PROPOSED",)
    alone = decide(official, consent=consent)
    assert (alone.primary, alone.recipients, alone.proposals) == ("desk", ("desk",), ("official",))


@pytest.mark.parametrize("given", ["yes", 1, None])
def test_consent_is_true_and_nothing_else(given: Any) -> None:
    official = organization("official", "foreign_government")
    assert decide(official, consent={"consulate": given}).proposals == ()
    assert decide(consent={"coordinator": given}).primary is None


@pytest.mark.parametrize(
    ("spoken", "languages", "interpreters", "mode"),
    [
        ("fil", {"tl"}, set(), "direct"),
        ("tl", {"fil"}, set(), "direct"),
        ("es-MX", {"spa"}, set(), "direct"),
        ("cmn", {"zh"}, set(), "direct"),
        ("zh-Hant", {"cmn"}, set(), "direct"),
        ("yue", {"yue"}, set(), "direct"),
        ("zh-yue", {"yue-Hant"}, set(), "direct"),
        ("yue", {"zh"}, set(), "interpreter"),
        ("yue", {"en"}, {"zh"}, "interpreter"),
        ("yue", {"en"}, {"any"}, "interpreter"),
        ("yue", {"zh"}, {"any"}, "interpreter"),
        ("yue", {"cmn"}, {"any"}, "interpreter"),
        ("yue", {"en"}, {"yue"}, "interpreter"),
        ("vi", {"en"}, {"vi"}, "interpreter"),
        ("yue", {"cmn"}, set(), None),
        ("yue", {"en"}, {"cmn"}, None),
        ("zh", {"yue"}, set(), None),
        ("cmn", {"yue"}, set(), None),
        ("vi", {"en"}, {"es"}, None),
        ("", {"en"}, set(), None),
    ],
)
def test_languages_meet(spoken: str, languages: set[str], interpreters: set[str], mode: str | None) -> None:
    one = organization("a", languages=frozenset(languages), interpreters=frozenset(interpreters))
    decision = decide(one, language=spoken)
    if mode is None:
        assert decision.reasons["a"] == ("LANGUAGE",)
    else:
        assert (decision.primary, decision.language_mode) == ("a", mode)


@pytest.mark.parametrize(
    ("helper", "members", "facts", "excluded"),
    [
        ("outside_community", {"is_community": True}, {}, True),
        ("outside_community", {"is_community": True, "communities": frozenset({"es-MX"})}, {}, True),
        ("outside_community", {"is_community": True, "communities": frozenset({"Jalisco"})}, {}, False),
        (
            "outside_community",
            {"is_community": True, "communities": frozenset({"Jalisco"})},
            {"community": "JALISCO"},
            True,
        ),
        ("outside_community", {"is_community": True, "languages": frozenset({"pa"})}, {}, False),
        ("outside_community", {}, {}, False),
        ("same_language", {"is_community": True}, {}, False),
        ("either", {"is_community": True}, {}, False),
    ],
)
def test_a_helper_from_outside_the_community(
    helper: str, members: dict[str, Any], facts: dict[str, Any], excluded: bool
) -> None:
    decision = decide(organization("a", interpreters=frozenset({"any"}), **members), helper=helper, **facts)
    assert ("WORKER_EXCLUDED" in decision.reasons["a"]) is excluded


def test_the_service_that_fits_best_speaks_for_an_organization() -> None:
    asleep = replace(SERVICE, status="inactive")
    far = replace(SERVICE, areas=frozenset({"rd:5959"}), languages=frozenset({"es"}))
    interpreted = replace(SERVICE, languages=frozenset(), interpreters=frozenset({"any"}))
    decision = decide(Candidate("a", "support_org", (asleep, far, interpreted)))
    # Speaking Spanish in the far north is no help in Oliver.
    assert (decision.primary, decision.language_mode) == ("a", "interpreter")
    assert decide(Candidate("a", "support_org", (asleep, far))).reasons["a"] in {("INACTIVE",), ("OUT_OF_AREA",)}
    assert decide(Candidate("a", "support_org", ())).reasons["a"] == ("OUT_OF_AREA", "ISSUE", "LANGUAGE", "STALE")


def test_the_province_alone_reaches_who_covers_it() -> None:
    wide = organization("wide", areas=frozenset({"prov:BC"}))
    national = organization("national", areas=frozenset({"ca"}))
    decision = decide(national, wide, organization("near"), place=area("prov:BC"))
    assert (decision.primary, decision.standby) == ("wide", ("national",))
    assert decision.needs_place_question and decision.districts == ()
    assert decision.reasons["near"] == ("PLACE_AMBIGUOUS",)


def test_another_province_reaches_who_covers_it() -> None:
    there = organization("there", areas=frozenset({"prov:ON"}))
    decision = decide(there, place=resolve("Leamington Ontario"))
    assert (decision.primary, decision.province, decision.needs_place_question) == ("there", "ON", False)


def test_unknown_load_is_not_full_and_brings_no_points() -> None:
    unknown = organization("a", available=None, maximum=None)
    assert decide(unknown).primary == "a"
    assert decide(unknown, organization("b", available=1, maximum=100)).primary == "b"
    assert decide(organization("a", available=3, maximum=None)).primary == "a"


def test_load_overrides_change_what_is_free() -> None:
    full = organization("a", available=0)
    assert decide(full, load_overrides={"a": {"avail": 4}}).primary == "a"
    pair = (organization("a", available=9), organization("b", available=5))
    assert decide(*pair, load_overrides={"a": {"avail": 1}}).primary == "b"
    assert decide(*pair, load_overrides={"a": {"max": 1000}}).primary == "b"
    assert decide(*pair, load_overrides={"b": {"avail": 100}}).primary == "b"


@pytest.mark.parametrize(
    ("flags", "categories", "urgency"),
    [
        *(((flag,), (), "emergency") for flag in ("immediate_danger", "confined_now", "ongoing")),
        *(((flag,), (), "emergency") for flag in ("injured", "self_harm", "minor")),
        *(((flag,), (), "urgent") for flag in ("dismissed", "repatriation_72h", "evicted")),
        *(((flag,), (), "urgent") for flag in ("permit_expires_14d", "legal_limit_30d")),
        *(((), (code,), "urgent") for code in ("violence", "sexual_violence_harassment")),
        *(((), (code,), "urgent") for code in ("documents_held", "movement_isolation")),
        *(((), (code,), "standard") for code in ("pay_hours", "threats_intimidation", "reprisal", "other_unsure")),
        (("dismissed", "minor"), ("pay_hours",), "emergency"),
        ((), (), "standard"),
        (("not_a_flag",), ("not_a_category",), "standard"),
    ],
)
def test_urgency(flags: tuple[str, ...], categories: tuple[str, ...], urgency: str) -> None:
    assert urgency_of(flags, categories) == urgency
