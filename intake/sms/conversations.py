"""Conversations as they rest: read with the keys that open them, and changed only by whoever saw their last change.

A text is sealed before its transaction begins, so two texts of one number at once could both build on the same last
one. `change` names the version that was read; the later of the two finds another one there and starts anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, select, update
from sqlalchemy.orm import Session

from crypto import suite
from crypto.envelope import Recipient, WrapRole
from crypto.rejected import EnvelopeRejected
from crypto.suite import KeyPair
from intake.sms import index, memory, numbers
from intake.sms.index import NAMELESS, Name
from intake.sms.memory import Memory
from intake.sms.models import Conversation
from intake.sms.numbers import SealedPhone
from referrals.case import CaseKeys, Reader
from referrals.models import Case
from service.keystore import StoredKey
from service.runtime import Runtime

HOLDER: Final = Reader(None, WrapRole.HOLDING)
# What a conversation without a number has left of it: nothing, and no key for answers that could not go out. A key that
# no conversation names is swept (intake/sweep.py).
FORGOTTEN: Final = {**NAMELESS, "sealed_phone": None, "relay_epoch_id": None, "mailbox_key_id": None}


class ConversationChanged(Exception):
    """Somebody else changed the conversation after it was read: read it again."""


class CaseErased(Exception):
    """The conversation's case is gone for good, or what the conversation remembered does not open any more."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self.conversation = conversation


@dataclass(frozen=True, slots=True)
class Known:
    """A conversation as it was read. `holding` opens what is held; it is None once the case is routed.

    `standby_key_id` is the case's, also where that key is lost and `keys` have none.
    """

    row: Conversation
    memory: Memory
    keys: CaseKeys
    standby_key_id: bytes | None
    holding: KeyPair | None

    @property
    def id(self) -> bytes:
        """Give the conversation's id."""
        return self.row.id

    @property
    def case_id(self) -> bytes:
        """Give the case's id."""
        return self.row.case_id


def of_phone(session: Session, runtime: Runtime, name: Name) -> Known | None:
    """Find the conversation that a number's texts belong to, under whichever key. Raises CaseErased."""
    return _known(session, runtime, Conversation.phone_hmac.in_(name.every), first=Conversation.phone_hmac != name.hmac)


def holder_of(session: Session, runtime: Runtime, name: Name) -> Known | None:
    """Find the conversation that has a number, for whoever would take it; one whose case is gone gives it up.

    Raises ConversationChanged.
    """
    try:
        return of_phone(session, runtime, name)
    except CaseErased as erased:
        release(session, erased.conversation)
        return None


def of_case(session: Session, runtime: Runtime, case_id: bytes) -> Known | None:
    """Find the conversation of a case. Raises CaseErased."""
    return _known(session, runtime, Conversation.case_id == case_id)


def of_id(session: Session, runtime: Runtime, conversation_id: bytes) -> Known | None:
    """Find a conversation. Raises CaseErased."""
    return _known(session, runtime, Conversation.id == conversation_id)


def for_holding(holding: KeyPair) -> Recipient:
    """Give the key and role under which a text is sealed as long as nobody else can read it."""
    return Recipient(holding.public_key, WrapRole.HOLDING)


def change(session: Session, runtime: Runtime, known: Known, remembered: Memory, **values: object) -> None:
    """Remember a turn, and write further columns. Raises ConversationChanged where another turn was first."""
    sealed = memory.seal(remembered, known.keys.case.key, conversation_id=known.id, random=runtime.random)
    _change(session, known.row, sealed_state=sealed, **values)


def release(session: Session, conversation: Conversation) -> None:
    """Forget a conversation's number, for one that begins anew with it, and promise no answer there any more.

    Raises ConversationChanged.
    """
    _change(session, conversation, **FORGOTTEN)
    session.execute(no_answers_to(Case.id == conversation.case_id))


def no_answers_to(chosen: ColumnElement[bool]) -> Update:
    """Say of some cases that no answer can go to a phone any more; a report from the web is answered there."""
    return update(Case).where(chosen, Case.channel == "sms").values(may_answer=False)


def phone_columns(phone: SealedPhone | None) -> dict[str, object]:
    """Write a sealed number, or that there is none."""
    return {
        "sealed_phone": phone.sealed if phone else None,
        "relay_epoch_id": phone.relay_epoch_id if phone else None,
    }


def renewed(runtime: Runtime, known: Known, now: datetime) -> dict[str, object]:
    """Give what keeps a conversation's number for another thirty days, which are to begin with a text of ours.

    Raises PhoneForgotten.
    """
    row = known.row
    phone = numbers.open_phone(runtime, row.sealed_phone, row.relay_epoch_id, known.id)
    sealed = phone_columns(numbers.seal_phone(runtime, phone, known.id))
    name = index.name_of(runtime, phone, known.memory.code)
    return {"last_on": now.date(), **sealed, **name.renewed(row.phone_hmac)}


def _change(session: Session, conversation: Conversation, **values: object) -> None:
    seen = (Conversation.id == conversation.id, Conversation.version == conversation.version)
    done: Any = session.execute(
        update(Conversation)
        .where(*seen)
        .values(version=conversation.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:
        raise ConversationChanged


def rename(session: Session, conversation: Conversation, columns: dict[str, object]) -> None:
    """Have a conversation found under another key. Raises ConversationChanged."""
    _change(session, conversation, **columns)


def _known(
    session: Session, runtime: Runtime, chosen: ColumnElement[bool], *, first: ColumnElement[bool] | None = None
) -> Known | None:
    """Read a conversation; of two, the one for which `first` is false."""
    found = session.execute(
        select(Conversation, Case.key_id, Case.standby_key_id)
        .join(Case, Case.id == Conversation.case_id)
        .where(chosen)
        .order_by(*([first] if first is not None else ()))
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        return None
    row: Conversation = found.Conversation
    keys = _keys(runtime, (found.key_id, found.standby_key_id, row.holding_key_id))
    if found.key_id not in keys:
        raise CaseErased(row)
    holding = keys.get(row.holding_key_id) if row.holding_key_id else None
    try:
        remembered = memory.open_(row.sealed_state, keys[found.key_id].key, conversation_id=row.id)
    except EnvelopeRejected as error:
        raise CaseErased(row) from error
    return Known(
        row,
        remembered,
        CaseKeys(keys[found.key_id], keys.get(found.standby_key_id)),
        found.standby_key_id,
        suite.key_pair(holding.key) if holding else None,
    )


def _keys(runtime: Runtime, ids: Iterable[bytes | None]) -> dict[bytes, StoredKey]:
    wanted = [key_id for key_id in ids if key_id is not None]
    return {key_id: StoredKey(key_id, key) for key_id, key in runtime.keystore.get_many(wanted).items()}
