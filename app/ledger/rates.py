"""The table of exchange rates that staff keep. It only grows: a correction is another row for the same day."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from app.auth import audit
from app.auth.models import Business
from app.auth.rules import Actor
from app.database import new_id, transactional
from app.errors import Invalid
from app.extensions import db
from app.ledger import queries
from app.ledger.errors import StaleRate
from app.ledger.models import ExchangeRate


@transactional
def add_rate(actor: Actor, currency: str, valid_from: date, rate: Decimal, *, now: datetime) -> ExchangeRate:
    """Write down what one unit of `currency` is worth in the business's currency from a day on. Needs staff.

    Raises Invalid naming `currency` for that currency itself, `valid_from` when that day has a rate.
    """
    actor.require("staff")
    base = _base(actor.business_id)
    if currency == base:
        raise Invalid("currency", f"Your books are in {base} already. Choose another currency.")
    if queries.rate_of_day(actor.business_id, currency, base, valid_from) is not None:
        raise Invalid("valid_from", "That day has a rate already. Correct that one, or choose another day.")
    row = _write(actor, currency, base, valid_from, rate, now)
    facts = {"currency": currency, "base": base, "rate": f"{rate:f}", "valid_from": valid_from.isoformat()}
    audit.record(actor, "rate_added", "exchange_rate", row.id, now, facts=facts)
    return row


@transactional
def correct_rate(actor: Actor, rate_id: uuid.UUID, rate: Decimal, *, now: datetime) -> ExchangeRate:
    """Replace the rate of a day by a newer row; documents keep the rate they were given. Needs staff.

    Raises NotFound, and StaleRate with the row that stands when this one was corrected since it was read.
    """
    actor.require("staff")
    _base(actor.business_id)
    known = queries.get_rate(actor.business_id, rate_id)
    stands = queries.rate_of_day(actor.business_id, known.currency, known.base_currency, known.valid_from)
    if stands is None or stands.id != known.id:
        raise StaleRate(current=stands)
    if known.rate == rate:
        return known
    row = _write(actor, known.currency, known.base_currency, known.valid_from, rate, now)
    facts = {"currency": known.currency, "base": known.base_currency, "valid_from": known.valid_from.isoformat()}
    changes = {"rate": (f"{known.rate:f}", f"{rate:f}")}
    audit.record(actor, "rate_corrected", "exchange_rate", row.id, now, facts=facts, changes=changes)
    return row


def _base(business_id: uuid.UUID) -> str:
    """The currency of the books; whoever changes the table holds it, so that two people take turns."""
    query = select(Business.currency).where(Business.id == business_id).with_for_update()
    return db.session.execute(query).scalar_one()


def _write(actor: Actor, currency: str, base: str, valid_from: date, rate: Decimal, now: datetime) -> ExchangeRate:
    row = ExchangeRate(
        business_id=actor.business_id,
        id=new_id(),
        currency=currency,
        base_currency=base,
        valid_from=valid_from,
        rate=rate,
        created_by=actor.person_id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row
