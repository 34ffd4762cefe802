"""Which subscriptions are billed alike in the days to come, so that what they will come to is worked out once for all.

Most of thousands of customers have run for a while and go on: their days are those of some others, and their lines are
those of some others. Whoever begins, pauses, ends or changes is told apart by everything that invoices follow from.
"""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Select, String, and_, bindparam, exists, func, or_, select, type_coerce

from app import clock
from app.auth.models import Business
from app.billing.models import (
    ParkedClient,
    PlanPrice,
    Subscription,
    SubscriptionItem,
    SubscriptionItemTax,
    SubscriptionPause,
)
from app.billing.queries.unlike import Unlike, narrowing, unlike
from app.clients.models import Client
from app.extensions import db
from app.statements import BUSINESS

DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}
PERIODS = 3
"""What lies so many periods back is in no invoice to come: a part that waits reaches two back."""
LONG_AGO = timedelta(days=PERIODS * 366)
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Only:
    """Whose subscriptions are looked at: a client's, those with something of a plan, a single one; else everybody's."""

    client_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = None
    subscription_id: uuid.UUID | None = None

    def asked(self) -> dict[str, uuid.UUID]:
        """What of it is asked for."""
        named = {"client_id": self.client_id, "plan_id": self.plan_id, "subscription_id": self.subscription_id}
        return {name: id for name, id in named.items() if id}


EVERYBODY = Only()


@dataclass(frozen=True, slots=True)
class Kinds:
    """The ids (as the database gives them) of subscriptions that are like some examples.

    `even`: {(example of their days, example of their lines): who} go on as they are. `single`: {example: who} are like
    one in everything. `terms`: {example of days: days to pay, None as the business has it}; `suspended`: {example: the
    day from which on no period that begins is billed}. `price_days`: when any price begins; `agreed_days` those from
    which on new customers pay something else than others.
    """

    even: dict[tuple[uuid.UUID, uuid.UUID], list[Any]]
    single: dict[uuid.UUID, list[Any]]
    terms: dict[uuid.UUID, int | None]
    suspended: dict[uuid.UUID, date]
    price_days: list[date]
    agreed_days: list[date]
    unlike: Unlike

    @property
    def examples(self) -> list[uuid.UUID]:
        return list({one for pair in self.even for one in pair} | set(self.single))

    def __len__(self) -> int:
        """How many subscriptions there are of all kinds."""
        return sum(map(len, self.even.values())) + sum(map(len, self.single.values()))


def kinds(
    business: Business, today: date, until: date, only: Only = EVERYBODY, *, bill_suspended: bool = False
) -> Kinds:
    """The kinds of subscriptions that are billed from now to a day; seven statements.

    Clients who are parked are not billed, nor, unless `bill_suspended`, periods that begin when a service is suspended.
    """
    begun, marks = _price_days(business.id)
    taxes, pauses = _taxes(business.id), _pauses(business.id, today - LONG_AGO)
    found = Kinds({}, {}, {}, {}, begun, marks, unlike(business.id, until, only.asked()))
    examples: dict[Key, uuid.UUID] = {}

    def example(key: Key, one: Any) -> uuid.UUID:
        if key not in examples:
            examples[key] = as_uuid(one.id)
            found.terms[examples[key]] = one.terms_days
        return examples[key]

    asked = {"business_id": business.id, "until": until, **only.asked()}
    for stored_id, rows in groupby(db.session.execute(_due(frozenset(only.asked())), asked), key=itemgetter(0)):
        things = list(rows)
        one = things[0]
        recent = min(today, one.next_bill_on) - timedelta(days=PERIODS * DAYS[one.cycle_unit] * one.cycle_count)
        suspended = None
        if one.suspended_at is not None and not bill_suspended:
            suspended = clock.day_in(one.suspended_at, business.timezone)
            if suspended <= recent:
                continue
        alive = [row for row in things if row.until is None or row.until > recent]
        lines = tuple(_thing(row, recent, marks, taxes) for row in alive)
        days, kind = (*one[4:11], _phase(one)), (*one[2:6], lines)
        ends = min(filter(None, (one.ends_on, one.cancelled_on)), default=None)
        # What was billed out of order, left out, or turns to another rhythm is like nobody else.
        itself = stored_id if stored_id in found.unlike.ids else None
        away = tuple(days for days in pauses.get(stored_id, ()) if days[1] is None or days[1] > recent)
        changes = any(row.once or row.until is not None or row.since > recent or _late(row, recent) for row in alive)
        if itself or away or changes or suspended or ends is not None or one.billed_from > recent:
            begins = one.billed_from if one.billed_from > recent else None
            like = example((days, kind, begins, ends, away, suspended, itself), one)
            found.single.setdefault(like, []).append(stored_id)
            if suspended:
                found.suspended[like] = suspended
        else:
            pair = example(("days", days), one), example(("lines", kind), one)
            found.even.setdefault(pair, []).append(stored_id)
    return found


