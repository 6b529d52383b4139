"""The outbox on both databases: nothing is lost, nothing reported twice, no live lease taken, and tries are few."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import URL, text

from service import outbox
from service.database import Database
from service.outbox import DeliveryFailed, DeliveryRefused, Lease, LeaseLost
from service.rows import insert_all
from tests.conftest import NOON
from tests.integration.letters import KEY, SECOND, TOPICS, acknowledge, claim, claimed, fail, put, row


@pytest.fixture
def database(main_url: URL) -> Iterator[Database]:
    """Give a migrated database on each backend that knows the outbox's key."""
    opened = Database(main_url, KEY)
    yield opened
    opened.dispose()


def test_a_row_is_tried_twelve_times_with_growing_waits_and_then_dead(database: Database) -> None:
    row_id, now, waits = put(database, number=1), NOON, []
    kept = row(database, row_id)
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        lease = claimed(database, now)
        assert lease.attempts == attempt
        fail(database, lease, DeliveryFailed("mail_server"), now)
        kept = row(database, row_id)
        if attempt < outbox.MAX_ATTEMPTS:
            waits.append(int((kept.due_at - now).total_seconds()))
            assert claim(database, kept.due_at - SECOND) is None
            now = kept.due_at
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]
    assert (kept.state, kept.error_code, kept.leased_until) == (outbox.DEAD, "mail_server", None)
    assert claim(database, now + timedelta(days=365)) is None


def test_a_row_whose_worker_dies_every_time_ends_as_a_dead_letter(database: Database) -> None:
    row_id, now = put(database), NOON
    for _ in range(outbox.MAX_ATTEMPTS):
        assert claimed(database, now).id == row_id
        now += outbox.LEASE
    assert claim(database, now) is None
    with database.session(write=True) as session:
        assert outbox.bury(session, now=now) == 1
        assert outbox.bury(session, now=now) == 0
    assert (row(database, row_id).state, row(database, row_id).error_code) == (outbox.DEAD, "WorkerLost")


def test_a_late_worker_can_report_nothing_on_a_row_that_was_taken_over(database: Database) -> None:
    row_id = put(database)
    late = claimed(database)
    assert claim(database, NOON + outbox.LEASE - SECOND) is None
    current = claimed(database, NOON + outbox.LEASE)
    with pytest.raises(LeaseLost):
        acknowledge(database, late)
    with pytest.raises(LeaseLost):
        fail(database, late, DeliveryFailed("late"))
    assert row(database, row_id).fencing_token == current.fencing_token == 2
    acknowledge(database, current)
    with pytest.raises(LeaseLost):
        acknowledge(database, current)


def test_what_is_late_but_was_not_taken_over_still_counts(database: Database) -> None:
    put(database)
    lease = claimed(database)
    acknowledge(database, lease)
    assert claim(database, NOON + timedelta(days=1)) is None


def test_many_workers_at_once_never_get_the_same_row(database: Database) -> None:
    for number in range(60):
        put(database, number=number)
    start = threading.Barrier(12)

    def work(_: int) -> list[int]:
        done = []
        start.wait(60)
        while (lease := claim(database)) is not None:
            done.append(outbox.open_payload(KEY, lease)["number"])
            acknowledge(database, lease)
        return done

    with ThreadPoolExecutor(12) as pool:
        done = [number for part in pool.map(work, range(12)) for number in part]
    # SKIP LOCKED lets a worker leave while another holds the last row; that one is done all the same.
    assert sorted(done) == list(range(60))


def test_a_worker_takes_only_topics_that_it_knows_the_longest_due_first(database: Database) -> None:
    put(database, "unknown", due_at=NOON - timedelta(hours=1))
    second = put(database, "mail", due_at=NOON - SECOND)
    first = put(database, "key", due_at=NOON - 2 * SECOND)
    put(database, "key", due_at=NOON + SECOND)
    assert [claimed(database).id, claimed(database).id] == [first, second]
    assert claim(database) is None
    assert claim(database, topics=("other",)) is None


