"""What agreements will bill, without their names: many of them are the same, and are worked out once. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.billing.rules.calendar import Rhythm, in_month
from app.billing.rules.charging import Item, Tariff
from app.billing.rules.periods import Span, Terms, Turn, joined

NOBODY = uuid.UUID(int=0)
MOST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Signature:
    """All that the amounts and days of what is billed from a day on follow from."""

    currency: str
    prices_include_tax: bool
    terms: Terms
    items: tuple[Item, ...]
    claimed: tuple[Span, ...]
    since: date


def months_from(today: date, count: int) -> list[date]:
    """The first days of so many months, the one of `today` first."""
    return [in_month(today.year, today.month + ahead, 1) for ahead in range(count)]


def signature(
    terms: Terms,
    items: Sequence[Item],
    claimed: Iterable[Span],
    next_bill_on: date,
    tariff: Tariff,
    *,
    include_tax: bool,
) -> Signature:
    """The signature of an agreement of which nothing is left to bill before `next_bill_on`."""
    rhythm = terms.rhythm_on(next_bill_on)
    early = rhythm.begins(rhythm.number(next_bill_on) - 3)
    turns = tuple(turn for turn in terms.turns if turn.since > early)
    first = _near(terms.rhythm_on(early), early)
    spans = tuple(span for one in terms.spans if (span := _after(one, early)))
    near = tuple(Turn(turn.since, _near(turn.rhythm, turn.since)) for turn in turns)
    held = tuple(_nameless(item, early, tariff) for item in items if _counts(item, early))
    taken = tuple(span for one in joined(claimed) if (span := _after(one, early)))
    clear = replace(terms, rhythm=first, spans=spans, turns=near)
    return Signature(tariff.currency, include_tax, clear, held, taken, next_bill_on)


def _near(rhythm: Rhythm, day: date) -> Rhythm:
    """The same periods, counted from one near a day."""
    return replace(rhythm, anchor=rhythm.begins(rhythm.number(day)), day=rhythm.day if rhythm.cycle.months else 1)


def _after(span: Span, early: date) -> Span | None:
    if span.end is not None and span.end <= early:
        return None
    return span if span.start >= early else Span(early, span.end)


def _counts(item: Item, early: date) -> bool:
    if item.once:
        return not item.billed
    return item.until is None or (item.until > early and item.until > item.since)


def _nameless(item: Item, early: date, tariff: Tariff) -> Item:
    """The same thing without its name; days that are long over are told apart no more."""
    old = item.since <= early
    return replace(
        item,
        id=NOBODY,
        title="",
        detail="",
        since=early if old else item.since,
        agreed_on=_agreed(item, tariff) if old else item.agreed_on,
        position=0,
    )


def _agreed(item: Item, tariff: Tariff) -> date:
    """The latest day that has the same prices as the one it was agreed on."""
    offer = tariff.offers.get(item.plan_id) if item.plan_id and item.price is None else None
    prices = offer.prices if offer else ()
    mine = [one.since for one in prices if one.currency == tariff.currency and not one.for_all]
    return max((since for since in mine if since <= item.agreed), default=date.min + timedelta(days=1))
