"""What stands between the hotline and its providers shows no number and no text, and knows which report comes later."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from intake.sms.port import LEFT, RANKS, Inbound, State, tells_more

NUMBER, TEXT = "+16045550123", "they keep my passport"


def test_neither_number_nor_text_is_in_the_repr_of_what_came() -> None:
    moment = datetime(2026, 7, 8, tzinfo=UTC)
    shown = repr(Inbound("twilio", "SM" + "0" * 32, "AC" + "0" * 32, NUMBER, "+16045550100", TEXT, (), moment))
    assert NUMBER not in shown
    assert "+16045550100" not in shown
    assert TEXT not in shown


def test_every_state_has_its_rank() -> None:
    assert set(RANKS) == set(State)


@pytest.mark.parametrize("arriving", list(permutations([State.ACCEPTED, State.QUEUED, State.LEAVING, State.SENT])))
def test_reports_in_any_order_end_at_the_one_that_tells_most(arriving: tuple[State, ...]) -> None:
    known = State.SENDING
    for state in arriving:
        known = state if tells_more(state, known) else known
    assert known is State.SENT


@pytest.mark.parametrize("end", [State.DELIVERED, State.UNDELIVERED, State.FAILED, State.CANCELED])
def test_nothing_but_a_reader_comes_after_an_end(end: State) -> None:
    assert {state for state in State if tells_more(state, end)} == {State.READ}


def test_a_text_whose_fate_is_unknown_is_settled_by_any_report() -> None:
    assert {state for state in State if not tells_more(state, State.UNKNOWN)} == {State.SENDING, State.UNKNOWN}


def test_a_refused_text_never_counts_as_left() -> None:
    assert not LEFT & {State.REJECTED, State.FAILED, State.UNDELIVERED, State.CANCELED, State.UNKNOWN}
