"""Reading a thousand clients at a time, always of one business."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from app.auth.queries import get_business
from app.clients.models import Client, Contact
from app.clients.queries import Card
from app.database import among
from app.extensions import db
from app.messages.rules import Reach, usable

_REACHED_BY = (Client.name, Client.email, Client.phone, Client.channels, Client.consents)
_PERSON = (Contact.client_id, Contact.name, Contact.email, Contact.phone, Contact.gets_documents)


def rows_by_id(business_id: uuid.UUID, ids: Collection[uuid.UUID], columns: Sequence[Any]) -> dict[uuid.UUID, Any]:
    """{id: the columns named} of those of many that are clients of this business, archived or not.

    As rows: making objects of them costs more than reading them.
    """
    query = select(Client.id, *columns).where(Client.business_id == business_id, among(Client.id, set(ids)))
    return {row.id: row for row in db.session.execute(query)}


def reaches(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Reach]:
    """{client: how they may be written to}, as `queries.reach` says of each; an id that is no client's is missing."""
    usual = get_business(business_id).channels
    query = select(*_PERSON).where(Contact.business_id == business_id, among(Contact.client_id, set(ids)))
    people: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in db.session.execute(query.order_by(Contact.position, Contact.id)):
        people[row.client_id].append(row)
    found = {}
    for id, client in rows_by_id(business_id, ids, _REACHED_BY).items():
        card = Card(client, people.get(id, []), [])
        emails, phone = tuple(card.recipients), card.phone
        channels = usable(client.channels or usual, client.consents, emails=emails, phone=phone)
        found[id] = Reach(client.name, emails, phone, channels)
    return found
