"""Messages that can be followed, how clients are written to, and the reminder ladder."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def tenant(name: str, *columns_and_keys: object) -> None:
    op.create_table(
        name,
        *columns_and_keys,
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f(f"fk_{name}_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f(f"pk_{name}")),
    )


def inside(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["business_id", column],
        [f"{target}.business_id", f"{target}.id"],
        name=op.f(f"fk_{table}_business_id_{column}"),
    )


def upgrade() -> None:
    for name in ("delivered_at", "read_at", "asked_at", "not_before"):
        op.add_column("message", moment(name))
    op.add_column("message", sa.Column("extras", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("message", sa.Column("replaces", sa.Uuid(), nullable=True))
    op.create_index("ix_message_client", "message", ["business_id", "client_id", "id"])
    op.create_index("ix_message_provider", "message", ["business_id", "provider_id"])
    tenant(
        "reached_address",
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        moment("failed_at"),
        sa.Column("reason", sa.String(length=300), nullable=False),
        moment("stopped_at"),
        moment("wrote_at"),
    )
    op.create_index("uq_reached_address", "reached_address", ["business_id", "channel", "address"], unique=True)
    op.create_index("ix_reached_address_everywhere", "reached_address", ["channel", "address"])

    op.create_table(
        "channel_breaker",
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        moment("open_until"),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_breaker")),
    )

    op.add_column("client", sa.Column("channels", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("client", sa.Column("consents", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("client", moment("no_reminders_at"))

    op.add_column("business", sa.Column("channels", sa.JSON(), nullable=False, server_default='["email"]'))
    op.add_column("business", sa.Column("quiet_from", sa.Integer(), nullable=False, server_default="20"))
    op.add_column("business", sa.Column("quiet_until", sa.Integer(), nullable=False, server_default="8"))
    op.add_column("business", sa.Column("workdays", sa.String(length=7), nullable=False, server_default="12345"))
    op.add_column("business", sa.Column("reminders", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("business", sa.Column("send_receipts", sa.Boolean(), nullable=False, server_default=sa.true()))

    tenant(
        "ladder_step",
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("wording", sa.String(length=24), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        moment("ended_at"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days BETWEEN -90 AND 365", name=op.f("ck_ladder_step_days")),
        inside("ladder_step", "client_id", "client"),
    )
    op.create_index("ix_ladder_step", "ladder_step", ["business_id", "client_id", "days"])
    tenant(
        "reminder",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        inside("reminder", "invoice_id", "invoice"),
        inside("reminder", "step_id", "ladder_step"),
    )
    op.create_index("uq_reminder", "reminder", ["business_id", "invoice_id", "step_id", "channel"], unique=True)
    tenant(
        "hold",
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        moment("ended_at"),
        sa.CheckConstraint("(client_id IS NULL) <> (invoice_id IS NULL)", name=op.f("ck_hold_about")),
        inside("hold", "client_id", "client"),
        inside("hold", "invoice_id", "invoice"),
    )
    op.create_index("ix_hold_client", "hold", ["business_id", "client_id", "until"])
    op.create_index("ix_hold_invoice", "hold", ["business_id", "invoice_id", "until"])
    tenant(
        "holiday",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
    )
    op.create_index("uq_holiday", "holiday", ["business_id", "on_day"], unique=True)


def downgrade() -> None:
    for name in ("holiday", "hold", "reminder", "ladder_step"):
        op.drop_table(name)
    for name in ("send_receipts", "reminders", "workdays", "quiet_until", "quiet_from", "channels"):
        op.drop_column("business", name)
    for name in ("no_reminders_at", "consents", "channels"):
        op.drop_column("client", name)
    op.drop_table("channel_breaker")
    op.drop_table("reached_address")
    op.drop_index("ix_message_provider", table_name="message")
    op.drop_index("ix_message_client", table_name="message")
    for name in ("replaces", "extras", "not_before", "asked_at", "read_at", "delivered_at"):
        op.drop_column("message", name)
