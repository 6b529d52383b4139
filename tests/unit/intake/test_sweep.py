"""What intake keeps for minutes ends by itself, and a key that no case came to use is destroyed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from intake import sweep
from intake.models import Echo, SpentNonce, Submission
from intake.report import CASE_KEY, STANDBY_KEY
from referrals.models import Case
from service.clock import FixedClock
from service.runtime import Runtime
from service.worker import Worker


def plant_case(runtime: Runtime, key_id: bytes, standby_key_id: bytes | None) -> None:
    with runtime.database.session(write=True) as session:
        session.add(
            Case(
                id=runtime.random(16),
                channel="web",
                language="en",
                area=None,
                urgency="standard",
                state="received",
                received_on=date(2026, 7, 8),
                may_answer=True,
                closing_reason=None,
                key_id=key_id,
                standby_key_id=standby_key_id,
            )
        )


def test_only_keys_without_a_case_are_destroyed(runtime: Runtime, clock: FixedClock) -> None:
    case_key, standby_key, orphan = (runtime.keystore.take(name).id for name in (CASE_KEY, STANDBY_KEY, CASE_KEY))
    plant_case(runtime, case_key, standby_key)
    plant_case(runtime, runtime.keystore.take(CASE_KEY).id, None)
    for _ in range(2):
        assert sweep.sweep_keys(runtime) == 0
        clock.advance(timedelta(days=1))
    assert sweep.sweep_keys(runtime) > 0
    assert set(runtime.keystore.get_many([case_key, standby_key, orphan])) == {case_key, standby_key}


@pytest.mark.parametrize(
    "row",
    [
        Submission(id_hmac=bytes(32), digest=bytes(32), sealed_receipt=b"sealed"),
        Echo(id_hash=bytes(32), sealed_form=b"sealed"),
        SpentNonce(nonce_hash=bytes(32)),
    ],
    ids=lambda row: type(row).__name__,
)
def test_rows_go_when_their_time_is_over(sqlite_runtime: Runtime, clock: FixedClock, row: Submission) -> None:
    kind = type(row)
    columns = {name: value for name, value in vars(row).items() if not name.startswith("_")}
    with sqlite_runtime.database.session(write=True) as session:
        session.add(kind(**columns, expires_at=clock.now() + timedelta(minutes=10)))
    worker = Worker(sqlite_runtime, {}, sweep.chores())
    left = []
    for minutes in (0, 9, 2):
        clock.advance(timedelta(minutes=minutes))
        worker.run_once()
        with sqlite_runtime.database.session() as session:
            left.append(session.scalar(select(func.count()).select_from(kind)))
    assert left == [1, 1, 0]
    assert not worker.failing_chores
