"""Numbers and rights: nothing without a source, nothing that was read too long ago."""

from datetime import UTC, date, datetime, timedelta

from intake.web import content
from intake.web.pages import PROVINCE

YEAR = timedelta(days=366)


def today() -> date:
    return datetime.now(UTC).date()


def test_every_statement_names_a_law_and_a_source_read_in_the_last_twelve_months() -> None:
    rights = content.rights(PROVINCE)
    assert rights.province == "British Columbia"
    assert len(rights.statements) >= 5
    for statement in rights.statements:
        assert statement.text
        assert statement.law
        assert statement.source.startswith("https://")
        assert statement.checked >= today() - YEAR, f"read the source again: {statement.source}"
    assert rights.checked == min(statement.checked for statement in rights.statements)


def test_every_number_names_a_source_read_in_the_last_twelve_months() -> None:
    for number in content.numbers():
        assert number.source.startswith("https://")
        assert number.checked >= today() - YEAR, f"call it, and read the source again: {number.shown}"


def test_what_is_dialled_is_what_is_shown() -> None:
    for number in content.numbers():
        digits = "".join(filter(str.isdigit, number.dial))
        assert digits == "".join(filter(str.isdigit, number.shown))


def test_the_most_urgent_number_comes_first_and_stands_in_the_panel() -> None:
    panel = [number.shown for number in content.numbers() if number.panel]
    assert panel[0] == "911"
    assert "988" in panel
