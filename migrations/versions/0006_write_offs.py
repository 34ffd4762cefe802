"""Writing off what is not going to be paid: how much of each invoice is written off now, and every time it was."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Said by hand: the constraint comes and goes with its column, so SQLite need not copy the whole table for it.
ADD = (
    "ALTER TABLE invoice ADD COLUMN written_off_minor BIGINT DEFAULT '0' NOT NULL CONSTRAINT ck_invoice_written_off "
    "CHECK (written_off_minor >= 0 AND balance_minor + written_off_minor <= total_minor)"
)


def upgrade() -> None:
    op.execute(ADD)
    op.create_table(
        "write_off",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_write_off_not_zero")),
        sa.ForeignKeyConstraint(
            ["business_id", "invoice_id"],
            ["invoice.business_id", "invoice.id"],
            name=op.f("fk_write_off_business_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f("fk_write_off_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f("pk_write_off")),
    )
    op.create_index("ix_write_off_invoice", "write_off", ["business_id", "invoice_id", "id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER write_off_append_only BEFORE UPDATE OR DELETE ON write_off "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER write_off_no_{verb.lower()} BEFORE {verb} ON write_off "
            "BEGIN SELECT RAISE(ABORT, 'write_off is append-only'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER write_off_append_only ON write_off")
    else:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER write_off_no_{verb}")
    op.drop_index("ix_write_off_invoice", table_name="write_off")
    op.drop_table("write_off")
    op.drop_column("invoice", "written_off_minor")
