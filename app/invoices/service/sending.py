"""Sending an invoice: the mail goes into the outbox, and only the mail server's word makes it "sent"."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.auth import audit
from app.auth.rules import Actor
from app.database import locked, transactional
from app.errors import NotFound
from app.invoices.errors import NobodyToSendTo
from app.invoices.models import Invoice
from app.invoices.rules import WrongState, refuse_written_off
from app.invoices.service.issuing import issue
from app.invoices.service.letters import letter
from app.messages import service as messages
from app.messages.models import Message
from app.messages.queries import asked_by


@transactional
def send(
    actor: Actor,
    invoice_id: uuid.UUID,
    *,
    now: datetime,
    version: int | None = None,
    channels: Sequence[str] = (),
    form_id: uuid.UUID | None = None,
) -> Message:
    """Queue the invoice for its client by the first of these channels that can be used, else in the client's order.

    A draft is issued first. A form that comes twice, by a double click or because its answer was lost, sends once.
    Raises NotVerified, NotReady, NobodyToSendTo, Unreachable, WrongState for a void or written
    off one.
    """
    actor.require("staff")
    actor.require_verified()
    invoice = _held(actor.business_id, invoice_id)
    if invoice.status == "draft":
        issue(actor, invoice_id, now=now, version=version)
    refuse_written_off(invoice.status, invoice.number, "send it")
    if invoice.status != "open":
        raise WrongState("This invoice is void, so it cannot be sent.", current=invoice.status)
    if (known := asked_by(actor.business_id, "invoice", "invoice", invoice_id, form_id)) is not None:
        return known
    about, faces = letter(actor.business_id, invoice_id, "invoice", now, channels=channels)
    if not faces and channels and "email" not in channels:
        raise NobodyToSendTo("channels", "This client has no number for messages by these.")
    if not faces:
        raise NobodyToSendTo("client_id")
    message = messages.dispatch(actor.business_id, replace(about, form_id=form_id), faces, now=now)
    facts = {"channel": message.channel, "message_id": str(message.id), "recipients": len(message.recipients)}
    audit.record(actor, "send_requested", "invoice", invoice_id, now, client_id=invoice.client_id, facts=facts)
    return message


@transactional
def mark_sent(actor: Actor, invoice_id: uuid.UUID, *, now: datetime) -> Invoice:
    """Note that staff sent the invoice some other way. Raises WrongState unless it is open."""
    actor.require("staff")
    invoice = _held(actor.business_id, invoice_id)
    refuse_written_off(invoice.status, invoice.number, "mark it as sent")
    if invoice.status != "open":
        raise WrongState("Only an issued invoice can be marked as sent.", current=invoice.status)
    invoice.sent_at = invoice.updated_at = now
    audit.record(actor, "marked_sent", "invoice", invoice_id, now, client_id=invoice.client_id)
    return invoice


@transactional
def message_accepted(message: Message, now: datetime) -> None:
    """A message about an invoice came to an end: note on the invoice that it went out, or that it did not."""
    if message.object_id is None:
        return
    if message.kind == "invoice" and message.state not in ("failed", "cancelled"):
        invoice = locked(Invoice, message.business_id, message.object_id)
        if invoice is not None and invoice.sent_at is None:
            invoice.sent_at = invoice.updated_at = now
    audit.record_delivery(message, now)


def _held(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice:
    invoice = locked(Invoice, business_id, invoice_id)
    if invoice is None:
        raise NotFound
    return invoice
