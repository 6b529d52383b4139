"""When a person must have acted on a case. Pure: a moment goes in, a moment comes out.

The figures are referrals.md's ("Lifecycle"); their bases are Directive (EU) 2019/1937, articles 9 and 11 (acknowledged
within seven days, feedback within three months), and the inter-agency referral form. Working days are those of the
province where the worker is (holidays.py).
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from referrals.holidays import HOME, calendar_of

# The clock of whatever belongs to no case: the batches of notices, and organizations that name no zone.
PROVINCE_ZONE: Final = calendar_of(f"prov:{HOME}").zone
# No offer's deadline lies further ahead than this: three working days with every holiday in their way.
LONGEST_OFFER: Final = timedelta(days=14)


class Stage(StrEnum):
    """What a clock is running for."""

    ACKNOWLEDGEMENT = "acknowledgement"
    OFFER = "offer"
    FEEDBACK = "feedback"


_HOURS = {
    (Stage.ACKNOWLEDGEMENT, "emergency"): 1,
    (Stage.ACKNOWLEDGEMENT, "urgent"): 24,
    (Stage.OFFER, "emergency"): 2,
    (Stage.OFFER, "urgent"): 24,
    (Stage.FEEDBACK, "emergency"): 24,
    (Stage.FEEDBACK, "urgent"): 7 * 24,
    (Stage.FEEDBACK, "standard"): 30 * 24,
}
_WORKING_DAYS = {Stage.ACKNOWLEDGEMENT: 2, Stage.OFFER: 3}


def due_at(stage: Stage, urgency: str, start: datetime, area: str | None = None) -> datetime:
    """Give the moment by which a stage must be over, rounded up so that it does not tell when the report came in.

    `area` is the case's (rd:5907, region:5930, prov:BC; None where it is not known): working days are counted there.
    """
    hours = _HOURS.get((stage, urgency))
    if hours is None:
        # Rounded first, so that the last minutes of a Friday do not make a deadline on a Saturday.
        return _after_working_days(_rounded_up(start, minutes=60), _WORKING_DAYS[stage], area)
    return _rounded_up(start + timedelta(hours=hours), minutes=15 if urgency == "emergency" else 60)


def helper_desk_at(received_on: date, area: str | None) -> datetime:
    """Give the moment at which the helper desk has a report that nobody answered: three working days after its day.

    Only the day of a report is kept. It ends by UTC: in British Columbia at the end of the office hours.
    """
    end_of_day = datetime.combine(received_on + timedelta(days=1), time(0), UTC)
    return due_at(Stage.OFFER, "standard", end_of_day, area)


def _after_working_days(start: datetime, days: int, area: str | None) -> datetime:
    """Count whole working days on from a moment; from a day off, beginning with the next working day."""
    calendar = calendar_of(area)
    local = start.astimezone(calendar.zone)
    while not calendar.is_working(local.date()):
        local = datetime.combine(local.date() + timedelta(days=1), time(0), calendar.zone)
    for _ in range(days):
        local += timedelta(days=1)
        while not calendar.is_working(local.date()):
            local += timedelta(days=1)
    return local.astimezone(start.tzinfo)


def _rounded_up(moment: datetime, *, minutes: int) -> datetime:
    step = minutes * 60
    return datetime.fromtimestamp(-(-moment.timestamp() // step) * step, moment.tzinfo)
