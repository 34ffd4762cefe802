"""Months of recurring revenue as a table for spreadsheets (RFC 4180): a row for each currency and month. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.billing.rules.movements import Movement
from app.reports.books import figure
from app.reports.journal_csv import MARK

MONEY = ("opening", "new", "reactivated", "expansion", "contraction", "churned", "closing")
CUSTOMERS = ("customers_before", "customers_new", "customers_back", "customers_lost", "customers")
PERCENT = ("customer_churn", "money_churn", "gross_retention", "net_retention")
COLUMNS = ("currency", "month", *MONEY, *CUSTOMERS, *(f"{name}_percent" for name in PERCENT))


def table(months: Iterable[tuple[str, Sequence[Movement]]]) -> str:
    """The whole file. Amounts are major units a month; what takes away is above zero, as on the page."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    for currency, movements in months:
        for one in movements:
            amounts = (figure(getattr(one, name), currency) for name in MONEY)
            rates = (_percent(getattr(one, name)) for name in PERCENT)
            writer.writerow(
                (currency, f"{one.month:%Y-%m}", *amounts, *(getattr(one, name) for name in CUSTOMERS), *rates)
            )
    return MARK + written.getvalue()


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
