"""Sending invoices by the thousand: what `send` does for each, but that nothing is worded before it leaves.

The client's link is made then, too, and the PDF drawn: of a message that is taken back nothing is left but its row.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app import bulk
from app.auth.rules import Actor
from app.auth.trails import tell, trail
from app.clients.many import reaches
from app.database import among, transactional
from app.extensions import db
from app.invoices.models import Attachment, Invoice
from app.invoices.service.letters import stored_file
from app.messages import service as messages
from app.messages.rules import About, Face, Reach

_ABOUT = (
    Invoice.id,
    Invoice.client_id,
    Invoice.number,
    Invoice.seller["email"].as_string().label("email"),
    Invoice.seller["name"].as_string().label("name"),
)


@transactional
@bulk.uncollected()
def send_many(
    actor: Actor, invoice_ids: Sequence[uuid.UUID], *, now: datetime, not_before: datetime | None = None
) -> dict[uuid.UUID, uuid.UUID]:
    """Queue open invoices for their clients, each by the first of the client's channels that can be used.

    They wait until `not_before`. Returns {invoice: message}: those that are not open, or whose client nobody can
    reach, are missing. Needs staff. Raises NotVerified.
    """
    actor.require("staff")
    actor.require_verified()
    rows = _open_ones(actor.business_id, invoice_ids)
    whom = reaches(actor.business_id, {row.client_id for row in rows})
    files = _files(actor.business_id, [row.id for row in rows])
    letters = [
        (
            About("invoice", "invoice", row.id, row.client_id, row.email or "", row.name or ""),
            _faces(row, whom[row.client_id], files[row.id]),
        )
        for row in rows
    ]
    queued = messages.dispatch_many(actor.business_id, letters, now=now, not_before=not_before)
    events, ids, sent = trail(actor, now), bulk.ids(), {}
    for row, message in zip(rows, queued, strict=True):
        if message is not None:
            told = f'"channel": "{message.channel}", "message_id": "{message.id}", "recipients": {message.recipients}'
            events.add((next(ids), "send_requested", "invoice", row.id.hex, row.client_id.hex, f"{{{told}}}"))
            sent[row.id] = message.id
    bulk.write((events,))
    tell(events, actor, now)
    return sent


def _open_ones(business_id: uuid.UUID, invoice_ids: Sequence[uuid.UUID]) -> list[Any]:
    """Those that are issued and stand, in the order of their ids; of one that is taken back now no message leaves."""
    mine = (Invoice.business_id == business_id, among(Invoice.id, invoice_ids), Invoice.status == "open")
    query = select(*_ABOUT).where(*mine, Invoice.client_id.is_not(None)).order_by(Invoice.id)
    return list(db.session.execute(query))


def _files(business_id: uuid.UUID, invoice_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, str]]]:
    """What travels along besides the PDF."""
    mine = (Attachment.business_id == business_id, among(Attachment.invoice_id, invoice_ids))
    found: dict[uuid.UUID, list[dict[str, str]]] = defaultdict(list)
    for row in db.session.scalars(select(Attachment).where(*mine).order_by(Attachment.id)):
        found[row.invoice_id].append(stored_file(row))
    return found


def _faces(row: Any, whom: Reach, files: Sequence[dict[str, str]]) -> list[Face]:
    """The message as each channel takes it, without words: until it has them it is known by the invoice's number."""
    pdf, subject = {"kind": "invoice_pdf", "invoice_id": str(row.id)}, f"Invoice {row.number}"
    made = []
    for channel in whom.channels:
        more = {"email": {"attachments": (pdf, *files)}, "whatsapp": {"media": pdf}}.get(channel, {})
        made.append(Face(channel, whom.recipients(channel), "", subject, **more))  # type: ignore[arg-type]
    return made
