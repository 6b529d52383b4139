"""Numbers go in time and never early: whatever the clock does, wherever a look is killed, and beside a worker."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, or_, select

import wsgi
from intake.sms import forgetting
from intake.sms.conversations import FORGOTTEN
from intake.sms.forgetting import BATCH, LEAP, DateDoubtful, Forgotten
from intake.sms.models import Conversation, ForgettingWatch
from intake.sms.numbers import EPOCH_LIFE, PHONE_KEPT, RELAY_EPOCH, open_phone
from referrals.models import Case
from service.clock import FixedClock, SystemClock
from service.rows import Rows, insert_all
from service.runtime import Runtime
from service.worker import Worker
from tests.integration.phone import NUMBER, Phone, cases, conversations, hotline_of, said
from tests.integration.worker_client import count
from tests.network import Network

DAY = timedelta(days=1)


@pytest.fixture
def phone(network: Network) -> Phone:
    return Phone(hotline_of(network.runtime))


def watch(runtime: Runtime, clock: FixedClock, days: int) -> None:
    """Let days go by, each with a look."""
    for _ in range(days):
        clock.advance(DAY)
        forgetting.forget(runtime)


def is_kept(runtime: Runtime) -> bool:
    """Say whether anything of the only conversation's number is there."""
    (conversation,) = conversations(runtime)
    return any(getattr(conversation, name) is not None for name in FORGOTTEN)


def many_old(runtime: Runtime, many: int, day: date) -> None:
    """Put conversations into the database that ended on a day."""
    case_ids = [runtime.random(16) for _ in range(many)]
    case = {
        "channel": "sms",
        "language": "es",
        "area": None,
        "urgency": "standard",
        "state": "received",
        "received_on": day,
        "may_answer": True,
        "closing_reason": None,
        "key_id": bytes(16),
        "standby_key_id": None,
    }
    conversation = {
        "sealed_phone": b"sealed",
        "relay_epoch_id": bytes(16),
        "sealed_state": b"sealed",
        "version": 0,
        "last_on": day,
        "settle_by": None,
        "holding_key_id": None,
        "mailbox_key_id": bytes(16),
    }
    with runtime.database.session(write=True) as session:
        insert_all(session, [Rows(Case, [{"id": case_id, **case} for case_id in case_ids])])
        rows = [
            {"id": runtime.random(16), "case_id": case_id, "phone_hmac": runtime.random(32), **conversation}
            for case_id in case_ids
        ]
        insert_all(session, [Rows(Conversation, rows)])


def left(runtime: Runtime) -> int:
    """Count the conversations of which anything is kept."""
    kept = or_(*(getattr(Conversation, name).is_not(None) for name in FORGOTTEN))
    with runtime.database.session() as session:
        return session.scalar(select(func.count()).select_from(Conversation).where(kept)) or 0


