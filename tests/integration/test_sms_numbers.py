"""Phone numbers at rest: sealed for answering, hashed for threading, bound to their conversation, gone in time."""

from datetime import timedelta

import pytest

from crypto.rejected import EnvelopeRejected
from intake.sms import numbers
from intake.sms.index import name_of
from intake.sms.numbers import EPOCH_LIFE, PHONE_KEPT, PhoneForgotten
from service.clock import FixedClock
from service.runtime import Runtime

PHONE = "+16045550142"
HERE, THERE = bytes(16), bytes(range(16))


def test_a_sealed_number_opens_in_its_conversation_only(sqlite_runtime: Runtime) -> None:
    sealed = numbers.seal_phone(sqlite_runtime, PHONE, HERE)
    assert numbers.open_phone(sqlite_runtime, sealed.sealed, sealed.relay_epoch_id, HERE) == PHONE
    with pytest.raises(PhoneForgotten):
        numbers.open_phone(sqlite_runtime, sealed.sealed, sealed.relay_epoch_id, THERE)


def test_a_sealed_number_shows_neither_itself_nor_its_length(sqlite_runtime: Runtime) -> None:
    one, other = (numbers.seal_phone(sqlite_runtime, phone, HERE) for phone in (PHONE, "+529515550142"))
    assert len(one.sealed) == len(other.sealed)
    assert PHONE.encode() not in one.sealed
    assert PHONE not in repr(one)


def test_two_seals_of_one_number_share_nothing(sqlite_runtime: Runtime) -> None:
    one, other = (numbers.seal_phone(sqlite_runtime, PHONE, HERE) for _ in range(2))
    assert one.sealed[:32] != other.sealed[:32]
    assert one.sealed[-32:] != other.sealed[-32:]


@pytest.mark.parametrize("phone", ["", "+1604555014212345"])
def test_what_is_no_number_is_refused(sqlite_runtime: Runtime, phone: str) -> None:
    with pytest.raises(ValueError, match="a number in E"):
        numbers.seal_phone(sqlite_runtime, phone, HERE)


def test_a_number_is_found_again_by_its_hash_and_by_no_other(sqlite_runtime: Runtime) -> None:
    found = name_of(sqlite_runtime, PHONE).hmac
    assert found == name_of(sqlite_runtime, PHONE).hmac
    assert found != name_of(sqlite_runtime, "+16045550143").hmac
    assert len(found) == 32


def test_a_text_is_known_again_by_its_provider_and_id(sqlite_runtime: Runtime) -> None:
    names = [("twilio", "SM1"), ("twilio", "SM2"), ("console", "SM1"), ("twili", "oSM1")]
    assert len({numbers.inbound_hmac(sqlite_runtime, *name) for name in names}) == len(names)


@pytest.mark.parametrize("part", ["sealed", "relay_epoch_id"])
def test_a_number_that_was_dropped_is_forgotten(sqlite_runtime: Runtime, part: str) -> None:
    sealed = numbers.seal_phone(sqlite_runtime, PHONE, HERE)
    parts = {"sealed": sealed.sealed, "relay_epoch_id": sealed.relay_epoch_id, part: None}
    with pytest.raises(PhoneForgotten):
        numbers.open_phone(sqlite_runtime, parts["sealed"], parts["relay_epoch_id"], HERE)


def test_a_number_of_an_epochs_last_minute_opens_for_thirty_days_and_never_again(
    runtime: Runtime, clock: FixedClock
) -> None:
    start = clock.now() - (clock.now() - clock.now().fromtimestamp(0, clock.now().tzinfo)) % EPOCH_LIFE
    clock.set(start + EPOCH_LIFE - timedelta(minutes=1))
    sealed = numbers.seal_phone(runtime, PHONE, HERE)
    clock.advance(PHONE_KEPT)
    assert numbers.open_phone(runtime, sealed.sealed, sealed.relay_epoch_id, HERE) == PHONE
    clock.advance(timedelta(minutes=2))
    assert runtime.keystore.destroy_expired() == 1
    with pytest.raises(PhoneForgotten):
        numbers.open_phone(runtime, sealed.sealed, sealed.relay_epoch_id, HERE)
    clock.set(start)
    with pytest.raises(PhoneForgotten):
        numbers.open_phone(runtime, sealed.sealed, sealed.relay_epoch_id, HERE)


def test_every_process_seals_to_the_same_epoch_until_the_next_one(runtime: Runtime, clock: FixedClock) -> None:
    first = numbers.seal_phone(runtime, PHONE, HERE).relay_epoch_id
    runtime.keystore.after_fork()
    assert numbers.seal_phone(runtime, PHONE, THERE).relay_epoch_id == first
    clock.advance(EPOCH_LIFE)
    assert numbers.seal_phone(runtime, PHONE, HERE).relay_epoch_id != first


def test_a_providers_name_for_a_text_opens_for_that_text_only(sqlite_runtime: Runtime) -> None:
    sealed = numbers.seal_provider_id(sqlite_runtime, "SM" + "0" * 32, HERE)
    assert numbers.open_provider_id(sqlite_runtime, sealed, HERE) == "SM" + "0" * 32
    with pytest.raises(EnvelopeRejected):
        numbers.open_provider_id(sqlite_runtime, sealed, THERE)
