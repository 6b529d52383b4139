"""Reads organizations in HSDS 3.1 shape (Open Referral) as routing needs them. Pure; missing optional parts are fine.

It checks the types of what it reads and no more: whether a file may be imported is decided elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from referrals.candidates import CLOSED_STATUS, EMPLOYER_ROLES, INACTIVE_STATUSES, Candidate, Service
from referrals.categories import CATEGORIES
from referrals.directory.faults import pointer
from referrals.languages import ANY

AREA_URN: Final = "urn:leeward:area:"
# "dev", for development region, is what files of before called a region.
_AREA_KINDS: Final = {"rd": "rd", "region": "region", "dev": "region", "prov": "prov"}
_STATUSES: Final = {"active", CLOSED_STATUS, *INACTIVE_STATUSES}
_ROLE_TAXONOMY: Final = "Network member roles"
_CASES: Final = "open case"
_EMPLOYER_GROUPS: Final = frozenset({"employer", "industry"})
_COMMUNITY_GROUP: Final = "community"
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class DirectoryMalformed(ValueError):
    """A part of a directory has the wrong type or a value that is none. `path` is a JSON pointer (RFC 6901)."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path or '/'}: {message}")
        self.path = path
        self.message = message


def organizations(document: Any) -> list[Mapping[str, Any]]:
    """Give the organizations of a directory document: a list, or an object with the list under `organizations`.

    Raises DirectoryMalformed, also where two have one key.
    """
    if isinstance(document, list):
        document = {"organizations": document}
    found = list(_At.root(document).items("organizations", required=True))
    keys: dict[str, str] = {}
    for organization in found:
        key = _key(organization)
        if key in keys:
            raise DirectoryMalformed(organization.path, f"has the same name in routing as {keys[key]}: {key!r}")
        keys[key] = organization.path
    return [organization.value for organization in found]


def key_of(organization: Mapping[str, Any]) -> str:
    """Give the name by which routing calls an organization: its alternate name, else its id."""
    return _key(_At.root(organization))


def candidate_of(organization: Mapping[str, Any]) -> Candidate:
    """Give an organization as the router sees it. Raises DirectoryMalformed with a path inside the organization."""
    whole = _At.root(organization)
    own = whole.object("x_leeward")
    community = own.value.get("community")
    return Candidate(
        key=_key(whole),
        role=_role(whole, own),
        services=tuple(_service(service, own) for service in whole.items("services")) or (Service(),),
        name=whole.text("name") or "",
        has_key=own.flag("has_key", default=True),
        open_24h=own.flag("open_24h", default=False),
        conflicts=own.texts("conflicts_of_interest"),
        is_community=bool(community) or own.text("stakeholder_group") == _COMMUNITY_GROUP,
        communities=frozenset() if isinstance(community, bool) else frozenset(own.texts("community")),
    )


@dataclass(frozen=True, slots=True)
class _At:
    """An object and where it stands. Each method reads one optional member; null counts as missing."""

    value: Mapping[str, Any]
    path: str

    @classmethod
    def root(cls, value: Any, path: str = "") -> "_At":
        if not isinstance(value, Mapping):
            raise DirectoryMalformed(path, "is not an object")
        return cls(value, path)

    def step(self, *steps: object) -> str:
        return self.path + pointer(*steps)

    def object(self, name: str) -> "_At":
        value = self.value.get(name)
        return _At.root({} if value is None else value, self.step(name))

    def items(self, name: str, *, required: bool = False) -> "Iterator[_At]":
        value = self.value.get(name)
        if value is None and not required:
            return
        if not isinstance(value, list):
            raise DirectoryMalformed(self.step(name), "is not a list")
        for index, item in enumerate(value):
            yield _At.root(item, self.step(name, index))

    def text(self, name: str) -> str | None:
        value = self.value.get(name)
        if value is not None and not isinstance(value, str):
            raise DirectoryMalformed(self.step(name), "is not a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of texts, or one text alone."""
        value = self.value.get(name)
        if value is None or isinstance(value, str):
            return (value,) if value else ()
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise DirectoryMalformed(self.step(name), "is not a list of texts")
        return tuple(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.value.get(name)
        if value is not None and not isinstance(value, bool):
            raise DirectoryMalformed(self.step(name), "is neither true nor false")
        return default if value is None else value

    def count(self, name: str) -> int | None:
        value = self.value.get(name)
        if value is None:
            return None
        # JSON Schema's integer takes 12.0 as well; JSON's true is Python's 1.
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise DirectoryMalformed(self.step(name), "is not a whole number")
        return value


def _key(organization: _At) -> str:
    key = organization.text("alternate_name") or organization.text("id")
    if not key:
        raise DirectoryMalformed(organization.path, "has neither an alternate_name nor an id")
    return key


def _role(whole: _At, own: _At) -> str:
    """Read the role in the network. Whoever belongs to the employers' side stays there, whatever else is said."""
    role = own.text("role")
    if role is None:
        role = next((code for code, taxonomy in _terms(whole) if taxonomy == _ROLE_TAXONOMY), "")
    if own.text("stakeholder_group") in _EMPLOYER_GROUPS and role not in EMPLOYER_ROLES:
        return "employer"
    return role


def _terms(of: _At) -> Iterator[tuple[str, str]]:
    for attribute in of.items("attributes"):
        term = attribute.object("taxonomy_term")
        yield term.text("code") or "", term.object("taxonomy_detail").text("name") or ""


def _service(service: _At, own: _At) -> Service:
    available, maximum = _capacity(service)
    codes = (language.text("code") for language in service.items("languages"))
    return Service(
        status=_status(service),
        languages=frozenset(code for code in codes if code),
        interpreters=_interpreters(service, own),
        areas=frozenset(_areas(service)),
        categories=frozenset(code for code, _ in _terms(service) if code in CATEGORIES),
        available=available,
        maximum=maximum,
        assured=_date(service, "assured_date"),
    )


def _status(service: _At) -> str:
    status = (service.text("status") or "active").casefold().replace("_", " ")
    if status not in _STATUSES:
        raise DirectoryMalformed(service.step("status"), f"is none of {', '.join(sorted(_STATUSES))}")
    return status


def _interpreters(service: _At, own: _At) -> frozenset[str]:
    """Read for which languages there is an interpreter. HSDS has free text: it counts only where it holds codes."""
    if own.value.get("interpreter") is not None:
        return frozenset(text.strip() for text in own.texts("interpreter"))
    listed = [part.strip() for part in (service.text("interpretation_services") or "").split(",")]
    return frozenset(listed) if all(part.casefold() == ANY or _TAG.fullmatch(part) for part in listed) else frozenset()


def _areas(service: _At) -> Iterator[str]:
    for holder in (service, *service.items("service_at_locations")):
        for service_area in holder.items("service_areas"):
            uri = service_area.text("uri") or ""
            kind, _, code = uri.removeprefix(AREA_URN).partition(":")
            if uri.startswith(AREA_URN) and kind in _AREA_KINDS:
                yield f"{_AREA_KINDS[kind]}:{code}"
            elif uri.startswith(AREA_URN) and kind == "ca":
                yield "ca"


def _capacity(service: _At) -> tuple[int | None, int | None]:
    """Read free and most places: those counted in open cases, else the first count."""
    counts = list(service.items("capacities"))
    in_cases = [count for count in counts if count.object("unit").text("name") == _CASES]
    for count in in_cases or counts:
        return count.count("available"), count.count("maximum")
    return None, None


def _date(service: _At, name: str) -> date | None:
    text = service.text(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise DirectoryMalformed(service.step(name), "is not a date") from error
