"""What somebody who begins on a day is billed, worked out as the billing itself does it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from app.billing.rules.calendar import Period
from app.billing.rules.periods import Billed, Span, Terms, periods
from app.billing.rules.plans import PlanValues, PriceValues, price_on
from app.billing.rules.prorating import Share, part_of, share
from app.billing.rules.repricing import price_money, setup_money
from app.money import Money

PriceOf = Callable[[date], Money | None]
"""What a period costs that begins on a day; None when no price holds then."""
SHOWN = 3
"""How many whole periods an example shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """Days and what is billed for them. `bill_on` None: never; `share` None: a whole period; `money` None: no price.

    `free` says why nothing is billed for them: "trial" or "stub".
    """

    period: Period
    bill_on: date | None = None
    share: Share | None = None
    money: Money | None = None
    free: str = ""


def price_of(prices: Sequence[PriceValues], currency: str, start: date) -> PriceOf:
    """What each period costs who begins on `start`, also when the price changes later."""

    def on(day: date) -> Money | None:
        found = price_on(prices, currency, day, start)
        return None if found is None else price_money(found)

    return on


def setup_of(prices: Sequence[PriceValues], currency: str, start: date) -> Money | None:
    """What setting up costs who begins on `start`."""
    found = price_on(prices, currency, start)
    return None if found is None else setup_money(found)


def example(values: PlanValues, start: date, price: PriceOf) -> list[Row]:
    """The first days of a customer who begins on `start`, in their order. Raises Invalid for days too far away."""
    paid_from = start + timedelta(days=values.trial_days)
    rhythm = values.rhythm(paid_from)
    terms = Terms(rhythm, (Span(paid_from),), values.ahead, values.stub)  # type: ignore[arg-type]
    billed = list(islice(periods(terms, paid_from, rhythm.begins(SHOWN + 2)), SHOWN + 1))
    shown = billed if not billed[0].whole else billed[:SHOWN]
    free = list(_free(start, paid_from, shown[0].period.start))
    return [*free, *(_row(one, price) for one in shown)]


def _free(start: date, paid_from: date, billed_from: date) -> Iterator[Row]:
    if start < paid_from:
        yield Row(Period(start, paid_from), free="trial")
    if paid_from < billed_from:
        yield Row(Period(paid_from, billed_from), free="stub")


def _row(billed: Billed, price: PriceOf) -> Row:
    part, money = None if billed.whole else share(billed.period, billed.of), price(billed.period.start)
    if money is not None and part is not None:
        money = Money(part_of(money.minor, part), money.currency)
    return Row(billed.period, billed.bill_on, part, money)
