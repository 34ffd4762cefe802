"""Plans as they are typed, and what one costs on a day. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from app.billing.rules.calendar import Cycle, Rhythm, rhythm_from
from app.billing.rules.naming import refusals
from app.errors import Invalid
from app.folding import fold_all
from app.money import Money, MoneyError

KINDS = ("plan", "addon")
MOST_TAXES = 6
LONGEST_TRIAL = 365
ALWAYS = date(1990, 1, 1)
"""Since when a first price holds that was given no day: the first day that can be typed anywhere."""
RHYTHMS: dict[str, Cycle] = {
    "day": Cycle("day"),
    "week": Cycle("week"),
    "month": Cycle("month"),
    "quarter": Cycle("month", 3),
    "half-year": Cycle("month", 6),
    "year": Cycle("year"),
}
"""The cycles that have a name of their own."""


@dataclass(frozen=True, slots=True)
class PlanValues:
    """A plan as typed. `anchor_day` None: periods begin on the day each subscription began.

    Speeds in kbit/s, the quota in MB. Raises Invalid with the field where two of them do not go together.
    """

    name: str
    kind: str = "plan"
    code: str = ""
    description: str = ""
    cycle_unit: str = "month"
    cycle_count: int = 1
    anchor_day: int | None = None
    anchor_month: int | None = None
    ahead: bool = True
    stub: str = "now"
    trial_days: int = 0
    download_kbps: int | None = None
    upload_kbps: int | None = None
    quota_mb: int | None = None
    featured: bool = False
    tax_ids: tuple[uuid.UUID, ...] = ()

    def __post_init__(self) -> None:
        self.rhythm(date(2000, 1, 1))

    def rhythm(self, start: date) -> Rhythm:
        """When periods of a subscription that is paid from `start` on begin."""
        cycle = Cycle(self.cycle_unit, self.cycle_count)
        return rhythm_from(cycle, start, day=self.anchor_day, month=self.anchor_month)

    def columns(self) -> dict[str, object]:
        """The values that stand on the plan's own row."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "tax_ids"}


@dataclass(frozen=True, slots=True)
class PriceValues:
    """What a plan costs from `since` on, in major units: `price` a period, `setup_price` once, whatever the quantity.

    `for_all`: also for subscriptions that began before, from their next period on.
    """

    currency: str
    price: Decimal
    since: date
    setup_price: Decimal = Decimal(0)
    for_all: bool = True


def price_on(
    prices: Iterable[PriceValues], currency: str, on: date, agreed_on: date | None = None
) -> PriceValues | None:
    """What holds on a day for who agreed on `agreed_on` (None: for who agrees on that day); None without a price.

    The latest that has begun; one that is for new subscriptions only counts for those that began with it.
    """
    agreed_on = on if agreed_on is None else agreed_on
    begun = [one for one in prices if one.currency == currency and one.since <= on]
    mine = [one for one in begun if one.for_all or one.since <= agreed_on]
    return max(mine, key=lambda one: one.since, default=None)


def cycle_words(unit: str, count: int) -> str:
    """A cycle as people say it: "every month", "every quarter", "every 2 weeks"."""
    for name, cycle in RHYTHMS.items():
        if cycle == Cycle(unit, count):
            return f"every {name}"
    return f"every {count} {unit}s"


def check_names(values: PlanValues) -> None:
    """Raises Invalid with the field for a name in double braces that means nothing: its texts stand on invoices."""
    texts = {"name": values.name, "description": values.description}
    if problems := {field: said for field, text in texts.items() if (said := refusals(text))}:
        raise Invalid(problems)


def check_price(values: PriceValues, today: date, known: Iterable[PriceValues] = ()) -> None:
    """Raises Invalid for a day that is over (what was billed keeps its price) and for what no coin can pay.

    Days before the first of the `known` prices in its currency had none, so nothing can have been billed on them: they
    may get one, and the first price of all may hold from any day.
    """
    first = min((one.since for one in known if one.currency == values.currency), default=None)
    if first is not None and first <= values.since < today:
        raise Invalid("since", "A price cannot change in the past. Choose today or a later day.")
    for name in ("price", "setup_price"):
        if getattr(values, name) < 0:
            raise Invalid(name, "A price cannot be below zero.")
        try:
            Money.of(getattr(values, name), values.currency)
        except MoneyError as error:
            raise Invalid(name, str(error)) from error


def searchable(values: PlanValues) -> str:
    """What a search of plans looks through."""
    return fold_all(values.name, values.code, values.description)
