"""Member organizations as imported, and the public keys of their epochs."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from service.base import Base, UtcDateTime, column, id_column


class Organization(Base):
    """One member of the Network: its HSDS document as imported, and what is looked up by column."""

    __tablename__ = "organization"

    id: Mapped[bytes] = id_column(primary_key=True)
    key: Mapped[str] = column("public", String(64), unique=True)
    name: Mapped[str] = column("public", String(255))
    role: Mapped[str] = column("public", String(32))
    email: Mapped[str | None] = column("public", String(254))
    position: Mapped[int] = column("public", Integer)
    document: Mapped[dict[str, Any]] = column("public", JSON)


class DirectoryState(Base):
    """The one row whose serial grows with every change of an organization or an epoch.

    Routing keeps a snapshot of the directory in memory; comparing this number tells whether the snapshot is current.
    """

    __tablename__ = "directory_state"

    id: Mapped[int] = column("public", Integer, primary_key=True)
    serial: Mapped[int] = column("public", Integer)
    updated_at: Mapped[datetime] = column("public", UtcDateTime())
    metadata_document: Mapped[dict[str, Any]] = column("public", JSON)


class OrganizationEpoch(Base):
    """The public half of an organization's key for 90 days. The private half exists in its members' browsers only."""

    __tablename__ = "organization_epoch"
    __table_args__ = (
        UniqueConstraint("organization_id", "number"),
        Index("ix_organization_epoch_kid", "kid"),
    )

    id: Mapped[bytes] = id_column(primary_key=True)
    organization_id: Mapped[bytes] = id_column(ForeignKey("organization.id"))
    number: Mapped[int] = column("public", Integer)
    kid: Mapped[bytes] = column("public", LargeBinary(8))
    public_key: Mapped[bytes] = column("public", LargeBinary(1216))
    verify_key: Mapped[bytes] = column("public", LargeBinary(32))
    starts_at: Mapped[datetime] = column("public", UtcDateTime())
    ends_at: Mapped[datetime] = column("public", UtcDateTime())
    revoked: Mapped[bool] = column("public", Boolean)
