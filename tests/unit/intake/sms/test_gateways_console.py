"""The phones of the demo show both sides of a conversation in order, each its own, and forget what is oldest."""

from datetime import UTC, datetime, timedelta

from intake.sms.gateways import console
from intake.sms.gateways.console import OUR_NUMBER, Console
from intake.sms.port import LEFT, Gateway
from service.clock import FixedClock

FIRST, SECOND = "+16045550123", "+16045550124"


def made() -> tuple[Console, FixedClock]:
    """Make a console on a clock that stands still."""
    clock = FixedClock(datetime(2026, 7, 8, 17, 0, tzinfo=UTC))
    ids = iter(range(10**6))
    return Console(clock, lambda size: next(ids).to_bytes(size, "big")), clock


def send(gateway: Gateway, to: str, text: str) -> object:
    """Hand a text over, as a sender does."""
    return gateway.send(text=text, to=to, sender=OUR_NUMBER, reference="00" * 16, expires_seconds=60)


def test_a_phone_shows_both_sides_in_order_and_no_other_phone_s() -> None:
    gateway, clock = made()
    came = gateway.type(FIRST, "ਮਦਦ 😟")
    clock.advance(timedelta(seconds=5))
    send(gateway, FIRST, "one")
    send(gateway, SECOND, "two")
    assert [(one.text, one.from_worker) for one in gateway.shown(FIRST)] == [("ਮਦਦ 😟", True), ("one", False)]
    assert gateway.shown(FIRST)[0].at < gateway.shown(FIRST)[1].at
    assert [one.text for one in gateway.shown(SECOND)] == ["two"]
    assert gateway.shown("+16045550125") == ()
    assert (came.provider, came.sender, came.to, came.text) == ("console", FIRST, OUR_NUMBER, "ਮਦਦ 😟")


def test_every_text_has_an_id_of_its_own() -> None:
    gateway, _ = made()
    assert len({gateway.type(FIRST, "same").provider_id for _ in range(50)}) == 50


def test_a_text_has_left_once_it_is_shown_so_that_the_next_part_may_follow() -> None:
    gateway, _ = made()
    accepted = gateway.send(text="one", to=FIRST, sender=OUR_NUMBER, reference="00" * 16, expires_seconds=60)
    assert accepted.state in LEFT


def test_what_is_shown_does_not_grow_for_ever() -> None:
    gateway, _ = made()
    for number in range(console.TEXTS + 5):
        gateway.type(FIRST, str(number))
    assert [one.text for one in gateway.shown(FIRST)][::199] == ["5", "204"]
    for number in range(console.PHONES):
        gateway.type(f"+1604{number:07}", "x")
    assert gateway.shown(FIRST) == ()


def test_no_text_is_in_the_repr_of_what_a_phone_shows() -> None:
    gateway, _ = made()
    gateway.type(FIRST, "passport")
    assert "passport" not in repr(gateway.shown(FIRST))
