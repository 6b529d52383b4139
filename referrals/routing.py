"""Decides which one organization gets a report. Pure: facts go in, a decision comes out, with a reason for everybody.

It never names an organization of the employers' side, one that the worker said no to, or one that cannot read a
sealed report. The rules are those of referrals.md ("Router"); the order of candidates never matters.
"""

import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from referrals import employers, languages
from referrals.candidates import (
    CLOSED_STATUS,
    CONSULATE_ROLE,
    COORDINATOR_ROLE,
    EMERGENCY_FLAGS,
    EMPLOYER_ROLES,
    INACTIVE_STATUSES,
    INSPECTOR_ROLE,
    LEGAL_ROLE,
    PROVINCE_POINTS,
    SUPPORT_ROLES,
    URGENT_FLAGS,
    Candidate,
    Decision,
    Facts,
    Policy,
    Service,
)
from referrals.geography.places import Place
from referrals.geography.provinces import PROVINCES

EMERGENCY: Final = "emergency"
URGENT: Final = "urgent"
STANDARD: Final = "standard"

DIRECT: Final = "direct"
INTERPRETER: Final = "interpreter"
NO_LANGUAGE: Final = "none"

# Why somebody gets nothing: the hard filters, in their order.
INACTIVE: Final = "INACTIVE"
NO_KEY: Final = "NO_KEY"
EMPLOYER_ROLE: Final = "EMPLOYER_ROLE"
UNKNOWN_ROLE: Final = "UNKNOWN_ROLE"
NO_CONSENT_CONSULATE: Final = "NO_CONSENT_CONSULATE"
NO_CONSENT_INSPECTOR: Final = "NO_CONSENT_INSPECTOR"
NO_CONSENT_COORDINATOR: Final = "NO_CONSENT_COORDINATOR"
WORKER_EXCLUDED: Final = "WORKER_EXCLUDED"
WORKER_EXCLUDED_ROLE: Final = "WORKER_EXCLUDED_ROLE"
CONFLICT_OF_INTEREST: Final = "CONFLICT_OF_INTEREST"
PLACE_AMBIGUOUS: Final = "PLACE_AMBIGUOUS"
OUT_OF_AREA: Final = "OUT_OF_AREA"
ISSUE: Final = "ISSUE"
LANGUAGE: Final = "LANGUAGE"
CLOSED: Final = "CLOSED"
FULL: Final = "FULL"
FALLBACK_ONLY: Final = "FALLBACK_ONLY"
FILTERS: Final = (
    *(INACTIVE, NO_KEY, EMPLOYER_ROLE, UNKNOWN_ROLE, NO_CONSENT_CONSULATE, NO_CONSENT_INSPECTOR),
    *(NO_CONSENT_COORDINATOR, WORKER_EXCLUDED, WORKER_EXCLUDED_ROLE, CONFLICT_OF_INTEREST, PLACE_AMBIGUOUS),
    *(OUT_OF_AREA, ISSUE, LANGUAGE, CLOSED, FULL, FALLBACK_ONLY),
)
# What became of the others. STALE comes with one of these: it costs points, and somebody should ask.
PRIMARY: Final = "PRIMARY"
STANDBY: Final = "STANDBY"
OUTRANKED: Final = "OUTRANKED"
PROPOSED: Final = "PROPOSED"
INFORMED: Final = "INFORMED"
NO_RECIPIENT: Final = "NO_RECIPIENT"
STALE: Final = "STALE"
# A service without an `assured` day is as stale as one whose day is longer ago.
STALE_AFTER: Final = timedelta(days=180)

_URGENT_CATEGORIES: Final = frozenset(
    {"violence", "sexual_violence_harassment", "documents_held", "movement_isolation"}
)
_LANGUAGE_POINTS: Final = {DIRECT: 40, INTERPRETER: 15, NO_LANGUAGE: 0}
_PRIMARY_ISSUE_POINTS: Final = 25
_FURTHER_ISSUE_POINTS: Final = 5
_FURTHER_ISSUES_AT_MOST: Final = 10
_CAPACITY_POINTS: Final = 10
_LEGAL_POINTS: Final = 15
_STALE_POINTS: Final = -5
_STANDBY_COUNT: Final = 2
_PROPOSAL_ROLES: Final = frozenset({CONSULATE_ROLE, INSPECTOR_ROLE})
_KNOWN_ROLES: Final = SUPPORT_ROLES | _PROPOSAL_ROLES | {COORDINATOR_ROLE}
# What keeps even the coordinator from a report. Area, issue, language and load do not: somebody must look at it.
_FILTER_SET: Final = frozenset(FILTERS)
_COORDINATOR_FILTERS: Final = _FILTER_SET - {PLACE_AMBIGUOUS, OUT_OF_AREA, ISSUE, LANGUAGE, FULL, FALLBACK_ONLY}


