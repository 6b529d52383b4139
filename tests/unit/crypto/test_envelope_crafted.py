"""What an author sealed wrongly on purpose does not open, and a signature is true for one message only."""

from dataclasses import replace

import pytest

from crypto import envelope, suite
from crypto.envelope import (
    Envelope,
    Opened,
    SignerKind,
)
from crypto.rejected import SignatureRejected
from tests.unit.crypto.messages import ALICE, SIGNER, VERIFY_KEY, crafted, refuse, sealed
from tests.vectors import craft, tampers


def test_a_crafted_message_opens_where_nothing_is_wrong_with_it() -> None:
    envelope.open_(crafted(), ALICE).check_signature(VERIFY_KEY)


@pytest.mark.parametrize("name", tampers.drafts())
def test_sealed_wrongly(name: str) -> None:
    draft = tampers.drafts()[name]
    refuse(Envelope(draft.header, (draft.wrap(ALICE.public_key, 1),), draft.body))


def test_unpadded() -> None:
    refuse(crafted(padded=b"\x02" * 16_384))


def test_wrong_mark_of_padding() -> None:
    refuse(crafted(padded=craft.pad(bytes(100), 1).replace(b"\x80", b"\x40")))


def test_padded_beyond_need() -> None:
    refuse(crafted(padded=craft.pad(bytes(100), 1).ljust(65_536, b"\0")))


def test_signer_unknown() -> None:
    refuse(crafted(signer=3))


def test_no_room_for_a_signature() -> None:
    refuse(crafted(content=b"\x02" + bytes(63)))


def test_unsigned_with_bytes_where_a_signature_stands() -> None:
    refuse(crafted(signer=0, signature=bytes(63) + b"\x01"))


def opened_reply(**wrong: object) -> Opened:
    return envelope.open_(crafted(**wrong), ALICE)


def refuse_signature(opened: Opened, key: bytes = VERIFY_KEY) -> None:
    with pytest.raises(SignatureRejected):
        opened.check_signature(key)


def test_signature_of_another_key() -> None:
    refuse_signature(opened_reply(), suite.verify_key(b"r" * 32))


def test_signature_of_another_signer_kind() -> None:
    as_reporter = envelope.open_(crafted(signer=1), ALICE).signature
    refuse_signature(opened_reply(signature=as_reporter))
    refuse_signature(replace(opened_reply(), signer=SignerKind.REPORTER))


def test_signature_over_another_header() -> None:
    refuse_signature(opened_reply(signature=opened_reply(message_id=b"o" * 16).signature))


def test_signature_over_the_same_message_under_another_key() -> None:
    refuse_signature(opened_reply(signature=opened_reply(dek=b"x" * 32).signature))


def test_signature_over_another_text() -> None:
    refuse_signature(opened_reply(signature=opened_reply(document=b'{"v":2}').signature))
    refuse_signature(replace(opened_reply(), document=b'{"v":2}'))


def test_signature_of_zeros() -> None:
    refuse_signature(opened_reply(signature=bytes(64)))


def test_no_signature_is_never_a_true_one() -> None:
    unsigned = envelope.open_(sealed(signer=None), ALICE)
    refuse_signature(unsigned)
    # Under this key, a point of small order, zeros would be a true signature for OpenSSL.
    refuse_signature(unsigned, b"\x01" + bytes(31))
    refuse_signature(replace(unsigned, signer=SignerKind.ORGANIZATION), b"\x01" + bytes(31))


def test_a_signature_in_nobodys_name_is_never_a_true_one() -> None:
    unsigned = envelope.open_(sealed(signer=None), ALICE)
    signed = b"leeward/1/sign\0\0" + unsigned.header.to_bytes() + craft.sha256(unsigned.document)
    refuse_signature(replace(unsigned, signature=suite.sign(SIGNER.seed, signed)))


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), b"\x02" + bytes(31)])
def test_signature_checked_with_what_is_no_key(key: bytes) -> None:
    refuse_signature(opened_reply(), key)
