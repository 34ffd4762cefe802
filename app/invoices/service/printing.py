"""The PDF of an invoice: stored by the hash of what it says, so the same document never renders twice."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from app import jobs
from app.auth.service import links
from app.database import insert_once, new_id, transactional
from app.extensions import db
from app.invoices.models import PrintedFile
from app.invoices.pdf import content_key, render_isolated
from app.invoices.printing import printed
from app.invoices.queries.documents import document_view
from app.jobs.models import Job
from app.storage.base import FileMissing
from app.storage.registry import storage

if TYPE_CHECKING:
    from app.invoices.pdf.document import PrintedDocument


def canonical_input(business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime) -> PrintedDocument:
    """What the PDF of an invoice would say now. Raises NotFound."""
    document = document_view(business_id, invoice_id, now)
    logo_key = str(document.seller.get("logo_key") or "")
    try:
        logo = storage().get(logo_key) if logo_key else None
    except FileMissing:
        logo = None
    token = links.find_live_token(business_id, "invoice", invoice_id) if document.payable else None
    return printed(document, logo, links.public_url(f"/i/{token}/") if token else None)


def find_printed(business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime) -> bytes | None:
    """The stored PDF of what the invoice says now, or None when it was not rendered yet."""
    return _stored(business_id, content_key(canonical_input(business_id, invoice_id, now)))


def ensure_pdf(business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime) -> bytes:
    """The PDF of an invoice, rendered and stored if need be. No transaction is open while it is drawn.

    Raises NotFound, RenderFailed.
    """
    document = canonical_input(business_id, invoice_id, now)
    key = content_key(document)
    pdf = _stored(business_id, key)
    if pdf is None:
        db.session.remove()
        pdf = render_isolated(document)
        storage_key = f"{business_id}/invoices/{key}.pdf"
        storage().put(storage_key, pdf, "application/pdf")
        _keep(business_id, invoice_id, key, storage_key, len(pdf), now)
    return pdf


def _stored(business_id: uuid.UUID, key: str) -> bytes | None:
    query = select(PrintedFile).where(PrintedFile.business_id == business_id, PrintedFile.content_key == key)
    row = db.session.scalar(query)
    if row is None:
        return None
    try:
        return storage().get(row.storage_key)
    except FileMissing:
        return None


@transactional
def _keep(business_id: uuid.UUID, invoice_id: uuid.UUID, key: str, storage_key: str, size: int, now: datetime) -> None:
    """Two workers that drew the same document at the same moment have drawn the same bytes: the row is there once."""
    insert_once(
        PrintedFile,
        business_id=business_id,
        id=new_id(),
        content_key=key,
        invoice_id=invoice_id,
        storage_key=storage_key,
        size=size,
        created_at=now,
    )


@transactional
def request_pdf(business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime) -> None:
    """Ask the queue to draw what the invoice says now, unless it is about to; it draws what stands by then."""
    waiting = select(Job.id).where(Job.business_id == business_id, Job.key.startswith(f"print:{invoice_id}:"))
    if db.session.scalar(waiting.where(Job.state.in_(("ready", "rung", "running"))).limit(1)) is not None:
        return
    key = content_key(canonical_input(business_id, invoice_id, now))
    args = {"invoice_id": str(invoice_id)}
    jobs.enqueue("invoices.print", f"print:{invoice_id}:{key[:32]}:{now:%Y%m%d%H%M}", args, business_id=business_id)
