"""Which languages are spoken for in which regions: the gaps that a network should know of. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from referrals import languages
from referrals.candidates import CLOSED_STATUS, INACTIVE_STATUSES, SUPPORT_ROLES, Candidate, Service
from referrals.geography.provinces import PROVINCES, Region


@dataclass(frozen=True, slots=True)
class Gap:
    """A language that nobody speaks in a region; `by_interpreter` says that interpreters cover it there."""

    region: Region
    language: str
    by_interpreter: bool


def gaps(candidates: Iterable[Candidate], wanted: Sequence[str]) -> Iterator[Gap]:
    """Yield every region and language that no organization covers, in the provinces that somebody covers at all.

    An organization covers a region if it covers each of its districts. Coordinators do not count: they stand in.
    """
    services = [
        service
        for candidate in candidates
        if candidate.role in SUPPORT_ROLES
        for service in candidate.services
        if service.status not in INACTIVE_STATUSES and service.status != CLOSED_STATUS
    ]
    for province in PROVINCES.values():
        if not any(set(service.coverage) & {district.code for district in province.districts} for service in services):
            continue
        for region in province.regions:
            for language in wanted:
                there = [service for service in services if _may_speak(service, language)]
                direct = [service for service in there if languages.spoken(language) in service.spoken]
                if not _covers(direct, region):
                    yield Gap(region, language, by_interpreter=_covers(there, region))


def _covers(services: Iterable[Service], region: Region) -> bool:
    """Say whether services together cover every district of a region."""
    covered = {district for service in services for district in service.coverage}
    return covered >= set(region.districts)


def _may_speak(service: Service, language: str) -> bool:
    spoken = languages.spoken(language)
    return spoken in service.spoken or bool({spoken, languages.ANY} & service.interpreted)
