"""Totals of days and months, filled from the invoices and payments that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILL = """
INSERT INTO period_total (business_id, span, kind, currency, day, documents, total_minor, balance_minor)
SELECT business_id, 'day',
       CASE WHEN status = 'open' AND balance_minor > 0 THEN 'owed' WHEN status = 'open' THEN 'paid' ELSE status END,
       currency, due_date, count(*), sum(total_minor), sum(balance_minor)
FROM invoice GROUP BY 1, 3, 4, 5
UNION ALL
SELECT business_id, 'day', 'issued', currency, issue_date, count(*), sum(total_minor), 0
FROM invoice WHERE status NOT IN ('draft', 'void') GROUP BY business_id, currency, issue_date
UNION ALL
SELECT business_id, 'day', 'received', currency, received_on, count(*), sum(amount_minor), 0
FROM payment WHERE reversed_at IS NULL GROUP BY business_id, currency, received_on
"""
MONTHS = """
INSERT INTO period_total (business_id, span, kind, currency, day, documents, total_minor, balance_minor)
SELECT business_id, 'month', kind, currency, {month}, sum(documents), sum(total_minor), sum(balance_minor)
FROM period_total GROUP BY 1, 3, 4, 5
"""


def upgrade() -> None:
    op.create_table(
        "period_total",
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("span", sa.String(length=5), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_period_total_business_id_business")),
        sa.PrimaryKeyConstraint("business_id", "span", "kind", "currency", "day", name=op.f("pk_period_total")),
    )
    op.execute(FILL)
    month = "date(day, 'start of month')"
    if op.get_bind().dialect.name == "postgresql":
        month = "CAST(date_trunc('month', day) AS date)"
    op.execute(MONTHS.format(month=month))


def downgrade() -> None:
    op.drop_table("period_total")
