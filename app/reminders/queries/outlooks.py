"""Reading ladders, what became of reminders and what is to come, always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, tuple_

from app.auth.models import Business
from app.auth.queries import get_business
from app.clients.models import Client
from app.clock import day_in
from app.extensions import db
from app.invoices.models import Invoice
from app.messages.models import Message
from app.payments.models import Allocation, Dispute, Payment
from app.reminders.models import Hold, Holiday, LadderStep, Reminder
from app.reminders.queries.holding import Held, held_until, standing_holds
from app.reminders.queries.reaching import unreachable
from app.reminders.rules import Calendar, Known, Owing, Past, Planned, Rung, plan, span

INVOICE = Invoice.__table__.c
_OF_CLIENT = (Client.business_id == INVOICE.business_id) & (Client.id == INVOICE.client_id)
_OF_ALLOCATION = (Payment.business_id == Allocation.business_id) & (Payment.id == Allocation.payment_id)
# A wrong entry that was undone, or credit that was taken off again, is no money that went back.
_WENT_BACK = (
    select(Allocation.id)
    .join(Payment, _OF_ALLOCATION)
    .where(Allocation.business_id == INVOICE.business_id, Allocation.invoice_id == INVOICE.id)
    .where(Allocation.amount_minor < 0, Payment.refunded_minor > 0, Payment.reversed_at.is_(None))
)
_DISPUTED = (
    select(Dispute.id)
    .join(Payment, (Payment.business_id == Dispute.business_id) & (Payment.id == Dispute.payment_id))
    .where(Payment.business_id == INVOICE.business_id, Payment.client_id == INVOICE.client_id)
    .where(Dispute.resolution != "declined")
)


@dataclass(frozen=True, slots=True)
class Ladders:
    """Every ladder of a business: its own and those of clients that have one."""

    usual: list[Rung] = field(default_factory=list)
    of_clients: Mapping[uuid.UUID, list[Rung]] = field(default_factory=dict)

    def of(self, client_id: uuid.UUID | None) -> list[Rung]:
        """The one that a client's invoices follow."""
        return self.of_clients.get(client_id, self.usual) if client_id else self.usual

    @property
    def earliest(self) -> int:
        """How many days before its due date an invoice may be reminded, days off included."""
        return max(span(rungs) for rungs in (self.usual, *self.of_clients.values()))


@dataclass(frozen=True, slots=True)
class Desk:
    """What all plans of a business have in common."""

    business: Business
    ladders: Ladders
    calendar: Calendar
    today: date


@dataclass(frozen=True, slots=True)
class Outlook:
    """An invoice and its reminders to come; `held_until` is the last day of a hold on it.

    `rests` says why nothing goes out by itself, `no_reminders_at` is when its client asked for none. Pages are told the
    holds that stand, too, and by which channels of its steps nobody can be reached.
    """

    invoice_id: uuid.UUID
    number: str
    client_id: uuid.UUID
    client_name: str
    due: date
    steps: list[Planned]
    held_until: date | None = None
    rests: str = ""
    no_reminders_at: datetime | None = None
    holds: list[Held] = field(default_factory=list)
    unreachable: frozenset[str] = frozenset()

    @property
    def to_come(self) -> list[Planned]:
        """The steps that will go out, by themselves or by hand."""
        return [step for step in self.steps if step.stands]

    @property
    def yielding(self) -> list[Planned]:
        """Those that will not, because another stands in their place."""
        return [step for step in self.steps if step.state in ("yields", "overtaken")]

    @property
    def shown(self) -> list[Planned]:
        """Those that will go out and reach somebody."""
        return [] if self.reaches_nobody else self.to_come

    @property
    def reaches_nobody(self) -> bool:
        """Whether there is no way to reach the client by any step to come."""
        return bool(self.to_come) and all(step.rung.channel in self.unreachable for step in self.to_come)


def rungs(business_id: uuid.UUID, client_id: uuid.UUID | None = None) -> list[Rung]:
    """The steps of the business's ladder, or those that a client has of their own, the earliest first."""
    mine = LadderStep.client_id == client_id if client_id else LadderStep.client_id.is_(None)
    query = select(LadderStep).where(LadderStep.business_id == business_id, mine, LadderStep.ended_at.is_(None))
    return [_rung(row) for row in db.session.scalars(query.order_by(LadderStep.days, LadderStep.id))]