@dataclass(slots=True)
class _Asked:
    """The facts of one report, worked out once for all candidates."""

    facts: Facts
    place: Place
    weights: tuple[tuple[str, float], ...]
    understood: frozenset[str]
    whole_language: str | None
    categories: tuple[str, ...]
    urgency: str
    is_emergency: bool
    employer: employers.Name
    refused_roles: Mapping[str, str]
    stale_before: date
    tie_key: bytes


class _Fit(NamedTuple):
    """How well one service fits: what speaks against it, and its points."""

    codes: tuple[str, ...]
    score: float
    mode: str
    free: int
    is_stale: bool


@dataclass(slots=True)
class _Standing:
    """One candidate's place in the decision: what speaks against it, and what it is ranked by."""

    candidate: Candidate
    codes: list[str]
    fit: _Fit

    @property
    def key(self) -> str:
        """Give the organization's name in routing."""
        return self.candidate.key


def route(facts: Facts, candidates: Iterable[Candidate], policy: Policy) -> Decision:
    """Decide who gets a report, who stands by, and why nobody else does."""
    asked = _ask(facts, policy)
    standings = [_judge(asked, candidate) for candidate in candidates]
    able = _ranked(asked, (s for s in standings if not s.codes and s.candidate.role in SUPPORT_ROLES))
    coordinators = _ranked(asked, (s for s in standings if _may_coordinate(s)))
    proposals = _ranked(asked, (s for s in standings if not s.codes and s.candidate.role in _PROPOSAL_ROLES))

    primary = next(iter([*able, *coordinators]), None)
    standby = able[1 : 1 + _STANDBY_COUNT]
    # Who leads in an emergency is a 24-hour responder, where there is one. The coordinator is told besides.
    informed = coordinators[:1] if able and asked.is_emergency else []
    recipients = tuple(standing.key for standing in ([primary] if primary else []) + informed)
    outcomes = {standing.key: STANDBY for standing in standby} | {standing.key: PROPOSED for standing in proposals}
    outcomes |= {standing.key: INFORMED for standing in informed}
    if primary:
        outcomes[primary.key] = PRIMARY
    return Decision(
        primary=primary.key if primary else None,
        recipients=recipients,
        standby=tuple(standing.key for standing in standby),
        fallback=bool(coordinators) and not able,
        proposals=tuple(standing.key for standing in proposals),
        urgency=asked.urgency,
        language_mode=primary.fit.mode if primary else NO_LANGUAGE,
        reasons=_reasons(standings, outcomes, nobody=primary is None),
        needs_place_question=facts.place.needs_question,
        coordinator_informed=bool(coordinators) and coordinators[0].key in recipients,
        province=facts.place.province,
        districts=tuple(facts.place.districts),
        missing=() if able else tuple(_missing(standings, nobody=primary is None)),
    )


def urgency_of(flags: Collection[str], categories: Collection[str]) -> str:
    """Give the urgency that flags and categories call for (referrals.md, "Urgency"). More of them never lower it."""
    if not EMERGENCY_FLAGS.isdisjoint(flags):
        return EMERGENCY
    if not URGENT_FLAGS.isdisjoint(flags) or not _URGENT_CATEGORIES.isdisjoint(categories):
        return URGENT
    return STANDARD


def _reasons(
    standings: Collection[_Standing], outcomes: Mapping[str, str], *, nobody: bool
) -> dict[str, tuple[str, ...]]:
    """Give the codes for each candidate: what speaks against it, then what became of it."""
    is_led = any(standing.candidate.role == COORDINATOR_ROLE for standing in standings)
    reasons = {}
    for standing in standings:
        key, codes = standing.candidate.key, standing.codes
        if key in outcomes:
            codes.append(outcomes[key])
        elif not codes:
            codes.append(OUTRANKED)
        # Said of the coordinator, who would have had it; of everybody where the network has none.
        if nobody and (not is_led or standing.candidate.role == COORDINATOR_ROLE):
            codes.append(NO_RECIPIENT)
        if standing.fit.is_stale:
            codes.append(STALE)
        reasons[key] = tuple(codes)
    return reasons


