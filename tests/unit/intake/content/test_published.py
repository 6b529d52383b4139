"""Numbers and rights: nothing without a source, in short words, and a warning about what was read too long ago."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from intake.content import check, published
from referrals.categories import CATEGORIES

LONGEST_SENTENCE = 15  # words (ux_checklist, statement 47)
FOLDER = Path(published.__file__).parent


def told() -> Iterator[published.Statement]:
    yield from published.rights(published.PROVINCE).statements
    yield from published.employers(published.PROVINCE).statements


def sentences_of(text: str) -> list[str]:
    return re.split(r"(?<=[.?!:]) ", text.replace("B.C.", "BC").strip())


def test_the_page_names_its_province() -> None:
    assert published.rights(published.PROVINCE).province == "British Columbia"


def test_every_statement_names_a_law_or_a_guide_a_source_and_the_day_it_was_read() -> None:
    for statement in told():
        assert statement.text
        assert statement.law
        assert statement.source.startswith("https://")
        assert isinstance(statement.checked, date)


def test_each_kind_of_problem_that_the_form_names_has_its_rights() -> None:
    covered = [code for topic in published.rights(published.PROVINCE).topics for code in topic.covers]
    assert len(covered) == len(set(covered))
    assert set(covered) == CATEGORIES.keys() - {"other_unsure"}


def test_a_topic_has_a_name_and_says_something() -> None:
    topics = published.rights(published.PROVINCE).topics
    assert len({topic.code for topic in topics}) == len(topics)
    for topic in topics:
        assert topic.name
        assert topic.statements


def test_nothing_is_said_twice() -> None:
    texts = [statement.text for statement in published.rights(published.PROVINCE).statements]
    assert len(texts) == len(set(texts))


def test_a_rule_for_some_workers_says_for_whom() -> None:
    some = [statement for statement in published.rights(published.PROVINCE).statements if statement.only]
    assert some
    assert {statement.only for statement in some} == {
        "This rule is for workers in the Temporary Foreign Worker Program."
    }


def test_a_rule_for_some_workers_is_on_no_card() -> None:
    rights = published.rights(published.PROVINCE)
    assert check.printed_for_some(rights) == []
    (topic, some) = next((one, rule) for one in rights.topics for rule in one.statements if rule.only)
    printed = replace(topic, statements=(replace(some, card=True),))
    assert check.printed_for_some(replace(rights, topics=(printed,))) == [some.text]


def test_each_sentence_has_fifteen_words_or_fewer() -> None:
    for statement in published.rights(published.PROVINCE).statements:
        for sentence in [*sentences_of(statement.text), *sentences_of(statement.only or "")]:
            assert len(sentence.split()) <= LONGEST_SENTENCE, sentence


def test_each_topic_reads_at_grade_six_or_below() -> None:
    for topic in published.rights(published.PROVINCE).topics:
        text = " ".join(statement.text for statement in topic.statements)
        assert grade(text) <= 6, f"{topic.code}: {grade(text):.1f}"


def test_the_files_date_each_source_with_a_day() -> None:
    for path in FOLDER.rglob("*.toml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("checked"):
                assert isinstance(tomllib.loads(line)["checked"], date)


def test_every_number_names_a_source() -> None:
    for number in published.numbers():
        assert number.source.startswith("https://")


def test_what_is_dialled_is_what_is_shown() -> None:
    for number in published.numbers():
        digits = "".join(filter(str.isdigit, number.dial))
        assert digits == "".join(filter(str.isdigit, number.shown))


def test_the_most_urgent_number_comes_first_and_stands_in_the_panel() -> None:
    panel = [number.shown for number in published.numbers() if number.panel]
    assert panel[0] == "911"
    assert "988" in panel


def test_what_was_read_more_than_twelve_months_ago_is_named_with_its_source() -> None:
    checked = min(statement.checked for statement in told())
    assert check.stale(checked) == []
    late = check.stale(checked.replace(year=checked.year + 1, day=checked.day + 1))
    assert late
    assert all("https://" in line and checked.isoformat() in line for line in late)


def test_what_is_exactly_twelve_months_old_is_still_good() -> None:
    checked = min(statement.checked for statement in told())
    assert check.stale(checked.replace(year=checked.year + 1)) == []


def test_age_is_a_warning_and_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(date(2099, 1, 1)) == 0
    assert "warning: read again" in capsys.readouterr().out
    assert check.main(max(statement.checked for statement in told())) == 0
    assert capsys.readouterr().out == ""


def grade(text: str) -> float:
    """Give the Flesch-Kincaid grade. A name that a worker must know as it is counts as one syllable."""
    for name in ("Employment Standards", "WorkSafeBC", "B.C.", "SAWP"):
        text = text.replace(name, "Name")
    sentences = sentences_of(text)
    words = re.findall(r"[A-Za-z']+|\d+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    found = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith("le")
    return max(1, found - silent)
