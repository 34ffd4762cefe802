"""Alembic's environment: the application's own engine and tables."""

from alembic import context
from flask import current_app
from sqlalchemy import text

from app.database import Instant, Scaled, turn

config = context.config
migrate = current_app.extensions["migrate"]
LOCK = 0x6475656C79  # any number will do, as long as it stays the same


def plain_types(kind: str, item: object, _context: object) -> str | bool:
    """Revisions name the stored type, never a class of the application that may change later."""
    if kind == "type" and isinstance(item, Scaled):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def run_migrations_online() -> None:
    """Run against the configured database, each revision in one transaction.

    Machines and processes that start at the same time take turns; the second finds everything done.
    """
    engine = migrate.db.engine
    with turn(engine), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(writes=True)
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadata,
            render_item=plain_types,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database, not into a file.")
run_migrations_online()
