"""An index from which is read how long invoices took to be paid."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    paid = sa.text("paid_at IS NOT NULL AND status = 'open' AND total_minor > 0 AND credited_minor < total_minor")
    op.create_index(
        "ix_invoice_paid_when",
        "invoice",
        ["business_id", "paid_at", "issue_date", "due_date"],
        unique=False,
        sqlite_where=paid,
        postgresql_where=paid,
    )


def downgrade() -> None:
    op.drop_index("ix_invoice_paid_when", table_name="invoice")
