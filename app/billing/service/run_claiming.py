"""The claims of a billing run: written before anything is made of a period, and noted on what they belong to."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, column, func, update
from sqlalchemy.dialects.postgresql import ARRAY

from app import bulk
from app.auth.rules import Actor
from app.auth.trails import tell, trail
from app.billing import queries
from app.billing.models import BilledPeriod, BillingRun, RunEntry, Subscription, SubscriptionItem
from app.billing.queries import Agreement
from app.billing.rules import Billed, Span
from app.billing.rules.runs import NEVER
from app.billing.service.billing import NOTHING
from app.billing.service.reckoning import Reckoned
from app.database import new_id
from app.extensions import db
from app.invoices.values import Issued


class Outcome(NamedTuple):
    """What became of an entry, why where it was not billed, and on which invoice it stands."""

    state: str
    problem: str = ""
    invoice_id: uuid.UUID | None = None


@dataclass(slots=True)
class Part:
    """An entry that is being posted, with the period it stands for and the claim on that."""

    entry: Row[Any]
    one: Agreement
    billed: Billed
    reckoned: Reckoned
    once: tuple[uuid.UUID, ...]
    claim: uuid.UUID = field(default_factory=new_id)


def claim(run: BillingRun, parts: Sequence[Part], now: datetime) -> None:
    """Claim periods whose subscriptions are held. Raises IntegrityError where somebody claimed one all the same."""
    columns = ("id", "subscription_id", "period_start", "period_end", "whole_start", "whole_end", "bill_on", "state",
               "reason", "total_minor")  # fmt: skip
    sheet = bulk.Sheet(BilledPeriod, columns, run.business_id, run_id=run.id, created_at=now)
    for part in parts:
        period, of, bills = part.billed.period, part.billed.of, part.entry.does == "bill"
        days = (one.isoformat() for one in (period.start, period.end, of.start, of.end, part.billed.bill_on))
        said = ("billed", "") if bills else ("skipped", why_skipped(part.entry)[:200])
        total = part.reckoned.total_minor if bills else None
        sheet.add((part.claim.hex, part.entry.subscription_id.hex, *days, *said, total))
    bulk.write((sheet,))


def why_skipped(entry: Any) -> str:
    """The reason that a period which is not billed is claimed with."""
    return NEVER if entry.decision == "skip" else entry.words or NOTHING


def note_invoices(run: BillingRun, billed: Sequence[tuple[Part, Issued]], now: datetime) -> None:
    """Write on the claims which invoice they stand on, on what is paid once that it was, and tell the subscriptions."""
    change(BilledPeriod, run.business_id, {part.claim: {"invoice_id": one.id} for part, one in billed})
    once = {item: {"billed_in": part.claim} for part, _ in billed for item in part.once}
    change(SubscriptionItem, run.business_id, once)
    system = Actor.system(run.business_id)
    events = trail(system, now)
    for part, invoice in billed:
        facts = {"period_start": str(part.billed.period.start), "invoice_id": str(invoice.id)}
        facts |= {"number": invoice.number, "run_id": str(run.id)}
        about = ("billed", "subscription", part.entry.subscription_id.hex, part.entry.client_id.hex)
        events.add((new_id().hex, *about, json.dumps(facts)))
    bulk.write((events,))
    tell(events, system, now)


def note_entries(run: BillingRun, outcomes: Mapping[uuid.UUID, Outcome]) -> None:
    """Write down what became of entries."""
    change(RunEntry, run.business_id, {id: outcome._asdict() for id, outcome in outcomes.items()})


def go_on(run: BillingRun, found: Sequence[Agreement], taken: Sequence[Part]) -> None:
    """Store on which day the next period of each subscription is billed, of which some were taken now."""
    done: dict[uuid.UUID, list[Span]] = {}
    for part in taken:
        period = part.billed.period
        done.setdefault(part.entry.subscription_id, []).append(Span(period.start, period.end))
    days = {
        one.row.id: {"next_bill_on": queries.due.next_day(one, done[one.row.id], run.as_of)}
        for one in found
        if one.row.id in done
    }
    change(Subscription, run.business_id, days)


def change(model: Any, business_id: uuid.UUID, rows: Mapping[uuid.UUID, Mapping[str, Any]]) -> None:
    """Give rows of a business the values of theirs, {id: {column: value}}, all with the same columns."""
    if not rows:
        return
    names = tuple(next(iter(rows.values())))
    if db.engine.dialect.name == "postgresql":
        lists = {name: [row[name] for row in rows.values()] for name in names}
        db.session.execute(_at_once(model, names), {"whose": business_id, "ids": list(rows), **lists})
    else:
        each = [{"which": id, **{f"new_{name}": row[name] for name in names}} for id, row in rows.items()]
        db.session.execute(_one_by_one(model, names), [one | {"whose": business_id} for one in each])


@cache
def _at_once(model: Any, names: tuple[str, ...]) -> Any:
    """One statement whatever their number: a thousand small ones take the driver longer than the database."""
    table = model.__table__
    given = [bindparam("ids", type_=ARRAY(table.c.id.type))]
    given += [bindparam(name, type_=ARRAY(table.c[name].type)) for name in names]
    new = func.unnest(*given).table_valued(column("id", table.c.id.type), *(column(n, table.c[n].type) for n in names))
    new = new.render_derived(name="new")
    mine = (table.c.business_id == bindparam("whose"), table.c.id == new.c.id)
    return update(table).where(*mine).values({name: new.c[name] for name in names})


@cache
def _one_by_one(model: Any, names: tuple[str, ...]) -> Any:
    table = model.__table__
    mine = (table.c.business_id == bindparam("whose"), table.c.id == bindparam("which"))
    return update(table).where(*mine).values({name: bindparam(f"new_{name}") for name in names})