def _phase(one: Any) -> int:
    """Which of the months, or of the days, that a cycle counts its periods begin in."""
    if one.cycle_unit in ("day", "week"):
        return int(one.anchor_on.toordinal() % (DAYS[one.cycle_unit] * one.cycle_count))
    months = one.cycle_count * (12 if one.cycle_unit == "year" else 1)
    return int((one.anchor_on.year * 12 + one.anchor_on.month) % months)


def _thing(row: Any, recent: date, marks: Sequence[date], taxes: Mapping[Any, Sequence[Any]]) -> Key:
    # Who agreed before a price for new customers pays another one than who agreed after it.
    since = row.since if row.since > recent or row.once else None
    agreed = row.agreed_on or row.since
    cohort = agreed if since or agreed > recent else bisect_right(marks, agreed)
    return (*row[18:], since, cohort, tuple(taxes.get(row.item_id, ())))


def _late(row: Any, recent: date) -> bool:
    return row.agreed_on is not None and row.agreed_on > recent


@cache
def _due(narrowed: frozenset[str]) -> Select[Any]:
    """Each thing of each subscription that is billed by a day, those of one subscription together."""
    row, item, client = Subscription.__table__.c, SubscriptionItem.__table__.c, Client.__table__.c
    terms = func.coalesce(row.terms_days, client.terms_days).label("terms_days")
    numbers = [type_coerce(one, BigInteger) for one in (item.quantity, item.price, item.discount_value)]
    parked = ParkedClient.__table__.c
    held = (parked.business_id == row.business_id, parked.client_id == row.client_id, parked.let_go_at.is_(None))
    return (
        select(
            type_coerce(row.id, String).label("id"),
            type_coerce(item.id, String).label("item_id"),
            row.currency,
            row.prices_include_tax,
            row.cycle_unit,
            row.cycle_count,
            row.anchor_day,
            row.ahead,
            row.stub,
            row.next_bill_on,
            terms,
            row.anchor_on,
            row.billed_from,
            row.ends_on,
            row.cancelled_on,
            row.suspended_at,
            item.since,
            item.agreed_on,
            item.once,
            item.until,
            type_coerce(item.plan_id, String),
            item.discount_kind,
            *numbers,
        )
        .join(Client.__table__, and_(client.business_id == row.business_id, client.id == row.client_id))
        .join(SubscriptionItem.__table__, and_(item.business_id == row.business_id, item.subscription_id == row.id))
        .where(
            row.business_id == BUSINESS,
            row.next_bill_on <= bindparam("until"),
            or_(item.once.is_(False), item.billed_in.is_(None)),
            ~exists().where(*held),
            *narrowing(narrowed),
        )
        .order_by(row.id, item.position, item.id)
    )


def _price_days(business_id: uuid.UUID) -> tuple[list[date], list[date]]:
    """The days on which prices begin: all, and those from which on new customers pay something else than others."""
    query = select(PlanPrice.since, PlanPrice.for_all).where(PlanPrice.business_id == business_id).distinct()
    found = list(db.session.execute(query))
    return sorted({row.since for row in found}), sorted(row.since for row in found if not row.for_all)


def _taxes(business_id: uuid.UUID) -> dict[Any, list[Any]]:
    """{thing: its own taxes}."""
    tax = SubscriptionItemTax.__table__.c
    ids = (type_coerce(tax.item_id, String), type_coerce(tax.tax_id, String))
    return _listed(select(*ids).where(tax.business_id == business_id).order_by(tax.item_id, tax.position))


def _pauses(business_id: uuid.UUID, since: date) -> dict[Any, list[Any]]:
    """{subscription: its pauses that were not over by a day}."""
    pause = SubscriptionPause.__table__.c
    query = select(type_coerce(pause.subscription_id, String), pause.since, pause.until)
    mine = (pause.business_id == business_id, or_(pause.until.is_(None), pause.until > since))
    return _listed(query.where(*mine).order_by(pause.subscription_id, pause.since))


def _listed(query: Select[Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, *values in db.session.execute(query):
        found[key].append(tuple(values))
    return found


def as_uuid(stored: Any) -> uuid.UUID:
    """An id as the database gave it: SQLite keeps them as text."""
    return stored if isinstance(stored, uuid.UUID) else uuid.UUID(stored)
