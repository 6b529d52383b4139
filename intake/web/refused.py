"""A refused form's way back to its page: kept sealed by intake.echo, with the key in a cookie of that page."""

import json
from typing import Final

from flask import request
from werkzeug.exceptions import ServiceUnavailable

from intake import echo
from intake.echo import EchoFull
from intake.web import cookies
from intake.web.cookies import Cookie
from intake.web.forms import Fault, Filled
from service.runtime import runtime

RETRY_AFTER: Final = 60


def keep(filled: Filled) -> str:
    """Keep a refused form and give its cookie's value. Raises ServiceUnavailable where too many are kept already."""
    told = {"values": filled.values, "faults": filled.faults, "id": filled.submission_id}
    now = runtime().clock.now()
    try:
        with runtime().database.session(write=True) as session:
            key = echo.keep(session, json.dumps(told).encode(), now=now, random=runtime().random)
    except EchoFull as error:
        raise ServiceUnavailable(retry_after=RETRY_AFTER) from error
    return cookies.encode(key)


def take(cookie: Cookie) -> Filled | None:
    """Read the refused form that belongs to this page's cookie, once. Without a cookie this costs nothing."""
    value = request.cookies.get(cookie.name)
    key = cookies.decode(value) if value else None
    if key is None:
        return None
    with runtime().database.session(write=True) as session:
        kept = echo.take(session, key, now=runtime().clock.now())
    if kept is None:
        return None
    told = json.loads(kept)
    faults = {field: Fault(fault) for field, fault in told["faults"].items()}
    return Filled(told["values"], faults, told["id"])
