"""Random conversations: no state without a way out, nothing sent where nothing may be, no open question asked again."""

import json
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from intake.sms.conversation import OVER_AFTER, Effect, State, Step, Turn, answer_waiting, first, next_text, silence
from intake.sms.moves import OPEN_FOR
from intake.sms.texts import QUESTIONS, Kind, within_limit
from referrals.geography.places import resolve
from tests.unit.intake.sms.talks import NOON

KEYWORDS = ["STOP", "ALTO", "START", "HELP", "AYUDA", "ਮਦਦ", "not my phone", "yes", "sí", "no", "👍", "I don't know"]
WORDS = [
    "Oliver",
    "Hamilton",
    "V0H",
    "the red barn",
    "my boss has my passport",
    "mi jefe no me paga",
    "ਮੇਰਾ ਮਾਲਕ",
    "53",
    "",
]
texts = st.one_of(
    st.sampled_from([str(digit) for digit in range(1, 10)]),
    st.sampled_from([str(digit) for digit in range(1, 10)]),
    st.sampled_from(KEYWORDS + WORDS),
    st.sampled_from(["0", "0 no", "੧", "1 4", "5 1", "1. story", "2 weeks", "a" * 1600]),
    st.text(max_size=40),
)
waits = st.sampled_from([1, 1, 1, 20, 700, 60 * 24 * 3, 60 * 24 * 8, 60 * 24 * 15])


class Conversations(RuleBasedStateMachine):
    """One phone, whatever it sends and whenever."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.state = State()
        self.open: dict[str, object] = {}

    @initialize(text=texts)
    def begins(self, text: str) -> None:
        self.take(first(text, now=self.now, number_region="prov:BC", resolve_place=resolve), was=State())

    @rule(text=texts, minutes=waits)
    def writes(self, text: str, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.take(next_text(self.state, text, now=self.now, resolve_place=resolve), was=self.state)

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

    def take(self, turn: Turn, *, was: State) -> None:
        """Hold a turn against what must hold for every turn."""
        state = turn.state
        allowed = (Effect.OPT_IN in turn.effects) if was.mute else True
        assert allowed or not turn.replies
        if state.mute and not was.mute:
            assert turn.said in ((), (Kind.STOPPED,))
            assert turn.effects & {Effect.SILENCE, Effect.OPT_OUT}
        if was.silenced or was.friend_phone:
            assert state.silenced or state.friend_phone
        assert all(within_limit(reply, state.locale) for reply in turn.replies)
        assert len(turn.replies) == len(turn.said) <= 2
        assert (Effect.SETTLE in turn.effects) == (state.routed and (not was.routed or Effect.NEW_CASE in turn.effects))
        assert Effect.URGENT not in turn.effects or state.danger
        assert Effect.ANSWER_YES not in turn.effects or (was.waiting_for_yes and not state.waiting_for_yes)
        self.ask(turn, was)
        self.state = state

    def ask(self, turn: Turn, was: State) -> None:
        """No question goes out while the same one is open in the same language."""
        is_new = Effect.NEW_CASE in turn.effects
        asked = [kind for kind in turn.said if kind in QUESTIONS]
        assert len(asked) <= 1
        for kind in asked:
            is_open = was.step == Step(kind) and was.asked_at is not None and self.now - was.asked_at <= OPEN_FOR
            in_this_language = f"{kind} {turn.state.locale}" in was.asked
            assert is_new or not (is_open and in_this_language)
            assert turn.state.step == Step(kind)

    @invariant()
    def comes_back_from_json(self) -> None:
        assert State.from_json(json.loads(json.dumps(self.state.to_json()))) == self.state

    @invariant()
    def always_has_a_way_out(self) -> None:
        """Silence routes; a 4 is heard; a 0 and a STOP are obeyed; after fourteen days all begins anew."""
        soon = self.now + timedelta(minutes=15)
        assert silence(self.state, now=soon).state.routed
        stopped = next_text(self.state, "STOP", now=soon, resolve_place=resolve)
        assert stopped.state.mute
        zero = next_text(self.state, "0", now=soon, resolve_place=resolve)
        assert zero.state.silenced
        assert zero.replies == ()
        if self.state.step is not Step.START:
            assert next_text(self.state, "4", now=soon, resolve_place=resolve).state.danger
        late = (self.state.last_at or self.now) + OVER_AFTER
        again = next_text(self.state, "hello", now=late, resolve_place=resolve)
        assert Effect.NEW_CASE in again.effects
        assert again.said == (() if self.state.mute else (Kind.OPENING,))


Conversations.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestRandomConversations = Conversations.TestCase
