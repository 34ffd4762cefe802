"""The generated business itself: its owner, clients, items and taxes, as the services of their rooms store them."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.auth.models import AuditEvent, Business, Membership, Person
from app.auth.places import currency_of, timezone_of
from app.auth.rules import email_key
from app.catalog.models import Item, ItemTax, Tax
from app.catalog.rules import ItemValues
from app.catalog.rules import searchable as item_searchable
from app.clients.models import Client, ClientTag, Contact
from app.clients.rules import ClientValues, ContactValues, searchable
from app.database import transactional
from app.demo.bulk import material, moments
from app.demo.bulk.plan import DAYS
from app.demo.bulk.secret import Secrets
from app.extensions import db
from app.folding import fold, sort_key


@dataclass(frozen=True, slots=True)
class Base:
    """Everything invoices of the generated business refer to."""

    business: Business
    owner: Person
    clients: list[Client]
    items: list[Item]
    vat: Tax
    export: Tax


def owner_email(name: str) -> str:
    """The address the owner of a generated business signs in with."""
    letters = "-".join(re.findall("[a-z0-9]+", fold(name)))[:60]
    return f"owner@{letters or 'generated'}.example"


@transactional
def open_business(
    name: str, clients: int, until: date, chance: random.Random, secrets: Secrets, password_hash: str
) -> Base:
    """Store a business as it was before its first invoice."""
    zone = ZoneInfo(timezone_of(material.COUNTRY))
    maker = _Maker(moments.at(until - timedelta(days=DAYS + 30), 9 * 3600, zone), chance)
    owner = maker.owner(owner_email(name), password_hash)
    business = maker.business(name, owner, secrets.letters("gateway key", 20))
    db.session.flush()
    vat = maker.tax("VAT", Decimal("7.5"), is_default=True)
    export = maker.tax("VAT, export", Decimal(0))
    db.session.flush()
    items = [maker.item(thing, business.currency, vat) for thing in material.THINGS]
    made = [maker.client(values) for values in _clients(clients)]
    db.session.flush()
    return Base(business, owner, made, items, vat, export)


def _clients(count: int) -> Iterator[ClientValues]:
    """Companies, and one person in five; names repeat after some thousand with a number."""
    for number in range(count):
        person = number % 5 == 2
        first, last = material.FIRST, material.LAST
        contact = f"{first[number % len(first)]} {last[number // 3 % len(last)]}"
        trade = f"{material.PLACES[number % len(material.PLACES)]} {material.TRADES[number % len(material.TRADES)]}"
        round_again = number // (len(material.PLACES) * len(material.TRADES))
        name = (contact if person else trade) + (f" {round_again + 1}" if round_again else "")
        domain = f"client{number + 1}.example"
        abroad = number % material.ABROAD_EVERY == material.ABROAD_EVERY - 1
        yield ClientValues(
            name,
            "person" if person else "company",
            f"hello@{domain}",
            "" if abroad else f"+234803{4_000_000 + 1_237 * number}",
            f"{number % 90 + 1} {material.PLACES[number // 7 % len(material.PLACES)]} Road\n"
            + ("Berlin" if abroad else "Ibadan"),
            "DE" if abroad else material.COUNTRY,
            currency=material.ABROAD if abroad else "",
            terms_days=material.TERMS[number % len(material.TERMS)],
            tags=() if person else (material.TAGS[number % len(material.TAGS)],),
            contacts=() if person else (ContactValues(contact, f"accounts@{domain}"),),
        )


class _Maker:
    """Puts rows into the open transaction, each made a second after the one before."""

    def __init__(self, begin: int, chance: random.Random) -> None:
        self.ms, self.ids = begin, moments.Ids(chance)
        self.business_id = self.owner_id = uuid.UUID(int=0)

    def owner(self, email: str, password_hash: str) -> Person:
        now = moments.instant(self.ms)
        owner = Person(id=self._id(), email=email, email_key=email_key(email), name=material.OWNER)
        owner.password_hash, owner.created_at, owner.verified_at = password_hash, now, now
        self.owner_id = owner.id
        db.session.add(owner)
        return owner

    def business(self, name: str, owner: Person, gateway_key: str) -> Business:
        country, now = material.COUNTRY, moments.instant(self.ms)
        places = {"country": country, "currency": currency_of(country)}
        business = Business(id=self._id(), name=name, timezone=timezone_of(country), created_at=now)
        known: dict[str, Any] = {**material.SETTINGS, **places, "email": owner.email, "gateway_key": gateway_key}
        for column, value in known.items():
            setattr(business, column, value)
        self.business_id = business.id
        db.session.add(business)
        db.session.flush()
        db.session.add(Membership(business_id=business.id, person_id=owner.id, role="owner", created_at=now))
        self._note("business", business.id, places)
        return business

    def tax(self, name: str, rate: Decimal, is_default: bool = False) -> Tax:
        tax = Tax(name=name, rate=rate, is_default=is_default, position=int(not is_default), **self._own())
        db.session.add(tax)
        self._note("tax", tax.id, {"tax": name, "rate": str(rate)})
        return tax

    def item(self, thing: material.Thing, currency: str, tax: Tax) -> Item:
        values = ItemValues(thing.name, thing.price, currency, thing.description, thing.code, thing.unit, (tax.id,))
        item = Item(**values.columns(), **self._own(), sort_name=sort_key(values.name), search=item_searchable(values))
        db.session.add(item)
        db.session.flush()
        db.session.add(ItemTax(business_id=self.business_id, id=self._id(), item_id=item.id, tax_id=tax.id, position=0))
        self._note("item", item.id, {"item": values.name})
        return item

    def client(self, values: ClientValues) -> Client:
        client = Client(**values.columns(), **self._own(), sort_name=sort_key(values.name), search=searchable(values))
        db.session.add(client)
        mine = {"business_id": self.business_id, "client_id": client.id}
        for position, one in enumerate(values.contacts):
            contact = Contact(**mine, id=self._id(), position=position, name=one.name, email=one.email)
            contact.phone, contact.gets_documents = one.phone, one.gets_documents
            db.session.add(contact)
        db.session.add_all(ClientTag(**mine, id=self._id(), tag=tag) for tag in values.tags)
        self._note("client", client.id, {"kind": values.kind}, client.id)
        return client

    def _own(self) -> dict[str, Any]:
        self.ms += 1000
        return {"business_id": self.business_id, "id": self._id(), "created_at": moments.instant(self.ms)}

    def _id(self) -> uuid.UUID:
        return self.ids.uuid(self.ms)

    def _note(
        self, kind: str, object_id: uuid.UUID, facts: Mapping[str, Any], client_id: uuid.UUID | None = None
    ) -> None:
        event = AuditEvent(business_id=self.business_id, id=self._id(), at=moments.instant(self.ms), verb="created")
        event.actor_kind, event.actor_id, event.actor_name = "person", self.owner_id, material.OWNER
        event.object_kind, event.object_id, event.client_id = kind, object_id, client_id
        event.facts, event.changes = dict(facts), {}
        db.session.add(event)
