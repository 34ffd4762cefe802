"""Online payments that need a person are found by an index of their own, and whom a charge was told about is noted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MAY_NEED_YOU = (
    "(state IN ('unclear', 'paused', 'refused') OR state = 'failed' AND card_id IS NOT NULL"
    " AND (charge_step IS NULL OR charge_step >= 2))"
)
# Checkouts that were left used to end as unclear; nobody needs to look at those.
LEFT_BEFORE = "The customer left the checkout page and may still come back."
LEFT = "The customer left the checkout page and did not come back."


def upgrade() -> None:
    op.add_column("attempt", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    unclear = "state = 'unclear' AND card_id IS NULL AND reason = :before"
    left = sa.text(f"UPDATE attempt SET state = 'failed', reason = :after WHERE {unclear}")  # noqa: S608
    op.get_bind().execute(left, {"before": LEFT_BEFORE, "after": LEFT})
    where = sa.text(MAY_NEED_YOU)
    op.create_index(
        "ix_attempt_needs_you",
        "attempt",
        ["business_id", "created_at", "id"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_index("ix_attempt_needs_you", table_name="attempt")
    op.drop_column("attempt", "told_at")
