"""When a person must have acted on a case. Pure: a moment goes in, a moment comes out.

The figures are referrals.md's ("Lifecycle"); their bases are Directive (EU) 2019/1937, articles 9 and 11 (acknowledged
within seven days, feedback within three months), and the inter-agency referral form. Working days are Monday to Friday
where the worker is.
"""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

PROVINCE_ZONE = ZoneInfo("America/Vancouver")
_SATURDAY = 5


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


def due_at(stage: Stage, urgency: str, start: datetime) -> datetime:
    """Give the moment by which a stage must be over, rounded up so that it does not tell when the report came in."""
    hours = _HOURS.get((stage, urgency))
    moment = start + timedelta(hours=hours) if hours else _after_working_days(start, _WORKING_DAYS[stage])
    return _rounded_up(moment, minutes=15 if urgency == "emergency" else 60)


def _after_working_days(start: datetime, days: int) -> datetime:
    """Count whole working days on from a moment; one that falls on a weekend counts from the Monday."""
    local = start.astimezone(PROVINCE_ZONE)
    if local.weekday() >= _SATURDAY:
        local = datetime.combine(local.date(), time(0), PROVINCE_ZONE)
    while local.weekday() >= _SATURDAY:
        local += timedelta(days=1)
    for _ in range(days):
        local += timedelta(days=1)
        while local.weekday() >= _SATURDAY:
            local += timedelta(days=1)
    return local.astimezone(start.tzinfo)


def _rounded_up(moment: datetime, *, minutes: int) -> datetime:
    step = minutes * 60
    return datetime.fromtimestamp(-(-moment.timestamp() // step) * step, moment.tzinfo)
