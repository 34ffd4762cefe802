"""Changing clients: made, changed, archived, restored. Never deleted: documents point to them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete
from sqlalchemy.orm.attributes import flag_modified

from app.auth.audit import differences, record
from app.auth.rules import Actor
from app.clients import queries
from app.clients.errors import StaleClient
from app.clients.models import Client, ClientTag, Contact
from app.clients.rules import ClientValues, searchable, spelled_alike
from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db
from app.folding import sort_key
from app.messages.rules import agreed

Outcome = Literal["done", "already", "missing"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one row of a bulk action."""

    client_id: uuid.UUID
    name: str
    outcome: Outcome


@transactional
def create_client(actor: Actor, values: ClientValues, now: datetime) -> Client:
    """Add a client with contacts and tags. Needs staff."""
    actor.require("staff")
    client = Client(business_id=actor.business_id, created_at=now)
    _write(client, values)
    db.session.add(client)
    db.session.flush()
    _write_contacts(client, values)
    _write_tags(client, values)
    record(actor, "created", "client", client.id, now, client_id=client.id, facts={"kind": values.kind})
    return client


@transactional
def change_client(actor: Actor, client_id: uuid.UUID, values: ClientValues, version: int, now: datetime) -> Client:
    """Replace everything that was typed about a client. Needs staff. Raises NotFound, StaleClient."""
    actor.require("staff")
    client = _locked(actor, client_id)
    if client.version != version:
        raise StaleClient(current=client)
    changes = differences(client, values.columns())
    changed_people = _write_contacts(client, values)
    changed_tags = _write_tags(client, values)
    if not (changes or changed_people or changed_tags):
        return client
    _write(client, values)
    # Contacts and tags are part of what the version stands for, though they are rows of their own.
    client.updated_at = now
    flag_modified(client, "search")
    facts = {"contacts": changed_people, "tags": changed_tags}
    record(actor, "changed", "client", client.id, now, client_id=client.id, facts=facts, changes=changes)
    return client


@transactional
def archive_client(actor: Actor, client_id: uuid.UUID, now: datetime) -> Client:
    """Take a client out of lists and choices; its documents stay. Needs staff. Raises NotFound."""
    actor.require("staff")
    client = _locked(actor, client_id)
    if client.archived_at is None:
        client.archived_at = client.updated_at = now
        record(actor, "archived", "client", client.id, now, client_id=client.id)
    return client


@transactional
def restore_client(actor: Actor, client_id: uuid.UUID, now: datetime) -> Client:
    """Bring an archived client back. Needs staff. Raises NotFound."""
    actor.require("staff")
    client = _locked(actor, client_id)
    if client.archived_at is not None:
        client.archived_at, client.updated_at = None, now
        record(actor, "restored", "client", client.id, now, client_id=client.id)
    return client


@transactional
def archive_many(actor: Actor, client_ids: Sequence[uuid.UUID], now: datetime) -> list[Result]:
    """Archive several clients, and say what became of each. Needs staff."""
    actor.require("staff")
    return [_one_of_many(actor, client_id, now, archive=True) for client_id in client_ids]


@transactional
def restore_many(actor: Actor, client_ids: Sequence[uuid.UUID], now: datetime) -> list[Result]:
    """Restore several clients, and say what became of each. Needs staff."""
    actor.require("staff")
    return [_one_of_many(actor, client_id, now, archive=False) for client_id in client_ids]


def _one_of_many(actor: Actor, client_id: uuid.UUID, now: datetime, *, archive: bool) -> Result:
    client = locked(Client, actor.business_id, client_id)
    if client is None:
        return Result(client_id, "", "missing")
    if (client.archived_at is not None) == archive:
        return Result(client_id, client.name, "already")
    (archive_client if archive else restore_client)(actor, client_id, now)
    return Result(client_id, client.name, "done")


def _locked(actor: Actor, client_id: uuid.UUID) -> Client:
    client = locked(Client, actor.business_id, client_id)
    if client is None:
        raise NotFound
    return client


def _write(client: Client, values: ClientValues) -> None:
    for name, value in values.columns().items():
        setattr(client, name, value)
    client.sort_name = sort_key(values.name)
    client.search = searchable(values)


def _write_contacts(client: Client, values: ClientValues) -> bool:
    """Make the contacts those of `values`, keeping the rows of people who stay in place; whether any changed."""
    rows = queries.contacts(client.business_id, client.id)
    wanted = [contact for contact in values.contacts if not contact.empty]
    if [queries.contact_values(row) for row in rows] == wanted:
        return False
    for position, contact in enumerate(wanted):
        if position < len(rows):
            row = rows[position]
        else:
            row = Contact(business_id=client.business_id, client_id=client.id)
            db.session.add(row)
        row.position = position
        row.name, row.email, row.phone = contact.name, contact.email, contact.phone
        row.gets_documents = contact.gets_documents
    for row in rows[len(wanted) :]:
        db.session.delete(row)
    return True


def _write_tags(client: Client, values: ClientValues) -> bool:
    """Make the tags those of `values`, in the spelling the business uses; whether any changed."""
    before = set(queries.tags(client.business_id, client.id))
    wanted = set(spelled_alike(values.tags, queries.tags(client.business_id)))
    mine = (ClientTag.business_id == client.business_id, ClientTag.client_id == client.id)
    if before - wanted:
        db.session.execute(delete(ClientTag).where(*mine, ClientTag.tag.in_(before - wanted)))
    for tag in sorted(wanted - before):
        db.session.add(ClientTag(business_id=client.business_id, client_id=client.id, tag=tag))
    return before != wanted


@transactional
def set_channels(
    actor: Actor, client_id: uuid.UUID, order: Sequence[str], consents: Collection[str], *, now: datetime
) -> Client:
    """Say in which order a client is written to, and which channels they agreed to. Needs staff. Raises NotFound.

    A consent counts for the number the client has now, and keeps the day it was given; the trail keeps who noted it,
    and when it was taken back.
    """
    actor.require("staff")
    client = _locked(actor, client_id)
    phone, today = queries.get_card(actor.business_id, client_id).phone, now.date().isoformat()
    fresh = {"to": phone, "on": today}
    kept = {name: client.consents[name] if agreed(client.consents, name, phone) else fresh for name in sorted(consents)}
    given, taken = sorted(kept.keys() - client.consents.keys()), sorted(client.consents.keys() - kept.keys())
    if list(order) == client.channels and kept == client.consents:
        return client
    client.channels, client.consents, client.updated_at = list(order), kept, now
    facts = {"order": list(order), "agreed": given, "withdrawn": taken}
    record(actor, "set_channels", "client", client.id, now, client_id=client.id, facts=facts)
    return client
