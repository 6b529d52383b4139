"""What is wrong with a directory, and what its people should look at: nothing is stored here and nothing mended.

Faults keep a file out. Warnings do not: they are for whoever keeps the directory, before a worker finds out.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from referrals import candidates as roles
from referrals import languages
from referrals.candidates import Candidate
from referrals.categories import CATEGORIES
from referrals.deadlines import PROVINCE_ZONE
from referrals.directory import coverage, hours, hsds
from referrals.directory.addresses import address_faults, address_warnings
from referrals.directory.faults import DirectoryRefused, Fault, each, in_order, pointer
from referrals.directory.snapshot import Snapshot
from referrals.directory.tabular import OWN, canonical, says_something, tables
from referrals.geography.places import area_name
from referrals.routing import STALE, STALE_AFTER
from translations.locales import form_locales

ROLES: Final = (
    roles.SUPPORT_ROLES | {roles.COORDINATOR_ROLE, roles.CONSULATE_ROLE, roles.INSPECTOR_ROLE} | roles.EMPLOYER_ROLES
)
FAULTS_SHOWN: Final = 200
# HSDS nests some twenty deep, and we write nothing deeper.
LEVELS: Final = 64
ISSUE_TAXONOMY: Final = "MWSN issue types"
# RFC 5646: a language of two or three letters, then script, region, variants and the rest. Whole words are none.
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-[a-z0-9]{1,8})*", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Report:
    """The faults and the warnings of one document, in the order of their places."""

    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def check(document: Any, *, now: datetime) -> Report:
    """Check a document: its form first, and what it means only if its form is right."""
    try:
        document = _pruned(document, LEVELS)
    except DirectoryRefused as refused:
        return Report(refused.faults, ())
    faults = list(_text_faults(document)) or list(_schema_faults(document))
    warnings: list[Fault] = []
    if not faults:
        try:
            kept = canonical(document)
        except DirectoryRefused as refused:
            faults = list(refused.faults)
        else:
            faults = [*_meaning_faults(document), *address_faults(kept)]
            if not faults:
                warnings = [*_unknown_fields(document), *_warnings(document, now), *address_warnings(kept)]
    return Report(in_order(faults)[:FAULTS_SHOWN], in_order(warnings))


def alarms(snapshot: Snapshot, now: datetime) -> tuple[str, ...]:
    """Say what is wrong with the directory in use, for /readyz. The first two keep intake closed."""
    if snapshot.coordinator is None:
        return ("no_coordinator",)
    if snapshot.coordinator.epoch is None:
        return ("coordinator_has_no_key",)
    epochs = [member.epoch for member in snapshot.members.values() if member.epoch is not None]
    return ("epoch_expired",) if any(epoch.ends_at <= now for epoch in epochs) else ()


def _pruned(document: Any, levels: int) -> Any:
    """Copy a document without its empty members, which say no more than missing ones. Items keep their places.

    Raises DirectoryRefused for more levels than that: whatever reads it goes as deep.
    """
    if not isinstance(document, Mapping | list):
        return document
    if not levels:
        raise DirectoryRefused([Fault("", "is nested too deeply")])
    if isinstance(document, Mapping):
        return {name: _pruned(value, levels - 1) for name, value in document.items() if says_something(value)}
    return [_pruned(value, levels - 1) for value in document]


def _text_faults(document: Any, path: str = "") -> Iterator[Fault]:
    """Find text that a database or a page could not take: control characters, and halves of characters."""
    if isinstance(document, str):
        if _CONTROL.search(document):
            yield Fault(path, "holds a character that is not text")
    elif isinstance(document, Mapping):
        for key, value in document.items():
            yield from _text_faults(key, path)
            yield from _text_faults(value, path + pointer(key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _text_faults(value, path + pointer(index))


@cache
def _validator() -> Any:
    import jsonschema  # 40 ms and some MiB: only where a directory is checked

    schema = json.loads(Path(__file__).with_name("directory.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def _schema_faults(document: Any) -> Iterator[Fault]:
    for error in _validator().iter_errors(document):
        yield Fault(pointer(*error.absolute_path), error.message[:200])


def _meaning_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    keys: Counter[str] = Counter()
    coordinators = []
    for index, organization in enumerate(document["organizations"]):
        path = pointer("organizations", index)
        found = [*_own_faults(organization, path), *_service_faults(organization, path)]
        yield from found
        if found:
            continue
        try:
            candidate = hsds.candidate_of(organization)
        except hsds.DirectoryMalformed as error:
            yield Fault(path + error.path, error.message)
            continue
        if candidate.role in roles.RECEIVING_ROLES and not organization.get("services"):
            yield Fault(path, "offers no service, so no report could fit it")
        keys[candidate.key] += 1
        if keys[candidate.key] == 2:
            yield Fault(path, f"another organization has the key {candidate.key!r}")
        if candidate.role == roles.COORDINATOR_ROLE and not candidate.inactive:
            coordinators.append(path)
    if keys and not coordinators:
        yield Fault("/organizations", "has no active coordinator, who gets what fits nobody else")
    for path in coordinators[1:]:
        yield Fault(path, "is a second active coordinator")


def _own_faults(organization: Mapping[str, Any], path: str) -> Iterator[Fault]:
    own = organization[OWN]
    path += pointer(OWN)
    if own["role"] not in ROLES:
        yield Fault(path + pointer("role"), f"{own['role']!r} is no role; roles are {', '.join(sorted(ROLES))}")
    if "timezone" in own:
        try:
            hours.zone_of(own["timezone"])
        except hours.ScheduleMalformed:
            yield Fault(path + pointer("timezone"), f"{own['timezone']!r} is no zone, such as America/Vancouver")
    interpreter = own.get("interpreter") or ()
    for index, code in enumerate([interpreter] if isinstance(interpreter, str) else interpreter):
        if code != languages.ANY and not is_language(code):
            yield Fault(path + pointer("interpreter", index), f"{code!r} is no language code (BCP 47)")


def _service_faults(organization: Mapping[str, Any], path: str) -> Iterator[Fault]:
    for index, service in enumerate(organization.get("services") or ()):
        place = path + pointer("services", index)
        for at, language in each(service, "languages", place):
            if not is_language(language["code"]):
                yield Fault(at + pointer("code"), f"{language['code']!r} is no language code (BCP 47)")
        yield from _area_and_schedule_faults(service, place)
        for at, visit in each(service, "service_at_locations", place):
            yield from _area_and_schedule_faults(visit, at)
        for at, attribute in each(service, "attributes", place):
            term = attribute.get("taxonomy_term") or {}
            named = (term.get("taxonomy_detail") or {}).get("name") or term.get("taxonomy")
            if named == ISSUE_TAXONOMY and term.get("code") not in CATEGORIES:
                yield Fault(at + pointer("taxonomy_term", "code"), f"{term.get('code')!r} is no kind of problem")
        for name in ("assured_date", "last_modified"):
            if name in service and _day(service[name]) is None:
                yield Fault(place + pointer(name), f"{service[name]!r} is no date")


def _area_and_schedule_faults(holder: Mapping[str, Any], path: str) -> Iterator[Fault]:
    """Look at where and when a service is given, which HSDS says of the service itself, or of it at a location."""
    for at, area in each(holder, "service_areas", path):
        if not is_area(area["uri"]):
            yield Fault(at + pointer("uri"), f"{area['uri']!r} is no area, such as {hsds.AREA_URN}rd:5907")
    for at, schedule in each(holder, "schedules", path):
        try:
            hours.parse_schedule(schedule, PROVINCE_ZONE)
        except hours.ScheduleMalformed as error:
            yield Fault(at + pointer(error.field), f"{schedule.get(error.field)!r} cannot be read")


def is_language(code: str) -> bool:
    """Say whether a code is a language tag by its form (RFC 5646), and a language of two letters that there is."""
    if not _LANGUAGE.fullmatch(code):
        return False
    language = code.partition("-")[0].casefold()
    return len(language) == 3 or language in _two_letter_languages()


def is_area(uri: str) -> bool:
    """Say whether a service area's `uri` names an area that we know."""
    code = uri.removeprefix(hsds.AREA_URN).replace("dev:", "region:")
    return uri.startswith(hsds.AREA_URN) and (code == "ca" or area_name(code) != code)