def _ranked(asked: _Asked, standings: Iterable[_Standing]) -> list[_Standing]:
    """Sort by points, free places, and a keyed hash of case and organization; 24-hour responders first in danger."""

    def rank(standing: _Standing) -> tuple[bool, float, int, bytes]:
        opens_late = asked.is_emergency and not standing.candidate.open_24h
        tie = hmac.digest(asked.tie_key, f"{asked.facts.id}\0{standing.key}".encode(), "sha256")
        return (opens_late, round(-standing.fit.score, 6), -standing.fit.free, tie)

    found = list(standings)
    return sorted(found, key=rank) if len(found) > 1 else found


def _may_coordinate(standing: _Standing) -> bool:
    return standing.candidate.role == COORDINATOR_ROLE and _COORDINATOR_FILTERS.isdisjoint(standing.codes)


def _ask(facts: Facts, policy: Policy) -> _Asked:
    categories = tuple(dict.fromkeys(facts.categories)) or ("other_unsure",)
    urgency = urgency_of(facts.flags, categories)
    refused_roles = {
        role: code
        for role, name, code, silence in (
            (CONSULATE_ROLE, "consulate", NO_CONSENT_CONSULATE, False),
            (INSPECTOR_ROLE, "inspector", NO_CONSENT_INSPECTOR, False),
            (COORDINATOR_ROLE, "coordinator", NO_CONSENT_COORDINATOR, True),
        )
        if facts.consent.get(name, silence) is not True
    }
    language = languages.spoken(facts.language)
    return _Asked(
        facts=facts,
        place=facts.place,
        weights=tuple(facts.place.districts.items()),
        understood=languages.understood_as(language),
        whole_language=languages.whole_of(language),
        categories=categories,
        urgency=urgency,
        is_emergency=urgency == EMERGENCY,
        employer=employers.normalized(facts.employer or ""),
        refused_roles=refused_roles,
        stale_before=policy.now.date() - STALE_AFTER,
        tie_key=policy.tie_key,
    )


def _judge(asked: _Asked, candidate: Candidate) -> _Standing:
    """Weigh one candidate by the service of it that fits best: the fewest obstacles, then the most points."""
    load = asked.facts.load_overrides.get(candidate.key)
    services = candidate.services
    if len(services) == 1:
        fit = _fit(asked, services[0], load)
    else:
        fits = [_fit(asked, service, load) for service in services or (Service(),)]
        fit = min(fits, key=lambda one: _obstacles(one, candidate.role))
    if candidate.role == LEGAL_ROLE and "legal" in asked.facts.needs:
        fit = fit._replace(score=fit.score + _LEGAL_POINTS)
    # INACTIVE is of a service and comes before what speaks against the organization; the rest comes after.
    is_inactive = fit.codes[:1] == (INACTIVE,)
    codes = [INACTIVE] if is_inactive else []
    _add_organization_codes(codes, asked, candidate)
    rest = fit.codes[1:] if is_inactive else fit.codes
    if candidate.role == COORDINATOR_ROLE:
        rest = (*_COORDINATOR_FILTERS.intersection(rest), FALLBACK_ONLY)
    codes += rest
    return _Standing(candidate, codes, fit)


def _obstacles(fit: _Fit, role: str) -> tuple[int, int, float]:
    """Give what services of one organization are compared by; in a coordinator, first what keeps a report from it."""
    grave = len(_COORDINATOR_FILTERS.intersection(fit.codes)) if role == COORDINATOR_ROLE else 0
    return grave, len(fit.codes), -fit.score


def _add_organization_codes(codes: list[str], asked: _Asked, candidate: Candidate) -> None:
    """Add what speaks against an organization, whatever its services."""
    facts, role = asked.facts, candidate.role
    if not candidate.has_key:
        codes.append(NO_KEY)
    if role in EMPLOYER_ROLES:
        codes.append(EMPLOYER_ROLE)
    elif role in asked.refused_roles:
        codes.append(asked.refused_roles[role])
    elif role not in _KNOWN_ROLES:
        codes.append(UNKNOWN_ROLE)
    if candidate.key in facts.exclude_orgs or (candidate.is_community and _is_too_close(asked, candidate)):
        codes.append(WORKER_EXCLUDED)
    if role in facts.exclude_roles:
        codes.append(WORKER_EXCLUDED_ROLE)
    if asked.employer and candidate.conflict_names and _is_in_conflict(asked.employer, candidate):
        codes.append(CONFLICT_OF_INTEREST)


