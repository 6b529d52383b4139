"""The demo's dates move with today, and nothing else in its directory does."""

from datetime import date, timedelta

from demo.dates import WRITTEN_ON, with_dates_near


def test_dates_and_moments_move_and_other_texts_stay() -> None:
    document = {
        "assured_date": "2019-03-01",
        "services": [{"last_modified": "2019-03-01T09:00:00.000Z", "opens_at": "09:00:00"}],
        "name": "2019-03-01 Society",
        "number": "+1-604-555-0101",
        "open_24h": False,
    }
    moved = with_dates_near(document, WRITTEN_ON + timedelta(days=31))
    assert moved == {
        **document,
        "assured_date": "2019-04-01",
        "services": [{"last_modified": "2019-04-01T09:00:00.000Z", "opens_at": "09:00:00"}],
    }


def test_the_document_that_was_given_stays_as_it_is() -> None:
    document = {"assured_date": "2019-03-01"}
    with_dates_near(document, date(2031, 1, 1))
    assert document == {"assured_date": "2019-03-01"}
