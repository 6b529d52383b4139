"""Days and hours as each language writes them, on the organization's clock."""

from datetime import UTC, date, datetime

import pytest

from intake.web.dates import day_text, moment_text
from translations.locales import form_locales

MOMENT = datetime(2026, 7, 10, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("en", ("Friday, July 10, 2026", "10:00")),
        ("fr", ("vendredi 10 juillet 2026", "10:00")),
        ("es", ("viernes, 10 de julio de 2026", "10:00 de la mañana")),
        ("pa", ("ਸ਼ੁੱਕਰਵਾਰ", "ਸਵੇਰੇ 10:00 ਵਜੇ")),
        ("fil", ("Biyernes, Hulyo 10, 2026", "10:00")),
        ("vi", ("Thứ Sáu, 10 tháng 7, 2026", "10:00 sáng")),
        ("pt", ("sexta-feira, 10 de julho de 2026", "10:00")),
        ("hi", ("शुक्रवार, 10 जुलाई 2026, सुबह 10:00 बजे",)),
        ("zh-Hant", ("2026年7月10日 星期五 上午10:00",)),
        ("zh-Hans", ("2026年7月10日星期五 上午10:00",)),
        ("ko", ("2026년 7월 10일 금요일 오전 10:00",)),
        ("ar", ("الجمعة، 10 يوليو 2026، 10:00 صباحًا",)),
    ],
)
def test_a_moment_is_written_on_the_clock_of_its_zone(code: str, parts: tuple[str, ...]) -> None:
    text = moment_text(MOMENT, "America/Vancouver", code)
    assert all(part in text for part in parts), text


@pytest.mark.parametrize(
    ("code", "hour"),
    [
        ("en", "4:30\u202fPM"),
        ("es", "4:30 de la tarde"),
        ("pa", "ਸ਼ਾਮੀਂ 4:30 ਵਜੇ"),
        ("fil", "4:30\u202fPM"),
        ("vi", "4:30 chiều"),
        ("pt", "16:30"),
        ("hi", "शाम 4:30 बजे"),
        ("zh-Hant", "下午4:30"),
        ("zh-Hans", "下午4:30"),
        ("ko", "오후 4:30"),
        ("ar", "4:30 بعد الظهر"),
    ],
)
def test_an_hour_after_noon_is_written_as_it_is_said(code: str, hour: str) -> None:
    assert moment_text(datetime(2026, 7, 10, 23, 30, tzinfo=UTC), "America/Vancouver", code).endswith(hour)


def test_a_day_is_the_day_of_the_zone() -> None:
    late = datetime(2026, 7, 11, 5, 0, tzinfo=UTC)
    assert "Friday, July 10" in moment_text(late, "America/Vancouver", "en")


@pytest.mark.parametrize("one", form_locales(), ids=lambda one: one.code)
def test_every_language_of_the_form_can_write_a_day(one: object) -> None:
    assert "2026" in day_text(date(2026, 7, 8), one.code)  # type: ignore[attr-defined]
