"""Decides which one organization gets a report. Pure: facts go in, a decision comes out, with a reason for everybody.

It never names an organization of the employers' side, one that the worker said no to, or one that cannot read a
sealed report. The rules are those of referrals.md ("Router"); the order of candidates never matters.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Final

from referrals import employers, languages
from referrals.candidates import (
    CLOSED_STATUS,
    CONSULATE_ROLE,
    COORDINATOR_ROLE,
    EMERGENCY_FLAGS,
    EMPLOYER_ROLES,
    INACTIVE_STATUSES,
    INSPECTOR_ROLE,
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

_URGENT_CATEGORIES: Final = frozenset(
    {"violence", "sexual_violence_harassment", "documents_held", "movement_isolation"}
)
_DIRECT_POINTS: Final = 40
_INTERPRETER_POINTS: Final = 15
_PRIMARY_ISSUE_POINTS: Final = 25
_FURTHER_ISSUE_POINTS: Final = 5
_FURTHER_ISSUES_AT_MOST: Final = 10
_CAPACITY_POINTS: Final = 10
_LEGAL_POINTS: Final = 15
_STALE_POINTS: Final = -5
_STALE_AFTER: Final = timedelta(days=180)
_STANDBY_COUNT: Final = 2
# What keeps even the coordinator from a report. Area, issue, language and load do not: somebody must look at it.
_COORDINATOR_FILTERS: Final = frozenset(FILTERS) - {PLACE_AMBIGUOUS, OUT_OF_AREA, ISSUE, LANGUAGE, FULL, FALLBACK_ONLY}


@dataclass(frozen=True, slots=True)
class _Asked:
    """The facts of one report, worked out once for all candidates."""

    facts: Facts
    place: Place
    language: str
    categories: tuple[str, ...]
    category_set: frozenset[str]
    urgency: str
    is_emergency: bool
    employer: employers.Name
    refused_roles: Mapping[str, str]
    stale_before: date
    tie_key: bytes


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well one service fits: what speaks against it, and its points."""

    inactive: bool
    codes: tuple[str, ...]
    score: float
    mode: str
    free: int
    is_stale: bool

    @property
    def obstacles(self) -> tuple[int, float]:
        """Sort key: fewer obstacles first, then more points."""
        return (self.inactive + len(self.codes), -self.score)


@dataclass(frozen=True, slots=True)
class _Standing:
    """One candidate's place in the decision. `rank` sorts: smallest first."""

    key: str
    role: str
    codes: tuple[str, ...]
    mode: str
    is_stale: bool
    rank: tuple[bool, float, int, bytes]


