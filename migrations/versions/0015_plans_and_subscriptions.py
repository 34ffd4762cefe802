"""Plans, subscriptions and the periods that were billed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("cycle_unit", sa.String(length=8), nullable=False),
        sa.Column("cycle_count", sa.Integer(), nullable=False),
        sa.Column("anchor_day", sa.Integer(), nullable=True),
        sa.Column("anchor_month", sa.Integer(), nullable=True),
        sa.Column("ahead", sa.Boolean(), nullable=False),
        sa.Column("stub", sa.String(length=8), nullable=False),
        sa.Column("trial_days", sa.Integer(), nullable=False),
        sa.Column("download_kbps", sa.BigInteger(), nullable=True),
        sa.Column("upload_kbps", sa.BigInteger(), nullable=True),
        sa.Column("quota_mb", sa.BigInteger(), nullable=True),
        sa.Column("featured", sa.Boolean(), nullable=False),
        sa.Column(
            "sort_name",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cycle_count >= 1", name=op.f("ck_plan_cycle_count")),
        sa.CheckConstraint("trial_days >= 0", name=op.f("ck_plan_trial_days")),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_plan_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_plan")),
    )
    op.create_index("ix_plan_name", "plan", ["business_id", "sort_name", "id"])

    op.create_table(
        "plan_price",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("setup_price", sa.BigInteger(), nullable=False),
        sa.Column("for_all", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("price >= 0 AND setup_price >= 0", name=op.f("ck_plan_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["business_id", "plan_id"], ["plan.business_id", "plan.id"], name=op.f("fk_plan_price_business_id_plan_id")
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_plan_price_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_plan_price")),
    )
    op.create_index("uq_plan_price", "plan_price", ["business_id", "plan_id", "currency", "since"], unique=True)

    op.create_table(
        "plan_tax",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("tax_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "plan_id"], ["plan.business_id", "plan.id"], name=op.f("fk_plan_tax_business_id_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "tax_id"], ["tax.business_id", "tax.id"], name=op.f("fk_plan_tax_business_id_tax_id")
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_plan_tax_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_plan_tax")),
    )
    op.create_index("uq_plan_tax", "plan_tax", ["business_id", "plan_id", "tax_id"], unique=True)

    op.create_table(
        "subscription",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cycle_unit", sa.String(length=8), nullable=False),
        sa.Column("cycle_count", sa.Integer(), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("anchor_day", sa.Integer(), nullable=False),
        sa.Column("ahead", sa.Boolean(), nullable=False),
        sa.Column("stub", sa.String(length=8), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("trial_until", sa.Date(), nullable=True),
        sa.Column("billed_from", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=300), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("terms_days", sa.Integer(), nullable=True),
        sa.Column("po_number", sa.String(length=60), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("next_bill_on", sa.Date(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_subscription_ends")),
        sa.CheckConstraint("(cancelled_on IS NULL) = (cancelled_at IS NULL)", name=op.f("ck_subscription_cancelled")),
        sa.CheckConstraint("trial_until IS NULL OR trial_until >= starts_on", name=op.f("ck_subscription_trial")),
        sa.ForeignKeyConstraint(
            ["business_id", "client_id"],
            ["client.business_id", "client.id"],
            name=op.f("fk_subscription_business_id_client_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_subscription_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_subscription")),
    )
    op.create_index("ix_subscription_client", "subscription", ["business_id", "client_id", "id"])
    op.create_index(
        "ix_subscription_due",
        "subscription",
        ["business_id", "next_bill_on", "id"],
        sqlite_where=sa.text("next_bill_on IS NOT NULL"),
        postgresql_where=sa.text("next_bill_on IS NOT NULL"),
    )

    op.create_table(
        "billed_period",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("whole_start", sa.Date(), nullable=False),
        sa.Column("whole_end", sa.Date(), nullable=False),
        sa.Column("bill_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("period_end > period_start", name=op.f("ck_billed_period_days")),
        sa.ForeignKeyConstraint(
            ["business_id", "invoice_id"],
            ["invoice.business_id", "invoice.id"],
            name=op.f("fk_billed_period_business_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_billed_period_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_billed_period_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_billed_period")),
    )
    op.create_index("ix_billed_period_invoice", "billed_period", ["business_id", "invoice_id"])
    op.create_index(
        "uq_billed_period",
        "billed_period",
        ["business_id", "subscription_id", "period_start"],
        unique=True,
        sqlite_where=sa.text("reversed_at IS NULL"),
        postgresql_where=sa.text("reversed_at IS NULL"),
    )

    op.create_table(
        "subscription_pause",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_subscription_pause_days")),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_subscription_pause_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_subscription_pause_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_subscription_pause")),
    )
    op.create_index("ix_subscription_pause", "subscription_pause", ["business_id", "subscription_id", "since"])

    op.create_table(
        "subscription_item",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=24), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("discount_kind", sa.String(length=8), nullable=True),
        sa.Column("discount_value", sa.BigInteger(), nullable=True),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("billed_in", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("plan_id IS NOT NULL OR price IS NOT NULL", name=op.f("ck_subscription_item_priced")),
        sa.ForeignKeyConstraint(
            ["business_id", "billed_in"],
            ["billed_period.business_id", "billed_period.id"],
            name=op.f("fk_subscription_item_business_id_billed_in"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "plan_id"],
            ["plan.business_id", "plan.id"],
            name=op.f("fk_subscription_item_business_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_subscription_item_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_subscription_item_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_subscription_item")),
    )
    op.create_index("ix_subscription_item", "subscription_item", ["business_id", "subscription_id", "position"])
    op.create_index(
        "ix_subscription_item_billed_in",
        "subscription_item",
        ["business_id", "billed_in"],
        sqlite_where=sa.text("billed_in IS NOT NULL"),
        postgresql_where=sa.text("billed_in IS NOT NULL"),
    )
    op.create_index("ix_subscription_item_plan", "subscription_item", ["business_id", "plan_id", "subscription_id"])

    op.create_table(
        "subscription_item_tax",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("tax_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "item_id"],
            ["subscription_item.business_id", "subscription_item.id"],
            name=op.f("fk_subscription_item_tax_business_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "tax_id"],
            ["tax.business_id", "tax.id"],
            name=op.f("fk_subscription_item_tax_business_id_tax_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_subscription_item_tax_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_subscription_item_tax")),
    )
    op.create_index(
        "uq_subscription_item_tax", "subscription_item_tax", ["business_id", "item_id", "tax_id"], unique=True
    )


def downgrade() -> None:
    for table in (
        "subscription_item_tax",
        "subscription_item",
        "subscription_pause",
        "billed_period",
        "subscription",
        "plan_tax",
        "plan_price",
        "plan",
    ):
        op.drop_table(table)
