"""Telling other rooms that an invoice owes nothing any more: paid, credited, written off or taken back."""

from __future__ import annotations

from flask import current_app

from app.invoices.models import Invoice


def tell_settled(invoice: Invoice) -> None:
    """Call what rooms above want to know of it, in the transaction that settles it.

    `duely_on_settled` hears of all, `duely_on_paid` of those that money or credit settled.
    """
    paid = "duely_on_paid" if invoice.status == "open" else ""
    extensions = current_app.extensions
    for listener in (*extensions.get("duely_on_settled", ()), *extensions.get(paid, ())):
        listener(invoice.business_id, invoice.client_id, invoice.id)
