"""What of a client's payments and credit notes is left, one by one."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, literal, select, union_all

from app.extensions import db
from app.invoices.models import CreditNote
from app.invoices.queries.paid import CREDIT_NOTE
from app.payments.models import Payment
from app.statements import built


class Left(NamedTuple):
    """What of a payment or a credit note is not used yet, in minor units."""

    kind: str
    id: uuid.UUID
    on: date
    reference: str
    currency: str
    minor: int


def _left_of(model: Any, kind: str, on: Any, reference: Any) -> Select[Any]:
    mine = (model.business_id == bindparam("business_id"), model.client_id == bindparam("client_id"))
    shown = (literal(kind), model.id, on, reference, model.currency, model.unallocated_minor)
    return select(*shown).where(*mine, model.unallocated_minor > 0)


_SOURCES = built(
    union_all(
        _left_of(Payment, "payment", Payment.received_on, Payment.reference),
        _left_of(CreditNote, CREDIT_NOTE, CreditNote.issue_date, CreditNote.number),
    )
)


def credit_of(business_id: uuid.UUID, client_id: uuid.UUID) -> list[Left]:
    """Payments, then credit notes, of which a client has something left, the oldest first: as they are used."""
    rows = db.session.execute(_SOURCES, {"business_id": business_id, "client_id": client_id})
    return sorted((Left(*row) for row in rows), key=lambda one: (one.kind == CREDIT_NOTE, one.id))
