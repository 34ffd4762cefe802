"""Billing runs and their entries."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from app.billing.models import BillingRun, RunEntry, Subscription
from app.billing.queries.run_sums import SHOWS
from app.clients.models import Client
from app.database import among
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.web.paging import Page, Walk, paginate

ENTRY = RunEntry.__table__.c
REVERSIBLE = ("posting", "posted", "reversing")
"""States of a run that sends in which it can still be reversed, or is just being."""
ODD_ONES = 50
"""Odd entries that are looked at together."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry with the names of its client and subscription and the number of its invoice."""

    entry: RunEntry
    client_name: str
    name: str
    number: str | None


def get_run(business_id: uuid.UUID, run_id: uuid.UUID) -> BillingRun:
    """One billing run. Raises NotFound."""
    run = db.session.get(BillingRun, (business_id, run_id))
    if run is None:
        raise NotFound
    return run


@dataclass(frozen=True, slots=True)
class RunFilters:
    """What a list of billing runs is narrowed to: a state, days they bill up to. The newest first, or the oldest."""

    state: str = ""
    as_of_from: date | None = None
    as_of_to: date | None = None
    oldest: bool = False


def list_runs(
    business_id: uuid.UUID, cursor: str | Walk | None = None, filters: RunFilters = RunFilters()
) -> Page[BillingRun]:
    """A page of billing runs."""
    query = select(BillingRun).where(BillingRun.business_id == business_id)
    if filters.state:
        query = query.where(BillingRun.state == filters.state)
    if filters.as_of_from is not None:
        query = query.where(BillingRun.as_of >= filters.as_of_from)
    if filters.as_of_to is not None:
        query = query.where(BillingRun.as_of <= filters.as_of_to)
    order = BillingRun.id if filters.oldest else BillingRun.id.desc()
    return paginate(query, (order,), cursor, scope=(business_id, *astuple(filters)))


