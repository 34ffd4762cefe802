"""Invoices by when they were changed last, for programs that keep a copy."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_invoice_updated", "invoice", ["business_id", "updated_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_invoice_updated", "invoice")
