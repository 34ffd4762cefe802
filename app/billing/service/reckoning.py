"""What periods come to: worked out once for all that have the same things, days and prices."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.auth.models import Business
from app.billing import queries
from app.billing.queries import Agreement
from app.billing.rules import Billed
from app.billing.rules.charging import Charge, Item, Offer, Tariff, charges, free
from app.catalog.models import Tax
from app.catalog.queries import taxes_by_id
from app.errors import Invalid
from app.invoices.figures import typed_totals
from app.invoices.values import DraftValues, LineValues


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The lines of a period and what they come to in minor units, tax included; `again` without what is paid once.

    `parts` tells of each line (its plan, what it comes to before taxes, the taxes on it). `problem`
    says why there is no figure. `free`: nothing of it costs anything.
    """

    lines: tuple[LineValues, ...] = ()
    total_minor: int = 0
    again_minor: int = 0
    free: bool = False
    problem: str = ""
    parts: tuple[tuple[uuid.UUID | None, int, int], ...] = ()


class Reckoner:
    """Works out periods of one business and remembers what it found. Prices are those of when it was made."""

    def __init__(self, business: Business) -> None:
        self._id, self._rounding, self._language = business.id, business.tax_rounding, business.language
        self._offers: dict[uuid.UUID, Offer] = {}
        self._taxes: dict[uuid.UUID, Tax] = {}
        self._cohorts: set[uuid.UUID] = set()
        self._known: dict[Any, Reckoned] = {}

    def learn(self, found: Iterable[Agreement]) -> None:
        """Read the plans and taxes that some agreements name and that are not known yet."""
        plans, taxes = set[uuid.UUID](), set[uuid.UUID]()
        for one in found:
            for item in one.items:
                plans.add(item.plan_id) if item.plan_id else None
                taxes.update(item.tax_ids)
        if missing := plans - self._offers.keys():
            prices = queries.prices_of(self._id, list(missing))
            for plan in queries.plans_by_id(self._id, missing).values():
                self._offers[plan.id] = Offer(plan.name, prices[plan.id])
                if any(not price.for_all for price in prices[plan.id]):
                    self._cohorts.add(plan.id)
        if missing := taxes - self._taxes.keys():
            self._taxes |= taxes_by_id(self._id, missing)

    def reckon(self, one: Agreement, billed: Billed, items: Sequence[Item]) -> Reckoned:
        """What a period of an agreement comes to, `items` being those of its things that count."""
        row = one.row
        language = getattr(row, "language", "") or self._language
        period = billed.period
        key = (
            period,
            billed.of,
            row.currency,
            row.prices_include_tax,
            language,
            tuple(part for item in items if (part := self._part(item, period.start, period.end))),
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._work_out(one, billed, items, language)
        return found

    def _part(self, item: Item, start: date, end: date) -> Any:
        """Everything of a thing that its line depends on; None when it has none in these days."""
        if item.since >= end or (item.until is not None and item.until <= start and not item.once):
            return None
        if item.once:
            return None if item.billed else (item.title, item.quantity, item.price, item.plan_id, item.detail,
                                             item.unit, item.discount, item.tax_ids, item.since)  # fmt: skip
        since = item.since if item.since > start or item.plan_id in self._cohorts else None
        until = item.until if item.until is not None and item.until < end else None
        return (item.title, item.quantity, item.price, item.plan_id, item.detail, item.unit, item.discount,
                item.tax_ids, since, until, item.agreed_on)  # fmt: skip

    def _work_out(self, one: Agreement, billed: Billed, items: Sequence[Item], language: str) -> Reckoned:
        row = one.row
        try:
            made = list(charges(items, billed, Tariff(row.currency, self._offers, language)))
            lines = tuple(map(line_of, made))
            values = DraftValues(
                row.currency, billed.bill_on, 0, prices_include_tax=row.prices_include_tax, lines=lines
            )
            totals = typed_totals(values, self._taxes, self._rounding)
        except Invalid as error:
            return Reckoned(problem=str(error)[:300])
        again = sum(line.total_minor for charge, line in zip(made, totals.lines, strict=True) if not charge.item.once)
        parts = tuple(
            (charge.item.plan_id, line.net_minor, line.tax_minor)
            for charge, line in zip(made, totals.lines, strict=True)
        )
        return Reckoned(lines, totals.total_minor, again, free(made, row.currency), parts=parts)


def line_of(charge: Charge) -> LineValues:
    """A charge as a line of an invoice."""
    item = charge.item
    return LineValues(
        title=charge.title[:300],
        quantity=charge.quantity,
        unit_price=charge.unit_price,
        detail=charge.detail,
        unit=charge.unit,
        discount=charge.discount,
        tax_ids=item.tax_ids,
    )


def paid_once(items: Sequence[Item], billed: Billed) -> tuple[uuid.UUID, ...]:
    """The things that are paid once and stand on the bill of this period."""
    return tuple(item.id for item in items if item.once and not item.billed and item.since < billed.period.end)


def without(items: Sequence[Item], once: Sequence[uuid.UUID]) -> tuple[Item, ...]:
    """The things of the next period: what was paid once is not paid again."""
    return tuple(replace(item, billed=True) if item.id in once else item for item in items) if once else tuple(items)
