"""Recurring revenue: what things are a month, on which days, and how one month became the next."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import Cycle, Span, spans
from app.billing.rules.charging import Item, Offer, Tariff, per_period
from app.billing.rules.movements import Movement, kept, movements
from app.billing.rules.plans import PriceValues
from app.billing.rules.recurring import Account, Agreed, Worth, closing_days, known_on, monthly, stretches

HOME = uuid.UUID(int=1)
ALWAYS = (Span(date(2020, 1, 1)),)


def agreed(unit: str = "month", count: int = 1, **changes: object) -> Agreed:
    return Agreed("NGN", unit, count, Decimal(1), Decimal(15_000))._replace(**changes)


@pytest.mark.parametrize(
    "minor, unit, count, a_month",
    [
        (1_500_000, "month", 1, 1_500_000),
        (4_500_000, "month", 3, 1_500_000),
        (1_000, "month", 3, 333),  # 333.33
        (1_000, "month", 6, 167),  # 166.67
        (12_000_000, "year", 1, 1_000_000),
        (10_000, "year", 1, 833),  # 833.33
        (10_000, "year", 2, 417),  # 416.67
        (6, "year", 1, 1),  # a half is rounded up
        (100, "day", 1, 3_042),  # 100 × 365 ÷ 12 = 3,041.67
        (3_500, "week", 1, 15_208),  # 3,500 × 365 ÷ 84 = 15,208.33
        (10_000, "day", 30, 10_139),  # 10,000 × 365 ÷ 360 = 10,138.89
        (10_000, "week", 4, 10_863),  # 10,000 × 365 ÷ 336 = 10,863.10
    ],
)
def test_every_cycle_is_brought_to_a_month(minor: int, unit: str, count: int, a_month: int):
    assert monthly(minor, Cycle(unit, count)) == a_month


@pytest.mark.parametrize(
    "changes, a_month",
    [
        ({}, 1_500_000),
        ({"quantity": Decimal("2.5")}, 3_750_000),
        ({"discount": ("percent", Decimal(10))}, 1_350_000),
        ({"discount": ("amount", Decimal(2_000))}, 1_300_000),
        ({"discount": ("amount", Decimal(20_000))}, 0),  # a discount never makes anybody owed money
        ({"cycle_count": 3, "discount": ("percent", Decimal(10))}, 450_000),
        ({"currency": "JPY"}, 15_000),
        ({"currency": "KWD", "price": Decimal("15.125")}, 15_125),
    ],
)
def test_a_thing_is_its_price_less_its_discount(changes: dict[str, object], a_month: int):
    assert [minor for _, minor in Worth(agreed(**changes)).steps(date(2026, 1, 1))] == [a_month]


PRICES = (
    PriceValues("NGN", Decimal(15_000), date(2026, 3, 1)),
    PriceValues("NGN", Decimal(18_000), date(2026, 6, 1)),
    PriceValues("NGN", Decimal(20_000), date(2026, 8, 1), for_all=False),
    PriceValues("USD", Decimal(20), date(2026, 1, 1)),
)


def told(since: date, until: date | None = None, paid: tuple[Span, ...] = ALWAYS, **changes: object) -> list[str]:
    worth = Worth(agreed(price=None, plan_id=HOME, **changes), PRICES)
    found = stretches(worth.steps(since), since, until, paid)
    return [f"{one.start:%d.%m.%y}-{f'{one.end:%d.%m.%y}' if one.end else ''} {one.minor // 100}" for one in found]


def test_a_plan_counts_by_its_price_of_the_day():
    assert told(date(2026, 3, 15)) == ["15.03.26-01.06.26 15000", "01.06.26- 18000"]


def test_a_price_for_new_customers_counts_for_those_who_begin_with_it():
    assert told(date(2026, 8, 1)) == ["01.08.26- 20000"]


def test_before_the_first_price_of_a_plan_the_first_counts():
    assert told(date(2025, 1, 1))[0] == "01.01.25-01.06.26 15000"


def test_without_a_price_in_its_currency_nothing_counts():
    assert told(date(2026, 3, 15), currency="KES") == []
    assert told(date(2026, 3, 15), currency="USD") == ["15.03.26- 20"]


def test_pauses_and_ends_are_days_that_are_not_paid_for():
    paid = spans(date(2026, 6, 10), date(2026, 12, 1), [Span(date(2026, 7, 1), date(2026, 9, 1))])
    assert told(date(2026, 6, 10), paid=paid) == ["10.06.26-01.07.26 18000", "01.09.26-01.12.26 18000"]
    assert told(date(2026, 6, 10), date(2026, 6, 20), paid=paid) == ["10.06.26-20.06.26 18000"]
    assert told(date(2026, 6, 10), date(2026, 6, 5), paid=paid) == []


def test_figures_are_taken_at_the_ends_of_months_and_today():
    assert [str(day) for day in closing_days(date(2026, 3, 17), 4)] == [
        "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-17"
    ]  # fmt: skip


def account(*minors: int, first: str) -> Account:
    return Account(list(minors), date.fromisoformat(first))


DAYS = closing_days(date(2026, 3, 31), 3)
"""31 December, then the ends of January, February and March."""


def test_a_quarter_worked_out_by_hand():
    """Ada pays 100 all along and 150 from March on; Bo 200, then 120 from February on; Chi 300 and leaves in January;
    Di comes in February with 80; Efe paid years ago, comes back in March with 60; Femi pauses in February."""
    rows = [
        account(100, 100, 100, 150, first="2024-05-01"),
        account(200, 200, 120, 120, first="2025-12-31"),
        account(300, 0, 0, 0, first="2025-01-01"),
        account(0, 0, 80, 80, first="2026-02-10"),
        account(0, 0, 0, 60, first="2019-01-01"),
        account(50, 50, 0, 50, first="2025-03-01"),
    ]
    assert movements(rows, DAYS) == [
        Movement(date(2026, 1, 1), opening=650, churned=300, closing=350,
                 customers_before=4, customers_lost=1, customers=3),
        Movement(date(2026, 2, 1), opening=350, new=80, contraction=80, churned=50, closing=300,
                 customers_before=3, customers_new=1, customers_lost=1, customers=3),
        Movement(date(2026, 3, 1), opening=300, reactivated=110, expansion=50, closing=460,
                 customers_before=3, customers_back=2, customers=5),
    ]  # fmt: skip
    january, february, march = movements(rows, DAYS)
    # 1 of 4 customers and 300 of 650; 1 of 3 and 130 of 350; nobody.
    assert [one.customer_churn for one in (january, february, march)] == [25, Decimal("33.3"), 0]
    assert [one.money_churn for one in (january, february, march)] == [Decimal("46.2"), Decimal("37.1"), 0]
    assert [one.gross_retention for one in (january, february, march)] == [Decimal("53.8"), Decimal("62.9"), 100]
    assert march.net_retention == Decimal("116.7"), "300 became 350 with those who were there"
    # Of 650 at the end of December: 100, 120, 0 and 50 without growth, 50 more with it.
    year = kept(rows)
    assert (year.opening, year.gross_minor, year.net_minor) == (650, 270, 320)
    assert (year.gross, year.net) == (Decimal("41.5"), Decimal("49.2"))


def test_somebody_who_comes_and_goes_within_a_month_was_never_there():
    [january, *_] = movements([account(0, 0, 0, 0, first="2026-01-10")], DAYS)
    assert january == Movement(date(2026, 1, 1))


def test_without_customers_there_are_no_rates():
    [january, *_] = movements([], DAYS)
    assert (january.customer_churn, january.money_churn, january.net_retention) == (None, None, None)
    assert kept([]).net is None


days = st.dates(date(2025, 6, 1), date(2026, 6, 1))
items = st.builds(
    lambda since, length, price, quantity, plan: Item(
        uuid.uuid4(), "x", quantity, since, None if length is None else since + timedelta(days=length),
        None if plan else price, HOME if plan else None,
    ),
    days, st.none() | st.integers(1, 300), st.decimals(0, 1000, places=2), st.decimals(1, 3, places=2), st.booleans(),
)  # fmt: skip
agreements = st.tuples(
    st.sampled_from([("month", 1), ("month", 3), ("year", 1), ("week", 1), ("day", 10)]),
    days,
    st.none() | st.integers(1, 400),
    st.lists(st.tuples(days, st.none() | st.integers(1, 90)), max_size=2),
    st.lists(items, max_size=3),
)


@given(st.lists(st.tuples(st.integers(0, 3), agreements), max_size=8), st.dates(date(2026, 1, 1), date(2026, 6, 30)))
def test_what_opens_and_moves_is_what_closes_and_the_ends_are_what_is_held_on_that_day(given_, today):
    """To the minor unit, and each end is what one finds by looking at nothing but that day."""
    cheap = PriceValues("NGN", Decimal(100), date(2025, 6, 1))
    prices = (cheap, PriceValues("NGN", Decimal("133.33"), date(2026, 2, 10)))
    ends = closing_days(today, 6)
    accounts: dict[int, Account] = {}
    held: list[int] = [0] * len(ends)
    for client, ((unit, count), start, length, pauses, things) in given_:
        until = None if length is None else start + timedelta(days=length)
        away = [Span(since, None if many is None else since + timedelta(days=many)) for since, many in pauses]
        paid = spans(start, until, away)
        for item in things:
            worth = Worth(Agreed("NGN", unit, count, item.quantity, item.price, item.plan_id), prices)
            for one in stretches(worth.steps(item.since), item.since, item.until, paid):
                accounts.setdefault(client, Account([0] * len(ends))).add(one, ends)
            for place, day in enumerate(ends):
                on = start <= day and (until is None or day < until)
                if on and not any(one.start <= day and (one.end is None or day < one.end) for one in away):
                    whole = per_period([item], Tariff("NGN", {HOME: Offer("Home", prices)}), day)
                    held[place] += monthly(whole.minor, Cycle(unit, count))
    found = movements(accounts.values(), ends)
    assert [found[0].opening, *(one.closing for one in found)] == held
    for one in found:
        moved = one.new + one.reactivated + one.expansion - one.contraction - one.churned
        assert one.opening + moved == one.closing
        assert one.customers_before + one.customers_new + one.customers_back - one.customers_lost == one.customers
        assert min(one.new, one.reactivated, one.expansion, one.contraction, one.churned) >= 0
    assert [one.opening for one in found[1:]] == [one.closing for one in found[:-1]]


def test_more_than_can_be_billed_is_no_revenue_until_it_costs_less():
    prices = (
        PriceValues("NGN", Decimal(15_000), date(2026, 1, 1)),
        PriceValues("NGN", Decimal(999_999_999_999), date(2026, 3, 1)),
        PriceValues("NGN", Decimal(20_000), date(2026, 5, 1)),
    )
    steps = Worth(agreed(price=None, plan_id=HOME, quantity=Decimal(100)), prices).steps(date(2026, 1, 1))
    found = list(stretches(steps, date(2026, 1, 1), None, ALWAYS))
    assert [(one.start, one.end, one.minor) for one in found] == [
        (date(2026, 1, 1), date(2026, 3, 1), 150_000_000),
        (date(2026, 5, 1), None, 200_000_000),
    ]
    days = [date(2025, 12, 31), date(2026, 2, 28), date(2026, 4, 30), date(2026, 5, 1)]
    assert [known_on(steps, day) for day in days] == [True, True, False, True]
    assert not known_on((), date(2026, 1, 1))
