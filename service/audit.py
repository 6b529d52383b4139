"""Audit entries, written in the transaction of what they tell. They name actions, ids and days, never a moment or text.

Each is a leaf of a tree (RFC 6962) whose checkpoints are signed later; its salt keeps a short entry from being guessed.
"""

import json
import os
from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy.orm import Session

from crypto.audit import SALT_SIZE, leaf
from service.models import AuditEntry
from service.rows import Rows, insert_all

Value = str | int | bool | None


def record(
    session: Session, entry: Mapping[str, Value], *, day: date, random: Callable[[int], bytes] = os.urandom
) -> None:
    """Write one entry in this session's transaction."""
    insert_all(session, [rows(entry, day=day, random=random)])


def rows(entry: Mapping[str, Value], *, day: date, random: Callable[[int], bytes] = os.urandom) -> Rows:
    """Give the row of one entry, for a caller that inserts several tables at once."""
    salt = random(SALT_SIZE)
    row = {
        "id": random(16),
        "day": day,
        "entry": dict(entry),
        "salt": salt,
        "leaf": leaf(salt, canonical(entry, day)),
        "tree_position": None,
    }
    return Rows(AuditEntry, [row])


def canonical(entry: Mapping[str, Value], day: date) -> bytes:
    """Write an entry and its day as the one text that its leaf is the hash of."""
    told = {"day": day.isoformat(), "entry": dict(entry)}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
