"""A new index key loses no conversation and doubles none, keeps every wish, and the older key is gone in time."""

import hmac
import random
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, select, update

import wsgi
from intake.phones import INVITE_TOPIC
from intake.sms import answering, forgetting, index, rotating
from intake.sms.destination import destination
from intake.sms.index import CURRENT_AFTER, FIRST_ID, INDEX_KEY, UNUSED_AFTER
from intake.sms.models import Conversation
from intake.sms.numbers import PHONE_KEPT
from intake.sms.rotating import RotationUnderWay
from referrals.models import Message
from service.clock import FixedClock
from service.keyring import READ_AGAIN
from service.keystore import KeyStore
from service.models import AuditEntry, DestructibleKey
from service.runtime import Runtime
from tests.integration.phone import NUMBER, Phone, cases, conversations, hotline_of, opened, said
from tests.network import Network

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def phone(network: Network) -> Phone:
    return Phone(hotline_of(network.runtime))


def rotate(runtime: Runtime, clock: FixedClock, after: timedelta = CURRENT_AFTER) -> None:
    """Make a new key, and let it become current."""
    rotating.rotate(runtime)
    clock.advance(after)


def key_ids(runtime: Runtime) -> list[bytes]:
    """List the ids of the keys that are in use, oldest first."""
    return [one.id for one in index.keys(runtime, anew=True)]


def found_under(runtime: Runtime) -> list[bytes | None]:
    """List which keys the conversations are found under."""
    return [one.index_key_id for one in conversations(runtime)]


def beside(runtime: Runtime, clock: FixedClock) -> Runtime:
    """Make what another process has: keys read by itself, and a clock of its own."""
    return replace(runtime, keystore=KeyStore(runtime.settings.keys_url, clock), clock=clock)


