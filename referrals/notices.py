"""Telling an organization by mail that something waits at its desk, without saying what, about whom, or how much.

A notice names no case, carries no link (so that nobody learns to follow one in a mail) and has one text and one size.
It leaves over TLS or not at all.
"""

import hmac
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from referrals.deadlines import PROVINCE_ZONE
from referrals.directory.models import Organization
from service import outbox
from service.rows import Rows, insert_all
from service.runtime import Runtime
from service.settings import Settings

TOPIC: Final = "notice.mail"
# Morning, after lunch, before the office closes: when people look anyway, so that a mail's hour tells nothing.
BATCHES: Final = (time(9), time(13), time(16, 30))
SUBJECT: Final = "Leeward: please look at your desk / veuillez consulter votre bureau"
TEXT: Final = """\
Something may be waiting for you at your Leeward desk. Please open it the way you always do and sign in.
This mail contains no link, on purpose. Mail that comes outside 9:00, 13:00 and 16:30 cannot wait.

Quelque chose vous attend peut-être à votre bureau Leeward. Veuillez l'ouvrir comme d'habitude et vous connecter.
Ce courriel ne contient aucun lien, et c'est voulu. Un courriel reçu hors de 9 h, 13 h et 16 h 30 ne peut pas attendre.
"""
_QUARTER: Final = timedelta(minutes=15)
_IMPLICIT_TLS_PORT: Final = 465
_TIMEOUT_SECONDS: Final = 20
_GREETING: Final = "[127.0.0.1]"


def due_moment(urgency: str, now: datetime) -> datetime:
    """Give when a notice goes out: an emergency's now, any other's with the next batch.

    An emergency's moment is its quarter of an hour, so that the row does not tell the minute of a report.
    """
    if urgency == "emergency":
        step = int(_QUARTER.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // step * step, now.tzinfo)
    today = now.astimezone(PROVINCE_ZONE).date()
    moments = [
        datetime.combine(today + timedelta(days=days), batch, PROVINCE_ZONE) for days in (0, 1) for batch in BATCHES
    ]
    return min(moment for moment in moments if moment > now).astimezone(now.tzinfo)


def rows(organization_ids: Sequence[bytes], *, urgency: str, now: datetime, runtime: Runtime) -> Rows:
    """Give the outbox rows that tell organizations; the caller inserts them with what caused them.

    A row's id is made of organization and moment, so that ten reports before a batch make one mail.
    """
    return _rows(organization_ids, due_moment(urgency, now), runtime.secret("outbox"), runtime.random)


def tell(
    session: Session, organization_id: bytes, *, urgency: str, now: datetime, random: Callable[[int], bytes]
) -> None:
    """Tell one organization in the transaction of what it is told about."""
    key = outbox.key_of(session)
    insert_all(session, [_rows([organization_id], due_moment(urgency, now), key, random)])


def _rows(ids: Sequence[bytes], due_at: datetime, key: bytes, random: Callable[[int], bytes]) -> Rows:
    # In one order everywhere, so that two reports at once never wait for each other's rows.
    ids = sorted(ids)
    payloads = [{"organization": organization_id.hex(), "batch": due_at.isoformat()} for organization_id in ids]
    row_ids = [_row_id(key, organization_id, due_at) for organization_id in ids]
    return outbox.rows(TOPIC, payloads, due_at=due_at, key=key, random=random, ids=row_ids)


def _row_id(key: bytes, organization_id: bytes, due_at: datetime) -> bytes:
    """Name a notice so that its double is recognized, and nobody without the key learns whom it is for."""
    told = b"leeward/1/notice\0" + organization_id + int(due_at.timestamp()).to_bytes(8)
    return hmac.digest(key, told, "sha256")[:16]


def send(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Send one notice: the outbox's handler of TOPIC.

    Without a mail server a notice is not acknowledged: it is retried like any that failed, ends as a dead letter, and
    /readyz says "mail_not_configured" all the while (`alarms`). Only the demo prints it instead.
    Raises outbox.DeliveryRefused where no later try could succeed, and outbox.DeliveryFailed otherwise.
    """
    with runtime.database.session() as session:
        organization_id = bytes.fromhex(payload["organization"])
        address = session.scalar(select(Organization.email).where(Organization.id == organization_id))
    if not address:
        raise outbox.DeliveryRefused("no_address")
    settings = runtime.settings
    message = notice(
        settings.smtp_from or "leeward@desk.example", address, now=runtime.clock.now(), random=runtime.random
    )
    if settings.smtp_host:
        _deliver(settings, message)
    elif runtime.is_demo:
        click.echo(f"demo: mail to {address}: {SUBJECT}", err=True)
    else:
        raise outbox.DeliveryFailed("mail_not_configured")


def alarms(settings: Settings, *, is_demo: bool) -> tuple[str, ...]:
    """Say what keeps notices from leaving, for /readyz."""
    return () if is_demo or (settings.smtp_host and settings.smtp_from) else ("mail_not_configured",)


def notice(sender: str, address: str, *, now: datetime, random: Callable[[int], bytes]) -> EmailMessage:
    """Write the one mail that there is. Its message id names neither this host nor a moment."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = address
    message["Subject"] = SUBJECT
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{random(16).hex()}@{sender.rpartition('@')[2].rstrip('>')}>"
    # Answering machines leave such mail alone (RFC 3834, section 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(TEXT, cte="quoted-printable")
    return message


def _deliver(settings: Settings, message: EmailMessage) -> None:
    try:
        with connect(settings.smtp_host or "", settings.smtp_port) as server:
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password or "")
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        # RFC 5321, section 4.2.1: 5xx will not change by trying again.
        kind = outbox.DeliveryRefused if min(codes, default=0) >= 500 else outbox.DeliveryFailed
        raise kind("mail_recipient_refused") from error
    except smtplib.SMTPNotSupportedError as error:
        raise outbox.DeliveryFailed("mail_without_tls") from error
    except ssl.SSLError as error:
        raise outbox.DeliveryFailed("mail_certificate") from error
    except smtplib.SMTPAuthenticationError as error:
        raise outbox.DeliveryFailed("mail_login_refused") from error
    except (smtplib.SMTPException, OSError) as error:
        raise outbox.DeliveryFailed("mail_server") from error


def connect(host: str, port: int, *, implicit_tls: bool | None = None) -> smtplib.SMTP:
    """Open a connection on which nothing of a notice is said before it is encrypted, for a trusted certificate only.

    Port 465 speaks TLS from its first byte (RFC 8314, section 3.3), any other after STARTTLS. The greeting names no
    host of ours. Raises SMTPNotSupportedError where a server offers no TLS, and what smtplib and ssl raise.
    """
    context = ssl.create_default_context()
    if implicit_tls is None:
        implicit_tls = port == _IMPLICIT_TLS_PORT
    if implicit_tls:
        return smtplib.SMTP_SSL(host, port, _GREETING, timeout=_TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port, _GREETING, timeout=_TIMEOUT_SECONDS)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server
