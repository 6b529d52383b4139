"""Keys are durable before anyone has them, given once, and gone from every byte of the files when destroyed."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, event, func, inspect, select, text
from sqlalchemy.exc import OperationalError

from service.clock import FixedClock
from service.database import Database
from service.keystore import (
    HANDED_OUT_WITHIN,
    SWEPT_AFTER,
    KeyDestroyed,
    KeysInMainDatabase,
    KeysLost,
    KeysOfAnotherInstance,
    KeysSchemaUnknown,
    KeyStore,
    StoredKey,
)
from service.models import DestructibleKey

DAY = timedelta(days=1)
BATCH = 8


@pytest.fixture
def keystore(empty_url: URL, clock: FixedClock) -> Iterator[KeyStore]:
    """Give an empty keys database on each backend, with small batches."""
    opened = KeyStore(empty_url, clock, batch=BATCH)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_keys(tmp_path: Path, clock: FixedClock) -> Iterator[KeyStore]:
    """Give an empty keys database in a folder of its own."""
    opened = KeyStore(f"sqlite:///{tmp_path / 'keys' / 'keys.sqlite'}", clock)
    yield opened
    opened.dispose()


def rows(keystore: KeyStore) -> int:
    """Count the keys in the database."""
    with keystore.database.session() as session:
        return session.scalar(select(func.count()).select_from(DestructibleKey)) or 0


def bytes_of_files(keystore: KeyStore) -> bytes:
    """Read everything that the keys database has on disk."""
    folder = Path(keystore.database.url.database or "").parent
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def settle() -> None:
    """Wait for batches that are being filled."""
    for thread in threading.enumerate():
        if thread.name == "keys":
            thread.join(60)


def test_a_key_is_durable_before_it_is_given(keystore: KeyStore) -> None:
    taken = keystore.take("case")
    assert (len(taken.id), len(taken.key)) == (16, 32)
    reader = Database(keystore.database.url)
    with reader.session() as session:
        assert session.scalar(select(DestructibleKey.key).where(DestructibleKey.id == taken.id)) == taken.key
    reader.dispose()


def test_taking_a_key_costs_no_database_access(keystore: KeyStore) -> None:
    keystore.take("case")
    settle()
    statements = []
    event.listen(keystore.database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    for _ in range(BATCH // 2 - 1):
        keystore.take("case")
    assert statements == []


def test_no_key_is_given_twice_however_many_take_at_once(keystore: KeyStore) -> None:
    with ThreadPoolExecutor(32) as pool:
        taken = list(pool.map(lambda number: keystore.take(("case", "standby")[number % 2]), range(400)))
    settle()
    assert len({key.id for key in taken}) == len({key.key for key in taken}) == 400
    found = keystore.get_many([key.id for key in taken])
    assert found == {key.id: key.key for key in taken}


def test_keys_of_two_purposes_are_kept_apart(keystore: KeyStore) -> None:
    case, standby = keystore.take("case"), keystore.take("standby")
    with keystore.database.session() as session:
        found = session.execute(select(DestructibleKey.id, DestructibleKey.purpose))
        purposes = {row.id: row.purpose for row in found}
    assert (purposes[case.id], purposes[standby.id]) == ("case", "standby")


def test_a_forked_child_hands_out_keys_of_its_own(keystore: KeyStore) -> None:
    keystore.take("case")
    settle()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            os.write(writing, b"".join(keystore.take("case").id for _ in range(BATCH)))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    told = os.read(reading, 16 * BATCH)
    os.close(reading)
    os.close(writing)
    theirs = {told[start : start + 16] for start in range(0, len(told), 16)}
    ours = {keystore.take("case").id for _ in range(BATCH)}
    settle()
    assert len(theirs) == len(ours) == BATCH
    assert not theirs & ours
    assert len(keystore.get_many(sorted(theirs | ours))) == 2 * BATCH


def test_a_batch_grows_too_old_to_be_handed_out(keystore: KeyStore, clock: FixedClock) -> None:
    first = {keystore.take("case").id}
    settle()
    with keystore.database.session() as session:
        first |= set(session.scalars(select(DestructibleKey.id)))
    clock.advance(HANDED_OUT_WITHIN)
    assert keystore.take("case").id not in first
    settle()


def test_a_database_that_is_away_fails_the_one_who_needs_it(sqlite_keys: KeyStore) -> None:
    sqlite_keys.take("case")
    settle()
    with sqlite_keys.database.session(write=True) as session:
        session.execute(text("DROP TABLE destructible_key"))
    # What is durable is handed out; a failed refill disturbs nobody until it is needed.
    for _ in range(63):
        sqlite_keys.take("case")
        settle()
    with pytest.raises(OperationalError, match="no such table"):
        sqlite_keys.take("case")


def test_the_hour_and_not_the_minute_of_a_batch_is_kept(keystore: KeyStore, clock: FixedClock) -> None:
    clock.set(datetime(2026, 7, 8, 17, 42, 31, tzinfo=UTC))
    keystore.take("case")
    settle()
    with keystore.database.session() as session:
        assert set(session.scalars(select(DestructibleKey.made_at))) == {datetime(2026, 7, 8, 17, tzinfo=UTC)}


def test_a_destroyed_key_is_not_found(keystore: KeyStore) -> None:
    kept, destroyed = keystore.take("case"), keystore.take("case")
    keystore.destroy(destroyed.id)
    assert keystore.get_many([kept.id, destroyed.id]) == {kept.id: kept.key}
    keystore.destroy(destroyed.id)
    settle()


def test_many_keys_are_found_at_once(keystore: KeyStore) -> None:
    taken = [keystore.take("case") for _ in range(40)]
    settle()
    ids = [key.id for key in taken] + [os.urandom(16) for _ in range(1200)]
    assert keystore.get_many(ids) == {key.id: key.key for key in taken}
    assert keystore.get_many([]) == {}


def test_the_bytes_of_a_destroyed_key_are_in_no_file(sqlite_keys: KeyStore) -> None:
    kept, destroyed = sqlite_keys.take("case"), sqlite_keys.take("case")
    settle()
    assert destroyed.key in bytes_of_files(sqlite_keys)
    sqlite_keys.destroy(destroyed.id)
    assert destroyed.key not in bytes_of_files(sqlite_keys)
    assert destroyed.id not in bytes_of_files(sqlite_keys)
    assert kept.key in bytes_of_files(sqlite_keys)


def test_the_bytes_are_gone_after_pages_were_split_merged_and_moved(sqlite_keys: KeyStore) -> None:
    taken = [sqlite_keys.take("case") for _ in range(6000)]
    settle()
    ordered = sorted(taken, key=lambda key: key.id)
    for part in (ordered[::3], ordered[1::3], ordered[2:3000:3]):
        # The very last one is destroyed as a case's key is, the others in bulk as the sweep does.
        bulk = {key.id for key in part[:-1]}
        with sqlite_keys.database.session(write=True) as session:
            for key in part[:-1]:
                session.execute(text("DELETE FROM destructible_key WHERE id = :id"), {"id": key.id})
        assert bulk
        sqlite_keys.destroy(part[-1].id)
        on_disk = bytes_of_files(sqlite_keys)
        assert [key for key in part if key.key in on_disk] == []
    survivors = ordered[3002::3]
    assert len(sqlite_keys.get_many([key.id for key in survivors])) == len(survivors) == 1000


def test_destroying_waits_for_a_reader(tmp_path: Path, clock: FixedClock) -> None:
    keystore = KeyStore(f"sqlite:///{tmp_path / 'keys.sqlite'}", clock)
    destroyed = keystore.take("case")
    settle()
    reader = sqlite3.connect(tmp_path / "keys.sqlite", isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM destructible_key").fetchone()
    timer = threading.Timer(0.5, lambda: reader.execute("ROLLBACK"))
    timer.start()
    keystore.destroy(destroyed.id)
    timer.join()
    reader.close()
    assert destroyed.key not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    keystore.dispose()


KILLED = """
import os, signal, sys
from service.clock import SystemClock
from service.keystore import KeyStore

