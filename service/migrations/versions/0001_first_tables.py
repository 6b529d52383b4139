"""The first tables: directory, caseworkers, cases and referrals, what intake keeps for minutes, outbox, audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, those first that others refer to."""
    _create_audit_entry()
    _create_case()
    _create_directory_state()
    _create_echo()
    _create_instance()
    _create_organization()
    _create_outbox()
    _create_spent_nonce()
    _create_submission()
    _create_caseworker()
    _create_invitation()
    _create_mailbox()
    _create_message()
    _create_organization_epoch()
    _create_desk_session()
    _create_epoch_membership()
    _create_keybag_slot()
    _create_referral()
    _create_wrap()


def _create_audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=False),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.Column("tree_position", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
        sa.UniqueConstraint("tree_position", name="uq_audit_entry_tree_position"),
    )


def _create_case() -> None:
    op.create_table(
        "case",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("area", sa.String(length=16), nullable=True),
        sa.Column("urgency", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("may_answer", sa.Boolean(), nullable=False),
        sa.Column("closing_reason", sa.String(length=32), nullable=True),
        sa.Column("key_id", sa.LargeBinary(16), nullable=False),
        sa.Column("standby_key_id", sa.LargeBinary(16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_case"),
    )


def _create_directory_state() -> None:
    op.create_table(
        "directory_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("metadata_document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_directory_state"),
    )


def _create_echo() -> None:
    op.create_table(
        "echo",
        sa.Column("id_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed_form", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name="pk_echo"),
    )
    op.create_index("ix_echo_expires_at", "echo", ["expires_at"])


def _create_instance() -> None:
    op.create_table(
        "instance",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
    )


def _create_organization() -> None:
    op.create_table(
        "organization",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
        sa.UniqueConstraint("key", name="uq_organization_key"),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sealed_payload", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fencing_token", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"])


def _create_spent_nonce() -> None:
    op.create_table(
        "spent_nonce",
        sa.Column("nonce_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce_hash", name="pk_spent_nonce"),
    )


def _create_submission() -> None:
    op.create_table(
        "submission",
        sa.Column("id_hmac", sa.LargeBinary(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed_receipt", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id_hmac", "digest", name="pk_submission"),
    )
    op.create_index("ix_submission_expires_at", "submission", ["expires_at"])


def _create_caseworker() -> None:
    op.create_table(
        "caseworker",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("organization_id", sa.LargeBinary(16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("passphrase_salt", sa.LargeBinary(16), nullable=False),
        sa.Column("login_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed_bag", sa.LargeBinary(), nullable=False),
        sa.Column("kid", sa.LargeBinary(8), nullable=False),
        sa.Column("public_key", sa.LargeBinary(1216), nullable=False),
        sa.Column("verify_key", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed_totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_caseworker_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_caseworker"),
        sa.UniqueConstraint("email", name="uq_caseworker_email"),
    )
    op.create_index("ix_caseworker_organization_id", "caseworker", ["organization_id"])


def _create_invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("organization_id", sa.LargeBinary(16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("sealed_totp_secret", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_invitation_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_invitation"),
    )


def _create_mailbox() -> None:
    op.create_table(
        "mailbox",
        sa.Column("lookup_hmac", sa.LargeBinary(32), nullable=False),
        sa.Column("case_id", sa.LargeBinary(16), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_mailbox_case_id_case"),
        sa.PrimaryKeyConstraint("lookup_hmac", name="pk_mailbox"),
        sa.UniqueConstraint("case_id", name="uq_mailbox_case_id"),
    )


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("case_id", sa.LargeBinary(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("origin", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("header", sa.LargeBinary(73), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_message_case_id_case"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("case_id", "position", name="uq_message_case_id"),
    )


def _create_organization_epoch() -> None:
    op.create_table(
        "organization_epoch",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("organization_id", sa.LargeBinary(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kid", sa.LargeBinary(8), nullable=False),
        sa.Column("public_key", sa.LargeBinary(1216), nullable=False),
        sa.Column("verify_key", sa.LargeBinary(32), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_organization_epoch_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organization_epoch"),
        sa.UniqueConstraint("organization_id", "number", name="uq_organization_epoch_organization_id"),
    )
    op.create_index("ix_organization_epoch_kid", "organization_epoch", ["kid"])


def _create_desk_session() -> None:
    op.create_table(
        "desk_session",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("caseworker_id", sa.LargeBinary(16), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["caseworker_id"], ["caseworker.id"], name="fk_desk_session_caseworker_id_caseworker"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_desk_session"),
    )
    op.create_index("ix_desk_session_caseworker_id", "desk_session", ["caseworker_id"])


def _create_epoch_membership() -> None:
    op.create_table(
        "epoch_membership",
        sa.Column("epoch_id", sa.LargeBinary(16), nullable=False),
        sa.Column("caseworker_id", sa.LargeBinary(16), nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["caseworker_id"], ["caseworker.id"], name="fk_epoch_membership_caseworker_id_caseworker"
        ),
        sa.ForeignKeyConstraint(
            ["epoch_id"], ["organization_epoch.id"], name="fk_epoch_membership_epoch_id_organization_epoch"
        ),
        sa.PrimaryKeyConstraint("epoch_id", "caseworker_id", name="pk_epoch_membership"),
    )
    op.create_index("ix_epoch_membership_caseworker_id", "epoch_membership", ["caseworker_id"])


def _create_keybag_slot() -> None:
    op.create_table(
        "keybag_slot",
        sa.Column("caseworker_id", sa.LargeBinary(16), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed_bag_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["caseworker_id"], ["caseworker.id"], name="fk_keybag_slot_caseworker_id_caseworker"),
        sa.PrimaryKeyConstraint("caseworker_id", "slot", name="pk_keybag_slot"),
    )


def _create_referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("case_id", sa.LargeBinary(16), nullable=False),
        sa.Column("organization_id", sa.LargeBinary(16), nullable=False),
        sa.Column("holder_id", sa.LargeBinary(16), nullable=True),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("view", sa.String(length=8), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unread", sa.Boolean(), nullable=False),
        sa.Column("language_mode", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_referral_case_id_case"),
        sa.ForeignKeyConstraint(["holder_id"], ["caseworker.id"], name="fk_referral_holder_id_caseworker"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_referral_organization_id_organization"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
    )
    op.create_index("ix_referral_case_id_place", "referral", ["case_id", "place"])
    op.create_index("ix_referral_organization_id_view_rank", "referral", ["organization_id", "view", "rank"])


def _create_wrap() -> None:
    op.create_table(
        "wrap",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("message_id", sa.LargeBinary(16), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("organization_id", sa.LargeBinary(16), nullable=True),
        sa.Column("under_standby_key", sa.Boolean(), nullable=False),
        sa.Column("sealed_wrap", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_wrap_message_id_message"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_wrap_organization_id_organization"),
        sa.PrimaryKeyConstraint("id", name="pk_wrap"),
    )
    op.create_index("ix_wrap_message_id", "wrap", ["message_id"])
