"""A mail server of this machine, over real TLS, that notes what it took in and when.

It can be slow, and it can hang up on a mail that it has taken, which is the worst moment.
"""

import asyncio
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.certificates import for_this_machine
from tests.faults.processes import free_port

# How long a client may take to hang up when the mail server goes.
LEAVE_SECONDS = 5


@dataclass(frozen=True)
class Mail:
    """One mail that was taken in."""

    address: str
    message_id: str
    arrived: float


@dataclass
class Postbox:
    """Takes mail in. `cuts` is how many of the next mails it takes and then hangs up on, instead of saying so."""

    port: int
    certificate: Path
    seconds: float = 0.0
    cuts: int = 0
    received: list[Mail] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        """Give the settings under which an instance sends its notices here."""
        return {
            "LEEWARD_SMTP_HOST": "127.0.0.1",
            "LEEWARD_SMTP_PORT": str(self.port),
            "LEEWARD_SMTP_FROM": "notices@leeward.example",
            # As an operator does who has an authority of their own (OpenSSL's variable).
            "SSL_CERT_FILE": str(self.certificate),
        }

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a mail in."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message_id = message_from_bytes(content)["Message-ID"]
        for address in envelope.rcpt_tos:
            self.received.append(Mail(address, message_id, time.time()))
        await asyncio.sleep(self.seconds)
        if self.cuts:
            self.cuts -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"


@contextmanager
def serving(folder: Path) -> Iterator[Postbox]:
    """Serve a postbox for a block."""
    certificate = for_this_machine(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    postbox = Postbox(free_port(), certificate)
    controller = Controller(
        postbox,
        hostname="127.0.0.1",
        port=postbox.port,
        server_hostname="mail.example",
        ready_timeout=10,
        tls_context=context,
        require_starttls=True,
    )
    controller.start()
    try:
        yield postbox
    finally:
        asyncio.run_coroutine_threadsafe(_close(controller), controller.loop).result(LEAVE_SECONDS + 5)
        controller.stop()


async def _close(controller: Controller) -> None:
    """Take no connection any more, and let those that are there end: the controller leaves their sockets open."""
    assert controller.server is not None
    controller.server.close()
    conversations = asyncio.all_tasks() - {asyncio.current_task()}
    if conversations:
        await asyncio.wait(conversations, timeout=LEAVE_SECONDS)
    # A connection's socket is closed one round of the loop after its conversation has ended.
    await asyncio.sleep(0.05)
