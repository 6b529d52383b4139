"""Texts that come while the database is away: sealed and durable on this host, taken in once it is back, and once."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from intake.sms import forgetting, spool
from intake.sms.chores import take_in_spooled
from intake.sms.port import Inbound, Media
from intake.sms.receiving import receive
from service.clock import FixedClock
from service.database import Database
from service.runtime import Runtime
from tests.integration.phone import CANARY, NUMBER, Phone, hotline_of
from tests.integration.worker_client import count
from tests.network import Network
from wsgi import make_worker


@pytest.fixture
def phone(network: Network) -> Phone:
    return Phone(hotline_of(network.runtime))


@pytest.fixture
def away(network: Network) -> Iterator[Runtime]:
    """Give the instance with a main database that nobody can reach, while its keys and files are there."""
    gone = Database("postgresql://127.0.0.1:1/nowhere", b"k" * 32, connections=1)
    yield replace(network.runtime, database=gone)
    gone.dispose()


def files(runtime: Runtime, ending: str = "") -> list[Path]:
    folder = runtime.settings.data / "sms-spool"
    return sorted(folder.glob(f"*{ending}")) if folder.is_dir() else []


def take_in(runtime: Runtime) -> list[Inbound]:
    """Take in what is spooled, into a list."""
    taken: list[Inbound] = []
    spool.take_in(runtime, taken.append)
    return taken


def test_a_text_that_came_while_the_database_was_away_is_taken_in_when_it_is_back(
    phone: Phone, away: Runtime, network: Network
) -> None:
    inbound = phone.inbound(f"{CANARY} No me pagan")
    with pytest.raises(SQLAlchemyError):
        receive(hotline_of(away), inbound)
    spool.keep(away, inbound)
    assert count(network.runtime, "case") == 0
    assert take_in_spooled(network.runtime) == 1
    assert (count(network.runtime, "case"), count(network.runtime, "message")) == (1, 1)
    assert not files(network.runtime)


def test_what_is_spooled_says_nothing_by_content_name_or_size(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    for text in (CANARY, CANARY * 100, ""):
        spool.keep(runtime, phone.inbound(text))
    kept = files(runtime)
    everything = b"".join(path.read_bytes() for path in kept)
    for secret in (CANARY, NUMBER, NUMBER[1:], "console"):
        assert secret.encode() not in everything
        assert not any(secret in path.name for path in kept)
    assert len({path.stat().st_size for path in kept}) == 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert stat.S_IMODE(kept[0].parent.stat().st_mode) == 0o700


def test_a_text_comes_out_of_its_file_as_it_was(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    phone.media = (Media("ME" + "0" * 32, "image/jpeg"),)
    inbound = phone.inbound("ਮਾਲਕ \U0001f44d\u202e")
    spool.keep(runtime, inbound)
    assert take_in(runtime) == [inbound]


def test_spooled_texts_are_taken_in_in_the_order_in_which_they_came(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    sent = [replace(phone.inbound(str(n)), received_at=runtime.clock.now() + timedelta(seconds=n)) for n in range(8)]
    for inbound in reversed(sent):
        spool.keep(runtime, inbound)
    assert [one.text for one in take_in(runtime)] == [one.text for one in sent]


def test_a_text_that_was_spooled_and_came_again_is_there_once(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    inbound = phone.inbound("No me pagan")
    spool.keep(runtime, inbound)
    receive(phone.hotline, inbound)
    spool.keep(runtime, inbound)
    assert take_in_spooled(runtime) == 2
    assert (count(runtime, "case"), count(runtime, "message"), count(runtime, "sms_inbound")) == (1, 1, 1)


def test_a_worker_that_dies_between_taking_in_and_removing_the_file_doubles_nothing(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    inbound = phone.inbound("No me pagan")
    spool.keep(runtime, inbound)

    class Dies(Exception):
        pass

    def dying(text: Inbound) -> None:
        receive(phone.hotline, text)
        raise Dies

    with pytest.raises(Dies):
        spool.take_in(runtime, dying)
    assert files(runtime)
    assert take_in_spooled(runtime) == 1
    assert count(runtime, "message") == 1


def test_a_text_that_cannot_be_taken_in_keeps_no_other_waiting(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    sent = [replace(phone.inbound(text), received_at=runtime.clock.now()) for text in ("wrong", "right")]
    for inbound in sent:
        spool.keep(runtime, inbound)
    taken: list[str] = []

    def choosy(text: Inbound) -> None:
        if text.text == "wrong":
            raise ValueError("wrong")
        taken.append(text.text)

    with pytest.raises(ValueError, match="wrong"):
        spool.take_in(runtime, choosy)
    assert taken == ["right"]
    assert len(files(runtime)) == 1


def test_while_the_database_stays_away_nothing_of_the_spool_goes(phone: Phone, away: Runtime) -> None:
    spool.keep(away, phone.inbound("1"))
    with pytest.raises(OperationalError):
        take_in_spooled(away)
    assert len(files(away)) == 1
    assert spool.alarms(away) == ("sms_spooled",)


def test_it_opens_after_a_restart_and_on_another_day(phone: Phone, clock: FixedClock) -> None:
    runtime = phone.hotline.runtime
    inbound = phone.inbound("No me pagan")
    spool.keep(runtime, inbound)
    runtime.keystore.after_fork()
    clock.advance(timedelta(days=6))
    assert take_in(runtime) == [inbound]


def test_after_a_week_no_copy_of_a_file_opens_any_more(phone: Phone, clock: FixedClock) -> None:
    runtime = phone.hotline.runtime
    spool.keep(runtime, phone.inbound(CANARY))
    forgetting.forget(runtime)
    for _ in range((spool.KEY_LIFE + spool.KEY_KEPT).days):
        clock.advance(timedelta(days=1))
        forgetting.forget(runtime)
    assert take_in(runtime) == []
    assert spool.alarms(runtime) == ("sms_spool_closed",)


def test_a_clock_that_was_a_week_ahead_for_an_hour_loses_no_text(phone: Phone, clock: FixedClock) -> None:
    runtime = phone.hotline.runtime
    worker = make_worker(runtime)
    worker.run_once()
    spool.keep(runtime, phone.inbound(CANARY))
    clock.advance(timedelta(days=9))
    worker.run_once()
    assert count(runtime, "message") == 1
    assert spool.alarms(runtime) == ()


@pytest.mark.parametrize("harm", ["cut", "flipped", "moved", "empty"])
def test_a_file_that_does_not_open_is_set_aside_and_holds_up_no_other(phone: Phone, harm: str) -> None:
    runtime = phone.hotline.runtime
    spool.keep(runtime, phone.inbound("harmed"))
    (harmed,) = files(runtime)
    raw = harmed.read_bytes()
    harmed.write_bytes({"cut": raw[:-1], "flipped": raw[:-1] + bytes([raw[-1] ^ 1]), "empty": b""}.get(harm, raw))
    if harm == "moved":
        harmed.rename(harmed.with_name("0" * 32 + ".text"))
    whole = phone.inbound("whole")
    spool.keep(runtime, whole)
    assert take_in(runtime) == [whole]
    assert [path.suffix for path in files(runtime)] == [".closed"]
    assert spool.alarms(runtime) == ("sms_spool_closed",)


def test_a_text_that_cannot_be_written_is_not_taken_for_kept(phone: Phone) -> None:
    runtime = phone.hotline.runtime
    (runtime.settings.data / "sms-spool").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="sms-spool"):
        spool.keep(runtime, phone.inbound("1"))


def test_what_a_dying_process_left_unfinished_is_removed_and_never_taken_in(phone: Phone, clock: FixedClock) -> None:
    runtime = phone.hotline.runtime
    spool.keep(runtime, phone.inbound("1"))
    (whole,) = files(runtime)
    whole.rename(whole.with_suffix(".part"))
    clock.set(clock.now().fromtimestamp(whole.with_suffix(".part").stat().st_mtime + 60, clock.now().tzinfo))
    assert take_in(runtime) == []
    assert files(runtime)
    clock.advance(timedelta(hours=2))
    assert take_in(runtime) == []
    assert not files(runtime)


def test_a_process_that_took_in_a_text_can_spool_one_when_the_keys_are_away_too(
    phone: Phone, network: Network, away: Runtime
) -> None:
    phone.text("No me pagan")
    keys = network.runtime.keystore.database
    gone = Database("postgresql://127.0.0.1:1/nowhere", connections=1)
    network.runtime.keystore.database = gone
    try:
        spool.keep(away, phone.inbound("Tengo miedo"))
    finally:
        network.runtime.keystore.database = keys
        gone.dispose()
    assert take_in_spooled(network.runtime) == 1
    assert count(network.runtime, "message") == 2
