"""`leeward sms doctor`: whether the hotline is set up at its providers as it must be. It asks and changes nothing."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.sms.checkup import Finding, Weight, fault, fine, note
from intake.sms.gateways.smsgate import SmsGate
from intake.sms.models import OutgoingText
from intake.sms.port import ProviderAway
from service.settings import Settings

EVENTS: Final = ("sms:received", "mms:received", "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled")
EVENTS_PATH: Final = "/sms/smsgate/events"
# A phone reports to its server every few minutes.
_SEEN_WITHIN: Final = timedelta(hours=1)
# Twilio's code for a phone that opted out there.
_OPTED_OUT_THERE: Final = "21610"
_LOOKS_BACK: Final = timedelta(days=30)


def findings(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Look at every provider that is set up."""
    if settings.twilio_account_sid is None and settings.smsgate_number is None:
        yield fault("settings", "no provider is set up", "see docs/operations.md, A hotline")
    if settings.twilio_account_sid is not None:
        from intake.sms.gateways import twilio_check

        yield from twilio_check.findings(settings)
    if settings.smsgate_number is not None:
        yield from of_telephone(settings, SmsGate(settings), now=now)


def of_database(session: Session, *, now: datetime) -> Iterator[Finding]:
    """Look at what providers have answered lately."""
    refused = select(OutgoingText.id).where(
        OutgoingText.code == _OPTED_OUT_THERE, OutgoingText.made_on >= (now - _LOOKS_BACK).date()
    )
    if session.scalar(refused.limit(1)) is not None:
        yield fault(
            "keywords",
            "Twilio refused a text because its phone had opted out there: its own keywords are on",
            "have them turned off (Advanced Opt-Out, and the default replies): ours are read in every language",
        )


def of_telephone(settings: Settings, gate: SmsGate, *, now: datetime) -> Iterator[Finding]:
    """Look at a telephone of our own: that its server knows us, that it posts to us alone, and that it is on."""
    name, wanted = settings.smsgate_number or "", settings.public_url + EVENTS_PATH
    try:
        (status, hooks), (_, devices) = gate.get("/webhooks"), gate.get("/devices")
    except ProviderAway:
        yield fault(name, "its server cannot be reached", "start it, and compare LEEWARD_SMSGATE_URL with its address")
        return
    if status in (401, 403):
        yield fault(name, "its server does not know us", "compare LEEWARD_SMSGATE_LOGIN with what the app shows")
        return
    listed = [(str(hook.get("event")), str(hook.get("url"))) for hook in _documents(hooks)]
    missing = [event for event in EVENTS if (event, wanted) not in listed]
    if missing:
        yield fault(name, f"it does not post to us: {', '.join(missing)}", f"register {wanted} for each of them")
    elsewhere = sorted({event for event, url in listed if url != wanted and event.endswith("received")})
    if elsewhere:
        yield fault(name, f"somebody else gets a copy: {', '.join(elsewhere)}", "remove the other webhooks in the app")
    seen = max((_moment(device.get("lastSeen")) for device in _documents(devices)), default=None)
    if seen is None or now - seen > _SEEN_WITHIN:
        yield fault(name, "the phone was not seen for an hour", "charge it, unlock it, and see that it has a network")
    if not missing and not elsewhere and seen is not None:
        yield fine(name, "its server knows us, and it posts to us alone")
    yield note(
        name, "nobody but you can see who holds the phone", "keep it locked away, encrypted, and forgetting after a day"
    )


def report(found: Iterable[Finding]) -> tuple[list[str], bool]:
    """Lay findings out, one or two lines each, and say whether nothing is wrong."""
    lines, is_well = [], True
    for one in found:
        lines.append(f"{one.weight:<5}  {one.subject}: {one.what}")
        if one.do:
            lines.append(f"       do: {one.do}")
        is_well = is_well and one.weight is not Weight.FAULT
    return lines, is_well


def _documents(told: Any) -> list[dict[str, Any]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _moment(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
