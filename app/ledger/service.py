"""Posting: part of the transaction that caused it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import insert

from app.database import new_id, transactional
from app.extensions import db
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.rules import Line, balanced

_ENTRY, _SIDES = insert(JournalEntry.__table__), insert(JournalLine.__table__)  # type: ignore[arg-type]


@transactional
def post(
    business_id: uuid.UUID,
    kind: str,
    source_kind: str,
    source_id: uuid.UUID,
    on_date: date,
    now: datetime,
    lines: Sequence[Line],
    memo: str = "",
) -> uuid.UUID | None:
    """Post one balanced entry; its cause may post each kind once. Returns the entry's id, None when all is zero.

    Raises Unbalanced, and IntegrityError when the same cause posts the same kind twice.
    """
    rows = balanced(lines)
    if not rows:
        return None
    entry_id = new_id()
    entry = {
        "business_id": business_id,
        "id": entry_id,
        "kind": kind,
        "source_kind": source_kind,
        "source_id": source_id,
        "on_date": on_date,
        "at": now,
        "memo": memo,
    }
    sides = [
        {
            "business_id": business_id,
            "id": new_id(),
            "entry_id": entry_id,
            "account": row.account,
            "currency": row.money.currency,
            "amount_minor": row.money.minor,
            "client_id": row.client_id,
            "invoice_id": row.invoice_id,
            "base_currency": row.base.currency if row.base else None,
            "base_minor": row.base.minor if row.base else None,
        }
        for row in rows
    ]
    # Rows that nobody changes need no objects: the session would keep watch over each of them.
    db.session.execute(_ENTRY, entry)
    db.session.execute(_SIDES, sides)
    return entry_id
