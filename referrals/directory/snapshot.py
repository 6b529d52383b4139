"""The directory in memory: members, their current keys and what routing knows of them.

A snapshot is rebuilt when the directory's serial has changed, and never in a request that nothing changed for.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from referrals.candidates import COORDINATOR_ROLE, Candidate
from referrals.directory import hours, hsds, state
from referrals.directory.hours import Schedule
from referrals.directory.models import Organization, OrganizationEpoch
from service.clock import Clock


@dataclass(frozen=True, slots=True)
class Epoch:
    """The public half of an organization's current key: what reports are sealed for."""

    number: int
    kid: bytes
    public_key: bytes
    verify_key: bytes
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One organization as routing and sealing need it; `epoch` is None where it has no key yet."""

    id: bytes
    key: str
    name: str
    role: str
    email: str | None
    timezone: str
    open_24h: bool
    epoch: Epoch | None
    candidate: Candidate
    schedules: tuple[Schedule, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The directory at one serial. `stale_at` is when an epoch that was made ahead starts, if one was."""

    serial: int
    members: Mapping[bytes, Member]
    candidates: tuple[Candidate, ...]
    coordinator: Member | None
    stale_at: datetime | None = None


@dataclass(slots=True)
class Directory:
    """Keeps one snapshot for a process; safe to share between its threads."""

    clock: Clock
    _kept: Snapshot | None = None
    _building: threading.Lock = field(default_factory=threading.Lock)

    def kept(self) -> Snapshot | None:
        """Give what is in memory without a question, for who has the database refuse what an old one decides.

        None where nothing was read yet, and where an epoch has started since.
        """
        kept, now = self._kept, self.clock.now()
        return None if kept is None or (kept.stale_at is not None and kept.stale_at <= now) else kept

    def current(self, session: Session) -> Snapshot:
        """Give the directory as the session sees it, at the price of one small SELECT.

        Not for a session that has itself changed the directory and could still take that back.
        """
        if (kept := self._if_current(session)) is not None:
            return kept
        with self._building:
            if (kept := self._if_current(session)) is None:
                kept = self._kept = read_snapshot(session, self.clock.now())
        return kept

    def _if_current(self, session: Session) -> Snapshot | None:
        kept = self.kept()
        return kept if kept is not None and state.serial(session) == kept.serial else None


def read_snapshot(session: Session, now: datetime) -> Snapshot:
    """Read the whole directory. The serial comes first: a change in between makes the snapshot old, never wrong."""
    serial = state.serial(session)
    epochs, stale_at = _current_epochs(session, now)
    organizations = session.execute(
        select(
            Organization.id,
            Organization.key,
            Organization.name,
            Organization.role,
            Organization.email,
            Organization.document,
        ).order_by(Organization.position, Organization.key)
    )
    members = {row.id: _member(row._asdict(), epochs.get(row.id)) for row in organizations}
    return Snapshot(
        serial=serial,
        members=members,
        candidates=tuple(member.candidate for member in members.values()),
        coordinator=next((member for member in members.values() if _coordinates(member)), None),
        stale_at=stale_at,
    )


def _member(row: Mapping[str, Any], epoch: Epoch | None) -> Member:
    own = row["document"].get("x_leeward") or {}
    timezone = own.get("timezone") or hours.PROVINCE_ZONE_NAME
    return Member(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        role=row["role"],
        email=row["email"],
        timezone=timezone,
        open_24h=bool(own.get("open_24h")),
        epoch=epoch,
        # What a file says of keys does not count here: a member has one when its first caseworker has made one.
        candidate=replace(hsds.candidate_of(row["document"]), has_key=epoch is not None),
        schedules=hours.schedules_of(row["document"], hours.zone_of(timezone)),
    )


def _coordinates(member: Member) -> bool:
    return member.role == COORDINATOR_ROLE and not member.candidate.inactive


def _current_epochs(session: Session, now: datetime) -> tuple[dict[bytes, Epoch], datetime | None]:
    """Find each organization's newest epoch that has started and is not revoked, and when a later one starts.

    An epoch whose end has passed stays in use: nothing rotates keys yet, and a closed intake would harm workers more
    than an old key. Readiness raises an alarm for it (`checking.alarms`). "Past expiry, scripts refuse to seal"
    (protocol.md) is for the signed directory.
    """
    rows = session.execute(
        select(
            OrganizationEpoch.organization_id,
            OrganizationEpoch.number,
            OrganizationEpoch.kid,
            OrganizationEpoch.public_key,
            OrganizationEpoch.verify_key,
            OrganizationEpoch.starts_at,
            OrganizationEpoch.ends_at,
        )
        .where(OrganizationEpoch.revoked.is_(False))
        .order_by(OrganizationEpoch.number)
    ).all()
    started = [row for row in rows if row.starts_at <= now]
    epochs = {
        row.organization_id: Epoch(row.number, row.kid, row.public_key, row.verify_key, row.ends_at) for row in started
    }
    return epochs, min((row.starts_at for row in rows if row.starts_at > now), default=None)
