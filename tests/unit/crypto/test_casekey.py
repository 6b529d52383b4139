"""A wrap at rest opens under the key of its case, beside its message, and nowhere else."""

import pytest

from crypto import casekey
from crypto.rejected import EnvelopeRejected

KEY, CASE, MESSAGE = b"k" * 32, b"c" * 16, b"m" * 16
WRAP = b"w" * 1177
SEALED = casekey.seal_wrap(KEY, WRAP, case_id=CASE, message_id=MESSAGE)


def test_a_wrap_comes_back() -> None:
    assert casekey.open_wrap(KEY, SEALED, case_id=CASE, message_id=MESSAGE) == WRAP


@pytest.mark.parametrize(
    ("key", "case_id", "message_id"),
    [(b"x" * 32, CASE, MESSAGE), (KEY, b"d" * 16, MESSAGE), (KEY, CASE, b"n" * 16), (KEY, MESSAGE, CASE)],
)
def test_a_wrap_opens_in_its_place_only(key: bytes, case_id: bytes, message_id: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        casekey.open_wrap(key, SEALED, case_id=case_id, message_id=message_id)


@pytest.mark.parametrize("sealed", [b"", SEALED[:27], SEALED[:-1], SEALED + b"\0"])
def test_other_bytes_are_no_wrap(sealed: bytes) -> None:
    with pytest.raises(EnvelopeRejected):
        casekey.open_wrap(KEY, sealed, case_id=CASE, message_id=MESSAGE)


@pytest.mark.parametrize(("case_id", "message_id"), [(CASE + b"m", MESSAGE[1:]), (CASE[1:], MESSAGE), (b"", b"")])
def test_ids_of_another_size_are_refused(case_id: bytes, message_id: bytes) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        casekey.seal_wrap(KEY, WRAP, case_id=case_id, message_id=message_id)
    with pytest.raises(ValueError, match="16 bytes"):
        casekey.open_wrap(KEY, SEALED, case_id=case_id, message_id=message_id)
