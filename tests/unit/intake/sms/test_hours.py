"""What was not just asked for leaves when the phone is in its owner's hands, winter and summer."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from intake.sms.hours import next_moment

ZONE = ZoneInfo("America/Vancouver")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "permission", "moment"),
    [
        # 2026-11-27 is a Friday, 2026-11-29 a Sunday.
        ("2026-11-27T10:00", None, "2026-11-27T19:00"),
        ("2026-11-27T10:00", "yes", "2026-11-27T19:00"),
        ("2026-11-27T20:00", "yes", "2026-11-27T20:00"),
        ("2026-11-27T21:30", "yes", "2026-11-28T19:00"),
        ("2026-11-28T22:00", None, "2026-11-29T13:00"),
        ("2026-11-29T16:59", None, "2026-11-29T16:59"),
        ("2026-11-29T17:00", None, "2026-11-29T19:00"),
        ("2026-11-28T22:00", "evenings", "2026-11-29T19:00"),
        ("2026-11-27T10:00", "sundays", "2026-11-29T13:00"),
        ("2026-11-29T17:00", "sundays", "2026-12-06T13:00"),
        # The clocks change on 2026-03-08.
        ("2026-03-07T22:00", "sundays", "2026-03-08T13:00"),
        ("2026-07-04T10:00", "evenings", "2026-07-04T19:00"),
    ],
)
def test_a_text_waits_for_the_next_good_hours(now: str, permission: str | None, moment: str) -> None:
    assert next_moment(local(now), permission, ZONE) == local(moment)
