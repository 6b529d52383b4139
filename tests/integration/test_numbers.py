"""What is sent through the real form moves the numbers, in fives, and they tell nothing else."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client

from service.metrics import Metrics
from service.runtime import Runtime
from tests.network import Network, plant

SITE = "http://127.0.0.1:8000"
STORY = "They keep my passport, zugunruhe."


@pytest.fixture
def network(sqlite_runtime: Runtime) -> Network:
    """Give an instance that can take in reports."""
    return plant(sqlite_runtime)


def shown(network: Network) -> str:
    counted: Metrics = network.app.extensions["leeward.metrics"]
    return Client(counted.page()).get("/").text


def send(client: FlaskClient, path: str, **fields: str) -> str:
    """Post a form as a program without cookies or scripts does, and give where it leads."""
    answer = client.post(path, base_url=SITE, data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_reports_are_counted_once_there_are_five(network: Network) -> None:
    for _ in range(4):
        assert send(network.app.test_client(), "/en/", story=STORY).endswith("/en/sent")
    assert 'leeward_reports_total{channel="web"} 0.0' in shown(network)
    send(network.app.test_client(), "/en/", story=STORY)
    assert 'leeward_reports_total{channel="web"} 5.0' in shown(network)
    assert "zugunruhe" not in shown(network)


def test_what_is_refused_is_not_counted(network: Network) -> None:
    for _ in range(6):
        assert send(network.app.test_client(), "/en/", story="").endswith("/en/#e")
    assert 'leeward_reports_total{channel="web"} 0.0' in shown(network)
    assert 'leeward_request_seconds_count{kind="post"} 5.0' in shown(network)
