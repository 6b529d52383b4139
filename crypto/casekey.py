"""A wrap as it rests in the database: under the key of its case, which lives elsewhere and can be destroyed."""

import os
from typing import Final

from crypto import symmetric
from crypto.symmetric import Random

ID_SIZE: Final = 16


def seal_wrap(key: bytes, wrap: bytes, *, case_id: bytes, message_id: bytes, random: Random = os.urandom) -> bytes:
    """Seal a wrap under a case key, bound to its message: a row moved to another message does not open."""
    return symmetric.seal(key, wrap, aad=_place(case_id, message_id), random=random)


def open_wrap(key: bytes, sealed: bytes, *, case_id: bytes, message_id: bytes) -> bytes:
    """Open a resting wrap. Raises EnvelopeRejected."""
    return symmetric.open_(key, sealed, aad=_place(case_id, message_id))


def _place(case_id: bytes, message_id: bytes) -> bytes:
    if (len(case_id), len(message_id)) != (ID_SIZE, ID_SIZE):
        raise ValueError("ids have 16 bytes")
    return b"leeward/1/case-wrap\0" + case_id + message_id
