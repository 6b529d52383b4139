"""The clock jumps: an hour or a day ahead, and back again. Nothing is lost, and nothing waits for ever."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

import wsgi
from intake.models import Submission
from intake.report import issue_submission_id, submit
from referrals.models import Case
from service import outbox
from service.clock import FixedClock
from service.models import OutboxMessage
from service.runtime import Runtime
from service.worker import Worker
from tests.integration.desk_client import signed_in
from tests.integration.office import ASKS_IN_SPANISH, IN_DANGER, Office
from tests.integration.worker_client import TOLD, WorkerClient, count, digits
from tests.network import Network, plant

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUMPS = [HOUR, DAY, -HOUR, -DAY]


@pytest.fixture
def network(runtime: Runtime, clock: FixedClock) -> Network:
    """Give a network on each database, whose keys are some days old."""
    network = plant(runtime)
    clock.advance(2 * DAY)
    return network


def work(network: Network, worker: Worker) -> None:
    """Let a worker do what is due."""
    while worker.run_once():
        pass
    assert worker.failing_chores == {}


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_form_that_was_open_while_the_clock_jumped_is_taken_in_and_read(
    network: Network, clock: FixedClock, jump: timedelta
) -> None:
    visitor = WorkerClient(network)
    page = visitor.get().text
    clock.advance(jump)
    receipt = digits(visitor.follow(visitor.fill(page, "", TOLD)).text)
    assert "CANARYweb" not in visitor.open_replies(receipt).text
    assert count(network.runtime, "case") == 1
    clock.advance(-jump)
    assert visitor.open_replies(receipt).status_code == 200
    for office in (Office(network, "org01"), Office(network, "org16")):
        for row in office.queue("new"):
            assert office.reads(row.case_id)


@pytest.mark.parametrize("back", [timedelta(seconds=1), HOUR, DAY], ids=str)
def test_a_send_that_is_repeated_after_the_clock_went_back_is_one_report(
    network: Network, clock: FixedClock, back: timedelta
) -> None:
    name = issue_submission_id(network.runtime)
    first = submit(network.intake, ASKS_IN_SPANISH, name)
    clock.advance(-back)
    assert submit(network.intake, ASKS_IN_SPANISH, name) == first
    assert count(network.runtime, "case") == 1
    late = issue_submission_id(network.runtime)
    clock.advance(-timedelta(seconds=1))
    assert submit(network.intake, IN_DANGER, late) == submit(network.intake, IN_DANGER, late)
    assert count(network.runtime, "case") == 2


@pytest.mark.parametrize("back", [HOUR, DAY], ids=str)
def test_a_receipt_is_shown_after_the_clock_went_back(network: Network, clock: FixedClock, back: timedelta) -> None:
    visitor = WorkerClient(network)
    sent = visitor.send(TOLD)
    clock.advance(-back)
    assert digits(visitor.follow(sent).text)


def test_what_was_sent_and_refused_ends_after_the_clock_went_back_and_forth(
    network: Network, clock: FixedClock
) -> None:
    submit(network.intake, ASKS_IN_SPANISH, issue_submission_id(network.runtime))
    worker = wsgi.make_worker(network.runtime)
    for jump in (-DAY, DAY, HOUR):
        clock.advance(jump)
        work(network, worker)
    with network.runtime.database.session() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 0


@pytest.mark.parametrize("ahead", [HOUR, DAY], ids=str)
def test_a_lease_from_the_future_is_ended_within_two_minutes(
    network: Network, clock: FixedClock, ahead: timedelta
) -> None:
    submit(network.intake, IN_DANGER, issue_submission_id(network.runtime))
    worker = wsgi.make_worker(network.runtime)
    clock.advance(ahead)
    with network.runtime.database.session(write=True) as session:
        assert outbox.claim(session, list(wsgi.handlers()), now=clock.now())
    clock.advance(-ahead)
    for _ in range(3):
        work(network, worker)
        clock.advance(timedelta(minutes=1))
    with network.runtime.database.session() as session:
        assert not session.scalar(select(func.count()).where(OutboxMessage.due_at <= clock.now()))


def test_a_lease_that_is_held_is_not_called_back(network: Network, clock: FixedClock) -> None:
    submit(network.intake, IN_DANGER, issue_submission_id(network.runtime))
    with network.runtime.database.session(write=True) as session:
        lease = outbox.claim(session, list(wsgi.handlers()), now=clock.now())
        assert lease is not None
        assert outbox.call_back(session, now=clock.now()) == 0
        assert outbox.call_back(session, now=clock.now() - timedelta(seconds=1)) == 1
        assert outbox.claim(session, list(wsgi.handlers()), now=clock.now()) != lease
        outbox.acknowledge(session, lease)


@pytest.mark.parametrize("jump", [HOUR, DAY], ids=str)
def test_every_notice_leaves_after_the_clock_was_ahead(network: Network, clock: FixedClock, jump: timedelta) -> None:
    worker = wsgi.make_worker(network.runtime)
    for step in (timedelta(0), jump, -jump):
        clock.advance(step)
        for answers in (ASKS_IN_SPANISH, IN_DANGER):
            submit(network.intake, answers, issue_submission_id(network.runtime))
        work(network, worker)
    clock.advance(2 * DAY)
    work(network, worker)
    assert count(network.runtime, "outbox") == 0
    assert count(network.runtime, "case") == 6


@pytest.mark.parametrize("ahead", [HOUR, DAY, 3 * DAY], ids=str)
def test_no_key_of_a_report_is_swept_by_a_clock_that_was_ahead(
    network: Network, clock: FixedClock, ahead: timedelta
) -> None:
    submit(network.intake, ASKS_IN_SPANISH, issue_submission_id(network.runtime))
    worker = wsgi.make_worker(network.runtime)
    clock.advance(ahead)
    work(network, worker)
    clock.advance(-ahead)
    later = submit(network.intake, ASKS_IN_SPANISH, issue_submission_id(network.runtime))
    for _ in range(8):
        clock.advance(DAY)
        work(network, worker)
    with network.runtime.database.session() as session:
        cases = session.scalars(select(Case.id)).all()
    assert len(cases) == 2
    assert all(Office(network, "org01").reads(case_id) == ["No me pagan."] for case_id in cases)
    assert WorkerClient(network).open_replies(later.receipt).status_code == 200


def test_a_desk_stays_open_when_the_clock_goes_back_and_can_be_opened_anew_when_it_is_ahead(
    network: Network, clock: FixedClock
) -> None:
    submit(network.intake, ASKS_IN_SPANISH, issue_submission_id(network.runtime))
    desk = signed_in(network, "org01")
    for jump, status in ((-HOUR, 200), (-DAY, 200), (3 * DAY, 401)):
        clock.advance(jump)
        assert desk.get("queue?view=new").status_code == status
    assert len(signed_in(network, "org01").get("queue?view=new").get_json()["rows"]) == 1
