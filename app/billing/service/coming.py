"""What subscriptions are still going to bill, and when that has to be paid; changes nothing."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from app.auth.models import Business
from app.billing import queries
from app.billing.models import Subscription
from app.billing.queries import Agreement
from app.billing.queries.alike import Kinds, kinds
from app.billing.queries.subscriptions import outlines
from app.billing.rules import Billed, periods
from app.billing.rules.charging import Charge, Item, charges
from app.catalog.queries import taxes_by_id
from app.errors import Invalid
from app.extensions import db
from app.invoices.figures import typed_totals
from app.invoices.service.drafts import default_terms
from app.invoices.values import DraftValues, LineValues

CHUNK = 500


def coming(business: Business, today: date, until: date) -> dict[tuple[str, date], int]:
    """{(currency, day it is due): minor units with taxes} of what is billed as things stand now and due by a day.

    What is late to be billed is due today at the earliest. What has no price is left out, as it cannot be billed.
    """
    found = kinds(business.id, today, until)
    known = _Known(business, found, today)
    added: dict[tuple[str, date], int] = defaultdict(int)

    def add(example: uuid.UUID, bill_on: date, currency: str, minor: int) -> None:
        due = bill_on + timedelta(days=default_terms(business, found.terms[example]))
        if due <= until:
            added[currency, max(due, today)] += minor

    for example, number in found.single.items():
        for billed, lines in known.bills(example, until):
            currency, minor = known.total(example, lines)
            add(example, billed.bill_on, currency, minor * number)
    for (days, things), number in found.even.items():
        for billed in known.days(days, until):
            currency, minor = known.whole(things, billed)
            add(days, billed.bill_on, currency, minor * number)
    return added


class _Known:
    """The examples with what they agreed on; what is worked out once is remembered."""

    def __init__(self, business: Business, found: Kinds, today: date) -> None:
        self.agreements = {one.row.id: one for one in _agreements(business.id, found.examples, today)}
        self.offers = queries.offers_of(business.id, self.agreements.values())
        self.price_days = found.price_days
        self.rounding = business.tax_rounding
        everything = (item for one in self.agreements.values() for item in one.items)
        self.taxes = taxes_by_id(business.id, {tax_id for item in everything for tax_id in item.tax_ids})
        self._days: dict[uuid.UUID, list[Billed]] = {}
        self._whole: dict[tuple[uuid.UUID, int], tuple[str, int]] = {}

    def days(self, example: uuid.UUID, until: date) -> list[Billed]:
        """The periods that are billed by a day, in the order of their bills."""
        if example not in self._days:
            one = self.agreements[example]
            since = one.row.next_bill_on or until
            unclaimed = (at for at in periods(one.terms(), since, until) if at.period.start not in one.claimed)
            self._days[example] = sorted(unclaimed, key=lambda at: (at.bill_on, at.period.start))
        return self._days[example]

    def bills(self, example: uuid.UUID, until: date) -> Iterator[tuple[Billed, list[Charge]]]:
        """What is billed by a day and its lines; what is paid once stands on the first of them."""
        items = self.agreements[example].items
        for billed in self.days(example, until):
            lines = self._lines(example, items, billed)
            once = {line.item.id for line in lines if line.item.once}
            items = tuple(replace(item, billed=True) if item.id in once else item for item in items)
            yield billed, lines

    def whole(self, example: uuid.UUID, billed: Billed) -> tuple[str, int]:
        """What a whole period comes to, which is the same until some price changes."""
        key = (example, bisect_right(self.price_days, billed.period.start))
        if key not in self._whole:
            self._whole[key] = self.total(example, self._lines(example, self.agreements[example].items, billed))
        return self._whole[key]

    def total(self, example: uuid.UUID, lines: Sequence[Charge]) -> tuple[str, int]:
        """The currency of an example, and what lines of it come to with their taxes."""
        row = self.agreements[example].row
        values = tuple(
            LineValues("", line.item.quantity, line.unit_price, discount=line.discount, tax_ids=line.item.tax_ids)
            for line in lines
        )
        draft = DraftValues(row.currency, date.min, 0, prices_include_tax=row.prices_include_tax, lines=values)
        return row.currency, typed_totals(draft, self.taxes, self.rounding).total_minor

    def _lines(self, example: uuid.UUID, items: Sequence[Item], billed: Billed) -> list[Charge]:
        tariff = queries.tariff_for(self.agreements[example].row, self.offers, "en")
        try:
            return list(charges(items, billed, tariff))
        except Invalid:
            return []


def _agreements(business_id: uuid.UUID, ids: Sequence[uuid.UUID], today: date) -> Iterator[Agreement]:
    for place in range(0, len(ids), CHUNK):
        some = ids[place : place + CHUNK]
        query = select(Subscription).where(Subscription.business_id == business_id, Subscription.id.in_(some))
        rows = list(db.session.scalars(query))
        # Of what is late, later periods may have been billed already; else there is nothing to ask for.
        late = [row for row in rows if row.next_bill_on and row.next_bill_on < today]
        timely = [row for row in rows if row.next_bill_on and row.next_bill_on >= today]
        yield from queries.agreements(business_id, late) if late else ()
        yield from outlines(business_id, timely) if timely else ()
