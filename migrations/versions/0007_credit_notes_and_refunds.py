"""Credit notes in their own series, invoices that take another's place, and refunds; credit can settle an invoice too."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Said by hand: each constraint comes and goes with its column, so SQLite need not copy whole tables for them.
ADD = (
    "ALTER TABLE invoice ADD COLUMN credited_minor BIGINT DEFAULT '0' NOT NULL CONSTRAINT ck_invoice_credited "
    "CHECK (credited_minor >= 0 AND credited_minor <= total_minor)",
    "ALTER TABLE payment ADD COLUMN refunded_minor BIGINT DEFAULT '0' NOT NULL CONSTRAINT ck_payment_refunded "
    "CHECK (refunded_minor >= 0 AND unallocated_minor + refunded_minor <= amount_minor)",
)
APPEND_ONLY = ("credit_note_line", "credit_note_tax")
ONE_SOURCE = "(payment_id IS NULL) <> (credit_note_id IS NULL)"
ALLOCATED = "business_id, id, payment_id, invoice_id, amount_minor, created_at"


def upgrade() -> None:
    for statement in ADD:
        op.execute(statement)
    op.add_column(
        "business",
        sa.Column("credit_note_pattern", sa.String(length=32), server_default="CN-{YYYY}-{0000}", nullable=False),
    )
    op.add_column("business", sa.Column("apply_credit", sa.Boolean(), server_default=sa.false(), nullable=False))
    _credit_notes()
    _revisions()
    _refunds()
    _open_allocations()


def downgrade() -> None:
    """Refused while there is a credit note or a refund: without its row the books would not add up any more."""
    for table in ("credit_note", "refund"):
        if op.get_bind().execute(sa.text(f"SELECT 1 FROM {table} LIMIT 1")).first():  # noqa: S608
            raise RuntimeError(f"there are rows in {table}; taking the table away would lose money facts")
    _close_allocations()
    for table in ("refund", "revision", "credit_note_tax", "credit_note_line", "credit_note"):
        op.drop_table(table)
    op.drop_column("business", "apply_credit")
    op.drop_column("business", "credit_note_pattern")
    op.drop_column("payment", "refunded_minor")
    op.drop_column("invoice", "credited_minor")


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_business_id_{column}")
    return sa.ForeignKeyConstraint(["business_id", column], [f"{target}.business_id", f"{target}.id"], name=name)


def _tenant(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f(f"fk_{table}_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f(f"pk_{table}")),
    )


def _credit_notes() -> None:
    op.create_table(
        "credit_note",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("unallocated_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("buyer_name", sa.String(length=200), nullable=False),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.Column("seller", sa.JSON(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=300), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "total_minor > 0 AND total_minor = net_minor + tax_minor", name=op.f("ck_credit_note_total")
        ),
        sa.CheckConstraint(
            "unallocated_minor >= 0 AND refunded_minor >= 0 AND unallocated_minor + refunded_minor <= total_minor",
            name=op.f("ck_credit_note_unallocated"),
        ),
        _key("credit_note", "invoice_id", "invoice"),
        _key("credit_note", "client_id", "client"),
        *_tenant("credit_note"),
    )
    op.create_index("uq_credit_note_number", "credit_note", ["business_id", "number"], unique=True)
    op.create_index("ix_credit_note_invoice", "credit_note", ["business_id", "invoice_id", "id"])
    op.create_index("ix_credit_note_client", "credit_note", ["business_id", "client_id", "id"])
    op.create_index(
        "ix_credit_note_unused",
        "credit_note",
        ["business_id", "client_id", "currency", "unallocated_minor"],
        sqlite_where=sa.text("unallocated_minor > 0"),
        postgresql_where=sa.text("unallocated_minor > 0"),
    )
    op.create_table(
        "credit_note_line",
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "total_minor > 0 AND total_minor = net_minor + tax_minor", name=op.f("ck_credit_note_line_total")
        ),
        _key("credit_note_line", "credit_note_id", "credit_note"),
        _key("credit_note_line", "line_id", "invoice_line"),
        *_tenant("credit_note_line"),
    )
    op.create_index("ix_credit_note_line_note", "credit_note_line", ["business_id", "credit_note_id", "position"])
    op.create_index("ix_credit_note_line_line", "credit_note_line", ["business_id", "line_id"])
    op.create_table(
        "credit_note_tax",
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("figure_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_note_tax_amount")),
        _key("credit_note_tax", "credit_note_id", "credit_note"),
        _key("credit_note_tax", "figure_id", "invoice_figure"),
        *_tenant("credit_note_tax"),
    )
    op.create_index("ix_credit_note_tax_note", "credit_note_tax", ["business_id", "credit_note_id"])
    op.create_index("ix_credit_note_tax_figure", "credit_note_tax", ["business_id", "figure_id"])
    for table in APPEND_ONLY:
        _only_grows(table)


def _revisions() -> None:
    op.create_table(
        "revision",
        sa.Column("revised_id", sa.Uuid(), nullable=False),
        sa.Column("credit_note_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _key("revision", "id", "invoice"),
        _key("revision", "revised_id", "invoice"),
        _key("revision", "credit_note_id", "credit_note"),
        *_tenant("revision"),
    )
    op.create_index("uq_revision_revised", "revision", ["business_id", "revised_id"], unique=True)
    op.create_index("ix_revision_credit_note", "revision", ["business_id", "credit_note_id"])


def _refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("credit_note_id", sa.Uuid(), nullable=True),
        sa.Column("through_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason", sa.String(length=300), nullable=False),
        sa.Column("gateway", sa.String(length=16), nullable=True),
        sa.Column("gateway_reference", sa.String(length=120), nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_amount")),
        sa.CheckConstraint(ONE_SOURCE, name=op.f("ck_refund_one_source")),
        sa.CheckConstraint("(gateway IS NULL) = (through_id IS NULL)", name=op.f("ck_refund_through")),
        _key("refund", "client_id", "client"),
        _key("refund", "payment_id", "payment"),
        _key("refund", "credit_note_id", "credit_note"),
        _key("refund", "through_id", "payment"),
        *_tenant("refund"),
    )
    op.create_index(
        "uq_refund_gateway_reference", "refund", ["business_id", "gateway", "gateway_reference"], unique=True
    )
    op.create_index("ix_refund_payment", "refund", ["business_id", "payment_id"])
    op.create_index("ix_refund_through", "refund", ["business_id", "through_id"])
    op.create_index("ix_refund_credit_note", "refund", ["business_id", "credit_note_id"])
    op.create_index("ix_refund_client", "refund", ["business_id", "client_id", "id"])


def _open_allocations() -> None:
    """A credit note can stand where only a payment stood. SQLite has to copy the table for that."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("allocation", "payment_id", nullable=True)
        op.add_column("allocation", sa.Column("credit_note_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f("fk_allocation_business_id_credit_note_id"),
            "allocation",
            "credit_note",
            ["business_id", "credit_note_id"],
            ["business_id", "id"],
        )
        op.create_check_constraint(op.f("ck_allocation_one_source"), "allocation", ONE_SOURCE)
        op.create_index("ix_allocation_credit_note", "allocation", ["business_id", "credit_note_id"])
        return
    _copy_allocations(credit_notes=True)
    op.create_index("ix_allocation_credit_note", "allocation", ["business_id", "credit_note_id"])


def _close_allocations() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_allocation_credit_note", "allocation")
        op.drop_column("allocation", "credit_note_id")
        op.alter_column("allocation", "payment_id", nullable=False)
        return
    _copy_allocations(credit_notes=False)


def _copy_allocations(credit_notes: bool) -> None:
    extra = (sa.Column("credit_note_id", sa.Uuid(), nullable=True),) if credit_notes else ()
    keys = (_key("allocation", "credit_note_id", "credit_note"),) if credit_notes else ()
    checks = (sa.CheckConstraint(ONE_SOURCE, name=op.f("ck_allocation_one_source")),) if credit_notes else ()
    op.rename_table("allocation", "allocation_before")
    op.create_table(
        "allocation",
        sa.Column("payment_id", sa.Uuid(), nullable=credit_notes),
        *extra,
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_allocation_not_zero")),
        *checks,
        _key("allocation", "payment_id", "payment"),
        *keys,
        _key("allocation", "invoice_id", "invoice"),
        *_tenant("allocation"),
    )
    op.execute(f"INSERT INTO allocation ({ALLOCATED}) SELECT {ALLOCATED} FROM allocation_before")  # noqa: S608
    op.drop_table("allocation_before")
    op.create_index("ix_allocation_payment", "allocation", ["business_id", "payment_id"])
    op.create_index("ix_allocation_invoice", "allocation", ["business_id", "invoice_id", "id"])
    _only_grows("allocation")


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