def run_of_day(business_id: uuid.UUID, as_of: date) -> BillingRun | None:
    """The newest run of a day that was not thrown away or taken back."""
    query = select(BillingRun).where(
        BillingRun.business_id == business_id,
        BillingRun.as_of == as_of,
        BillingRun.state.not_in(("discarded", "reversing", "reversed")),
    )
    return db.session.scalar(query.order_by(BillingRun.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class EntryFilters:
    """What the entries of a run are narrowed to; `shown`: as what they count, one of SHOWN."""

    state: str = ""
    shown: str = ""
    odd: bool | None = None
    client_id: uuid.UUID | None = None


def list_entries(business_id: uuid.UUID, run_id: uuid.UUID, filters: EntryFilters, cursor: Walk) -> Page[Line]:
    """A page of the entries of a run, in the order in which they were planned."""
    query = select(RunEntry).where(RunEntry.business_id == business_id, RunEntry.run_id == run_id)
    if filters.state:
        query = query.where(RunEntry.state == filters.state)
    if filters.shown:
        query = query.where(SHOWS.in_((filters.shown,)))
    if filters.odd is not None:
        query = query.where(RunEntry.odd != "" if filters.odd else RunEntry.odd == "")
    if filters.client_id:
        query = query.where(RunEntry.client_id == filters.client_id)
    page: Page[RunEntry] = paginate(query, (RunEntry.id,), cursor, scope=(business_id, run_id, *astuple(filters)))
    return Page(named(business_id, page.items), page.next, page.previous, page.total)


def in_review(business_id: uuid.UUID) -> int:
    """How many runs wait for approval."""
    mine = (BillingRun.business_id == business_id, BillingRun.state == "review")
    return int(db.session.scalar(select(func.count()).where(*mine)) or 0)


def previous(business_id: uuid.UUID, run: BillingRun) -> BillingRun | None:
    """The run before one, of those that were not thrown away."""
    query = select(BillingRun).where(
        BillingRun.business_id == business_id, BillingRun.id < run.id, BillingRun.state != "discarded"
    )
    return db.session.scalar(query.order_by(BillingRun.id.desc()).limit(1))


def odd_ones(
    business_id: uuid.UUID, run_id: uuid.UUID, cursor: str | None = None, *, limit: int = ODD_ONES
) -> Page[Line]:
    """A page of the odd entries of a run, in the order in which they were planned."""
    query = select(RunEntry).where(RunEntry.business_id == business_id, RunEntry.run_id == run_id, RunEntry.odd != "")
    page: Page[RunEntry] = paginate(query, (RunEntry.id,), cursor, scope=(business_id, run_id, "odd"), limit=limit)
    return Page(named(business_id, page.items), page.next, page.previous)


def page_of_lines(
    business_id: uuid.UUID, run_id: uuid.UUID, shown: Sequence[str], cursor: str | None = None
) -> Page[RunEntry]:
    """A page of the entries that are shown as one of some words of SHOWN, in the order in which they were planned."""
    query = select(RunEntry).where(RunEntry.business_id == business_id, RunEntry.run_id == run_id, SHOWS.in_(shown))
    return paginate(query, (RunEntry.id,), cursor, scope=(business_id, run_id, *shown))


def named(business_id: uuid.UUID, entries: Sequence[RunEntry]) -> list[Line]:
    """Some entries with what a page says of them, in their order."""
    found = _lines(business_id, [RunEntry.id.in_([one.id for one in entries])], len(entries)) if entries else []
    by_id = {line.entry.id: line for line in found}
    return [by_id[one.id] for one in entries]


def entry_of(business_id: uuid.UUID, run_id: uuid.UUID, entry_id: uuid.UUID) -> RunEntry:
    """One entry of a run. Raises NotFound."""
    entry = db.session.get(RunEntry, (business_id, entry_id))
    if entry is None or entry.run_id != run_id:
        raise NotFound
    return entry


def after(business_id: uuid.UUID, run_id: uuid.UUID, entry_id: uuid.UUID | None, size: int) -> list[Line]:
    """The next entries of a run behind one, for an export."""
    behind = [RunEntry.id > entry_id] if entry_id else []
    return _lines(business_id, [RunEntry.run_id == run_id, *behind], size)


def _lines(business_id: uuid.UUID, where: Sequence[ColumnElement[bool]], limit: int) -> list[Line]:
    client = and_(Client.business_id == RunEntry.business_id, Client.id == RunEntry.client_id)
    subscription = and_(Subscription.business_id == RunEntry.business_id, Subscription.id == RunEntry.subscription_id)
    invoice = and_(Invoice.business_id == RunEntry.business_id, Invoice.id == RunEntry.invoice_id)
    query: Any = (
        select(RunEntry, Client.name, Subscription.name, Invoice.number)
        .join(Client, client)
        .join(Subscription, subscription)
        .outerjoin(Invoice, invoice)
        .where(RunEntry.business_id == business_id, *where)
        .order_by(RunEntry.id)
        .limit(limit)
    )
    return [Line(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]


def find_run(business_id: uuid.UUID, run_id: uuid.UUID) -> BillingRun | None:
    """One billing run, or None: one that had nothing to say is gone."""
    return db.session.get(BillingRun, (business_id, run_id), populate_existing=True)


def invoices_of(business_id: uuid.UUID, run_id: uuid.UUID) -> Iterator[Invoice]:
    """The invoices of a run in the order of their numbers, some at a time."""
    on_run = select(RunEntry.invoice_id).where(RunEntry.business_id == business_id, RunEntry.run_id == run_id)
    last = uuid.UUID(int=0)
    while True:
        mine = (Invoice.business_id == business_id, Invoice.id > last, Invoice.id.in_(on_run))
        found = list(db.session.scalars(select(Invoice).where(*mine).order_by(Invoice.id).limit(500)))
        if not found:
            return
        yield from found
        last = found[-1].id


def failed_of(business_id: uuid.UUID, run_id: uuid.UUID, limit: int = 500) -> list[Line]:
    """The entries of a run that could not be billed."""
    return _lines(business_id, [RunEntry.run_id == run_id, RunEntry.state == "failed"], limit)


def under_way(business_id: uuid.UUID) -> list[uuid.UUID]:
    """The runs that are being planned or posted, the oldest first."""
    states = BillingRun.state.in_(("planning", "approved", "posting"))
    query = select(BillingRun.id).where(BillingRun.business_id == business_id, states)
    return list(db.session.scalars(query.order_by(BillingRun.id)))


def not_charged_yet(business_id: uuid.UUID, invoice_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of some invoices whose run can still be reversed: their messages have not left, or it is being done."""
    if not invoice_ids:
        return set()
    run = and_(BillingRun.business_id == RunEntry.business_id, BillingRun.id == RunEntry.run_id)
    query = (
        select(RunEntry.invoice_id)
        .join(BillingRun, run)
        .where(RunEntry.business_id == business_id, RunEntry.invoice_id.in_(invoice_ids))
        .where(BillingRun.state.in_(REVERSIBLE), BillingRun.sends)
    )
    return {one for one in db.session.scalars(query) if one}


def waiting_periods(run: BillingRun, subscription_ids: Collection[uuid.UUID]) -> frozenset[tuple[uuid.UUID, date]]:
    """(subscription, first day) of what of some subscriptions waits in other runs that are still to be posted."""
    others = select(BillingRun.id).where(
        BillingRun.business_id == run.business_id,
        BillingRun.state.in_(("planning", "review", "approved", "posting")),
        BillingRun.id != run.id,
    )
    if not subscription_ids or not (run_ids := list(db.session.scalars(others))):
        return frozenset()
    query = select(ENTRY.subscription_id, ENTRY.period_start).where(
        ENTRY.business_id == run.business_id,
        ENTRY.run_id.in_(run_ids),
        among(ENTRY.subscription_id, subscription_ids),
        ENTRY.state == "planned",
    )
    return frozenset((row[0], row[1]) for row in db.session.execute(query))
