"""A script decides where one language is written in it; words only suggest; what is not clear stays unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.sms.languages import CHOICES, LOCALES, by_script, choices_on, guess, locale_of, menu, page_text, suggestion
from intake.sms.segments import measure


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
        ("el patrón no nos paga las horas", "es"),
        ("mon patron ne paie pas les heures et il garde mon passeport", "fr"),
        ("my boss has my passport and he does not pay us", "en"),
        ("mera malik paise nahi dinda te passport rakh lia", None),
        ("hindi po kami binabayaran ng amo namin", "fil"),
        ("mera boss salary nahi de raha hai", None),
        ("o meu chefe não paga", "pt"),
        ("Ông chủ không trả lương cho tôi", "vi"),
        ("ong chu giu ho chieu cua toi va khong tra luong", "vi"),
        ("मेरा मालिक पैसे नहीं देता", "hi"),
        ("صاحب العمل لا يدفع", "ar"),
        ("میرا مالک پیسے نہیں دیتا", None),
        ("老闆不付錢", "zh-Hant"),
        ("老板不给工资", "zh-Hans"),
        ("老板", None),
        ("hola", None),
        ("hi", None),
        ("ok ok ok ok", None),
    ],
)
def test_words_and_letters_suggest_a_language_only_where_it_is_clear(text: str, language: str | None) -> None:
    assert guess(text) == language
    assert suggestion(text) == (language if language in LOCALES else None)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert suggestion(text) in {None, *LOCALES}
    assert by_script(text) is None or len(str(by_script(text))) == 2


def test_english_is_said_where_there_are_no_texts() -> None:
    assert [locale_of(code) for code in ("pa", "th", None)] == ["pa", "en", "en"]


def test_the_line_under_the_first_question_offers_english_beside_a_guess_and_a_way_to_the_rest() -> None:
    assert menu("en") == "ESPAÑOL 5 FRANÇAIS 6 PUNJABI 7 OTHER LANGUAGE 9"
    assert menu("es") == "ENGLISH 8 OTHER 9"


@pytest.mark.parametrize("page", [0, 1])
def test_a_page_of_languages_is_one_segment_with_a_line_for_each_digit(page: int) -> None:
    lines = dict(line.split(" ", 1) for line in page_text(page).split("\n"))
    assert {int(digit) for digit in lines} == {*choices_on(page), 4, 9}
    assert measure(page_text(page)).segments == 1


def test_every_language_of_the_texts_can_be_chosen_by_a_digit() -> None:
    assert {*CHOICES.values(), *choices_on(0).values(), *choices_on(1).values()} == set(LOCALES)
