"""Telling our own pages' requests from forged ones without a cookie, for people who must not be given one.

A browser says by itself where a request comes from, and a page cannot make it lie (Fetch Metadata; RFC 6454). What
decides is written in one pure function, `is_ours`.
"""

import hashlib
import hmac
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from flask import Request
from werkzeug.exceptions import Forbidden

from service.runtime import runtime
from service.settings import Settings

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES: Final = frozenset({"same-origin", "none"})
# Cookies that open nothing: the one that makes a browser forget its kept pages, for one second after each Send.
POWERLESS: Final = frozenset({"v"})


class RequestForged(Forbidden):
    """A request that changes something and was, or may have been, made by another site's page."""


def is_ours(*, fetch_site: str | None, origin: str | None, has_cookie: bool, our_origins: Collection[str]) -> bool:
    """Decide by the headers Sec-Fetch-Site, Origin and Cookie whether a request that changes something is our own.

    A page whose origin is hidden ("null") is never ours: our pages with forms tell theirs (Referrer-Policy). Programs
    that are no browsers send neither header; without a cookie there is nothing that another site could borrow.
    """
    if origin == "null":
        return False
    if fetch_site is not None:
        return fetch_site in OWN_SITES
    if origin is not None:
        return origin in our_origins
    return not has_cookie


def check_anonymous(request: Request) -> None:
    """Refuse a POST of a worker's page that another site could have caused. Raises RequestForged."""
    if request.method in SAFE_METHODS:
        return
    own = is_ours(
        fetch_site=request.headers.get("Sec-Fetch-Site"),
        origin=request.headers.get("Origin"),
        has_cookie="Cookie" in request.headers and set(request.cookies) != POWERLESS,
        our_origins=our_origins(runtime().settings, request),
    )
    if not own:
        raise RequestForged


def our_origins(settings: Settings, request: Request) -> set[str]:
    """List the origins of our pages. The demo is also wherever it was opened; `Host` was checked before."""
    origins = {_origin(url) for url in (settings.public_url, settings.onion_url) if url}
    if settings.demo:
        origins.add(f"{request.scheme}://{request.host}")
    return origins


def cookie_token(cookie: str, path: str) -> str:
    """Make the token that a form carries when its POST to `path` relies on a cookie."""
    told = hashlib.sha256(cookie.encode()).digest() + path.encode()
    return hmac.digest(runtime().secret("csrf"), b"leeward/1/cookie-token\0" + told, "sha256").hex()


def is_token_of(cookie: str, path: str, token: str) -> bool:
    """Say whether a POST's token was made for its cookie and path."""
    return hmac.compare_digest(cookie_token(cookie, path).encode(), token.encode())


def _origin(url: str) -> str:
    """Write an address as browsers write its origin: the scheme's own port is left out."""
    parts = urlsplit(url)
    own_port = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, own_port) else f":{parts.port}"
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"
