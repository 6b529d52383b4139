"""Every REST call that we make, against Twilio's own description of its interface, which Prism serves on this machine.

Prism refuses a request that the description does not allow, and answers an allowed one as the description says.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.port import Accepted, Inbound, ProviderAway, Rejected, Sought, Status, Unknown
from service.settings import Settings
from tests.conftest import NOON, cannot_run
from tests.guards.tree import ROOT
from tests.unit.intake.sms.webhooks import ACCOUNT, NUMBER, SITE, with_hotline

PACKAGES = ROOT / "tests" / "prism" / "node_modules"
PRISM = PACKAGES / "@stoplight" / "prism-cli" / "dist" / "index.js"
DESCRIPTIONS = PACKAGES / "@twilio" / "cli-core" / "src" / "services" / "twilio-api"
SETTINGS = with_hotline(Settings(Path(), "sqlite:///main", "sqlite:///keys", public_url=SITE))
WORKER = "+16045550142"
MESSAGE, MEDIA, RECORDING = "SM" + "1" * 32, "ME" + "2" * 32, "RE" + "3" * 32
STARTS_WITHIN_SECONDS = 60


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the description of messages, media, recordings and numbers, and give the address."""
    with served("twilio_api_v2010.json", tmp_path_factory.mktemp("prism") / "log") as address:
        yield address


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the description of messaging services, and give the address."""
    with served("twilio_messaging_v1.json", tmp_path_factory.mktemp("prism") / "log") as address:
        yield address


@contextmanager
def served(description: str, log: Path) -> Iterator[str]:
    """Serve one of Twilio's descriptions for a block."""
    node = shutil.which("node", path=f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    if node is None or not PRISM.exists():
        cannot_run("Prism is not installed: `make tests/prism/node_modules/.stamp`")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [node, str(PRISM), "mock", "--host", "127.0.0.1", "--port", str(port), str(DESCRIPTIONS / description)]
    with log.open("wb") as file:
        serving = subprocess.Popen(command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while not _answers(port):
            assert serving.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.kill()
        serving.wait(10)


def _answers(port: int) -> bool:
    with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().status == 404
    return False


@pytest.fixture
def twilio(prism: str) -> Twilio:
    return Twilio(SETTINGS, base_url=prism, timeout=(5.0, 30.0))


def send(through: Twilio, to: str = WORKER) -> Accepted | Rejected | Unknown:
    """Hand one text over."""
    return through.send(text="ਠੀਕ ਹੈ 😟", to=to, sender=NUMBER, reference="ab" * 16, expires_seconds=900)


def test_handing_a_text_over_is_as_it_is_described(twilio: Twilio) -> None:
    assert isinstance(send(twilio), Accepted)


def test_asking_for_a_text_by_its_name_is_as_it_is_described(twilio: Twilio) -> None:
    told = twilio.look(Sought("ab" * 16, MESSAGE, "", "", NOON))
    assert told is None or isinstance(told, Status)


def test_looking_for_a_text_among_those_to_a_phone_is_as_it_is_described(twilio: Twilio) -> None:
    assert twilio.look(Sought("ab" * 16, None, WORKER, "no such words", NOON)) is None


def test_listing_what_came_is_as_it_is_described(twilio: Twilio) -> None:
    assert all(isinstance(text, Inbound) for text in twilio.arrived(NOON))


def test_listing_what_came_with_a_text_is_as_it_is_described(twilio: Twilio) -> None:
    listed = twilio.client.messages(MESSAGE).media.list(limit=10)
    assert all(one.sid.startswith("ME") for one in listed)


def test_erasing_a_text_with_what_came_with_it_is_as_it_is_described(twilio: Twilio) -> None:
    assert twilio.erase(MESSAGE, [MEDIA]) is True


def test_erasing_a_call_and_its_recording_is_as_it_is_described(twilio: Twilio) -> None:
    assert twilio.erase("CA" + "4" * 32, [RECORDING]) is True


def test_listing_what_callers_said_and_asking_who_called_is_as_it_is_described(twilio: Twilio) -> None:
    assert all(isinstance(spoken, Inbound) for spoken in twilio.recorded(NOON - timedelta(days=3), NOON))
    assert twilio.client.calls("CA" + "4" * 32).fetch().sid.startswith("CA")


def test_looking_at_the_account_and_its_numbers_is_as_it_is_described(twilio: Twilio) -> None:
    assert twilio.client.api.accounts(ACCOUNT).fetch().sid.startswith("AC")
    assert twilio.client.incoming_phone_numbers.list(limit=1000)


def test_looking_at_messaging_services_is_as_it_is_described(services: str) -> None:
    client = Twilio(SETTINGS, base_url=services, timeout=(5.0, 30.0)).client
    assert client.messaging.v1.services.list(limit=20)
    assert client.messaging.v1.services("MG" + "5" * 32).phone_numbers.list(limit=1000)


def test_what_the_description_does_not_allow_is_refused_so_the_others_were_allowed(twilio: Twilio, prism: str) -> None:
    place = urlsplit(prism)
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    login = {"Authorization": "Basic QUM6eA==", "Content-Type": "application/x-www-form-urlencoded"}
    with closing(HTTPConnection(place.hostname or "", place.port, timeout=30)) as connection:
        connection.request("POST", path, "Body=no+number", login)
        answer = connection.getresponse()
        assert answer.status == 422, json.loads(answer.read())
    with pytest.raises(ProviderAway):
        Twilio(replace(SETTINGS, twilio_account_sid="AC-is-none"), base_url=prism).look(
            Sought("ab" * 16, MESSAGE, "", "", NOON)
        )
