"""A keyword is one where it stands alone, in any language and however it is typed, and nowhere else."""

import pytest

from intake.sms.words import Command, keyword


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
