"""What every provider's gateway must do, each against a double of its own: one contract for all of them."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from intake.sms.gateways.console import Console
from intake.sms.gateways.smsgate import SmsGate
from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.port import Accepted, Gateway, ProviderAway, Rejected, Retry, Sought, State, TooEarly, Unknown
from service.clock import FixedClock
from service.settings import Settings
from tests.conftest import NOON
from tests.integration.double import BREAKS_OFF_AFTER_TAKING, FAILS_AFTER_TAKING, SILENT_AFTER_TAKING, Behaviour
from tests.integration.smsgate_double import SmsGateDouble, smsgate_double
from tests.integration.twilio_double import TwilioDouble, twilio_double
from tests.unit.intake.sms.webhooks import SITE, with_hotline, with_phone

WORKER = "+16045550142"
SETTINGS = Settings(Path(), "sqlite:///main", "sqlite:///keys", public_url=SITE)
TEXT = "ਠੀਕ ਹੈ 😟 one\r\ntwo & three=3+4 %"
REFERENCES = [f"{number:032x}" for number in range(8)]


@dataclass
class Provider:
    """A gateway, with the levers of what stands behind it."""

    gateway: Gateway
    bodies: Callable[[], list[str]]
    double: TwilioDouble | SmsGateDouble | None = None

    def send(self, reference: str = REFERENCES[0]) -> Accepted | Rejected | Unknown:
        """Hand one text over."""
        return self.gateway.send(
            text=TEXT, to=WORKER, sender=self.gateway.numbers[0], reference=reference, expires_seconds=900
        )


@contextmanager
def provider_of(name: str) -> Iterator[Provider]:
    with ExitStack() as stack:
        if name == "twilio":
            double = stack.enter_context(twilio_double())
            double.now = lambda: NOON
            settings = with_hotline(SETTINGS)
            through = Twilio(settings, base_url=double.address, timeout=(1.0, 1.0))
            yield Provider(through, lambda: [message.body for message in double.messages], double)
        elif name == "smsgate":
            phone = stack.enter_context(smsgate_double())
            gate = SmsGate(with_phone(SETTINGS, phone.address), timeout=1.0)
            yield Provider(
                gate, lambda: [message["sent"]["textMessage"]["text"] for message in phone.messages.values()], phone
            )
        else:
            console = Console(FixedClock(NOON), lambda size: b"\x07" * size)
            yield Provider(console, lambda: [shown.text for shown in console.shown(WORKER)])


@pytest.fixture(params=["twilio", "smsgate", "console"])
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with provider_of(request.param) as made:
        yield made


@pytest.fixture(params=["twilio", "smsgate"])
def remote(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """Give a provider that is reached over a network."""
    with provider_of(request.param) as made:
        yield made


def sought(provider_id: str | None = None, reference: str = REFERENCES[0]) -> Sought:
    """Describe the text that a test has handed over."""
    return Sought(reference, provider_id, WORKER, TEXT, NOON)


def test_a_gateway_has_a_name_and_a_number_to_send_from(provider: Provider) -> None:
    assert provider.gateway.name
    assert all(number.startswith("+") for number in provider.gateway.numbers)


def test_a_text_is_taken_over_as_it_was_written_and_has_a_name_there(provider: Provider) -> None:
    told = provider.send()
    assert isinstance(told, Accepted)
    assert told.provider_id
    assert provider.bodies() == [TEXT]


def test_what_was_taken_over_is_found_by_its_name(remote: Provider) -> None:
    told = remote.send()
    assert isinstance(told, Accepted)
    status = remote.gateway.look(sought(told.provider_id))
    assert status is not None
    assert (status.reference, status.state) == (REFERENCES[0], State.QUEUED)


@pytest.mark.parametrize(
    "behaviour", [SILENT_AFTER_TAKING, BREAKS_OFF_AFTER_TAKING, FAILS_AFTER_TAKING], ids=["silent", "cut", "500"]
)
def test_what_may_have_left_is_unknown_and_is_found_without_its_name(remote: Provider, behaviour: Behaviour) -> None:
    assert remote.double is not None
    remote.double.then(behaviour)
    assert remote.send() == Unknown()
    assert remote.double.asked == 1
    status = remote.gateway.look(sought())
    assert status is not None
    assert (status.reference, status.state) == (REFERENCES[0], State.QUEUED)


def test_what_never_came_there_is_not_found(remote: Provider) -> None:
    assert remote.double is not None
    remote.double.then(Behaviour(keeps=False, status=502, body=""))
    assert remote.send() == Unknown()
    assert remote.gateway.look(sought()) is None
    assert remote.gateway.look(sought(f"SM{'9' * 32}")) is None


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_a_refusal_for_a_reason_of_ours_is_told_and_nobody_got_the_text(remote: Provider, status: int) -> None:
    assert remote.double is not None
    remote.double.then(Behaviour(keeps=False, status=status, body="{}"))
    told = remote.send()
    assert isinstance(told, Rejected)
    assert (told.ours, told.permanent, told.retry) == (True, False, Retry.LATER)
    assert remote.bodies() == []


def test_too_many_at_once_is_for_later_and_no_fault(remote: Provider) -> None:
    assert remote.double is not None
    remote.double.then(Behaviour(keeps=False, status=429, body=json.dumps({"code": 20429})))
    told = remote.send()
    assert isinstance(told, Rejected)
    assert (told.ours, told.permanent, told.retry) == (False, False, Retry.LATER)


@pytest.mark.parametrize("body", ["", "<html>OK</html>", "[]", "null", "{", '{"sid": 7}', "[" * 3000])
@pytest.mark.parametrize("status", [200, 202, 301, 404, 500])
def test_whatever_it_answers_nothing_is_raised_when_a_text_is_handed_over(
    remote: Provider, status: int, body: str
) -> None:
    assert remote.double is not None
    remote.double.then(Behaviour(status=status, body=body))
    assert isinstance(remote.send(), Accepted | Rejected | Unknown)


def test_a_provider_that_cannot_be_asked_is_away(remote: Provider) -> None:
    assert remote.double is not None
    told = remote.send()
    assert isinstance(told, Accepted)
    remote.double.is_away = True
    with pytest.raises(ProviderAway):
        remote.gateway.look(sought(told.provider_id))


def test_where_no_connection_is_made_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    gateways: list[Gateway] = [
        Twilio(with_hotline(SETTINGS), base_url=address, timeout=(1.0, 1.0)),
        SmsGate(with_phone(SETTINGS, address), timeout=1.0),
    ]
    for gateway in gateways:
        told = Provider(gateway, list).send()
        assert told == Rejected("unreachable", permanent=False, ours=False, retry=Retry.LATER)
        with pytest.raises(ProviderAway):
            gateway.look(sought(f"SM{'9' * 32}"))


def test_erasing_what_is_gone_is_no_fault_and_erasing_what_is_at_work_waits(provider: Provider) -> None:
    told = provider.send()
    assert isinstance(told, Accepted)
    if isinstance(provider.double, TwilioDouble):
        with pytest.raises(TooEarly):
            provider.gateway.erase(told.provider_id)
        provider.double.messages[0].status = "delivered"
    for _ in range(2):
        assert provider.gateway.erase(told.provider_id) is isinstance(provider.double, TwilioDouble)


def test_what_arrived_is_listed_oldest_first_and_as_it_came(provider: Provider) -> None:
    if isinstance(provider.double, TwilioDouble):
        for number, body in enumerate(["first", "second"]):
            copy = provider.double.came(body, WORKER, number=number)
            copy.at = NOON + timedelta(minutes=number)
    listed = list(provider.gateway.arrived(NOON - timedelta(days=1)))
    assert [text.text for text in listed] == (["first", "second"] if isinstance(provider.double, TwilioDouble) else [])
    assert {(text.provider, text.sender) for text in listed} <= {(provider.gateway.name, WORKER)}


def test_a_message_of_the_same_reference_is_taken_over_once_by_a_telephone_of_our_own() -> None:
    with provider_of("smsgate") as provider:
        assert provider.send() == provider.send() == Accepted(REFERENCES[0])
        assert provider.bodies() == [TEXT]


def test_nothing_of_a_text_or_a_password_stands_in_what_is_printed() -> None:
    settings = replace(with_phone(with_hotline(SETTINGS)))
    for secret in (settings.smsgate_login, *settings.smsgate_signing_key, *settings.twilio_auth_token, WORKER, TEXT):
        assert str(secret) not in f"{settings!r}{sought()!r}{Twilio(settings)!r}{SmsGate(settings)!r}"
