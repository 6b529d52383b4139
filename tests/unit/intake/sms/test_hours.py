"""What was not just asked for leaves when the phone is in its owner's hands, winter and summer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from intake.sms.conversation import Effect, Turn, hour_for, invitation, next_text
from intake.sms.hours import next_moment
from intake.sms.state import State
from referrals.geography.places import resolve
from tests.unit.intake.sms.talks import Talk, bytes_of_a_test

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


def test_who_has_just_written_or_is_in_danger_is_told_at_once_and_all_others_at_the_hours_that_they_want_now() -> None:
    noon = local("2026-11-27T12:00")
    known = State(permission="sundays", heard_at=noon - timedelta(minutes=15))
    assert hour_for(known, noon) == noon
    assert hour_for(known, noon + timedelta(minutes=1)) == local("2026-11-29T13:00")
    assert hour_for(replace(known, permission="evenings"), noon + timedelta(hours=1)) == local("2026-11-27T19:00")
    assert hour_for(replace(known, danger=True), noon + timedelta(hours=1)) == noon + timedelta(hours=1)


def test_a_phone_that_was_added_on_the_web_is_asked_at_once_or_at_an_hour_that_is_likely_safe() -> None:
    noon = local("2026-11-27T12:00")
    asked = invitation("es", now=noon).state
    assert hour_for(asked, noon + timedelta(minutes=15)) == noon + timedelta(minutes=15)
    assert hour_for(asked, noon + timedelta(minutes=16)) == local("2026-11-27T19:00")


@pytest.mark.parametrize(
    ("text", "moment"),
    [("he does not pay", "2026-11-29T13:00"), ("4", "2026-11-27T12:00"), ("HELP", "2026-11-27T12:00")],
)
def test_what_answers_a_late_text_waits_for_its_worker_s_hours_but_no_call_for_help(text: str, moment: str) -> None:
    talk = Talk("hi", "3", "2")
    turn = late(talk, text)
    assert turn.replies
    assert (turn.not_before or talk.now) == local(moment)


def test_the_digits_that_undo_an_erasure_wait_for_an_evening_and_for_no_sunday() -> None:
    talk = Talk("hi", "3", "2", "DELETE")
    turn = late(talk, "2")
    assert Effect.ERASE in turn.effects
    assert turn.not_before == local("2026-11-27T19:00")


def late(talk: Talk, text: str) -> Turn:
    """Take a text at noon that was written right after a talk, early on the day before."""
    talk.now = local("2026-11-27T12:00")
    day = timedelta(days=1)
    heard = replace(talk.state, heard_at=talk.now - day, asked_at=talk.now - day, said_at=talk.now - day)
    return next_text(
        heard,
        text,
        now=talk.now,
        written_at=talk.now - day,
        resolve_place=resolve,
        random=bytes_of_a_test,
    )
