"""Invoices as they go out: plain data from plain rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from app.invoices import rules
from app.invoices.figures import AnyLine, AnyTax
from app.invoices.queries.documents import tax_rows
from app.invoices.queries.plain import Whole
from app.invoices.queries.rows import Contents
from app.invoices.values import StoredInvoice
from app.money import Money, MoneyJSON, exponent, json_money
from app.web.api import instant


def invoice_data(whole: Whole, today: date) -> dict[str, Any]:
    """One invoice, `today` being the date in its business's time zone; without its lines where they were not read."""
    row = whole.invoice
    total, balance = row.total_minor, row.balance_minor
    nothing_came = row.status in ("draft", "void")
    settled = 0 if nothing_came else total - balance - row.written_off_minor
    noted = int(row.noted_minor)
    return {
        "id": str(row.id),
        "number": row.number,
        "status": row.status,
        "payment_state": rules.payment_state(total, balance, row.written_off_minor, row.status),
        "overdue": rules.is_overdue(row.status, balance, row.due_date, today),
        "state": rules.state(row.status, total, balance, row.due_date, today),
        "customer_id": _id(row.client_id),
        "customer_name": row.buyer_name,
        "currency": row.currency,
        "issue_date": row.issue_date.isoformat(),
        "due_date": row.due_date.isoformat(),
        "po_number": row.po_number,
        "notes": row.notes,
        "prices_include_tax": row.prices_include_tax,
        "discount": discount_text(row.discount_kind, row.discount_value, row.currency),
        "rate_to_base": None if row.rate_to_base is None else number(row.rate_to_base),
        "subtotal": _money(row.subtotal_minor, row.currency),
        "discount_total": _money(row.discount_minor, row.currency),
        "tax": _money(row.tax_minor, row.currency),
        "total": _money(total, row.currency),
        "paid": _money(settled - noted, row.currency),
        "credited": _money(noted, row.currency),
        "written_off": _money(row.written_off_minor, row.currency),
        "balance": _money(balance, row.currency),
        **_contents(row, whole.contents),
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
        "issued_at": instant(row.issued_at),
        "sent_at": instant(row.sent_at),
        "paid_at": instant(row.paid_at),
        "voided_at": instant(row.voided_at),
        "void_reason": row.void_reason,
        "version": row.version,
    }


def discount_text(kind: str | None, value: Decimal | None, currency: str) -> str | None:
    """A discount as it is typed: "10%", or an amount in major units."""
    if kind is None or value is None:
        return None
    return number(value) + "%" if kind == "percent" else number(value, exponent(currency))


def number(value: Decimal, places: int = 0) -> str:
    """A decimal with as many places as it has, and at least `places`: 2, 0.5, 1500.00."""
    whole, _, rest = f"{value:f}".partition(".")
    rest = rest.rstrip("0").ljust(places, "0")
    return f"{whole}.{rest}" if rest else whole


def _contents(row: StoredInvoice, stored: Contents | None) -> dict[str, Any]:
    if stored is None:
        return {"lines": None, "taxes": None}
    on_line: dict[uuid.UUID, list[AnyTax]] = {}
    for tax in stored.taxes:
        on_line.setdefault(tax.line_id, []).append(tax)
    return {
        "lines": [_line(line, on_line.get(line.id, ()), row.currency) for line in stored.lines],
        "taxes": [
            {
                "name": tax.name,
                "rate": number(tax.rate),
                "inclusive": tax.inclusive,
                "base": json_money(tax.base),
                "amount": json_money(tax.amount),
            }
            for tax in tax_rows(row, stored)
        ],
    }


def _line(line: AnyLine, taxes: Sequence[AnyTax], currency: str) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "item_id": _id(line.item_id),
        "description": line.title,
        "details": line.detail,
        "unit": line.unit,
        "quantity": number(line.quantity),
        "unit_price": number(line.unit_price, exponent(currency)),
        "discount": discount_text(line.discount_kind, line.discount_value, currency),
        "taxes": [
            {"id": str(tax.tax_id), "name": tax.name, "rate": number(tax.rate), "inclusive": tax.inclusive}
            for tax in taxes
        ],
        "gross": _money(line.gross_minor, currency),
        "net": _money(line.net_minor, currency),
        "tax": _money(line.tax_minor, currency),
        "total": _money(line.total_minor, currency),
    }


def _money(minor: int, currency: str) -> MoneyJSON:
    return json_money(Money(minor, currency))


def _id(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
