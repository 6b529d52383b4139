"""What a caller of the hotline hears, as TwiML: in the language that they choose by a digit, and with a way to tell it.

What is said tells no bystander what the number is for. A sentence that is not translated yet is said in English and
French, each by a voice of that language: a voice that reads another language is understood by nobody.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped]

from translations.catalogue import Translated, catalogue
from translations.locales import SOURCE

START_PATH: Final = "/sms/twilio/voice"
LANGUAGE_PATH: Final = "/sms/twilio/voice/language"
CHOICE_PATH: Final = "/sms/twilio/voice/choice"
RECORDED_PATH: Final = "/sms/twilio/voice/recorded"
# The language in an address, and whether the caller wants no texts.
LOCALE: Final = "l"
QUIET: Final = "q"
PAGE: Final = "p"
# Two minutes of speech are 2 MB.
LONGEST_SECONDS: Final = 120
_PATIENCE_SECONDS: Final = 8
_SECOND: Final = "fr"
# Each language's name is said in it, so these stand outside the catalogues. 9 leads to the second page.
PAGES: Final = (
    {
        "1": ("en", "For English, press 1."),
        "2": ("fr", "Pour le français, appuyez sur le 2."),
        "3": ("es", "Para español, oprima el 3."),
        "4": ("pa", "ਪੰਜਾਬੀ ਲਈ 4 ਦਬਾਓ।"),
        "5": ("fil", "Para sa Filipino, pindutin ang 5."),
        "6": ("hi", "हिंदी के लिए 6 दबाएँ।"),
        "7": ("zh-Hant", "廣東話請按 7。"),
        "8": ("zh-Hans", "普通话请按 8。"),
    },
    {
        "1": ("vi", "Tiếng Việt, xin bấm số 1."),
        "2": ("pt", "Para português, tecle 2."),
        "3": ("ko", "한국어는 3번을 눌러 주세요."),
        "4": ("ar", "للعربية، اضغطوا 4."),
    },
)
_MORE: Final = "9"
# Twilio's voices (TwiML "Say": text-to-speech). Those who read traditional characters here mostly speak Cantonese.
VOICES: Final = MappingProxyType(
    {
        "en": ("en-US", "Google.en-US-Standard-C"),
        "fr": ("fr-CA", "Google.fr-CA-Standard-A"),
        "es": ("es-US", "Google.es-US-Standard-A"),
        "pa": ("pa-IN", "Google.pa-IN-Standard-A"),
        "fil": ("fil-PH", "Google.fil-PH-Standard-A"),
        "hi": ("hi-IN", "Google.hi-IN-Standard-A"),
        "zh-Hant": ("yue-HK", "Google.yue-HK-Standard-A"),
        "zh-Hans": ("cmn-CN", "Google.cmn-CN-Standard-A"),
        "vi": ("vi-VN", "Google.vi-VN-Standard-A"),
        "pt": ("pt-BR", "Google.pt-BR-Standard-A"),
        "ko": ("ko-KR", "Google.ko-KR-Standard-A"),
        "ar": ("ar-XA", "Google.ar-XA-Standard-A"),
    }
)


class Line(StrEnum):
    """The sentences of a call."""

    DANGER = "danger"
    FREE = "free"
    TEXT = "text"
    CHOICE = "choice"
    WITHHELD = "withheld"
    SPEAK = "speak"
    THANKS = "thanks"
    LOST = "lost"


def menu(page: int = 0) -> str:
    """Offer a page of languages; who presses nothing hears the most needed in English and French."""
    response, entries = VoiceResponse(), PAGES[page % len(PAGES)]
    digits = response.gather(
        input="dtmf",
        num_digits=1,
        timeout=_PATIENCE_SECONDS,
        action=f"{LANGUAGE_PATH}?{urlencode({PAGE: page % len(PAGES)})}",
        method="POST",
    )
    for locale, words in entries.values():
        _speak(digits, Translated(words, locale))
    _speak(digits, Translated("For more languages, press 9.", SOURCE))
    for line in (Line.DANGER, Line.FREE, Line.TEXT):
        for locale in (SOURCE, _SECOND):
            _say(response, line, locale)
    response.hangup()
    return str(response)


def chosen(page: int, digit: str) -> str | None:
    """Give the language of a digit of a page; None for a digit that stands for none."""
    entry = PAGES[page % len(PAGES)].get(digit)
    return entry[0] if entry is not None else None


def leads_on(digit: str) -> bool:
    """Say whether a digit asks for more languages."""
    return digit == _MORE


def information(locale: str, *, site: str, is_withheld: bool) -> str:
    """Tell whom to call in danger, how to text, and where the web is; then offer to leave a message.

    A caller whose number is withheld hears that nobody can answer them on that phone.
    """
    response = VoiceResponse()
    told = response.gather(
        input="dtmf",
        num_digits=1,
        timeout=_PATIENCE_SECONDS,
        action=f"{CHOICE_PATH}?{urlencode({LOCALE: locale})}",
        method="POST",
    )
    for line in (Line.DANGER, Line.FREE, Line.TEXT):
        _say(told, line, locale)
    _speak(told, Translated(site, SOURCE))
    _say(told, Line.WITHHELD if is_withheld else Line.CHOICE, locale)
    response.hangup()
    return str(response)


def record(locale: str, *, quiet: bool) -> str:
    """Have the caller speak after a tone."""
    response = VoiceResponse()
    _say(response, Line.SPEAK, locale)
    response.record(
        action=f"{RECORDED_PATH}?{urlencode({LOCALE: locale, QUIET: int(quiet)})}",
        method="POST",
        max_length=LONGEST_SECONDS,
        finish_on_key="#",
        play_beep=True,
        # What was said is for a helper, and for no machine.
        transcribe=False,
    )
    response.hangup()
    return str(response)


def goodbye(line: Line, locale: str) -> str:
    """Say one sentence and hang up."""
    response = VoiceResponse()
    _say(response, line, locale)
    response.hangup()
    return str(response)


def _say(verb: VoiceResponse, line: Line, locale: str) -> None:
    for said in _spoken(line, locale):
        _speak(verb, said)


def _spoken(line: Line, locale: str) -> Iterator[Translated]:
    """Give a sentence in a language, or in English and French where the language has none."""
    found = _sentence(line, catalogue(locale).translated)
    yield found
    if found.lang == SOURCE != locale:
        second = _sentence(line, catalogue(_SECOND).translated)
        if second.lang == _SECOND:
            yield second


def _speak(verb: VoiceResponse, said: Translated) -> None:
    language, voice = VOICES[said.lang]
    verb.say(said.text, language=language, voice=voice)


def _sentence(line: Line, vital: Callable[[str], Translated]) -> Translated:
    return {
        Line.DANGER: lambda: vital(
            "In danger now? Hang up and call 9 1 1. Say police or ambulance, then your language."
        ),
        Line.FREE: lambda: vital("Free help, day and night: 1, 800, 563, 0 8 0 8."),
        Line.TEXT: lambda: vital("You can text this number in your language. Or write on the web page:"),
        Line.CHOICE: lambda: vital(
            "To leave a spoken message, press 1. To leave one and get no texts on this phone, press 2. "
            "To hear this again, press 3."
        ),
        Line.WITHHELD: lambda: vital(
            "Your number is hidden, so nobody can answer you on this phone. To leave a spoken message all the same, "
            "press 1. To hear this again, press 3."
        ),
        Line.SPEAK: lambda: vital(
            "Speak after the tone, for two minutes at the most. You need not say your name. Then hang up."
        ),
        Line.THANKS: lambda: vital("Thank you. A helper will listen to it."),
        Line.LOST: lambda: vital("We could not keep that. Please text this number."),
    }[line]()
