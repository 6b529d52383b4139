"""What the router reads and what it says: facts of a report, candidates of the directory, the decision. Plain data.

Nothing here is stored, and nothing here knows who a worker is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from referrals import employers, languages
from referrals.geography.places import Place
from referrals.geography.provinces import DISTRICTS

# Roles by what they may do (referrals.md, "Directory" and "Vocabulary"). A role that is not listed receives nothing.
LEGAL_ROLE: Final = "legal_clinic"
SUPPORT_ROLES: Final = frozenset({"support_org", LEGAL_ROLE, "union"})
COORDINATOR_ROLE: Final = "coordinator"
RECEIVING_ROLES: Final = SUPPORT_ROLES | {COORDINATOR_ROLE}
CONSULATE_ROLE: Final = "foreign_government"
INSPECTOR_ROLE: Final = "government_agency"
EMPLOYER_ROLES: Final = frozenset(
    {"employer_association", "employer", "recruiter", "recruiter_association", "industry", "industry_association"}
)

INACTIVE_STATUSES: Final = frozenset({"inactive", "defunct"})
CLOSED_STATUS: Final = "temporarily closed"

EMERGENCY_FLAGS: Final = frozenset({"immediate_danger", "confined_now", "ongoing", "injured", "self_harm", "minor"})
URGENT_FLAGS: Final = frozenset({"dismissed", "repatriation_72h", "evicted", "permit_expires_14d", "legal_limit_30d"})
HELPERS: Final = ("same_language", "outside_community", "either")

DISTRICT_POINTS: Final = 20
REGION_POINTS: Final = 12
PROVINCE_POINTS: Final = 6


@dataclass(frozen=True, slots=True)
class Facts:
    """What routing needs to know of one report. The first category is the primary one.

    `consent` holds yes or no for coordinator (silence is yes), consulate and inspector (silence is no).
    `load_overrides` maps an organization to {"avail": n, "max": n}. `community` is a name that a worker gave.
    """

    id: str
    place: Place
    language: str
    categories: tuple[str, ...]
    flags: tuple[str, ...] = ()
    employer: str | None = None
    exclude_orgs: tuple[str, ...] = ()
    exclude_roles: tuple[str, ...] = ()
    consent: Mapping[str, bool] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    load_overrides: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    helper: str = "either"
    community: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a decision depends on besides the facts: the moment, and the secret that breaks ties."""

    now: datetime
    tie_key: bytes = b""


def _coverage(areas: Iterable[str]) -> Mapping[str, int]:
    """Give the points for each district that areas cover: those of the nearest level."""
    points: dict[str, int] = {}
    for district in DISTRICTS.values():
        if f"rd:{district.code}" in areas:
            points[district.code] = DISTRICT_POINTS
        elif f"region:{district.region}" in areas:
            points[district.code] = REGION_POINTS
        elif f"prov:{district.province}" in areas:
            points[district.code] = PROVINCE_POINTS
        elif "ca" in areas:
            points[district.code] = 0
    return points


@dataclass(frozen=True, slots=True)
class Service:
    """One service of an organization. Areas are "rd:5907", "region:5930", "prov:BC" and "ca".

    `available` is None where nobody counts. `interpreters` are languages, or "any" among them. What routing asks of a
    service again and again is worked out once, in the fields that are not arguments.
    """

    status: str = "active"
    languages: frozenset[str] = frozenset()
    interpreters: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    available: int | None = None
    maximum: int | None = None
    assured: date | None = None
    spoken: frozenset[str] = field(init=False, repr=False, compare=False)
    interpreted: frozenset[str] = field(init=False, repr=False, compare=False)
    coverage: Mapping[str, int] = field(init=False, repr=False, compare=False)
    provinces: frozenset[str] = field(init=False, repr=False, compare=False)
    is_national: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what routing asks of a service."""
        put = object.__setattr__
        put(self, "spoken", frozenset(map(languages.spoken, self.languages)))
        put(self, "interpreted", frozenset(map(languages.spoken, self.interpreters)))
        put(self, "coverage", _coverage(self.areas))
        put(self, "provinces", frozenset(code[5:] for code in self.areas if code.startswith("prov:")))
        put(self, "is_national", "ca" in self.areas)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One member organization as the router sees it.

    `conflicts` are employers' names. `is_community` marks an organization of one community: of those named in
    `communities` (languages or names), or of whoever speaks its languages where none is named.
    """

    key: str
    role: str
    services: tuple[Service, ...] = (Service(),)
    name: str = ""
    has_key: bool = True
    open_24h: bool = False
    conflicts: tuple[str, ...] = ()
    is_community: bool = False
    communities: frozenset[str] = frozenset()
    conflict_names: tuple[employers.Name, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out the names that conflicts are matched by."""
        object.__setattr__(self, "conflict_names", tuple(map(employers.normalized, self.conflicts)))

    @property
    def inactive(self) -> bool:
        """Say whether none of its services is running."""
        return all(service.status in INACTIVE_STATUSES for service in self.services)

    @property
    def closed(self) -> bool:
        """Say whether none of its services is open, if only for a time."""
        return all(service.status in INACTIVE_STATUSES | {CLOSED_STATUS} for service in self.services)

    @property
    def may_receive(self) -> bool:
        """Say whether any report may reach it at all: by its role, its key, and that it is still at work."""
        return self.role in RECEIVING_ROLES and self.has_key and not self.inactive


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets a report, and why everybody else does not. Organizations are named by key.

    `reasons` has at least one code for every candidate. `missing` says, where the coordinator or nobody got it, what
    the closest organizations lacked. `fallback` is true where the coordinator stands in for an organization.
    """

    primary: str | None
    recipients: tuple[str, ...]
    standby: tuple[str, ...]
    fallback: bool
    proposals: tuple[str, ...]
    urgency: str
    language_mode: str
    reasons: Mapping[str, tuple[str, ...]]
    needs_place_question: bool
    coordinator_informed: bool
    province: str | None
    districts: tuple[str, ...]
    missing: tuple[str, ...] = ()
