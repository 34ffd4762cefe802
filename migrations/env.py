"""Alembic's environment: the application's own engine and tables."""

from alembic import context
from flask import current_app

from app.database import Instant, Scaled

config = context.config
migrate = current_app.extensions["migrate"]


def plain_types(kind: str, item: object, _context: object) -> str | bool:
    """Revisions name the stored type, never a class of the application that may change later."""
    if kind == "type" and isinstance(item, Scaled):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def run_migrations_online() -> None:
    """Run against the configured database, each revision in one transaction."""
    engine = migrate.db.engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(writes=True)
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadata,
            render_item=plain_types,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database, not into a file.")
run_migrations_online()
