"""When customers, payments and credit notes were changed last, for programs that keep a copy."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# What is known of rows that are there: the last moment that one of them kept.
KNOWN = {
    "client": "coalesce(archived_at, created_at)",
    "payment": "coalesce(reversed_at, created_at)",
    "credit_note": "coalesce(voided_at, issued_at)",
}


def upgrade() -> None:
    # A release that is still running while this one comes knows nothing of the column. SQLite adds none that has to be
    # worked out, and there is but one release at a time.
    begun = sa.func.now() if op.get_bind().dialect.name == "postgresql" else "1970-01-01 00:00:00"
    for table, known in KNOWN.items():
        # In place on SQLite, too: copying a table of payments means copying every table that points to it.
        moment = sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=begun)
        op.add_column(table, moment)
        op.execute(f"UPDATE {table} SET updated_at = {known}")  # noqa: S608
        op.create_index(f"ix_{table}_updated", table, ["business_id", "updated_at", "id"])


def downgrade() -> None:
    for table in KNOWN:
        op.drop_index(f"ix_{table}_updated", table)
        op.drop_column(table, "updated_at")
