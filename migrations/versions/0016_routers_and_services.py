"""Routers, services on them, and when these were restricted."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "router",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("driver", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("username", sa.String(length=120), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried", sa.String(length=300), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compared", sa.String(length=300), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("driver IN ('log', 'webhook', 'routeros', 'radius')", name=op.f("ck_router_driver")),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_router_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_router")),
    )
    op.create_index("ix_router_name", "router", ["business_id", "name", "id"])

    op.create_table(
        "service_action",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("verb", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("actor_kind", sa.String(length=8), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("verb IN ('suspend', 'throttle', 'restore')", name=op.f("ck_service_action_verb")),
        sa.ForeignKeyConstraint(
            ["business_id", "invoice_id"],
            ["invoice.business_id", "invoice.id"],
            name=op.f("fk_service_action_business_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_service_action_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_service_action_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_service_action")),
    )
    op.create_index("ix_service_action", "service_action", ["business_id", "subscription_id", "id"])
    op.create_index(
        "ix_service_action_batch",
        "service_action",
        ["business_id", "batch_id", "id"],
        sqlite_where=sa.text("batch_id IS NOT NULL"),
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        "ix_service_action_invoice",
        "service_action",
        ["business_id", "invoice_id"],
        sqlite_where=sa.text("invoice_id IS NOT NULL"),
        postgresql_where=sa.text("invoice_id IS NOT NULL"),
    )
    op.create_index(
        "ix_service_action_open",
        "service_action",
        ["business_id", "state", "id"],
        sqlite_where=sa.text("state IN ('wanted', 'failed')"),
        postgresql_where=sa.text("state IN ('wanted', 'failed')"),
    )

    op.create_table(
        "service_record",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("router_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("mac", sa.String(length=17), nullable=False),
        sa.Column("profile", sa.String(length=64), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("network_state", sa.String(length=12), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calling", sa.Uuid(), nullable=True),
        sa.Column("calling_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "router_id"],
            ["router.business_id", "router.id"],
            name=op.f("fk_service_record_business_id_router_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_service_record_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_service_record_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_service_record")),
    )
    op.create_index("uq_service_record", "service_record", ["business_id", "subscription_id"], unique=True)
    op.create_index(
        "uq_service_record_username", "service_record", ["business_id", "router_id", "username"], unique=True
    )

    op.create_table(
        "service_span",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('suspended', 'throttled')", name=op.f("ck_service_span_kind")),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_service_span_order")),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_service_span_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_service_span_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_service_span")),
    )
    op.create_index("ix_service_span", "service_span", ["business_id", "subscription_id", "since"])
    op.create_index(
        "uq_service_span_open",
        "service_span",
        ["business_id", "subscription_id", "kind"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )

    op.create_table(
        "service_difference",
        sa.Column("router_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=False),
        sa.Column("wanted", sa.String(length=12), nullable=False),
        sa.Column("found", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "record_id"],
            ["service_record.business_id", "service_record.id"],
            name=op.f("fk_service_difference_business_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "router_id"],
            ["router.business_id", "router.id"],
            name=op.f("fk_service_difference_business_id_router_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_service_difference_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_service_difference")),
    )
    op.create_index("ix_service_difference", "service_difference", ["business_id", "router_id", "id"])
    op.create_index("ix_service_difference_record", "service_difference", ["business_id", "record_id"])

    op.add_column("subscription", sa.Column("suspend_reason", sa.String(length=300), nullable=False, server_default=""))
    op.add_column("subscription", sa.Column("throttled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("subscription", sa.Column("until_paid", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_subscription_restricted",
        "subscription",
        ["business_id", "client_id", "id"],
        sqlite_where=sa.text("suspended_at IS NOT NULL OR throttled_at IS NOT NULL"),
        postgresql_where=sa.text("suspended_at IS NOT NULL OR throttled_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_subscription_restricted", "subscription")
    for column in ("until_paid", "throttled_at", "suspend_reason"):
        op.drop_column("subscription", column)
    for table in ("service_difference", "service_span", "service_record", "service_action", "router"):
        op.drop_table(table)
