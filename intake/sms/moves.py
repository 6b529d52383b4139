"""What a turn of the hotline's conversation does: asks, thanks, warns, falls silent, routes. Pure.

What routing needs is asked once in a case, or once in each language where the worker changes it; what a worker wishes
for, whenever they wish. What a text means is decided in steps.py and wishes.py; whether anything may be sent at all, in
conversation.py.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from intake import codes
from intake.facts import area_of
from intake.sms import languages, towns
from intake.sms.info import info_lines
from intake.sms.state import State, Step
from intake.sms.texts import Kind, text
from intake.sms.words import Keyword
from referrals.geography.outcomes import Place

# A digit counts for the last open question for so long.
OPEN_FOR: Final = timedelta(days=7)
# Who answered within this time is still at it, so that one more question about their town is welcome after routing.
_AT_IT: Final = timedelta(hours=1)
# Who writes so soon has not read the question yet, and goes on with their story.
_UNREAD: Final = timedelta(seconds=20)
_THANKED_AGAIN: Final = timedelta(hours=12)
_WARNED_AGAIN: Final = timedelta(minutes=10)
# Who wishes for the same question so soon has it before them.
# Each begins a case, and is told as much in a day as the first. More on one phone in a day wait for the next one.
NEW_PEOPLE_A_DAY: Final = 5
_WISHED_AGAIN: Final = timedelta(hours=1)
# A digit so soon after a question answers that one, and not the one that came meanwhile.
_ANSWERED_IN: Final = timedelta(minutes=10)
_UNNAMED: Final = (Step.START, Step.NONE)
# Questions about what a worker wishes, which come between others.
WISHES: Final = frozenset({Step.LANGUAGES, Step.MORE_LANGUAGES, Step.MENU, Step.HOURS, Step.FORGET})

ResolvePlace = Callable[[str], Place]
Random = Callable[[int], bytes]


class Effect(StrEnum):
    """What must happen besides the replies.

    OPT_OUT: only the one reply that comes with it may still be sent, until OPT_IN. SILENCE: nothing may ever be sent
    again. URGENT: somebody is in danger. SETTLE: route now. PLACE: after routing, it became known where the worker is.
    ANSWER_YES: the waiting answer may be sent now. NEW_CASE: this text begins a case of its own.

    FORGET: drop the number. ERASE: erase the case in seven days, unless the turn's code comes before. SHARE: texts that
    begin with the turn's code are somebody else's. WEB: the turn's code leads from the web to this case once. LINKED:
    this phone belongs to the report that it was added to.
    """

    OPT_OUT = "opt out"
    OPT_IN = "opt in"
    SILENCE = "silence"
    URGENT = "urgent"
    SETTLE = "settle"
    PLACE = "place"
    ANSWER_YES = "answer yes"
    NEW_CASE = "new case"
    FORGET = "forget"
    ERASE = "erase"
    SHARE = "share"
    WEB = "web"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a text or a moment leads to: `replies` are final texts, `said` names them.

    `not_before` is when they may leave, if not at once. `code` are the digits that a reply tells, without spaces.
    """

    state: State
    replies: tuple[str, ...] = ()
    effects: frozenset[Effect] = frozenset()
    said: tuple[Kind, ...] = ()
    not_before: datetime | None = None
    code: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Move:
    """One turn while it is being made."""

    state: State
    now: datetime
    resolve_place: ResolvePlace
    random: Random
    code: str | None = None
    replies: list[tuple[Kind, str]] = field(default_factory=list)
    effects: set[Effect] = field(default_factory=set)

    def turn(self) -> Turn:
        """Finish."""
        said = tuple(kind for kind, _ in self.replies)
        replies = tuple(reply for _, reply in self.replies)
        return Turn(self.state, replies, frozenset(self.effects), said, code=self.code)

    def change(self, **values: object) -> None:
        """Change what is remembered."""
        self.state = replace(self.state, **values)  # type: ignore[arg-type]

    # What is known.

    def open_step(self) -> Step:
        """Give the question that is open: after seven days none is, and START stays."""
        state = self.state
        if self._is_asked_to_talk():
            return Step.CAN_TALK
        if state.step in _UNNAMED:
            return state.step
        return state.step if state.asked_at is not None and self.now - state.asked_at <= OPEN_FOR else Step.NONE

    def _is_asked_to_talk(self) -> bool:
        """Say whether CAN_TALK went out, and no other question since or just before."""
        state = self.state
        if (
            not state.waiting_for_yes
            or state.talk_at is None
            or not state.talk_at <= self.now <= state.talk_at + OPEN_FOR
        ):
            return False
        return state.asked_at is None or state.talk_at - state.asked_at >= _ANSWERED_IN

    def will_ask_to_talk(self) -> bool:
        """Say whether CAN_TALK waits for its hour."""
        return self.state.talk_at is not None and self.state.talk_at > self.now

    def is_invitation(self) -> bool:
        """Say whether this phone was added to a report from the web, and has not said yes to that."""
        return self.state.step is Step.LINK and not self.state.linked

    def offers_a_person(self) -> bool:
        """Say whether a person now was ever offered, so that a 4 means it."""
        return self.state.step is not Step.START or self.state.said == Kind.HELP

    def was_asked(self, kind: Kind, locale: str | None = None) -> bool:
        """Say whether a question was asked in this case, in one language or in any."""
        wanted = languages.LOCALES if locale is None else (locale,)
        return any(f"{kind} {code}" in self.state.asked for code in wanted)

    def choose_language(self, code: str) -> None:
        """Take a language chosen by a digit: Punjabi in English letters, unless Gurmukhi was seen."""
        language = code.removesuffix("-Latn")
        if self.state.language != language:
            self.change(language=language, latin=language != code)

    def learn_language(self, message: str, keyword: Keyword | None = None) -> None:
        """Take the language that the script decides; else note a guess, the first that there is."""
        decided = languages.by_script(message)
        if self.state.language in (None, decided):
            self.change(language=decided, latin=False)
        if self.state.language is None and self.state.suggested is None:
            self.change(suggested=(keyword.language if keyword else None) or languages.suggestion(message))

    def confirm_language(self, *, if_suggested: bool = False) -> None:
        """Whoever answers a question that offered other languages has chosen the one that it was in."""
        if self.state.language is None and (self.state.suggested or not if_suggested):
            self.change(language=self.state.locale)

    # What is said.

    def ask(self, kind: Kind, *, places: Iterable[str] = ()) -> None:
        """Ask, and leave that question open."""
        self.say(kind, offer=kind is Kind.OPENING and self.state.language is None, places=places)
        self._note_asked(kind)
        self.change(step=Step(kind), asked_at=self.now, paused=Step.NONE)

    def ask_to_talk(self) -> None:
        """Ask whether the worker can talk: at `now`, which may lie ahead, while another question stays open."""
        self.say(Kind.CAN_TALK)
        self._note_asked(Kind.CAN_TALK)
        self.change(talk_at=self.now)

    def wish(self, kind: Kind) -> None:
        """Ask about a wish, between other questions; not while the worker still reads the same one."""
        step, state = self.open_step(), self.state
        is_new = step is not Step(kind) or state.asked_at is None or self.now - state.asked_at >= _WISHED_AGAIN
        if is_new:
            before = state.step if step is Step.CAN_TALK else step
            self.ask(kind)
            self.change(paused=state.paused if before in WISHES else before)

    def ask_in_this_language(self, step: Step) -> None:
        """Ask the open question again, in the language that was chosen meanwhile."""
        paused = self.state.paused
        self.ask(Kind(step))
        self.change(paused=paused)

    def resume(self) -> None:
        """Go back to the question that one about a wish has come between."""
        step = self.state.paused
        self.change(step=step, asked_at=None if step in _UNNAMED else self.now, paused=Step.NONE)

    def _note_asked(self, kind: Kind) -> None:
        asked = f"{kind} {self.state.locale}"
        if asked not in self.state.asked:
            self.change(asked=(*self.state.asked, asked))

    def say(self, kind: Kind, *, offer: bool = False, places: Iterable[str] = (), code: str | None = None) -> None:
        """Add a text."""
        self.replies.append((kind, text(kind, self.state.locale, offer=offer, places=places, code=code)))
        self.change(said=str(kind), said_at=self.now)

    def inform(self) -> None:
        """Say what the law says, where texts are welcome; it names work and a boss. Else ask whether they are."""
        if self.state.permission is not None:
            self.replies += [(Kind.INFO, one) for one in info_lines(self.state.locale)]
            self.change(said=str(Kind.INFO), said_at=self.now)
        elif not self.was_asked(Kind.OPENING):
            self.ask(Kind.OPENING)

    def tell_code(self, kind: Kind, effect: Effect, digits: int) -> None:
        """Tell new digits, which mean what the effect says."""
        self.code = codes.new(digits, random=self.random)
        self.say(kind, code=codes.shown(self.code))
        self.effects.add(effect)

    def told(self, message: str) -> None:
        """Keep story that answers nothing. Once routed, thank for it now and then."""
        self.learn_language(message)
        state = self.state
        if state.routed and (state.said_at is None or self.now - state.said_at >= _THANKED_AGAIN):
            self.say(Kind.GOT_IT)

    # What is done.

    def go_on(self) -> None:
        """Ask the next thing that is not known, or finish."""
        if self.state.is_placed or self.was_asked(Kind.TOWN):
            self.finish()
        else:
            self.ask(Kind.TOWN)

    def placed(self, place: Place) -> None:
        """Remember a place that was found."""
        self.remember(place)
        self.finish()

    def remember(self, place: Place) -> None:
        """Remember a place."""
        weights = towns.weights_of(place)
        self.change(place=area_of(place), districts=weights if len(weights) > 1 else ())

    def ask_back(self, place: Place) -> None:
        """Ask once which of several places is meant, and once for a town that can be found; then go on without."""
        if place.province is not None:
            self.change(place=area_of(place), districts=())
        candidates = place.candidates[: towns.MOST_CANDIDATES]
        if candidates and not self.was_asked(Kind.WHICH):
            self.change(candidates=tuple(map(towns.area_of_candidate, candidates)))
            self.ask(Kind.WHICH, places=map(towns.label, candidates))
        elif not self.was_asked(Kind.TOWN_AGAIN):
            self.ask(Kind.TOWN_AGAIN)
        else:
            self.finish()

    def may_ask_back(self) -> bool:
        """Say whether a name that is not found is worth a question: not at once, and after routing not for long."""
        passed = self.now - (self.state.asked_at or self.now)
        return passed >= _UNREAD and (passed <= _AT_IT or not self.state.routed)

    def finish(self) -> None:
        """Thank, and route; after routing, tell that a place became known."""
        was_routed = self.state.routed
        self.change(step=Step.NONE, asked_at=None, paused=Step.NONE, candidates=())
        self.say(Kind.DONE)
        if was_routed and self.state.is_placed:
            self.effects.add(Effect.PLACE)
        self.settle()

    def warn(self) -> None:
        """Somebody is in danger: the emergency numbers first, a person at once, then the town if it is not known."""
        self.raise_urgency()
        state = self.state
        if state.warned_at is None or self.now - state.warned_at >= _WARNED_AGAIN:
            self.say(Kind.DANGER)
            self.change(warned_at=self.now)
        if not state.is_placed and not self.was_asked(Kind.TOWN):
            self.ask(Kind.TOWN)
        elif self.open_step() in (Step.START, Step.OPENING, *WISHES):
            self.change(step=Step.NONE, asked_at=None, paused=Step.NONE)
        self.settle()

    def help(self) -> None:
        """Answer a call for help with the emergency numbers; who calls twice is in danger."""
        if self.state.said == Kind.HELP:
            self.warn()
        else:
            self.say(Kind.HELP)

    def stop(self) -> None:
        """Send nothing more but the confirmation."""
        self.say(Kind.STOPPED)
        self.change(opted_out=True)
        self.effects.add(Effect.OPT_OUT)
        self.settle()

    def start(self) -> None:
        """Send texts again."""
        self.change(opted_out=False)
        self.effects.add(Effect.OPT_IN)
        self.say(Kind.RESUMED)
        if self.state.waiting_for_yes:
            self.ask_to_talk()

    def forget(self, *, erase: bool = False) -> None:
        """Drop the number at once, and say nothing more; what was written, only where the worker wishes that too."""
        if erase:
            self.tell_code(Kind.ERASING, Effect.ERASE, codes.LONG)
        self.change(
            forgotten=True, erasing=erase or self.state.erasing, step=Step.NONE, paused=Step.NONE, asked_at=None
        )
        self.effects.add(Effect.FORGET)
        self.settle()

    def share(self) -> None:
        """Somebody else writes from this phone: tell the digits that their texts begin with, to so many in a day."""
        today = self.now.date().isoformat()
        shares = self.state.shares + 1 if self.state.shared_on == today else 1
        if shares > NEW_PEOPLE_A_DAY:
            return
        self.change(shared=True, shares=shares, shared_on=today)
        self.tell_code(Kind.SHARED, Effect.SHARE, codes.SHORT)

    def fall_silent(self, *, is_friends: bool = False) -> None:
        """Never send anything again, and say nothing about it."""
        if Step.OPENING in (self.open_step(), self.state.paused):
            self.change(permission="no")
        self.change(silenced=True, friend_phone=self.state.friend_phone or is_friends)
        self.effects.add(Effect.SILENCE)
        self.settle()

    def raise_urgency(self) -> None:
        """Say that somebody is in danger, once."""
        if not self.state.danger:
            self.effects.add(Effect.URGENT)
        self.change(danger=True)

    def begin_anew(self) -> None:
        """Take what is written as the beginning of a case of its own."""
        self.state = replace(self.state.anew(), heard_at=self.state.heard_at)
        self.effects.add(Effect.NEW_CASE)

    def settle(self) -> None:
        """Route, once."""
        if not self.state.routed:
            self.effects.add(Effect.SETTLE)
        self.change(routed=True)
