"""When a notice goes out, and that every notice is the same."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.deadlines import PROVINCE_ZONE
from referrals.notices import BATCHES, SUBJECT, TEXT, due_moment, notice

NOW = datetime(2026, 7, 8, 17, 7, 31, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-07-08T08:59:59", "2026-07-08T09:00"),
        ("2026-07-08T09:00", "2026-07-08T13:00"),
        ("2026-07-08T13:00:01", "2026-07-08T16:30"),
        ("2026-07-08T16:30", "2026-07-09T09:00"),
        ("2026-10-31T20:00", "2026-11-01T09:00"),  # over the end of daylight saving time
        ("2027-03-13T20:00", "2027-03-14T09:00"),  # and over its start
    ],
)
@pytest.mark.parametrize("urgency", ["standard", "urgent"])
def test_a_notice_waits_for_the_next_batch_of_the_province_s_day(now: str, due: str, urgency: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=PROVINCE_ZONE)
    assert due_moment(urgency, moment) == datetime.fromisoformat(due).replace(tzinfo=PROVINCE_ZONE)


@given(moments)
def test_a_batch_is_always_ahead_and_at_one_of_three_times(now: datetime) -> None:
    due = due_moment("standard", now)
    assert now < due <= now + timedelta(hours=18)
    assert due.astimezone(PROVINCE_ZONE).time() in BATCHES


@given(moments)
def test_an_emergency_is_due_at_once_and_tells_no_minute(now: datetime) -> None:
    due = due_moment("emergency", now)
    assert now - timedelta(minutes=15) < due <= now
    assert due.timestamp() % 900 == 0


def test_a_notice_says_the_same_to_everyone_and_has_one_size() -> None:
    one = notice("notices@leeward.example", "intake@org01.example", now=NOW, random=os.urandom)
    other = notice(
        "notices@leeward.example", "intake@org02.example", now=NOW + timedelta(days=100, hours=5), random=os.urandom
    )
    assert one.get_content() == other.get_content() == TEXT
    assert len(one.as_bytes()) == len(other.as_bytes())
    assert one["Subject"] == SUBJECT
    assert one["Message-ID"] != other["Message-ID"]


def test_a_notice_carries_no_link_no_number_and_nothing_of_the_host() -> None:
    sent = notice("Leeward <notices@leeward.example>", "intake@org01.example", now=NOW, random=os.urandom).as_string()
    assert "http" not in sent
    assert "://" not in sent
    assert "case" not in TEXT.lower()
    message_id = next(line for line in sent.splitlines() if line.startswith("Message-ID"))
    assert message_id.endswith("@leeward.example>")
    assert "Auto-Submitted: auto-generated" in sent


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: c@d.example", "a@b.example\nSubject: x"])
def test_an_address_cannot_add_a_header(address: str) -> None:
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        notice("notices@leeward.example", address, now=NOW, random=os.urandom)
