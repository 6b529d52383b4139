"""`leeward place` prints one JSON object for whatever is written."""

import json

import pytest
from click.testing import CliRunner

from referrals.geography.commands import place_command


@pytest.mark.parametrize(
    ("arguments", "districts", "method"),
    [
        (["Oliver BC"], {"5907": 1.0}, "exact"),
        (["Oliver", "BC"], {"5907": 1.0}, "exact"),
        (["nowhere at all"], {}, "none"),
        ([], {}, "none"),
        (["--", "-x"], {}, "none"),
    ],
)
def test_place_prints_one_object_and_succeeds(arguments: list[str], districts: dict[str, float], method: str) -> None:
    result = CliRunner().invoke(place_command, arguments)
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["districts"], found["method"]) == (districts, method)
    assert list(found) == ["province", "districts", "region", "level", "confidence", "candidates", "method"]


def test_place_prints_what_to_ask() -> None:
    found = json.loads(CliRunner().invoke(place_command, ["Hamilton"]).stdout)
    assert found["candidates"][1] == {
        "name": "Hamilton",
        "province": "BC",
        "district": "5915",
        "label": "Hamilton, Metro Vancouver, British Columbia",
    }


def test_place_never_repeats_a_postal_code() -> None:
    assert "1T0" not in CliRunner().invoke(place_command, ["V0H 1T0"]).output
