"""A missing font is named, with what to install."""

from pathlib import Path

import pytest

from intake.outreach.fonts import FAMILIES, FOLDERS, FontsMissing, find
from translations.locales import locales

pytestmark = pytest.mark.usefixtures("noto")


def test_every_language_has_a_family_of_fonts() -> None:
    assert {language.script for language in locales()} <= FAMILIES.keys()


def test_this_machine_has_each_of_them() -> None:
    for family in FAMILIES.values():
        assert find(family, "Regular").is_file()
        assert find(family, "Bold").is_file()


def test_a_missing_font_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match=r"NotoSansGurmukhi-Bold\.ttf .* apt install fonts-noto-core") as raised:
        find(FAMILIES["Guru"], "Bold", [tmp_path, tmp_path / "not there"])
    assert raised.value.package == "fonts-noto-core"
    with pytest.raises(FontsMissing, match="fonts-noto-cjk"):
        find(FAMILIES["Hans"], "Regular", [tmp_path])


def test_a_folder_that_is_named_first_is_looked_through_first(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    own = tmp_path / "deep" / "NotoSans-Bold.ttf"
    own.write_bytes(find(FAMILIES["Latn"], "Bold").read_bytes())
    assert find(FAMILIES["Latn"], "Bold", [tmp_path, *FOLDERS]) == own
