"""Cases at rest: who finds them, in which order, what each reader is handed, and what a lost key means."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, insert, select

from crypto import casekey
from crypto.envelope import MessageType, WrapRole
from crypto.rejected import EnvelopeRejected
from referrals.case import (
    COUNT_CAP,
    CaseKeys,
    CaseNotFound,
    Reader,
    case_file,
    keys_of,
    last_digest,
    lock_case,
    mailbox_case,
    mailbox_messages,
    message_rows,
    next_position,
    queue_page,
    rank_of,
)
from referrals.models import Case, Mailbox, Message, Referral, Wrap
from service.keystore import KeyDestroyed
from service.rows import insert_all
from service.runtime import Runtime
from tests.integration.office import Office, town
from tests.network import plant

NOON = datetime(2026, 7, 8, 17, 0, tzinfo=UTC)


def test_a_report_waits_in_the_queue_of_the_organization_that_it_was_sealed_for(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    (row,) = office.queue("new")
    assert row.case_id == place.case_id
    assert (row.language, row.area, row.urgency, row.state) == ("es", "rd:5907", "standard", "received")
    assert (row.status, row.kind, row.view, row.unread) == ("offered", "primary", "new", True)
    assert (row.channel, row.received_on, row.holder_id) == ("web", date(2026, 7, 8), None)
    assert row.due_at == datetime(2026, 7, 10, 17, 0, tzinfo=UTC)
    assert office.counts() == {"new": 1, "ours": 0, "waiting": 0, "others": 0}
    assert office.reads(place.case_id) == ["No me pagan."]


def test_whoever_stands_by_does_not_see_that_the_case_exists(runtime: Runtime) -> None:
    place = town(runtime)
    for key in ("org06", "org16"):
        office = place.office(key)
        assert [wrap.role for wrap in office.wraps(place.case_id)] == [int(WrapRole.STANDBY)]
        assert office.counts() == {"new": 0, "ours": 0, "waiting": 0, "others": 0}
        with pytest.raises(CaseNotFound):
            office.file(place.case_id)


def test_another_organization_s_case_is_as_if_it_were_not_there(runtime: Runtime) -> None:
    place = town(runtime)
    stranger = place.office("org02")
    for case_id in (place.case_id, bytes(16)):
        with pytest.raises(CaseNotFound):
            stranger.file(case_id)
    # Its bytes would not open with the stranger's key either.
    (message,) = place.office("org01").file(place.case_id).messages
    assert stranger.opens(message) is None


def test_a_reader_is_handed_their_own_wraps_and_no_others(runtime: Runtime) -> None:
    place = town(runtime)
    (message,) = place.office("org01").file(place.case_id).messages
    assert len(message.wraps) == 1
    with runtime.database.session() as session:
        assert len(session.scalars(select(Wrap.id)).all()) == 3


def test_nothing_that_was_told_lies_in_the_database(runtime: Runtime) -> None:
    place = town(runtime)
    with runtime.database.session() as session:
        stored = [
            value
            for model in (Case, Message, Wrap, Referral, Mailbox)
            for row in session.scalars(select(model))
            for value in vars(row).values()
        ]
    raw = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in stored)
    assert b"No me pagan" not in raw
    assert place.submitted.receipt.encode() not in raw


def test_wraps_rest_under_the_key_of_their_case_and_of_their_message(runtime: Runtime) -> None:
    place = town(runtime)
    (wrap,) = place.office("org01").wraps(place.case_id)
    with runtime.database.session() as session:
        keys = keys_of(session, runtime.keystore, place.case_id)
    assert keys.standby is not None
    casekey.open_wrap(keys.case.key, wrap.sealed_wrap, case_id=place.case_id, message_id=wrap.message_id)
    for key, case_id, message_id in (
        (keys.standby.key, place.case_id, wrap.message_id),
        (keys.case.key, bytes(16), wrap.message_id),
        (keys.case.key, place.case_id, bytes(16)),
    ):
        with pytest.raises(EnvelopeRejected):
            casekey.open_wrap(key, wrap.sealed_wrap, case_id=case_id, message_id=message_id)


def test_a_case_whose_key_was_destroyed_is_gone_for_everybody(runtime: Runtime) -> None:
    place = town(runtime)
    runtime.keystore.destroy(place.case().key_id)
    with pytest.raises(KeyDestroyed):
        place.office("org01").file(place.case_id)
    with runtime.database.session() as session, pytest.raises(KeyDestroyed):
        mailbox_messages(session, runtime.keystore, place.case_id)


def test_a_case_that_is_not_there_has_no_keys_and_no_lock(runtime: Runtime) -> None:
    with runtime.database.session(write=True) as session:
        with pytest.raises(CaseNotFound):
            keys_of(session, runtime.keystore, bytes(16))
        with pytest.raises(CaseNotFound):
            lock_case(session, bytes(16))


def test_a_standby_wrap_is_not_stored_without_a_standby_key(runtime: Runtime) -> None:
    place = town(runtime)
    sealed = place.office("org01").seal(place.case_id, "x", MessageType.NOTE)
    keys = CaseKeys(runtime.keystore.take("case"))
    with pytest.raises(KeyDestroyed):
        message_rows(sealed, [Reader(bytes(16), WrapRole.STANDBY)], keys, position=1, day=NOON.date())


def test_readers_and_wraps_must_be_as_many(runtime: Runtime) -> None:
    place = town(runtime)
    sealed = place.office("org01").seal(place.case_id, "x", MessageType.NOTE)
    keys = CaseKeys(runtime.keystore.take("case"))
    with pytest.raises(ValueError, match="longer"):
        message_rows(sealed, [], keys, position=1, day=NOON.date())


def test_a_receipt_s_hmac_finds_its_case_until_it_is_erased(runtime: Runtime) -> None:
    place = town(runtime)
    with runtime.database.session(write=True) as session:
        mailbox = session.scalars(select(Mailbox)).one()
        assert mailbox_case(session, mailbox.lookup_hmac) == place.case_id
        assert mailbox_case(session, bytes(32)) is None
        mailbox.erased = True
        session.flush()
        assert mailbox_case(session, mailbox.lookup_hmac) is None


def test_messages_are_counted_and_chained_by_author(runtime: Runtime) -> None:
    place = town(runtime)
    with runtime.database.session() as session:
        assert next_position(session, place.case_id) == 1
        assert next_position(session, bytes(16)) == 0
        count, digest = last_digest(session, place.case_id, (MessageType.REPORT, MessageType.FOLLOW_UP))
        assert count == 1
        assert digest != bytes(32)
        assert last_digest(session, place.case_id, (MessageType.REPLY,)) == (0, bytes(32))


def fill_queue(office: Office, count: int) -> list[bytes]:
    """Put cases into an organization's queue, one due each hour, and give their ids in the order of their due times."""
    runtime = office.runtime
    case_ids = [number.to_bytes(16) for number in range(count)]
    cases, referrals = [], []
    for number, case_id in enumerate(case_ids):
        due_at = NOON + timedelta(hours=number)
        cases.append(
            {
                "id": case_id,
                "channel": "web",
                "language": "en",
                "area": None,
                "urgency": "standard",
                "state": "received",
                "received_on": NOON.date(),
                "may_answer": True,
                "closing_reason": None,
                "key_id": bytes(16),
                "standby_key_id": None,
            }
        )
        referrals.append(
            {
                "id": case_id,
                "case_id": case_id,
                "organization_id": office.id,
                "holder_id": None,
                "place": 0,
                "kind": "primary",
                "status": "offered",
                "view": "new",
                "rank": rank_of(due_at, runtime.random),
                "due_at": due_at,
                "unread": True,
                "language_mode": "direct",
                "reason": None,
                "decided_on": None,
            }
        )
    with runtime.database.session(write=True) as session:
        session.execute(insert(Case), cases)
        # The other way round, so that the order of the answer is not that of the rows.
        session.execute(insert(Referral), referrals[::-1])
    return case_ids


