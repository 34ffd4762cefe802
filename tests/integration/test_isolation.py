"""Each test begins with the newest schema and without a row, on both engines."""

from __future__ import annotations

import sqlalchemy
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory

from tests.support.databases import ROOT, migrate


def head() -> str:
    config = AlembicConfig()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def look(url: str) -> tuple[str, str, dict[str, int]]:
    """The engine's name, the schema version, and the tables that hold rows."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        names = sqlalchemy.inspect(connection).get_table_names()
        counts = {name: connection.scalar(sqlalchemy.text(f'SELECT count(*) FROM "{name}"')) for name in names}
        version = connection.scalar(sqlalchemy.text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    counts.pop("alembic_version")
    return engine.dialect.name, version, {name: count for name, count in counts.items() if count}


def test_the_database_is_migrated_and_empty(database_url, engine_name):
    assert look(database_url) == (engine_name, head(), {})


def test_the_migrations_build_the_same_tables_from_nothing(blank_database, database_url, tmp_path):
    url = blank_database()
    migrate(url, tmp_path / "other")
    tables = []
    for address in (url, database_url):
        engine = sqlalchemy.create_engine(address)
        tables.append(sorted(sqlalchemy.inspect(engine).get_table_names()))
        engine.dispose()
    assert tables[0] == tables[1]


def test_the_application_answers_over_it(client):
    assert client.get("/health/").status_code == 200
