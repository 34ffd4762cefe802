"""The claims of a billing run: written before anything is made of a period, and noted on what they belong to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from app import bulk
from app.auth.rules import Actor
from app.auth.trails import trail
from app.billing.models import BilledPeriod, BillingRun, RunEntry, Subscription, SubscriptionItem
from app.billing.queries import Agreement
from app.billing.rules import Billed, Span
from app.billing.rules.due import first_open
from app.billing.service.billing import NOTHING
from app.billing.service.reckoning import Reckoned
from app.database import new_id
from app.extensions import db
from app.invoices.values import Issued

CLAIM: Any = BilledPeriod.__table__


@dataclass(slots=True)
class Part:
    """An entry that is being posted, with the period it stands for and the claim on that."""

    entry: RunEntry
    one: Agreement
    billed: Billed
    reckoned: Reckoned
    once: tuple[uuid.UUID, ...]
    claim: uuid.UUID = field(default_factory=new_id)


def claim(run: BillingRun, parts: Sequence[Part], now: datetime) -> set[uuid.UUID]:
    """Claim the periods. Returns the claims that are ours; of a period that somebody has there is none."""
    rows = [
        {
            "business_id": run.business_id,
            "id": part.claim,
            "subscription_id": part.entry.subscription_id,
            "period_start": part.billed.period.start,
            "period_end": part.billed.period.end,
            "whole_start": part.billed.of.start,
            "whole_end": part.billed.of.end,
            "bill_on": part.billed.bill_on,
            "state": "billed" if part.entry.does == "bill" else "skipped",
            "reason": "" if part.entry.does == "bill" else (part.entry.words or NOTHING)[:200],
            "run_id": run.id,
            "total_minor": part.reckoned.total_minor if part.entry.does == "bill" else None,
            "created_at": now,
        }
        for part in parts
    ]
    return set(db.session.scalars(_claiming(db.engine.dialect.name), rows)) if rows else set()


@cache
def _claiming(dialect: str) -> Any:
    """An INSERT that leaves out what somebody has claimed already, and says whose claims stand."""
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(CLAIM).on_conflict_do_nothing().returning(CLAIM.c.id)


def note_invoices(run: BillingRun, billed: Sequence[tuple[Part, Issued]], now: datetime) -> None:
    """Write on the claims which invoice they stand on, on what is paid once that it was, and tell the subscriptions."""
    if not billed:
        return
    mine = (CLAIM.c.business_id == run.business_id, CLAIM.c.id == bindparam("claim"))
    db.session.execute(
        update(CLAIM).where(*mine).values(invoice_id=bindparam("invoice")),
        [{"claim": part.claim, "invoice": invoice.id} for part, invoice in billed],
    )
    for part, _invoice in billed:
        if part.once:
            item = (SubscriptionItem.business_id == run.business_id, SubscriptionItem.id.in_(part.once))
            db.session.execute(update(SubscriptionItem).where(*item).values(billed_in=part.claim))
    events = trail(Actor.system(run.business_id), now)
    for part, invoice in billed:
        facts = {"period_start": str(part.billed.period.start), "invoice_id": str(invoice.id)}
        facts |= {"number": invoice.number, "run_id": str(run.id)}
        about = ("billed", "subscription", part.entry.subscription_id.hex, part.entry.client_id.hex)
        events.add((new_id().hex, *about, json.dumps(facts)))
    bulk.write([events])


def go_on(run: BillingRun, found: Sequence[Agreement], parts: Sequence[Part]) -> None:
    """Store on which day the next period of each subscription is billed."""
    done: dict[uuid.UUID, list[Span]] = {}
    for part in parts:
        if part.entry.state in ("posted", "skipped"):
            period = part.billed.period
            done.setdefault(part.entry.subscription_id, []).append(Span(period.start, period.end))
    rows = [
        {
            "which": one.row.id,
            "next": first_open(
                one.terms(),
                (*one.claimed, *done[one.row.id]),
                one.row.next_bill_on or run.as_of,
                run.as_of,
                complete=bool(one.claimed),
            ),
        }
        for one in found
        if one.row.id in done
    ]
    table = Subscription.__table__
    mine = (table.c.business_id == run.business_id, table.c.id == bindparam("which"))
    if rows:
        db.session.execute(update(table).where(*mine).values(next_bill_on=bindparam("next")), rows)
