"""Words compare alike whatever the case, accents, script or punctuation, and one typing error leads to near names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.geography.wording import LONGEST_TEXT, key_of, one_error_away, words_of


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Fort St. John", "ft st john"),
        ("Sainte-Thérèse", "ste therese"),
        ("B.C.", "bc"),
        ("P. E. I.", "pei"),
        ("Hudson’s Hope", "hudsons hope"),
        ("ＯＬＩＶＥＲ", "oliver"),
        ("ਐਬਟਸਫ਼ੋਰਡ", "ਐਬਟਸਫੋਰਡ"),
        ("밴쿠버", "밴쿠버"),
        ("Straße 5", "strasse 5"),
        ("...", ""),
        ("", ""),
    ],
)
def test_key_of(text: str, key: str) -> None:
    assert key_of(text) == key


def test_words_keep_capitals_and_breaks() -> None:
    words = [(word.text, word.capital, word.after_break) for word in words_of("near Hope, by the river")]
    assert words == [
        ("near", False, True),
        ("hope", True, False),
        ("by", False, True),
        ("the", False, False),
        ("river", False, False),
    ]


def test_a_long_text_is_cut() -> None:
    assert sum(len(word.text) for word in words_of("a1 " * LONGEST_TEXT)) <= LONGEST_TEXT


NAMES = st.text(alphabet=st.sampled_from("abcXYZéÑ ß.,-'’/ਐਬਟ਼केलोนา温哥華켈로"), max_size=30)


@given(NAMES)
def test_a_key_is_its_words(name: str) -> None:
    assert key_of(name) == " ".join(word.text for word in words_of(name))


@given(st.text(alphabet="abc ", min_size=1, max_size=8), st.data())
def test_every_single_error_is_undone(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcxyz "))
    mistyped = data.draw(
        st.sampled_from(
            [
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :],
            ]
        )
    )
    assert name in set(one_error_away(mistyped))
