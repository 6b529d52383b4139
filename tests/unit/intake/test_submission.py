"""Submission ids: what a form carries, what is recognized, and what tells one Send from another."""

import base64
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.rejected import EnvelopeRejected
from intake import submission
from intake.answers import Answers, Submitted

NOW = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)
SECRET, PEPPER = b"s" * 32, b"p" * 32
SUBMITTED = Submitted("1" * 20, "Fictional Society", NOW, "America/Vancouver", "standard")


def test_an_issued_id_is_recognized_for_a_day_and_no_longer() -> None:
    issued = submission.issue(SECRET, NOW, os.urandom)
    assert submission.recognize(SECRET, issued, NOW + timedelta(hours=24)) is not None
    assert submission.recognize(SECRET, issued, NOW + timedelta(hours=26)) is None


def test_an_id_of_a_clock_that_is_ahead_is_recognized_too() -> None:
    issued = submission.issue(SECRET, NOW, os.urandom)
    assert submission.recognize(SECRET, issued, NOW - timedelta(seconds=1)) is not None
    assert submission.recognize(SECRET, issued, NOW - timedelta(hours=24)) is not None
    assert submission.recognize(SECRET, issued, NOW - timedelta(hours=26)) is None


def test_an_id_of_another_secret_is_not_recognized() -> None:
    assert submission.recognize(b"t" * 32, submission.issue(SECRET, NOW, os.urandom), NOW) is None


@pytest.mark.parametrize("position", [0, 15, 16, 19, 20, 35])
def test_an_id_with_one_changed_byte_is_not_recognized(position: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(submission.issue(SECRET, NOW, os.urandom)))
    raw[position] ^= 1
    assert submission.recognize(SECRET, base64.urlsafe_b64encode(raw).decode(), NOW) is None


@given(st.text())
def test_any_text_is_looked_at_without_a_fault(text: str) -> None:
    assert submission.recognize(SECRET, text, NOW) is None


def test_the_same_id_with_other_answers_is_another_send() -> None:
    raw = os.urandom(36)
    told = Answers(locale="en", story="x")
    first, again = (submission.identify(PEPPER, raw, told) for _ in range(2))
    other = submission.identify(PEPPER, raw, replace(told, story="y"))
    assert first == again
    assert (first.id_hmac == other.id_hmac, first.digest == other.digest) == (True, False)


def test_the_same_answers_under_another_id_share_nothing() -> None:
    told = Answers(locale="en", story="x")
    first, other = (submission.identify(PEPPER, os.urandom(36), told) for _ in range(2))
    assert not {first.id_hmac, first.digest, first.key} & {other.id_hmac, other.digest, other.key}


def test_what_was_shown_opens_with_the_id_alone() -> None:
    sent = submission.identify(PEPPER, os.urandom(36), Answers(locale="en", story="x"))
    sealed = submission.seal_submitted(sent, SUBMITTED, os.urandom)
    assert submission.open_submitted(sent, sealed) == SUBMITTED
    assert SUBMITTED.receipt.encode() not in sealed
    stranger = submission.identify(PEPPER, os.urandom(36), Answers(locale="en", story="x"))
    with pytest.raises(EnvelopeRejected):
        submission.open_submitted(stranger, sealed)
