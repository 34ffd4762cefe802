"""Which days of which thing stand on which line of an invoice: as it was noted, or as the lines were made."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select

from app.billing.models import BilledDays, BilledPeriod, SubscriptionItem
from app.billing.queries.subscriptions import Agreement
from app.billing.rules import Period
from app.billing.rules.changing import Paid
from app.errors import Conflict
from app.extensions import db
from app.invoices.models import Invoice, Revision
from app.invoices.queries import contents
from app.invoices.queries.creditable import CreditableLine, creditable_lines
from app.invoices.queries.replacing import replaced_by


class LinesUnknown(Conflict):
    """It cannot be told which line of an invoice stands for what. Credit it by hand, and choose no credit here."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line that days of a thing stand on; without days it was paid once."""

    row_id: uuid.UUID | None
    noted: bool
    item_id: uuid.UUID
    claim_id: uuid.UUID | None
    days: Period | None
    upto: date
    line_id: uuid.UUID


def live_claims(business_id: uuid.UUID, subscription_id: uuid.UUID, after: date) -> list[BilledPeriod]:
    """The claimed periods of a subscription that reach beyond a day, in order."""
    end = func.coalesce(BilledPeriod.credited_from, BilledPeriod.period_end)
    query = (
        select(BilledPeriod)
        .where(
            BilledPeriod.business_id == business_id,
            BilledPeriod.subscription_id == subscription_id,
            BilledPeriod.reversed_at.is_(None),
            end > after,
        )
        .order_by(BilledPeriod.period_start)
    )
    return list(db.session.scalars(query))


def paid_after(business_id: uuid.UUID, subscription_id: uuid.UUID, on: date) -> list[Paid]:
    """What stands on invoices for days of a subscription from `on` on, and was not given back.

    Invoices that are void or written off were not paid for, so nothing of them can be given back. Raises LinesUnknown.
    """
    claims = [one.invoice_id for one in live_claims(business_id, subscription_id, on) if one.invoice_id]
    until = func.coalesce(BilledDays.credited_from, BilledDays.until)
    apart = select(BilledDays.invoice_id).where(
        BilledDays.business_id == business_id, BilledDays.subscription_id == subscription_id, until > on
    )
    found: list[Paid] = []
    for invoice_id in dict.fromkeys([*claims, *filter(None, db.session.scalars(apart))]):
        invoice = db.session.get(Invoice, (business_id, invoice_id))
        if invoice is None:
            continue
        _known(business_id, invoice_id)
        lines = creditable_lines(business_id, invoice_id)
        by_id = {line.id: line for line in lines}
        for place in _places(business_id, subscription_id, invoice_id, lines):
            if place.days is not None:
                found.append(_paid(place, place.days, invoice, by_id[place.line_id]))
    return found


def _known(business_id: uuid.UUID, invoice_id: uuid.UUID) -> None:
    """An invoice in the place of another has the lines of that one, by their titles, for the same client in the same
    currency; what is told of one that was replaced is not known any more. Raises LinesUnknown."""
    if replaced_by(business_id, [invoice_id]):
        raise LinesUnknown
    while (revision := db.session.get(Revision, (business_id, invoice_id))) is not None:
        if _look(business_id, invoice_id) != _look(business_id, revision.revised_id):
            raise LinesUnknown
        invoice_id = revision.revised_id


def _look(business_id: uuid.UUID, invoice_id: uuid.UUID) -> tuple[object, ...]:
    invoice = db.session.get_one(Invoice, (business_id, invoice_id))
    titles = [line.title for line in contents(business_id, invoice_id).lines]
    return invoice.client_id, invoice.currency, titles


def _paid(place: Place, days: Period, invoice: Invoice, line: CreditableLine) -> Paid:
    return Paid(
        id=place.row_id,
        noted=place.noted,
        item_id=place.item_id,
        claim_id=place.claim_id,
        days=days,
        upto=place.upto,
        invoice_id=invoice.id,
        line_id=line.id,
        number=invoice.number or "",
        title=line.title,
        currency=invoice.currency,
        total_minor=line.figures.total_minor,
        left_minor=line.left_minor if invoice.status == "open" else 0,
        taxed=line.figures.tax_minor != 0,
    )


