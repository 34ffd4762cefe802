"""What the bigger parts of the style guide show: a chart, the age of debts, what a search finds, lines, one invoice.

Rooms make these from their data; the web layer knows no room, so here they are written by hand.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace as Some
from typing import Any

from wtforms import Form, HiddenField

from app.money import Money
from app.web.fields import LongText, Text

ID = uuid.UUID(int=1)
NAMES = ("Jun", "Jul", "Aug", "Sep", "Oct", "Nov")
BARS = ((96, 74), (128, 110), (104, 101), (150, 122), (171, 140), (139, 62))
AGES = (
    ("Not due", 640_000_00),
    ("1 to 30 days", 210_000_00),
    ("31 to 60", 96_400_00),
    ("61 to 90", 38_000_00),
    ("Older", 12_500_00),
)


class Line(Form):
    """One line of the editor of an invoice."""

    item_id = HiddenField()
    title = Text("What", 200)
    detail = LongText("Detail", 200)
    discount = Text("Discount", 64)
    quantity = Text("Quantity", 64)
    unit = Text("Unit", 24)
    unit_price = Text("Price", 64)
    taxes = Text("Taxes", 64)
    picked_taxes = ("vat",)


def naira(minor: int) -> Money:
    """An amount in kobo."""
    return Money(minor, "NGN")


def samples(scheme: str, today: date) -> dict[str, Any]:
    """Everything the bigger parts want; ids differ by the scheme."""
    return {
        "charts": charts(today),
        "months": [
            (name, naira(one * 10_000_00), naira(two * 10_000_00)) for name, (one, two) in zip(NAMES, BARS, strict=True)
        ],
        "currency": "NGN",
        "ages": [(word, f"a{place}", naira(minor)) for place, (word, minor) in enumerate(AGES)],
        "age_parts": age_parts(),
        "found": found(today),
        "clients": [
            Some(
                id=place, name=name, email=f"accounts@{name.split()[0].lower()}.example", currency="NGN", terms_days=14
            )
            for place, name in enumerate(("Lagoon Dental Clinic", "Okonkwo Logistics Ltd"))
        ],
        "balances": {1: [naira(736_250_00)]},
        "items": items(),
        "prices": {0: naira(86_000_00), 1: None},
        "taxes": [Some(id="vat", name="VAT", rate=Decimal("7.5"), compound=False)],
        "lines": lines(scheme),
        "doc": document(today),
    }


def charts(today: date) -> list[tuple[str, Any, date]]:
    """One picture for wide screens and one for narrow ones: (name, geometry, since when)."""
    made = []
    for name, width, left in (("wide", 760, 40), ("narrow", 340, 34)):
        step = (width - left) / len(BARS)
        middles = [left + step * (place + 0.5) for place in range(len(BARS))]
        columns = [
            Some(
                x=round(x, 1), name=month, last=month == NAMES[-1],
                invoiced=f"M{x - 15:.1f} 184V{184 - one}h30V184z", received=f"M{x - 9:.1f} 184V{184 - two}h18V184z",
                expected=(round(x - 8.4, 1), 184 - two - 40, 16.8, 39.4) if month == NAMES[-1] else None,
            )
            for x, month, (one, two) in zip(middles, NAMES, BARS, strict=True)
        ]  # fmt: skip
        grid = [Some(y=184 - 58 * mark, label=f"{mark * 500}k" if mark else "0") for mark in range(4)]
        made.append(
            (name, Some(frame=Some(width=width, height=210, left=left, base=184), lines=grid, columns=columns), today)
        )
    return made


def age_parts() -> list[Any]:
    """The ageing bar on a width of 1000."""
    total, x, parts = sum(minor for _, minor in AGES), 0.0, []
    for place, (_, minor) in enumerate(AGES):
        width = 984 * minor / total
        parts.append(Some(css=f"a{place}", x=round(x, 1), width=round(width, 1)))
        x += width + 4
    return parts


def items() -> list[Any]:
    """Two things to sell."""
    line = {"description": "", "currency": "NGN", "tax_ids": ()}
    return [
        Some(id=0, name="Business fibre 100 Mbit/s", code="B100", unit="month", price=Decimal(86_000), **line),
        Some(id=1, name="Drop cable", code="", unit="metre", price=Decimal("4.125"), **line),
    ]


def lines(scheme: str) -> list[Any]:
    """Two lines of an editor; the second has something wrong in it."""
    good = Line(
        prefix=f"{scheme}-lines-0-",
        data={"title": "Business fibre", "quantity": "1", "unit": "month", "unit_price": "86,000.00"},
    )
    bad = Line(
        prefix=f"{scheme}-lines-1-",
        data={"title": "Drop cable", "detail": "Black", "quantity": "2x", "unit_price": "420.00", "discount": "10%"},
    )
    bad.quantity.errors = ("Enter a number.",)
    return [Some(form=form, index=place, id=f"{scheme}-lines-{place}") for place, form in enumerate((good, bad))]


def found(today: date) -> Any:
    """What a search found."""
    client = Some(id=ID, name="Lagoon Dental Clinic")
    row = Some(id=ID, number="INV-2026-0416", buyer_name=client.name, balance=naira(86_000_00), total=naira(86_000_00))
    item = Some(id=ID, name="Lagoon mast rental", currency="NGN", price=Decimal(42_000), unit="month")
    place = Some(url="#invoices", name="Invoices", icon="file-invoice")
    owed = {ID: [naira(86_000_00)]}
    return Some(
        clients=[client],
        owed=owed,
        invoices=[row],
        badges={ID: ("soon", "Due in 2 days")},
        items=[item],
        places=[place],
        many=4,
    )


def document(today: date) -> Any:
    """An invoice that is paid in part and late."""
    sold = [
        Some(title="Dedicated fibre 100 Mbps", amount=naira(420_000_00)),
        Some(title="Static IP addresses", amount=naira(60_000_00)),
    ]
    vat = Some(name="VAT", rate=Decimal("7.5"), amount=naira(36_000_00), inclusive=False)
    return Some(
        id=ID, client_id=None, number="INV-2026-0418", status="open", state="overdue", overdue=True, payable=True,
        draft=False, sent_at=today, buyer=Some(name="Okonkwo Logistics Ltd"), issue_date=today - timedelta(20),
        due_date=today - timedelta(6),
        po_number="OKL/26/0093", lines=sold, document_discount=naira(0), taxes=[vat],
        total=naira(516_000_00), balance=naira(316_000_00), paid=naira(200_000_00),
    )  # fmt: skip
