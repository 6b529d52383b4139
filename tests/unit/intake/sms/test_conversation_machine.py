"""Random conversations: no state without a way out, nothing sent where nothing may be, no open question asked again."""

import json
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from intake import codes
from intake.sms.conversation import (
    OVER_AFTER,
    Effect,
    State,
    Step,
    Turn,
    answer_waiting,
    first,
    invitation,
    kept,
    next_text,
    silence,
)
from intake.sms.info import MOST_TEXTS
from intake.sms.moves import OPEN_FOR, WISHES
from intake.sms.texts import QUESTIONS, TELLING_A_CODE, Kind, within_limit
from referrals.geography.places import resolve
from tests.unit.intake.sms.talks import NOON, bytes_of_a_test

KEYWORDS = ["STOP", "ALTO", "START", "HELP", "AYUDA", "ਮਦਦ", "not my phone", "yes", "sí", "no", "👍", "I don't know"]
WISHED = ["DELETE", "umbrella", "menu", "9", "language", "hours", "web", "info", "new person", "Hindi", "español"]
WORDS = [
    "Oliver",
    "Hamilton",
    "V0H",
    "the red barn",
    "my boss has my passport",
    "mi jefe no me paga",
    "ਮੇਰਾ ਮਾਲਕ",
    "17",
    "",
]
texts = st.one_of(
    st.sampled_from([str(digit) for digit in range(1, 10)]),
    st.sampled_from([str(digit) for digit in range(1, 10)]),
    st.sampled_from(KEYWORDS + WORDS),
    st.sampled_from(WISHED),
    st.sampled_from(["0", "0 no", "੧", "1 4", "5 1", "1. story", "2 weeks", "a" * 1600]),
    st.text(max_size=40),
)
waits = st.sampled_from([1, 1, 1, 20, 700, 60 * 24 * 3, 60 * 24 * 8, 60 * 24 * 15])
ROUTING = QUESTIONS - {Kind(step) for step in WISHES}


def told(state: State, text: str, now: datetime) -> Turn:
    return next_text(state, text, now=now, resolve_place=resolve, random=bytes_of_a_test)


