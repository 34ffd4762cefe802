"""Totals of days and months are kept while documents change, so that no page has to add up a million of them.

Every flush notes what the changed rows added and took away. What is left at the end of the transaction is written as
its last statement, in the order of the keys: rows are held for as long as a commit takes, and no two transactions wait
for each other. What was noted within a savepoint is forgotten when that is rolled back, and only that.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import delete, event, insert, inspect, literal, select, text
from sqlalchemy.orm import Session, SessionTransaction

from app.database import adding, transactional
from app.extensions import db
from app.ledger.models import PeriodTotal
from app.ledger.queries import recounted_totals, totals_sources
from app.ledger.rules import Share

NOTES, SAVED = "totals", "totals at savepoints"
KEY = ("business_id", "span", "kind", "currency", "day")
FIGURES = ("documents", "total_minor", "balance_minor")


def follow() -> None:
    """Keep the totals whenever a session writes (once per process)."""
    if not event.contains(db.session, "before_flush", _note):
        event.listen(db.session, "before_flush", _note)
        event.listen(db.session, "before_commit", _write)
        event.listen(db.session, "after_transaction_create", _remember)
        event.listen(db.session, "after_rollback", _forget)
        event.listen(db.session, "after_transaction_end", _let_go)


@transactional
def rebuild(business_id: uuid.UUID) -> None:
    """Add the totals of a business up again from its rows."""
    if db.engine.dialect.name == "postgresql":
        # Whoever has written waits to be counted, whoever will write waits until this is done.
        db.session.execute(text("LOCK TABLE period_total IN EXCLUSIVE MODE"))
    db.session.execute(delete(PeriodTotal).where(PeriodTotal.business_id == business_id))
    counted = recounted_totals().params(business_id=business_id).subquery()
    # Without a type of its own PostgreSQL would take the literal for text.
    rows = select(literal(business_id, PeriodTotal.business_id.type), *counted.c)
    db.session.execute(insert(PeriodTotal).from_select([*KEY, *FIGURES], rows))


def written(row: Any, documents: int) -> None:
    """Note that so many rows that count like this one were written past the session, in its open transaction.

    `row` itself is not stored.
    """
    shares = next((source.shares for source in totals_sources() if source.model is type(row)), None)
    if shares is not None:
        _add(_notes(db.session()), row.business_id, shares(row), documents)


class _Before:
    """A changed row as the database still has it."""

    def __init__(self, row: Any) -> None:
        self._row, self._state = row, inspect(row)

    def __getattr__(self, name: str) -> Any:
        history = self._state.attrs[name].history
        if history.added and not history.deleted:
            raise RuntimeError(f"{name} was changed before it was read, so what it was cannot be taken away")
        return history.deleted[0] if history.deleted else getattr(self._row, name)


def _note(session: Session, *_: Any) -> None:
    """Before a flush: what the rows about to be written add and take away."""
    shares: dict[type[Any], Callable[[Any], Iterable[Share]]] = {
        source.model: source.shares for source in totals_sources()
    }
    if not shares:
        return
    notes = _notes(session)
    for row in session.new:
        if type(row) in shares:
            _add(notes, row.business_id, shares[type(row)](row), 1)
    for row in session.dirty:
        if type(row) in shares and session.is_modified(row):
            _add(notes, row.business_id, shares[type(row)](_Before(row)), -1)
            _add(notes, row.business_id, shares[type(row)](row), 1)
    for row in session.deleted:
        if type(row) in shares:
            _add(notes, row.business_id, shares[type(row)](_Before(row)), -1)


def _notes(session: Session) -> dict[Any, list[int]]:
    notes: dict[Any, list[int]] = session.info.setdefault(NOTES, defaultdict(lambda: [0, 0, 0]))
    return notes


def _add(notes: dict[Any, list[int]], business_id: uuid.UUID, shares: Iterable[Share], times: int) -> None:
    for share in shares:
        for span, day in (("day", share.day), ("month", share.day.replace(day=1))):
            note = notes[business_id, span, share.kind, share.currency, day]
            for place, figure in enumerate((1, share.total_minor, share.balance_minor)):
                note[place] += times * figure


def _write(session: Session) -> None:
    """Before a commit: change the totals by what was noted."""
    session.flush()
    notes = session.info.pop(NOTES, {})
    changed = sorted((key, figures) for key, figures in notes.items() if any(figures))
    if not changed:
        return
    rows = [dict(zip(KEY + FIGURES, (*key, *figures), strict=True)) for key, figures in changed]
    session.execute(adding(PeriodTotal, *FIGURES), rows)


def _remember(session: Session, transaction: SessionTransaction) -> None:
    """At a savepoint, before which everything was flushed: what was noted until then."""
    if transaction.nested:
        until_then = {key: list(figures) for key, figures in session.info.get(NOTES, {}).items()}
        session.info.setdefault(SAVED, {})[transaction] = until_then


def _forget(session: Session) -> None:
    """After a rollback: what was noted since the savepoint that was rolled back to, or all of it."""
    savepoint = session.get_nested_transaction()
    until_then = session.info.get(SAVED, {}).get(savepoint, {}) if savepoint else {}
    session.info.pop(NOTES, None)
    if until_then:
        _notes(session).update(until_then)


def _let_go(session: Session, transaction: SessionTransaction) -> None:
    """A savepoint is over: what stood at it is of no use any more."""
    session.info.get(SAVED, {}).pop(transaction, None)
