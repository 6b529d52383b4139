"""A hotline whose texts go to a double of Twilio, with a clock that the test moves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

import wsgi
from intake.sms.gateways.twilio_rest import Twilio
from intake.sms.models import OutgoingText
from intake.sms.outgoing import TOPICS
from intake.sms.port import Accepted, Inbound, Media, Rejected, Unknown
from intake.sms.receiving import Hotline, receive
from referrals.directory.snapshot import Directory
from service.clock import FixedClock
from service.models import AuditEntry, OutboxMessage
from service.runtime import Runtime
from service.worker import Worker
from tests.integration.twilio_double import Message, TwilioDouble, twilio_double
from tests.unit.intake.sms.webhooks import ACCOUNT, FORM, NUMBER, SITE, body_of, sign, status_fields, with_hotline

WORKER = "+16045550142"


class _Dying(Twilio):
    """A worker's last deed: the text is handed over, and nobody hears the answer."""

    def send(self, **text: object) -> Accepted | Rejected | Unknown:
        super().send(**text)  # type: ignore[arg-type]
        raise KeyboardInterrupt


@dataclass
class Hot:
    """A hotline at the double, with a clock that the test moves."""

    runtime: Runtime
    clock: FixedClock
    double: TwilioDouble
    app: Flask
    ids: Iterator[int]

    def text(self, body: str, sender: str = WORKER, *, media: Mapping[str, str] | None = None) -> Message:
        """Let a worker's text come in; a copy of it lies at the double."""
        copy = self.double.came(body, sender, number=next(self.ids), media=media)
        refs = tuple(Media(ref, kind) for ref, kind in copy.media.items())
        inbound = Inbound("twilio", copy.sid, ACCOUNT, sender, NUMBER, body, refs, self.clock.now(), kept=True)
        receive(Hotline(self.runtime, Directory(self.clock)), inbound)
        return copy

    def worker(self) -> Worker:
        """Make a worker that sends to the double and soon loses patience."""
        through = Twilio(self.runtime.settings, base_url=self.double.address, timeout=(1.0, 1.0))
        return wsgi.make_worker(self.runtime, {"twilio": through})

    def work(self) -> None:
        """Do what is due."""
        worker = self.worker()
        while worker.run_once():
            pass

    def die_sending(self) -> None:
        """Have a worker die that has just handed a text over."""
        dying = _Dying(self.runtime.settings, base_url=self.double.address)
        with pytest.raises(KeyboardInterrupt):
            wsgi.make_worker(self.runtime, {"twilio": dying}).run_once()

    def rows(self) -> list[OutgoingText]:
        """Read what is known of texts on their way out."""
        with self.runtime.database.session() as session:
            return list(session.scalars(select(OutgoingText)))

    def row(self) -> OutgoingText:
        """Read what is known of the only one."""
        (row,) = self.rows()
        return row

    def pass_by(self, *moments: timedelta) -> None:
        """Let time pass, doing after each while what is due."""
        for moment in moments:
            self.clock.advance(moment)
            self.work()

    def waiting(self, *topics: str) -> list[str]:
        """List the states of what waits in the outbox under some topics: texts, unless others are named."""
        with self.runtime.database.session() as session:
            under = OutboxMessage.topic.in_(topics or TOPICS)
            return sorted(session.scalars(select(OutboxMessage.state).where(under)))

    def audited(self, action: str) -> int:
        """Count the audit entries of an action."""
        with self.runtime.database.session() as session:
            return sum(entry["action"] == action for entry in session.scalars(select(AuditEntry.entry)))

    def report(self, message: Message, state: str, code: str | None = None) -> int:
        """Let the double report on a text, as Twilio does, and give the answer's status."""
        message.status = state
        fields = status_fields(message.sid, state, code)
        place = urlsplit(message.callback)
        answer = self.app.test_client().post(
            place.path,
            query_string=place.query,
            base_url=SITE,
            data=body_of(fields),
            content_type=FORM,
            headers={"X-Twilio-Signature": sign(message.callback, fields)},
        )
        return int(answer.status_code)

    def alarms(self) -> set[str]:
        """Ask /readyz what somebody should look at, of the texts."""
        answer = self.app.test_client().get("/readyz", base_url=SITE)
        told: list[str] = answer.json["alarms"] if answer.json else []
        return {"sms_unknown", "sms_refused"} & set(told)


@contextmanager
def hotline_at_double(runtime: Runtime, clock: FixedClock) -> Iterator[Hot]:
    """Set a hotline up at a double for a block."""
    with twilio_double() as double:
        known = replace(runtime, settings=replace(with_hotline(runtime.settings), public_url=SITE))
        double.now = clock.now
        yield Hot(known, clock, double, wsgi.compose(known), count(1))
