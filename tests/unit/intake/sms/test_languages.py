"""A script decides where one language is written in it; words only suggest; what is not clear stays unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.sms.languages import LOCALES, by_script, locale_of, menu, suggestion


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ਮੇਰਾ ਮਾਲਕ ਤਨਖਾਹ ਨਹੀਂ ਦਿੰਦਾ", "pa"),
        ("ਮਾਲਕ boss", "pa"),
        ("นายจ้างไม่จ่ายเงิน", "th"),
        ("사장님이 월급을 안 줘요", "ko"),
        ("社長が給料を払わない", "ja"),
        ("मेरा मालिक पैसे नहीं देता", None),
        ("صاحب العمل لا يدفع", None),
        ("老闆不付工資", None),
        ("my boss", None),
        ("12345 👍", None),
        ("", None),
    ],
)
def test_a_script_decides_only_where_one_language_has_it(text: str, language: str | None) -> None:
    assert by_script(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("mi jefe no me paga y tiene mi pasaporte", "es"),
        ("mon patron ne paie pas les heures et il garde mon passeport", "fr"),
        ("my boss has my passport and he does not pay us", "en"),
        ("mera malik paise nahi dinda te passport rakh lia", None),
        ("hindi po kami binabayaran ng amo namin", None),
        ("mera boss salary nahi de raha hai", None),
        ("o meu chefe não paga", None),
        ("hola", None),
        ("hi", None),
        ("ok ok ok ok", None),
    ],
)
def test_words_suggest_a_language_only_where_it_is_clear(text: str, language: str | None) -> None:
    assert suggestion(text) == language


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert suggestion(text) in {None, *LOCALES}
    assert by_script(text) is None or len(str(by_script(text))) == 2


def test_english_is_said_where_there_are_no_texts() -> None:
    assert [locale_of(code) for code in ("pa", "th", None)] == ["pa", "en", "en"]


def test_the_menu_offers_each_other_language_in_its_own_letters() -> None:
    assert menu("en") == "ESPAÑOL 5 FRANÇAIS 6 PUNJABI 7"
    assert menu("es") == "FRANÇAIS 6 PUNJABI 7 ENGLISH 8"
