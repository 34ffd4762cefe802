"""Indexes for keys that are looked up when a line or a draft is deleted: without them the whole table is read."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_line_tax_line", "line_tax", ["business_id", "line_id"], unique=False)
    op.create_index("ix_printed_file_invoice", "printed_file", ["business_id", "invoice_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_printed_file_invoice", table_name="printed_file")
    op.drop_index("ix_line_tax_line", table_name="line_tax")
