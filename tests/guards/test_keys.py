"""Deleting a row never reads a whole table: what points to it is found by an index."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint

from app import rooms
from app.extensions import db

# Rows of these are never deleted, so nobody looks for what points to them.
KEPT = ("business", "person", "item", "tax", "client", "payment", "ladder_step")


def indexes(table: Table) -> Iterator[list[str]]:
    """The columns of every index of a table, those of its keys included."""
    yield [column.name for column in table.primary_key.columns]
    for index in table.indexes:
        yield [column.name for column in index.columns]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield [column.name for column in constraint.columns]


def served(table: Table, key: ForeignKeyConstraint) -> bool:
    """Whether an index begins with the columns of a key, in whatever order."""
    columns = {column.name for column in key.columns}
    return any(set(names[: len(columns)]) == columns for names in indexes(table))


def test_what_points_to_a_row_that_can_be_deleted_is_found_by_an_index():
    assert rooms.MODELS
    unserved = [
        f"{table.name} {[column.name for column in key.columns]} -> {key.referred_table.name}"
        for table in db.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if key.referred_table.name not in KEPT and not served(table, key)
    ]
    assert unserved == []
