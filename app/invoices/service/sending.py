"""Sending an invoice: the mail goes into the outbox, and only the mail server's word makes it "sent"."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask import current_app

from app.auth import audit
from app.auth.rules import Actor
from app.auth.service import links
from app.clients.queries import document_recipients
from app.database import locked, transactional
from app.errors import NotFound
from app.invoices.errors import NobodyToSendTo
from app.invoices.mail import invoice_context, invoice_values
from app.invoices.models import Invoice
from app.invoices.queries import InvoiceDocument, attachments, document_view
from app.invoices.rules import WrongState, refuse_written_off
from app.invoices.service.issuing import issue
from app.messages import service as messages
from app.messages.models import Message
from app.messages.queries import wording_of
from app.messages.render import Rendered, compose


@transactional
def send(actor: Actor, invoice_id: uuid.UUID, *, now: datetime, version: int | None = None) -> Message:
    """Queue the invoice by e-mail to the client's contacts, issuing it first when it is a draft.

    Raises NotVerified, NotReady, NobodyToSendTo, WrongState for a void or written off one.
    """
    actor.require("staff")
    actor.require_verified()
    invoice = _held(actor.business_id, invoice_id)
    if invoice.status == "draft":
        issue(actor, invoice_id, now=now, version=version)
    refuse_written_off(invoice.status, invoice.number, "send it")
    if invoice.status != "open":
        raise WrongState("This invoice is void, so it cannot be sent.", current=invoice.status)
    recipients = document_recipients(actor.business_id, invoice.client_id)  # type: ignore[arg-type]
    if not recipients:
        raise NobodyToSendTo("client_id")
    token = links.make_link(actor.business_id, "invoice", invoice_id, now)
    document = document_view(actor.business_id, invoice_id, now)
    logo = links.public_url(f"/i/{token}/logo.png") if document.seller.get("logo_key") else None
    rendered = write_email(document, links.public_url(f"/i/{token}/"), logo)
    files = [{"kind": "invoice_pdf", "invoice_id": str(invoice_id)}]
    files += [
        {"kind": "stored", "key": row.storage_key, "filename": row.filename, "content_type": row.content_type}
        for row in attachments(actor.business_id, invoice_id)
    ]
    message = messages.queue_email(
        actor.business_id,
        "invoice",
        recipients,
        rendered,
        object_kind="invoice",
        object_id=invoice_id,
        client_id=invoice.client_id,
        reply_to=str(document.seller.get("email") or ""),
        sender_name=str(document.seller.get("name") or ""),
        attachments=files,
        now=now,
    )
    facts = {"channel": "email", "message_id": str(message.id), "recipients": len(recipients)}
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
    invoice.sent_at = now
    audit.record(actor, "marked_sent", "invoice", invoice_id, now, client_id=invoice.client_id)
    return invoice


@transactional
def message_accepted(message: Message, now: datetime) -> None:
    """A message about an invoice came to an end: note on the invoice that it went out, or that it did not."""
    actor = Actor.system(message.business_id)
    if message.object_id is None:
        return
    facts = {"message_id": str(message.id), "kind": message.kind, "channel": message.channel}
    if message.state == "sent":
        invoice = locked(Invoice, message.business_id, message.object_id)
        if invoice is not None and message.kind == "invoice" and invoice.sent_at is None:
            invoice.sent_at = now
        verb = "sent"
    else:
        verb, facts["reason"] = "not_sent", message.reason
    audit.record(actor, verb, "invoice", message.object_id, now, client_id=message.client_id, facts=facts)


def write_email(document: InvoiceDocument, page_url: str, logo_url: str | None) -> Rendered:
    """The e-mail that brings an invoice to its client, whose page stands at `page_url`. Nothing is sent."""
    context = invoice_context(document, page_url, can_pay_online=takes_payments(document), logo_url=logo_url)
    words = wording_of(document.business_id, "invoice", document.language)
    values = invoice_values(document, page_url)
    return compose(current_app.jinja_env, "invoice", words.wording, values, context).email


def takes_payments(document: InvoiceDocument) -> bool:
    """Whether an invoice can be paid online now."""
    asked = current_app.extensions.get("duely_takes_payments", lambda _business_id: False)
    return document.payable and bool(asked(document.business_id))


def _held(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice:
    invoice = locked(Invoice, business_id, invoice_id)
    if invoice is None:
        raise NotFound
    return invoice
