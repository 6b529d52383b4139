"""A keyword is one where it stands alone, in any language and however it is typed, and nowhere else."""

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

from intake.sms import words
from intake.sms.digits import bare
from intake.sms.languages import LOCALES
from intake.sms.texts import Kind, text
from intake.sms.words import Command, keyword

TABLES = tomllib.loads(Path(words.__file__).with_name("keywords.toml").read_text(encoding="utf-8"))
PHRASES = [
    (Command(name), phrase)
    for name, languages in TABLES.items()
    if name not in ("accented", "beside")
    for listed in languages.values()
    for phrase in listed.split("|")
]
# Words that people write alone and that ask for nothing, most of them a mark away from one that does.
ORDINARY = {
    "en": "stopped ended helping deleted timed moray thee ago Monday them then dung quite",
    "es": "él té tú pará bajá páramo ayudó borró alta bajo me_quiero además allí así dólares olvidé día",
    "fr": "arrêté arrêtée aidé effacé oublié où là dès lès né sûr infô",
    "fil": "tama kahapon bukas ngayon hindi_pa noon tulog sahod amo ako gabi tao",
    "pa": "ਬੰਦਾ ਹੱਥ ਮਾਲਕ ਤਨਖਾਹ ਪੈਸੇ ਕੱਲ੍ਹ banda malak paise kal hath",
    "hi": "बंदा मालिक पैसे कल समझ रोटी maalik paisa kaam kal samajh",
    "zh-Hant": "停車 老闆 護照 明天 工錢 幫忙 時候 網 刪",
    "zh-Hans": "停车 老板 护照 明天 工资 帮忙 时候 网 删",
    "vi": "dung đứng dũng dùng đừng thoi thời thói quen quến đã đá da cô cỏ co mang màng màn them thèm gio gió giỏ huy"
    " cừu cửu viết Quyên lời lỗi nợ nó nổ ơ ồ ở ổ số sợ tiền lương chủ hộ_chiếu sỉ bả mã bà Hân hạn vàng vang",
    "pt": "pará parâmetro é ê à só nó já lá avó pára saída chegada apagão começo esqueci mês",
    "ko": "사장님 월급 여권 내일 그만두다 그만큼 도움말 시계 안 법원",
    "ar": "أبدًا أبدا ابدا أي راتب جواز غدا وقفة حذاء لأ",
}


def read(text: str) -> Command | None:
    found = keyword(text)
    return found.command if found else None


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop",
        " Stop. ",
        "STOP!!!",
        "ＳＴＯＰ",
        "s\u200bt\u200bop",
        "STOP 👍",
        "ARRET",
        "arrêt",
        "ARRÊTE",
        "ALTO",
        "¡Alto!",
        "BAJA",
        "ਬੰਦ",
        "ਬੰਦ ਕਰੋ।",
        "ਰੋਕੋ",
        "band karo",
        "UNSUBSCRIBE",
        "no más mensajes",
        "Hinto",
        "ihinto!",
        "patigil",
        "¡Para!",
        "不要再傳",
        "唔好再傳",
        "别再发",
        "别发了。",
        "TD",
        "मैसेज मत भेजो",
        "그만 보내세요",
        "문자그만",
    ],
)
def test_stop_is_read_in_every_language(text: str) -> None:
    assert read(text) is Command.STOP


@pytest.mark.parametrize(
    "text",
    [
        "STOP 12345",
        "stop paying us",
        "please make my boss stop",
        "they don't stop",
        "parar la finca",
        "arrêt de travail",
        "para mi familia",
        "trabajo para una finca",
        "para po sa tulong",
        "TD bank",
        "他说别发了工资",
        "हिंटो मैसेज मत भेजो बॉस",
    ],
)
def test_stop_in_a_sentence_is_story(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text", ["HELP", "help me!", "AIDE", "à l’aide", "AYUDA", "¡Ayúdame!", "ਮਦਦ", "ਮਦਦ ਕਰੋ", "madad karo", "911", "SOS"]
)
def test_a_call_for_help_is_read_in_every_language(text: str) -> None:
    assert read(text) is Command.HELP


