"""Expected money, days to pay and what reminders bring, worked out by hand; and where days begin in a time zone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.billing.rules.movements import Movement
from app.reports.paying import PaidMonth, average, by_step, expected, median, offsets, outstanding_days
from app.reports.recurring_csv import table

TODAY = date(2026, 11, 27)


def test_expected_money_stands_in_the_band_of_its_day_and_what_is_overdue_by_itself():
    owed = {date(2026, 11, 26): 7, TODAY: 100, date(2026, 12, 27): 20, date(2026, 12, 28): 3, date(2027, 2, 26): 900}
    coming = {date(2026, 12, 15): 1_000, date(2027, 1, 26): 2_000, date(2027, 2, 25): 4_000}
    found = expected("NGN", owed, coming, TODAY)
    assert found.overdue == 7
    assert [(str(one.first), str(one.last), one.open_minor, one.coming_minor) for one in found.bands] == [
        ("2026-11-27", "2026-12-27", 120, 1_000),
        ("2026-12-28", "2027-01-26", 3, 2_000),
        ("2027-01-27", "2027-02-25", 0, 4_000),
    ]
    assert found.so_far == (1_120, 3_123, 7_123)


@pytest.mark.parametrize(
    "days, middle, mean",
    [
        ([], None, None),
        ([4], 4, 4),
        ([1, 2], Decimal("1.5"), Decimal("1.5")),
        ([1, 1, 2, 60], Decimal("1.5"), 16),
        ([-3, 0, 0, 10, 400], 0, Decimal("81.4")),
        ([1, 1, 2], 1, Decimal("1.3")),
    ],
)
def test_the_median_and_the_average_of_days(days: list[int], middle: object, mean: object):
    assert (median(Counter(days)), average(Counter(days))) == (middle, mean)


def test_paid_before_the_day_of_issue_is_paid_on_it_but_as_early_as_it_was_before_the_due_date():
    month = PaidMonth(date(2026, 11, 1))
    month.count(-2, -16, 3)
    assert (month.issued, month.due, month.invoices) == (Counter({0: 3}), Counter({-16: 3}), 3)


def test_sales_outstanding_are_what_is_owed_in_days_of_what_was_billed():
    assert outstanding_days(500, 1_500, 90) == 30
    assert outstanding_days(1, 3, 90) == 30
    assert outstanding_days(500, 0, 90) is None


def test_steps_are_told_in_the_order_of_their_days_with_all_their_currencies():
    rows = [
        ("remind", 3, "reminder_overdue", "NGN", 4, 1, 50_000),
        ("remind", -3, "reminder_before", "NGN", 10, 0, 0),
        ("remind", 3, "reminder_overdue", "USD", 4, 2, 900),
    ]
    before, after = by_step(rows)
    assert (before.days, before.sent, before.paid, before.share, before.amounts) == (-3, 10, 0, 0, {})
    assert (after.sent, after.paid, after.share) == (8, 3, Decimal("37.5"))
    assert after.amounts == {"NGN": 50_000, "USD": 900}


@pytest.mark.parametrize(
    "zone", ["UTC", "Africa/Lagos", "Asia/Kathmandu", "America/St_Johns", "Europe/Berlin", "Pacific/Kiritimati"]
)
def test_a_wall_clock_is_ahead_as_pythons_is_at_every_hour_of_two_years(zone: str):
    known = offsets(zone, date(2025, 1, 1), date(2026, 12, 31))
    at = datetime(2025, 1, 1, tzinfo=UTC) - timedelta(hours=14)
    while at < datetime(2027, 1, 1, tzinfo=UTC) + timedelta(hours=14):
        told = [seconds for since, seconds in known if since <= at][-1]
        assert told == at.astimezone(ZoneInfo(zone)).utcoffset().total_seconds(), at
        at += timedelta(hours=1)


def test_the_table_to_keep_has_a_row_for_each_currency_and_month():
    month = Movement(date(2026, 11, 1), 100_000, 5_000, 0, 0, 2_000, 10_000, 93_000, 4, 1, 0, 1, 4)
    text = table([("NGN", [month]), ("JPY", [Movement(date(2026, 11, 1))])])
    assert text.splitlines()[1:] == [
        "NGN,2026-11,1000.00,50.00,0.00,0.00,20.00,100.00,930.00,4,1,0,1,4,25.0,12.0,88.0,88.0",
        "JPY,2026-11,0,0,0,0,0,0,0,0,0,0,0,0,,,,",
    ]
