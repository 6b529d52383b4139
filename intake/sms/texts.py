"""Every text that the hotline sends by itself, in the worker's language. Pure.

Whoever picks up the phone reads them. So they name no organization and no purpose, and hold none of the words that give
a worker away. Every answer is a digit: 4 is a person now and 0 is silence wherever something is asked. English, French,
Spanish and Punjabi in English letters take one segment of GSM 7 bit each, Punjabi in its own two of UCS-2
(`python -m intake.sms.check`).
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Final

from intake.sms.digits import bare
from intake.sms.languages import LATIN_PUNJABI, menu
from intake.sms.segments import Encoding, fits, measure, plain
from translations.catalogue import catalogue

Say = Callable[[str], str]


class Kind(StrEnum):
    """The texts. Those that ask something are in QUESTIONS."""

    OPENING = "opening"
    TOWN = "town"
    TOWN_NAME = "town name"
    TOWN_AGAIN = "town again"
    WHICH = "which town"
    CAN_TALK = "can you talk"
    DANGER = "danger"
    HELP = "help"
    DONE = "done"
    GOT_IT = "got it"
    STOPPED = "stopped"
    RESUMED = "resumed"


QUESTIONS: Final = frozenset({Kind.OPENING, Kind.TOWN, Kind.TOWN_NAME, Kind.TOWN_AGAIN, Kind.WHICH, Kind.CAN_TALK})
# A language with letters outside GSM 7 bit may take two segments, the others one (hotline.md, "Texts").
_MOST_SEGMENTS: Final = {Encoding.GSM_7: 1, Encoding.UCS_2: 2}
_GSM_LOCALES: Final = frozenset({"en", "fr", "es", LATIN_PUNJABI})


def text(kind: Kind, locale: str, *, offer: bool = False, places: Iterable[str] = ()) -> str:
    """Give a text in one of the languages of `languages.LOCALES`.

    `offer` adds the line with the other languages to the first question. `places` are the choices of WHICH, of which
    those are named that fit.
    """
    return written(kind, locale, catalogue(locale).gettext, offer=offer, places=places)


def written(kind: Kind, locale: str, say: Say, *, offer: bool = False, places: Iterable[str] = ()) -> str:
    """Give a text in the words of any translation, so that one that is not compiled yet can be measured."""
    if kind is Kind.WHICH:
        return _which(locale, say, [plain(place) for place in places])
    found = _sentence(kind, say)
    return f"{found}\n{menu(locale)}" if offer else found


def most_segments(locale: str) -> int:
    """Give how many segments a text in a language may take."""
    return 1 if locale in _GSM_LOCALES else _MOST_SEGMENTS[Encoding.UCS_2]


def within_limit(found: str, locale: str) -> bool:
    """Say whether a text keeps to the limit of its language, in letters and in segments."""
    size = measure(found)
    return size.segments <= most_segments(locale) and (locale not in _GSM_LOCALES or size.encoding is Encoding.GSM_7)


@cache
def words_of(kind: Kind, locale: str) -> frozenset[str]:
    """Give the words of a question, as `digits.bare` writes them: a worker may repeat some beside the digit."""
    letters = bare(text(kind, locale, offer=kind is Kind.OPENING))
    return frozenset("".join(one if one.isalnum() or ord(one) > 0x7F else " " for one in letters).split())


def _which(locale: str, say: Say, places: list[str]) -> str:
    """Name as many places as fit, and at least two, cut short if need be."""
    for count in range(len(places), 1, -1):
        found = _sentence(Kind.WHICH, say, _numbered(places[:count]))
        if fits(found, most_segments(locale)):
            return found
    longest = max(map(len, places[:2]), default=0)
    while longest > 1:
        longest -= 1
        found = _sentence(Kind.WHICH, say, _numbered([place[:longest].rstrip() for place in places[:2]]))
        if fits(found, most_segments(locale)):
            break
    return _sentence(Kind.WHICH, say, _numbered([place[:longest].rstrip() for place in places[:2]]))


def _numbered(places: Iterable[str]) -> str:
    return " ".join(f"{number} {place}" for number, place in enumerate(places, start=1))


def _sentence(kind: Kind, vital: Say, places: str = "") -> str:
    """Say a text in the words of one translation."""
    said: Mapping[Kind, Callable[[], str]] = {
        Kind.OPENING: lambda: vital(
            "Hi, got it. OK to text here? 1 yes 2 evenings only 3 Sundays only 4 I need a person now 0 no, not my phone"
        ),
        Kind.TOWN: lambda: vital(
            "Near which town? 1 Kelowna 2 Oliver 3 Abbotsford 5 Surrey 6 Vernon 7 Duncan 8 Creston 9 other. "
            "Or write the town. 4 I need a person now"
        ),
        Kind.TOWN_NAME: lambda: vital(
            "Write the name of the town, or the first 3 signs of the postal code, like V0H. 9 I don't know"
        ),
        Kind.TOWN_AGAIN: lambda: vital("We can't find that town. Write a bigger town near you. 9 go on without"),
        Kind.WHICH: lambda: vital("Is it one of these? %(places)s 9 none") % {"places": places},
        Kind.CAN_TALK: lambda: vital("Hi! Can you talk? Reply 1 when you can."),
        Kind.DANGER: lambda: vital(
            "In danger now? Call 911, say police or ambulance, then your language. "
            "Free, day and night: 1-800-563-0808. Want to hurt yourself? Call or text 988."
        ),
        Kind.HELP: lambda: vital(
            "In danger now? Call 911, say your language. Free, day and night: 1-800-563-0808. "
            "4 I need a person now 0 no more texts. Or write here."
        ),
        Kind.DONE: lambda: vital(
            "Thank you. A helper will read it. You can write more here at any time. In danger call 911. 0 no more texts"
        ),
        Kind.GOT_IT: lambda: vital("Got it, thank you. A helper will read it."),
        Kind.STOPPED: lambda: vital("OK. You get no more texts. To get them again write START."),
        Kind.RESUMED: lambda: vital("OK. You get texts again. 0 no more texts"),
    }
    return said[kind]()