keystore = KeyStore(sys.argv[1], SystemClock(), batch=4)
taken = [keystore.take("case") for _ in range(20)]
os.write(1, b"".join(key.id + key.key for key in taken))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_key_that_was_given_outlives_the_process_that_gave_it(empty_url: URL, clock: FixedClock) -> None:
    url = empty_url.render_as_string(hide_password=False)
    killed = subprocess.run([sys.executable, "-c", KILLED, url], capture_output=True, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    told = [killed.stdout[start : start + 48] for start in range(0, len(killed.stdout), 48)]
    keystore = KeyStore(empty_url, clock)
    assert keystore.get_many([key[:16] for key in told]) == {key[:16]: key[16:] for key in told}
    assert len(told) == 20
    keystore.dispose()


def test_a_named_key_is_the_same_for_its_life_in_every_process(keystore: KeyStore, clock: FixedClock) -> None:
    other = KeyStore(keystore.database.url, clock)
    first = keystore.named("cookie", DAY)
    assert other.named("cookie", DAY) == keystore.named("cookie", DAY) == first
    assert other.named_at(first.id) == first
    assert keystore.named("other", DAY) != first
    clock.set(datetime(2026, 7, 8, 23, 59, 59, tzinfo=UTC))
    assert keystore.named("cookie", DAY) == first
    clock.set(datetime(2026, 7, 9, tzinfo=UTC))
    second = other.named("cookie", DAY)
    assert second == keystore.named("cookie", DAY)
    assert second != first
    other.dispose()


def test_of_many_who_ask_at_once_all_get_one_named_key(empty_url: URL, clock: FixedClock) -> None:
    stores = [KeyStore(empty_url, clock) for _ in range(8)]
    with ThreadPoolExecutor(32) as pool:
        given = set(pool.map(lambda number: stores[number % 8].named("cookie", DAY), range(64)))
    assert len(given) == 1
    for store in stores:
        store.dispose()


def test_a_named_key_opens_for_as_long_as_it_is_kept_and_is_then_destroyed(
    keystore: KeyStore, clock: FixedClock
) -> None:
    kept = timedelta(minutes=10)
    first = keystore.named("cookie", DAY, kept=kept)
    clock.set(datetime(2026, 7, 9, 0, 9, 59, tzinfo=UTC))
    assert keystore.named("cookie", DAY, kept=kept) != first
    assert keystore.named_at(first.id) == first
    assert keystore.destroy_expired() == 0
    clock.set(datetime(2026, 7, 9, 0, 10, tzinfo=UTC))
    # Over is over, also where the row has not been swept and the key is still in memory.
    with pytest.raises(KeyDestroyed):
        keystore.named_at(first.id)
    assert keystore.destroy_expired() == 1
    assert keystore.get_many([first.id]) == {}
    assert keystore.destroy_expired() == 0


def test_a_named_key_that_never_was_is_not_found(keystore: KeyStore) -> None:
    with pytest.raises(KeyDestroyed):
        keystore.named_at(os.urandom(16))


def test_a_case_key_is_no_named_key(keystore: KeyStore) -> None:
    with pytest.raises(KeyDestroyed):
        keystore.named_at(keystore.take("case").id)
    settle()


def test_a_named_key_in_memory_ends_for_the_child_of_a_fork_too(keystore: KeyStore) -> None:
    first = keystore.named("cookie", DAY)
    keystore.after_fork()
    assert keystore.named("cookie", DAY) == first


def test_only_old_keys_that_nothing_uses_are_swept(keystore: KeyStore, clock: FixedClock) -> None:
    used, orphan = keystore.take("case"), keystore.take("standby")
    cookie = keystore.named("cookie", 30 * DAY)
    settle()
    in_use = {used.id}

    def sweep() -> int:
        return keystore.sweep_orphans(("case", "standby"), lambda ids: in_use & set(ids))

    clock.advance(SWEPT_AFTER - timedelta(seconds=1))
    assert sweep() == 0
    young = keystore.take("case")
    settle()
    clock.advance(timedelta(seconds=1))
    assert sweep() == 0
    clock.advance(SWEPT_AFTER - timedelta(seconds=1))
    assert sweep() == 0
    assert keystore.get_many([orphan.id])
    clock.advance(timedelta(seconds=1))
    assert sweep() == 2 * BATCH - 1
    assert keystore.get_many([used.id, orphan.id, young.id]).keys() == {used.id, young.id}
    assert keystore.named_at(cookie.id) == cookie
    assert sweep() == 0


def test_no_key_is_swept_that_a_process_may_still_hand_out(keystore: KeyStore, clock: FixedClock) -> None:
    clock.set(datetime(2026, 7, 8, 17, 59, 59, tzinfo=UTC))
    keystore.take("case")
    settle()
    for _ in range(200):
        clock.advance(timedelta(minutes=15))
        keystore.sweep_orphans(("case",), lambda ids: ())
        taken = keystore.take("case")
        settle()
        # It was given a moment ago, and the report that took it has half a day to be committed.
        start = clock.now()
        clock.set(start + timedelta(hours=10))
        keystore.sweep_orphans(("case",), lambda ids: ())
        assert keystore.get_many([taken.id]) == {taken.id: taken.key}
        clock.set(start)


def test_a_clock_that_was_a_day_ahead_for_a_moment_destroys_no_key_that_is_handed_out(
    keystore: KeyStore, clock: FixedClock
) -> None:
    keystore.take("case")
    settle()
    clock.advance(DAY)
    keystore.sweep_orphans(("case",), lambda ids: ())
    clock.advance(-DAY)
    taken = keystore.take("case")
    assert keystore.get_many([taken.id]) == {taken.id: taken.key}
    clock.advance(3 * DAY)
    keystore.sweep_orphans(("case",), lambda ids: [taken.id])
    assert keystore.get_many([taken.id]) == {taken.id: taken.key}


def test_a_lost_keys_database_is_not_replaced_by_an_empty_one(keystore: KeyStore) -> None:
    instance = os.urandom(16)
    with pytest.raises(KeysLost, match="LEEWARD_KEYS_URL"):
        keystore.belong_to(instance, has_cases=lambda: True)
    keystore.belong_to(instance)
    keystore.belong_to(instance, has_cases=lambda: True)


def test_a_sweep_asks_in_pages(keystore: KeyStore, clock: FixedClock) -> None:
    big = KeyStore(keystore.database.url, clock, batch=1100)
    big.take("case")
    settle()
    clock.advance(SWEPT_AFTER)
    asked: list[int] = []

    def none_of(ids: Sequence[bytes]) -> Sequence[bytes]:
        asked.append(len(ids))
        return ()

    assert big.sweep_orphans(("case",), none_of) == 0
    clock.advance(SWEPT_AFTER)
    assert big.sweep_orphans(("case",), none_of) == 1100
    assert asked == [500, 500, 100] * 2
    assert rows(keystore) == 0
    big.dispose()


def test_keys_belong_to_one_instance(keystore: KeyStore) -> None:
    instance = os.urandom(16)
    keystore.belong_to(instance)
    keystore.belong_to(instance)
    with pytest.raises(KeysOfAnotherInstance, match="LEEWARD_KEYS_URL"):
        keystore.belong_to(os.urandom(16))


def test_the_main_database_is_refused_for_keys(main_url: URL, clock: FixedClock) -> None:
    with pytest.raises(KeysInMainDatabase, match="LEEWARD_KEYS_URL"):
        KeyStore(main_url, clock)
    main = Database(main_url)
    with main.session() as session:
        assert not inspect(session.connection()).has_table("destructible_key")
    main.dispose()


def test_a_table_of_another_version_is_refused(keystore: KeyStore, clock: FixedClock) -> None:
    with keystore.database.session(write=True) as session:
        session.execute(text("ALTER TABLE destructible_key ADD COLUMN note VARCHAR(8)"))
    with pytest.raises(KeysSchemaUnknown):
        KeyStore(keystore.database.url, clock)


def test_many_processes_may_open_a_fresh_keys_database_at_once(empty_url: URL, clock: FixedClock) -> None:
    def open_it(_: int) -> StoredKey:
        keystore = KeyStore(empty_url, clock, batch=1)
        try:
            return keystore.take("case")
        finally:
            settle()
            keystore.dispose()

    with ThreadPoolExecutor(8) as pool:
        assert len({key.id for key in pool.map(open_it, range(8))}) == 8


def test_nothing_of_a_key_is_printed() -> None:
    assert "stored" not in repr(StoredKey(b"stored", b"stored"))
