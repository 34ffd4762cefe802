"""The client's link to their own statement: one link opens it for any period, so that it can be kept."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.auth import audit
from app.auth.rules import Actor
from app.auth.service import links
from app.clients.models import Client
from app.database import locked, transactional
from app.errors import NotFound


@transactional
def statement_link(actor: Actor, client_id: uuid.UUID, *, now: datetime) -> str:
    """The client's address of their statement, made if there is none. Raises NotFound, NotVerified."""
    actor.require("staff")
    actor.require_verified()
    # Held, so that two people who press the button at once get the same link.
    if locked(Client, actor.business_id, client_id) is None:
        raise NotFound
    made = links.find_live_token(actor.business_id, "client", client_id) is None
    token = links.make_link(actor.business_id, "client", client_id, now)
    if made:
        audit.record(actor, "made_link", "client", client_id, now, client_id=client_id)
    return links.public_url(f"/c/{token}/")
