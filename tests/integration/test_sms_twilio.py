"""The REST client against a double of Twilio: what was certainly not sent is told from what nobody can be sure of."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from intake.sms.gateways.twilio_codes import LATER, NEVER, OURS, TOMORROW
from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.port import Accepted, Rejected, Retry, Unknown
from service.settings import Settings
from tests.integration.double import (
    ANSWERS_NONSENSE_AFTER_TAKING,
    BREAKS_OFF_AFTER_TAKING,
    FAILS_AFTER_TAKING,
    SILENT_AFTER_TAKING,
    Behaviour,
)
from tests.integration.twilio_double import TwilioDouble, refuses, twilio_double
from tests.unit.intake.sms.webhooks import NUMBER, SITE, with_hotline

WORKER = "+16045550123"
REFERENCE = "ab" * 16
SETTINGS = with_hotline(Settings(Path(), "sqlite:///main", "sqlite:///keys", public_url=SITE))


@pytest.fixture
def double() -> Iterator[TwilioDouble]:
    with twilio_double() as served:
        yield served


def gateway(double: TwilioDouble) -> Twilio:
    """Give the gateway, pointed at the double and with little patience."""
    return Twilio(SETTINGS, base_url=double.address, timeout=(1.0, 1.0))


def send(through: Twilio, text: str = "Hi, got it.") -> Accepted | Rejected | Unknown:
    """Hand one text over."""
    return through.send(text=text, to=WORKER, sender=NUMBER, reference=REFERENCE, expires_seconds=900)


@pytest.mark.parametrize("text", ["Hi, got it.", "ਠੀਕ ਹੈ 😟", "one\r\ntwo & three=3+4 %"])
def test_a_text_is_taken_over_as_it_was_written_with_our_reference_in_the_address_for_reports(
    double: TwilioDouble, text: str
) -> None:
    through = gateway(double)
    assert send(through, text) == Accepted(f"SM{1:032x}")
    (message,) = double.messages
    assert (message.to, message.sender, message.body, message.validity) == (WORKER, NUMBER, text, 900)
    assert message.smart_encoded.lower() == "false"
    told = urlsplit(message.callback)
    assert f"{told.scheme}://{told.netloc}{told.path}" == f"{SITE}/sms/twilio/status"
    assert parse_qs(told.query) == {"r": [REFERENCE]}


@pytest.mark.parametrize("code", sorted(NEVER | OURS | TOMORROW | LATER))
def test_each_listed_refusal_is_told_apart_and_asked_once(double: TwilioDouble, code: str) -> None:
    double.then(refuses(int(code), 429 if code == "20429" else 400))
    told = send(gateway(double))
    assert isinstance(told, Rejected)
    assert (told.code, told.permanent, told.ours) == (code, code in NEVER, code in OURS | TOMORROW)
    assert told.retry is (Retry.NEVER if code in NEVER else Retry.TOMORROW if code in TOMORROW else Retry.LATER)
    assert double.asked == 1
    assert not double.messages


@pytest.mark.parametrize(
    "behaviour",
    [
        SILENT_AFTER_TAKING,
        BREAKS_OFF_AFTER_TAKING,
        FAILS_AFTER_TAKING,
        ANSWERS_NONSENSE_AFTER_TAKING,
        Behaviour(body="{}"),
        Behaviour(body='{"sid": "nonsense"}'),
        Behaviour(status=502),
        Behaviour(status=503, body=""),
        Behaviour(status=504, code=20500),
    ],
    ids=str,
)
def test_what_may_have_been_taken_over_is_unknown_and_is_not_asked_twice(
    double: TwilioDouble, behaviour: Behaviour
) -> None:
    double.then(behaviour)
    assert send(gateway(double)) == Unknown()
    assert double.asked == 1
    assert len(double.messages) == 1


def test_a_wrong_token_is_ours_to_mend(double: TwilioDouble) -> None:
    through = Twilio(replace(SETTINGS, twilio_auth_token=("00" * 16,)), base_url=double.address)
    assert send(through) == Rejected("20003", permanent=False, ours=True, retry=Retry.LATER)


def test_where_no_connection_is_made_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    told = send(Twilio(SETTINGS, base_url=f"http://127.0.0.1:{port}", timeout=(1.0, 1.0)))
    assert told == Rejected("unreachable", permanent=False, ours=False, retry=Retry.LATER)


def test_a_connection_is_never_used_twice_since_nobody_could_say_what_became_of_a_text_on_a_stale_one(
    double: TwilioDouble,
) -> None:
    through = gateway(double)
    assert [send(through) for _ in range(3)] == [Accepted(f"SM{number:032x}") for number in (1, 2, 3)]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_nothing_in_the_environment_sends_a_text_elsewhere(
    double: TwilioDouble, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("TWILIO_REGION", "elsewhere")
    monkeypatch.setenv("TWILIO_EDGE", "elsewhere")
    assert isinstance(send(gateway(double)), Accepted)


def test_the_client_keeps_neither_text_nor_number_after_a_send(double: TwilioDouble) -> None:
    through = gateway(double)
    double.then(Behaviour(), SILENT_AFTER_TAKING)
    for _ in range(2):
        send(through)
        client = through.client.http_client
        assert client._test_only_last_request is None
        assert client._test_only_last_response is None


def test_a_shared_key_for_webhooks_signs_nothing_that_we_send(double: TwilioDouble) -> None:
    tokens = ("sha256:" + "c0" * 32, *SETTINGS.twilio_auth_token)
    through = Twilio(replace(SETTINGS, twilio_auth_token=tokens), base_url=double.address)
    assert isinstance(send(through), Accepted)
