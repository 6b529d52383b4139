"""Language tags meet through BCP 47, ISO 639 and macrolanguages."""

import pytest
from babel.core import get_global

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
        ("nb-NO", "no"),
        ("nno", "no"),
        ("twi", "ak"),
        ("orm", "om"),
        ("quc", "quc"),
        ("", ""),
    ],
)
def test_a_tag_is_reduced_to_what_is_spoken(tag: str, language: str) -> None:
    assert spoken(tag) == language


def test_some_members_are_another_language_to_the_rest() -> None:
    assert whole_of("yue") == whole_of("hak") == "zh"
    assert whole_of("zh") is None and whole_of("es") is None


@pytest.mark.parametrize("code", ["quy", "quz", "quh", "qul", "qug", "quw", "qvi"])
def test_one_quechua_is_not_another(code: str) -> None:
    assert spoken(code) == code and whole_of(code) == "qu"


@pytest.mark.parametrize("code", ["quc", "quv", "qum", "qu"])
def test_what_is_no_quechua(code: str) -> None:
    # K'iche', Sakapulteko and Sipakapense are Mayan.
    assert whole_of(code) is None


def test_the_three_letters_of_a_language_are_its_two() -> None:
    """Compare with what CLDR calls the same."""
    aliases = {code: of for code, of in get_global("language_aliases").items() if len(code) == 3 and len(of) == 2}
    apart = [code for code, of in aliases.items() if whole_of(code) or code == "cmn"]
    taken_for_the_whole = ["adp", "cls", "cwd", "drh", "esk", "fuc", "ike", "knc", "kpv", "ojg", "prp", "src", "zyb"]
    spoken_by_nobody = ["ave", "chu", "epo", "ido", "ile", "ina", "lat", "pli", "vol"]
    left = aliases.keys() - {*apart, *taken_for_the_whole, *spoken_by_nobody}
    assert not [code for code in left if spoken(code) != spoken(aliases[code])]


def test_chinese_without_more_is_mandarin() -> None:
    assert understood_as("zh") == understood_as("cmn") == {"zh", "cmn"}
    assert understood_as("yue") == {"yue"} and understood_as("es") == {"es"}
