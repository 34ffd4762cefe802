"""What is billed in the months to come, from what was agreed on: worked out anew each time, and nothing is kept."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select

from app.auth.models import Business
from app.auth.queries import get_business
from app.billing import queries
from app.billing.models import Subscription, SubscriptionItem
from app.billing.queries.plans import plan_names, prices_of
from app.billing.rules import unclaimed
from app.billing.rules.calendar import in_month
from app.billing.rules.charging import Offer, Tariff, charges
from app.billing.rules.forecast import Signature, months_from, signature
from app.billing.service.reckoning import line_of
from app.catalog.models import Tax
from app.catalog.queries import taxes_by_id
from app.errors import Invalid
from app.extensions import db
from app.invoices.figures import typed_totals
from app.invoices.values import DraftValues
from app.money import Money

CHUNK = 500


class Cell(NamedTuple):
    """Of a month, a currency and a plan (None: without one)."""

    month: date
    currency: str
    plan_id: uuid.UUID | None


@dataclass
class Forecast:
    """What is billed by month: net by plan, taxes, and how many periods; in minor units by currency.

    `unpriced` are subscriptions that cannot be billed because a price is missing.
    """

    months: list[date]
    net: Counter[Cell] = field(default_factory=Counter)
    tax: Counter[Cell] = field(default_factory=Counter)
    periods: Counter[tuple[date, str]] = field(default_factory=Counter)
    subscriptions: int = 0
    unpriced: list[Subscription] = field(default_factory=list)
    plans: dict[uuid.UUID, str] = field(default_factory=dict)

    @property
    def currencies(self) -> list[str]:
        """Those in which something is billed."""
        return sorted({currency for _, currency in self.periods})

    def net_of(self, month: date, currency: str) -> Money:
        """Before taxes, in a month."""
        return _sum(self.net, month, currency)

    def tax_of(self, month: date, currency: str) -> Money:
        """The taxes on it."""
        return _sum(self.tax, month, currency)

    def total_of(self, month: date, currency: str) -> Money:
        """With taxes, in a month."""
        return self.net_of(month, currency) + self.tax_of(month, currency)

    def whole(self, currency: str) -> Money:
        """With taxes, in all months."""
        return Money(sum(self.total_of(month, currency).minor for month in self.months), currency)

    def by_plan(self, currency: str) -> list[tuple[str, Money, Money]]:
        """(plan, in the first whole month, in all months) before taxes, the largest first."""
        at = self.months[min(1, len(self.months) - 1)]
        found: dict[uuid.UUID | None, list[int]] = defaultdict(lambda: [0, 0])
        for cell, minor in self.net.items():
            if cell.currency == currency:
                found[cell.plan_id][1] += minor
                found[cell.plan_id][0] += minor if cell.month == at else 0
        rows = sorted(found.items(), key=lambda one: -one[1][1])
        return [(self.name(id), Money(next_, currency), Money(every, currency)) for id, (next_, every) in rows]

    def name(self, plan_id: uuid.UUID | None) -> str:
        """How a plan is called."""
        return self.plans.get(plan_id, "") if plan_id else "Without a plan"


def _sum(found: Mapping[Cell, int], month: date, currency: str) -> Money:
    mine = (minor for at, minor in found.items() if (at.month, at.currency) == (month, currency))
    return Money(sum(mine), currency)


class Billing(NamedTuple):
    """What one signature bills in one month: {plan: net}, {plan: tax}, and how many periods of which plans."""

    net: Counter[uuid.UUID | None]
    tax: Counter[uuid.UUID | None]
    periods: int


def forecast(
    business_id: uuid.UUID,
    today: date,
    months: int,
    *,
    client_id: uuid.UUID | None = None,
    plan_id: uuid.UUID | None = None,
    subscription_id: uuid.UUID | None = None,
) -> Forecast:
    """What is billed from today on in so many months, that one included; what is due by now counts for this month.

    With `plan_id` only the lines of that plan count. Each period is worked out by itself, so that taxes that are
    rounded once for a document may differ by a unit where several stand on one invoice.
    """
    business, found = get_business(business_id), Forecast(months_from(today, months))
    until = in_month(today.year, today.month + months, 1) - timedelta(days=1)
    counted: Counter[Signature] = Counter()
    offers, known = _offers(business_id), _Known(business)
    for row, one in _signatures(business_id, offers, client_id, plan_id, subscription_id):
        found.subscriptions += 1
        try:
            known.billed(one, offers, until, today)
            counted[one] += 1
        except Invalid:
            found.unpriced.append(row)
    for one, times in counted.items():
        for month, billing in known.billed(one, offers, until, today).items():
            for id in billing.net if plan_id is None else billing.net.keys() & {plan_id}:
                cell = Cell(month, one.currency, id)
                found.net[cell] += billing.net[id] * times
                found.tax[cell] += billing.tax[id] * times
            found.periods[month, one.currency] += billing.periods * times
    found.plans = {id: offer.name for id, offer in offers.items()}
    return found


class _Known:
    """Each signature is worked out once."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self._found: dict[Signature, dict[date, Billing]] = {}
        self._taxes: dict[uuid.UUID, Tax] = {}

    def billed(
        self, one: Signature, offers: Mapping[uuid.UUID, Offer], until: date, today: date
    ) -> dict[date, Billing]:
        """{month: what it bills}. Raises Invalid where a price is missing."""
        if one not in self._found:
            self._found[one] = self._work_out(one, offers, until, today)
        return self._found[one]

    def _work_out(
        self, one: Signature, offers: Mapping[uuid.UUID, Offer], until: date, today: date
    ) -> dict[date, Billing]:
        tariff, items = Tariff(one.currency, offers), one.items
        made: dict[date, Billing] = {}
        self._know({tax_id for item in items for tax_id in item.tax_ids})
        due = sorted(unclaimed(one.terms, one.claimed, one.since, until), key=lambda at: (at.bill_on, at.period.start))
        for billed in due:
            lines = tuple(charges(items, billed, tariff))
            items = tuple(
                replace(item, billed=True) if item.once and any(line.item is item for line in lines) else item
                for item in items
            )
            if not any(line.unit_price and line.item.quantity for line in lines):
                continue
            draft = DraftValues(
                currency=one.currency, issue_date=billed.bill_on, terms_days=0,
                prices_include_tax=one.prices_include_tax, lines=tuple(line_of(line) for line in lines),
            )  # fmt: skip
            totals = typed_totals(draft, self._taxes, self.business.tax_rounding)
            month = max(billed.bill_on, today).replace(day=1)
            before = made.setdefault(month, Billing(Counter(), Counter(), 0))
            for line, figures in zip(lines, totals.lines, strict=True):
                before.net[line.item.plan_id] += figures.net_minor
                before.tax[line.item.plan_id] += figures.tax_minor
            made[month] = before._replace(periods=before.periods + 1)
        return made

    def _know(self, tax_ids: set[uuid.UUID]) -> None:
        if missing := tax_ids - self._taxes.keys():
            self._taxes |= taxes_by_id(self.business.id, missing)