def test_a_refused_delivery_is_not_tried_again_and_its_payload_is_gone(database: Database) -> None:
    row_id = put(database, number=1)
    fail(database, claimed(database), DeliveryRefused("no_address"))
    kept = row(database, row_id)
    assert (kept.topic, kept.state, kept.error_code, kept.sealed_payload) == ("mail", outbox.DEAD, "no_address", None)
    with database.session(write=True) as session:
        assert outbox.retry_dead(session, now=NOON) == 0
        with pytest.raises(outbox.DeadLetterEmpty):
            outbox.retry(session, row_id, now=NOON)


def dead_letter(database: Database) -> bytes:
    """Make a row fail as often as it may."""
    row_id, now = put(database, number=7), NOON
    for _ in range(outbox.MAX_ATTEMPTS):
        fail(database, claimed(database, now), DeliveryFailed("mail_server"), now)
        now = row(database, row_id).due_at
    return row_id


@pytest.mark.parametrize("all_dead", [True, False])
def test_a_dead_letter_can_be_sent_again(database: Database, all_dead: bool) -> None:
    row_id = dead_letter(database)
    with database.session(write=True) as session:
        if all_dead:
            assert outbox.retry_dead(session, now=NOON) == 1
        else:
            outbox.retry(session, row_id, now=NOON)
    lease = claimed(database)
    assert (lease.attempts, outbox.open_payload(KEY, lease)) == (1, {"number": 7})


def test_a_dead_letter_loses_its_payload_after_three_days_and_keeps_its_name(database: Database) -> None:
    row_id = dead_letter(database)
    died = row(database, row_id).due_at - outbox.DEAD_PAYLOAD_KEPT
    for moment, forgotten in ((died + outbox.DEAD_PAYLOAD_KEPT - SECOND, 0), (died + outbox.DEAD_PAYLOAD_KEPT, 1)):
        with database.session(write=True) as session:
            assert outbox.forget_dead_payloads(session, now=moment) == forgotten
    kept = row(database, row_id)
    assert (kept.topic, kept.state, kept.error_code, kept.sealed_payload) == ("mail", outbox.DEAD, "mail_server", None)
    with pytest.raises(outbox.DeadLetterEmpty), database.session(write=True) as session:
        outbox.retry(session, row_id, now=NOON)


def test_a_dead_letter_can_be_dropped_and_the_alarm_ends_with_the_last(database: Database) -> None:
    kept, refused = dead_letter(database), put(database)
    fail(database, claimed(database), DeliveryRefused("no_address"))
    with database.session(write=True) as session:
        assert outbox.drop_empty(session) == 1
        assert [one.id for one in outbox.listing(session)] == [kept]
        assert outbox.alarms(session, now=NOON) == ("outbox_dead_letters",)
        with pytest.raises(outbox.OutboxRowUnknown):
            outbox.drop(session, refused)
        outbox.drop(session, kept)
        assert outbox.alarms(session, now=NOON) == ()


def test_what_waits_or_is_in_work_is_not_dropped(database: Database) -> None:
    row_id = put(database)
    for work in (lambda: None, lambda: claimed(database)):
        work()
        with database.session(write=True) as session:
            assert outbox.drop_empty(session) == 0
            with pytest.raises(outbox.NotDead):
                outbox.drop(session, row_id)
    assert row(database, row_id).state == outbox.LEASED


def test_a_waiting_row_can_be_hurried_and_one_in_work_is_left_alone(database: Database) -> None:
    row_id = put(database, due_at=NOON + timedelta(hours=1))
    with database.session(write=True) as session:
        outbox.retry(session, row_id, now=NOON)
    lease = claimed(database)
    with database.session(write=True) as session:
        outbox.retry(session, row_id, now=NOON)
    assert claim(database) is None
    acknowledge(database, lease)
    with pytest.raises(outbox.OutboxRowUnknown), database.session(write=True) as session:
        outbox.retry(session, row_id, now=NOON)


def test_alarms_and_counts_tell_of_dead_letters_and_of_rows_that_nobody_fetches(database: Database) -> None:
    def alarms(now: datetime) -> tuple[str, ...]:
        with database.session() as session:
            return outbox.alarms(session, now=now)

    assert alarms(NOON) == ()
    put(database, "unknown")
    assert alarms(NOON + outbox.OVERDUE) == ()
    assert alarms(NOON + outbox.OVERDUE + SECOND) == ("outbox_overdue",)
    dead_letter(database)
    claim(database, topics=("unknown",))
    assert alarms(NOON) == ("outbox_dead_letters",)
    with database.session() as session:
        assert outbox.counts(session) == {"waiting": 0, "leased": 1, "dead": 1}


