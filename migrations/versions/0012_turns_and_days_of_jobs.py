"""Jobs are taken in turns, tell how far they are and why they wait; a business has an hour at which its day's work is
done."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WAITING = "state IN ('ready', 'rung', 'running')"
TABLES = ("job", "system_job")


def partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=False, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    op.add_column("business", sa.Column("send_hour", sa.Integer(), nullable=False, server_default="9"))
    for table in TABLES:
        op.add_column(table, sa.Column("put_offs", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(table, sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        op.add_column(table, sa.Column("progress_done", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column("progress_total", sa.Integer(), nullable=True))
        op.add_column(table, sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("job", sa.Column("for_date", sa.Date(), nullable=True))
    op.drop_index("ix_job_waiting", table_name="job")
    partial("ix_job_waiting", "job", ["business_id", "due_at", "id"], WAITING)
    op.drop_index("ix_job_due", table_name="job")
    op.create_index("ix_job_due", "job", ["state", "due_at", "business_id"], unique=False)
    partial("ix_job_given_up", "job", ["business_id", "id"], "state = 'parked'")
    partial("ix_job_daily", "job", ["business_id", "task", "for_date"], "for_date IS NOT NULL")
    partial("ix_system_job_waiting", "system_job", ["due_at", "id"], WAITING)


def downgrade() -> None:
    op.drop_index("ix_system_job_waiting", table_name="system_job")
    for name in ("ix_job_daily", "ix_job_given_up", "ix_job_due", "ix_job_waiting"):
        op.drop_index(name, table_name="job")
    partial("ix_job_waiting", "job", ["business_id", "due_at"], WAITING)
    op.create_index("ix_job_due", "job", ["state", "due_at"], unique=False)
    op.drop_column("job", "for_date")
    for table in TABLES:
        for column in ("first_due_at", "progress_total", "progress_done", "reason", "put_offs"):
            op.drop_column(table, column)
    # What a person put aside was done with; the program before knows no other word for it.
    op.execute(sa.text("UPDATE job SET state = 'done' WHERE state = 'dropped'"))
    op.drop_column("business", "send_hour")
