"""Taking in a report, on both databases: sealed for the right ones, once for each Send, or not at all."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from crypto.envelope import Header, MessageType, Origin, WrapRole
from intake import submission
from intake.answers import Answers, IntakeClosed, NobodyFits, NothingTold
from intake.receipts import ReceiptPool
from intake.report import Intake, issue_submission_id, submit
from referrals.directory import state
from referrals.directory.models import OrganizationEpoch
from referrals.directory.snapshot import Directory
from referrals.models import Case
from service.clock import FixedClock
from service.runtime import Runtime
from service.throttle import FairQueue, TooBusy
from tests.integration.office import ASKS_IN_SPANISH, IN_DANGER, Office, town
from tests.integration.worker_client import count, rows, stored
from tests.network import Network, plant

CANARY = "CANARYreport"
TOLD = Answers(locale="en", what=("pay_hours",), place="Oliver", story=CANARY, employer=CANARY, reach_number=CANARY)
NOBODY = replace(TOLD, place="Toronto", helper_desk="no")


def patient(network: Network) -> Intake:
    """Give an intake in whose line everybody finds a place."""
    runtime = network.runtime
    pool = ReceiptPool(runtime.instance_id, FairQueue(width=2, waiting=64, patience=60))
    return Intake(runtime, Directory(runtime.clock), pool)


def nothing_is_there(runtime: Runtime) -> bool:
    return not any(count(runtime, table) for table in ("case", "message", "wrap", "mailbox", "submission", "outbox"))


def test_a_report_is_sealed_for_the_first_in_line_and_locked_away_for_the_others(runtime: Runtime) -> None:
    place = town(runtime)
    first, second = place.office("org01"), place.office("org06")
    (message,) = first.file(place.case_id).messages
    header = Header.parse(message.header)
    assert (header.type, header.origin) == (MessageType.REPORT, Origin.FORM)
    fields = first.opens(message)["fields"]
    assert (fields["story"], fields["what"], fields["pass_on"]) == ("No me pagan.", ["pay_hours"], "yes")
    assert [wrap.role for wrap in first.wraps(place.case_id)] == [int(WrapRole.RECIPIENT)]
    assert all(wrap.under_standby_key for wrap in second.wraps(place.case_id))
    assert not second.queue("new")


def test_an_emergency_goes_to_who_is_open_day_and_night_and_to_the_helper_desk(runtime: Runtime) -> None:
    place = town(runtime, IN_DANGER)
    assert place.submitted.urgency == "emergency"
    for key in ("org09", "org16"):
        assert place.office(key).reads(place.case_id) == ["Me pegan."]


def test_no_to_the_helper_desk_keeps_it_out_of_an_emergency_too(runtime: Runtime) -> None:
    place = town(runtime, replace(IN_DANGER, helper_desk="no"))
    assert not place.office("org16").wraps(place.case_id)


def test_without_a_yes_no_other_group_stands_by(runtime: Runtime) -> None:
    place = town(runtime, replace(ASKS_IN_SPANISH, pass_on="ask"))
    assert not place.office("org06").wraps(place.case_id)
    assert place.office("org16").wraps(place.case_id)


def test_nothing_that_was_told_lies_in_the_database(runtime: Runtime) -> None:
    network = plant(runtime)
    submitted = network.report(TOLD)
    everything = stored(runtime)
    assert CANARY.encode() not in everything
    assert submitted.receipt.encode() not in everything
    (case,) = rows(runtime)["case"]
    assert (case.area, case.language, case.received_on.isoformat()) == ("rd:5907", "en", "2026-07-08")


def test_the_worker_is_told_when_somebody_is_there(runtime: Runtime) -> None:
    submitted = plant(runtime).report(ASKS_IN_SPANISH)
    assert submitted.come_back_at > runtime.clock.now()
    assert submitted.come_back_at.minute == 0
    assert len(submitted.receipt) == 20


def test_the_same_send_twice_is_one_report_with_one_receipt(runtime: Runtime) -> None:
    network = plant(runtime)
    name = issue_submission_id(network.runtime)
    first, second = (submit(network.intake, TOLD, name) for _ in range(2))
    assert first == second
    assert count(runtime, "case") == 1


def test_the_same_send_in_parallel_is_one_report_with_one_receipt(runtime: Runtime) -> None:
    network = plant(runtime)
    intake, name = patient(network), issue_submission_id(network.runtime)
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: submit(intake, TOLD, name), range(8)))
    assert len(set(given)) == 1
    assert count(runtime, "case") == 1
    assert count(runtime, "mailbox") == 1


def test_after_ten_minutes_the_same_send_is_a_report_of_its_own(runtime: Runtime, clock: FixedClock) -> None:
    network = plant(runtime)
    name = issue_submission_id(network.runtime)
    first = submit(network.intake, TOLD, name)
    clock.advance(submission.KEPT_FOR + timedelta(seconds=1))
    second = submit(network.intake, TOLD, name)
    assert first.receipt != second.receipt
    assert submit(network.intake, TOLD, name) == second
    assert count(runtime, "case") == 2


def test_other_answers_under_the_same_id_are_another_report(runtime: Runtime) -> None:
    network = plant(runtime)
    name = issue_submission_id(network.runtime)
    first = submit(network.intake, TOLD, name)
    second = submit(network.intake, replace(TOLD, story="Another worker, on a copied page"), name)
    assert first.receipt != second.receipt
    assert count(runtime, "case") == 2


@pytest.mark.parametrize("name", ["", "x", "A" * 48, "ਪੰਜਾਬੀ"])
def test_an_id_that_is_not_ours_costs_nobody_their_report(runtime: Runtime, name: str) -> None:
    network = plant(runtime)
    first, second = (submit(network.intake, TOLD, name) for _ in range(2))
    assert first.receipt != second.receipt
    assert count(runtime, "case") == 2


def test_thirty_two_reports_at_once_are_all_there_once(runtime: Runtime) -> None:
    network = plant(runtime)
    intake = patient(network)

    def send(number: int) -> str:
        told = replace(ASKS_IN_SPANISH, story=f"report {number}")
        return submit(intake, told, issue_submission_id(network.runtime)).receipt

    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(send, range(32)))
    assert len(set(receipts)) == 32
    assert count(runtime, "mailbox") == 32
    office = Office(network, "org01")
    stories = sorted(office.reads(row.case_id)[0] for row in office.queue("new"))
    assert stories == sorted(f"report {number}" for number in range(32))


def test_a_form_without_an_answer_stores_nothing(runtime: Runtime) -> None:
    network = plant(runtime)
    with pytest.raises(NothingTold):
        network.report(Answers(locale="en"))
    assert nothing_is_there(runtime)


def test_where_nobody_fits_and_the_helper_desk_may_not_see_it_nothing_is_stored(runtime: Runtime) -> None:
    network = plant(runtime)
    with pytest.raises(NobodyFits):
        network.report(NOBODY)
    assert nothing_is_there(runtime)
    assert network.report(replace(NOBODY, helper_desk="yes")).organization_name


def test_without_a_coordinator_intake_is_closed(runtime: Runtime) -> None:
    pool = ReceiptPool(runtime.instance_id, FairQueue(1, 1, 1))
    with pytest.raises(IntakeClosed):
        submit(Intake(runtime, Directory(runtime.clock), pool), TOLD, "")
    assert nothing_is_there(runtime)


def test_when_no_receipt_can_be_made_in_time_nothing_is_stored(runtime: Runtime) -> None:
    network = plant(runtime)
    queue = FairQueue(width=1, waiting=0, patience=0.01)
    intake = Intake(network.runtime, Directory(runtime.clock), ReceiptPool(runtime.instance_id, queue))
    with queue.place(), pytest.raises(TooBusy):
        submit(intake, TOLD, "")
    assert nothing_is_there(runtime)


def test_a_report_of_the_longest_answers_is_read_back_whole(runtime: Runtime) -> None:
    told = replace(ASKS_IN_SPANISH, story="ਖ" * 10_000, employer="ਖ" * 200)
    place = town(runtime, told)
    office = place.office("org01")
    (message,) = office.file(place.case_id).messages
    assert json.dumps(office.opens(message)["fields"]["story"], ensure_ascii=False) == json.dumps(
        "ਖ" * 10_000, ensure_ascii=False
    )


def test_no_answer_is_promised_to_who_wants_none(runtime: Runtime) -> None:
    plant(runtime).report(replace(TOLD, answer_by="none"))
    with runtime.database.session() as session:
        assert session.query(Case.may_answer).one() == (False,)


@contextmanager
def asked(runtime: Runtime) -> Iterator[list[str]]:
    """Note the statements that are sent to the main database meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(runtime.database.engine, "before_cursor_execute", note)


