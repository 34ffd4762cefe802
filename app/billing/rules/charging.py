"""What a billed period costs: the lines of its invoice, from what was agreed on. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from babel.dates import format_date

from app.billing.rules.calendar import Period
from app.billing.rules.naming import NAME
from app.billing.rules.periods import Billed
from app.billing.rules.plans import PriceValues, price_on
from app.billing.rules.prorating import Share, share
from app.errors import Invalid
from app.money import MAX_MINOR, AmountTooLarge, InexactAmount, Money, exponent, plain, round_half_up

Discount = tuple[Literal["percent", "amount"], Decimal]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is paid for from `since` up to and without `until`.

    `price` is in major units for one; None is the price of its plan, as it is for who agreed on `agreed_on` (None: on
    `since`). `once`: billed a single time, whatever the length of the period; `billed` says that it was. Of those,
    `stands_for` says which days of which other thing it bills.
    """

    id: uuid.UUID
    title: str
    quantity: Decimal
    since: date
    until: date | None = None
    price: Decimal | None = None
    plan_id: uuid.UUID | None = None
    detail: str = ""
    unit: str = ""
    discount: Discount | None = None
    tax_ids: tuple[uuid.UUID, ...] = ()
    once: bool = False
    billed: bool = False
    agreed_on: date | None = None
    stands_for: tuple[uuid.UUID, Period] | None = None
    position: int = 0

    @property
    def agreed(self) -> date:
        """The day whose prices count for it."""
        return self.agreed_on or self.since

    def held(self, on: date) -> bool:
        """Whether it is paid for on a day, again and again."""
        return not self.once and self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of an invoice: `quantity` at `unit_price` in major units for the days it stands for, which `share` counts.

    A part of a period of several things is one line of quantity 1, whose formula counts them."""

    item: Item
    title: str
    detail: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount: Discount | None
    share: Share | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan as far as its price goes."""

    name: str
    prices: Sequence[PriceValues] = ()


@dataclass(frozen=True, slots=True)
class Tariff:
    """What prices go by: the currency of the agreement, what its plans cost, and the language of its lines."""

    currency: str
    offers: Mapping[uuid.UUID, Offer] = field(default_factory=dict)
    locale: str = "en"


def charges(items: Sequence[Item], billed: Billed, tariff: Tariff) -> Iterator[Charge]:
    """The lines of a period: what is paid for again and again by its days, and what is paid once and is not yet.

    A price that changes counts from the next period on. Raises Invalid naming `currency` where a plan has no price.
    """
    for item in items:
        if item.once:
            if not item.billed and item.since < billed.period.end:
                price = price_of(item, item.since, tariff)
                title, detail = (_filled(text, item, billed.period, tariff) for text in (item.title, item.detail))
                yield Charge(item, title, detail, item.quantity, item.unit, price, item.discount, None)
        elif part := overlap(item, billed.period):
            yield of_days(item, part, billed, tariff)


def per_period(items: Sequence[Item], tariff: Tariff, on: date) -> Money | None:
    """What a whole period costs by what holds on a day, less discounts and before taxes; None without a price, and for
    more than can be billed."""
    held = [item for item in items if item.held(on)]
    try:
        minor = sum(worth(item, price_of(item, on, tariff), tariff.currency) for item in held)
    except Invalid:
        return None
    return Money(minor, tariff.currency) if abs(minor) <= MAX_MINOR else None


def worth(item: Item, price: Decimal, currency: str) -> int:
    """What a line comes to at a price in major units for one, less its discount and before taxes: in minor units, and
    more than MAX_MINOR where so much was agreed on."""
    return _come_to(item.quantity, price, item.discount, currency)


def free(made: Sequence[Charge], currency: str) -> bool:
    """Whether lines come to nothing: nothing of them costs anything, or less than half of the smallest coin."""
    return not any(_come_to(one.quantity, one.unit_price, one.discount, currency) for one in made)


def _come_to(quantity: Decimal, price: Decimal, discount: Discount | None, currency: str) -> int:
    places = exponent(currency)
    gross = round_half_up(Fraction(quantity) * Fraction(price) * 10**places)
    kind, value = discount or ("percent", Decimal(0))
    off = Fraction(value) * (10**places if kind == "amount" else Fraction(gross, 100))
    return gross - round_half_up(off)


def prorated(price: Decimal, share: Share, currency: str) -> Decimal:
    """A price in major units for that many days: as it is for all of them, else rounded half up to the minor unit."""
    if share.days == share.of:
        return price
    places = exponent(currency)
    minor = round_half_up(Fraction(price) * 10**places * share.days / share.of)
    return Decimal(minor).scaleb(-places)


