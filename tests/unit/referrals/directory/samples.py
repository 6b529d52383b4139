"""Small directories for tests: valid as they are, to be changed in the one thing that a test is about."""

import uuid
from collections.abc import Mapping
from typing import Any

ISSUES = {"id": "c8fdfaf1-6a25-5b67-b547-f7d247fb071f", "name": "MWSN issue types", "description": "Issue types"}
CHECKED_ON = "2026-06-01"


def an_id(name: str) -> str:
    """Make the id of something by its name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def term(code: str) -> dict[str, Any]:
    """Write the term of a kind of problem."""
    return {
        "id": an_id(code),
        "code": code,
        "name": code,
        "description": code,
        "taxonomy_id": ISSUES["id"],
        "taxonomy_detail": ISSUES,
    }


def organization(key: str, role: str = "support_org", **changes: Any) -> dict[str, Any]:
    """Write an organization with one service that covers British Columbia in English."""
    service_id = an_id(f"{key}/service")
    service = {
        "id": service_id,
        "organization_id": an_id(key),
        "name": "Support",
        "description": "Support",
        "status": "active",
        "email": f"intake@{key}.example",
        "assured_date": CHECKED_ON,
        "languages": [{"id": an_id(f"{key}/en"), "service_id": service_id, "name": "English", "code": "en"}],
        "service_areas": [
            {"id": an_id(f"{key}/area"), "service_id": service_id, "name": "BC", "uri": "urn:leeward:area:prov:BC"}
        ],
        "phones": [{"id": an_id(f"{key}/phone"), "service_id": service_id, "number": "+1-604-555-0101"}],
        "attributes": [
            {
                "id": an_id(f"{key}/pay_hours"),
                "link_id": service_id,
                "link_entity": "service",
                "taxonomy_term_id": an_id("pay_hours"),
                "taxonomy_term": term("pay_hours"),
            }
        ],
    }
    return {
        "id": an_id(key),
        "name": f"Fictional {key}",
        "alternate_name": key,
        "description": "Fictional",
        "services": [service],
        "x_leeward": {"role": role},
    } | changes


def document(*organizations: Mapping[str, Any]) -> dict[str, Any]:
    """Write a directory of some organizations, and of a coordinator who comes last."""
    return {
        "fictional": True,
        "taxonomies": [ISSUES],
        "taxonomy_terms": [term("pay_hours")],
        "organizations": [*organizations, organization("helpers", "coordinator")],
    }


def changed(document: Any, path: str, value: Any) -> Any:
    """Copy a JSON document with another value at a JSON pointer."""
    if not path:
        return value
    step, _, rest = path.removeprefix("/").partition("/")
    inner = "/" + rest if rest else ""
    if isinstance(document, list):
        at = int(step)
        return [*document[:at], changed(document[at], inner, value), *document[at + 1 :]]
    return {**document, step: changed(document.get(step, {}), inner, value)}