def get_desk(business_id: uuid.UUID, now: datetime) -> Desk:
    """The ladders, the days off and today's date of a business."""
    business = get_business(business_id)
    query = select(LadderStep).where(LadderStep.business_id == business_id, LadderStep.ended_at.is_(None))
    usual: list[Rung] = []
    of_clients: dict[uuid.UUID, list[Rung]] = {}
    for row in db.session.scalars(query.order_by(LadderStep.days, LadderStep.id)):
        place = usual if row.client_id is None else of_clients.setdefault(row.client_id, [])
        place.append(_rung(row))
    days = db.session.scalars(select(Holiday.on_day).where(Holiday.business_id == business_id))
    calendar = Calendar(business.workdays, frozenset(days))
    return Desk(business, Ladders(usual, of_clients), calendar, day_in(now, business.timezone))


def outlook(business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime) -> Outlook | None:
    """What reminders an invoice will get; None where the business sends none, or the invoice asks for no money."""
    if not get_business(business_id).reminders:
        return None
    desk = get_desk(business_id, now)
    found = outlook_at(desk, invoice_id)
    return _for_people(desk, [found])[0] if found else None


def outlook_if(business_id: uuid.UUID, invoice_id: uuid.UUID, decided: Known, now: datetime) -> Outlook | None:
    """What would become of the reminders of an invoice if this were decided of its steps."""
    return outlook_at(get_desk(business_id, now), invoice_id, decided)


def outlooks_of_client(business_id: uuid.UUID, client_id: uuid.UUID, now: datetime, limit: int = 20) -> list[Outlook]:
    """What reminders a client will get, the invoice due first in front."""
    if not get_business(business_id).reminders:
        return []
    desk = get_desk(business_id, now)
    query = _open_ones(business_id).where(INVOICE.client_id == client_id)
    rows = db.session.execute(query.order_by(INVOICE.due_date, INVOICE.id).limit(limit)).all()
    return _for_people(desk, _outlooks(desk, rows))


def outlook_at(desk: Desk, invoice_id: uuid.UUID, decided: Known | None = None) -> Outlook | None:
    """The reminders of one invoice as they stand now, or if this were decided; None when it asks for no money."""
    row = db.session.execute(_open_ones(desk.business.id).where(INVOICE.id == invoice_id)).first()
    return _outlooks(desk, [row], decided)[0] if row else None


def page_of_outlooks(desk: Desk, after: tuple[date, uuid.UUID] | None, limit: int) -> list[Outlook]:
    """Open invoices that may be reminded by now, those due first in front, after one of them."""
    query = _open_ones(desk.business.id).where(INVOICE.due_date <= desk.today + timedelta(days=desk.ladders.earliest))
    if after is not None:
        query = query.where(tuple_(INVOICE.due_date, INVOICE.id) > tuple_(*after))
    return _outlooks(desk, db.session.execute(query.order_by(INVOICE.due_date, INVOICE.id).limit(limit)).all())


def unwanted(message: Message, now: datetime) -> str:
    """Why a message about an invoice that waits in the outbox should not leave any more; empty when it should."""
    if not message.kind.startswith("reminder"):
        return _no_longer_open(message)
    about_client = (Client.no_reminders_at, Client.archived_at)
    query = select(INVOICE.status, INVOICE.balance_minor, INVOICE.client_id, *about_client)
    mine = (INVOICE.business_id == message.business_id, INVOICE.id == message.object_id)
    row = db.session.execute(query.join(Client, _OF_CLIENT).where(*mine)).first()
    if row is None or row.status != "open" or row.balance_minor <= 0:
        return "Nothing was owed any more when it was about to leave."
    if row.no_reminders_at:
        return "The client wants no reminders any more."
    if row.archived_at:
        return "The client was archived before it left."
    business = get_business(message.business_id)
    if not business.reminders:
        return "Reminders were switched off before it left."
    # Who sends one in spite of a hold means it; a hold that came afterwards means that one, too.
    since = (Hold.business_id == message.business_id, Hold.created_at > message.created_at, Hold.ended_at.is_(None))
    about = or_(Hold.invoice_id == message.object_id, Hold.client_id == row.client_id)
    today = day_in(now, business.timezone)
    held = db.session.scalar(select(Hold.id).where(*since, about, Hold.until >= today).limit(1))
    return "Reminders were held before it left." if held else ""


def _no_longer_open(message: Message) -> str:
    """An invoice is not sent once it is void or written off."""
    if message.kind != "invoice":
        return ""
    mine = (INVOICE.business_id == message.business_id, INVOICE.id == message.object_id)
    status = db.session.scalar(select(INVOICE.status).where(*mine))
    return "" if status == "open" else "The invoice was taken back before it left."


def holidays(business_id: uuid.UUID, since: date) -> list[Holiday]:
    """The days off to come."""
    query = select(Holiday).where(Holiday.business_id == business_id, Holiday.on_day >= since)
    return list(db.session.scalars(query.order_by(Holiday.on_day)))


