"""An invoice and a draft as the document shows them."""

from __future__ import annotations

from typing import Any


def _naira(amount: str) -> dict[str, Any]:
    return {"amount": amount, "minor": int(amount.replace(".", "")), "currency": "NGN"}


INVOICE = {
    "id": "01936f4e-7c00-7000-8000-000000000020",
    "number": None,
    "status": "draft",
    "payment_state": "unpaid",
    "overdue": False,
    "state": "draft",
    "customer_id": "01936f4e-7c00-7000-8000-000000000010",
    "customer_name": "Adaeze Nwosu",
    "currency": "NGN",
    "issue_date": "2026-11-20",
    "due_date": "2026-12-04",
    "po_number": "",
    "notes": "",
    "prices_include_tax": False,
    "discount": None,
    "rate_to_base": None,
    "subtotal": _naira("3000.00"),
    "discount_total": _naira("300.00"),
    "tax": _naira("202.50"),
    "total": _naira("2902.50"),
    "paid": _naira("0.00"),
    "credited": _naira("0.00"),
    "written_off": _naira("0.00"),
    "balance": _naira("0.00"),
    "lines": [
        {
            "id": "01936f4e-7c00-7000-8000-000000000021",
            "item_id": None,
            "description": "Fibre, monthly",
            "details": "",
            "unit": "",
            "quantity": "2",
            "unit_price": "1500.00",
            "discount": "10%",
            "taxes": [
                {
                    "id": "01936f4e-7c00-7000-8000-000000000022",
                    "name": "VAT",
                    "rate": "7.5",
                    "inclusive": False,
                }
            ],
            "gross": _naira("3000.00"),
            "net": _naira("2700.00"),
            "tax": _naira("202.50"),
            "total": _naira("2902.50"),
        }
    ],
    "taxes": [
        {
            "name": "VAT",
            "rate": "7.5",
            "inclusive": False,
            "base": _naira("2700.00"),
            "amount": _naira("202.50"),
        }
    ],
    "created_at": "2026-11-20T10:30:00Z",
    "updated_at": "2026-11-20T10:30:00Z",
    "issued_at": None,
    "sent_at": None,
    "paid_at": None,
    "voided_at": None,
    "void_reason": "",
    "version": 1,
}
TYPED = {
    "currency": "NGN",
    "issue_date": "2026-11-20",
    "due_date": "2026-12-04",
    "lines": [
        {
            "description": "Fibre, monthly",
            "quantity": "2",
            "unit_price": "1500.00",
            "taxes": ["VAT"],
            "discount": "10%",
        }
    ],
}
