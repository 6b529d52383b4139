"""Argon2id (RFC 9106): makes guessing expensive for whoever holds a copy of the database. Its cost never
changes with load.
"""

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

SALT_SIZE = 16
MASTER_SIZE = 32
LONGEST_SECRET = 1024
RECEIPT_MEMORY_KIB = 19 * 1024
RECEIPT_PASSES = 2
PASSPHRASE_MEMORY_KIB = 64 * 1024
PASSPHRASE_PASSES = 3


def stretch(secret: bytes, salt: bytes, *, memory_kib: int, passes: int) -> bytes:
    """Stretch a secret to a master key of 32 bytes, with one lane. The secret has 1 to 1,024 bytes, the salt 16."""
    if not 1 <= len(secret) <= LONGEST_SECRET:
        raise ValueError("a secret has 1 to 1,024 bytes")
    if len(salt) != SALT_SIZE:
        raise ValueError("a salt has 16 bytes")
    kdf = Argon2id(salt=salt, length=MASTER_SIZE, iterations=passes, lanes=1, memory_cost=memory_kib)
    return kdf.derive(secret)