@pytest.mark.parametrize("after", [timedelta(0), CURRENT_AFTER - MINUTE, CURRENT_AFTER, UNUSED_AFTER], ids=str)
def test_a_text_after_a_rotation_is_added_to_its_conversation(
    phone: Phone, network: Network, clock: FixedClock, after: timedelta
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    rotate(runtime, clock, after)
    phone.text("and he shouts")
    (case,) = cases(runtime)
    assert len(opened(runtime, case.id)) == 2
    older, newer = key_ids(runtime)
    assert found_under(runtime) == [newer if after >= CURRENT_AFTER else older]
    phone.text("every day")
    assert len(cases(runtime)) == 1


def test_the_hash_that_is_kept_is_another_one_afterwards(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    before = conversations(runtime)[0].phone_hmac
    rotate(runtime, clock)
    phone.text("and he shouts")
    after = conversations(runtime)[0].phone_hmac
    assert before != after
    assert after == index.name_of(runtime, NUMBER).hmac


@pytest.mark.parametrize("wish", ["STOP", "0", "not my phone"])
@pytest.mark.parametrize("rotations", [1, 3])
def test_a_wish_for_silence_outlasts_every_rotation(
    phone: Phone, network: Network, clock: FixedClock, wish: str, rotations: int
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", wish)
    before = len(said(runtime))
    for _ in range(rotations):
        rotate(runtime, clock)
        forgetting.forget(runtime)
    phone.text("and he shouts")
    assert len(said(runtime)) == before
    assert len(cases(runtime)) == 1
    assert found_under(runtime) == [key_ids(runtime)[-1]]
    rotate(runtime, clock)
    phone.text("every day", "MENU")
    assert len(said(runtime)) == before


def told_digits(runtime: Runtime) -> str:
    found = re.search(r"(?<!-)\b\d{3} \d{3}\b", "\n".join(said(runtime)))
    assert found is not None
    return found[0].replace(" ", "")


@pytest.mark.parametrize("moved", [True, False])
def test_two_workers_on_one_phone_are_told_apart_after_a_rotation(
    phone: Phone, network: Network, clock: FixedClock, moved: bool
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    digits = told_digits(runtime)
    phone.text(f"{digits} they hit me")
    rotate(runtime, clock, DAY)
    if moved:
        assert rotating.move(runtime) == 2
        assert set(found_under(runtime)) == {key_ids(runtime)[-1]}
    phone.text("and he shouts", f"{digits} every day", "also today")
    assert len(cases(runtime)) == 2
    assert set(found_under(runtime)) == {key_ids(runtime)[-1]}
    texts = sorted(len(opened(runtime, case.id)) for case in cases(runtime))
    assert texts == [3, 3]


def test_digits_that_were_told_before_a_rotation_begin_a_case_of_their_own_after_it(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    rotate(runtime, clock, UNUSED_AFTER)
    forgetting.forget(runtime)
    assert len(key_ids(runtime)) == 1
    phone.text(f"{told_digits(runtime)} they hit me")
    assert len(cases(runtime)) == 2


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("then", [True, False])
def test_a_stop_of_either_worker_is_one_for_the_phone_whichever_keys_they_are_found_under(
    phone: Phone, network: Network, clock: FixedClock, first: bool, then: bool
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "new person")
    digits = told_digits(runtime)
    phone.text(f"{digits} they hit me")
    clock.advance(DAY)
    if then:
        phone.text("STOP" if first else f"{digits} STOP")
    rotate(runtime, clock, DAY)
    if not then:
        phone.text("STOP" if first else f"{digits} STOP")
    with runtime.database.session() as session:
        assert all(destination(session, runtime, one.id) is None for one in conversations(runtime))


def test_two_texts_at_once_at_the_moment_of_a_rotation_begin_one_conversation(
    network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    index.keys(runtime)
    rotating.rotate(runtime)
    made = clock.now()
    early, late = (FixedClock(made + CURRENT_AFTER - MINUTE), FixedClock(made + CURRENT_AFTER + MINUTE))
    processes = [beside(runtime, early), beside(runtime, late)]
    numbers = [f"+1604555{place:04}" for place in range(100, 112)]
    together = threading.Barrier(len(processes))

    def text(process: Runtime) -> None:
        hotline = hotline_of(process)
        for number in numbers:
            together.wait()
            Phone(hotline, number, sent=int(process is processes[0]) * 10).text("my boss has my passport")

    threads = [threading.Thread(target=text, args=(process,)) for process in processes]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(conversations(runtime)) == len(cases(runtime)) == len(numbers)
    assert {len(opened(runtime, case.id)) for case in cases(runtime)} == {2}
    for process in processes:
        process.keystore.dispose()


def test_a_process_that_has_not_read_the_new_key_yet_and_one_that_has_write_under_the_same(
    network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    other = beside(runtime, clock)
    known = index.name_of(other, NUMBER)
    rotating.rotate(runtime)
    clock.advance(READ_AGAIN - timedelta(seconds=1))
    assert index.name_of(other, NUMBER) == known
    assert index.name_of(runtime, NUMBER).hmac == known.hmac
    Phone(hotline_of(other)).text("my boss has my passport")
    Phone(hotline_of(runtime), sent=5).text("and he shouts")
    assert len(cases(runtime)) == 1
    clock.advance(CURRENT_AFTER)
    assert index.name_of(other, NUMBER) == index.name_of(runtime, NUMBER) != known
    other.keystore.dispose()


def test_the_older_key_goes_a_day_later_where_every_number_moved(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    (old,) = key_ids(runtime)
    rotate(runtime, clock)
    assert forgetting.purge(runtime) == forgetting.Forgotten(moved=1)
    assert old in key_ids(runtime)
    clock.advance(UNUSED_AFTER - CURRENT_AFTER)
    assert forgetting.due(runtime) == forgetting.Forgotten(index_keys=1)
    assert forgetting.purge(runtime) == forgetting.Forgotten(index_keys=1)
    assert old not in key_ids(runtime)
    assert runtime.keystore.get_many([old]) == {}
    phone.text("and he shouts")
    assert len(cases(runtime)) == 1


def test_the_older_key_of_somebody_who_wants_no_texts_goes_with_their_number(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "0")
    old = key_ids(runtime)[0]
    rotate(runtime, clock)
    for _ in range(PHONE_KEPT.days - 1):
        clock.advance(DAY)
        forgetting.forget(runtime)
        assert old in key_ids(runtime)
    clock.advance(DAY)
    forgetting.forget(runtime)
    assert old not in key_ids(runtime)
    assert found_under(runtime) == [None]


def test_whoever_is_asked_to_talk_is_found_under_the_new_key(phone: Phone, network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    (case,) = cases(runtime)
    rotate(runtime, clock)
    with runtime.database.session() as session:
        message_id = session.scalars(select(Message.id)).one()
    answering.announce(runtime, {"case": case.id.hex(), "message": message_id.hex()})
    assert found_under(runtime) == [key_ids(runtime)[-1]]


def test_an_erasure_is_undone_with_its_digits_after_a_rotation(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport", "DELETE", "2")
    found = re.search(r"\d{4} \d{4} \d{4}", "\n".join(said(runtime)))
    assert found is not None
    rotate(runtime, clock)
    phone.text(found[0])
    assert found_under(runtime) == [key_ids(runtime)[-1]]
    phone.text("thank you")
    assert len(cases(runtime)) == 1


def test_a_phone_that_has_a_conversation_under_an_older_key_is_invited_to_none(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    Phone(phone.hotline, "+16045550143").text("they hit me")
    rotate(runtime, clock)
    handlers = wsgi.handlers({"console": wsgi.compose(runtime).extensions["leeward.console"]})
    other = next(one.case_id for one in conversations(runtime) if one.phone_hmac not in names(runtime, NUMBER))
    before = [one.phone_hmac for one in conversations(runtime)]
    handlers[INVITE_TOPIC](runtime, {"phone": NUMBER, "case": other.hex(), "language": "es"})
    assert [one.phone_hmac for one in conversations(runtime)] == before


def names(runtime: Runtime, number: str) -> tuple[bytes, ...]:
    return index.name_of(runtime, number).every


def test_a_second_rotation_waits_until_every_process_knows_the_first(network: Network, clock: FixedClock) -> None:
    runtime = network.runtime
    rotating.rotate(runtime)
    with pytest.raises(RotationUnderWay):
        rotating.rotate(runtime)
    clock.advance(CURRENT_AFTER)
    rotating.rotate(runtime)
    assert len(key_ids(runtime)) == 3


def test_conversations_from_before_there_were_several_keys_are_found_and_move(
    phone: Phone, network: Network, clock: FixedClock
) -> None:
    runtime = network.runtime
    phone.text("my boss has my passport")
    older = hmac.digest(runtime.secret("phone-index"), NUMBER.encode(), "sha256")
    with runtime.database.session(write=True) as session:
        session.execute(update(Conversation).values(phone_hmac=older, index_key_id=FIRST_ID))
    with runtime.keystore.database.session(write=True) as session:
        session.execute(delete(DestructibleKey).where(DestructibleKey.purpose == INDEX_KEY))
    runtime.keystore.after_fork()
    phone.text("and he shouts")
    assert key_ids(runtime) == [FIRST_ID]
    rotate(runtime, clock, UNUSED_AFTER)
    phone.text("every day")
    assert len(cases(runtime)) == 1
    forgetting.forget(runtime)
    assert FIRST_ID not in key_ids(runtime)


def test_a_new_instance_has_a_random_key_that_the_settings_do_not_give(network: Network) -> None:
    (first,) = index.keys(network.runtime)
    assert first.id != FIRST_ID
    assert first.key != network.runtime.secret("phone-index")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_whatever_order_each_number_has_one_conversation_and_keeps_its_wish(
    lone: Network, clock: FixedClock, seed: int
) -> None:
    runtime, choose = lone.runtime, random.Random(seed)
    phones = [Phone(hotline_of(runtime), f"+160455501{place}") for place in range(10, 15)]
    begun: dict[str, bytes] = {}
    silent: set[str] = set()
    for _ in range(40):
        step = choose.choice(["text", "text", "text", "silence", "rotate", "minutes", "day", "move"])
        if step == "rotate":
            with_luck(runtime)
        elif step == "minutes":
            clock.advance(CURRENT_AFTER)
        elif step == "day":
            clock.advance(DAY)
            forgetting.forget(runtime)
        elif step == "move":
            rotating.move(runtime)
        else:
            phone = choose.choice(phones)
            phone.text("my boss has my passport" if step == "text" else "0")
            silent |= {phone.number} if step == "silence" else set()
            case_id = case_of(runtime, phone.number)
            assert begun.setdefault(phone.number, case_id) == case_id
    assert len(cases(runtime)) == len(begun)
    with runtime.database.session() as session:
        for number in begun:
            row = session.scalars(select(Conversation).where(Conversation.phone_hmac.in_(names(runtime, number)))).one()
            assert (destination(session, runtime, row.id) is None) == (number in silent)


def with_luck(runtime: Runtime) -> None:
    try:
        rotating.rotate(runtime)
    except RotationUnderWay:
        return


def case_of(runtime: Runtime, number: str) -> bytes:
    with runtime.database.session() as session:
        found = select(Conversation.case_id).where(Conversation.phone_hmac.in_(names(runtime, number)))
        return session.scalars(found).one()


@pytest.fixture
def run(sqlite_runtime: Runtime) -> Iterator[object]:
    """Give what runs `leeward sms rotate-key`."""
    settings = sqlite_runtime.settings
    environment = {
        "LEEWARD_DATA": str(settings.data),
        "LEEWARD_DATABASE_URL": str(settings.database_url),
        "LEEWARD_KEYS_URL": str(settings.keys_url),
        "LEEWARD_SECRET_KEY": settings.secret_key.hex(),
        "LEEWARD_PUBLIC_URL": settings.public_url,
    }

    def rotate_key(*arguments: str) -> Result:
        return CliRunner().invoke(wsgi.cli, ["sms", "rotate-key", *arguments], env=environment)

    yield rotate_key


def test_the_command_makes_one_key_and_shows_which_are_in_use(run: object) -> None:
    assert callable(run)
    before = run("--status")
    assert (before.exit_code, [line.split()[2:] for line in before.stdout.splitlines()[1:]]) == (0, [["current", "0"]])
    made = run()
    shown = [line.split()[2:] for line in made.stdout.splitlines()[1:]]
    assert (made.exit_code, shown) == (0, [["current", "0"], ["new", "0"]])
    again = run()
    assert (again.exit_code, len(again.stderr.splitlines())) == (1, 1)
    assert run("--help").exit_code == 0
    assert run("--now").exit_code == 2


def test_a_rotation_is_in_the_audit_trail(network: Network) -> None:
    runtime = network.runtime
    rotating.rotate(runtime)
    with runtime.database.session() as session:
        entries = [entry for entry in session.scalars(select(AuditEntry.entry)) if "case" not in entry]
    assert {"action": "phone_index.rotated"} in entries
