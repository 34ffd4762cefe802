"""What a customer leaves behind by looking."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.auth import audit
from app.auth.rules import Actor
from app.auth.service import links
from app.database import transactional
from app.portal.rules import SEEN_EVERY


@transactional
def note_seen(
    business_id: uuid.UUID,
    invoice_id: uuid.UUID,
    token_hash: str,
    client_id: uuid.UUID | None,
    *,
    now: datetime,
    ip: str,
    request_id: str,
) -> bool:
    """Note that the customer opened the invoice, at most once in half an hour. Returns whether it was noted."""
    return _note(business_id, "invoice", invoice_id, token_hash, client_id, now, ip, request_id)


@transactional
def note_statement_seen(
    business_id: uuid.UUID, client_id: uuid.UUID, token_hash: str, *, now: datetime, ip: str, request_id: str
) -> bool:
    """Note that the client opened their statement, at most once in half an hour. Returns whether it was noted."""
    return _note(business_id, "statement", client_id, token_hash, client_id, now, ip, request_id)


def _note(
    business_id: uuid.UUID,
    kind: str,
    object_id: uuid.UUID,
    token_hash: str,
    client_id: uuid.UUID | None,
    now: datetime,
    ip: str,
    request_id: str,
) -> bool:
    if not links.link_seen(token_hash, now, every=SEEN_EVERY):
        return False
    actor = Actor.customer(business_id, "", ip, request_id)
    audit.record(actor, "seen", kind, object_id, now, client_id=client_id)
    return True