def _places(
    business_id: uuid.UUID, subscription_id: uuid.UUID, invoice_id: uuid.UUID, lines: Sequence[CreditableLine]
) -> Iterator[Place]:
    """The lines of an invoice that are of one subscription."""
    noted = list(
        db.session.scalars(
            select(BilledDays).where(BilledDays.business_id == business_id, BilledDays.invoice_id == invoice_id)
        )
    )
    for row in noted:
        if row.subscription_id == subscription_id and row.line_id is not None:
            upto = row.credited_from or row.until
            yield Place(row.id, True, row.item_id, row.claim_id, Period(row.since, row.until), upto, row.line_id)
    opened, taken = {row.claim_id for row in noted}, {row.line_id for row in noted}
    yield from _as_made(business_id, subscription_id, invoice_id, opened, [one for one in lines if one.id not in taken])


def _as_made(
    business_id: uuid.UUID,
    subscription_id: uuid.UUID,
    invoice_id: uuid.UUID,
    opened: set[uuid.UUID | None],
    lines: Sequence[CreditableLine],
) -> Iterator[Place]:
    """The same of periods nobody changed since they were billed: their lines stand in the order they were made in."""
    query = select(BilledPeriod).where(BilledPeriod.business_id == business_id, BilledPeriod.invoice_id == invoice_id)
    claims = sorted(db.session.scalars(query), key=lambda one: (one.subscription_id, one.period_start))
    ids = {one.subscription_id for one in claims}
    items, waited = _items(business_id, ids), waited_days(business_id, ids)
    made = [
        (claim, item, days)
        for claim in claims
        for item, days in _charged(items[claim.subscription_id], claim)
        if claim.id not in opened or (days is None and item.id not in waited)
    ]
    mine = [claim.id for claim in claims if claim.subscription_id == subscription_id and claim.id not in opened]
    if not mine:
        return
    if len(made) != len(lines):
        raise LinesUnknown
    for (claim, item, days), line in zip(made, lines, strict=True):
        if claim.id in mine:
            row = waited.get(item.id)
            if row is not None:
                days = Period(row.since, row.until)
            of = row.item_id if row else item.id
            yield Place(row and row.id, False, of, claim.id, days, days.end if days else claim.period_end, line.id)


def waited_days(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, BilledDays]:
    """{what is paid once: the days of another thing that it bills} of some subscriptions."""
    query = select(BilledDays).where(
        BilledDays.business_id == business_id,
        BilledDays.subscription_id.in_(ids),
        BilledDays.by_item_id.is_not(None),
    )
    return {row.by_item_id: row for row in db.session.scalars(query) if row.by_item_id is not None}


def with_waiting(one: Agreement) -> Agreement:
    """The same, with what its things that are paid once stand for."""
    waited = waited_days(one.row.business_id, [one.row.id])
    items = (
        replace(item, stands_for=(row.item_id, Period(row.since, row.until))) if (row := waited.get(item.id)) else item
        for item in one.items
    )
    return replace(one, items=tuple(items))


def _items(business_id: uuid.UUID, ids: set[uuid.UUID]) -> dict[uuid.UUID, list[SubscriptionItem]]:
    query = (
        select(SubscriptionItem)
        .where(SubscriptionItem.business_id == business_id, SubscriptionItem.subscription_id.in_(ids))
        .order_by(SubscriptionItem.position, SubscriptionItem.since, SubscriptionItem.id)
    )
    found: dict[uuid.UUID, list[SubscriptionItem]] = defaultdict(list)
    for row in db.session.scalars(query):
        found[row.subscription_id].append(row)
    return found


def _charged(
    items: Sequence[SubscriptionItem], claim: BilledPeriod
) -> Iterator[tuple[SubscriptionItem, Period | None]]:
    """What stood on the lines of a period: `rules.charging.charges` says the same."""
    for item in items:
        if item.created_at > claim.created_at:
            continue
        start, end = max(item.since, claim.period_start), min(item.until or claim.period_end, claim.period_end)
        if item.once and item.billed_in == claim.id:
            yield item, None
        elif not item.once and start < end:
            yield item, Period(start, end)
