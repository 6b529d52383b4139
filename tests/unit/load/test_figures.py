"""A figure's verdict and its place in the table: what is short must read as short, and nothing not measured as ok."""

import json
from pathlib import Path

import pytest

from tests.load.__main__ import BEGIN, END, write
from tests.load.figures import Figure, Target, document, percentile, table

FAST = Figure("form", "GET of the form", 1.0, "ms", Target(at_most=2))
SLOW = Figure("reports", "share of the null store", 0.3, "x", Target(at_least=0.4), "why it is short")
NONE = Figure("webhook", "first messages", None, "/s", Target(at_least=1))


def test_a_figure_within_its_target_is_ok_and_one_beyond_is_short() -> None:
    assert [one.verdict for one in (FAST, SLOW, NONE)] == ["ok", "SHORT", "not measured"]
    assert [one.ratio for one in (FAST, SLOW, NONE)] == [0.5, pytest.approx(0.75), None]


def test_a_target_of_nothing_at_all_is_met_by_nothing_only() -> None:
    assert Target(at_most=0).is_met(0) and not Target(at_most=0).is_met(1)


def test_the_table_has_a_row_for_each_figure_and_a_line_for_each_note() -> None:
    lines = table([FAST, SLOW, NONE]).splitlines()
    assert len({len(line) for line in lines[:5]}) == 1
    assert "1.00 ms" in lines[2] and "<= 2 ms" in lines[2]
    assert lines[-1] == "- share of the null store: why it is short"


def test_the_json_tells_what_the_table_tells() -> None:
    told = json.loads(document([SLOW], {"processors": 2}))
    assert told["about"] == {"processors": 2}
    assert (told["figures"][0]["id"], told["figures"][0]["verdict"]) == ("reports", "SHORT")


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1.0)] == [51.0, 100.0, 100.0]


def test_the_table_is_put_between_the_markers_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write(page, "new\n")
    assert page.read_text(encoding="utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    with pytest.raises(ValueError, match="needs the lines"):
        write(Path(__file__).with_name("__init__.py"), "new\n")
