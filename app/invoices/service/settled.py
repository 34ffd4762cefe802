"""Telling other rooms that an invoice owes nothing any more: paid, credited, written off or taken back."""

from __future__ import annotations

from flask import current_app

from app.invoices.models import Invoice


def tell_settled(invoice: Invoice) -> None:
    """Call what rooms above want to know of it (`duely_on_paid`), in the transaction that settles it."""
    for listener in current_app.extensions.get("duely_on_paid", ()):
        listener(invoice.business_id, invoice.client_id, invoice.id)
