"""What a customer leaves behind by looking."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.auth import audit
from app.auth.models import Link
from app.auth.rules import Actor
from app.auth.service import links
from app.database import transactional
from app.extensions import db
from app.portal.rules import SEEN_EVERY


@transactional
def note_seen(token_hash: str, client_id: uuid.UUID | None, *, now: datetime, ip: str, request_id: str) -> bool:
    """Note that the customer opened the invoice, at most once in half an hour. Returns whether it was noted."""
    link = db.session.get(Link, token_hash, populate_existing=True, with_for_update=True)
    if link is None or (link.seen_at is not None and link.seen_at > now - SEEN_EVERY):
        return False
    links.link_seen(token_hash, now)
    actor = Actor.customer(link.business_id, "", ip, request_id)
    audit.record(actor, "seen", link.kind, link.object_id, now, client_id=client_id)
    return True
