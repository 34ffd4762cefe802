"""Tokens that come of signing in, and answers that are kept for whoever asks twice."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_answer",
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_kept_answer_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_kept_answer")),
    )
    op.create_index("uq_kept_answer_key", "kept_answer", ["business_id", "family_id", "key"], unique=True)
    op.create_index("ix_kept_answer_age", "kept_answer", ["created_at"], unique=False)
    with op.batch_alter_table("api_token") as batch:
        batch.add_column(sa.Column("kind", sa.String(length=8), server_default="personal", nullable=False))
        batch.add_column(sa.Column("family_id", sa.Uuid(), nullable=True))
    op.create_index("ix_api_token_family", "api_token", ["family_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_api_token_family", table_name="api_token")
    with op.batch_alter_table("api_token") as batch:
        batch.drop_column("family_id")
        batch.drop_column("kind")
    op.drop_index("ix_kept_answer_age", table_name="kept_answer")
    op.drop_index("uq_kept_answer_key", table_name="kept_answer")
    op.drop_table("kept_answer")
