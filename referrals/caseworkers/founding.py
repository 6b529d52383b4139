"""Making a real, empty instance: its coordinator organization, and the invitation of the person who opens it.

No key is made here. Intake stays closed until that person has enrolled and so made the coordinator's first key.
"""

import os
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from referrals.caseworkers.invitations import invite
from referrals.directory.importing import import_directory

COORDINATOR_KEY: Final = "coordinator"


def found(
    session: Session,
    *,
    name: str,
    email: str,
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> str:
    """Put the coordinator into an empty directory and give the token of its first invitation.

    Raises EmailMistyped; nothing is kept then.
    """
    document = {"organizations": [coordinator_document(name, email, now, random)]}
    import_directory(session, document, now=now, random=random)
    return invite(session, organization_key=COORDINATOR_KEY, email=email, role="admin", now=now, random=random)


def coordinator_document(name: str, email: str, now: datetime, random: Callable[[int], bytes]) -> dict[str, Any]:
    """Write the smallest directory entry of a coordinator, in the shape of HSDS 3.1, to be completed by an import."""
    organization_id, service_id = _uuid(random), _uuid(random)
    return {
        "id": organization_id,
        "name": name,
        "description": "Coordinator of the network.",
        "email": email,
        "alternate_name": COORDINATOR_KEY,
        "services": [
            {
                "id": service_id,
                "organization_id": organization_id,
                "name": "Coordination",
                "status": "active",
                "assured_date": now.date().isoformat(),
                "languages": [{"id": _uuid(random), "service_id": service_id, "name": "English", "code": "en"}],
                "service_areas": [
                    {"id": _uuid(random), "service_id": service_id, "name": "Canada", "uri": "urn:leeward:area:ca:CA"}
                ],
            }
        ],
        "x_leeward": {"key": COORDINATOR_KEY, "role": "coordinator", "interpreter": "any"},
    }


def _uuid(random: Callable[[int], bytes]) -> str:
    return str(uuid.UUID(bytes=random(16), version=4))
