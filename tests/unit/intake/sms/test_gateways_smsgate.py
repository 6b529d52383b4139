"""What a telephone of our own posts is read only where its signature is right and fresh."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.sms.gateways.smsgate import FRESH, Webhook
from intake.sms.port import Inbound, Malformed, Media, NoPhone, NotOurs, SignatureInvalid, State, Status
from tests.conftest import NOON
from tests.unit.intake.sms.webhooks import PHONE_KEY, PHONE_NUMBER, event, received, sign_event

WEBHOOK = Webhook((PHONE_KEY, "another-key-while-it-rotates"), PHONE_NUMBER)
REFERENCE = "ab" * 16


def verify(body: bytes, headers: dict[str, str]) -> None:
    """Check a post at noon."""
    WEBHOOK.verify(body, headers.get("X-Timestamp"), headers.get("X-Signature"), NOON)


@pytest.mark.parametrize("key", WEBHOOK.keys)
@pytest.mark.parametrize("age", [timedelta(), FRESH, -FRESH])
def test_a_fresh_signature_of_either_key_is_believed(key: str, age: timedelta) -> None:
    body = received("ਮੇਰਾ ਪਾਸਪੋਰਟ")
    verify(body, sign_event(body, NOON - age, key=key))


@pytest.mark.parametrize("age", [FRESH + timedelta(seconds=1), -FRESH - timedelta(seconds=1), timedelta(days=400)])
def test_an_old_post_is_somebody_s_copy(age: timedelta) -> None:
    body = received("hello")
    with pytest.raises(SignatureInvalid):
        verify(body, sign_event(body, NOON - age))


def test_what_is_signed_otherwise_or_not_at_all_is_refused() -> None:
    body = received("hello")
    good = sign_event(body, NOON)
    bad = [
        {},
        {"X-Signature": good["X-Signature"]},
        {"X-Timestamp": good["X-Timestamp"]},
        good | {"X-Timestamp": str(int(good["X-Timestamp"]) + 1)},
        good | {"X-Timestamp": "٣" * 10},
        good | {"X-Timestamp": "9" * 400},
        good | {"X-Signature": good["X-Signature"][:-1]},
        good | {"X-Signature": "é" * 64},
        sign_event(body, NOON, key="none-of-ours"),
        sign_event(body + b" ", NOON),
    ]
    for headers in bad:
        with pytest.raises(SignatureInvalid):
            verify(body, headers)


@pytest.mark.parametrize("sender", ["+16045550142", "6045550142", "1 604 555-0142", "(604) 555-0142"])
def test_a_text_is_read_with_its_sender_s_whole_number(sender: str) -> None:
    told = WEBHOOK.read(received("hello", sender), NOON)
    assert isinstance(told, Inbound)
    assert (told.sender, told.to, told.text, told.media) == ("+16045550142", PHONE_NUMBER, "hello", ())
    assert (told.provider, told.provider_id, told.kept) == ("smsgate", "phone.event1", False)


@pytest.mark.parametrize("sender", ["72345", "BANK", "", "+0123456789"])
def test_what_no_phone_sent_is_told_apart(sender: str) -> None:
    with pytest.raises(NoPhone):
        WEBHOOK.read(received("hello", sender), NOON)


def test_a_text_for_another_number_is_not_ours() -> None:
    body = received("hello").replace(PHONE_NUMBER.encode(), b"+16045550177")
    with pytest.raises(NotOurs):
        WEBHOOK.read(body, NOON)


def test_a_phone_that_does_not_know_its_own_number_is_believed() -> None:
    told = WEBHOOK.read(received("hello").replace(f'"{PHONE_NUMBER}"'.encode(), b"null"), NOON)
    assert isinstance(told, Inbound)
    assert told.to == PHONE_NUMBER


def test_a_multimedia_message_is_kept_as_one_whose_picture_we_could_not_take() -> None:
    body = event("mms:received", {"sender": "+16045550142", "recipient": None, "subject": "look"})
    told = WEBHOOK.read(body, NOON)
    assert isinstance(told, Inbound)
    assert (told.text, told.media) == ("look", (Media("", "application/octet-stream"),))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("sms:sent", State.SENT),
        ("sms:delivered", State.DELIVERED),
        ("sms:failed", State.FAILED),
        ("sms:cancelled", State.CANCELED),
    ],
)
def test_a_report_names_our_reference(kind: str, state: State) -> None:
    body = event(kind, {"messageId": REFERENCE, "recipient": "+16045550142", "reason": "CANARY"})
    assert WEBHOOK.read(body, NOON) == Status(REFERENCE, REFERENCE, state, None)


@pytest.mark.parametrize("kind", ["system:ping", "app:started", "mms:downloaded", "sms:data-received", "anything"])
def test_other_events_say_nothing_to_us(kind: str) -> None:
    assert WEBHOOK.read(event(kind, {}), NOON) is None


def test_a_report_on_a_message_that_is_not_ours_is_nothing() -> None:
    assert WEBHOOK.read(event("sms:sent", {"messageId": "somebody-else-s"}), NOON) is None


@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=12),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["event", "payload", "deviceId", "id", "sender", "recipient", "message", "messageId"]
                    ),
                    inner | st.sampled_from(["sms:received", "mms:received", "sms:sent", "+16045550142"]),
                )
            ),
            max_leaves=12,
        ).map(lambda told: json.dumps(told).encode()),
    )
)
def test_any_signed_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        told = WEBHOOK.read(body, NOON)
    except (Malformed, NotOurs, NoPhone):
        return
    assert told is None or isinstance(told, Inbound | Status)