def clients_with_ladders(business_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """(id, name) of the clients that have a ladder of their own."""
    own = select(LadderStep.client_id).where(
        LadderStep.business_id == business_id, LadderStep.ended_at.is_(None), LadderStep.client_id.is_not(None)
    )
    query = select(Client.id, Client.name).where(Client.business_id == business_id, Client.id.in_(own))
    return [(row.id, row.name) for row in db.session.execute(query.order_by(Client.sort_name, Client.id))]


def ladder_step(business_id: uuid.UUID, step_id: uuid.UUID) -> LadderStep | None:
    """A step by its id, be it of which ladder, and also when it was taken off."""
    return db.session.get(LadderStep, (business_id, step_id))


def _rung(row: LadderStep) -> Rung:
    return Rung(row.id, row.days, row.channel, row.wording, row.since)


def _open_ones(business_id: uuid.UUID) -> Any:
    who = (
        INVOICE.id,
        INVOICE.number,
        INVOICE.client_id,
        INVOICE.buyer_name,
        Client.no_reminders_at,
        Client.archived_at,
    )
    what = (INVOICE.due_date, INVOICE.issue_date, INVOICE.balance_minor)
    troubles = (_WENT_BACK.exists().label("went_back"), _DISPUTED.exists().label("disputed"))
    query = select(*who, *what, *troubles).join(Client, _OF_CLIENT)
    return query.where(INVOICE.business_id == business_id, INVOICE.status == "open", INVOICE.balance_minor > 0)


def _outlooks(desk: Desk, rows: Sequence[Row[Any]], decided: Known | None = None) -> list[Outlook]:
    """The outlook of each invoice; with `decided` as it would be if that were decided, too."""
    ids, clients = [row.id for row in rows], {row.client_id for row in rows}
    past = _past(desk, ids)
    held = held_until(desk.business.id, ids, clients)
    found = []
    for row in rows:
        owing = Owing(
            True,
            row.balance_minor,
            row.issue_date,
            row.due_date,
            wanted=row.no_reminders_at is None,
            archived=row.archived_at is not None,
            went_back=row.went_back,
            disputed=row.disputed,
        )
        until = max((day for key in (row.id, row.client_id) if (day := held.get(key))), default=None)
        known = {**past.get(row.id, {}), **(decided or {})}
        steps = plan(owing, desk.ladders.of(row.client_id), known, desk.calendar, desk.today, until)
        about = (row.id, row.number, row.client_id, row.buyer_name, row.due_date)
        found.append(Outlook(*about, steps, until, owing.rests, row.no_reminders_at))
    return found


def _for_people(desk: Desk, found: list[Outlook]) -> list[Outlook]:
    """The same with what only people ask: who holds them up, and whether anybody can be reached (of one client)."""
    if not found:
        return []
    client_id, channels = found[0].client_id, {step.rung.channel for one in found for step in one.to_come}
    deaf = unreachable(desk.business.id, client_id, channels)
    ids = [one.invoice_id for one in found]
    holds = standing_holds(desk.business.id, desk.today, client_id=client_id, invoice_ids=ids)
    about = {one.invoice_id: [held for held in holds if held.invoice_id in (None, one.invoice_id)] for one in found}
    return [replace(one, unreachable=deaf, holds=about[one.invoice_id]) for one in found]


def _past(desk: Desk, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Known]:
    """{invoice: what became of its steps}. Of a step and its copies on other ladders what ended it counts."""
    of_step = (LadderStep.business_id == Reminder.business_id) & (LadderStep.id == Reminder.step_id)
    of_message = (Message.business_id == Reminder.business_id) & (Message.id == Reminder.message_id)
    columns = (LadderStep.days, LadderStep.wording, Message.kind, Message.state)
    query = select(Reminder, *columns).join(LadderStep, of_step).outerjoin(Message, of_message)
    query = query.where(Reminder.business_id == desk.business.id, Reminder.invoice_id.in_(ids))
    rows = db.session.execute(query).all() if ids else []
    known: dict[uuid.UUID, dict[tuple[int, str], Past]] = {}
    for row in sorted(rows, key=lambda row: (row.Reminder.outcome != "postponed", row.Reminder.created_at)):
        one = row.Reminder
        past = Past(one.outcome, one.not_before, row.days)
        # What never left said nothing, so nothing yields to it.
        if one.outcome == "queued" and row.state not in ("failed", "cancelled"):
            on = day_in(one.created_at, desk.business.timezone)
            past = Past(one.outcome, days=row.days, said=row.kind or row.wording, on=on)
        known.setdefault(one.invoice_id, {})[row.days, one.channel] = past
    return dict(known)
