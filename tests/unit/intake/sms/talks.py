"""A conversation with the hotline as tests hold it: texts in, turns out, a clock that a test moves; and its cost."""

from datetime import UTC, datetime, timedelta
from typing import Final

from intake.sms.conversation import State, Turn, answer_waiting, first, next_text, silence
from intake.sms.languages import CHOICES, OTHER, choices_on
from intake.sms.segments import measure
from referrals.geography.places import resolve

# A Friday at noon in Vancouver.
NOON: Final = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)


def bytes_of_a_test(size: int) -> bytes:
    """Give bytes that are the same each time."""
    return bytes(range(size))


class Talk:
    """One phone. Every text comes a minute after what was before."""

    def __init__(self, *texts: str) -> None:
        self.now = NOON
        self.turns: list[Turn] = []
        for text in texts:
            self.says(text)

    @property
    def state(self) -> State:
        return self.turns[-1].state

    @property
    def turn(self) -> Turn:
        return self.turns[-1]

    @property
    def said(self) -> list[str]:
        """List every text that was sent, by name."""
        return [str(kind) for turn in self.turns for kind in turn.said]

    def says(self, text: str, *more: str) -> Turn:
        """Take texts from the worker and give the last turn."""
        for one in (text, *more):
            self.later(minutes=1)
            if self.turns:
                turn = next_text(self.state, one, now=self.now, resolve_place=resolve, random=bytes_of_a_test)
            else:
                turn = first(one, now=self.now, number_region="prov:BC", resolve_place=resolve, random=bytes_of_a_test)
            self.turns.append(turn)
        return self.turn

    def is_silent(self) -> Turn:
        """Let fifteen minutes go by."""
        self.later(minutes=15)
        self.turns.append(silence(self.state, now=self.now))
        return self.turn

    def is_answered(self) -> Turn:
        """Let a caseworker write."""
        self.later(minutes=1)
        self.turns.append(answer_waiting(self.state, now=self.now))
        return self.turn

    def later(self, *, minutes: float = 0, hours: float = 0, days: float = 0) -> "Talk":
        """Let time go by."""
        self.now += timedelta(minutes=minutes, hours=hours, days=days)
        return self


def digits_to(code: str) -> list[str]:
    """Give the digits that lead from the first question to a language, by the shortest way."""
    for digit, chosen in CHOICES.items():
        if chosen == code:
            return [str(digit)]
    for page in (0, 1):
        for digit, chosen in choices_on(page).items():
            if chosen == code:
                return [str(OTHER)] * (page + 1) + [str(digit)]
    raise AssertionError(code)


def whole_conversation(code: str) -> Talk:
    """Hold a conversation in a language: a greeting, the language by its digit, the permission, the town."""
    return Talk("hi", *([] if code == "en" else digits_to(code)), "1", "2")


def segments_of(talk: Talk) -> int:
    """Count the segments of all that was sent."""
    return sum(measure(reply).segments for turn in talk.turns for reply in turn.replies)


def most_of(code: str) -> int:
    """Give how many segments a whole conversation may cost. English, French, Spanish and Filipino fit GSM 7 bit."""
    return 5 if code in ("en", "es", "fr", "fil") else 9
