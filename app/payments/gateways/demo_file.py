"""The file of the demo bank: SQLite, and a clock of its own, as a company elsewhere would have."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

NOW: Final = "(julianday('now') - 2440587.5) * 86400.0"
"""SQLite's present moment in Unix seconds."""


class DemoFile:
    """Tables of the bank's books in the file at `path`, made when they are used first. Safe across threads and
    processes."""

    schema: ClassVar[tuple[str, ...]] = ()

    def __init__(self, path: Path | str) -> None:
        self._path, self._ready = Path(path), False

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if not self._ready:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            if not self._ready:
                for statement in self.schema:
                    connection.execute(statement)
                self._ready = True
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that nobody else writes during."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
