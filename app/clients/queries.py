"""Reading clients, their contacts and tags; always of one business."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, union

from app.auth.models import Business
from app.auth.queries import get_business
from app.clients.models import Client, ClientTag, Contact
from app.clients.rules import ContactValues, recipients, search_ways
from app.errors import NotFound
from app.extensions import db
from app.messages.rules import Reach, agreed, usable
from app.web.paging import Page, Walk, paginate

ORDERS: dict[str, tuple[ColumnElement[Any], ...]] = {
    "name": (Client.sort_name, Client.id),  # type: ignore[dict-item]
    "newest": (Client.created_at.desc(), Client.id.desc()),
    "updated": (Client.updated_at, Client.id),  # type: ignore[dict-item]
    "-updated": (Client.updated_at.desc(), Client.id.desc()),
}


@dataclass(frozen=True, slots=True)
class ClientFilters:
    """What a list of clients is narrowed to. `sort` is a key of ORDERS."""

    text: str = ""
    tag: str = ""
    archived: bool = False
    sort: str = "name"
    updated_since: datetime | None = None


def find_client(business_id: uuid.UUID, client_id: uuid.UUID) -> Client | None:
    """One client, archived or not, or None."""
    return db.session.get(Client, (business_id, client_id))


def get_client(business_id: uuid.UUID, client_id: uuid.UUID) -> Client:
    """One client, archived or not. Raises NotFound."""
    client = find_client(business_id, client_id)
    if client is None:
        raise NotFound
    return client


_HOME_AND_CLIENT = (
    select(Business, Client)
    .outerjoin(Client, and_(Client.business_id == Business.id, Client.id == bindparam("client_id")))
    .where(Business.id == bindparam("business_id"))
)


def home_and_client(business_id: uuid.UUID, client_id: uuid.UUID | None) -> tuple[Business, Client | None]:
    """The business, and one of its clients if one is named. Raises NotFound."""
    row = db.session.execute(_HOME_AND_CLIENT, {"business_id": business_id, "client_id": client_id}).first()
    if row is None or (client_id and row.Client is None):
        raise NotFound
    return row.Business, row.Client


def list_clients(business_id: uuid.UUID, filters: ClientFilters, cursor: str | Walk | None = None) -> Page[Client]:
    """A page of clients."""
    gone = Client.archived_at.is_not(None) if filters.archived else Client.archived_at.is_(None)
    query = select(Client).where(Client.business_id == business_id, gone)
    query = _containing(query, filters.text)
    if filters.tag:
        tagged = and_(ClientTag.business_id == Client.business_id, ClientTag.client_id == Client.id)
        query = query.where(select(ClientTag.id).where(tagged, ClientTag.tag == filters.tag).exists())
    if filters.updated_since:
        query = query.where(Client.updated_at >= filters.updated_since)
    sort = filters.sort if filters.sort in ORDERS else "name"
    scope = (business_id, sort, filters.text, filters.tag, filters.archived, filters.updated_since)
    return paginate(query, ORDERS[sort], cursor, scope=scope)


def search_clients(business_id: uuid.UUID, text: str, limit: int = 8) -> list[Client]:
    """Clients that are not archived and match all words of `text`, by name; the newest when there is no text."""
    query = select(Client).where(Client.business_id == business_id, Client.archived_at.is_(None))
    order = ORDERS["name"] if text.strip() else ORDERS["newest"]
    return list(db.session.scalars(_containing(query, text).order_by(*order).limit(limit)))


def names(business_id: uuid.UUID, limit: int = 2000) -> list[tuple[uuid.UUID, str]]:
    """(id, name) of the clients that are not archived, by name."""
    query = select(Client.id, Client.name).where(Client.business_id == business_id, Client.archived_at.is_(None))
    return [(id, name) for id, name in db.session.execute(query.order_by(*ORDERS["name"]).limit(limit))]


def counts(business_id: uuid.UUID) -> tuple[int, int]:
    """How many clients there are: (in use, archived)."""
    query = select(func.count(), func.count(Client.archived_at)).where(Client.business_id == business_id)
    every, archived = db.session.execute(query).one()
    return int(every) - int(archived), int(archived)


def contacts(business_id: uuid.UUID, client_id: uuid.UUID) -> list[Contact]:
    """The people at a client, in their order."""
    query = (
        select(Contact)
        .where(Contact.business_id == business_id, Contact.client_id == client_id)
        .order_by(Contact.position, Contact.id)
    )
    return list(db.session.scalars(query))


def contacts_of(business_id: uuid.UUID, client_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Contact]]:
    """{client: the people there in their order} of the clients of one page."""
    query = select(Contact).where(Contact.business_id == business_id, Contact.client_id.in_(client_ids))
    found: dict[uuid.UUID, list[Contact]] = defaultdict(list)
    for contact in db.session.scalars(query.order_by(Contact.position, Contact.id)):
        found[contact.client_id].append(contact)
    return found


_CARD = (
    select(Client, Contact, ClientTag.tag)
    .outerjoin(Contact, and_(Contact.business_id == Client.business_id, Contact.client_id == Client.id))
    .outerjoin(ClientTag, and_(ClientTag.business_id == Client.business_id, ClientTag.client_id == Client.id))
    .where(Client.business_id == bindparam("business_id"), Client.id == bindparam("client_id"))
    .order_by(Contact.position, Contact.id)
)


@dataclass(frozen=True, slots=True)
class Card:
    """A client, the people there in their order, and its tags in alphabetical order."""

    client: Client
    contacts: list[Contact]
    tags: list[str]

    @property
    def recipients(self) -> list[tuple[str, str]]:
        """(name, e-mail) of everybody who gets this client's documents."""
        people = [contact_values(contact) for contact in self.contacts]
        return recipients(self.client.name, self.client.email, people)

    @property
    def phone(self) -> str:
        """The number this client is written to: their own, else the first of somebody who gets documents."""
        of_people = (contact.phone for contact in self.contacts if contact.gets_documents and contact.phone)
        return self.client.phone or next(of_people, "")


