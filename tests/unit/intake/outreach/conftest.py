"""What draws letters needs the Noto fonts of this machine; without them its tests say so."""

import pytest

from intake.outreach.fonts import FAMILIES, FontsMissing, find
from tests.conftest import cannot_run

NO_FONTS = "no Noto fonts on this machine"


@pytest.fixture(scope="session")
def noto() -> None:
    """Ask for every font of every language."""
    try:
        for family in FAMILIES.values():
            find(family, "Regular")
            find(family, "Bold")
    except FontsMissing as error:
        cannot_run(f"{NO_FONTS}: {error}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was not run without fonts."""
    missing = [one for one in terminalreporter.stats.get("skipped", []) if NO_FONTS in str(one.longrepr)]
    if missing:
        terminalreporter.write_line(
            f"NOT RUN: {len(missing)} tests of printed letters, since there are {NO_FONTS}. "
            "Install fonts-noto-core and fonts-noto-cjk (Debian) to run them.",
            yellow=True,
        )
