"""Which language a worker writes: what they chose, else what the script decides, else nothing. Pure.

A guess from words is a suggestion: it picks the language of a question that offers the others beside it, and counts
only once that question is answered. Nobody is routed on a guess.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from intake.sms.digits import bare
from translations.locales import SOURCE, locales

# The languages of the texts, as the registry of translations has them.
LOCALES: Final = tuple(one.code for one in locales() if one.sms)
# Punjabi in English letters, for who chose it by a digit: a phone or a person that can't read Gurmukhi.
LATIN_PUNJABI: Final = "pa-Latn"
# What a digit chooses in the first question, also where it is not named there, and the digit that leads to the others.
CHOICES: Final[Mapping[int, str]] = MappingProxyType({5: "es", 6: "fr", 7: LATIN_PUNJABI, 8: "en"})
OTHER: Final = 9
# The others, each as its readers write it, in as many letters as one text outside GSM 7 bit holds. 4 is a person now
# on these pages too.
_PAGES: Final = (
    {
        1: ("fil", "TAGALOG"),
        2: ("hi", "हिन्दी"),
        3: ("pa", "ਪੰਜਾਬੀ"),
        5: ("zh-Hant", "繁體中文"),
        6: ("zh-Hans", "简体中文"),
        7: ("vi", "VIỆT"),
        8: ("pt", "PORTUGUÊS"),
    },
    {
        1: ("ko", "한국어"),
        2: ("ar", "العربية"),
        3: (LATIN_PUNJABI, "PUNJABI ABC"),
        5: ("es", "ESPAÑOL"),
        6: ("fr", "FRANÇAIS"),
        8: ("en", "ENGLISH"),
    },
)
# What the digit for something else says on each page.
_NONE_OF_THESE: Final = ("+", "–")
# Scripts that one language of this country's workers is written in. Others (Devanagari, Arabic, Han) are shared.
_DECIDING: Final = {
    **{"GURMUKHI": "pa", "GUJARATI": "gu", "TAMIL": "ta", "TELUGU": "te", "SINHALA": "si", "THAI": "th", "KHMER": "km"},
    **{"HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja"},
}
_FEWEST_LETTERS: Final = 10
_FEWEST_WORDS: Final = 2
_MARGIN: Final = 2
# Short words that one of the languages has and most others have not, without accents. What two share stands in both.
_TELLING: Final = {
    "en": "the my and they we are have not was this with for you he she it i am of to do does did but when where",
    "es": "el los las mi mis una por para con pero esta estoy somos tengo nos quiero trabajo jefe pago muy aqui hola"
    " donde cuando ella sin ya del al y hay yo es soy tiene dice pagan paga dinero horas finca",
    "fr": "je mon ma mes nous pas est suis ai avec pour dans une des du et il elle travail passeport bonjour ne ce"
    " cette vous sur qui chez patronne ils argent heures depuis veut",
    "fil": "ang ng mga ako ko mo po opo kami namin amo sahod niya siya wala pera kasi dito nila kayo sila hindi yung"
    " naman ayaw trabaho ni si kay nyo bayad walang ito iyon",
    "vi": "toi khong cua va la cho duoc chung lam viec ong chu tien luong nguoi o day em anh chi bi co ho lai ve"
    " giu ho chieu nay di gio",
    "pt": "o os um uma meu minha meus nao eu ele ela voce com para por mas esta estou somos temos quero trabalho patrao"
    " chefe pago paga muito aqui ola onde quando sem ja do da dinheiro horas fazenda e tem diz pagam",
}
_SETS: Final = {code: frozenset(words.split()) for code, words in _TELLING.items()}
# Letters of Latin writing that only Vietnamese has.
_VIETNAMESE: Final = re.compile("[\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")
# Letters that Persian, Urdu, Pashto and Kurdish add to the Arabic ones.
_NOT_ARABIC: Final = re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc\u0679\u0688\u0691\u06ba\u06be\u06c1\u06d2]")
# Frequent Chinese characters that one way of writing has and the other writes differently.
_TRADITIONAL: Final = frozenset(
    "們這個來說時對國會為過還沒錢給請問護照業點嗎麼東車讓話開關電機號碼發"
    "現實樣長聽寫買賣歲兩萬與學醫資農場廚飯傷藥難辦簽證僱罰騙壓幫聯緊當報"
)
_SIMPLIFIED: Final = frozenset(
    "们这个来说时对国会为过还没钱给请问护业点吗么东车让话开关电机号码发"
    "现实样长听写买卖岁两万与学医资农场厨饭伤药难办签证雇罚骗压帮联紧当报"
)
_SCRIPT_NAME: Final = re.compile(r"^\w+")


def by_script(text: str) -> str | None:
    """Give the language that the script of most letters decides; None where it decides nothing, or is Latin."""
    letters = [letter for letter in text if unicodedata.category(letter)[0] in "LM"]
    scripts = Counter(_script(letter) for letter in letters if not letter.isascii())
    latin = sum(map(str.isascii, letters))
    if not scripts:
        return None
    # A Japanese text has kana between its Chinese letters, however few.
    for name in ("HIRAGANA", "KATAKANA"):
        if scripts[name]:
            return _DECIDING[name]
    name, count = scripts.most_common(1)[0]
    return _DECIDING.get(name) if count >= latin else None


def suggestion(text: str) -> str | None:
    """Guess among the languages of the texts; None under ten letters in Latin writing, and wherever it is not clear."""
    found = guess(text)
    return found if found in LOCALES else None


def guess(text: str) -> str | None:
    """Guess a language from letters that it shares with few others, else from its short words."""
    script = _main_script(text)
    if script == "DEVANAGARI":
        return "hi"
    if script == "CJK":
        return chinese(text)
    if script == "ARABIC":
        return "ar" if is_arabic(text) else None
    if script != "LATIN" or sum(map(str.isalpha, text)) < _FEWEST_LETTERS:
        return None
    if len(_VIETNAMESE.findall(unicodedata.normalize("NFC", text))) >= _FEWEST_WORDS:
        return "vi"
    words = set(re.findall(r"[^\W\d_]+", bare(text)))
    found = sorted(((len(words & known), code) for code, known in _SETS.items()), reverse=True)
    (most, code), (next_most, _) = found[:2]
    return code if most >= _FEWEST_WORDS and most >= _MARGIN * next_most else None


def _main_script(text: str) -> str | None:
    """Name the script that most letters are in."""
    scripts = Counter(_script(letter) for letter in text if unicodedata.category(letter)[0] in "LM")
    return scripts.most_common(1)[0][0] if scripts else None


def is_arabic(text: str) -> bool:
    """Say whether Arabic letters hold none that only Persian, Urdu and their neighbours have."""
    return not _NOT_ARABIC.search(text)


def chinese(text: str) -> str | None:
    """Tell the two ways of writing Chinese apart; None where no character does."""
    letters = set(text)
    traditional, simplified = len(letters & _TRADITIONAL - _SIMPLIFIED), len(letters & _SIMPLIFIED - _TRADITIONAL)
    if traditional == simplified:
        return None
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def locale_of(language: str | None) -> str:
    """Give the language in which something can be said to who speaks this one: English where we have no texts."""
    return language if language in LOCALES else SOURCE


def menu(locale: str) -> str:
    """Write the line under the first question that offers other languages.

    In another language than English it is asked on a guess, and English beside it: two languages in one text.
    """
    if locale == SOURCE:
        return f"ESPAÑOL 5 FRANÇAIS 6 PUNJABI 7 OTHER LANGUAGE {OTHER}"
    return f"ENGLISH 8 OTHER {OTHER}"


def choices_on(page: int) -> dict[int, str]:
    """Give what the digits of a page of languages choose: those of which there are texts."""
    return {digit: code for digit, (code, _) in _PAGES[page].items() if code in LOCALES}


def page_text(page: int) -> str:
    """Write a page of languages, each on a line of its own, so that no direction of letters moves a digit."""
    lines = {digit: name for digit, (code, name) in _PAGES[page].items() if code in LOCALES}
    lines |= {4: "SOS", OTHER: _NONE_OF_THESE[page]}
    return "\n".join(f"{digit} {lines[digit]}" for digit in sorted(lines))


def _script(letter: str) -> str:
    """Name the script of a letter by the first word of its Unicode name."""
    found = _SCRIPT_NAME.match(unicodedata.name(letter, ""))
    return found.group() if found else ""
