"""Which invoices, clients, links and words visitors ask for: spread over the whole time, the same for one database."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.auth.models import Business, Link
from app.auth.service import links
from app.catalog.models import Item, Tax
from app.clients.models import Client
from app.extensions import db
from app.invoices.models import Invoice
from app.vault import unseal


@dataclass(frozen=True, slots=True)
class Sample:
    """What exists in the generated business. Tokens open customers' pages.

    `owed` are invoices with a live link, `payable` the links' tokens of those in naira, `far` the
    cursor of a page of the API's list that is far from its beginning.
    """

    business_id: uuid.UUID
    today: str
    invoices: list[uuid.UUID]
    clients: list[uuid.UUID]
    tokens: list[str]
    owed: list[uuid.UUID]
    payable: list[str]
    words: list[str]
    items: list[tuple[uuid.UUID, str, str]]
    tax_id: uuid.UUID
    far: str = ""


def take(size: int) -> Sample:
    """Read a sample of about `size` of each from the only business there is. Needs the application's context."""
    chance = random.Random(7)
    business_id = db.session.scalar(select(Business.id))
    assert business_id
    clients = db.session.execute(select(Client.id, Client.name).where(Client.currency == "").order_by(Client.id)).all()
    chosen = chance.sample(clients, min(size, len(clients)))
    invoices = [_invoice(moment) for moment in _moments(size, chance)]
    rows = select(Link).where(Link.kind == "invoice").order_by(Link.token_hash).limit(size)
    found = Sample(
        business_id=business_id,
        today=datetime.now(UTC).date().isoformat(),
        invoices=[invoice.id for invoice in invoices],
        clients=[client.id for client in chosen],
        tokens=[unseal(link.token_encrypted) for link in db.session.scalars(rows)],
        owed=_owed(size),
        payable=_payable(business_id, size),
        words=_words(chance, invoices, [client.name for client in chosen]),
        items=[(item.id, item.name, str(item.price)) for item in db.session.scalars(select(Item).order_by(Item.id))],
        tax_id=db.session.scalars(select(Tax.id).where(Tax.is_default)).one(),
    )
    db.session.remove()
    return found


def _moments(size: int, chance: random.Random) -> list[uuid.UUID]:
    """Ids of `size` moments between the first invoice and the last; half of them are within the newest tenth."""
    # PostgreSQL knows no least or greatest id, so the first and the last row are asked for.
    orders = (Invoice.id.asc(), Invoice.id.desc())
    first, last = (db.session.scalars(select(Invoice.id).order_by(one).limit(1)).one().int >> 80 for one in orders)
    found = []
    for number in range(size):
        since = last - (last - first) // 10 if number % 2 else first
        found.append(uuid.UUID(int=chance.randrange(since, last) << 80))
    return found


def _invoice(moment: uuid.UUID) -> Any:
    """The first issued invoice from that moment on."""
    query = select(Invoice.id, Invoice.number).where(Invoice.id >= moment, Invoice.number.is_not(None))
    found = db.session.execute(query.order_by(Invoice.id).limit(1)).first()
    return found or db.session.execute(select(Invoice.id, Invoice.number).where(Invoice.number.is_not(None))).first()


def _payable(business_id: uuid.UUID, size: int) -> list[str]:
    """Tokens of owed invoices in the currency that the payment company takes."""
    mine = (Invoice.business_id == business_id, Invoice.currency == "NGN")
    owed = select(Invoice.id).where(*mine, Invoice.status == "open", Invoice.balance_minor > 0)
    found = db.session.scalars(owed.order_by(Invoice.id.desc()).limit(size)).all()
    return [token for one in found if (token := links.find_live_token(business_id, "invoice", one))]


def _owed(size: int) -> list[uuid.UUID]:
    open_ones = (Invoice.status == "open", Invoice.balance_minor > 0)
    query = select(Invoice.id).where(*open_ones).order_by(Invoice.id.desc()).limit(size)
    return list(db.session.scalars(query))


def _words(chance: random.Random, invoices: list[Any], names: list[str]) -> list[str]:
    """What people type into a search box: a number, a name, the beginning of one."""
    typed = [invoice.number for invoice in invoices[: len(invoices) // 3]]
    typed += [name.split()[0] for name in names] + [name[: chance.randrange(4, 9)] for name in names]
    return [word.strip() for word in typed if len(word.strip()) > 2]
