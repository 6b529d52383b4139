"""Which addresses of a directory perhaps nobody should know: whoever hides there must not be found through it.

The words are few, whole, and of the two languages that directories here are written in. They are no proof: what a place
or a service says of itself is a fault, and what is said beside it is for whoever keeps the file to look at.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from referrals.directory.faults import Fault, each, pointer

_HIDDEN: Final = r"(?:confidential|secret|undisclosed|unpublished|withheld|not (?:published|disclosed|public))"
# What a description says of its own place. Of several shelters speaks who refers to them.
_SAID: Final = (
    rf"{_HIDDEN} (?:address|location)|(?:address|location) (?:is )?(?:kept )?{_HIDDEN}|undisclosed"
    r"|adresse (?:est )?(?:confidentielle|secrète|non publiée)"
    r"|safe[ -]house|transition[ -]house|wom[ae]n['’]?s['’]? shelter|maison d['’]hébergement"
)
# A name is what a place is, so that less is enough.
_NAMED: Final = (
    rf"{_SAID}|shelters?|refuge|safe[ -]houses|transition[ -]houses|not published|unpublished|non publiée?"
    r"|maisons d['’]hébergement"
)
_IN_DESCRIPTIONS: Final = re.compile(rf"\b(?:{_SAID})\b", re.IGNORECASE)
_IN_NAMES: Final = re.compile(rf"\b(?:{_NAMED})\b", re.IGNORECASE)
_ANYWHERE: Final = re.compile(rf"\b(?:{_NAMED}|confidential|hébergement)\b", re.IGNORECASE)


def address_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Find the places whose own words, or whose service's, say that nobody should know where they are."""
    for path, _, service, location in _places(document):
        if _says(_IN_NAMES, "name", service, location) or _says(_IN_DESCRIPTIONS, "description", service, location):
            yield Fault(path, "looks like a confidential address, which is never kept: leave out where it is")


def address_warnings(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Find the places beside which some word makes one wonder, their organization's words included."""
    for path, *holders in _places(document):
        if any(_says(_ANYWHERE, field, *holders) for field in ("name", "description")):
            yield Fault(path, "may be a confidential address: leave out where it is, unless the public may know it")


def _places(
    document: Mapping[str, Any],
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]]:
    """Give each place with an address or coordinates as path, organization, service (may be empty) and location."""
    for path, organization in each(document, "organizations", ""):
        for at, service in each(organization, "services", path):
            for place, visit in each(service, "service_at_locations", at):
                location = visit.get("location") or {}
                if _is_placed(location):
                    yield place + pointer("location"), organization, service, location
        for at, location in each(organization, "locations", path):
            if _is_placed(location):
                yield at, organization, {}, location


def _is_placed(location: Mapping[str, Any]) -> bool:
    return bool(location.get("addresses") or location.get("latitude") or location.get("longitude"))


def _says(words: re.Pattern[str], field: str, *holders: Mapping[str, Any]) -> bool:
    """Say whether one of the words stands in a field of one of the holders, however its spaces and accents are set."""
    texts = (" ".join(unicodedata.normalize("NFKC", holder.get(field) or "").split()) for holder in holders)
    return any(words.search(text) for text in texts)
