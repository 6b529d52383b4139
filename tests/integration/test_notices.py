"""Notices leave through the outbox over real TLS to a real mail server, once for each organization and batch."""

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from sqlalchemy import func, select

from referrals import notices
from referrals.directory.importing import import_directory
from referrals.directory.models import Organization
from referrals.notices import SUBJECT, TEXT, TOPIC
from service import outbox
from service.clock import FixedClock
from service.models import OutboxMessage
from service.outbox import DeliveryFailed, DeliveryRefused
from service.rows import insert_all
from service.runtime import Runtime
from service.worker import Worker
from tests.certificates import for_this_machine
from tests.unit.referrals.directory.samples import changed, document, organization

PASSWORD = "a throw-away password"


@dataclass
class Postbox:
    """Takes mail in; `refuses` maps an address to the answer that it gets instead."""

    refuses: dict[str, str] = field(default_factory=dict)
    received: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.encrypted.append(session.ssl is not None)
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.received.append(envelope)
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for the mail server."""
    return for_this_machine(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trust the throw-away certificate, as an operator does who has an authority of their own (OpenSSL's variable)."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


Served = Callable[..., Runtime]


@pytest.fixture
def postbox() -> Postbox:
    """Give what the mail server received."""
    return Postbox()


@pytest.fixture
def mailing(runtime: Runtime, certificate: Path, postbox: Postbox) -> Iterator[Served]:
    """Give a function that starts a mail server and gives a runtime whose settings name it."""
    started: list[Controller] = []

    def serve(*, tls: str = "starttls", login: bool = False) -> Runtime:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options: dict[str, Any] = {"server_hostname": "mail.example", "ready_timeout": 10}
        if tls == "implicit":
            options["ssl_context"] = context
        elif tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if login:
            options |= {"authenticator": _known, "auth_required": True, "auth_require_tls": True}
        controller = Controller(postbox, hostname="127.0.0.1", port=_free_port(), **options)
        controller.start()
        started.append(controller)
        settings = replace(
            runtime.settings,
            smtp_host="127.0.0.1",
            smtp_port=controller.port,
            smtp_from="Leeward <notices@leeward.example>",
            smtp_user="leeward" if login else None,
            smtp_password=PASSWORD if login else None,
        )
        return replace(runtime, settings=settings)

    yield serve
    for controller in started:
        controller.stop()


def _known(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    known = (data.login, data.password) == (b"leeward", PASSWORD.encode())
    return AuthResult(success=known, handled=False)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def grow(runtime: Runtime, *, address: str | None = "intake@a.example") -> dict[str, bytes]:
    """Put two organizations into the directory and give their ids by key."""
    told = document(organization("a"), organization("b"))
    told = changed(told, "/organizations/0/services/0/email", address)
    with runtime.database.session(write=True) as session:
        import_directory(session, told, now=runtime.clock.now(), random=runtime.random)
        return {row.key: row.id for row in session.execute(select(Organization.key, Organization.id))}


def tell(runtime: Runtime, organization_id: bytes, urgency: str = "standard") -> None:
    with runtime.database.session(write=True) as session:
        notices.tell(session, organization_id, urgency=urgency, now=runtime.clock.now(), random=runtime.random)


def waiting(runtime: Runtime) -> list[datetime]:
    with runtime.database.session() as session:
        return list(session.scalars(select(OutboxMessage.due_at).order_by(OutboxMessage.due_at)))


def work(runtime: Runtime) -> None:
    worker = Worker(runtime, {TOPIC: notices.send})
    while worker.run_once():
        pass


def test_ten_reports_make_one_mail(
    runtime: Runtime, mailing: Served, postbox: Postbox, trusted: Path, clock: FixedClock
) -> None:
    ids = grow(runtime)
    for _ in range(10):
        tell(runtime, ids["a"])
        clock.advance(timedelta(minutes=1))
    served = mailing()
    work(served)
    assert postbox.received == []
    clock.set(datetime(2026, 7, 8, 20, 0, tzinfo=UTC))
    work(served)
    (mail,) = postbox.received
    assert mail.rcpt_tos == ["intake@a.example"]
    assert mail.mail_from == "notices@leeward.example"
    assert all(postbox.encrypted)
    assert waiting(runtime) == []
    work(served)
    assert len(postbox.received) == 1


def test_each_organization_and_each_batch_has_a_notice_of_its_own(runtime: Runtime, clock: FixedClock) -> None:
    ids = grow(runtime)
    tell(runtime, ids["a"])
    tell(runtime, ids["b"])
    clock.advance(timedelta(hours=4))
    tell(runtime, ids["a"])
    due = [datetime(2026, 7, 8, 20, 0, tzinfo=UTC)] * 2 + [datetime(2026, 7, 8, 23, 30, tzinfo=UTC)]
    assert waiting(runtime) == due


def test_an_emergency_is_told_at_once_and_again_when_another_one_comes(
    runtime: Runtime, mailing: Served, postbox: Postbox, trusted: Path
) -> None:
    ids = grow(runtime)
    served = mailing()
    for _ in range(2):
        tell(runtime, ids["a"], "emergency")
        tell(runtime, ids["a"], "emergency")
        work(served)
    assert len(postbox.received) == 2


def test_reports_that_come_at_once_make_one_row(runtime: Runtime) -> None:
    ids = grow(runtime)
    failed: list[BaseException] = []

    def send() -> None:
        try:
            for _ in range(3):
                told = notices.rows(list(ids.values()), urgency="standard", now=runtime.clock.now(), runtime=runtime)
                with runtime.database.session(write=True, one_statement=True) as session:
                    insert_all(session, [told])
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    with runtime.database.session() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 3


def test_a_row_does_not_tell_whom_it_is_for(runtime: Runtime) -> None:
    ids = grow(runtime)
    tell(runtime, ids["a"])
    with runtime.database.session() as session:
        row = session.scalars(select(OutboxMessage)).one()
    assert row.sealed_payload is not None
    for told in (row.id, row.sealed_payload):
        assert ids["a"] not in told
        assert ids["a"].hex().encode() not in told


def test_a_notice_is_the_same_for_everybody(runtime: Runtime, mailing: Served, postbox: Postbox, trusted: Path) -> None:
    ids = grow(runtime)
    tell(runtime, ids["a"], "emergency")
    tell(runtime, ids["b"], "emergency")
    served = mailing()
    work(served)
    one, other = (mail.content for mail in postbox.received)
    assert isinstance(one, bytes)
    assert isinstance(other, bytes)
    assert len(one) == len(other)
    from email import message_from_bytes, policy

    read = message_from_bytes(one, policy=policy.default)
    assert read["Subject"] == SUBJECT
    assert read.get_content().replace("\r\n", "\n") == TEXT
    for secret in (b"127.0.0.1", b"case", b"http", ids["a"].hex().encode()):
        assert secret not in one


def test_a_login_is_used_over_tls(runtime: Runtime, mailing: Served, postbox: Postbox, trusted: Path) -> None:
    ids = grow(runtime)
    served = mailing(login=True)
    notices.send(served, {"organization": ids["a"].hex()})
    assert len(postbox.received) == 1
    wrong = replace(served, settings=replace(served.settings, smtp_password="wrong"))
    with pytest.raises(DeliveryFailed, match="mail_login_refused"):
        notices.send(wrong, {"organization": ids["a"].hex()})
    assert len(postbox.received) == 1


def test_tls_from_the_first_byte(runtime: Runtime, mailing: Served, trusted: Path) -> None:
    settings = mailing(tls="implicit").settings
    with notices.connect("127.0.0.1", settings.smtp_port, implicit_tls=True) as server:
        assert isinstance(server.sock, ssl.SSLSocket)
        assert server.noop()[0] == 250


def test_nothing_leaves_without_tls(runtime: Runtime, mailing: Served, postbox: Postbox, trusted: Path) -> None:
    ids = grow(runtime)
    with pytest.raises(DeliveryFailed, match="mail_without_tls"):
        notices.send(mailing(tls="none"), {"organization": ids["a"].hex()})
    assert postbox.received == []


def test_nothing_leaves_for_a_certificate_that_nobody_trusts(
    runtime: Runtime, mailing: Served, postbox: Postbox
) -> None:
    ids = grow(runtime)
    with pytest.raises(DeliveryFailed, match="mail_certificate"):
        notices.send(mailing(), {"organization": ids["a"].hex()})
    assert postbox.received == []


def test_nothing_leaves_for_a_certificate_of_another_host(
    runtime: Runtime, mailing: Served, postbox: Postbox, trusted: Path
) -> None:
    ids = grow(runtime)
    served = mailing()
    elsewhere = replace(served, settings=replace(served.settings, smtp_host="localhost"))
    with pytest.raises(DeliveryFailed, match="mail_certificate"):
        notices.send(elsewhere, {"organization": ids["a"].hex()})
    assert postbox.received == []


def test_a_server_that_refuses_for_now_is_asked_again(
    runtime: Runtime, mailing: Served, postbox: Postbox, trusted: Path, clock: FixedClock
) -> None:
    ids = grow(runtime)
    tell(runtime, ids["a"], "emergency")
    postbox.refuses["intake@a.example"] = "451 4.3.0 come back later"
    served = mailing()
    work(served)
    with runtime.database.session() as session:
        row = session.scalars(select(OutboxMessage)).one()
    assert (row.state, row.attempts, row.error_code) == (outbox.WAITING, 1, "mail_recipient_refused")
    postbox.refuses.clear()
    clock.advance(timedelta(minutes=1))
    work(served)
    assert len(postbox.received) == 1
    assert waiting(runtime) == []


def test_an_address_that_does_not_exist_is_not_asked_again(
    runtime: Runtime, mailing: Served, postbox: Postbox, trusted: Path
) -> None:
    ids = grow(runtime)
    tell(runtime, ids["a"], "emergency")
    postbox.refuses["intake@a.example"] = "550 5.1.1 no such mailbox"
    work(mailing())
    with runtime.database.session() as session:
        row = session.scalars(select(OutboxMessage)).one()
        alarms = outbox.alarms(session, now=runtime.clock.now())
    assert (row.state, row.error_code) == (outbox.DEAD, "mail_recipient_refused")
    assert alarms


def test_a_server_that_is_not_there_is_asked_again(runtime: Runtime, trusted: Path) -> None:
    ids = grow(runtime)
    settings = replace(runtime.settings, smtp_host="127.0.0.1", smtp_port=_free_port(), smtp_from="a@b.example")
    with pytest.raises(DeliveryFailed, match="mail_server") as caught:
        notices.send(replace(runtime, settings=settings), {"organization": ids["a"].hex()})
    assert not isinstance(caught.value, DeliveryRefused)


@pytest.mark.parametrize("gone", ["address", "organization"])
def test_nobody_to_write_to_is_a_dead_letter(runtime: Runtime, gone: str) -> None:
    ids = grow(runtime, address=None)
    organization_id = ids["a"] if gone == "address" else bytes(16)
    with pytest.raises(DeliveryRefused, match="no_address"):
        notices.send(runtime, {"organization": organization_id.hex()})


def test_without_a_mail_server_a_notice_is_not_lost_and_an_alarm_says_so(runtime: Runtime) -> None:
    ids = grow(runtime)
    tell(runtime, ids["a"], "emergency")
    work(runtime)
    with runtime.database.session() as session:
        row = session.scalars(select(OutboxMessage)).one()
    assert (row.state, row.error_code) == (outbox.WAITING, "mail_not_configured")
    assert notices.alarms(runtime.settings, is_demo=False) == ("mail_not_configured",)


def test_the_demo_prints_instead(runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    ids = grow(runtime)
    demo = replace(runtime, is_demo=True)
    notices.send(demo, {"organization": ids["a"].hex()})
    assert capsys.readouterr().err == f"demo: mail to intake@a.example: {SUBJECT}\n"
    assert notices.alarms(demo.settings, is_demo=True) == ()


def test_a_mail_server_that_is_set_is_no_alarm(runtime: Runtime) -> None:
    settings = replace(runtime.settings, smtp_host="mail.example", smtp_from="notices@leeward.example")
    assert notices.alarms(settings, is_demo=False) == ()
