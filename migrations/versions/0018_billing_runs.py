"""Billing runs with their entries, how a business wants to be billed for, and clients whom nothing is billed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "billing_policy",
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("approve_alone", sa.Boolean(), nullable=False),
        sa.Column("hold_hours", sa.Integer(), nullable=False),
        sa.Column("missed", sa.String(length=8), nullable=False),
        sa.Column("bill_suspended", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("hold_hours BETWEEN 0 AND 72", name=op.f("ck_billing_policy_hold")),
        sa.CheckConstraint("review_days BETWEEN 0 AND 30", name=op.f("ck_billing_policy_review")),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_billing_policy_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_billing_policy")),
    )
    op.create_index("uq_billing_policy", "billing_policy", ["business_id"], unique=True)

    op.create_table(
        "billing_run",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("place", sa.Uuid(), nullable=True),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("odd", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("needs_person", sa.Boolean(), nullable=False),
        sa.Column("sends", sa.Boolean(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversed_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_billing_run_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_billing_run")),
    )
    op.create_index("ix_billing_run_state", "billing_run", ["business_id", "state", "id"])

    op.create_table(
        "parked_client",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("let_go_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("let_go_by", sa.Uuid(), nullable=True),
        sa.Column("counted_from", sa.Date(), nullable=True),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "client_id"],
            ["client.business_id", "client.id"],
            name=op.f("fk_parked_client_business_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_parked_client_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_parked_client_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_parked_client")),
    )
    op.create_index("ix_parked_client_subscription", "parked_client", ["business_id", "subscription_id"])
    op.create_index(
        "uq_parked_client",
        "parked_client",
        ["business_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("let_go_at IS NULL"),
        postgresql_where=sa.text("let_go_at IS NULL"),
    )

    op.create_table(
        "run_entry",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("bill_on", sa.Date(), nullable=False),
        sa.Column("sheet", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("now_minor", sa.BigInteger(), nullable=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("odd", sa.String(length=12), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("by_itself", sa.String(length=5), nullable=False),
        sa.Column("does", sa.String(length=5), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "client_id"],
            ["client.business_id", "client.id"],
            name=op.f("fk_run_entry_business_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "invoice_id"],
            ["invoice.business_id", "invoice.id"],
            name=op.f("fk_run_entry_business_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "run_id"],
            ["billing_run.business_id", "billing_run.id"],
            name=op.f("fk_run_entry_business_id_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "subscription_id"],
            ["subscription.business_id", "subscription.id"],
            name=op.f("fk_run_entry_business_id_subscription_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_run_entry_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_run_entry")),
    )
    op.create_index("ix_run_entry_invoice", "run_entry", ["business_id", "invoice_id"])
    op.create_index(
        "ix_run_entry_left",
        "run_entry",
        ["business_id", "client_id"],
        sqlite_where=sa.text("state = 'left_out'"),
        postgresql_where=sa.text("state = 'left_out'"),
    )
    op.create_index("ix_run_entry_kind", "run_entry", ["business_id", "run_id", "kind", "id"])
    op.create_index(
        "ix_run_entry_odd",
        "run_entry",
        ["business_id", "run_id", "id"],
        sqlite_where=sa.text("odd <> ''"),
        postgresql_where=sa.text("odd <> ''"),
    )
    op.create_index("ix_run_entry_period", "run_entry", ["business_id", "subscription_id", "period_start"])
    op.create_index("ix_run_entry_state", "run_entry", ["business_id", "run_id", "state", "client_id"])
    op.create_index(
        "uq_run_entry_planned",
        "run_entry",
        ["business_id", "subscription_id", "period_start"],
        unique=True,
        sqlite_where=sa.text("state = 'planned' AND kind <> 'gone'"),
        postgresql_where=sa.text("state = 'planned' AND kind <> 'gone'"),
    )

    op.add_column("billed_period", sa.Column("run_id", sa.Uuid(), nullable=True))
    op.add_column("billed_period", sa.Column("total_minor", sa.BigInteger(), nullable=True))
    op.create_index("ix_billed_period_run", "billed_period", ["business_id", "run_id", "id"])
    op.create_index(
        "ix_billed_period_reversed",
        "billed_period",
        ["business_id", "subscription_id"],
        sqlite_where=sa.text("reversed_at IS NOT NULL"),
        postgresql_where=sa.text("reversed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_billed_period_reversed", "billed_period")
    op.drop_index("ix_billed_period_run", "billed_period")
    op.drop_column("billed_period", "total_minor")
    op.drop_column("billed_period", "run_id")
    for table in ("run_entry", "parked_client", "billing_run", "billing_policy"):
        op.drop_table(table)
