"""Guessing costs what the protocol says: the costs stand here too, so that nobody lowers them by the way."""

import pytest

from crypto import argon2


def test_the_costs_are_those_of_the_protocol() -> None:
    assert (argon2.RECEIPT_MEMORY_KIB, argon2.RECEIPT_PASSES) == (19_456, 2)
    assert (argon2.PASSPHRASE_MEMORY_KIB, argon2.PASSPHRASE_PASSES) == (65_536, 3)


def test_each_input_matters() -> None:
    stretched = [
        argon2.stretch(b"secret", bytes(16), memory_kib=32, passes=1),
        argon2.stretch(b"secreT", bytes(16), memory_kib=32, passes=1),
        argon2.stretch(b"secret", b"\1" * 16, memory_kib=32, passes=1),
        argon2.stretch(b"secret", bytes(16), memory_kib=40, passes=1),
        argon2.stretch(b"secret", bytes(16), memory_kib=32, passes=2),
    ]
    assert len(set(stretched)) == 5
    assert {len(master) for master in stretched} == {32}


@pytest.mark.parametrize("secret", [b"1", bytes(1024)])
def test_a_secret_at_the_bounds_is_taken(secret: bytes) -> None:
    assert len(argon2.stretch(secret, bytes(16), memory_kib=32, passes=1)) == 32


@pytest.mark.parametrize("secret", [b"", bytes(1025)])
def test_a_secret_out_of_bounds_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="1 to 1,024 bytes"):
        argon2.stretch(secret, bytes(16), memory_kib=32, passes=1)


@pytest.mark.parametrize("size", [0, 8, 15, 17])
def test_a_salt_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        argon2.stretch(b"secret", bytes(size), memory_kib=32, passes=1)
