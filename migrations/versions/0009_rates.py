"""Rates to the base currency: a table kept by staff, on documents and payments, and what lines of the journal are worth."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RATED = ("invoice", "credit_note", "payment")
WORTH = {"invoice": ("base_total_minor", "base_balance_minor"), "payment": ("base_minor",)}
NOT_ZERO, NOT_ZERO_IN_EITHER = "amount_minor <> 0", "amount_minor <> 0 OR coalesce(base_minor, 0) <> 0"
BASE = "(base_currency IS NULL) = (base_minor IS NULL)"
POSTED = "business_id, id, entry_id, account, currency, amount_minor, client_id, invoice_id"
INDEXES = {
    "ix_journal_line_entry": ["business_id", "entry_id"],
    "ix_journal_line_client": ["business_id", "client_id", "account"],
    "ix_journal_line_invoice": ["business_id", "invoice_id", "account"],
}


def upgrade() -> None:
    op.create_table(
        "exchange_rate",
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("base_currency", sa.String(length=3), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rate > 0", name=op.f("ck_exchange_rate_rate")),
        sa.CheckConstraint("currency <> base_currency", name=op.f("ck_exchange_rate_two_currencies")),
        *_tenant("exchange_rate"),
    )
    day = ["business_id", "currency", "base_currency", "valid_from", "id"]
    op.create_index("ix_exchange_rate_day", "exchange_rate", day)
    _only_grows("exchange_rate")
    for table in RATED:
        for column in (*WORTH.get(table, ()), "rate_to_base"):
            op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))
        # Said by hand: the constraint comes and goes with its column, so SQLite need not copy whole tables for it.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN base_currency VARCHAR(3) CONSTRAINT ck_{table}_rated "
            "CHECK ((base_currency IS NULL) = (rate_to_base IS NULL))"
        )
        op.add_column(table, sa.Column("rate_source", sa.String(length=8), nullable=True))
        op.add_column(table, sa.Column("rate_on", sa.Date(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("journal_line", sa.Column("base_currency", sa.String(length=3), nullable=True))
        op.add_column("journal_line", sa.Column("base_minor", sa.BigInteger(), nullable=True))
        op.drop_constraint(op.f("ck_journal_line_not_zero"), "journal_line", type_="check")
        op.create_check_constraint(op.f("ck_journal_line_not_zero"), "journal_line", NOT_ZERO_IN_EITHER)
        op.create_check_constraint(op.f("ck_journal_line_base"), "journal_line", BASE)
        return
    _copy_lines(based=True)


def downgrade() -> None:
    """Refused while anything has a rate: without it the books would lose what they say in the base currency."""
    for table in ("exchange_rate", "journal_line", *RATED):
        rated = "1 = 1" if table == "exchange_rate" else "base_currency IS NOT NULL"
        if op.get_bind().execute(sa.text(f"SELECT 1 FROM {table} WHERE {rated} LIMIT 1")).first():  # noqa: S608
            raise RuntimeError(f"there are rates in {table}; taking them away would lose money facts")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_journal_line_base"), "journal_line", type_="check")
        op.drop_constraint(op.f("ck_journal_line_not_zero"), "journal_line", type_="check")
        op.create_check_constraint(op.f("ck_journal_line_not_zero"), "journal_line", NOT_ZERO)
        op.drop_column("journal_line", "base_minor")
        op.drop_column("journal_line", "base_currency")
    else:
        _copy_lines(based=False)
    for table in reversed(RATED):
        for column in ("rate_on", "rate_source", "base_currency", "rate_to_base", *WORTH.get(table, ())[::-1]):
            op.drop_column(table, column)
    op.drop_table("exchange_rate")


def _copy_lines(based: bool) -> None:
    """A line may move the base amount alone. SQLite has to copy the table for another condition."""
    extra = (
        (sa.Column("base_currency", sa.String(length=3), nullable=True), sa.Column("base_minor", sa.BigInteger()))
        if based
        else ()
    )
    checks = (sa.CheckConstraint(BASE, name=op.f("ck_journal_line_base")),) if based else ()
    op.rename_table("journal_line", "journal_line_before")
    op.create_table(
        "journal_line",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        *extra,
        sa.CheckConstraint(NOT_ZERO_IN_EITHER if based else NOT_ZERO, name=op.f("ck_journal_line_not_zero")),
        *checks,
        sa.ForeignKeyConstraint(
            ["business_id", "entry_id"],
            ["journal_entry.business_id", "journal_entry.id"],
            name=op.f("fk_journal_line_business_id_entry_id"),
        ),
        *_tenant("journal_line"),
    )
    op.execute(f"INSERT INTO journal_line ({POSTED}) SELECT {POSTED} FROM journal_line_before")  # noqa: S608
    op.drop_table("journal_line_before")
    for name, columns in INDEXES.items():
        op.create_index(name, "journal_line", columns)
    _only_grows("journal_line")


def _tenant(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f(f"fk_{table}_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f(f"pk_{table}")),
    )


def _only_grows(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