def give_key(network: Network, key: str, *, has_one: bool) -> None:
    """Change the directory as another process would, so that this one's copy is old."""
    own = OrganizationEpoch.organization_id == network.organization_id(key)
    with network.runtime.database.session(write=True) as session:
        session.execute(update(OrganizationEpoch).where(own).values(revoked=not has_one))
        state.bump(session, network.runtime.clock.now())


def test_a_report_asks_nothing_before_it_is_written(runtime: Runtime) -> None:
    network = plant(runtime)
    network.report(ASKS_IN_SPANISH)
    with asked(runtime) as statements:
        network.report(ASKS_IN_SPANISH)
    assert [statement for statement in statements if not statement.startswith("BEGIN")] == ["INSERT"]


def test_a_report_goes_by_the_directory_that_the_database_has_when_it_is_written(runtime: Runtime) -> None:
    network = plant(runtime)
    network.report(ASKS_IN_SPANISH)
    give_key(network, "org01", has_one=False)
    network.report(ASKS_IN_SPANISH)
    told = rows(runtime)
    assert (len(told["case"]), len(told["message"])) == (2, 2)
    # Nothing of the first try is left, which was refused.
    assert [one.entry["action"] for one in told["audit_entry"]].count("report.received") == 2
    assert [one.organization_id for one in told["referral"]].count(network.organization_id("org01")) == 1
    assert Office(network, "org06").queue("new")


def test_the_same_send_finds_its_first_answer_after_the_directory_changed(runtime: Runtime) -> None:
    network = plant(runtime)
    name = issue_submission_id(network.runtime)
    first = submit(network.intake, TOLD, name)
    give_key(network, "org01", has_one=False)
    assert submit(network.intake, TOLD, name) == first
    assert count(runtime, "case") == 1


def test_an_intake_that_was_closed_opens_with_the_directory(runtime: Runtime) -> None:
    network = plant(runtime)
    give_key(network, "org16", has_one=False)
    with pytest.raises(IntakeClosed):
        network.report(TOLD)
    give_key(network, "org16", has_one=True)
    assert network.report(TOLD).receipt
