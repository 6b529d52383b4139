"""The hotline's texts: within their segments in each language, neutral, and with the numbers that the pages show."""

import re

import pytest

from intake.content import published
from intake.sms import check
from intake.sms.languages import LOCALES
from intake.sms.segments import Encoding, measure
from intake.sms.texts import PAGES, QUESTIONS, SENTENCES, Kind, most_segments, text, within_limit, words_of, written
from translations.locales import locales

QUESTION = "Is it one of these? %(places)s 9 none"
DANGER = (
    "In danger now? Call 911, say police or ambulance, then your language. "
    "Free, day and night: 1-800-563-0808. Want to hurt yourself? Call or text 988."
)
ERASING = (
    "OK. In 7 days all you wrote is erased. To undo it, text %(code)s from any phone. "
    "Write that on paper, then delete this chat."
)
PLACES = ("Hamilton, Metro Vancouver", "Hamilton, Ontario", "Hamilton, Québec")


@pytest.mark.parametrize("code", LOCALES)
def test_every_text_keeps_to_its_segments_and_says_no_telling_word(code: str) -> None:
    assert not list(check.faults_of(code, check.catalogue_of(code)))


@pytest.mark.parametrize("code", ["en", "fr", "es", "pa-Latn"])
def test_no_text_in_latin_letters_takes_a_letter_outside_gsm_7(code: str) -> None:
    said = [found for kind, found in check.every(code, check.catalogue_of(code)) if kind not in PAGES]
    assert all(measure(one).encoding is Encoding.GSM_7 for one in said)


@pytest.mark.parametrize(
    ("english", "fault"),
    [
        ("Got it, thank you. A helper will read it.", "segments"),
        ("Got it, thank you. A helper will read it.", "'denuncia'"),
    ],
)
def test_a_planted_fault_is_found(english: str, fault: str) -> None:
    planted = "Su denuncia ya llegó. " * 8

    def say(message: str) -> str:
        return planted if message == english else message

    assert any(fault in found for found in check.faults_of("es", say))


@pytest.mark.parametrize("code", LOCALES)
def test_every_question_says_what_each_digit_means(code: str) -> None:
    digits = {
        Kind.OPENING: "12340",
        Kind.TOWN: "123567894",
        Kind.TOWN_NAME: "9",
        Kind.TOWN_AGAIN: "9",
        Kind.WHICH: "1239",
        Kind.CAN_TALK: "1",
        Kind.LINK: "10",
        Kind.MENU: "1235640",
        Kind.HOURS: "1230",
        Kind.FORGET: "123",
    }
    assert digits.keys() == QUESTIONS - set(PAGES)
    for kind, wanted in digits.items():
        # Korean writes its particles onto a digit.
        found = re.findall(r"(?<![\w-])\d(?![^\W가-힣]|-)", text(kind, code, places=PLACES))
        if kind is Kind.TOWN_NAME:
            # The three signs of a postal code, which Korean writes as a word.
            found = [digit for digit in found if digit != "3"]
        assert found == list(wanted)


@pytest.mark.parametrize("code", LOCALES)
def test_the_numbers_are_those_of_the_help_page(code: str) -> None:
    shown = {number.shown for number in published.numbers()}
    # Korean writes its particles onto a number.
    number = r"(?<![\d-])(?:1-\d{3}-\d{3}-\d{4}|[2-9]\d\d)(?![\d-])"
    told = {found for kind in SENTENCES for found in re.findall(number, text(kind, code))}
    assert told == {"911", "988", "1-800-563-0808"}
    assert told <= shown


@pytest.mark.parametrize("code", LOCALES)
def test_the_emergency_number_comes_first_where_danger_is_spoken_of(code: str) -> None:
    for kind in (Kind.DANGER, Kind.HELP):
        assert re.findall(r"\d+", text(kind, code))[0] == "911"


def test_the_first_question_offers_the_other_languages_until_one_is_known() -> None:
    assert text(Kind.OPENING, "en", offer=True).endswith("\nESPAÑOL 5 FRANÇAIS 6 PUNJABI 7 OTHER LANGUAGE 9")
    assert "\n" not in text(Kind.OPENING, "en")


@pytest.mark.parametrize("code", LOCALES)
@pytest.mark.parametrize("length", [3, 30, 60, 90, 200])
def test_places_with_long_names_still_fit(code: str, length: int) -> None:
    places = [f"{number}{'é' * length}" for number in "ABC"]
    found = text(Kind.WHICH, code, places=places)
    assert within_limit(found, code)
    assert "1 A" in found
    assert "2 B" in found


def test_a_letter_outside_gsm_7_in_a_place_s_name_costs_no_second_text() -> None:
    found = written(Kind.WHICH, "en", str, places=["Saint-Jérôme, Québec", "Hamilton, Ontario"])
    assert "1 Saint-Jérome, Québec" in found


def test_the_words_of_a_question_may_stand_beside_its_answer() -> None:
    assert {"evenings", "only", "yes", "punjabi"} <= words_of(Kind.OPENING, "en")
    assert "boss" not in words_of(Kind.OPENING, "en")


def test_what_gsm_7_can_write_takes_one_segment_and_the_rest_at_most_two() -> None:
    one = {"en", "es", "fr", "fil", "pa-Latn"}
    assert {code: most_segments(code) for code in LOCALES} == {code: 1 if code in one else 2 for code in LOCALES}


def test_the_registry_says_of_each_language_of_the_texts_that_the_hotline_speaks_it() -> None:
    assert {one.code for one in locales() if one.sms} == set(LOCALES)


def test_numbers_and_latin_names_keep_their_place_in_a_text_from_right_to_left() -> None:
    def say(message: str) -> str:
        return {
            QUESTION: "أي واحد؟ %(places)s 9 لا شيء",
            DANGER: "خطر؟ اتصل 911. مجانا: 1-800-563-0808.",
            ERASING: "أرسل %(code)s من أي هاتف",
        }.get(message, message)

    numbers = written(Kind.DANGER, "ar", say)
    assert "\u200e1-800-563-0808\u200e" in numbers
    assert "\u200e911" not in numbers
    assert "\u200e1234 5678 9012\u200e" in written(Kind.ERASING, "ar", say, code="1234 5678 9012")
    assert "Ontario\u200f 2 Hamilton" in written(Kind.WHICH, "ar", say, places=["Hamilton, Ontario", "Hamilton"])
    assert "\u200e" not in written(Kind.DANGER, "en", str)


def test_a_word_is_telling_in_scripts_without_spaces_too() -> None:
    assert any("投诉" in fault for fault in check.faults_of("zh-Hans", lambda _: "我们收到了您的投诉"))
    assert not any("says" in fault for fault in check.faults_of("zh-Hans", lambda _: "收到了，谢谢"))