def test_the_next_due_moment_is_that_of_the_earliest_row_that_a_worker_knows(database: Database) -> None:
    with database.session() as session:
        assert outbox.next_due(session, TOPICS) is None
    put(database, "unknown")
    put(database, "mail", due_at=NOON + timedelta(hours=2))
    put(database, "key", due_at=NOON + timedelta(hours=1))
    with database.session() as session:
        assert outbox.next_due(session, TOPICS) == NOON + timedelta(hours=1)
    claimed(database, NOON + timedelta(hours=1))
    with database.session() as session:
        assert outbox.next_due(session, ("key",)) == NOON + timedelta(hours=1) + outbox.LEASE


def test_rows_with_ids_of_their_own_are_kept_once(database: Database) -> None:
    row_id = os.urandom(16)
    for number in range(2):
        rows = outbox.rows("mail", [{"number": number}], due_at=NOON, key=KEY, ids=[row_id])
        with database.session(write=True, one_statement=True) as session:
            insert_all(session, [rows])
    assert outbox.open_payload(KEY, claimed(database)) == {"number": 0}
    assert claim(database) is None


def test_a_payload_is_sealed_padded_and_bound_to_its_row_and_topic(database: Database) -> None:
    first, second = put(database, text="canary-7f3"), put(database, text="a" * 100)
    rows = [row(database, row_id) for row_id in (first, second)]
    sealed = [kept.sealed_payload or b"" for kept in rows]
    assert b"canary" not in b"".join(sealed)
    assert len(sealed[0]) == len(sealed[1]) == 256 + 28
    assert outbox.open_payload(KEY, Lease(first, "mail", 1, 1, sealed[0])) == {"text": "canary-7f3"}
    for moved in (
        Lease(second, "mail", 1, 1, sealed[0]),
        Lease(first, "key", 1, 1, sealed[0]),
        Lease(first, "mail", 1, 1, sealed[0][:-1]),
    ):
        with pytest.raises(DeliveryRefused, match="payload_rejected"):
            outbox.open_payload(KEY, moved)
    with pytest.raises(DeliveryRefused):
        outbox.open_payload(bytes(32), Lease(first, "mail", 1, 1, sealed[0]))
    assert repr(sealed[0]) not in repr(Lease(first, "mail", 1, 1, sealed[0]))


def test_without_the_key_nothing_is_enqueued(main_url: URL) -> None:
    keyless = Database(main_url)
    with pytest.raises(outbox.OutboxKeyMissing), keyless.session(write=True) as session:
        outbox.enqueue(session, "mail", {}, due_at=NOON)
    keyless.dispose()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DeliveryFailed("mail_server"), "mail_server"),
        (DeliveryFailed("550 no such user: name@mail.example"), "DeliveryFailed"),
        (DeliveryRefused("x" * 65), "DeliveryRefused"),
        (DeliveryFailed("mail_server\n"), "DeliveryFailed"),
        (ValueError("+1 604 555 0123"), "ValueError"),
        (type("E" * 100, (Exception,), {})(), "E" * 64),
    ],
)
def test_an_error_is_kept_by_a_short_code_and_never_by_its_text(error: Exception, code: str) -> None:
    assert outbox.code_of(error) == code


def test_a_claim_uses_the_index(database: Database) -> None:
    """A full table must not make every look of every worker a scan."""
    if database.dialect_name == "postgresql":
        with database.session(write=True) as session:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = session.execute(
                text("EXPLAIN SELECT id FROM outbox WHERE state IN ('waiting', 'leased') AND due_at <= now()")
            )
            assert "ix_outbox_state_due_at" in "".join(line[0] for line in plan)
        return
    with database.session() as session:
        plan = session.execute(
            text("EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE state IN ('waiting', 'leased') AND due_at <= 1")
        )
        assert "ix_outbox_state_due_at" in "".join(line[3] for line in plan)
