"""Every text that the hotline sends by itself, in the worker's language. Pure.

Whoever picks up the phone reads them. So they name no organization and no purpose, and hold none of the words that give
a worker away. Every answer is a digit: 4 is a person now and 0 is silence wherever something is asked. English, French,
Spanish, Filipino and Punjabi in English letters take one segment of GSM 7 bit each, the others two of UCS-2
(`python -m intake.sms.check`).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Final

from intake.sms.digits import bare
from intake.sms.languages import LATIN_PUNJABI, menu, page_text
from intake.sms.segments import Encoding, fits, measure, plain
from translations.catalogue import catalogue
from translations.locales import locale as _locale

Say = Callable[[str], str]
Sentences = dict["Kind", Callable[[], str]]


class Kind(StrEnum):
    """The texts. Those that ask something are in QUESTIONS."""

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
    DANGER = "danger"
    HELP = "help"
    DONE = "done"
    GOT_IT = "got it"
    OK = "ok"
    LOOK = "look"
    SHARED = "shared"
    WEB = "web"
    ERASING = "erasing"
    KEPT = "kept"
    STOPPED = "stopped"
    RESUMED = "resumed"
    INFO = "info"
    CANNOT = "cannot"


QUESTIONS: Final = frozenset(
    {
        *(Kind.OPENING, Kind.LANGUAGES, Kind.MORE_LANGUAGES),
        *(Kind.TOWN, Kind.TOWN_NAME, Kind.TOWN_AGAIN, Kind.WHICH),
        *(Kind.CAN_TALK, Kind.LINK, Kind.MENU, Kind.HOURS, Kind.FORGET),
    }
)
TELLING_A_CODE: Final = frozenset({Kind.SHARED, Kind.WEB, Kind.ERASING})
# Pages of language names, which are the same in every language.
PAGES: Final = (Kind.LANGUAGES, Kind.MORE_LANGUAGES)
# What is said in this module's words, in each language: all but those pages, and what the law says (info.py).
SENTENCES: Final = tuple(kind for kind in Kind if kind not in (*PAGES, Kind.INFO))
# A language with letters outside GSM 7 bit may take two segments, the others one (hotline.md, "Texts").
_MOST_SEGMENTS: Final = {Encoding.GSM_7: 1, Encoding.UCS_2: 2}
_GSM_LOCALES: Final = frozenset({"en", "fr", "es", "fil", LATIN_PUNJABI})
# In Arabic letters, groups of digits and names in Latin letters change places unless a mark holds them.
_LEFT_TO_RIGHT: Final = "\u200e"
_RIGHT_TO_LEFT: Final = "\u200f"
_GROUPED: Final = re.compile(r"(?<![\d\u200e])\d+(?:[ -]\d{3,})+")
_AFTER_LATIN: Final = re.compile(r"(?<=[A-Za-z])(?= \d)")


def text(kind: Kind, locale: str, *, offer: bool = False, places: Iterable[str] = (), code: str | None = None) -> str:
    """Give a text in one of the languages of `languages.LOCALES`.

    `offer` adds the line with the other languages to the first question. `places` are the choices of WHICH, of which
    those are named that fit. `code` are the digits that SHARED, WEB and ERASING tell.
    """
    return written(kind, locale, catalogue(locale).gettext, offer=offer, places=places, code=code)


def written(
    kind: Kind, locale: str, say: Say, *, offer: bool = False, places: Iterable[str] = (), code: str | None = None
) -> str:
    """Give a text in the words of any translation, so that one that is not compiled yet can be measured."""
    if kind in PAGES:
        return page_text(PAGES.index(kind))
    if kind is Kind.WHICH:
        return _which(locale, say, [plain(place) for place in places])
    found = _directed(_sentence(kind, say, {"code": code} if code and kind in TELLING_A_CODE else {}), locale)
    return f"{found}\n{menu(locale)}" if offer else found


def most_segments(locale: str) -> int:
    """Give how many segments a text in a language may take."""
    return 1 if locale in _GSM_LOCALES else _MOST_SEGMENTS[Encoding.UCS_2]


def within_limit(found: str, locale: str) -> bool:
    """Say whether a text keeps to the limit of its language, in letters and in segments."""
    size = measure(found)
    if found in map(page_text, range(len(PAGES))):
        return size.segments == 1
    return size.segments <= most_segments(locale) and (locale not in _GSM_LOCALES or size.encoding is Encoding.GSM_7)


@cache
def words_of(kind: Kind, locale: str) -> frozenset[str]:
    """Give the words of a question, as `digits.bare` writes them: a worker may repeat some beside the digit."""
    letters = bare(text(kind, locale, offer=kind is Kind.OPENING))
    return frozenset("".join(one if one.isalnum() or ord(one) > 0x7F else " " for one in letters).split())


def _which(locale: str, say: Say, places: list[str]) -> str:
    """Name as many places as fit, and at least two, cut short if need be."""

    def asked(named: Iterable[str]) -> str:
        numbered = " ".join(f"{number} {place}" for number, place in enumerate(named, start=1))
        return _directed(_sentence(Kind.WHICH, say, {"places": numbered}), locale)

    for count in range(len(places), 1, -1):
        found = asked(places[:count])
        if fits(found, most_segments(locale)):
            return found
    for longest in range(max(map(len, places[:2]), default=1), 0, -1):
        found = asked(place[:longest].rstrip() for place in places[:2])
        if fits(found, most_segments(locale)):
            return found
    return asked(places[:2])


def _directed(found: str, locale: str) -> str:
    """Hold digits and names where they belong in a text that reads from right to left."""
    if not _is_right_to_left(locale):
        return found
    marked = _GROUPED.sub(lambda match: f"{_LEFT_TO_RIGHT}{match[0]}{_LEFT_TO_RIGHT}", found)
    return _AFTER_LATIN.sub(_RIGHT_TO_LEFT, marked)


@cache
def _is_right_to_left(locale: str) -> bool:
    return _locale(locale).direction == "rtl"


def _sentence(kind: Kind, say: Say, values: Mapping[str, str]) -> str:
    """Say a text in the words of one translation, with its values."""
    found = (_opening_questions(say) | _wishes(say) | _statements(say))[kind]()
    return found % values if values else found


def _opening_questions(vital: Say) -> Sentences:
    """Say what the conversation asks by itself."""
    return {
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
        Kind.WHICH: lambda: vital("Is it one of these? %(places)s 9 none"),
        Kind.CAN_TALK: lambda: vital("Hi! Can you talk? Reply 1 when you can."),
        Kind.LINK: lambda: vital("Hi! Reply 1 if you want short texts here. 0 no texts"),
    }


def _wishes(vital: Say) -> Sentences:
    """Say what a worker can wish for, and what becomes of it."""
    return {
        Kind.MENU: lambda: vital(
            "1 when to text me 2 go on in a browser 3 somebody else writes from this phone 5 forget this phone "
            "6 language 4 I need a person now 0 no more texts"
        ),
        Kind.HOURS: lambda: vital("When may we text? 1 evenings and Sundays 2 evenings only 3 Sundays only 0 never"),
        Kind.FORGET: lambda: vital(
            "Forget this phone? 1 yes, no more texts, what I wrote stays with the helper 2 yes, and erase what I wrote "
            "3 no. Then delete this chat too."
        ),
        Kind.ERASING: lambda: vital(
            "OK. In 7 days all you wrote is erased. To undo it, text %(code)s from any phone. "
            "Write that on paper, then delete this chat."
        ),
        Kind.KEPT: lambda: vital("OK. Nothing is erased. You can write here again."),
        Kind.SHARED: lambda: vital(
            "OK, you are somebody new. Your digits: %(code)s. Write them first each time. "
            "Copy them on paper, then delete this text."
        ),
        Kind.WEB: lambda: vital(
            "On the web page, where it asks for your number, type %(code)s. It works once, in the next 30 minutes."
        ),
    }


def _statements(vital: Say) -> Sentences:
    """Say what asks nothing."""
    return {
        Kind.DANGER: lambda: vital(
            "In danger now? Call 911, say police or ambulance, then your language. "
            "Free, day and night: 1-800-563-0808. Want to hurt yourself? Call or text 988."
        ),
        Kind.HELP: lambda: vital(
            "In danger now? Call 911, say your language. Free, day and night: 1-800-563-0808. "
            "4 I need a person now 0 no more texts. Or write here."
        ),
        Kind.DONE: lambda: vital(
            "Thank you. A helper will read it. You can write more here at any time. In danger call 911. "
            "9 more choices 0 no more texts"
        ),
        Kind.GOT_IT: lambda: vital("Got it, thank you. A helper will read it."),
        Kind.OK: lambda: vital("OK, thank you."),
        Kind.LOOK: lambda: vital("Hi! There is something new for you. Look when you can."),
        Kind.STOPPED: lambda: vital("OK. You get no more texts. To get them again write START."),
        Kind.RESUMED: lambda: vital("OK. You get texts again. 0 no more texts"),
        Kind.CANNOT: lambda: vital("We can't open what you sent. Please write it in words, or send a photo of it."),
    }
