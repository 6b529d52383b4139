"""The hotline's conversation as a pure state machine: what a text means, what is said in return, and what must happen.

It asks only what routing needs: whether it may text here, in which language, whether somebody is in danger, near which
town. Whoever does not answer is routed on what is known. Nothing at all is sent after a 0, after a STOP (but its one
confirmation) or to a phone that is not the worker's. Time and places are parameters. docs/hotline.md holds the table.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from intake.sms.hours import next_moment
from intake.sms.moves import OPEN_FOR, Effect, Move, Random, ResolvePlace, Turn
from intake.sms.state import State, Step
from intake.sms.steps import take, take_muted
from intake.sms.texts import Kind
from referrals.geography.outcomes import Place
from referrals.holidays import calendar_of

__all__ = [
    "SILENCE",
    "Effect",
    "State",
    "Step",
    "Turn",
    "answer_waiting",
    "first",
    "hour_for",
    "invitation",
    "is_over",
    "kept",
    "next_text",
    "silence",
]

# What a worker texts who wants no texts.
SILENCE: Final = "0"
# After so long without a text, the next one is about something else, and perhaps from somebody else.
OVER_AFTER: Final = timedelta(days=14)
# Whoever wrote so lately is at the phone.
AT_THE_PHONE: Final = timedelta(minutes=15)
_LOOK_AGAIN: Final = timedelta(days=1)


def first(text: str, *, now: datetime, number_region: str | None, resolve_place: ResolvePlace, random: Random) -> Turn:
    """Take a number's first text. `number_region` is the area that the number says (`towns.number_area`), or None."""
    return next_text(State(number_area=number_region), text, now=now, resolve_place=resolve_place, random=random)


def next_text(
    state: State,
    text: str,
    *,
    now: datetime,
    resolve_place: ResolvePlace,
    random: Random,
    written_at: datetime | None = None,
) -> Turn:
    """Take a further text. After 14 silent days it begins anew, and only the wish for silence outlasts that.

    `written_at` is given for a text that comes late, which is not `now`. `random` gives bytes for digits that a reply
    tells.
    """
    written_at = now if written_at is None else written_at
    is_new = is_over(state, written_at)
    if is_new:
        state = state.anew()
    heard_at = max(filter(None, (state.heard_at, written_at)))
    move = Move(replace(state, heard_at=heard_at), now, resolve_place, random)
    if state.mute:
        take_muted(move, text)
    else:
        take(move, text)
    if is_new:
        move.effects.add(Effect.NEW_CASE)
    return _at_its_hour(move)


def _at_its_hour(move: Move) -> Turn:
    """End the turn of a text: what answers one that came late waits for the worker's hours, but not a call for help.

    Who could talk when they wrote may be among others by now, and is asked again.
    """
    # The number is kept for a day to tell the digits that undo an erasure, so these wait for no Sunday.
    wanted = replace(move.state, permission=None) if Effect.ERASE in move.effects else move.state
    moment = hour_for(wanted, move.now)
    if moment == move.now or Kind.HELP in move.turn().said:
        return move.turn()
    if Effect.ANSWER_YES in move.effects:
        move.effects.discard(Effect.ANSWER_YES)
        move.change(waiting_for_yes=True)
        move.ask_to_talk()
    turn = move.turn()
    state = replace(turn.state, talk_at=moment) if Kind.CAN_TALK in turn.said else turn.state
    return replace(turn, state=state, not_before=moment)


def is_over(state: State, now: datetime) -> bool:
    """Say whether the next text begins a conversation of its own."""
    return state.last_at is not None and now - state.last_at >= OVER_AFTER


def silence(state: State, *, now: datetime) -> Turn:
    """Fifteen minutes went by without a text: route on what is known, and say nothing."""
    move = _without_text(state, now)
    move.settle()
    return move.turn()


def answer_waiting(state: State, *, now: datetime) -> Turn:
    """A caseworker wrote: ask whether the worker can talk, at an hour when the phone is likely in their own hands.

    The hours are those of the clock where the worker is. Who is in danger or has just written is asked at once. Says
    nothing where nothing may be sent, or where the same question is open. A phone that was added to a report from the
    web hears that there is something new, once a day at the most, and what it is only the web shows.
    """
    if state.linked or state.step is Step.LINK:
        return _tell_to_look(state, now)
    if state.mute:
        return Turn(replace(state, waiting_for_yes=True))
    is_open = state.waiting_for_yes and state.talk_at is not None and now <= state.talk_at + OPEN_FOR
    move = _without_text(state, hour_for(state, now))
    move.change(waiting_for_yes=True)
    if is_open:
        return move.turn()
    move.ask_to_talk()
    return replace(move.turn(), not_before=move.now)


def hour_for(state: State, now: datetime) -> datetime:
    """Give the first moment from `now` on for what was not just asked for, at the hours that the worker wants by now.

    Who is in danger, has just written, or has just added this phone to their report, is told at once.
    """
    invited_at = state.asked_at if state.step is Step.LINK else None
    is_there = any(at is not None and now - at <= AT_THE_PHONE for at in (state.heard_at, invited_at))
    zone = calendar_of(state.place or state.number_area).zone
    return now if state.danger or is_there else next_moment(now, state.permission, zone)


def invitation(language: str | None, *, now: datetime, known: State | None = None) -> Turn:
    """A worker adds a phone to their report from the web: ask it, once and neutrally, whether it wants texts.

    `known` is what a conversation about the same report knows already; of its phone's wishes nothing is left.
    """
    begun = State(language=language, routed=True) if known is None else known.on_another_phone(language)
    move = _without_text(begun, now)
    move.ask(Kind.LINK)
    return move.turn()


def kept(state: State, *, now: datetime, written_at: datetime | None = None) -> Turn:
    """The digits came that undo an erasure: go on where it was, and say so."""
    move = _without_text(replace(state, forgotten=False, erasing=False), now)
    move.change(heard_at=written_at or now)
    move.say(Kind.KEPT)
    return _at_its_hour(move)


def _tell_to_look(state: State, now: datetime) -> Turn:
    said = state.said_at if state.said == Kind.LOOK else None
    if state.mute or not state.linked or (said is not None and now - said < _LOOK_AGAIN):
        return Turn(state)
    move = _without_text(state, hour_for(state, now))
    move.say(Kind.LOOK)
    return replace(move.turn(), not_before=move.now)


def _without_text(state: State, now: datetime) -> Move:
    return Move(state, now, lambda _: Place(), _no_digits)


def _no_digits(size: int) -> bytes:
    raise AssertionError("only what answers a text tells digits")
