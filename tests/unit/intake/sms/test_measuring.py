"""`leeward sms measure` and `leeward sms language` as somebody runs them: JSON out, bad input told, exit codes."""

import json

import pytest
from click.testing import CliRunner, Result

from intake.sms.measuring import language, measure


def run(command: object, raw: bytes) -> Result:
    """Run a command with bytes on its standard input."""
    assert command in (measure, language)
    return CliRunner().invoke(measure if command is measure else language, input=raw)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 0),
        ("hello", "GSM-7", 5, 1),
        ("hello\n", "GSM-7", 5, 1),
        ("a\nb", "GSM-7", 3, 1),
        ("{}", "GSM-7", 4, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("ਮ" * 70, "UCS-2", 70, 1),
        ("ਮ" * 71, "UCS-2", 71, 2),
        ("👍", "UCS-2", 2, 1),
    ],
)
def test_a_text_is_measured(text: str, encoding: str, units: int, segments: int) -> None:
    done = run(measure, text.encode())
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"encoding": encoding, "units": units, "segments": segments}


def test_each_line_gets_a_line_in_its_order() -> None:
    done = run(language, "ਮਾਲਕ ਨੇ ਪਾਸਪੋਰਟ ਰੱਖ ਲਿਆ\n\nel patrón no nos paga las horas\r\nhola".encode())
    assert done.exit_code == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["choice"], line["suggestion"], line["by"]) for line in lines] == [
        ("pa", None, "script"),
        (None, None, "none"),
        (None, "es", "model"),
        (None, None, "none"),
    ]
    assert all(set(line) == {"choice", "suggestion", "confidence", "by"} for line in lines)


def test_no_line_gets_none() -> None:
    assert run(language, b"").stdout == ""


def test_input_that_is_no_utf_8_is_told_and_ends_with_2() -> None:
    for command, told in ((measure, "The text is not UTF-8: byte 3"), (language, "Line 2 is not UTF-8: byte 1")):
        raw = b"ab\xff" if command is measure else b"hello\n\xfe\n"
        done = run(command, raw)
        assert done.exit_code == 2
        assert told in done.stderr
        assert "Traceback" not in done.output


def test_a_text_without_an_end_is_refused() -> None:
    assert run(measure, b"a" * (2 * 1024 * 1024)).exit_code == 2


@pytest.mark.parametrize("command", [measure, language])
def test_help_says_what_comes_in_and_what_comes_out(command: object) -> None:
    done = CliRunner().invoke(measure if command is measure else language, ["--help"])
    assert done.exit_code == 0
    assert "JSON" in done.stdout
    assert "UTF-8" in done.stdout