def test_pages_of_a_queue_follow_each_other_by_due_time(runtime: Runtime) -> None:
    office = Office(plant(runtime), "org01")
    expected = fill_queue(office, 23)
    seen: list[bytes] = []
    after = None
    for length in (10, 10, 3, 0):
        with runtime.database.session() as session:
            page = queue_page(session, organization_id=office.id, view="new", after=after, limit=10)
        assert len(page) == length
        seen += [row.case_id for row in page]
        after = page[-1].rank if page else after
    assert seen == expected
    assert office.queue("ours") == ()


def test_a_page_of_a_queue_is_one_statement_over_one_index_range(runtime: Runtime) -> None:
    office = Office(plant(runtime), "org01")
    fill_queue(office, 3)
    organization_id = office.id
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        with runtime.database.session(one_statement=True) as session:
            queue_page(session, organization_id=organization_id, view="new")
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)
    assert len([statement for statement in statements if not statement.startswith("PRAGMA")]) == 1


def test_counts_stop_at_a_cap(runtime: Runtime) -> None:
    office = Office(plant(runtime), "org01")
    fill_queue(office, COUNT_CAP + 5)
    assert office.counts()["new"] == COUNT_CAP


def test_a_rank_sorts_by_second_and_is_rarely_shared(runtime: Runtime) -> None:
    ranks = [rank_of(NOON + timedelta(seconds=second), runtime.random) for second in range(50)]
    assert ranks == sorted(ranks)
    assert len({rank_of(NOON, runtime.random) for _ in range(50)}) > 40
    assert rank_of(NOON, lambda size: b"\xff" * size) < rank_of(NOON + timedelta(seconds=1), bytes)


def test_messages_come_in_their_order(runtime: Runtime) -> None:
    place = town(runtime)
    office = place.office("org01")
    with runtime.database.session(write=True) as session:
        keys = keys_of(session, runtime.keystore, place.case_id)
        for position in (3, 1, 2):
            sealed = office.seal(place.case_id, str(position), MessageType.NOTE)
            readers = [Reader(office.id, WrapRole.RECIPIENT)]
            insert_all(session, message_rows(sealed, readers, keys, position=position, day=NOON.date()))
    assert office.reads(place.case_id) == ["No me pagan.", "1", "2", "3"]
    with runtime.database.session() as session:
        assert mailbox_messages(session, runtime.keystore, place.case_id) == ()
        file = case_file(session, runtime.keystore, organization_id=office.id, case_id=place.case_id)
    assert [message.type for message in file.messages] == [MessageType.REPORT, *[MessageType.NOTE] * 3]
