"""The law as texts: short enough for every phone, whole, and what was asked for."""

import pytest

from intake.content import published
from intake.sms.check import catalogue_of
from intake.sms.info import MOST_TEXTS, info_lines, lines_of
from intake.sms.languages import LOCALES
from intake.sms.segments import fits
from intake.sms.texts import most_segments
from referrals.categories import CATEGORIES

TOPICS = [topic.code for topic in published.rights(published.PROVINCE).topics]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("topic", ["", *TOPICS])
def test_every_answer_keeps_to_the_segments_of_its_language_and_to_few_texts(locale: str, topic: str) -> None:
    found = lines_of(locale, [topic] if topic else [], catalogue_of(locale))
    assert 1 <= len(found) <= MOST_TEXTS
    for text in found:
        assert text
        assert fits(text, most_segments(locale)), text


def test_a_kind_of_problem_of_the_form_finds_its_topic() -> None:
    assert info_lines("en", ["documents_held"]) == (
        "Your boss or the agency must not take your passport or other papers.",
    )
    for code in CATEGORIES.keys() - {"other_unsure"}:
        assert info_lines("en", [code]) != info_lines("en")


def test_two_topics_take_turns() -> None:
    found = info_lines("en", ["pay", "safety"])
    pay, safety = (
        one.statements for one in published.rights(published.PROVINCE).topics if one.code in ("pay", "safety")
    )
    assert found == (pay[0].text, safety[0].text, pay[1].text, safety[1].text)


def test_without_a_topic_or_with_an_unknown_one_it_says_what_the_card_says() -> None:
    card = [one.text for one in published.rights(published.PROVINCE).statements if one.card]
    assert list(info_lines("en")) == card
    assert info_lines("en", ["weather"]) == info_lines("en")


def test_a_rule_for_some_workers_says_for_whom() -> None:
    found = " ".join(info_lines("en", ["housing"]))
    assert "the housing is bad. This rule is for workers in the Temporary Foreign Worker Program." in found


def test_an_accent_does_not_double_a_text() -> None:
    (text,) = info_lines("es", ["papers"])
    assert text == "Su patron o la agencia no deben quitarle el pasaporte ni otros papeles."
