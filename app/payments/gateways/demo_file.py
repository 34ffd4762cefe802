"""The file of the demo bank: SQLite, and a clock of its own, as a company elsewhere would have."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

NOW: Final = "(julianday('now') - 2440587.5) * 86400.0"
"""SQLite's present moment in Unix seconds."""


class DemoFile:
    """One table of the bank's books in the file at `path`, made when missing. Safe across threads and processes."""

    schema: ClassVar[tuple[str, ...]] = ()

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as connection:
            for statement in self.schema:
                connection.execute(statement)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
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