def period_words(period: Period, locale: str = "en") -> str:
    """A period as people read it, with its last day: 1–31 March 2026, 20 March – 19 April 2026, 5 March 2026."""
    first, last = period.start, period.last
    if first == last:
        return _day(last, "d MMMM y", locale)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last, 'd MMMM y', locale)}"
    pattern = "d MMMM" if first.year == last.year else "d MMMM y"
    return f"{_day(first, pattern, locale)} – {_day(last, 'd MMMM y', locale)}"


def of_days(item: Item, part: Period, billed: Billed, tariff: Tariff) -> Charge:
    """The line of one thing for `part` of a period. Raises Invalid naming `currency` where its plan has no price."""
    counted = share(part, billed.of)
    price = price_of(item, max(billed.period.start, item.agreed), tariff)
    discount = item.discount
    if discount is not None and discount[0] == "amount":
        discount = ("amount", prorated(discount[1], counted, tariff.currency))
    title, detail = (_filled(text, item, part, tariff) for text in (item.title, item.detail))
    told, quantity, unit, unit_price = ([detail] if detail else []), item.quantity, item.unit, price
    if (title, detail) == (item.title, item.detail):
        told.append(period_words(part, tariff.locale))
    if counted.days != counted.of:
        told.append(f"{counted}: {_whole_words(item, price, tariff)} × {counted.days} ÷ {counted.of}")
        unit_price = prorated(_gross(item.quantity, price, tariff.currency), counted, tariff.currency)
        quantity, unit = Decimal(1), "" if quantity != 1 else unit
    return Charge(item, title, "\n".join(told), quantity, unit, unit_price, discount, counted)


def _gross(quantity: Decimal, price: Decimal, currency: str) -> Decimal:
    """What a line of a whole period comes to before its discount, in major units to the smallest coin."""
    places = exponent(currency)
    return Decimal(round_half_up(Fraction(quantity) * Fraction(price) * 10**places)).scaleb(-places)


def _whole_words(item: Item, price: Decimal, tariff: Tariff) -> str:
    """What a formula multiplies by days: 15,000.00, or 3 × 10,000.00; where that has no whole coins, 250.13 (2.5 ×
    100.05)."""
    gross = _gross(item.quantity, price, tariff.currency)
    if item.quantity == 1:
        return figure(gross, tariff)
    many = " ".join(filter(None, (f"{item.quantity.normalize():f}", item.unit)))
    product = f"{many} × {figure(price, tariff)}"
    return product if gross == item.quantity * price else f"{figure(gross, tariff)} ({product})"


def price_of(item: Item, on: date, tariff: Tariff) -> Decimal:
    """What one of it costs on a day, in major units. Raises Invalid naming `currency` where its plan has no price."""
    if item.price is not None:
        return item.price
    offer = tariff.offers.get(item.plan_id) if item.plan_id else None
    found = price_on(offer.prices, tariff.currency, on, item.agreed) if offer else None
    if found is None:
        name = offer.name if offer else item.title
        known = [one.since for one in offer.prices if one.currency == tariff.currency] if offer else []
        if not known:
            raise Invalid("currency", f"{name} has no price in {tariff.currency}.")
        first, day = _day(min(known), "d MMMM y", tariff.locale), _day(on, "d MMMM y", tariff.locale)
        raise Invalid(
            "currency",
            f"{name} has no price in {tariff.currency} on {day}: its first one holds from {first} on. Give the plan a "
            "price from an earlier day on, or bill from a later one.",
        )
    return found.setup_price if item.once else found.price


def overlap(item: Item, period: Period) -> Period | None:
    """The days of a period on which something is paid for; None when there are none."""
    start = max(item.since, period.start)
    end = period.end if item.until is None else min(item.until, period.end)
    return Period(start, end) if start < end else None


def _filled(text: str, item: Item, period: Period, tariff: Tariff) -> str:
    """A text of a thing with the period in place of its names; what a name stands for is never read again."""
    if "{{" not in text:
        return text
    offer = tariff.offers.get(item.plan_id) if item.plan_id else None
    values = {
        "period": period_words(period, tariff.locale),
        "start": _day(period.start, "d MMMM y", tariff.locale),
        "end": _day(period.last, "d MMMM y", tariff.locale),
        "month": _day(period.start, "LLLL", tariff.locale),
        "year": str(period.start.year),
        "plan": offer.name if offer else "",
    }
    return NAME.sub(lambda found: values.get(found[1], ""), text)


def figure(price: Decimal, tariff: Tariff) -> str:
    """A price as a figure: 15,000.00; all its places when it is finer than the smallest coin."""
    try:
        return plain(Money.of(price, tariff.currency), tariff.locale)
    except (InexactAmount, AmountTooLarge):
        return f"{price.normalize():f}"


@lru_cache(maxsize=4096)
def _day(day: date, pattern: str, locale: str) -> str:
    return str(format_date(day, pattern, locale=locale.replace("-", "_")))
