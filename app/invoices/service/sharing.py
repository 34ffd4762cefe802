"""Handing the customer's link on by hand: copied, or put into a WhatsApp message that the person sends themself."""

from __future__ import annotations

import uuid
from datetime import datetime
from urllib.parse import quote

from app.auth import audit
from app.auth.rules import Actor
from app.auth.service import links
from app.clients.queries import get_client
from app.database import locked, transactional
from app.errors import NotFound
from app.invoices.models import Invoice
from app.invoices.rules import WrongState, refuse_written_off
from app.money import Money, format_money

WHATSAPP = "https://wa.me/"
WHATSAPP_ORIGINS = ("https://wa.me", "https://api.whatsapp.com", "https://web.whatsapp.com")
"""Where a form that leads to a click-to-chat link may end up: wa.me passes on to the others."""


@transactional
def share_link(actor: Actor, invoice_id: uuid.UUID, *, now: datetime) -> str:
    """The customer's address of an issued invoice, made if there is none. Raises NotVerified, WrongState."""
    invoice = _shareable(actor, invoice_id)
    made = links.find_live_token(actor.business_id, "invoice", invoice_id) is None
    token = links.make_link(actor.business_id, "invoice", invoice_id, now)
    if made:
        audit.record(actor, "made_link", "invoice", invoice_id, now, client_id=invoice.client_id)
    return links.public_url(f"/i/{token}/")


@transactional
def whatsapp_link(actor: Actor, invoice_id: uuid.UUID, *, now: datetime) -> str:
    """A click-to-chat address with the message ready to send; that it was opened is all we ever learn.

    Without a phone number the person chooses the chat. Raises NotVerified, WrongState.
    """
    invoice = _shareable(actor, invoice_id)
    url = share_link(actor, invoice_id, now=now)
    client = get_client(actor.business_id, invoice.client_id)  # type: ignore[arg-type]
    amount = format_money(Money(invoice.balance_minor, invoice.currency), client.language or "en")
    text = f"Hello {client.name}, here is invoice {invoice.number} over {amount}: {url}"
    audit.record(actor, "opened_whatsapp", "invoice", invoice_id, now, client_id=invoice.client_id)
    return f"{WHATSAPP}{client.phone.lstrip('+')}?text={quote(text, safe='')}"


def _shareable(actor: Actor, invoice_id: uuid.UUID) -> Invoice:
    actor.require("staff")
    actor.require_verified()
    invoice = locked(Invoice, actor.business_id, invoice_id)
    if invoice is None:
        raise NotFound
    if invoice.status == "draft":
        raise WrongState("This invoice is still a draft: issue it before you share it.", current=invoice.status)
    if invoice.status == "void":
        raise WrongState("This invoice is void, so it is not shared any more.", current=invoice.status)
    refuse_written_off(invoice.status, invoice.number, "share it")
    return invoice
