"""What approving a billing run brings: the first number, the messages by channel, and the cards that are charged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, distinct, func, or_, select

from app.auth.models import Business
from app.auth.queries import get_business
from app.billing.models import BillingRun, RunEntry
from app.billing.queries.run_facts import dead_addresses
from app.billing.queries.run_sums import STANDS
from app.clients.many import reaches
from app.clients.models import Client, Contact
from app.extensions import db
from app.invoices.queries.numbers import number_to_come
from app.messages.models import ReachedAddress
from app.messages.rules import NEEDS_CONSENT, Reach, usable
from app.payments.queries.self_charging import charged_clients

ENTRY, CLIENT = RunEntry.__table__.c, Client.__table__.c
_INVOICES = func.count(distinct(ENTRY.sheet))


@dataclass(frozen=True, slots=True)
class Consequences:
    """`first_number` is that of the first invoice as things stand, empty without one.

    `messages` counts invoices by the channel they leave by; `unreachable` clients get none. `cards` saved cards are
    charged by themselves for `charged` invoices, on the day of issue or (`charged_on` "due") when they are due. Where
    taxes are rounded once for a document (`rounds_once`) an invoice of several periods may come to a remainder more or
    less than these do one by one.
    """

    first_number: str = ""
    messages: Mapping[str, int] = field(default_factory=dict)
    unreachable: int = 0
    cards: int = 0
    charged: int = 0
    charged_on: str = "off"
    rounds_once: bool = False


def of_approving(run: BillingRun) -> Consequences:
    """What happens when a run that waits for approval is approved; a handful of statements whatever its size."""
    business = get_business(run.business_id)
    messages, unreachable = _messages(run, business) if run.sends else ({}, 0)
    cards, charged = _cards(run, business)
    rounds = business.tax_rounding == "document"
    number = _first_number(run, business)
    return Consequences(number, messages, unreachable, cards, charged, business.charge_cards, rounds)


def _billed(run: BillingRun) -> tuple[ColumnElement[bool], ...]:
    return ENTRY.business_id == run.business_id, ENTRY.run_id == run.id, STANDS


def _first_number(run: BillingRun, business: Business) -> str:
    """Invoices are issued client by client, of each the earliest first."""
    first = select(ENTRY.bill_on).where(*_billed(run)).order_by(ENTRY.client_id, ENTRY.bill_on).limit(1)
    day: date | None = db.session.scalar(first)
    return number_to_come(business, day) if day else ""


def _messages(run: BillingRun, business: Business) -> tuple[dict[str, int], int]:
    """({channel: invoices}, clients who cannot be reached).

    Most have no other people and no address that refused us: the database counts those that are alike. The others are
    looked at one by one.
    """
    of_clients = (
        select(ENTRY.client_id, _INVOICES.label("invoices")).where(*_billed(run)).group_by(ENTRY.client_id).subquery()
    )
    mine = and_(CLIENT.business_id == run.business_id, CLIENT.id == of_clients.c.client_id)
    alike = (case((_plain(), None), else_=CLIENT.id).label("one"), *_ALIKE)
    query = select(*alike, func.sum(of_clients.c.invoices).label("invoices"), func.count().label("clients"))
    rows = db.session.execute(query.select_from(of_clients).join(Client.__table__, mine).group_by(*alike)).all()
    others = {row.one for row in rows if row.one}
    whom = reaches(run.business_id, others) if others else {}
    dead = dead_addresses(run.business_id) if others else set()
    messages, unreachable = Counter[str](), 0
    for row in rows:
        if channel := _channel_of(whom[row.one], dead) if row.one else _channel_alike(row, business):
            messages[channel] += int(row.invoices)
        else:
            unreachable += int(row.clients)
    return dict(messages), unreachable


def _consented(channel: str) -> ColumnElement[bool]:
    """Whether a client agreed to be written to by a channel at the number they have."""
    return case((and_(CLIENT.phone != "", CLIENT.consents[(channel, "to")].as_string() == CLIENT.phone), 1), else_=0)


_ALIKE = (
    cast(CLIENT.channels, Text).label("channels"),
    case((CLIENT.email != "", 1), else_=0).label("mail"),
    *(_consented(channel).label(channel) for channel in NEEDS_CONSENT),
)
"""What decides by which channel a client is written to who has no other people."""


def _plain() -> ColumnElement[bool]:
    """Whether a client has no other people, and no address that refused us."""
    refused = or_(ReachedAddress.failed_at.is_not(None), ReachedAddress.stopped_at.is_not(None))
    dead = select(ReachedAddress.id).where(
        ReachedAddress.business_id == CLIENT.business_id,
        ReachedAddress.address.in_([func.lower(CLIENT.email), CLIENT.phone]),
        refused,
    )
    people = select(Contact.id).where(Contact.business_id == CLIENT.business_id, Contact.client_id == CLIENT.id)
    return and_(~people.exists(), ~dead.exists())


def _channel_alike(row: Any, business: Business) -> str:
    """The channel of clients who are alike; empty when nobody reaches them."""
    agreed = {channel: {"to": "+"} for channel in NEEDS_CONSENT if getattr(row, channel)}
    order = json.loads(row.channels or "[]") or business.channels
    return next(iter(usable(order, agreed, emails=[""] * row.mail, phone="+")), "")


def _channel_of(reach: Reach, dead: Collection[tuple[str, str]]) -> str:
    """The first channel that takes a message to somebody; empty when none does."""
    for channel in reach.channels:
        if any((channel, to.casefold()) not in dead for _, to in reach.recipients(channel)):
            return channel
    return ""


def _cards(run: BillingRun, business: Business) -> tuple[int, int]:
    """(saved cards that are charged by themselves, invoices they are charged for)."""
    payers = charged_clients(business)
    if payers is None:
        return 0, 0
    query = select(func.count(distinct(ENTRY.client_id)), _INVOICES).where(*_billed(run), ENTRY.client_id.in_(payers))
    cards, invoices = db.session.execute(query).one()
    return int(cards), int(invoices)
