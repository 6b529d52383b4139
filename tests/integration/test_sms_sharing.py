"""Two workers on one phone: each has a case of their own, and a wish for silence is one for the phone."""

import re
from datetime import timedelta

import pytest

from intake import codes
from intake.sms.destination import destination
from intake.sms.sharing import STILL_THERE
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.phone import Phone, cases, conversations, hotline_of, opened, said
from tests.network import Network


@pytest.fixture
def phone(network: Network) -> Phone:
    return Phone(hotline_of(network.runtime))


def told_digits(runtime: Runtime) -> str:
    """Read the six digits in a text that waits to go out."""
    found = re.search(r"(?<!-)\b\d{3} \d{3}\b", "\n".join(said(runtime)))
    assert found is not None
    return found[0].replace(" ", "")


def texts_of(runtime: Runtime) -> list[list[str]]:
    """Read what each held case was told, whoever wrote first of all."""
    found = [[one.document["fields"]["text"] for one in opened(runtime, case.id)] for case in cases(runtime)]
    return sorted(found, key=lambda texts: texts[0], reverse=True)


def test_somebody_new_on_a_phone_writes_with_their_digits_into_a_case_of_their_own(
    phone: Phone, network: Network
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    digits = told_digits(runtime)
    assert len(cases(runtime)) == 1
    phone.text(f"{digits} they hit me")
    assert len(cases(runtime)) == 2
    assert texts_of(runtime) == [["they hit me"], ["my boss has my passport", "new person"]]


def test_soon_after_that_their_texts_need_no_digits_and_later_they_do(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    phone.text(f"{told_digits(runtime)} they hit me", "1")
    assert texts_of(runtime) == [["they hit me", "1"], ["my boss has my passport", "new person"]]
    clock.set(clock.now() + STILL_THERE + timedelta(seconds=1))
    phone.text("and he shouts")
    assert texts_of(runtime) == [["they hit me", "1"], ["my boss has my passport", "new person", "and he shouts"]]


def test_digits_that_nobody_was_told_are_story(phone: Phone, network: Network) -> None:
    runtime = network.runtime
    wrong = codes.new(codes.SHORT, random=lambda size: bytes(size))
    phone.text("my boss has my passport", f"{wrong} hello")
    ((only),) = texts_of(runtime)
    assert only == ["my boss has my passport", f"{wrong} hello"]


@pytest.mark.parametrize("first", [True, False])
def test_a_stop_from_either_is_a_stop_for_the_phone(phone: Phone, network: Network, first: bool) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    digits = told_digits(runtime)
    phone.text(f"{digits} they hit me")
    clock_of(runtime).set(runtime.clock.now() + STILL_THERE + timedelta(minutes=1))
    with runtime.database.session() as session:
        assert all(destination(session, runtime, one.id) is not None for one in conversations(runtime))
    phone.text("STOP" if first else f"{digits} STOP")
    with runtime.database.session() as session:
        assert all(destination(session, runtime, one.id) is None for one in conversations(runtime))


def test_a_wish_for_silence_counts_also_once_the_first_of_them_has_begun_anew(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    phone.text(f"{told_digits(runtime)} they hit me", "0")
    clock.set(clock.now() + timedelta(days=15))
    phone.text("he has my passport still")
    assert len(cases(runtime)) == 3
    with runtime.database.session() as session:
        assert all(destination(session, runtime, one.id) is None for one in conversations(runtime))


def test_one_of_them_is_forgotten_and_the_other_is_not(phone: Phone, network: Network) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    phone.text(f"{told_digits(runtime)} they hit me", "DELETE", "1")
    known = [conversation for conversation in conversations(runtime) if conversation.phone_hmac is not None]
    assert len(known) == 1
    with runtime.database.session() as session:
        assert destination(session, runtime, known[0].id) is not None


def clock_of(runtime: Runtime) -> FixedClock:
    assert isinstance(runtime.clock, FixedClock)
    return runtime.clock
