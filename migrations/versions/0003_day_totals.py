"""Totals per day, filled from the invoices and payments that are there."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILL = """
INSERT INTO day_total (business_id, kind, currency, day, documents, total_minor, balance_minor)
SELECT business_id,
       CASE WHEN status = 'open' AND balance_minor > 0 THEN 'owed' WHEN status = 'open' THEN 'paid' ELSE status END,
       currency, due_date, count(*), sum(total_minor), sum(balance_minor)
FROM invoice GROUP BY 1, 2, 3, 4
UNION ALL
SELECT business_id, 'issued', currency, issue_date, count(*), sum(total_minor), 0
FROM invoice WHERE status NOT IN ('draft', 'void') GROUP BY business_id, currency, issue_date
UNION ALL
SELECT business_id, 'received', currency, received_on, count(*), sum(amount_minor), 0
FROM payment WHERE reversed_at IS NULL GROUP BY business_id, currency, received_on
"""


def upgrade() -> None:
    op.create_table(
        "day_total",
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("documents", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_day_total_business_id_business")),
        sa.PrimaryKeyConstraint("business_id", "kind", "currency", "day", name=op.f("pk_day_total")),
    )
    op.execute(FILL)


def downgrade() -> None:
    op.drop_table("day_total")
