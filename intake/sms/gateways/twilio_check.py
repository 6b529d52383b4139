"""What is wrong with how an account at Twilio is set up, as far as its interface tells. It changes nothing there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs, urldefrag

from intake.sms.checkup import Finding, fault, fine, note
from intake.sms.gateways.twilio import E164
from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.port import ProviderAway, TooEarly
from service.settings import SHARED_KEY, Settings

INBOUND_PATH: Final = "/sms/twilio/inbound"
FALLBACK_PATH: Final = "/sms/twilio/fallback"
VOICE_PATH: Final = "/sms/twilio/voice"
# Two more tries where nothing was taken over, within Twilio's 15 seconds ("Webhooks: Connection Overrides").
OVERRIDES: Final = "rc=2&rp=5xx,ct,rt&ct=2000&rt=4500"
_RETRIED: Final = frozenset({"5xx", "ct", "rt"})
_LISTED: Final = 20


def findings(settings: Settings, gateway_of: Callable[[Settings], Twilio] = Twilio) -> Iterator[Finding]:
    """Look at tokens, numbers, webhooks, keywords and redaction."""
    plain = [token for token in settings.twilio_auth_token if not token.startswith(SHARED_KEY)]
    for place, token in enumerate(plain, start=1):
        yield from _token(gateway_of(replace(settings, twilio_auth_token=(token,))), place, len(plain))
    gateway = gateway_of(settings)
    try:
        numbers = gateway.asked(lambda: gateway.client.incoming_phone_numbers.list(limit=1000)) or []
        yield from _numbers(settings, numbers)
        yield from _services(settings, gateway)
        yield from _redaction(settings, gateway)
    except (ProviderAway, TooEarly):
        yield fault("Twilio", "it cannot be asked any further", "mend the faults above, or try again in a while")
    yield note(
        "keywords",
        "Twilio's interface does not tell whether its own replies to STOP, HELP and START are off",
        "text HELP to each number from a phone: exactly one answer may come, and it must be ours",
    )


def _token(gateway: Twilio, place: int, tokens: int) -> Iterator[Finding]:
    name = "auth token" if tokens == 1 else f"auth token {place} of {tokens}"
    try:
        account = gateway.asked(lambda: gateway.client.api.accounts(gateway.account).fetch())
    except (ProviderAway, TooEarly):
        account = None
    if account is None:
        yield fault(
            name,
            "Twilio does not take it for this account, or cannot be reached",
            "compare LEEWARD_TWILIO_ACCOUNT_SID and LEEWARD_TWILIO_AUTH_TOKEN with the console; the first one sends",
        )
        return
    yield fine(name, "Twilio takes it")
    if account.status != "active":
        yield fault("account", f"it is {account.status}", "ask Twilio why; nothing comes in or goes out until then")
    if account.type == "Trial":
        yield fault("account", "it is on trial", "upgrade it: a trial texts only numbers that were verified")


def _numbers(settings: Settings, listed: list[Any]) -> Iterator[Finding]:
    known = {number.phone_number: number for number in listed}
    for number in settings.twilio_numbers:
        if number not in known:
            yield fault(number, "the account does not have it", "buy it, or take it out of LEEWARD_TWILIO_NUMBERS")
            continue
        wrong = [*_webhook(settings, known[number]), *_voice(settings, known[number])]
        yield from wrong or [fine(number, "texts and calls reach us")]
    for number, one in known.items():
        ours = str(one.sms_url or "").startswith(settings.public_url + INBOUND_PATH)
        if ours and number not in settings.twilio_numbers:
            yield fault(
                number,
                "its texts are posted to us and refused",
                "add it to LEEWARD_TWILIO_NUMBERS, or change its webhook",
            )


def _webhook(settings: Settings, number: Any) -> Iterator[Finding]:
    name = number.phone_number
    capable = number.capabilities if isinstance(number.capabilities, dict) else {}
    if not capable.get("sms", True):
        yield fault(name, "it cannot take texts", "buy one that can")
    if not capable.get("mms", True):
        yield note(
            name, "it cannot take pictures", "a worker's picture gets no answer and never comes; better another one"
        )
    if number.sms_application_sid:
        yield fault(
            name, "an application takes its texts", "remove the application from the number's messaging settings"
        )
    places = (
        ("webhook", number.sms_url, number.sms_method, INBOUND_PATH),
        ("fallback URL", number.sms_fallback_url, number.sms_fallback_method, FALLBACK_PATH),
    )
    for what, url, method, path in places:
        wanted = settings.public_url + path
        bare, overrides = urldefrag(str(url or ""))
        if bare != wanted:
            yield fault(name, f"its {what} for texts leads elsewhere", f"set it to {wanted}#{OVERRIDES}")
        elif not _retries(overrides):
            yield fault(name, f"its {what} for texts is tried once only", f"set it to {wanted}#{OVERRIDES}")
        if method != "POST":
            yield fault(
                name, f"its {what} for texts is asked by {method}", "set it to POST: GET puts a text into an address"
            )


def _voice(settings: Settings, number: Any) -> Iterator[Finding]:
    capable = number.capabilities if isinstance(number.capabilities, dict) else {}
    if not capable.get("voice", True):
        return
    wanted = settings.public_url + VOICE_PATH
    if (
        urldefrag(str(number.voice_url or ""))[0] != wanted
        or number.voice_method != "POST"
        or number.voice_application_sid
    ):
        yield fault(
            number.phone_number, "a call to it does not reach us", f"set its voice webhook to POST {wanted}#{OVERRIDES}"
        )


def _retries(overrides: str) -> bool:
    """Say whether Twilio tries again after a fault of ours, and waits for no connection for long."""
    told = parse_qs(overrides)
    again = set(",".join(told.get("rp", [])).split(","))
    return told.get("rc", ["0"])[-1] in "12345" and again >= _RETRIED


def _services(settings: Settings, gateway: Twilio) -> Iterator[Finding]:
    """Look for messaging services, which take a number's texts and answer keywords in its place."""
    services = gateway.asked(lambda: gateway.client.messaging.v1.services.list(limit=_LISTED)) or []
    for service in services:
        held = gateway.asked(partial(_numbers_of, gateway, service.sid))
        ours = sorted({one.phone_number for one in held or []} & set(settings.twilio_numbers))
        for number in ours:
            if service.use_inbound_webhook_on_number:
                yield note(
                    number,
                    "a messaging service holds it",
                    "see that the service's Advanced Opt-Out is off in the console",
                )
            else:
                yield fault(
                    number,
                    "a messaging service takes its texts",
                    "take the number out of the service, or let the service defer to the number's webhook",
                )


def _numbers_of(gateway: Twilio, service: str) -> Any:
    return gateway.client.messaging.v1.services(service).phone_numbers.list(limit=1000)


def _redaction(settings: Settings, gateway: Twilio) -> Iterator[Finding]:
    for number in settings.twilio_numbers:
        listed = gateway.asked(partial(gateway.client.messages.list, to=number, limit=_LISTED)) or []
        masked = [one for one in listed if one.direction == "inbound" and not E164.fullmatch(one.from_ or "")]
        masked = [one for one in masked if "*" in (one.from_ or "") or "X" in (one.from_ or "")]
        if masked:
            yield fault(
                number,
                "Twilio masks what it keeps, so a text that no webhook brought could not be taken in",
                "turn message redaction off for what comes in; every copy is erased once somebody can read ours",
            )