def route(facts: Facts, candidates: Iterable[Candidate], policy: Policy) -> Decision:
    """Decide who gets a report, who stands by, and why nobody else does."""
    asked = _ask(facts, policy)
    standings = [_judge(asked, candidate) for candidate in candidates]
    by_rank = attrgetter("rank")
    able = sorted((s for s in standings if s.role in SUPPORT_ROLES and not s.codes), key=by_rank)
    coordinators = sorted((s for s in standings if _may_coordinate(s)), key=by_rank)
    proposals = sorted(
        (s for s in standings if s.role in (CONSULATE_ROLE, INSPECTOR_ROLE) and not s.codes), key=by_rank
    )

    is_fallback = not able and bool(coordinators)
    primary = (able or coordinators)[0] if able or coordinators else None
    standby = tuple(standing.key for standing in able[1 : 1 + _STANDBY_COUNT])
    recipients = [primary.key] if primary else []
    # Who leads in an emergency is the 24-hour responder, where there is one; the coordinator is told besides.
    if asked.is_emergency and coordinators and not is_fallback:
        recipients.append(coordinators[0].key)
    roles = _Roles(primary, frozenset(standby), frozenset(recipients), frozenset(s.key for s in proposals))
    return Decision(
        primary=primary.key if primary else None,
        recipients=tuple(recipients),
        standby=standby,
        fallback=is_fallback,
        proposals=tuple(standing.key for standing in proposals),
        urgency=asked.urgency,
        language_mode=primary.mode if primary else NO_LANGUAGE,
        reasons={standing.key: roles.reasons(standing, standings) for standing in standings},
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


@dataclass(frozen=True, slots=True)
class _Roles:
    """Who plays which part in a decision, for saying why."""

    primary: _Standing | None
    standby: frozenset[str]
    recipients: frozenset[str]
    proposals: frozenset[str]

    def reasons(self, standing: _Standing, standings: Collection[_Standing]) -> tuple[str, ...]:
        """Give the codes for one candidate: what speaks against it, then what became of it."""
        codes = list(standing.codes)
        if self.primary is not None and standing.key == self.primary.key:
            codes.append(PRIMARY)
        elif standing.key in self.recipients:
            codes.append(INFORMED)
        elif standing.key in self.standby:
            codes.append(STANDBY)
        elif standing.key in self.proposals:
            codes.append(PROPOSED)
        elif not codes:
            codes.append(OUTRANKED)
        if self.primary is None and (standing.role == COORDINATOR_ROLE or not _have_coordinator(standings)):
            codes.append(NO_RECIPIENT)
        if standing.is_stale:
            codes.append(STALE)
        return tuple(codes)


def _have_coordinator(standings: Iterable[_Standing]) -> bool:
    return any(standing.role == COORDINATOR_ROLE for standing in standings)


def _may_coordinate(standing: _Standing) -> bool:
    return standing.role == COORDINATOR_ROLE and _COORDINATOR_FILTERS.isdisjoint(standing.codes)


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
    return _Asked(
        facts=facts,
        place=facts.place,
        language=languages.spoken(facts.language),
        categories=categories,
        category_set=frozenset(categories),
        urgency=urgency,
        is_emergency=urgency == EMERGENCY,
        employer=employers.normalized(facts.employer or ""),
        refused_roles=refused_roles,
        stale_before=policy.now.date() - _STALE_AFTER,
        tie_key=policy.tie_key,
    )


def _judge(asked: _Asked, candidate: Candidate) -> _Standing:
    """Weigh one candidate by the service of it that fits best."""
    load = asked.facts.load_overrides.get(candidate.key)
    is_legal = candidate.role == "legal_clinic" and "legal" in asked.facts.needs
    fits = [_fit(asked, service, load) for service in candidate.services] or [_fit(asked, Service(), load)]
    fit = min(fits, key=attrgetter("obstacles")) if len(fits) > 1 else fits[0]
    codes = [INACTIVE] if fit.inactive else []
    codes.extend(_organization_codes(asked, candidate))
    if candidate.role == COORDINATOR_ROLE:
        codes.extend(code for code in fit.codes if code in _COORDINATOR_FILTERS)
        codes.append(FALLBACK_ONLY)
    else:
        codes.extend(fit.codes)
    score = fit.score + (_LEGAL_POINTS if is_legal else 0)
    opens_late = asked.is_emergency and not candidate.open_24h
    tie = hmac.digest(asked.tie_key, f"{asked.facts.id}\0{candidate.key}".encode(), hashlib.sha256)
    return _Standing(
        key=candidate.key,
        role=candidate.role,
        codes=tuple(codes),
        mode=fit.mode,
        is_stale=fit.is_stale,
        rank=(opens_late, round(-score, 6), -fit.free, tie),
    )


def _organization_codes(asked: _Asked, candidate: Candidate) -> Iterator[str]:
    """Yield what speaks against an organization, whatever its services."""
    facts = asked.facts
    if not candidate.has_key:
        yield NO_KEY
    if candidate.role in EMPLOYER_ROLES:
        yield EMPLOYER_ROLE
    elif candidate.role in asked.refused_roles:
        yield asked.refused_roles[candidate.role]
    elif candidate.role not in SUPPORT_ROLES and candidate.role not in _OTHER_ROLES:
        yield UNKNOWN_ROLE
    if candidate.key in facts.exclude_orgs or _is_too_close(asked, candidate):
        yield WORKER_EXCLUDED
    if candidate.role in facts.exclude_roles:
        yield WORKER_EXCLUDED_ROLE
    if asked.employer and any(employers.same_employer(asked.employer, name) for name in candidate.conflict_names):
        yield CONFLICT_OF_INTEREST


_OTHER_ROLES: Final = frozenset({CONSULATE_ROLE, INSPECTOR_ROLE, COORDINATOR_ROLE})


def _is_too_close(asked: _Asked, candidate: Candidate) -> bool:
    """Say whether an organization is of the worker's own community, where they want someone from outside it."""
    if not candidate.is_community or asked.facts.helper != "outside_community":
        return False
    speaks = any(asked.language in service.spoken for service in candidate.services)
    if not candidate.communities:
        return speaks
    names = {name.casefold() for name in candidate.communities}
    told = (asked.facts.community or "").casefold()
    return speaks and (told in names or asked.language in map(languages.spoken, candidate.communities))


def _fit(asked: _Asked, service: Service, load: Mapping[str, int] | None) -> _Fit:
    available = load.get("avail", service.available) if load else service.available
    maximum = load.get("max", service.maximum) if load else service.maximum
    codes = []
    area_points, area_code = _area(asked.place, service)
    if area_code:
        codes.append(area_code)
    if asked.category_set.isdisjoint(service.categories):
        codes.append(ISSUE)
    mode = _language_mode(asked.language, service)
    if mode == NO_LANGUAGE:
        codes.append(LANGUAGE)
    if service.status == CLOSED_STATUS:
        codes.append(CLOSED)
    score = area_points + _issue_points(asked.categories, service)
    score += _DIRECT_POINTS if mode == DIRECT else _INTERPRETER_POINTS if mode == INTERPRETER else 0
    if not asked.is_emergency and available is not None:
        if available <= 0:
            codes.append(FULL)
        elif maximum:
            score += _CAPACITY_POINTS * min(1.0, available / maximum)
    is_stale = service.assured is None or service.assured < asked.stale_before
    if is_stale:
        score += _STALE_POINTS
    inactive = service.status in INACTIVE_STATUSES
    return _Fit(inactive, tuple(codes), score, mode, max(0, available or 0), is_stale)


def _area(place: Place, service: Service) -> tuple[float, str | None]:
    """Give the points for covering the place, or the code why it is not covered."""
    if place.districts:
        coverage = service.coverage
        covered = [(coverage[code], weight) for code, weight in place.districts.items() if code in coverage]
        return sum(points * weight for points, weight in covered), None if covered else OUT_OF_AREA
    if place.province is None or place.candidates:
        return 0, PLACE_AMBIGUOUS
    if place.province in service.provinces:
        return PROVINCE_POINTS, None
    if service.is_national:
        return 0, None
    return 0, PLACE_AMBIGUOUS if place.province in PROVINCES else OUT_OF_AREA


def _issue_points(categories: tuple[str, ...], service: Service) -> int:
    further = sum(code in service.categories for code in categories[1:]) * _FURTHER_ISSUE_POINTS
    primary = _PRIMARY_ISSUE_POINTS if categories[0] in service.categories else 0
    return primary + min(further, _FURTHER_ISSUES_AT_MOST)


def _language_mode(language: str, service: Service) -> str:
    if language in service.spoken:
        return DIRECT
    if languages.ANY in service.interpreted or language in service.interpreted:
        return INTERPRETER
    # Who speaks Chinese without saying which may not know Cantonese, but will know who does.
    whole = languages.whole_of(language)
    return INTERPRETER if whole and (whole in service.interpreted or whole in service.spoken) else NO_LANGUAGE


def _missing(standings: Collection[_Standing], *, nobody: bool) -> Iterator[str]:
    """Yield what the support organizations that came closest lacked, in the filters' order."""
    if nobody:
        yield NO_RECIPIENT
    support = [standing for standing in standings if standing.role in SUPPORT_ROLES]
    fewest = min((len(standing.codes) for standing in support), default=0)
    lacked = {code for standing in support if len(standing.codes) == fewest for code in standing.codes}
    yield from (code for code in FILTERS if code in lacked)
