"""What lies behind a customer's link."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.auth.models import Link
from app.auth.service import links
from app.errors import NotFound
from app.invoices.queries import InvoiceDocument, document_view
from app.payments.models import Attempt
from app.payments.queries import find_attempt, latest_attempt

OPEN_FOR = timedelta(hours=2)
"""How long a checkout that was started is mentioned on the invoice's page."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A live link and the invoice it opens."""

    token: str
    link: Link
    document: InvoiceDocument


def open_link(token: str, now: datetime) -> Opened:
    """The invoice behind a token. Raises NotFound for an unknown, revoked or ended link, and for a draft."""
    link = links.find_link(token, "invoice", now)
    if link is None:
        raise NotFound
    document = document_view(link.business_id, link.object_id, now)
    if document.draft:
        raise NotFound
    return Opened(token, link, document)


def attempt_of(opened: Opened, attempt_id: uuid.UUID) -> Attempt:
    """A try to pay that was made with this very link. Raises NotFound."""
    attempt = find_attempt(opened.link.business_id, attempt_id)
    if attempt is None or attempt.link_hash != opened.link.token_hash:
        raise NotFound
    return attempt


def recent_attempt(opened: Opened, now: datetime) -> Attempt | None:
    """The newest try with this link, when its end is not known yet or staff have to look at it."""
    attempt = latest_attempt(opened.link.business_id, opened.document.id, opened.link.token_hash)
    if attempt is None:
        return None
    waiting = attempt.state in ("new", "started") and attempt.created_at > now - OPEN_FOR
    return attempt if waiting or attempt.state == "held" else None