def _offers(business_id: uuid.UUID) -> dict[uuid.UUID, Offer]:
    """Every plan with its prices: all agreements go by them."""
    ids = plan_names(business_id)
    prices = prices_of(business_id, list(ids))
    return {id: Offer(name, prices[id]) for id, name in ids.items()}


def _signatures(
    business_id: uuid.UUID,
    offers: Mapping[uuid.UUID, Offer],
    client_id: uuid.UUID | None,
    plan_id: uuid.UUID | None,
    subscription_id: uuid.UUID | None,
) -> Iterator[tuple[Subscription, Signature]]:
    after = uuid.UUID(int=0)
    query = select(Subscription).where(Subscription.business_id == business_id, Subscription.next_bill_on.is_not(None))
    if client_id:
        query = query.where(Subscription.client_id == client_id)
    if subscription_id:
        query = query.where(Subscription.id == subscription_id)
    if plan_id:
        on_plan = select(SubscriptionItem.subscription_id).where(
            SubscriptionItem.business_id == business_id, SubscriptionItem.plan_id == plan_id
        )
        query = query.where(Subscription.id.in_(on_plan))
    while rows := list(db.session.scalars(query.where(Subscription.id > after).order_by(Subscription.id).limit(CHUNK))):
        for one in queries.agreements(business_id, rows):
            row = one.row
            if row.next_bill_on is None:
                continue
            tariff = queries.tariff_for(row, offers, "en")
            yield (
                row,
                signature(
                    one.terms(), one.items, one.claimed, row.next_bill_on, tariff, include_tax=row.prices_include_tax
                ),
            )
        after = rows[-1].id
