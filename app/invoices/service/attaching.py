"""Files that travel with an invoice."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from sqlalchemy import func, select

from app.auth import audit
from app.auth.rules import Actor
from app.database import new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.models import Attachment, Invoice
from app.invoices.service.drafts import lock_draft
from app.storage.attachments import SniffedFile, sniff_attachment
from app.storage.base import StorageError
from app.storage.registry import storage

MAX_FILES = 10


def attach(actor: Actor, invoice_id: uuid.UUID, filename: str, raw: bytes, *, now: datetime) -> Attachment:
    """Keep a file with a draft; no transaction is open while it is stored. Raises Invalid for a file not taken."""
    actor.require("staff")
    _with_room(actor, invoice_id)
    clean = sniff_attachment(filename, raw)
    digest = hashlib.sha256(raw).hexdigest()
    key = f"{actor.business_id}/attachments/{digest}.{clean.extension}"
    db.session.rollback()
    try:
        storage().put(key, raw, clean.content_type)
    except StorageError as error:
        raise Invalid("file", "The file could not be stored right now. Try again in a minute.") from error
    return _keep(actor, invoice_id, clean, len(raw), key, now)


@transactional
def _keep(actor: Actor, invoice_id: uuid.UUID, clean: SniffedFile, size: int, key: str, now: datetime) -> Attachment:
    invoice = _with_room(actor, invoice_id)
    row = Attachment(
        business_id=actor.business_id,
        id=new_id(),
        invoice_id=invoice.id,
        filename=clean.filename,
        content_type=clean.content_type,
        size=size,
        storage_key=key,
        created_at=now,
    )
    db.session.add(row)
    audit.record(actor, "attached", "invoice", invoice.id, now, client_id=invoice.client_id, facts={"bytes": size})
    return row


@transactional
def _with_room(actor: Actor, invoice_id: uuid.UUID) -> Invoice:
    """The draft, held, if it may have one more file. Raises NotFound, WrongState and Invalid."""
    invoice = lock_draft(actor.business_id, invoice_id, "given other attachments")
    kept = select(func.count()).where(Attachment.business_id == actor.business_id, Attachment.invoice_id == invoice_id)
    if (db.session.scalar(kept) or 0) >= MAX_FILES:
        raise Invalid("file", f"An invoice carries at most {MAX_FILES} files.")
    return invoice


@transactional
def detach(actor: Actor, invoice_id: uuid.UUID, attachment_id: uuid.UUID, *, now: datetime) -> None:
    """Take a file off a draft; the stored bytes stay until nothing points at them."""
    actor.require("staff")
    invoice = lock_draft(actor.business_id, invoice_id, "given other attachments")
    row = db.session.get(Attachment, (actor.business_id, attachment_id))
    if row is None or row.invoice_id != invoice_id:
        raise NotFound
    db.session.delete(row)
    audit.record(actor, "detached", "invoice", invoice_id, now, client_id=invoice.client_id)
