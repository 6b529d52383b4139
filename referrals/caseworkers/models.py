"""Caseworkers' accounts, their sealed keys, their sessions and their invitations."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped

from service.base import Base, UtcDateTime, column, id_column


class Caseworker(Base):
    """A person of a member organization, with their keys sealed under a passphrase that the server never sees."""

    __tablename__ = "caseworker"

    id: Mapped[bytes] = id_column(primary_key=True)
    organization_id: Mapped[bytes] = id_column(ForeignKey("organization.id"), index=True)
    email: Mapped[str] = column("staff", String(254), unique=True)
    role: Mapped[str] = column("staff", String(32))
    language: Mapped[str] = column("staff", String(16))
    active: Mapped[bool] = column("staff", Boolean)
    passphrase_salt: Mapped[bytes] = column("public", LargeBinary(16))
    login_hash: Mapped[bytes] = column("lookup-hmac", LargeBinary(32))
    sealed_bag: Mapped[bytes] = column("sealed-key", LargeBinary)
    kid: Mapped[bytes] = column("public", LargeBinary(8))
    public_key: Mapped[bytes] = column("public", LargeBinary(1216))
    verify_key: Mapped[bytes] = column("public", LargeBinary(32))
    sealed_totp_secret: Mapped[bytes | None] = column("sealed-key", LargeBinary)
    totp_last_step: Mapped[int] = column("staff", Integer)
    failed_attempts: Mapped[int] = column("staff", Integer)
    locked_until: Mapped[datetime | None] = column("staff", UtcDateTime())
    is_demo: Mapped[bool] = column("staff", Boolean)


class KeybagSlot(Base):
    """The bag key of a caseworker, sealed under one way of unlocking it (1 passphrase, 2 passkey, 3 recovery)."""

    __tablename__ = "keybag_slot"

    caseworker_id: Mapped[bytes] = id_column(ForeignKey("caseworker.id"), primary_key=True)
    slot: Mapped[int] = column("public", SmallInteger, primary_key=True)
    version: Mapped[int] = column("public", Integer)
    sealed_bag_key: Mapped[bytes] = column("sealed-key", LargeBinary)


class EpochMembership(Base):
    """An epoch's seed, sealed by HPKE for one member of the organization."""

    __tablename__ = "epoch_membership"

    epoch_id: Mapped[bytes] = id_column(ForeignKey("organization_epoch.id"), primary_key=True)
    caseworker_id: Mapped[bytes] = id_column(ForeignKey("caseworker.id"), primary_key=True, index=True)
    sealed_seed: Mapped[bytes] = column("sealed-key", LargeBinary)


class Invitation(Base):
    """A one-time link to enrol, known here by its hash only."""

    __tablename__ = "invitation"

    token_hash: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    organization_id: Mapped[bytes] = id_column(ForeignKey("organization.id"))
    email: Mapped[str] = column("staff", String(254))
    role: Mapped[str] = column("staff", String(32))
    expires_at: Mapped[datetime] = column("staff", UtcDateTime())
    used: Mapped[bool] = column("staff", Boolean)
    sealed_totp_secret: Mapped[bytes | None] = column("sealed-key", LargeBinary)


class DeskSession(Base):
    """A signed-in browser, known by the hash of its cookie."""

    __tablename__ = "desk_session"

    token_hash: Mapped[bytes] = column("lookup-hmac", LargeBinary(32), primary_key=True)
    caseworker_id: Mapped[bytes] = id_column(ForeignKey("caseworker.id"), index=True)
    seen_at: Mapped[datetime] = column("staff", UtcDateTime())
    expires_at: Mapped[datetime] = column("staff", UtcDateTime())
