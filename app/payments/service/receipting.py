"""The receipt that a client gets when money has arrived: once for each payment, with the PDF."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app import jobs
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.clients.queries import reach
from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices.queries import InvoiceDocument, document_view
from app.invoices.service.letters import about, client_page
from app.messages import service as messages
from app.messages.faces import faces
from app.messages.models import Message
from app.messages.queries import asked_by, wording_of
from app.messages.render import compose
from app.money import Money, format_money
from app.payments.mail import receipt_context, receipt_values
from app.payments.models import Allocation, Payment

ENOUGH = timedelta(minutes=1)


def ask_for_receipt(payment: Payment) -> None:
    """Have the receipt sent, in the transaction that books the payment; not where the business sends none."""
    if get_business(payment.business_id).send_receipts:
        args = {"payment_id": str(payment.id)}
        jobs.enqueue("payments.send_receipt", f"receipt:{payment.id}", args, business_id=payment.business_id)


@transactional
def send_receipt(
    actor: Actor,
    payment_id: uuid.UUID,
    *,
    now: datetime,
    channels: Sequence[str] = (),
    form_id: uuid.UUID | None = None,
) -> Message | None:
    """Queue the receipt for the client, by the first channel that can be used.

    One that was written within a minute is enough: a button is pressed twice, or it goes out by itself meanwhile; and
    the same form, whenever it comes again, sends once.
    By itself (the system acts) nothing is sent for money that went back or was undone meanwhile, that settled nothing,
    or to somebody who cannot be reached. Raises NotFound, NotVerified and, for a person, Unreachable.
    """
    actor.require("staff")
    actor.require_verified()
    payment = locked(Payment, actor.business_id, payment_id)
    if payment is None:
        raise NotFound
    known = asked_by(payment.business_id, "receipt", "payment", payment_id, form_id)
    if (just := known or _sent_just_now(payment, now)) is not None:
        return just
    parts = _parts(payment)
    if payment.reversed_at is not None or not parts:
        if actor.kind == "system":
            return None
        raise messages.Unreachable("This payment settles no invoice, so there is nothing to confirm.")
    documents = [document_view(payment.business_id, invoice_id, now) for invoice_id, _ in parts]
    made = _faces(payment, documents, parts, channels, now)
    try:
        subject = replace(about(documents[0], "receipt", "payment", payment_id), form_id=form_id)
        message = messages.dispatch(actor.business_id, subject, made, now=now)
    except messages.Unreachable:
        if actor.kind == "system":
            return None
        raise
    facts = {"channel": message.channel, "message_id": str(message.id), "kind": "receipt"}
    audit.record(actor, "receipt_requested", "payment", payment_id, now, client_id=payment.client_id, facts=facts)
    return message


def _sent_just_now(payment: Payment, now: datetime) -> Message | None:
    mine = (Message.business_id == payment.business_id, Message.object_kind == "payment")
    lately = (Message.object_id == payment.id, Message.created_at > now - ENOUGH, Message.state != "failed")
    return db.session.scalar(select(Message).where(*mine, *lately).order_by(Message.id.desc()).limit(1))


def unwanted(message: Message, _now: datetime) -> str:
    """Why a receipt that waits in the outbox should not leave any more; empty when it should."""
    mine = (Payment.business_id == message.business_id, Payment.id == message.object_id)
    undone = db.session.scalar(select(Payment.reversed_at).where(*mine))
    return "The payment was undone before it left." if undone else ""


def _faces(
    payment: Payment,
    documents: Sequence[InvoiceDocument],
    parts: Sequence[tuple[uuid.UUID, int]],
    channels: Sequence[str],
    now: datetime,
) -> list[Any]:
    first = documents[0]
    page_url, logo_url = client_page(first, now)
    context = receipt_context(first, payment, page_url, logo_url)
    values = receipt_values(first, payment, page_url)
    if len(documents) > 1:
        left = sum((one.balance.minor for one in documents), 0)
        owed = format_money(Money(left, payment.currency), first.language)
        values |= {"number": ", ".join(one.number or "" for one in documents), "balance": owed}
        rows = [
            {"label": one.number or "", "amount": format_money(Money(minor, payment.currency), first.language)}
            for one, (_, minor) in zip(documents, parts, strict=True)
        ]
        context |= {"balance_text": owed if left else None, "rows": [*rows, *context["rows"]]}
    pdf = {"kind": "receipt_pdf", "payment_id": str(payment.id)}
    words = wording_of(payment.business_id, "receipt", first.language)
    composed = compose(current_app.jinja_env, "receipt", words.wording, values, context | {"pdf_attached": True})
    whom = reach(payment.business_id, payment.client_id, channels)
    return faces(whom, composed, words, values, attachments=[pdf], media=pdf)


def _parts(payment: Payment) -> list[tuple[uuid.UUID, int]]:
    """(invoice, minor units) of what the payment settles now, the oldest invoice first."""
    total = func.sum(Allocation.amount_minor)
    query = (
        select(Allocation.invoice_id, total)
        .where(Allocation.business_id == payment.business_id, Allocation.payment_id == payment.id)
        .group_by(Allocation.invoice_id)
        .having(total != 0)
        .order_by(Allocation.invoice_id)
    )
    return [(row[0], int(row[1])) for row in db.session.execute(query)]
