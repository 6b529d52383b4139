"""Language tags meet through BCP 47, ISO 639 and macrolanguages."""

import pytest

from referrals.languages import spoken, understood_as, whole_of


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("es", "es"),
        ("ES-mx", "es"),
        ("es_419", "es"),
        ("spa", "es"),
        ("zh-Hant-HK", "zh"),
        ("zh-yue", "yue"),
        ("zh-cmn-Hans", "cmn"),
        ("cmn", "cmn"),
        ("yue-Hant", "yue"),
        ("zho", "zh"),
        ("fil-PH", "tl"),
        ("tgl", "tl"),
        ("pa-Guru", "pa"),
        ("pan", "pa"),
        ("prs", "fa"),
        ("ar-arz", "ar"),
        ("iw", "he"),
        ("sr-Latn", "sr"),
        ("ilo", "ilo"),
        ("", ""),
    ],
)
def test_a_tag_is_reduced_to_what_is_spoken(tag: str, language: str) -> None:
    assert spoken(tag) == language


def test_some_members_are_another_language_to_the_rest() -> None:
    assert whole_of("yue") == whole_of("hak") == "zh"
    assert whole_of("zh") is None and whole_of("es") is None


def test_chinese_without_more_is_mandarin() -> None:
    assert understood_as("zh") == understood_as("cmn") == {"zh", "cmn"}
    assert understood_as("yue") == {"yue"} and understood_as("es") == {"es"}