@pytest.mark.parametrize(
    "text",
    [
        "not my phone",
        "Wrong number",
        "it's not my phone",
        "my friend's phone",
        "no es mi teléfono",
        "pas mon téléphone",
        "ਮੇਰਾ ਫ਼ੋਨ ਨਹੀਂ",
        "mera phone nahi",
    ],
)
def test_a_friend_s_phone_is_told_in_words_too(text: str) -> None:
    assert read(text) is Command.FRIEND


@pytest.mark.parametrize("text", ["Apague", "eliminar", "Eliminar!", "borrar", "apagar tudo", "सब मिटाओ"])
def test_whoever_wants_to_be_forgotten_is_understood(text: str) -> None:
    assert read(text) is Command.FORGET


@pytest.mark.parametrize(("command", "phrase"), PHRASES)
def test_each_phrase_of_the_file_is_read_as_what_its_table_asks_for(command: Command, phrase: str) -> None:
    for typed in (phrase, phrase.upper(), f"¡{phrase}!", unicodedata.normalize("NFD", phrase)):
        assert read(typed) is command


def test_accents_may_be_left_out_unless_that_is_another_word() -> None:
    ordinary = {word for listed in TABLES["accented"].values() for word in listed.split("|")}
    unread = {key for command, phrase in PHRASES if read(key := bare(phrase)) is not command}
    assert unread == ordinary


@pytest.mark.parametrize("language", ORDINARY)
def test_an_ordinary_word_is_no_keyword_whatever_it_looks_like_without_its_accents(language: str) -> None:
    assert [word for word in ORDINARY[language].split() if read(word.replace("_", " ")) is not None] == []


def test_a_tone_makes_another_word() -> None:
    assert [read(word) for word in ("Dừng", "Đúng", "dung", "đúng rồi", "Ờ", "NGỪNG")] == [
        *(Command.STOP, Command.YES, None, Command.YES, Command.YES, Command.STOP),
    ]
    assert read("du\u031b\u0300ng") is Command.STOP
    assert [read(word) for word in ("ابدأ", "أبدًا")] == [Command.START, None]


def choice(kind: Kind, locale: str, digit: int) -> str:
    """Give the words of a choice, as a question has them."""
    found = re.search(rf"(?<![\d-]){digit} ([^0-9.。।\n]+)", text(kind, locale))
    assert found is not None
    return found.group(1).strip()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", [Kind.OPENING, Kind.TOWN, Kind.MENU, Kind.HELP])
def test_the_fourth_choice_is_known_by_its_own_words(kind: Kind, locale: str) -> None:
    said = choice(kind, locale, 4)
    for typed in (said, said.upper(), f"  {said} !", said.replace(" ", ""), said.replace(" ", " , ")):
        assert read(typed) is Command.PERSON, typed


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", [Kind.OPENING, Kind.MENU, Kind.HELP, Kind.LINK])
def test_the_wish_for_no_texts_is_known_by_its_own_words(kind: Kind, locale: str) -> None:
    assert read(choice(kind, locale, 0)) in ({Command.FRIEND} if kind is Kind.OPENING else {Command.STOP})


@pytest.mark.parametrize("text", ["yes", "Sí", "oui", "ਹਾਂ ਜੀ", "haan ji", "OK", "👍", "👍🏽"])
def test_a_yes_is_a_yes(text: str) -> None:
    assert read(text) is Command.YES


@pytest.mark.parametrize("text", ["", " ", "🙂", "1", "hello", "a" * 2000, "yes but my boss reads this"])
def test_other_texts_are_no_keyword(text: str) -> None:
    assert read(text) is None


def test_a_keyword_tells_its_language_only_where_one_language_has_it() -> None:
    languages = {text: found.language for text in ("AYUDA", "AIDE", "HELP", "ਮਦਦ") if (found := keyword(text))}
    assert languages == {"AYUDA": "es", "AIDE": "fr", "HELP": "en", "ਮਦਦ": "pa"}
    for shared in ("STOP", "no", "OK", "911", "madad", "para", "eliminar", "TD"):
        found = keyword(shared)
        assert found is not None
        assert found.language is None
