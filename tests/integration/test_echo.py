"""What intake keeps for minutes, on both databases: refused forms, read once, and receipts that were written down."""

from datetime import timedelta

import pytest

from intake import echo, spent
from service.clock import FixedClock
from service.runtime import Runtime
from tests.integration.worker_client import count, rows, stored

FORM = b'{"story": "CANARYecho"}'


def keep(runtime: Runtime, form: bytes = FORM) -> bytes:
    with runtime.database.session(write=True) as session:
        return echo.keep(session, form, now=runtime.clock.now(), random=runtime.random)


def take(runtime: Runtime, key: bytes) -> bytes | None:
    with runtime.database.session(write=True) as session:
        return echo.take(session, key, now=runtime.clock.now())


def test_a_refused_form_comes_back_once(runtime: Runtime) -> None:
    key = keep(runtime)
    assert take(runtime, key) == FORM
    assert take(runtime, key) is None
    assert count(runtime, "echo") == 0


def test_what_is_kept_of_it_is_sealed_and_of_one_size(runtime: Runtime) -> None:
    keys = [keep(runtime), keep(runtime, b"{}")]
    kept = rows(runtime)["echo"]
    assert len({len(row.sealed_form) for row in kept}) == 1
    everything = stored(runtime)
    assert b"CANARYecho" not in everything
    assert not any(key in everything for key in keys)


def test_after_five_minutes_it_is_gone(runtime: Runtime, clock: FixedClock) -> None:
    key = keep(runtime)
    clock.advance(echo.LIFE)
    assert take(runtime, key) is None


@pytest.mark.parametrize("key", [b"", b"\0" * 32, b"x" * 500])
def test_another_key_opens_nothing(runtime: Runtime, key: bytes) -> None:
    keep(runtime)
    assert take(runtime, key) is None
    assert count(runtime, "echo") == 1


def test_the_table_has_an_end_and_old_forms_make_room(sqlite_runtime: Runtime, clock: FixedClock) -> None:
    keys = [keep(sqlite_runtime) for _ in range(echo.CAP)]
    with pytest.raises(echo.EchoFull):
        keep(sqlite_runtime)
    assert take(sqlite_runtime, keys[0]) == FORM
    keep(sqlite_runtime)
    clock.advance(echo.LIFE)
    keep(sqlite_runtime)
    assert count(sqlite_runtime, "echo") == 1


def test_a_nonce_is_spent_once_and_for_all(runtime: Runtime) -> None:
    nonce, until = runtime.random(16), runtime.clock.now() + timedelta(minutes=10)
    for _ in range(2):
        with runtime.database.session(write=True) as session:
            spent.spend(session, nonce, until=until)
    with runtime.database.session() as session:
        assert spent.is_spent(session, nonce)
        assert not spent.is_spent(session, runtime.random(16))
    assert nonce not in stored(runtime)
