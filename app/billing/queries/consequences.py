"""What approving a billing run brings: the first number, the messages by channel, and the cards that are charged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

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

    Most have one working e-mail address and agreed to nothing else: the database counts those. The others are looked
    at one by one.
    """
    of_clients = (
        select(ENTRY.client_id, _INVOICES.label("invoices")).where(*_billed(run)).group_by(ENTRY.client_id).subquery()
    )
    one_by_one = case((_by_mail(business), None), else_=of_clients.c.client_id).label("one")
    mine = and_(CLIENT.business_id == run.business_id, CLIENT.id == of_clients.c.client_id)
    query = select(one_by_one, func.sum(of_clients.c.invoices)).join(Client.__table__, mine).group_by(one_by_one)
    found = {client_id: int(invoices) for client_id, invoices in db.session.execute(query.select_from(of_clients))}
    messages, unreachable = Counter({"email": found.pop(None, 0)}), 0
    whom = reaches(run.business_id, found) if found else {}
    dead = dead_addresses(run.business_id) if found else set()
    for client_id, invoices in found.items():
        reach = whom[client_id]
        open_ones = (
            channel
            for channel in reach.channels
            if any((channel, to.casefold()) not in dead for _, to in reach.recipients(channel))
        )
        if channel := next(open_ones, None):
            messages[channel] += invoices
        else:
            unreachable += 1
    return {channel: number for channel, number in messages.items() if number}, unreachable


def _by_mail(business: Business) -> ColumnElement[bool]:
    """Whether a client has nothing but an e-mail address that works, and is written to there."""
    channels, consents = cast(CLIENT.channels, Text), cast(CLIENT.consents, Text)
    refused = or_(ReachedAddress.failed_at.is_not(None), ReachedAddress.stopped_at.is_not(None))
    dead = select(ReachedAddress.id).where(
        ReachedAddress.business_id == CLIENT.business_id,
        ReachedAddress.channel == "email",
        ReachedAddress.address == func.lower(CLIENT.email),
        refused,
    )
    people = select(Contact.id).where(Contact.business_id == CLIENT.business_id, Contact.client_id == CLIENT.id)
    usual = ["[]"] if "email" in business.channels else []
    order = channels.in_([*usual, '["email"]'])
    return and_(order, consents == "{}", CLIENT.email != "", ~people.exists(), ~dead.exists())


def _cards(run: BillingRun, business: Business) -> tuple[int, int]:
    """(saved cards that are charged by themselves, invoices they are charged for)."""
    payers = charged_clients(business)
    if payers is None:
        return 0, 0
    query = select(func.count(distinct(ENTRY.client_id)), _INVOICES).where(*_billed(run), ENTRY.client_id.in_(payers))
    cards, invoices = db.session.execute(query).one()
    return int(cards), int(invoices)
