"""A reporter's receipt: 20 digits that survive every script, dictation, paper and SMS, and the keys that they yield.
The digits are the only way back to a report; they must never be stored or logged.
"""

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from typing import Final

from crypto import argon2, suite
from crypto.suite import KeyPair
from crypto.symmetric import Random
from crypto.symmetric import derive as derive_key

DIGITS: Final = 20
GROUP: Final = 4
INSTANCE_ID_SIZE: Final = 16
# Spaces, dashes and minus signs, and what is invisible: marks of direction come along when text is copied.
_IGNORED_CATEGORIES = {"Zs", "Pd", "Cf"}
_IGNORED = "\t\n\r\u2212"
# H. M. Damm, "Total anti-symmetrische Quasigruppen" (2004): finds every wrong digit and every swap of neighbours.
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


class ReceiptMistyped(Exception):
    """What was typed is not a receipt: not 20 digits, or the check digit does not fit. It says nothing of what was."""


@dataclass(frozen=True, slots=True, repr=False)
class ReceiptKeys:
    """What a receipt yields: its look-up value (32 bytes), the mailbox's key pair, and the reporter's signing key."""

    lookup: bytes
    mailbox: KeyPair
    signing_seed: bytes
    verify_key: bytes


def generate(random: Random = os.urandom) -> str:
    """Draw 19 digits and add their check digit; 63 bits."""
    # 256 bits for 63: what is left of a bias is below 2**-192 (FIPS 186-5, appendix A.2.1, "extra random bits").
    drawn = int.from_bytes(random(32)) % 10 ** (DIGITS - 1)
    digits = f"{drawn:0{DIGITS - 1}d}"
    return digits + check_digit(digits)


def parse(text: str) -> str:
    """Read what somebody typed: digits of any script, with spaces and dashes anywhere. Raises ReceiptMistyped."""
    digits = []
    for character in text:
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            digits.append(str(digit))
        elif character not in _IGNORED and unicodedata.category(character) not in _IGNORED_CATEGORIES:
            raise ReceiptMistyped
    typed = "".join(digits)
    if not _is_receipt(typed):
        raise ReceiptMistyped
    return typed


def format(digits: str) -> str:
    """Write a receipt as five groups of four."""
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


def derive(digits: str, instance_id: bytes) -> ReceiptKeys:
    """Derive the keys of a receipt: about 28 ms and 19 MiB. `digits` as `parse` gives them; the id has 16 bytes."""
    if not _is_receipt(digits):
        raise ValueError("a receipt has 20 ASCII digits, the last of which checks the others")
    if len(instance_id) != INSTANCE_ID_SIZE:
        raise ValueError("an instance id has 16 bytes")
    salt = hashlib.sha256(b"leeward/1/receipt\0" + instance_id).digest()[: argon2.SALT_SIZE]
    master = argon2.stretch(
        digits.encode("ascii"), salt, memory_kib=argon2.RECEIPT_MEMORY_KIB, passes=argon2.RECEIPT_PASSES
    )
    signing_seed = derive_key(master, b"leeward/1/receipt-sign\0")
    return ReceiptKeys(
        lookup=derive_key(master, b"leeward/1/receipt-lookup\0"),
        mailbox=suite.key_pair(derive_key(master, b"leeward/1/receipt-mailbox\0")),
        signing_seed=signing_seed,
        verify_key=suite.verify_key(signing_seed),
    )


def _is_receipt(digits: str) -> bool:
    well_formed = len(digits) == DIGITS and digits.isascii() and digits.isdecimal()
    return well_formed and check_digit(digits) == "0"


def check_digit(digits: str) -> str:
    """Give the digit that makes a row of digits check; "0" for a row that has it already."""
    interim = "0"
    for digit in digits:
        interim = _DAMM[int(interim)][int(digit)]
    return interim
