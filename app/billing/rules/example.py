"""What somebody who begins on a day is billed, worked out as the billing itself does it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from app.billing.rules.calendar import Period
from app.billing.rules.periods import Billed, Span, Terms, periods
from app.billing.rules.plans import PlanValues
from app.billing.rules.prorating import Share, part_of, share
from app.money import Money

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


def example(values: PlanValues, start: date, price: Money | None) -> list[Row]:
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


def _row(billed: Billed, price: Money | None) -> Row:
    part = None if billed.whole else share(billed.period, billed.of)
    if price is None or part is None:
        return Row(billed.period, billed.bill_on, part, price)
    return Row(billed.period, billed.bill_on, part, Money(part_of(price.minor, part), price.currency))
