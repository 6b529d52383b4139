"""Who may call the desk's API: the session cookie, the token against forged requests, and the throttle.

The cookie is out of reach of scripts and is sent to no other site; its value is kept by its hash only.
"""

from datetime import timedelta
from typing import Final

from flask import Response, g, request
from flask_wtf.csrf import generate_csrf, validate_csrf  # type: ignore[import-untyped]
from wtforms.validators import ValidationError  # type: ignore[import-untyped]

from referrals.caseworkers import sessions
from referrals.caseworkers.sessions import SessionEnded, SignedIn
from referrals.desk.schemas import ENVELOPE_LIMIT
from referrals.referral import Actor
from service.runtime import Runtime

COOKIE: Final = "desk"
CSRF_HEADER: Final = "X-CSRF-Token"
CSRF_LIFE: Final = timedelta(hours=12)


class CsrfRefused(Exception):
    """A request that changes something came without this site's own token."""


def check_request() -> None:
    """Refuse a request that is too large or that another site could have sent. Raises CsrfRefused."""
    request.max_content_length = ENVELOPE_LIMIT
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    try:
        validate_csrf(request.headers.get(CSRF_HEADER), time_limit=int(CSRF_LIFE.total_seconds()))
    except ValidationError as error:
        raise CsrfRefused from error


def csrf_token() -> str:
    """Give the token that this browser's requests must carry."""
    token: str = generate_csrf()
    return token


def admit(runtime: Runtime) -> SignedIn:
    """Find who is signed in and remember it for this request. Raises SessionEnded."""
    token = request.cookies.get(COOKIE)
    if not token:
        raise SessionEnded
    now = runtime.clock.now()
    with runtime.database.session(one_statement=True) as session:
        visitor = sessions.resume(session, token, now=now)
    if visitor.stale:
        with runtime.database.session(write=True) as session:
            sessions.touch(session, token, now=now)
    g.visitor = visitor
    return visitor


def visitor() -> SignedIn:
    """Give who is signed in; `admit` has run."""
    signed_in: SignedIn = g.visitor
    return signed_in


def actor() -> Actor:
    """Give who acts, as the lifecycle asks it."""
    return Actor(visitor().caseworker_id, visitor().organization_id)


def set_cookie(response: Response, token: str) -> None:
    """Hand a session's token to the browser that signed in."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sessions.LIFE.total_seconds()),
        path="/desk",
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )


def drop_cookie(response: Response) -> None:
    """Take the token back."""
    response.delete_cookie(COOKIE, path="/desk", secure=request.is_secure, httponly=True, samesite="Strict")
