"""The system's Chromium, started once for the tests of a module, and every page of the worker's to look at in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from service.runtime import Runtime
from tests.browser.showcase import Showcase, showcase
from tests.network import Network, plant


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Give a running Chromium. Each test opens contexts of its own in it and closes them."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def shown() -> Iterator[Showcase]:
    """Serve every page in every language that is offered, and in those that are made up."""
    with showcase(made_up=True, demo=True) as served:
        yield served


@pytest.fixture
def network(sqlite_runtime: Runtime) -> Network:
    """Give a small network with real keys; a module whose tests begin with more in it has its own."""
    return plant(sqlite_runtime)


@pytest.fixture
def address(network: Network) -> Iterator[str]:
    """Serve that network's pages."""
    with network.serve() as served:
        yield served
