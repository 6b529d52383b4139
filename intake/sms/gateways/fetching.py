"""Fetching a file that a provider keeps: from its own hosts alone, and never from an address that somebody sent.

A redirect is followed only to one of those hosts, and without the login. A name that leads into a private network, more
bytes than were asked for, or a server that takes for ever ends it.
"""

import base64
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from intake.sms.port import MediaGone, MediaTooLarge, ProviderAway

_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})


def is_public(address: str) -> bool:
    """Say whether an address lies in the public network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.is_global and not found.is_multicast


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Look a host's addresses up."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far fetching goes. `first` is the host that gets the login, `others` those that it may lead to."""

    first: str
    others: frozenset[str] = frozenset()
    port: int = 443
    may: Callable[[str], bool] = is_public
    look_up: Callable[[str, int], Sequence[str]] = addresses_of
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    # For connecting and between two pieces, and for all of it.
    patience: float = 10.0
    longest: float = 60.0


def fetch(reach: Reach, path: str, login: str, *, most: int) -> bytes:
    """Fetch a path of the first host with a login (`name:password`), of at most so many bytes.

    Raises MediaGone, MediaTooLarge, and ProviderAway.
    """
    url, deadline = f"https://{reach.first}{path}", time.monotonic() + reach.longest
    headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}
    try:
        for _ in range(_REDIRECTS + 1):
            place = urlsplit(url)
            with closing(_connected(reach, place)) as connection:
                connection.request("GET", f"{place.path}?{place.query}" if place.query else place.path, headers=headers)
                answer = connection.getresponse()
                if answer.status not in _MOVED:
                    return _read(answer, most, deadline)
                url, headers = urljoin(url, answer.headers.get("Location", "")), {}
    except (OSError, HTTPException, ValueError) as error:
        raise ProviderAway from error
    raise ProviderAway


def _connected(reach: Reach, place: SplitResult) -> HTTPSConnection:
    """Connect to the very address that was looked at, so that no second look-up leads elsewhere."""
    host = place.hostname or ""
    if place.scheme != "https" or host not in {reach.first, *reach.others} or place.port not in (None, 443):
        raise ProviderAway
    allowed = [address for address in reach.look_up(host, reach.port) if reach.may(address)]
    if not allowed:
        raise ProviderAway
    connection = HTTPSConnection(host, timeout=reach.patience, context=reach.context)
    plain = socket.create_connection((allowed[0], reach.port), reach.patience)
    try:
        connection.sock = reach.context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
    return connection


def _read(answer: HTTPResponse, most: int, deadline: float) -> bytes:
    if answer.status in _GONE:
        raise MediaGone
    if answer.status != 200:
        raise ProviderAway
    told = answer.headers.get("Content-Length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > most:
        raise MediaTooLarge
    content = bytearray()
    while piece := answer.read1(_CHUNK):
        content += piece
        if len(content) > most:
            raise MediaTooLarge
        if time.monotonic() > deadline:
            raise ProviderAway
    if told.isascii() and told.isdigit() and len(content) != int(told[:20]):
        # It was cut off.
        raise ProviderAway
    return bytes(content)
