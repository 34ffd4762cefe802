"""What was billed of one subscription, as its page lists it: its periods, and days that a change billed by itself."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select

from app.billing.models import (
    BilledDays,
    BilledPeriod,
    SubscriptionChange,
    SubscriptionChangeItem,
    SubscriptionItem,
)
from app.billing.queries.claims import periods_of
from app.billing.queries.subscriptions import Agreement
from app.billing.queries.waiting import Part, whole_on
from app.billing.rules import Period
from app.billing.rules.periods import Terms
from app.billing.rules.prorating import Share, part_share
from app.extensions import db
from app.invoices.models import Invoice, InvoiceLine

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """Days that were billed, or skipped for a `reason`; `share` is None for a whole period.

    `things` are what a change billed by itself, none for a period; `parts` what else stands on the bill of a period.
    `taken_back`: all of it was; `credited_from`: its days from then on were given back.
    """

    days: Period
    share: Share | None
    invoice: Invoice | None
    things: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    reason: str = ""
    taken_back: bool = False
    credited_from: date | None = None


def history(one: Agreement, limit: int = SHOWN) -> list[Entry]:
    """What was billed of a subscription, the latest days first."""
    claims = periods_of(one.row.business_id, one.row.id, limit)
    wholes = _Wholes([claim for claim, _ in claims], one.terms())
    parts = _carried(one, [claim.id for claim, _ in claims], wholes)
    made = [_of_period(claim, invoice, parts[claim.id]) for claim, invoice in claims]
    made += _apart(one, wholes, limit)
    return sorted(made, key=lambda entry: (entry.days.start, bool(entry.things)), reverse=True)[:limit]


class _Wholes:
    """The whole periods that days lie in: as they were claimed by then, else by the rhythm."""

    def __init__(self, claims: Sequence[BilledPeriod], terms: Terms) -> None:
        self._claims = sorted(claims, key=lambda claim: claim.created_at, reverse=True)
        self._terms = terms

    def share(self, days: Period, by: datetime) -> Share | None:
        """How many of how many days; None for a whole period, and for days of several."""
        for claim in self._claims:
            if claim.created_at <= by and claim.period_start <= days.start < claim.period_end:
                return part_share(days, Period(claim.whole_start, claim.whole_end))
        return part_share(days, whole_on(days.start, self._terms))


def _of_period(claim: BilledPeriod, invoice: Invoice | None, parts: Iterable[Part]) -> Entry:
    days = Period(claim.period_start, claim.period_end)
    share = part_share(days, Period(claim.whole_start, claim.whole_end))
    back = claim.reversed_at is not None
    credited = None if back else claim.credited_from
    return Entry(days, share, invoice, (), tuple(parts), claim.reason, back, credited)


def _carried(one: Agreement, claim_ids: Sequence[uuid.UUID], wholes: _Wholes) -> Mapping[uuid.UUID, list[Part]]:
    """{claim: days that waited for its bill} of some claims."""
    row, item, found = one.row, SubscriptionItem, defaultdict[uuid.UUID, list[Part]](list)
    of_item = and_(item.business_id == BilledDays.business_id, item.id == BilledDays.by_item_id)
    query = (
        select(item.billed_in, item.title, BilledDays.since, BilledDays.until, BilledDays.created_at)
        .join(item, of_item)
        .where(BilledDays.business_id == row.business_id, BilledDays.subscription_id == row.id)
        .where(item.billed_in.in_(claim_ids))
        .order_by(BilledDays.since, item.position, item.id)
    )
    for claim_id, title, since, until, noted in db.session.execute(query):
        days = Period(since, until)
        found[claim_id].append(Part(title, days, wholes.share(days, noted)))
    return found


def _apart(one: Agreement, wholes: _Wholes, limit: int) -> Iterator[Entry]:
    """The invoices that were made at once for days of a change."""
    lines: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for line in db.session.execute(_lines_apart(one, limit)):
        lines[line.Invoice.id].append(line)
    for mine in lines.values():
        rows: list[BilledDays] = [line.BilledDays for line in mine]
        days = Period(min(row.since for row in rows), max(row.until for row in rows))
        things = tuple(dict.fromkeys(_thing(line.quantity, line.title) for line in mine))
        invoice, share = mine[0].Invoice, wholes.share(days, max(row.created_at for row in rows))
        back = all(row.credited_from is not None and row.credited_from <= row.since for row in rows)
        # A set-up fee on it is owed also when its days are not.
        back = back and invoice.credited_minor == invoice.total_minor
        credited = None if back else min((row.credited_from for row in rows if row.credited_from), default=None)
        yield Entry(days, share, invoice, things, taken_back=back, credited_from=credited)


def _lines_apart(one: Agreement, limit: int) -> Any:
    """Days on lines of invoices of their own, with what they are of. An invoice that took the place of the one that a
    change made stands for the same days, also where its lines are others."""
    row, part, change = one.row, SubscriptionChangeItem, SubscriptionChange
    mine = (
        BilledDays.business_id == row.business_id,
        BilledDays.subscription_id == row.id,
        BilledDays.claim_id.is_(None),
        BilledDays.invoice_id.is_not(None),
    )
    latest = select(BilledDays.invoice_id).where(*mine).group_by(BilledDays.invoice_id)
    latest = latest.order_by(func.max(BilledDays.since).desc(), BilledDays.invoice_id.desc()).limit(limit)
    begun = (
        select(part.item_id, change.invoice_id)
        .join(change, and_(change.business_id == part.business_id, change.id == part.change_id))
        .where(part.business_id == row.business_id, change.subscription_id == row.id)
        .where(part.begins, change.invoice_id.is_not(None))
        .subquery()
    )
    on = func.coalesce(begun.c.invoice_id, BilledDays.invoice_id)
    return (
        select(BilledDays, SubscriptionItem.quantity, InvoiceLine.title, Invoice)
        .join(SubscriptionItem, _same(SubscriptionItem, BilledDays.item_id))
        .join(InvoiceLine, _same(InvoiceLine, BilledDays.line_id))
        .outerjoin(begun, begun.c.item_id == BilledDays.item_id)
        .join(Invoice, and_(Invoice.business_id == BilledDays.business_id, Invoice.id == on))
        .where(*mine, BilledDays.invoice_id.in_(latest))
        .order_by(BilledDays.since, InvoiceLine.position)
    )


def _same(model: Any, id: Any) -> Any:
    return and_(model.business_id == BilledDays.business_id, model.id == id)


def _thing(quantity: Decimal, title: str) -> str:
    return title if quantity == 1 else f"{quantity.normalize():f} × {title}"