def _is_in_conflict(employer: employers.Name, candidate: Candidate) -> bool:
    return any(employers.same_employer(employer, name) for name in candidate.conflict_names)


def _is_too_close(asked: _Asked, candidate: Candidate) -> bool:
    """Say whether an organization is of the worker's own community, where they want someone from outside it."""
    if asked.facts.helper != "outside_community":
        return False
    speaks = any(not asked.understood.isdisjoint(service.spoken) for service in candidate.services)
    if not candidate.communities:
        return speaks
    names = {name.casefold() for name in candidate.communities}
    told = (asked.facts.community or "").casefold()
    return speaks and (told in names or not asked.understood.isdisjoint(map(languages.spoken, candidate.communities)))


def _fit(asked: _Asked, service: Service, load: Mapping[str, int] | None) -> _Fit:
    """Weigh one service. The codes stand in the order of FILTERS."""
    available, maximum = service.available, service.maximum
    if load:
        available, maximum = load.get("avail", available), load.get("max", maximum)
    score, area_code = _area(asked, service)
    mode = _language_mode(asked, service)
    codes = [INACTIVE] if service.status in INACTIVE_STATUSES else []
    if area_code:
        codes.append(area_code)
    issue_points = _issue_points(asked.categories, service.categories)
    if not issue_points:
        codes.append(ISSUE)
    if mode == NO_LANGUAGE:
        codes.append(LANGUAGE)
    if service.status == CLOSED_STATUS:
        codes.append(CLOSED)
    score += issue_points + _LANGUAGE_POINTS[mode]
    if available is not None and not asked.is_emergency:
        if available <= 0:
            codes.append(FULL)
        elif maximum:
            score += _CAPACITY_POINTS * min(1.0, available / maximum)
    is_stale = service.assured is None or service.assured < asked.stale_before
    if is_stale:
        score += _STALE_POINTS
    return _Fit(tuple(codes), score, mode, max(0, available or 0), is_stale)


def _area(asked: _Asked, service: Service) -> tuple[float, str | None]:
    """Give the points for covering the place, or the code why it is not covered."""
    if asked.weights:
        points, is_covered = 0.0, False
        for code, weight in asked.weights:
            if code in service.coverage:
                points += service.coverage[code] * weight
                is_covered = True
        return points, None if is_covered else OUT_OF_AREA
    province = asked.place.province
    if province is None or asked.place.candidates:
        return 0, PLACE_AMBIGUOUS
    if province in service.provinces:
        return PROVINCE_POINTS, None
    if service.is_national:
        return 0, None
    return 0, PLACE_AMBIGUOUS if province in PROVINCES else OUT_OF_AREA


def _issue_points(told: tuple[str, ...], handled: Collection[str]) -> int:
    """Give the points for what a service handles; 0 where it handles none of it."""
    if len(told) == 1:
        return _PRIMARY_ISSUE_POINTS if told[0] in handled else 0
    further = sum([code in handled for code in told[1:]]) * _FURTHER_ISSUE_POINTS
    return (_PRIMARY_ISSUE_POINTS if told[0] in handled else 0) + min(further, _FURTHER_ISSUES_AT_MOST)


def _language_mode(asked: _Asked, service: Service) -> str:
    understood, interpreted = asked.understood, service.interpreted
    if not understood.isdisjoint(service.spoken):
        return DIRECT
    if languages.ANY in interpreted or not understood.isdisjoint(interpreted):
        return INTERPRETER
    # Who speaks Chinese without saying which may not know Cantonese, but will know who does.
    whole = asked.whole_language
    return INTERPRETER if whole and (whole in interpreted or whole in service.spoken) else NO_LANGUAGE


def _missing(standings: Collection[_Standing], *, nobody: bool) -> Iterator[str]:
    """Yield what the support organizations that came closest lacked, in the filters' order."""
    if nobody:
        yield NO_RECIPIENT
    support = [_FILTER_SET.intersection(s.codes) for s in standings if s.candidate.role in SUPPORT_ROLES]
    fewest = min(map(len, support), default=0)
    lacked = {code for codes in support if len(codes) == fewest for code in codes}
    yield from (code for code in FILTERS if code in lacked)