def get_card(business_id: uuid.UUID, client_id: uuid.UUID) -> Card:
    """Everything that is kept about one client, archived or not. Raises NotFound."""
    rows = db.session.execute(_CARD, {"business_id": business_id, "client_id": client_id}).all()
    if not rows:
        raise NotFound
    contacts = dict.fromkeys(row.Contact for row in rows if row.Contact)
    tags = {row.tag for row in rows if row.tag}
    return Card(rows[0].Client, list(contacts), sorted(tags, key=str.casefold))


def document_recipients(business_id: uuid.UUID, client_id: uuid.UUID) -> list[tuple[str, str]]:
    """(name, e-mail) of everybody who gets this client's documents. Raises NotFound."""
    return get_card(business_id, client_id).recipients


def reach(business_id: uuid.UUID, client_id: uuid.UUID, channels: Sequence[str] = ()) -> Reach:
    """How a client may be written to: by these channels, else in their own order, else the business's.

    Only channels they have an address for and, where it takes one, gave their consent to. Raises NotFound.
    """
    card = get_card(business_id, client_id)
    order = channels or card.client.channels or get_business(business_id).channels
    emails = tuple(card.recipients)
    phone = card.phone
    open_ones = usable(order, card.client.consents, emails=emails, phone=phone)
    return Reach(card.client.name, emails, phone, open_ones)


def owners_of_number(number: str) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(business, client) of everybody on this installation who has a telephone number (E.164), or somebody there does.

    For what comes in from outside, which names no business. Archived ones count: whoever says stop means it for the
    day they are brought back. It reads through all clients, for no index has the numbers; few people write to us.
    """
    of_clients = select(Client.business_id, Client.id).where(Client.phone == number)
    of_people = select(Contact.business_id, Contact.client_id).where(Contact.phone == number)
    rows = db.session.execute(union(of_clients, of_people)) if number else ()
    return sorted((row[0], row[1]) for row in rows)


def may_be_written_to(business_id: uuid.UUID, client_id: uuid.UUID, channel: str, number: str) -> str:
    """Why a client may not be written to at a number any more, in a sentence; empty when they may."""
    card = get_card(business_id, client_id)
    if card.phone != number:
        return f"{number} is not this client's number any more."
    if not agreed(card.client.consents, channel, number):
        return "The client does not agree to this channel any more."
    return ""


def contact_values(contact: Contact) -> ContactValues:
    """A contact as it would be typed."""
    return ContactValues(contact.name, contact.email, contact.phone, contact.gets_documents)


def tags(business_id: uuid.UUID, client_id: uuid.UUID | None = None) -> list[str]:
    """The tags of one client, or all that the business uses, in alphabetical order."""
    query = select(ClientTag.tag).where(ClientTag.business_id == business_id).distinct()
    if client_id is not None:
        query = query.where(ClientTag.client_id == client_id)
    return sorted(db.session.scalars(query), key=str.casefold)


def tags_of(business_id: uuid.UUID, client_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """{client: tags} of the clients of one page."""
    query = select(ClientTag.client_id, ClientTag.tag).where(
        ClientTag.business_id == business_id, ClientTag.client_id.in_(client_ids)
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for client_id, tag in db.session.execute(query):
        found[client_id].append(tag)
    return {client_id: sorted(tags, key=str.casefold) for client_id, tags in found.items()}


def sharing_email(business_id: uuid.UUID, email: str, besides: uuid.UUID | None = None) -> list[Client]:
    """Other clients in use with the same e-mail address, however it is capitalised; at most five."""
    if not email:
        return []
    query = (
        select(Client)
        .where(Client.business_id == business_id, func.lower(Client.email) == email.lower())
        .where(Client.archived_at.is_(None))
        .order_by(*ORDERS["name"])
        .limit(5)
    )
    return list(db.session.scalars(query if besides is None else query.where(Client.id != besides)))


def _containing(query: Select[Any], text: str) -> Select[Any]:
    """Narrow to clients in which every word is found, `%` and `_` being letters like any other."""
    ways = search_ways(text)
    if not ways:
        return query
    return query.where(or_(*(and_(*(_has(word) for word in way)) for way in ways)))


def _has(word: str) -> ColumnElement[bool]:
    return Client.search.contains(word, autoescape=True)
