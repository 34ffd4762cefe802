"""Cards that customers let a business charge again, charges of them, and disputes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ATTEMPT = ("consent", "consented_at", "consent_ip", "card_id", "charge_step", "retry_at")


def upgrade() -> None:
    op.add_column("business", sa.Column("charge_cards", sa.String(length=5), server_default="off", nullable=False))
    op.add_column("refund", sa.Column("kind", sa.String(length=8), server_default="refund", nullable=False))
    _attempts()
    op.create_index("uq_attempt_step", "attempt", ["business_id", "invoice_id", "card_id", "charge_step"], unique=True)
    _saved_cards()
    _disputes()


def downgrade() -> None:
    """Refused while there is a saved card or a dispute: consent to be charged, and lost money, are facts."""
    for table in ("saved_card", "dispute"):
        if op.get_bind().execute(sa.text(f"SELECT 1 FROM {table} LIMIT 1")).first():  # noqa: S608
            raise RuntimeError(f"there are rows in {table}; taking the table away would lose facts")
    op.drop_table("dispute")
    op.drop_table("saved_card")
    op.drop_index("uq_attempt_step", "attempt")
    for column in ATTEMPT:
        op.drop_column("attempt", column)
    op.drop_column("refund", "kind")
    op.drop_column("business", "charge_cards")


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


def _attempts() -> None:
    op.add_column("attempt", sa.Column("consent", sa.Text(), server_default="", nullable=False))
    op.add_column("attempt", sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempt", sa.Column("consent_ip", sa.String(length=45), server_default="", nullable=False))
    op.add_column("attempt", sa.Column("card_id", sa.Uuid(), nullable=True))
    op.add_column("attempt", sa.Column("charge_step", sa.Integer(), nullable=True))
    op.add_column("attempt", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))


def _saved_cards() -> None:
    op.create_table(
        "saved_card",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("code_encrypted", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("brand", sa.String(length=40), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("exp_month", sa.Integer(), nullable=True),
        sa.Column("exp_year", sa.Integer(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_ip", sa.String(length=45), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _key("saved_card", "client_id", "client"),
        _key("saved_card", "attempt_id", "attempt"),
        *_tenant("saved_card"),
    )
    op.create_index("uq_saved_card_attempt", "saved_card", ["business_id", "attempt_id"], unique=True)
    op.create_index(
        "uq_saved_card_active",
        "saved_card",
        ["business_id", "client_id", "gateway", "mode", "fingerprint"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )


def _disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("gateway", sa.String(length=16), nullable=False),
        sa.Column("provider_id", sa.String(length=100), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("resolution", sa.String(length=24), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _key("dispute", "payment_id", "payment"),
        _key("dispute", "refund_id", "refund"),
        *_tenant("dispute"),
    )
    op.create_index("uq_dispute_provider", "dispute", ["business_id", "gateway", "provider_id"], unique=True)
    op.create_index("ix_dispute_payment", "dispute", ["business_id", "payment_id"])
    op.create_index("ix_dispute_refund", "dispute", ["business_id", "refund_id"])
    op.create_index("ix_dispute_state", "dispute", ["business_id", "state", "due_on", "id"])
