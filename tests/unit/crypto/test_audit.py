"""A leaf of the audit tree is RFC 6962's, over a salt and an entry."""

import hashlib

import pytest

from crypto import audit


def test_a_leaf_is_a_hash_of_salt_and_entry() -> None:
    salt = bytes(range(32))
    assert audit.leaf(salt, b"entry") == hashlib.sha256(b"\0" + salt + b"entry").digest()


def test_one_entry_under_two_salts_has_two_leaves() -> None:
    assert audit.leaf(bytes(32), b"entry") != audit.leaf(b"\1" * 32, b"entry")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_salt_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        audit.leaf(bytes(size), b"entry")
