"""Subscriptions with their states, a page of them or one, each in one statement."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from app.billing.models import (
    BilledPeriod,
    ServiceRecord,
    Subscription,
    SubscriptionItem,
    SubscriptionItemTax,
    SubscriptionPause,
    SubscriptionTurn,
)
from app.billing.rules import Cycle
from app.billing.rules.states import Facts, State, state
from app.clients.models import Client
from app.errors import NotFound
from app.extensions import db
from app.folding import words
from app.invoices.models import Invoice
from app.web.paging import Page, Walk, paginate

_NEVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class ListFilters:
    """What a list of subscriptions is narrowed to.

    `bills_by`: those with a period to bill by that day. `updated_since`: those that somebody changed or switched at
    that moment or later. `sort` is one of SORTS.
    """

    text: str = ""
    client_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = None
    router_id: uuid.UUID | None = None
    state: str = ""
    currency: str = ""
    starts_from: date | None = None
    starts_to: date | None = None
    bills_by: date | None = None
    updated_since: datetime | None = None
    sort: str = "-created_at"


class Listed(NamedTuple):
    """A subscription, whose it is, its state, and how long its periods are now."""

    row: Subscription
    client_name: str
    state: State
    cycle: Cycle


_BILLS = func.coalesce(Subscription.next_bill_on, _NEVER, type_=Subscription.next_bill_on.type)
SORTS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "-created_at": (Subscription.id.desc(),),
    "created_at": (Subscription.id,),  # type: ignore[dict-item]
    "next_bill_on": (_BILLS, Subscription.id),  # type: ignore[dict-item]
    "updated_at": (Subscription.updated_at, Subscription.id),  # type: ignore[dict-item]
}


def list_with_states(business_id: uuid.UUID, filters: ListFilters, today: date, walk: Walk) -> Page[Listed]:
    """A page of subscriptions."""
    query = _with_facts(business_id, today).where(*_narrowed(filters, today))
    page = paginate(query, SORTS[filters.sort], walk, scope=(business_id, "listed", *astuple(filters)))
    return Page([_listed(row, today) for row in page.items], page.next, page.previous, page.total)


def one_with_state(business_id: uuid.UUID, subscription_id: uuid.UUID, today: date) -> Listed:
    """One subscription. Raises NotFound."""
    query = _with_facts(business_id, today).where(Subscription.id == subscription_id)
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    return _listed(row, today)


class Thing(NamedTuple):
    """Something of a subscription, with the taxes that are its own."""

    row: SubscriptionItem
    tax_ids: list[uuid.UUID]


def things_of(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Thing]]:
    """{subscription: what it is made of, in its order}, without what ended before it began."""
    item, tax = SubscriptionItem, SubscriptionItemTax
    mine = (item.business_id == business_id, item.subscription_id.in_(ids))
    lasting = or_(item.until.is_(None), item.until > item.since)
    rows = list(db.session.scalars(select(item).where(*mine, lasting).order_by(item.position, item.since, item.id)))
    taxes: dict[uuid.UUID, list[uuid.UUID]] = {row.id: [] for row in rows}
    of_items = select(tax.item_id, tax.tax_id).where(tax.business_id == business_id, tax.item_id.in_(taxes))
    for item_id, tax_id in db.session.execute(of_items.order_by(tax.position)):
        taxes[item_id].append(tax_id)
    found: dict[uuid.UUID, list[Thing]] = {id: [] for id in ids}
    for row in rows:
        found[row.subscription_id].append(Thing(row, taxes[row.id]))
    return found


def _with_facts(business_id: uuid.UUID, today: date) -> Select[Any]:
    client = and_(Client.business_id == Subscription.business_id, Client.id == Subscription.client_id)
    facts = [_paused(today).label("paused"), _overdue(today).label("overdue")]
    facts += [_turned(column, today) for column in (SubscriptionTurn.cycle_unit, SubscriptionTurn.cycle_count)]
    query: Select[Any] = select(Subscription, Client.name, *facts).join(Client, client)
    return query.where(Subscription.business_id == business_id)


def _listed(row: Any, today: date) -> Listed:
    one: Subscription = row[0]
    ends_on = min(filter(None, (one.ends_on, one.cancelled_on)), default=None)
    cancelled = one.cancelled_on is not None and one.cancelled_on == ends_on
    facts = Facts(one.trial_until, ends_on, cancelled, bool(row[2]), one.suspended_at is not None, bool(row[3]))
    return Listed(one, row[1], state(facts, today), Cycle(row[4] or one.cycle_unit, row[5] or one.cycle_count))


def _paused(today: date) -> ColumnElement[bool]:
    pause = SubscriptionPause
    mine = (pause.business_id == Subscription.business_id, pause.subscription_id == Subscription.id)
    return exists().where(*mine, pause.since <= today, or_(pause.until.is_(None), pause.until > today))


def _overdue(today: date) -> ColumnElement[bool]:
    return exists().where(
        BilledPeriod.business_id == Subscription.business_id,
        BilledPeriod.subscription_id == Subscription.id,
        BilledPeriod.reversed_at.is_(None),
        Invoice.business_id == BilledPeriod.business_id,
        Invoice.id == BilledPeriod.invoice_id,
        Invoice.status == "open",
        Invoice.balance_minor > 0,
        Invoice.due_date < today,
    )


def _turned(column: Any, today: date) -> Any:
    """What the rhythm that took the place of the first says, None where that goes on."""
    turn = SubscriptionTurn
    mine = (turn.business_id == Subscription.business_id, turn.subscription_id == Subscription.id)
    latest = select(column).where(*mine, turn.since <= today).order_by(turn.since.desc()).limit(1)
    return latest.correlate(Subscription).scalar_subquery().label(column.key)


def _state(today: date) -> ColumnElement[str]:
    """The same as `rules.states.state` says, to narrow a list by it."""
    row = Subscription
    cancelled = and_(row.cancelled_on <= today, or_(row.ends_on.is_(None), row.cancelled_on <= row.ends_on))
    return case(
        (cancelled, "cancelled"),
        (row.ends_on <= today, "ended"),
        (_paused(today), "paused"),
        (row.suspended_at.is_not(None), "suspended"),
        (row.trial_until > today, "trial"),
        (_overdue(today), "past_due"),
        else_="active",
    )


_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "client_id": lambda value: Subscription.client_id == value,
    "currency": lambda value: Subscription.currency == value,
    "starts_from": lambda value: Subscription.starts_on >= value,
    "starts_to": lambda value: Subscription.starts_on <= value,
    "bills_by": lambda value: Subscription.next_bill_on <= value,
    "updated_since": lambda value: Subscription.updated_at >= value,
    "plan_id": lambda value: _has(SubscriptionItem, SubscriptionItem.plan_id == value),
    "router_id": lambda value: _has(ServiceRecord, ServiceRecord.router_id == value),
}


def _narrowed(filters: ListFilters, today: date) -> list[ColumnElement[bool]]:
    found = [make(value) for name, make in _CONDITIONS.items() if (value := getattr(filters, name))]
    if filters.state:
        found.append(_state(today) == filters.state)
    for word in words(filters.text):
        on_router = _has(ServiceRecord, ServiceRecord.search.contains(word, autoescape=True))
        found.append(or_(Subscription.search.contains(word, autoescape=True), on_router))
    return found


def _has(model: Any, what: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a subscription has such a thing or record."""
    mine = (model.business_id == Subscription.business_id, model.subscription_id == Subscription.id)
    return exists().where(*mine, what)
