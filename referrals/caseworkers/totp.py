"""Second factor: six digits from a shared secret and the time (RFC 6238), each usable once.

The secret rests sealed under a key of the host; it is never logged and is shown only while its owner enrols.
"""

import base64
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crypto import symmetric

STEP_SECONDS: Final = 30
SECRET_SIZE: Final = 20
ISSUER: Final = "Leeward"
# One step either way: a phone's clock may be off by half a minute (RFC 6238, section 5.2).
_TOLERANCE: Final = 1


class CodeRefused(Exception):
    """The six digits are wrong, too old, or were used before."""


def new_secret(random: Callable[[int], bytes] = os.urandom) -> bytes:
    """Make a secret of 20 bytes (RFC 4226, section 4, R6)."""
    return random(SECRET_SIZE)


def seal_secret(
    host_key: bytes, secret: bytes, *, caseworker_id: bytes, random: Callable[[int], bytes] = os.urandom
) -> bytes:
    """Seal a secret for the database, bound to its owner."""
    return symmetric.seal(host_key, secret, aad=_owner(caseworker_id), random=random)


def open_secret(host_key: bytes, sealed: bytes, *, caseworker_id: bytes) -> bytes:
    """Open a secret of the database. Raises EnvelopeRejected."""
    return symmetric.open_(host_key, sealed, aad=_owner(caseworker_id))


def text_key(secret: bytes) -> str:
    """Write a secret as authenticator apps take it when typed: Base32."""
    return base64.b32encode(secret).decode()


def provisioning_uri(secret: bytes, email: str) -> str:
    """Write the otpauth address that authenticator apps read from a QR code."""
    import pyotp  # a cost only where someone enrols

    return pyotp.TOTP(text_key(secret)).provisioning_uri(name=email, issuer_name=ISSUER)


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as the data of one SVG path, whose unit is one module; the page builds the picture itself."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """Draw a text as a QR code. No markup crosses from here to the page."""
    import segno

    code = segno.make(text, error="m", micro=False)
    squares = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark]
    return QrCode(len(code.matrix), "".join(squares))


def check(secret: bytes, code: str, *, now: datetime, last_step: int) -> int:
    """Give the step that a code belongs to. Raises CodeRefused, also for a step that was used before."""
    import pyotp

    generator = pyotp.TOTP(text_key(secret))
    current = int(now.timestamp()) // STEP_SECONDS
    matched = -1
    for step in range(current - _TOLERANCE, current + _TOLERANCE + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode()):
            matched = step
    if matched <= last_step:
        raise CodeRefused
    return matched


def _owner(caseworker_id: bytes) -> bytes:
    return b"leeward/1/totp\0" + caseworker_id
