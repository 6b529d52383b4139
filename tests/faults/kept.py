"""What the service holds after a fault, read as those read it for whom it is: organizations with their keys, workers
with their receipts."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select, update

from intake import mailbox
from intake.receipts import ReceiptPool
from intake.report import Intake
from intake.sms import settling
from intake.sms.chores import take_in_spooled
from referrals.directory.snapshot import Directory
from referrals.models import Case, Mailbox, Message
from service import outbox
from service.clock import FixedClock
from service.models import OutboxMessage
from service.runtime import Runtime
from service.throttle import FairQueue
from service.worker import Worker
from tests.faults.crowd import Crowd, Told
from tests.integration.office import Office
from tests.network import Network

# Who receives what the crowd tells.
OFFICES = ("org01", "org06", "org09", "org16")


def texts(network: Network) -> Counter[str]:
    """Count every text that an organization can open, once for each message."""
    found: dict[bytes, str] = {}
    for office in (Office(network, key) for key in OFFICES):
        for case_id in _cases_of(office):
            for message in office.file(case_id).messages:
                fields = office.opens(message)["fields"]
                found[message.message_id] = fields.get("story") or fields["text"]
    return Counter(found.values())


def check_everything_is_there_once(network: Network, crowd: Crowd) -> None:
    """Hold what the crowd was answered against what is kept: no text lost, none doubled, and nothing half there."""
    let_silence_pass(network.runtime)
    answered = [told.text for told in (*crowd.told, *crowd.wrote, *crowd.texted)]
    assert texts(network) == Counter(answered)
    with network.runtime.database.session() as session:
        counts = {model: session.scalar(select(func.count()).select_from(model)) for model in (Case, Mailbox, Message)}
    cases = len(crowd.told) + len(crowd.texted)
    assert counts == {Case: cases, Mailbox: len(crowd.told), Message: len(answered)}
    check_receipts(network, crowd.told)


def check_receipts(network: Network, told: Iterable[Told]) -> None:
    """Open every report's mailbox with its receipt."""
    runtime = network.runtime
    pool = ReceiptPool(runtime.instance_id, FairQueue(width=2, waiting=10_000, patience=600))
    intake = Intake(runtime, Directory(runtime.clock), pool)
    receipts = [one.receipt for one in told]
    assert len(set(receipts)) == len(receipts)
    with ThreadPoolExecutor(2) as threads:
        for view in threads.map(lambda receipt: mailbox.read(intake, receipt), receipts):
            assert view.state == "received"


def let_silence_pass(runtime: Runtime) -> None:
    """Take in what was kept in files, and do what a quarter of an hour does: texts go to somebody who can read them."""
    take_in_spooled(runtime)
    later = replace(runtime, clock=FixedClock(runtime.clock.now() + settling.HELD_AT_MOST))
    worker = Worker(later, {settling.SILENCE_TOPIC: settling.on_silence})
    while worker.run_once():
        pass


def waiting(runtime: Runtime) -> Counter[str]:
    """Count by state what a worker has to do: rows that are due, in work, failed or dead. Later batches don't count."""
    chosen = select(OutboxMessage.state).where(
        (OutboxMessage.due_at <= runtime.clock.now())
        | (OutboxMessage.state != outbox.WAITING)
        | (OutboxMessage.attempts > 0)
    )
    with runtime.database.session() as session:
        return Counter(session.scalars(chosen))


def let_leases_run_out(runtime: Runtime) -> None:
    """Do to the outbox what a minute does: whoever was killed with a row in hand holds it no longer."""
    with runtime.database.session(write=True) as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.state == outbox.LEASED)
            .values(due_at=runtime.clock.now() - timedelta(seconds=1))
        )


def let_waits_pass(runtime: Runtime) -> None:
    """Do to the outbox what the pause after a failure does: what failed is due again."""
    with runtime.database.session(write=True) as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.state == outbox.WAITING, OutboxMessage.attempts > 0)
            .values(due_at=runtime.clock.now() - timedelta(seconds=1))
        )


def _cases_of(office: Office) -> list[bytes]:
    from referrals.case import queue_page

    cases: list[bytes] = []
    after = None
    with office.runtime.database.session() as session:
        while page := queue_page(session, organization_id=office.id, view="new", after=after):
            cases += [row.case_id for row in page]
            after = page[-1].rank
    return cases
