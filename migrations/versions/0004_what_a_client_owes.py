"""Indexes from which a client's figures are read: balances, credit, and how fast invoices were paid."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OWNER = ["business_id", "client_id"]


def upgrade() -> None:
    op.drop_index("ix_invoice_client", table_name="invoice")
    op.create_index(
        "ix_invoice_client", "invoice", [*OWNER, "id", "status", "currency", "due_date", "balance_minor"], unique=False
    )
    paid = sa.text("paid_at IS NOT NULL")
    op.create_index(
        "ix_invoice_paid", "invoice", [*OWNER, "paid_at"], unique=False, sqlite_where=paid, postgresql_where=paid
    )
    unused = sa.text("unallocated_minor > 0")
    op.create_index(
        "ix_payment_unused",
        "payment",
        [*OWNER, "currency", "unallocated_minor"],
        unique=False,
        sqlite_where=unused,
        postgresql_where=unused,
    )


def downgrade() -> None:
    op.drop_index("ix_payment_unused", table_name="payment")
    op.drop_index("ix_invoice_paid", table_name="invoice")
    op.drop_index("ix_invoice_client", table_name="invoice")
    op.create_index("ix_invoice_client", "invoice", [*OWNER, "id"], unique=False)
