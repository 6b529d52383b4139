"""The leaves of the audit tree (RFC 6962, section 2.1). A salt keeps a short entry from being guessed by its hash."""

import hashlib

SALT_SIZE = 32


def leaf(salt: bytes, entry: bytes) -> bytes:
    """Hash one entry as a leaf: H(0x00 | salt | entry)."""
    if len(salt) != SALT_SIZE:
        raise ValueError("an audit salt has 32 bytes")
    return hashlib.sha256(b"\0" + salt + entry).digest()
