"""A message about an invoice as each channel takes it: new, due, overdue. Nothing is sent here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app

from app.auth.service import links
from app.clients.queries import reach
from app.errors import NotFound
from app.invoices.mail import by_now, invoice_context, invoice_values
from app.invoices.models import Attachment
from app.invoices.queries import InvoiceDocument, attachments, document_view
from app.messages.faces import faces
from app.messages.kinds import KINDS
from app.messages.models import Message
from app.messages.queries import Words, wording_of
from app.messages.render import Composed, Rendered, compose
from app.messages.rules import About, Face, Reach


class Told(NamedTuple):
    """What a message says beside the invoice: what stands for the names in its wording, and what its frame is told."""

    values: dict[str, str]
    context: dict[str, str]


NOTHING_MORE = Told({}, {})


def letter(
    business_id: uuid.UUID,
    invoice_id: uuid.UUID,
    kind: str,
    now: datetime,
    *,
    channels: Sequence[str] = (),
    unsubscribe: str = "",
    told: Told = NOTHING_MORE,
) -> tuple[About, list[Face]]:
    """What to hand to `messages.dispatch`, in the open transaction: the customer's link is made if there is none.

    A face for each of these channels, else of the client's own, that can be used; none when nobody can be reached.
    `told` is what a kind says beside the invoice. Raises NotFound.
    """
    document = document_view(business_id, invoice_id, now)
    if document.client_id is None:
        raise NotFound
    page_url, logo_url = client_page(document, now)
    pdf = {"kind": "invoice_pdf", "invoice_id": str(invoice_id)}
    files = [pdf, *map(stored_file, attachments(business_id, invoice_id))]
    whom, carried = reach(business_id, document.client_id, channels), {"attachments": files, "media": pdf}
    made = _faces(document, kind, whom, page_url, logo_url, unsubscribe=unsubscribe, told=told, **carried)
    return about(document, kind, "invoice", invoice_id), made


def stored_file(row: Attachment) -> dict[str, str]:
    """A file that travels with an invoice, as a message names it."""
    return {"kind": "stored", "key": row.storage_key, "filename": row.filename, "content_type": row.content_type}


def letter_to(
    business_id: uuid.UUID,
    invoice_id: uuid.UUID,
    kind: str,
    channel: str,
    recipients: Sequence[Any],
    now: datetime,
    *,
    unsubscribe: str = "",
    look: bool = False,
) -> Face:
    """The same in the words that are true now, for whom a message by one channel goes to already.

    In the open transaction, as the link is made; with `look` none is made. `recipients` are (name, address) pairs.
    Raises NotFound.
    """
    document = document_view(business_id, invoice_id, now)
    pairs = tuple((str(name), str(address)) for name, address in recipients)
    whom = Reach(pairs[0][0], pairs, pairs[0][1], (channel,))
    page = _page_seen(document) if look else client_page(document, now)
    return _faces(document, kind, whom, *page, unsubscribe=unsubscribe)[0]


def standing(message: Message, now: datetime) -> str:
    """What a message about an invoice tells by now, where that is no longer all of it; for whoever sends it again."""
    if message.object_id is None or not message.kind.startswith(("invoice", "reminder")):
        return ""
    return by_now(document_view(message.business_id, message.object_id, now))


def subject_of(business_id: uuid.UUID, invoice_id: uuid.UUID, kind: str, now: datetime) -> str:
    """What stands above an e-mail of this kind if it were written now; nothing is made. Raises NotFound."""
    document = document_view(business_id, invoice_id, now)
    return _composed(document, kind, links.public_url("/"), None)[1].email.subject


def _faces(
    document: InvoiceDocument,
    kind: str,
    whom: Reach,
    page_url: str,
    logo_url: str | None,
    *,
    unsubscribe: str = "",
    told: Told = NOTHING_MORE,
    **more: Any,
) -> list[Face]:
    words, composed = _composed(document, kind, page_url, logo_url, unsubscribe, told)
    values = _values(document, kind, page_url, told)
    return faces(whom, composed, words, values, unsubscribe=unsubscribe, **more)


def about(document: InvoiceDocument, kind: str, object_kind: str, object_id: uuid.UUID) -> About:
    """In whose name a message about an invoice, or what was paid on it, goes out."""
    seller = document.seller
    return About(
        kind, object_kind, object_id, document.client_id, str(seller.get("email") or ""), str(seller.get("name") or "")
    )


def client_page(document: InvoiceDocument, now: datetime) -> tuple[str, str | None]:
    """The client's page of an invoice and the logo there; its link is made if there is none."""
    token = links.make_link(document.business_id, "invoice", document.id, now)
    page_url = links.public_url(f"/i/{token}/")
    return page_url, f"{page_url}logo.png" if document.seller.get("logo_key") else None


def _page_seen(document: InvoiceDocument) -> tuple[str, str | None]:
    """The same without making anything: while there is no link, the place where it will be."""
    token = links.find_live_token(document.business_id, "invoice", document.id)
    return links.public_url(f"/i/{token or '…'}/"), None


def write_email(document: InvoiceDocument, page_url: str, logo_url: str | None) -> Rendered:
    """The e-mail that brings an invoice to its client, whose page stands at `page_url`. Nothing is sent."""
    return _composed(document, "invoice", page_url, logo_url)[1].email


def takes_payments(document: InvoiceDocument) -> bool:
    """Whether an invoice can be paid online now."""
    asked = current_app.extensions.get("duely_takes_payments", lambda _business_id: False)
    return document.payable and bool(asked(document.business_id))


def _composed(
    document: InvoiceDocument,
    kind: str,
    page_url: str,
    logo_url: str | None,
    stop_url: str = "",
    told: Told = NOTHING_MORE,
) -> tuple[Words, Composed]:
    pays = takes_payments(document)
    context = invoice_context(document, page_url, can_pay_online=pays, logo_url=logo_url, stop_url=stop_url)
    context |= told.context
    words = wording_of(document.business_id, kind, document.language)
    values = _values(document, kind, page_url, told)
    return words, compose(current_app.jinja_env, kind, words.wording, values, context)


def _values(document: InvoiceDocument, kind: str, page_url: str, told: Told) -> dict[str, str]:
    """What stands for the names in the wording of a kind, and nothing else."""
    values = invoice_values(document, page_url) | told.values
    return {name: value for name, value in values.items() if name in KINDS[kind].names}
