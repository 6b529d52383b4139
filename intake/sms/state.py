"""What a conversation remembers of itself: answers and times, and never a word of the worker's. Pure.

It rests sealed under the case key. `State.from_json` takes whatever it is given: what it does not know is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from intake.sms.languages import LATIN_PUNJABI, locale_of
from intake.sms.towns import place_of
from referrals.geography.outcomes import Place

PERMISSIONS: Final = ("yes", "evenings", "sundays", "no")


class Step(StrEnum):
    """The last open question. START: nothing was asked yet. NONE: nothing is open."""

    START = "start"
    OPENING = "opening"
    LANGUAGES = "languages"
    MORE_LANGUAGES = "more languages"
    TOWN = "town"
    TOWN_NAME = "town name"
    TOWN_AGAIN = "town again"
    WHICH = "which town"
    CAN_TALK = "can you talk"
    LINK = "link"
    MENU = "menu"
    HOURS = "hours"
    FORGET = "forget"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class State:
    """A conversation so far.

    `language` is known (chosen, or decided by the script) and may be one that we have no texts in; `suggested` is a
    guess that only picks the language of a question; `latin` says that Punjabi is wanted in English letters. `place` is
    an area ("rd:5907") or None, `districts` weights where there are several; `number_area` is what the number says,
    `candidates` the areas that WHICH asks about. `asked` are the questions so far, with the language of each ("town
    es"). `paused` is the question that one about a wish has come between.

    `forgotten`: the worker had the number dropped, and `erasing` what they wrote. `shared`: somebody else writes from
    this phone too. `linked`: a phone that was added to a report from the web, which gets no content. `waiting_for_yes`
    says that an answer waits until the worker can talk, and `talk_at` when they are asked, or were.

    `asked_at` is when the open question went out, `heard_at` when the worker wrote last, `said_at` when we last did and
    `said` what, `warned_at` when the emergency numbers went out.
    """

    step: Step = Step.START
    paused: Step = Step.NONE
    language: str | None = None
    suggested: str | None = None
    latin: bool = False
    permission: str | None = None
    danger: bool = False
    friend_phone: bool = False
    opted_out: bool = False
    silenced: bool = False
    forgotten: bool = False
    erasing: bool = False
    shared: bool = False
    shares: int = 0
    shared_on: str | None = None
    linked: bool = False
    card: str | None = None
    place: str | None = None
    districts: tuple[tuple[str, float], ...] = ()
    number_area: str | None = None
    candidates: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    routed: bool = False
    waiting_for_yes: bool = False
    talk_at: datetime | None = None
    asked_at: datetime | None = None
    heard_at: datetime | None = None
    said_at: datetime | None = None
    said: str | None = None
    warned_at: datetime | None = None

    @property
    def locale(self) -> str:
        """Give the language of our texts."""
        if self.language == "pa" and self.latin:
            return LATIN_PUNJABI
        return locale_of(self.language or self.suggested)

    @property
    def mute(self) -> bool:
        """Say whether nothing may be sent."""
        return self.silenced or self.opted_out or self.friend_phone or self.forgotten

    @property
    def is_placed(self) -> bool:
        """Say whether the worker, or their card, said where they are."""
        return self.place is not None or bool(self.districts)

    @property
    def last_at(self) -> datetime | None:
        """Give the moment of the last text in either direction."""
        return max(filter(None, (self.heard_at, self.said_at)), default=None)

    def where(self) -> Place:
        """Give the place for routing: what the worker or their card said, else what the number says."""
        return place_of(self.place, self.districts) if self.is_placed else place_of(self.number_area)

    def anew(self) -> "State":
        """Give the beginning of another conversation with the same number: only the wish for silence outlasts it."""
        return State(
            number_area=self.number_area,
            silenced=self.silenced,
            opted_out=self.opted_out,
            friend_phone=self.friend_phone,
            shared=self.shared,
            shares=self.shares,
            shared_on=self.shared_on,
        )

    def on_another_phone(self, language: str | None) -> "State":
        """Give what goes on where a phone is added to the case: what is known of the case, and nothing of a phone."""
        return replace(
            self,
            language=self.language or language,
            permission=None if self.permission == "no" else self.permission,
            silenced=False,
            opted_out=False,
            friend_phone=False,
            forgotten=False,
            linked=False,
            waiting_for_yes=False,
            talk_at=None,
        )

    def to_json(self) -> dict[str, object]:
        """Write it as JSON: plain values only, and what is as at the beginning is left out."""
        begun = State()
        return {
            field.name: _written(value)
            for field in fields(self)
            if (value := getattr(self, field.name)) != getattr(begun, field.name)
        }

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "State":
        """Read what `to_json` wrote. Raises nothing: an unknown key or a value that fits nowhere is left out."""
        known: dict[str, Any] = {}
        for name, read in _READERS.items():
            if (value := read(document.get(name))) is not None:
                known[name] = value
        return replace(cls(), **known)


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    return value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None


def _step(value: object) -> Step | None:
    return Step(value) if isinstance(value, str) and value in tuple(Step) else None


def _permission(value: object) -> str | None:
    return value if isinstance(value, str) and value in PERMISSIONS else None


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else None


def _weights(value: object) -> tuple[tuple[str, float], ...] | None:
    if not isinstance(value, list):
        return None
    pairs = [one for one in value if isinstance(one, list) and len(one) == 2]
    return tuple(
        (code, float(weight))
        for code, weight in pairs
        if isinstance(code, str) and isinstance(weight, int | float) and 0 < weight <= 1
    )


_READERS: Final = {
    **dict.fromkeys(("language", "suggested", "card", "place", "number_area", "said", "shared_on"), _text),
    "shares": _count,
    **dict.fromkeys(
        (
            *("latin", "danger", "friend_phone", "opted_out", "silenced", "routed", "waiting_for_yes"),
            *("forgotten", "erasing", "shared", "linked"),
        ),
        _flag,
    ),
    **dict.fromkeys(("asked_at", "heard_at", "said_at", "warned_at", "talk_at"), _moment),
    **dict.fromkeys(("step", "paused"), _step),
    "permission": _permission,
    **dict.fromkeys(("candidates", "asked"), _texts),
    "districts": _weights,
}
