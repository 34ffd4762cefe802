"""Running subscriptions are changed: what was changed, in which rhythm they go on, and what came back for which days."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription_change",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "invoice_id"],
            ["invoice.business_id", "invoice.id"],
            name=op.f("fk_subscription_change_business_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_subscription_change_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_subscription_change_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_subscription_change")),
    )
    op.create_index("ix_subscription_change", "subscription_change", ["business_id", "subscription_id", "since"])
    op.create_index("ix_subscription_change_invoice", "subscription_change", ["business_id", "invoice_id"])

    op.create_table(
        "subscription_turn",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("cycle_unit", sa.String(length=8), nullable=False),
        sa.Column("cycle_count", sa.Integer(), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("anchor_day", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "change_id"],
            ["subscription_change.business_id", "subscription_change.id"],
            name=op.f("fk_subscription_turn_business_id_change_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_subscription_turn_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_subscription_turn_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_subscription_turn")),
    )
    op.create_index("ix_subscription_turn_change", "subscription_turn", ["business_id", "change_id"])
    op.create_index(
        "uq_subscription_turn", "subscription_turn", ["business_id", "subscription_id", "since"], unique=True
    )

    op.create_table(
        "billed_days",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("credited_from", sa.Date(), nullable=True),
        sa.Column("by_item_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(line_id IS NULL) = (invoice_id IS NULL)", name=op.f("ck_billed_days_line")),
        sa.CheckConstraint("line_id IS NOT NULL OR by_item_id IS NOT NULL", name=op.f("ck_billed_days_place")),
        sa.CheckConstraint("until > since", name=op.f("ck_billed_days_days")),
        sa.ForeignKeyConstraint(
            ["business_id", "by_item_id"],
            ["subscription_item.business_id", "subscription_item.id"],
            name=op.f("fk_billed_days_business_id_by_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "claim_id"],
            ["billed_period.business_id", "billed_period.id"],
            name=op.f("fk_billed_days_business_id_claim_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "invoice_id"],
            ["invoice.business_id", "invoice.id"],
            name=op.f("fk_billed_days_business_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "item_id"],
            ["subscription_item.business_id", "subscription_item.id"],
            name=op.f("fk_billed_days_business_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "line_id"],
            ["invoice_line.business_id", "invoice_line.id"],
            name=op.f("fk_billed_days_business_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_billed_days_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_billed_days_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_billed_days")),
    )
    op.create_index("ix_billed_days_by_item", "billed_days", ["business_id", "by_item_id"])
    op.create_index("ix_billed_days_claim", "billed_days", ["business_id", "claim_id"])
    op.create_index("ix_billed_days_invoice", "billed_days", ["business_id", "invoice_id"])
    op.create_index("ix_billed_days_item", "billed_days", ["business_id", "item_id"])
    op.create_index("ix_billed_days_subscription", "billed_days", ["business_id", "subscription_id", "since"])
    op.create_index("uq_billed_days", "billed_days", ["business_id", "line_id"], unique=True)

    op.create_table(
        "subscription_change_item",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("begins", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "change_id"],
            ["subscription_change.business_id", "subscription_change.id"],
            name=op.f("fk_subscription_change_item_business_id_change_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "item_id"],
            ["subscription_item.business_id", "subscription_item.id"],
            name=op.f("fk_subscription_change_item_business_id_item_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_subscription_change_item_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_subscription_change_item")),
    )
    op.create_index("ix_subscription_change_item", "subscription_change_item", ["business_id", "item_id"])
    op.create_index(
        "uq_subscription_change_item", "subscription_change_item", ["business_id", "change_id", "item_id"], unique=True
    )

    op.create_table(
        "price_notice",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "client_id"],
            ["client.business_id", "client.id"],
            name=op.f("fk_price_notice_business_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "message_id"],
            ["message.business_id", "message.id"],
            name=op.f("fk_price_notice_business_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "plan_id"],
            ["plan.business_id", "plan.id"],
            name=op.f("fk_price_notice_business_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_price_notice_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_price_notice")),
    )
    op.create_index("ix_price_notice_client", "price_notice", ["business_id", "client_id"])
    op.create_index("ix_price_notice_message", "price_notice", ["business_id", "message_id"])
    op.create_index(
        "uq_price_notice",
        "price_notice",
        ["business_id", "plan_id", "currency", "since", "price", "client_id"],
        unique=True,
    )

    op.add_column("billed_period", sa.Column("credited_from", sa.Date(), nullable=True))

    op.add_column("subscription_item", sa.Column("agreed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("subscription_item", "agreed_on")

    op.drop_column("billed_period", "credited_from")

    op.drop_table("price_notice")

    op.drop_table("subscription_change_item")

    op.drop_table("billed_days")

    op.drop_table("subscription_turn")

    op.drop_table("subscription_change")
