"""The hotline's conversation as a pure state machine: what a text means, what is said in return, and what must happen.

It asks only what routing needs: whether it may text here, in which language, whether somebody is in danger, near which
town. Whoever does not answer is routed on what is known. Nothing at all is sent after a 0, after a STOP (but its one
confirmation) or to a phone that is not the worker's. Time and places are parameters. docs/hotline.md holds the table.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from intake.sms.hours import next_moment
from intake.sms.moves import Effect, Move, ResolvePlace, Turn
from intake.sms.state import State, Step
from intake.sms.steps import take, take_muted
from intake.sms.texts import Kind
from referrals.geography.outcomes import Place
from referrals.holidays import calendar_of

__all__ = ["Effect", "State", "Step", "Turn", "answer_waiting", "first", "next_text", "silence"]

# After so long without a text, the next one is about something else, and perhaps from somebody else.
OVER_AFTER: Final = timedelta(days=14)
# Whoever wrote so lately is at the phone.
AT_THE_PHONE: Final = timedelta(minutes=15)


def first(text: str, *, now: datetime, number_region: str | None, resolve_place: ResolvePlace) -> Turn:
    """Take a number's first text. `number_region` is the area that the number says (`towns.number_area`), or None."""
    return next_text(State(number_area=number_region), text, now=now, resolve_place=resolve_place)


def next_text(state: State, text: str, *, now: datetime, resolve_place: ResolvePlace) -> Turn:
    """Take a further text. After 14 silent days it begins anew, and only the wish for silence outlasts that."""
    is_new = state.last_at is not None and now - state.last_at >= OVER_AFTER
    if is_new:
        state = state.anew()
    move = Move(replace(state, heard_at=now), now, resolve_place)
    if state.mute:
        take_muted(move, text)
    else:
        take(move, text)
    if is_new:
        move.effects.add(Effect.NEW_CASE)
    return move.turn()


def silence(state: State, *, now: datetime) -> Turn:
    """Fifteen minutes went by without a text: route on what is known, and say nothing."""
    move = _without_text(state, now)
    move.settle()
    return move.turn()


def answer_waiting(state: State, *, now: datetime) -> Turn:
    """A caseworker wrote: ask whether the worker can talk, at an hour when the phone is likely in their own hands.

    The hours are those of the clock where the worker is. Who is in danger or has just written is asked at once. Says
    nothing where nothing may be sent, or where the same question is open.
    """
    if state.mute:
        return Turn(replace(state, waiting_for_yes=True))
    move = _without_text(state, now)
    is_open = state.waiting_for_yes and move.open_step() is Step.CAN_TALK
    move.change(waiting_for_yes=True)
    if is_open:
        return move.turn()
    is_there = state.heard_at is not None and now - state.heard_at <= AT_THE_PHONE
    zone = calendar_of(state.place or state.number_area).zone
    moment = now if state.danger or is_there else next_moment(now, state.permission, zone)
    move.now = moment
    move.ask(Kind.CAN_TALK)
    return replace(move.turn(), not_before=moment)


def _without_text(state: State, now: datetime) -> Move:
    return Move(state, now, lambda _: Place())
