"""The few cookies of the worker's pages. Each is sealed under a key that is destroyed within a day, ends by itself
within minutes, is out of reach of scripts, goes to no other site, and only to the page that needs it.

None is set before the worker presses Send, opens replies, or leaves.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import request
from werkzeug.wrappers import Response

from crypto import symmetric
from crypto.rejected import EnvelopeRejected
from service.keystore import KeyDestroyed
from service.runtime import Runtime

KEY_PURPOSE: Final = "cookie"
# Together a day: a cookie of the key's last minute can still be opened, and then the key is destroyed.
KEY_LIFE: Final = timedelta(hours=23)
KEY_KEPT: Final = timedelta(hours=1)
_ID_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class Cookie:
    """One of our cookies: `page` is what follows the language in the only path that it is sent to."""

    name: str
    page: str
    life: timedelta

    def path(self, locale: str) -> str:
        """Give the path that the cookie is bound to."""
        return f"/{locale}/{self.page}"


# The receipt after Send, without scripts (protocol.md, "Reporter's receipt").
RECEIPT: Final = Cookie("r", "sent", timedelta(seconds=600))
# The digits that were typed to read replies; long enough to read them and write back.
MAILBOX: Final = Cookie("m", "replies", timedelta(minutes=30))
# The key of a refused form on its way back to its page.
ECHO_FORM: Final = Cookie("ef", "", timedelta(minutes=5))
ECHO_RETURN: Final = Cookie("er", "return", timedelta(minutes=5))
ECHO_REPLIES: Final = Cookie("em", "replies", timedelta(minutes=5))


def seal(runtime: Runtime, cookie: Cookie, document: Mapping[str, object]) -> str:
    """Seal what a cookie carries, with the moment at which it ends."""
    until = runtime.clock.now() + cookie.life
    told = json.dumps({**document, "until": int(until.timestamp())}, ensure_ascii=False).encode()
    key = runtime.keystore.named(KEY_PURPOSE, KEY_LIFE, kept=KEY_KEPT)
    return encode(key.id + symmetric.seal(key.key, told, aad=_aad(cookie), random=runtime.random))


def opened(runtime: Runtime, cookie: Cookie) -> Mapping[str, Any] | None:
    """Open the cookie that this request carries; None where it has none, or one that is not ours, or has ended."""
    raw = decode(request.cookies.get(cookie.name, ""))
    if raw is None or len(raw) <= _ID_SIZE:
        return None
    try:
        key = runtime.keystore.named_at(raw[:_ID_SIZE])
        document: Mapping[str, Any] = json.loads(symmetric.open_(key.key, raw[_ID_SIZE:], aad=_aad(cookie)))
    except (KeyDestroyed, EnvelopeRejected):
        return None
    return document if document["until"] > runtime.clock.now().timestamp() else None


def put(response: Response, cookie: Cookie, locale: str, value: str) -> None:
    """Hand a cookie to the browser."""
    response.set_cookie(
        cookie.name,
        value,
        max_age=int(cookie.life.total_seconds()),
        path=cookie.path(locale),
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )


def drop(response: Response, cookie: Cookie, locale: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        cookie.name, path=cookie.path(locale), secure=request.is_secure, httponly=True, samesite="Strict"
    )


def forget_pages(response: Response, random: bytes) -> None:
    """Make the browser drop the pages that it keeps for its Back button.

    `no-store` does not do that; a cookie that changes on the way out does (measured in Chromium). It lives one second.
    """
    response.set_cookie(
        "v", random.hex(), max_age=1, path="/", secure=request.is_secure, httponly=True, samesite="Strict"
    )


def encode(raw: bytes) -> str:
    """Write bytes as a cookie's value."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(value: str) -> bytes | None:
    """Read a cookie's value; None where it is none of ours."""
    try:
        return base64.b64decode(value.encode("ascii") + b"=" * (-len(value) % 4), b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        return None


def _aad(cookie: Cookie) -> bytes:
    return b"leeward/1/cookie\0" + cookie.name.encode()
