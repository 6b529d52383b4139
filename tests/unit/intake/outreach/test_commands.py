"""`leeward outreach` writes what it was asked for, and says what is missing."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from intake.outreach.commands import outreach_command
from tests.unit.intake.outreach.printed import NUMBER, URL

pytestmark = pytest.mark.usefixtures("noto")

HOTLINE = {
    "LEEWARD_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "LEEWARD_TWILIO_AUTH_TOKEN": "0" * 32,
    "LEEWARD_TWILIO_NUMBERS": f"{NUMBER},+16045550124",
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what the machine sets out of the command's sight."""
    for name in (*HOTLINE, "LEEWARD_DATA"):
        monkeypatch.delenv(name, raising=False)


def run(*args: str, **env: str) -> Result:
    return CliRunner().invoke(outreach_command, args, env={"LEEWARD_PUBLIC_URL": URL, **HOTLINE, **env})


@pytest.mark.parametrize(
    ("kind", "written", "begins"), [("card", "pdf", b"%PDF-1.7"), ("card", "svg", b"<svg"), ("poster", "svg", b"<svg")]
)
def test_a_file_is_written_and_named(tmp_path: Path, kind: str, written: str, begins: bytes) -> None:
    path = tmp_path / "new" / "one"
    result = run("--locale", "pa", "--kind", kind, "--format", written, "--out", str(path))
    assert result.output == f"{path}\n"
    assert path.read_bytes().startswith(begins)


def test_without_a_hotline_there_is_still_a_card(tmp_path: Path) -> None:
    path = tmp_path / "card.pdf"
    nothing = dict.fromkeys(HOTLINE, "")
    assert run("--locale", "en", "--out", str(path), **nothing).exit_code == 0
    assert path.exists()


def test_an_address_that_is_missing_is_asked_for(tmp_path: Path) -> None:
    result = run("--locale", "en", "--out", str(tmp_path / "card.pdf"), LEEWARD_PUBLIC_URL="")
    assert result.exit_code == 1
    assert "LEEWARD_PUBLIC_URL must be the public address, beginning with https://" in result.output
    assert not (tmp_path / "card.pdf").exists()


def test_a_language_that_the_form_does_not_speak_is_refused_with_those_that_it_does(tmp_path: Path) -> None:
    result = run("--locale", "xx", "--out", str(tmp_path / "card.pdf"))
    assert result.exit_code == 2
    assert "It speaks: " in result.output
    assert "pa" in result.output


@pytest.mark.parametrize("args", [(), ("--locale", "en"), ("--out", "x.pdf"), ("--all", "d", "--locale", "en")])
def test_a_command_that_says_too_little_or_too_much_is_refused(args: tuple[str, ...]) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert "Say --locale and --out, or --all and a folder." in result.output
