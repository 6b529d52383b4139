"""Clearing away what intake keeps for minutes, and keys that nothing came to use. It opens and reads no message."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intake.linking import Purpose
from intake.models import Echo, OneTimeCode, SpentNonce, Submission
from intake.report import CASE_KEY, STANDBY_KEY
from intake.sms.models import Conversation
from intake.sms.sealing import HOLDING_KEY, MAILBOX_KEY
from referrals.models import Case, Mailbox
from service.runtime import Runtime
from service.worker import Chore, expiry_chore

# An orphan is a day old before it is swept (service/keystore.py), so looking more often would find no more.
SWEEP_EVERY: Final = timedelta(hours=6)

EXPIRING: Final = (Submission.expires_at, Echo.expires_at, SpentNonce.expires_at)


def chores() -> tuple[Chore, ...]:
    """Give intake's chores for a worker."""
    return (
        expiry_chore("intake.expired", *EXPIRING),
        Chore("intake.codes", timedelta(minutes=1), expire_codes),
        Chore("keys.orphans", SWEEP_EVERY, sweep_keys),
    )


def expire_codes(runtime: Runtime) -> None:
    """Delete digits that are over, but none that undo an erasure: a clock that leapt must not take these away."""
    is_over = OneTimeCode.expires_at <= runtime.clock.now()
    with runtime.database.session(write=True) as session:
        session.execute(delete(OneTimeCode).where(is_over, OneTimeCode.purpose != str(Purpose.UNDO)))


def sweep_keys(runtime: Runtime) -> int:
    """Destroy the keys that no case and no conversation has, and give how many there were. Raises KeyNotYetGone."""

    def used(ids: Sequence[bytes]) -> Collection[bytes]:
        with runtime.database.session() as session:
            return keys_in_use(session, ids)

    return runtime.keystore.sweep_orphans((CASE_KEY, STANDBY_KEY, HOLDING_KEY, MAILBOX_KEY), used)


def keys_in_use(session: Session, ids: Sequence[bytes]) -> set[bytes]:
    """Tell which of some keys belong to a case or a conversation."""
    found: set[bytes] = set()
    conversation = (Conversation.holding_key_id, Conversation.mailbox_key_id)
    for column in (Case.key_id, Case.standby_key_id, *conversation, Mailbox.key_id, OneTimeCode.key_id):
        found.update(key_id for key_id in session.scalars(select(column).where(column.in_(ids))) if key_id is not None)
    return found