@cache
def _two_letter_languages() -> frozenset[str]:
    from babel import Locale
    from babel.core import get_global

    named = {*Locale("en").languages, *get_global("language_aliases")}
    return frozenset(code for code in named if len(code) == 2)


def _unknown_fields(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Name the fields that are not kept, since a misspelt one is easily overlooked."""
    for index, organization in enumerate(document["organizations"]):
        yield from _unknown_in("organization", organization, pointer("organizations", index))


def _unknown_in(name: str, item: Mapping[str, Any], path: str) -> Iterator[Fault]:
    table = tables()[name]
    for key, value in item.items():
        nested = table.lists.get(key) or table.single.get(key)
        if nested is not None:
            for index, child in enumerate(value) if key in table.lists else [(None, value)]:
                yield from _unknown_in(nested, child, path + pointer(key, *([] if index is None else [index])))
        elif key not in table.columns and not (name == "organization" and key == OWN):
            yield Fault(path + pointer(key), "is no field of HSDS 3.1 and is not kept")


def _warnings(document: Mapping[str, Any], now: datetime) -> Iterator[Fault]:
    members: list[Candidate] = []
    for index, organization in enumerate(document["organizations"]):
        path = pointer("organizations", index)
        candidate = hsds.candidate_of(organization)
        members.append(candidate)
        if candidate.inactive or candidate.role not in roles.RECEIVING_ROLES:
            continue
        yield from _reach_warnings(organization, path)
        for at, service in each(organization, "services", path):
            yield from _service_warnings(service, at, now)
    # Each language of the form invites somebody to write.
    for gap in coverage.gaps(members, [locale.code for locale in form_locales()]):
        how = "only an interpreter speaks" if gap.by_interpreter else "nobody speaks"
        yield Fault("/organizations", f"{how} {gap.language} in all of {gap.region.name}")


def _reach_warnings(organization: Mapping[str, Any], path: str) -> Iterator[Fault]:
    holders = (organization, *(organization.get("services") or ()))
    if not any(holder.get("email") for holder in holders):
        yield Fault(path, "has no mail address, so nobody is told that a report waits")
    if not any(holder.get("phones") for holder in holders):
        yield Fault(path, "has no phone")


def _service_warnings(service: Mapping[str, Any], path: str, now: datetime) -> Iterator[Fault]:
    assured = _day(service.get("assured_date") or "")
    if assured is None or now.date() - assured > STALE_AFTER:
        yield Fault(path, f"{STALE}: nobody has confirmed this for over {STALE_AFTER.days} days")
    if not service.get("languages"):
        yield Fault(path, "names no language, so it fits no report")
    if not any(holder.get("service_areas") for holder in (service, *(service.get("service_at_locations") or ()))):
        yield Fault(path, "names no area, so it fits no report")
    terms = [attribute.get("taxonomy_term") or {} for attribute in service.get("attributes") or ()]
    if not any(term.get("code") in CATEGORIES for term in terms):
        yield Fault(path, "names no kind of problem, so it fits no report")
    for at, schedule in each(service, "schedules", path):
        if hours.parse_schedule(schedule, PROVINCE_ZONE) is None:
            yield Fault(at, "is not a weekly schedule and counts as not there")
    for at, capacity in each(service, "capacities", path):
        if capacity["available"] > capacity.get("maximum", capacity["available"]):
            yield Fault(at, "has more places available than at most")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
