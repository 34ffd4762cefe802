"""The audit trail says by which token a program acted."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit_event", sa.Column("token_id", sa.Uuid(), nullable=True))
    op.add_column("audit_event", sa.Column("token_name", sa.String(length=100), nullable=True))


def downgrade() -> None:
    # In place on SQLite, too: a table that is copied would lose the triggers that keep it append-only.
    op.drop_column("audit_event", "token_name")
    op.drop_column("audit_event", "token_id")
