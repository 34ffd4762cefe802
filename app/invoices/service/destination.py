"""Where an invoice would go if it were sent now, and what it would say, for whoever is asked."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.auth.queries import get_business
from app.clients.queries import reach
from app.clock import day_in
from app.invoices.mail import by_now
from app.invoices.models import Invoice
from app.invoices.queries.documents import document_view
from app.messages.queries import refusing
from app.messages.rules import by

OVERDUE_AT_ONCE = "This invoice will be overdue on the day it is issued."


def destination(business_id: uuid.UUID, client_id: uuid.UUID) -> tuple[str, list[str]]:
    """(channel, addresses) that a message to a client would leave by now; ("", []) when nobody can be reached.

    Addresses that bounced or whose owners wrote stop are left out, as they are when it is sent. Raises NotFound.
    """
    whom = reach(business_id, client_id)
    for channel in whom.channels:
        addresses = [address for _, address in whom.recipients(channel)]
        shut = refusing(business_id, channel, addresses)
        left = [address for address in addresses if address.casefold() not in shut]
        if left:
            return channel, left if channel == "email" else left[:1]
    return "", []


def overdue_at_once(invoice: Invoice, now: datetime) -> tuple[str, ...]:
    """That a draft would be overdue on the day it is issued, in a sentence; nothing where it would not."""
    today = day_in(now, get_business(invoice.business_id).timezone)
    return (OVERDUE_AT_ONCE,) if invoice.status == "draft" and invoice.due_date < today else ()


def what_sending_does(invoice: Invoice, now: datetime) -> tuple[str, ...]:
    """What will happen when an invoice is sent, in sentences. Raises NotFound."""
    channel, addresses = destination(invoice.business_id, invoice.client_id) if invoice.client_id else ("", [])
    files = ", with the PDF," if channel == "email" else ""
    to = f"It goes {by(channel)}{files} to {', '.join(addresses)}." if channel else ""
    nobody = "Nobody at this client can be written to now. Add an address, or copy the link and send it yourself."
    if invoice.status == "draft":
        standing = "It is issued first and gets its number."
    else:
        standing = by_now(document_view(invoice.business_id, invoice.id, now))
    return tuple(sentence for sentence in (to or nobody, standing, *overdue_at_once(invoice, now)) if sentence)