def test_a_number_goes_on_its_thirtieth_day_and_what_went_is_counted(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    watch(runtime, clock, PHONE_KEPT.days - 1)
    assert is_kept(runtime)
    clock.advance(DAY)
    assert forgetting.due(runtime) == Forgotten(numbers=1)
    assert is_kept(runtime)
    assert forgetting.purge(runtime) == Forgotten(numbers=1)
    assert not is_kept(runtime)
    assert not cases(runtime)[0].may_answer
    assert forgetting.purge(runtime) == Forgotten()


@pytest.mark.parametrize("ahead", [PHONE_KEPT, timedelta(days=400), timedelta(days=4000)], ids=str)
def test_a_clock_that_is_far_ahead_drops_no_number_however_long_it_stays_so(
    phone: Phone, network: Network, clock: FixedClock, ahead: timedelta
) -> None:
    runtime = network.runtime
    watch(runtime, clock, 1)
    phone.text("my boss has my passport")
    clock.advance(ahead)
    watch(runtime, clock, PHONE_KEPT.days - 1)
    assert is_kept(runtime)
    (conversation,) = conversations(runtime)
    assert open_phone(runtime, conversation.sealed_phone, conversation.relay_epoch_id, conversation.id) == NUMBER
    with runtime.database.session() as session:
        assert forgetting.alarms(session, now=clock.now()) == ("sms_forgetting_held",)
    with pytest.raises(DateDoubtful, match="--date-is-right"):
        forgetting.purge(runtime)
    clock.set(clock.now() - ahead)
    forgetting.forget(runtime)
    assert is_kept(runtime)
    watch(runtime, clock, 1)
    assert not is_kept(runtime)
    with runtime.database.session() as session:
        assert forgetting.alarms(session, now=clock.now()) == ()


def test_a_worker_whose_clock_is_far_ahead_destroys_no_relay_epoch(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    worker = wsgi.make_worker(runtime, {})
    worker.run_once()
    clock.advance(EPOCH_LIFE + PHONE_KEPT + DAY)
    for _ in range(3):
        worker.run_once()
        clock.advance(timedelta(hours=2))
    (conversation,) = conversations(runtime)
    assert open_phone(runtime, conversation.sealed_phone, conversation.relay_epoch_id, conversation.id) == NUMBER


def test_epochs_that_are_over_go_with_the_numbers(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    (conversation,) = conversations(runtime)
    assert conversation.relay_epoch_id is not None
    watch(runtime, clock, (EPOCH_LIFE + PHONE_KEPT).days)
    assert runtime.keystore.get_many([conversation.relay_epoch_id]) == {}
    assert runtime.keystore.count_expired(only=(RELAY_EPOCH,)) == 0


def test_a_service_that_stood_still_drops_what_is_due_once_so_many_days_were_watched(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    watch(runtime, clock, PHONE_KEPT.days - 1)
    clock.advance(4 * DAY)
    forgetting.forget(runtime)
    assert is_kept(runtime)
    watch(runtime, clock, 3)
    assert is_kept(runtime)
    watch(runtime, clock, 1)
    assert not is_kept(runtime)


def test_leaps_add_up_and_a_leap_back_takes_off(network: Network, clock: FixedClock) -> None:
    runtime = network.runtime

    def held() -> timedelta:
        with runtime.database.session() as session:
            until = session.scalars(select(ForgettingWatch.held_until)).one()
        return until - clock.now() if until is not None else timedelta()

    forgetting.forget(runtime)
    for leap, expected in ((5, 5), (10, 15), (-12, 3), (-40, 0), (40, 40)):
        clock.set(clock.now() + leap * DAY)
        forgetting.forget(runtime)
        assert held() == expected * DAY
    watch(runtime, clock, 39)
    assert held() == DAY
    clock.advance(LEAP)
    forgetting.forget(runtime)
    assert held() == timedelta()


def with_a_wish_to_erase(phone: Phone) -> Worker:
    """Have a worker text that all is to be erased, and give the process that has looked before."""
    worker = wsgi.make_worker(phone.hotline.runtime, {})
    worker.run_once()
    phone.text("my boss has my passport", "DELETE", "2")
    return worker


def test_a_clock_that_was_a_week_ahead_erases_nothing_and_the_digits_undo_it_all_the_same(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    worker = with_a_wish_to_erase(phone)
    digits = re.search(r"\d{4} \d{4} \d{4}", "\n".join(said(runtime)))
    assert digits is not None
    clock.advance(8 * DAY)
    while worker.run_once():
        pass
    assert cases(runtime)[0].state != "erased"
    clock.advance(-8 * DAY)
    phone.text(digits[0])
    ((case),) = cases(runtime)
    assert (case.state, case.erase_on) == ("received", None)


def test_digits_go_a_minute_after_they_are_over_but_for_those_that_undo_an_erasure(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    worker = wsgi.make_worker(runtime, {})
    worker.run_once()
    phone.text("my boss has my passport", "WEB", "DELETE", "2")
    assert count(runtime, "one_time_code") == 2
    clock.advance(timedelta(minutes=31))
    worker.run_once()
    assert count(runtime, "one_time_code") == 1


def test_what_was_to_be_erased_while_the_clock_was_in_doubt_is_erased_an_hour_after_a_person_ends_that(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    worker = with_a_wish_to_erase(phone)
    clock.advance(8 * DAY)
    while worker.run_once():
        pass
    forgetting.purge(runtime, date_is_right=True)
    clock.advance(timedelta(hours=1))
    while worker.run_once():
        pass
    assert cases(runtime)[0].state == "erased"
    assert count(runtime, "one_time_code") == 0


def test_whoever_says_that_the_date_is_right_is_believed(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    clock.advance(PHONE_KEPT)
    with pytest.raises(DateDoubtful):
        forgetting.due(runtime)
    assert forgetting.due(runtime, date_is_right=True) == Forgotten(numbers=1, keys=1)
    assert forgetting.purge(runtime, date_is_right=True) == Forgotten(numbers=1, keys=1)
    assert forgetting.purge(runtime) == Forgotten()


def test_thirty_days_count_from_the_last_text(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    watch(runtime, clock, 13)
    phone.text("and he shouts")
    watch(runtime, clock, PHONE_KEPT.days - 1)
    assert is_kept(runtime)
    watch(runtime, clock, 1)
    assert not is_kept(runtime)


@pytest.mark.parametrize("wish", ["STOP", "0", "not my phone"])
def test_a_wish_for_no_texts_goes_with_its_number_and_what_comes_after_is_a_first_text(
    phone: Phone, network: Network, clock: FixedClock, wish: str
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", wish)
    watch(runtime, clock, PHONE_KEPT.days - 1)
    before = len(said(runtime))
    phone.text("hello")
    assert len(said(runtime)) == before
    watch(runtime, clock, PHONE_KEPT.days)
    phone.text("they keep my pay")
    assert len(said(runtime)) == before + 1


def test_a_look_that_is_killed_between_two_batches_is_made_anew_and_nothing_is_left(
    runtime: Runtime, clock: FixedClock
) -> None:
    class Killed(Exception):
        pass

    def kill(_numbers: int) -> None:
        raise Killed

    many_old(runtime, 3 * BATCH, clock.now().date() - PHONE_KEPT)
    many_old(runtime, 7, clock.now().date() - PHONE_KEPT + DAY)
    for expected in (2 * BATCH, BATCH):
        with pytest.raises(Killed):
            forgetting.purge(runtime, date_is_right=True, progress=kill)
        assert left(runtime) == expected + 7
    told: list[int] = []
    assert forgetting.purge(runtime, progress=told.append).numbers == BATCH
    assert told == [BATCH]
    assert left(runtime) == 7


def test_two_looks_at_once_drop_each_number_once(runtime: Runtime, clock: FixedClock) -> None:
    many_old(runtime, 5 * BATCH, clock.now().date() - PHONE_KEPT)
    found: list[int] = []

    def look() -> None:
        found.append(forgetting.purge(runtime, date_is_right=True).numbers)

    looks = [threading.Thread(target=look) for _ in range(3)]
    for one in looks:
        one.start()
    for one in looks:
        one.join()
    assert sum(found) == 5 * BATCH
    assert left(runtime) == 0


@pytest.fixture
def environment(runtime: Runtime) -> dict[str, str]:
    """Give the environment of a service on this instance."""
    settings = runtime.settings
    return {
        "LEEWARD_DATA": str(settings.data),
        "LEEWARD_DATABASE_URL": str(settings.database_url),
        "LEEWARD_KEYS_URL": str(settings.keys_url),
        "LEEWARD_SECRET_KEY": settings.secret_key.hex(),
        "LEEWARD_PUBLIC_URL": settings.public_url,
    }


@pytest.fixture
def purge(environment: dict[str, str]) -> Callable[..., Result]:
    """Give what runs `leeward sms purge`."""

    def run(*arguments: str, demo: bool = False) -> Result:
        known = environment | {"LEEWARD_DEMO": str(int(demo))}
        return CliRunner().invoke(wsgi.cli, ["sms", "purge", *arguments], env=known)

    return run


def told(result: Result) -> list[int]:
    """Read the counts that a command printed."""
    return [int(number) for number in re.findall(r"^ +(\d+)  ", result.stdout, re.MULTILINE)]


def test_the_command_says_in_counts_what_goes_and_changes_nothing_in_a_dry_run(
    runtime: Runtime, purge: Callable[..., Result]
) -> None:
    today = date.today()
    many_old(runtime, BATCH + 3, today - PHONE_KEPT - DAY)
    many_old(runtime, 2, today)
    tried = purge("--dry-run", "--date-is-right")
    assert (tried.exit_code, told(tried)) == (0, [BATCH + 3, 0, 0, 0, 0])
    assert "Nothing was changed" in tried.stdout
    assert left(runtime) == BATCH + 5
    done = purge("--date-is-right")
    assert (done.exit_code, told(done)) == (0, [BATCH + 3, 0, 0, 0, 0])
    assert done.stderr.splitlines() == [f"{BATCH} numbers so far", f"{BATCH + 3} numbers so far"]
    assert left(runtime) == 2


def test_the_command_drops_nothing_and_ends_with_one_where_the_clock_is_in_doubt(
    runtime: Runtime, purge: Callable[..., Result]
) -> None:
    many_old(runtime, 3, date.today() - 2 * PHONE_KEPT)
    for arguments in ([], ["--dry-run"]):
        refused = purge(*arguments)
        assert refused.exit_code == 1
        assert len(refused.stderr.splitlines()) == 1
        assert "--date-is-right" in refused.stderr
    assert left(runtime) == 3
    assert purge("--help").exit_code == 0
    assert purge("--numbers").exit_code == 2


def test_a_command_that_is_killed_leaves_whole_batches_and_another_run_does_the_rest(
    runtime: Runtime, environment: dict[str, str], purge: Callable[..., Result]
) -> None:
    many_old(runtime, 10 * BATCH, date.today() - PHONE_KEPT - DAY)
    command = [sys.executable, "-c", "import wsgi; wsgi.cli()", "sms", "purge", "--date-is-right"]
    with subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"{BATCH} numbers so far\n"
        process.send_signal(signal.SIGKILL)
    assert left(runtime) % BATCH == 0
    with runtime.database.session() as session:
        answered = select(Conversation.id).join(Case, Case.id == Conversation.case_id).where(Case.may_answer)
        assert len(session.scalars(answered).all()) == left(runtime)
    assert purge().exit_code == 0
    assert left(runtime) == 0


def test_texts_that_come_meanwhile_are_taken_in_and_their_number_stays(
    phone: Phone, network: Network, purge: Callable[..., Result], clock: FixedClock
) -> None:
    runtime = network.runtime
    clock.set(SystemClock().now())
    phone.text("my boss has my passport")
    many_old(runtime, 5 * BATCH, clock.now().date() - PHONE_KEPT - DAY)
    texting = threading.Thread(target=lambda: phone.text(*(f"text {number}" for number in range(20))))
    texting.start()
    done = purge("--date-is-right", demo=True)
    texting.join()
    assert done.exit_code == 0
    assert left(runtime) == 1
    assert count(runtime, "sms_inbound") == 21
