"""A catalogue is written so that only its sentences change it, and so that no note of a translator is lost."""

from datetime import UTC, datetime
from pathlib import Path

from translations.locales import locale
from translations.template import Sentence, read, template, write

SAID = Sentence("Send", "", "button", frozenset({"intake/web/templates/form.html"}), vital=False)
WORDS = "# Words to keep the same:\n# send = ਭੇਜੋ"


def test_the_same_sentences_give_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    first, second = template({SAID.key: SAID}), template({SAID.key: SAID})
    second.creation_date = second.revision_date = datetime(2031, 7, 8, tzinfo=UTC)
    write(first, tmp_path / "first.pot")
    write(second, tmp_path / "second.pot")
    assert (tmp_path / "first.pot").read_bytes() == (tmp_path / "second.pot").read_bytes()
    assert b"Date" not in (tmp_path / "first.pot").read_bytes()


def test_the_words_that_a_translator_wrote_down_stay_at_the_top(tmp_path: Path) -> None:
    path = tmp_path / "messages.po"
    catalog = read(path, locale("pa"))
    catalog.header_comment += f"\n{WORDS}"
    write(catalog, path)
    kept = read(path, locale("pa"))
    kept.update(template({SAID.key: SAID}), no_fuzzy_matching=True, update_creation_date=False)
    write(kept, path)
    assert WORDS in path.read_text(encoding="utf-8")
