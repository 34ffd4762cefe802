"""What subscriptions are still going to bill, as the billing itself would make it; changes nothing."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select

from app.auth.models import Business
from app.billing import queries
from app.billing.models import Subscription
from app.billing.queries import Agreement
from app.billing.queries.alike import EVERYBODY, Kinds, Only, as_uuid, kinds
from app.billing.queries.claims import claimed_of
from app.billing.queries.subscriptions import outlines
from app.billing.rules import Billed, Span, unclaimed
from app.billing.rules.charging import Item
from app.billing.rules.due import cut
from app.billing.rules.periods import latest_due
from app.billing.service.reckoning import Reckoned, Reckoner, paid_once, without
from app.extensions import db
from app.invoices.service.drafts import default_terms

CHUNK = 500


class Bill(NamedTuple):
    """A period that so many subscriptions bill alike, and the days they have to pay."""

    billed: Billed
    terms_days: int
    currency: str
    reckoned: Reckoned
    times: int


@dataclass
class Foreseen:
    """What is billed, of how many subscriptions; `unpriced` have something that has no price, and so is not in it."""

    bills: list[Bill] = field(default_factory=list)
    subscriptions: int = 0
    unpriced: list[Any] = field(default_factory=list)


def foresee(business: Business, today: date, until: date, only: Only = EVERYBODY) -> Foreseen:
    """What is billed as things stand now, on days up to `until`.

    Each period is worked out by itself, so that taxes that are rounded once for a document may differ by a unit where
    several stand on one invoice. What a run would leave out is left out: periods that were missed, where the policy
    does not bill them; suspended services likewise; clients who are parked; what has no price.
    """
    policy = queries.policy_of(business.id)
    found = kinds(business, today, until, only, bill_suspended=policy.bill_suspended)
    known = _Known(business, found, today, until, policy.missed)
    made = Foreseen(subscriptions=len(found))
    for example, ids in found.single.items():
        made.bills += known.single(example, ids, made)
    for (days, lines), ids in found.even.items():
        made.bills += known.even(days, lines, ids, made)
    made.unpriced = [as_uuid(one) for one in dict.fromkeys(made.unpriced)]
    return made


class _Known:
    """The examples with what they agreed on; what is worked out once is remembered."""

    def __init__(self, business: Business, found: Kinds, today: date, until: date, missed: str) -> None:
        self.business, self.found, self.today, self.until, self.missed = business, found, today, until, missed
        self.agreements = {one.row.id: one for one in _agreements(business.id, found.examples)}
        known = set(found.unlike.ids.values()) & self.agreements.keys()
        self.claimed: dict[uuid.UUID, list[Span]] = {id: [] for id in known} | claimed_of(business.id, list(known))
        self.reckoner = Reckoner(business)
        self.reckoner.learn(self.agreements.values())
        self._days: dict[uuid.UUID, list[Billed]] = {}
        self._lines: dict[uuid.UUID, tuple[Item, ...]] = {}
        self._whole: dict[tuple[uuid.UUID, int], Reckoned] = {}

    def single(self, example: uuid.UUID, ids: Sequence[Any], made: Foreseen) -> Iterator[Bill]:
        """What those bill who are like an example in everything; what is paid once stands on its first bill."""
        one = self.agreements[example]
        items = one.items
        for billed in self._periods(example):
            reckoned = self.reckoner.reckon(one, billed, items)
            items = without(items, paid_once(items, billed))
            yield from self._bill(example, example, billed, reckoned, ids, made)

    def even(self, days: uuid.UUID, lines: uuid.UUID, ids: Sequence[Any], made: Foreseen) -> Iterator[Bill]:
        """What those bill who have the days of one example and the lines of another."""
        for billed in self._periods(days):
            yield from self._bill(days, lines, billed, self._of_whole(lines, billed), ids, made)

    def _bill(
        self,
        days: uuid.UUID,
        lines: uuid.UUID,
        billed: Billed,
        reckoned: Reckoned,
        ids: Sequence[Any],
        made: Foreseen,
    ) -> Iterator[Bill]:
        if reckoned.problem:
            made.unpriced += ids
        elif not reckoned.free:
            terms = default_terms(self.business, self.found.terms[days])
            yield Bill(billed, terms, self.agreements[lines].row.currency, reckoned, len(ids))

    def _periods(self, example: uuid.UUID) -> list[Billed]:
        """The periods that are billed by the last day, in the order of their bills."""
        if example not in self._days:
            self._days[example] = sorted(self._unclaimed(example), key=lambda at: (at.bill_on, at.period.start))
        return self._days[example]

    def _unclaimed(self, example: uuid.UUID) -> list[Billed]:
        one, claimed = self.agreements[example], self.claimed.get(example, [])
        # Nothing is left of what was billed before the next bill; only of what is like nobody else more is known.
        since = one.row.billed_from if example in self.claimed else one.row.next_bill_on or self.until
        periods = list(unclaimed(one.terms(), claimed, since, self.until))
        out, suspended = self.found.unlike.left.get(example, ()), self.found.suspended.get(example)
        latest = latest_due(one.terms(), periods, since, self.today)
        if self.missed != "all" and latest is not None:
            periods = [at for at in periods if at.bill_on >= latest]
        periods = [at for at in periods if at.period.start not in out]
        return periods if suspended is None else list(_served(one, periods, suspended))

    def _of_whole(self, example: uuid.UUID, billed: Billed) -> Reckoned:
        """What a whole period comes to, which is the same until some price changes."""
        key = (example, bisect_right(self.found.price_days, billed.period.start))
        if key not in self._whole:
            self._whole[key] = self.reckoner.reckon(self.agreements[example], billed, self._held(example))
        return self._whole[key]

    def _held(self, example: uuid.UUID) -> tuple[Item, ...]:
        """The things of an example that goes on, as all have them who are like it: held for long, with no end."""
        if example not in self._lines:
            self._lines[example] = tuple(
                replace(item, since=date.min, agreed_on=self._agreed(item.agreed))
                for item in self.agreements[example].items
                if item.until is None and not item.once
            )
        return self._lines[example]

    def _agreed(self, on: date) -> date:
        """The first day that has the same prices for new customers as the one something was agreed on."""
        place = bisect_right(self.found.agreed_days, on)
        return self.found.agreed_days[place - 1] if place else date.min + timedelta(days=1)


def _served(one: Agreement, periods: Sequence[Billed], suspended: date) -> Iterator[Billed]:
    """Of periods those that began with service; of what is billed after its days, only the days before it was cut."""
    without_it = suspended + timedelta(days=1)
    for billed in periods:
        if billed.period.start < suspended:
            yield billed if one.row.ahead else cut(billed, without_it)[0]


def _agreements(business_id: uuid.UUID, ids: Sequence[Any]) -> Iterator[Agreement]:
    for place in range(0, len(ids), CHUNK):
        some = ids[place : place + CHUNK]
        query = select(Subscription).where(Subscription.business_id == business_id, Subscription.id.in_(some))
        yield from outlines(business_id, list(db.session.scalars(query)))
