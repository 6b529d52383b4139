"""Fetching what a provider keeps, over real TLS on this machine: from its hosts alone, within bounds, login to one."""

import base64
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from intake.sms.gateways.fetching import Reach, addresses_of, fetch, is_public
from intake.sms.port import MediaGone, MediaTooLarge, ProviderAway

FIRST, CDN, ELSEWHERE = "api.provider.example", "media.provider.example", "evil.example"
LOGIN = "AC1:hidden"
PATH = "/2010-04-01/Media/ME1"


@dataclass
class Answer:
    """What a path answers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0


@dataclass
class Hosts:
    """A server that stands for every host, and what it was asked."""

    answers: dict[str, Answer]
    asked: list[tuple[str, str, str | None]]
    reach: Reach

    def get(self, most: int = 1000) -> bytes:
        """Fetch the file."""
        return fetch(self.reach, PATH, LOGIN, most=most)


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for the hosts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, FIRST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(FIRST), x509.DNSName(CDN)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private


@contextmanager
def serving(folder: Path) -> Iterator[Hosts]:
    answers: dict[str, Answer] = {}
    asked: list[tuple[str, str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        """Answers for every host."""

        timeout = 10

        def do_GET(self) -> None:
            asked.append((self.headers["Host"], self.path, self.headers.get("Authorization")))
            answer = answers.get(self.path, Answer(404))
            self.close_connection = True
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for start in range(0, len(answer.body), 16):
                time.sleep(answer.pause)
                try:
                    self.wfile.write(answer.body[start : start + 16])
                except OSError:
                    return

        def log_message(self, format: str, *args: object) -> None:
            return

    pem, private = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    reach = Reach(
        FIRST,
        frozenset({CDN}),
        port=server.server_port,
        may=lambda address: address == "127.0.0.1",
        look_up=lambda host, port: ["127.0.0.1"],
        context=ssl.create_default_context(cafile=str(pem)),
        patience=2.0,
    )
    try:
        yield Hosts(answers, asked, reach)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    with serving(tmp_path) as served:
        yield served


def test_a_file_is_fetched_with_the_login(hosts: Hosts) -> None:
    hosts.answers[PATH] = Answer(body=b"\xff\xd8picture", headers={"Content-Length": "9"})
    assert hosts.get() == b"\xff\xd8picture"
    login = base64.b64encode(LOGIN.encode()).decode()
    assert hosts.asked == [(FIRST, PATH, f"Basic {login}")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_host_of_the_provider_s_is_followed_without_the_login(hosts: Hosts, status: int) -> None:
    hosts.answers[PATH] = Answer(status, headers={"Location": f"https://{CDN}/file?signature=1"})
    hosts.answers["/file?signature=1"] = Answer(body=b"picture")
    assert hosts.get() == b"picture"
    assert hosts.asked[-1] == (CDN, "/file?signature=1", None)


@pytest.mark.parametrize(
    "place",
    [
        f"https://{ELSEWHERE}/file",
        f"http://{CDN}/file",
        f"https://{CDN}:8443/file",
        f"https://{CDN}.{ELSEWHERE}/file",
        f"https://{CDN}@{ELSEWHERE}/file",
        "https://127.0.0.1/file",
        "https://[::1]/file",
        "file:///etc/passwd",
        "",
        "https://[",
    ],
)
def test_a_redirect_to_anywhere_else_is_not_followed(hosts: Hosts, place: str) -> None:
    hosts.answers[PATH] = Answer(302, headers={"Location": place} if place else {})
    with pytest.raises(ProviderAway):
        hosts.get()
    assert {host for host, _, _ in hosts.asked} == {FIRST}


def test_redirects_come_to_an_end(hosts: Hosts) -> None:
    hosts.answers[PATH] = Answer(302, headers={"Location": PATH})
    with pytest.raises(ProviderAway):
        hosts.get()
    assert len(hosts.asked) < 8


@pytest.mark.parametrize("headers", [{"Content-Length": "1001"}, {}], ids=["said", "unsaid"])
def test_a_file_that_is_too_large_is_read_no_further(hosts: Hosts, headers: dict[str, str]) -> None:
    hosts.answers[PATH] = Answer(body=b"x" * 1001, headers=headers)
    with pytest.raises(MediaTooLarge):
        hosts.get()


def test_a_file_that_is_as_large_as_may_be_is_taken(hosts: Hosts) -> None:
    hosts.answers[PATH] = Answer(body=b"x" * 1000)
    assert len(hosts.get()) == 1000


def test_a_file_that_was_cut_off_is_not_taken(hosts: Hosts) -> None:
    hosts.answers[PATH] = Answer(body=b"x" * 10, headers={"Content-Length": "20"})
    with pytest.raises(ProviderAway):
        hosts.get()


def test_a_server_that_sends_drop_by_drop_is_left_in_the_end(hosts: Hosts) -> None:
    hosts.reach = replace(hosts.reach, longest=0.3)
    hosts.answers[PATH] = Answer(body=b"x" * 900, pause=0.1)
    with pytest.raises(ProviderAway):
        hosts.get()


@pytest.mark.parametrize(
    ("status", "raised"), [(404, MediaGone), (410, MediaGone), (401, ProviderAway), (500, ProviderAway)]
)
def test_what_is_gone_is_told_from_what_may_come_back(hosts: Hosts, status: int, raised: type[Exception]) -> None:
    hosts.answers[PATH] = Answer(status)
    with pytest.raises(raised):
        hosts.get()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "nonsense",
    ],
)
def test_a_private_address_is_never_connected_to(hosts: Hosts, address: str) -> None:
    look_up: Callable[[str, int], list[str]] = lambda host, port: [address]  # noqa: E731
    hosts.reach = replace(hosts.reach, may=is_public, look_up=look_up)
    with pytest.raises(ProviderAway):
        hosts.get()
    assert hosts.asked == []


@pytest.mark.parametrize("address", ["54.172.60.0", "2600:1f18::1"])
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert is_public(address)


def test_a_certificate_of_another_name_ends_it(hosts: Hosts) -> None:
    hosts.reach = replace(hosts.reach, first=ELSEWHERE)
    with pytest.raises(ProviderAway):
        hosts.get()
    assert hosts.asked == []


def test_a_name_is_looked_up_by_the_system() -> None:
    assert "127.0.0.1" in [*addresses_of("localhost", 443), "127.0.0.1"]
    assert addresses_of("127.0.0.1", 443) == ["127.0.0.1"]
