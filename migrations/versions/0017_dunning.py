"""More kinds of steps on the ladder, promises to pay, the policy of dunning, its batches, and late fees."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def moment(name: str, *, needed: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def id_(name: str, *, needed: bool = True) -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=not needed)


def tenant(name: str, *columns_and_keys: object) -> None:
    op.create_table(
        name,
        *columns_and_keys,
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.id"], name=op.f(f"fk_{name}_business_id")),
        sa.PrimaryKeyConstraint("business_id", "id", name=op.f(f"pk_{name}")),
    )


def inside(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["business_id", column],
        [f"{target}.business_id", f"{target}.id"],
        name=op.f(f"fk_{table}_business_id_{column}"),
    )


def some(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    """An index of those rows that a condition holds for."""
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.add_column("business", sa.Column("enforces", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("ladder_step") as table:
        table.add_column(id_("plan_id", needed=False))
        table.add_column(sa.Column("currency", sa.String(length=3), nullable=False, server_default=""))
        table.add_column(sa.Column("owed_minor", sa.BigInteger(), nullable=False, server_default="0"))
        for name in ("fee_percent", "fee_minor", "fee_least_minor", "fee_most_minor"):
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("fee_taxed", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_foreign_key(
            op.f("fk_ladder_step_business_id_plan_id"), "plan", ["business_id", "plan_id"], ["business_id", "id"]
        )
        table.create_check_constraint(op.f("ck_ladder_step_about"), "client_id IS NULL OR plan_id IS NULL")
    op.create_index("ix_ladder_step_plan", "ladder_step", ["business_id", "plan_id", "days"])
    some("ix_reminder_postponed", "reminder", ["business_id", "not_before"], "outcome = 'postponed'")
    op.add_column("hold", sa.Column("amount_minor", sa.BigInteger(), nullable=True))
    op.add_column("hold", sa.Column("currency", sa.String(length=3), nullable=False, server_default=""))
    op.add_column("hold", sa.Column("promised_by", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("hold", sa.Column("outcome", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("hold", moment("judged_at"))
    open_promise = "kind = 'promise' AND outcome = '' AND ended_at IS NULL"
    some("ix_hold_open_promise", "hold", ["business_id", "until"], open_promise)

    tenant(
        "dunning_policy",
        id_("client_id", needed=False),
        id_("plan_id", needed=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("quiet_days", sa.String(length=7), nullable=False),
        sa.Column("spared_tags", sa.JSON(), nullable=False),
        sa.Column("least_owed", sa.JSON(), nullable=False),
        sa.Column("warning_days", sa.Integer(), nullable=False),
        sa.Column("breaker_percent", sa.Integer(), nullable=False),
        sa.Column("breaker_count", sa.Integer(), nullable=False),
        sa.Column("promise_days", sa.Integer(), nullable=False),
        sa.Column("promises_open", sa.Integer(), nullable=False),
        sa.Column("promises_a_year", sa.Integer(), nullable=False),
        sa.Column("promise_percent", sa.Integer(), nullable=False),
        moment("created_at", needed=True),
        moment("updated_at", needed=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("client_id IS NULL OR plan_id IS NULL", name=op.f("ck_dunning_policy_about")),
        sa.CheckConstraint("grace_days >= 0 AND warning_days >= 0", name=op.f("ck_dunning_policy_days")),
        sa.CheckConstraint(
            "breaker_percent BETWEEN 1 AND 100 AND breaker_count >= 0", name=op.f("ck_dunning_policy_breaker")
        ),
        inside("dunning_policy", "client_id", "client"),
        inside("dunning_policy", "plan_id", "plan"),
    )
    mine = ("dunning_policy", ["business_id"], "client_id IS NULL AND plan_id IS NULL")
    some("uq_dunning_policy_business", *mine, unique=True)
    for name in ("client", "plan"):
        column = f"{name}_id"
        about = ("dunning_policy", ["business_id", column], f"{column} IS NOT NULL")
        some(f"uq_dunning_policy_{name}", *about, unique=True)

    tenant(
        "dunning_batch",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("active_count", sa.Integer(), nullable=False),
        id_("approved_by", needed=False),
        moment("approved_at"),
        moment("restored_at"),
        moment("created_at", needed=True),
    )
    op.create_index("uq_dunning_batch", "dunning_batch", ["business_id", "on_day"], unique=True)

    tenant(
        "dunning_cut",
        *(id_(f"{name}_id") for name in ("batch", "subscription", "client", "invoice", "step")),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        moment("created_at", needed=True),
        moment("done_at"),
        inside("dunning_cut", "batch_id", "dunning_batch"),
        inside("dunning_cut", "subscription_id", "subscription"),
        inside("dunning_cut", "client_id", "client"),
        inside("dunning_cut", "invoice_id", "invoice"),
        inside("dunning_cut", "step_id", "ladder_step"),
    )
    op.create_index("uq_dunning_cut", "dunning_cut", ["business_id", "batch_id", "subscription_id"], unique=True)
    op.create_index("ix_dunning_cut_subscription", "dunning_cut", ["business_id", "subscription_id", "id"])
    op.create_index("ix_dunning_cut_invoice", "dunning_cut", ["business_id", "invoice_id", "id"])

    tenant(
        "late_fee",
        *(id_(f"{name}_id") for name in ("invoice", "step", "fee_invoice")),
        moment("created_at", needed=True),
        inside("late_fee", "invoice_id", "invoice"),
        inside("late_fee", "step_id", "ladder_step"),
        inside("late_fee", "fee_invoice_id", "invoice"),
    )
    op.create_index("uq_late_fee", "late_fee", ["business_id", "invoice_id", "step_id"], unique=True)
    op.create_index("uq_late_fee_invoice", "late_fee", ["business_id", "fee_invoice_id"], unique=True)


def downgrade() -> None:
    op.drop_column("business", "enforces")
    for name in ("late_fee", "dunning_cut", "dunning_batch", "dunning_policy"):
        op.drop_table(name)
    op.drop_index("ix_hold_open_promise", table_name="hold")
    for name in ("judged_at", "outcome", "promised_by", "currency", "amount_minor"):
        op.drop_column("hold", name)
    op.drop_index("ix_reminder_postponed", table_name="reminder")
    op.drop_index("ix_ladder_step_plan", table_name="ladder_step")
    with op.batch_alter_table("ladder_step") as table:
        table.drop_constraint(op.f("ck_ladder_step_about"), type_="check")
        table.drop_constraint(op.f("fk_ladder_step_business_id_plan_id"), type_="foreignkey")
        for name in ("fee_taxed", "fee_most_minor", "fee_least_minor", "fee_minor", "fee_percent"):
            table.drop_column(name)
        for name in ("owed_minor", "currency", "plan_id"):
            table.drop_column(name)
