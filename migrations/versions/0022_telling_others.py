"""Software of others that is told what happens: where it is, the events, and how telling went."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hook_endpoint",
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=False),
        sa.Column("old_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by", sa.String(length=10), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_hook_endpoint_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_hook_endpoint")),
    )
    op.create_index("ix_hook_endpoint_live", "hook_endpoint", ["business_id", "removed_at"], unique=False)

    op.create_table(
        "hook_event",
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("object_kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_hook_event_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_hook_event")),
    )
    op.create_index("ix_hook_event_age", "hook_event", ["at"], unique=False)

    op.create_table(
        "hook_delivery",
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "endpoint_id"],
            ["hook_endpoint.business_id", "hook_endpoint.id"],
            name=op.f("fk_hook_delivery_business_id_endpoint_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "event_id"],
            ["hook_event.business_id", "hook_event.id"],
            name=op.f("fk_hook_delivery_business_id_event_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_hook_delivery_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_hook_delivery")),
    )
    op.create_index("ix_hook_delivery_event", "hook_delivery", ["business_id", "event_id"], unique=False)
    op.create_index("uq_hook_delivery", "hook_delivery", ["business_id", "endpoint_id", "event_id"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_hook_delivery", table_name="hook_delivery")
    op.drop_index("ix_hook_delivery_event", table_name="hook_delivery")

    op.drop_table("hook_delivery")
    op.drop_index("ix_hook_event_age", table_name="hook_event")

    op.drop_table("hook_event")
    op.drop_index("ix_hook_endpoint_live", table_name="hook_endpoint")

    op.drop_table("hook_endpoint")
