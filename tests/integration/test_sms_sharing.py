"""Two workers on one phone: each has a case of their own, and a wish for silence is one for the phone."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest

import wsgi
from intake import codes
from intake.sms.destination import destination
from intake.sms.gateways.console import Console
from intake.sms.receiving import receive
from intake.sms.sharing import STILL_THERE
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.phone import NUMBER, Phone, cases, conversations, hotline_of, opened, said
from tests.network import Network


@pytest.fixture
def phone(network: Network) -> Phone:
    return Phone(hotline_of(network.runtime))


def told_digits(runtime: Runtime) -> str:
    """Read the six digits in a text that waits to go out."""
    return told_in("\n".join(said(runtime)))


def told_in(texts: str) -> str:
    """Read six digits in some texts."""
    found = re.search(r"(?<!-)\b\d{3} \d{3}\b", texts)
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


def test_of_texts_that_come_late_each_is_whose_it_was_when_it_was_written(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    digits = told_digits(runtime)
    written = []
    minutes = timedelta(minutes=10)
    texts = [
        ("he shouts", minutes),
        (f"{digits} they hit me", minutes),
        ("me too", STILL_THERE + minutes),
        ("and again", minutes),
    ]
    for text, pause in texts:
        written.append(phone.inbound(text))
        clock.advance(pause)
    # The first one lay at the provider for longer than all others.
    for inbound in (*written[1:], written[0]):
        receive(phone.hotline, inbound)
    mine, theirs = ["my boss has my passport", "new person"], ["they hit me", "me too"]
    assert texts_of(runtime) == [theirs, [*mine, "and again", "he shouts"]]


def test_a_text_that_comes_late_ends_nobody_s_half_hour(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    digits = told_digits(runtime)
    late = phone.inbound(f"{digits} they hit me")
    clock.advance(timedelta(minutes=29))
    phone.text(f"{digits} me too")
    receive(phone.hotline, late)
    clock.advance(timedelta(minutes=10))
    phone.text("and again")
    theirs = next(texts for texts in texts_of(runtime) if "me too" in texts)
    assert theirs == ["me too", "they hit me", "and again"]


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


class Shared:
    """A phone that two people write from, and what it shows. A first text without digits is the first one's again."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.clock = runtime, clock_of(runtime)
        self.console = Console(runtime.clock, runtime.random)
        self.hotline = hotline_of(runtime)
        self.first("my boss has my passport", "new person")
        self.digits = told_in("\n".join(self.shown()))
        self.second("they hit me")

    def first(self, *texts: str) -> None:
        """Let whoever wrote there first text, some time after anybody did."""
        self.clock.advance(STILL_THERE + timedelta(minutes=1))
        self._take(texts)

    def second(self, *texts: str) -> None:
        """Let the other one text, with their digits."""
        self._take([f"{self.digits} {text}" for text in texts])

    def _take(self, texts: Sequence[str]) -> None:
        worker = wsgi.make_worker(self.runtime, {self.console.name: self.console})
        for text in texts:
            receive(self.hotline, self.console.type(NUMBER, text))
            while worker.run_once():
                pass

    def shown(self) -> list[str]:
        """List what the phone was sent."""
        return [one.text for one in self.console.shown(NUMBER) if not one.from_worker]


@pytest.mark.parametrize("wish", ["0", "not my phone", "STOP"])
@pytest.mark.parametrize("last", [("STOP",), ("DELETE", "2")])
def test_after_the_wish_of_one_for_silence_not_even_the_last_text_to_the_other_goes_out(
    network: Network, wish: str, last: tuple[str, ...]
) -> None:
    shared = Shared(network.runtime)
    shared.first(wish)
    before = shared.shown()
    shared.second(*last)
    assert shared.shown() == before


@pytest.mark.parametrize("last", [("STOP",), ("DELETE", "2")])
def test_after_the_wish_of_the_second_for_silence_not_even_the_last_text_to_the_first_goes_out(
    network: Network, last: tuple[str, ...]
) -> None:
    shared = Shared(network.runtime)
    shared.second("0")
    before = shared.shown()
    shared.first(*last)
    assert shared.shown() == before


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("last", [("STOP",), ("DELETE", "2")])
def test_the_last_text_to_one_of_them_goes_out_while_the_other_wants_texts(
    network: Network, is_first: bool, last: tuple[str, ...]
) -> None:
    shared = Shared(network.runtime)
    say = shared.first if is_first else shared.second
    say(*last[:-1])
    before = len(shared.shown())
    say(last[-1])
    assert len(shared.shown()) == before + 1


def clock_of(runtime: Runtime) -> FixedClock:
    assert isinstance(runtime.clock, FixedClock)
    return runtime.clock
