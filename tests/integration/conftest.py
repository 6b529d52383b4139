"""A planted network and a worker who visits it, for the tests of the worker's pages."""

import pytest

from service.runtime import Runtime
from tests.integration.worker_client import WorkerClient
from tests.network import Network, plant


@pytest.fixture
def network(runtime: Runtime) -> Network:
    return plant(runtime)


@pytest.fixture
def worker(network: Network) -> WorkerClient:
    return WorkerClient(network)


@pytest.fixture
def lone(sqlite_runtime: Runtime) -> Network:
    """Give a network on SQLite alone, for what the database has no part in."""
    return plant(sqlite_runtime)
