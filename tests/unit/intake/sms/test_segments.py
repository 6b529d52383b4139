"""A message is counted as phones count it, and cut so that its parts are the message again."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.sms.segments import Encoding, Measure, fits, measure, plain, split

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "segments.json").read_text(encoding="utf-8"))
letters = st.text(st.sampled_from("aé€^ñçਸ਼ਿ😀 \n'"), max_size=400)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['text'][:12]!a}x{vector['times']}")
def test_every_example_that_the_desk_is_held_to_is_counted_alike(vector: dict[str, Any]) -> None:
    text = vector["text"] * vector["times"]
    assert measure(text) == Measure(Encoding(vector["encoding"]), vector["units"], vector["segments"])


def test_nothing_takes_no_segment_and_gives_no_message() -> None:
    assert measure("") == Measure(Encoding.GSM_7, 0, 0)
    assert split("", 1) == ()
    assert split(" \n", 1) == ()


@given(letters, st.integers(1, 3))
def test_the_parts_of_a_message_are_the_message_again_and_each_fits(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part.strip() == part and fits(part, limit) for part in parts)
    assert "".join("".join(parts).split()) == "".join(measured(text).split())


def measured(text: str) -> str:
    """Write a text as it is sent."""
    return unicodedata.normalize("NFC", text)


def test_a_long_answer_is_cut_between_words() -> None:
    words = ["word"] * 100
    parts = split(" ".join(words), 1)
    assert len(parts) > 1
    assert [word for part in parts for word in part.split()] == words


def test_a_long_word_is_cut_at_a_letter_and_no_pair_of_surrogates_is_split() -> None:
    parts = split("😀" * 100, 1)
    assert [len(part) for part in parts] == [35, 35, 30]


def test_a_letter_keeps_its_vowel_sign() -> None:
    parts = split("ਕਿ" * 50, 1)
    assert "".join(parts) == "ਕਿ" * 50
    assert all(part.endswith("ਿ") for part in parts)


def test_a_limit_below_one_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="segment"):
        split("text", 0)


@pytest.mark.parametrize(
    ("name", "written"),
    [("Français", "Francais"), ("Trois-Rivières", "Trois-Rivières"), ("Côte’s", "Cote's"), ("ਸਰੀ", "ਸਰੀ")],
)
def test_one_letter_of_a_name_does_not_double_a_text(name: str, written: str) -> None:
    assert plain(name) == written