class Conversations(RuleBasedStateMachine):
    """One phone, whatever it sends and whenever."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.state = State()

    @initialize(text=texts, is_invited=st.sampled_from([False, False, False, True]))
    def begins(self, text: str, is_invited: bool) -> None:
        """Begin with a text, or with a phone that is added to a report from the web."""
        if is_invited:
            self.take(invitation("es", now=self.now), was=State(routed=True))
        else:
            turn = first(text, now=self.now, number_region="prov:BC", resolve_place=resolve, random=bytes_of_a_test)
            self.take(turn, was=State())

    @rule(text=texts, minutes=waits)
    def writes(self, text: str, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.take(told(self.state, text, self.now), was=self.state)

    @rule()
    def keeps_silent(self) -> None:
        self.now += timedelta(minutes=15)
        turn = silence(self.state, now=self.now)
        assert turn.replies == ()
        assert (Effect.SETTLE in turn.effects) == (not self.state.routed)
        self.take(turn, was=self.state)

    @rule(minutes=waits)
    def is_answered(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        turn = answer_waiting(self.state, now=self.now)
        assert turn.not_before is None or turn.not_before >= self.now
        self.take(turn, was=self.state)

    @precondition(lambda self: self.state.erasing)
    @rule()
    def undoes_the_erasure(self) -> None:
        turn = kept(self.state, now=self.now)
        assert turn.said == (Kind.KEPT,)
        assert not turn.state.erasing
        self.state = turn.state

    def take(self, turn: Turn, *, was: State) -> None:
        """Hold a turn against what must hold for every turn."""
        state = turn.state
        # Who had their number forgotten is nobody known when they come back.
        began_anew = Effect.NEW_CASE in turn.effects and not was.anew().mute
        allowed = Effect.OPT_IN in turn.effects or began_anew or not was.mute
        assert allowed or not turn.replies
        if state.mute and not was.mute:
            assert turn.said in ((), (Kind.STOPPED,), (Kind.ERASING,))
            assert turn.effects & {Effect.SILENCE, Effect.OPT_OUT, Effect.FORGET}
        if was.silenced or was.friend_phone:
            assert state.silenced or state.friend_phone
        assert all(within_limit(reply, state.locale) for reply in turn.replies)
        assert len(turn.replies) == len(turn.said) <= (MOST_TEXTS if Kind.INFO in turn.said else 2)
        assert Kind.INFO not in turn.said or was.permission is not None
        assert (Effect.SETTLE in turn.effects) == (state.routed and (not was.routed or Effect.NEW_CASE in turn.effects))
        assert Effect.URGENT not in turn.effects or state.danger
        assert Effect.ANSWER_YES not in turn.effects or (was.waiting_for_yes and not state.waiting_for_yes)
        self.tells_a_code(turn)
        self.ask(turn, was)
        self.state = state

    def tells_a_code(self, turn: Turn) -> None:
        """Digits are told exactly where they mean something."""
        told_one = [kind for kind in turn.said if kind in TELLING_A_CODE]
        assert len(told_one) == len(turn.effects & {Effect.ERASE, Effect.SHARE, Effect.WEB}) == (turn.code is not None)
        if turn.code is not None:
            assert codes.shown(turn.code) in turn.replies[turn.said.index(told_one[0])]

    def ask(self, turn: Turn, was: State) -> None:
        """No question goes out while the same one is open in the same language, unless the worker wishes it again."""
        is_new = Effect.NEW_CASE in turn.effects
        asked = [kind for kind in turn.said if kind in QUESTIONS]
        assert len(asked) <= 1
        for kind in asked:
            since = was.talk_at if kind is Kind.CAN_TALK else was.asked_at
            is_open = since is not None and self.now - since <= OPEN_FOR
            is_open &= was.waiting_for_yes if kind is Kind.CAN_TALK else was.step == Step(kind)
            in_this_language = f"{kind} {turn.state.locale}" in was.asked
            is_wished_again = kind not in ROUTING and since is not None and self.now - since >= timedelta(hours=1)
            resumed = Effect.OPT_IN in turn.effects
            assert is_new or is_wished_again or resumed or not (is_open and in_this_language)
            assert kind is Kind.CAN_TALK or turn.state.step == Step(kind)

    @invariant()
    def comes_back_from_json(self) -> None:
        assert State.from_json(json.loads(json.dumps(self.state.to_json()))) == self.state

    @invariant()
    def always_has_a_way_out(self) -> None:
        """Silence routes; a 4 is heard; a 0 and a STOP are obeyed; after fourteen days all begins anew."""
        soon = self.now + timedelta(minutes=15)
        assert silence(self.state, now=soon).state.routed
        assert told(self.state, "STOP", soon).state.mute
        zero = told(self.state, "0", soon)
        assert zero.state.silenced
        assert zero.replies == ()
        late = (self.state.last_at or self.now) + OVER_AFTER
        if self.state.step not in (Step.START, Step.LINK) and self.state.paused is not Step.START and soon < late:
            assert told(self.state, "4", soon).state.danger
        again = told(self.state, "hello", late)
        assert Effect.NEW_CASE in again.effects
        assert again.said == (() if self.state.anew().mute else (Kind.OPENING,))

    @invariant()
    def forgets_a_phone_within_two_texts(self) -> None:
        if self.state.mute or self.state.step is Step.LINK:
            return
        soon = self.now + timedelta(minutes=15)
        asked = told(self.state, "DELETE", soon)
        if not asked.state.forgotten:
            asked = told(asked.state, "1", soon + timedelta(minutes=1))
        assert Effect.FORGET in asked.effects
        assert asked.state.mute
        assert asked.replies == ()


Conversations.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestRandomConversations = Conversations.TestCase
