"""What lies behind a customer's link."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select

from app.auth.models import Business, Link
from app.auth.queries import get_business
from app.auth.rules import token_hash
from app.auth.service import links
from app.clients.models import Client
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries import InvoiceDocument, document_view, get_invoice
from app.payments.models import Attempt, SavedCard
from app.payments.queries import find_attempt
from app.payments.rules import OPEN_FOR
from app.statements import built

_NEWEST_TRY = (
    select(Attempt.id)
    .where(Attempt.business_id == Invoice.business_id, Attempt.invoice_id == Invoice.id)
    .where(Attempt.link_hash == Link.token_hash)
    .order_by(Attempt.id.desc())
    .limit(1)
    .correlate(Invoice, Link)
    .scalar_subquery()
)
# Most customers have no card kept: then nothing more is asked about cards.
_KEPT = select(SavedCard.id).where(
    SavedCard.business_id == Invoice.business_id,
    SavedCard.client_id == Invoice.client_id,
    SavedCard.status == "active",
)
_CHARGED = select(Attempt.id).where(
    Attempt.business_id == Invoice.business_id, Attempt.invoice_id == Invoice.id, Attempt.card_id.is_not(None)
)
_BEHIND_A_LINK = built(
    select(
        Link,
        Invoice,
        Business,
        Attempt,
        or_(_KEPT.correlate(Invoice).exists(), _CHARGED.correlate(Invoice).exists()).label("with_card"),
    )
    .join(Invoice, and_(Invoice.business_id == Link.business_id, Invoice.id == Link.object_id))
    .join(Business, Business.id == Link.business_id)
    .outerjoin(Attempt, and_(Attempt.business_id == Link.business_id, Attempt.id == _NEWEST_TRY))
    .where(Link.token_hash == bindparam("token_hash"), Link.kind == "invoice")
)


_CLIENT_BEHIND_A_LINK = built(
    select(Link, Client, Business)
    .join(Client, and_(Client.business_id == Link.business_id, Client.id == Link.object_id))
    .join(Business, Business.id == Link.business_id)
    .where(Link.token_hash == bindparam("token_hash"), Link.kind == "client")
)


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """A live link to a client's statements, the client, and whose link it is."""

    token: str
    link: Link
    client: Client
    business: Business


@dataclass(frozen=True, slots=True)
class Opened:
    """A live link, the invoice it opens, whose it is, and the newest try to pay that was made with this link.

    `with_card`: a card of the client is kept, or was charged for this invoice.
    """

    token: str
    link: Link
    document: InvoiceDocument
    business: Business
    attempt: Attempt | None
    with_card: bool = False


def open_link(token: str, now: datetime) -> Opened:
    """The invoice behind a token. Raises NotFound for an unknown, revoked or ended link, and for a draft."""
    row = db.session.execute(_BEHIND_A_LINK, {"token_hash": token_hash(token)}).first()
    if row is None or not links.opens(row.Link, now) or row.Invoice.status == "draft":
        raise NotFound
    link, invoice, business, attempt, with_card = row
    document = document_view(link.business_id, invoice.id, now, _told_of(invoice))
    return Opened(token, link, document, business, attempt, bool(with_card))


def open_account(token: str, now: datetime) -> OpenedAccount:
    """The client behind a token. Raises NotFound for an unknown, revoked or ended link."""
    row = db.session.execute(_CLIENT_BEHIND_A_LINK, {"token_hash": token_hash(token)}).first()
    if row is None or not links.opens(row.Link, now):
        raise NotFound
    return OpenedAccount(token, *row)


def pay_tokens(business_id: uuid.UUID, invoice_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """{invoice: token} of those invoices whose own link was given out and still opens."""
    return links.find_live_tokens(business_id, "invoice", invoice_ids)


def look_at(business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime) -> Opened:
    """An invoice as its link would show it to the customer, for staff, whether there is a link or not.

    Raises NotFound, for a draft too: customers see none.
    """
    invoice = get_invoice(business_id, invoice_id)
    if invoice.status == "draft":
        raise NotFound
    document = document_view(business_id, invoice_id, now, _told_of(invoice))
    link = Link(business_id=business_id, kind="invoice", object_id=invoice_id, token_hash="")
    return Opened("preview", link, document, get_business(business_id), None, with_card=True)


def _told_of(invoice: Invoice) -> tuple[()] | None:
    """A customer is told of single payments once nothing is owed any more. Before, they are read only where credit
    notes took something back: what is paid and what is credited are two things."""
    return () if invoice.balance_minor and not invoice.credited_minor else None


def attempt_of(opened: Opened, attempt_id: uuid.UUID) -> Attempt:
    """A try to pay that was made with this very link. Raises NotFound."""
    attempt = find_attempt(opened.link.business_id, attempt_id)
    if attempt is None or attempt.link_hash != opened.link.token_hash:
        raise NotFound
    return attempt


def recent_attempt(opened: Opened, now: datetime) -> Attempt | None:
    """The newest try with this link, when its end is not known yet or staff have to look at it."""
    attempt = opened.attempt
    if attempt is None:
        return None
    waiting = attempt.state in ("new", "started") and attempt.created_at > now - OPEN_FOR
    return attempt if waiting or attempt.state == "held" else None
