"""A message about an invoice as each channel takes it: new, due, overdue. Nothing is sent here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from flask import current_app

from app.auth.service import links
from app.clients.queries import reach
from app.errors import NotFound
from app.invoices.mail import invoice_context
from app.invoices.queries import InvoiceDocument, attachments, document_view
from app.messages.render import Rendered, render_email
from app.messages.rules import About, Face, Reach
from app.money import format_money


def letter(
    business_id: uuid.UUID,
    invoice_id: uuid.UUID,
    kind: str,
    now: datetime,
    *,
    channels: Sequence[str] = (),
    unsubscribe: str = "",
) -> tuple[About, list[Face]]:
    """What to hand to `messages.dispatch`, in the open transaction: the customer's link is made if there is none.

    A face for each of these channels, else of the client's own, that can be used; none when nobody can be reached.
    Raises NotFound.
    """
    document = document_view(business_id, invoice_id, now)
    if document.client_id is None:
        raise NotFound
    page_url = links.public_url(f"/i/{links.make_link(business_id, 'invoice', invoice_id, now)}/")
    logo_url = f"{page_url}logo.png" if document.seller.get("logo_key") else None
    whom = reach(business_id, document.client_id, channels)
    rendered = write_email(document, page_url, logo_url, kind)
    about = About(
        kind,
        "invoice",
        invoice_id,
        document.client_id,
        str(document.seller.get("email") or ""),
        str(document.seller.get("name") or ""),
    )
    return about, [_face(channel, document, rendered, whom, page_url, unsubscribe) for channel in whom.channels]


def _face(
    channel: str, document: InvoiceDocument, rendered: Rendered, whom: Reach, page_url: str, unsubscribe: str
) -> Face:
    pdf = {"kind": "invoice_pdf", "invoice_id": str(document.id)}
    if channel == "email":
        files = [pdf] + [
            {"kind": "stored", "key": row.storage_key, "filename": row.filename, "content_type": row.content_type}
            for row in attachments(document.business_id, document.id)
        ]
        return Face(
            channel,
            whom.emails,
            rendered.text,
            rendered.subject,
            rendered.html,
            tuple(files),
            unsubscribe=unsubscribe,
        )
    amount = format_money(document.balance, document.language)
    text = f"{rendered.subject}. {page_url}" if channel == "sms" else f"{rendered.subject}\n{amount}\n{page_url}"
    return Face(channel, whom.recipients(channel), text, media=pdf if channel == "whatsapp" else None)


def write_email(document: InvoiceDocument, page_url: str, logo_url: str | None, kind: str = "invoice") -> Rendered:
    """The e-mail about an invoice to its client, whose page stands at `page_url`. Nothing is sent."""
    takes_payments = current_app.extensions.get("duely_takes_payments", lambda _business_id: False)
    online = document.payable and takes_payments(document.business_id)
    context = invoice_context(document, page_url, can_pay_online=online, logo_url=logo_url)
    return render_email(current_app.jinja_env, "invoice" if kind.startswith("reminder") else kind, context)
