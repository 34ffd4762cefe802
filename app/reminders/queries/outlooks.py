"""Reading ladders, what became of reminders and what is to come, always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, or_, select

from app.auth.queries import get_business
from app.clients.models import Client
from app.clock import day_in
from app.extensions import db
from app.invoices.models import Invoice
from app.messages.models import Message
from app.payments.models import Allocation, Dispute, Payment
from app.payments.queries.chargeable import charged_next
from app.reminders.models import Hold, LadderStep, Reminder
from app.reminders.queries.desks import Desk, bearing, get_desk
from app.reminders.queries.holding import Held, held_until, standing_holds
from app.reminders.queries.reaching import unreachable
from app.reminders.rules import Known, Owing, Past, Planned, plan

INVOICE = Invoice.__table__.c
WARNING = "warning"
"""What stands for a channel where a reminder row is the warning that a cut needs."""
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
class Outlook:
    """An invoice and its steps to come, counted from a day (see `Owing`); `held_until` is the last day of a hold on it.

    `rests` says why nothing goes out by itself, `no_reminders_at` is when its client asked for none. Pages are told the
    holds that stand, too, and by which channels of its steps nobody can be reached.
    """

    invoice_id: uuid.UUID
    number: str
    client_id: uuid.UUID
    client_name: str
    due: date
    counts_from: date
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
        return [step for step in self.steps if step.state in ("yields", "overtaken") and not step.rung.is_act]

    @property
    def shown(self) -> list[Planned]:
        """Those that will go out and reach somebody."""
        return [step for step in self.to_come if step.rung.is_act or not self.reaches_nobody]

    @property
    def reaches_nobody(self) -> bool:
        """Whether there is no way to reach the client by any step to come."""
        told = [step for step in self.to_come if not step.rung.is_act]
        return bool(told) and all(step.rung.channel in self.unreachable for step in told)


def outlook(business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime) -> Outlook | None:
    """What an invoice has ahead of it; None where nothing is in force, or the invoice asks for no money."""
    if not _anything_in_force(business_id):
        return None
    desk = get_desk(business_id, now)
    found = outlook_at(desk, invoice_id)
    return _for_people(desk, [found])[0] if found else None


def _anything_in_force(business_id: uuid.UUID) -> bool:
    business = get_business(business_id)
    return business.reminders or business.enforces


def outlook_if(business_id: uuid.UUID, invoice_id: uuid.UUID, decided: Known, now: datetime) -> Outlook | None:
    """What would become of the reminders of an invoice if this were decided of its steps."""
    return outlook_at(get_desk(business_id, now), invoice_id, decided)


def outlooks_of_client(business_id: uuid.UUID, client_id: uuid.UUID, now: datetime, limit: int = 20) -> list[Outlook]:
    """What reminders a client will get, the invoice due first in front."""
    if not _anything_in_force(business_id):
        return []
    desk = get_desk(business_id, now)
    query = _open_ones(desk).where(INVOICE.client_id == client_id)
    rows = db.session.execute(query.order_by(INVOICE.due_date, INVOICE.id).limit(limit)).all()
    return _for_people(desk, _outlooks(desk, rows))


def outlook_at(desk: Desk, invoice_id: uuid.UUID, decided: Known | None = None) -> Outlook | None:
    """The reminders of one invoice as they stand now, or if this were decided; None when it asks for no money."""
    row = db.session.execute(_open_ones(desk).where(INVOICE.id == invoice_id)).first()
    return _outlooks(desk, [row], decided)[0] if row else None


def outlooks_at(desk: Desk, ids: Sequence[uuid.UUID]) -> list[Outlook]:
    """The outlooks of those of some invoices that are open, those due first in front."""
    if not ids:
        return []
    query = _open_ones(desk).where(INVOICE.id.in_(ids)).order_by(INVOICE.due_date, INVOICE.id)
    return _outlooks(desk, db.session.execute(query).all())


def unwanted(message: Message, now: datetime) -> str:
    """Why a message about an invoice that waits in the outbox should not leave any more; empty when it should."""
    if not message.kind.startswith(("reminder", "suspension")):
        return _no_longer_open(message)
    about_client = (Client.no_reminders_at, Client.archived_at)
    query = select(INVOICE.status, INVOICE.balance_minor, INVOICE.client_id, *about_client)
    mine = (INVOICE.business_id == message.business_id, INVOICE.id == message.object_id)
    row = db.session.execute(query.join(Client, _OF_CLIENT).where(*mine)).first()
    if row is None or row.status != "open" or row.balance_minor <= 0:
        return "Nothing was owed any more when it was about to leave."
    warns = message.kind.startswith("suspension")
    if row.no_reminders_at and not warns:
        return "The client wants no reminders any more."
    if row.archived_at:
        return "The client was archived before it left."
    business = get_business(message.business_id)
    if not business.reminders and not warns:
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


def _open_ones(desk: Desk) -> Any:
    who = (
        INVOICE.id,
        INVOICE.number,
        INVOICE.client_id,
        INVOICE.buyer_name,
        Client.no_reminders_at,
        Client.archived_at,
    )
    what: tuple[Any, ...] = (
        INVOICE.due_date,
        INVOICE.issue_date,
        INVOICE.issued_at,
        INVOICE.balance_minor,
        INVOICE.currency,
    )
    said = bearing()
    what += tuple(getattr(said, name).label(name) for name in said._fields)
    troubles = (_WENT_BACK.exists().label("went_back"), _DISPUTED.exists().label("disputed"))
    query = select(*who, *what, *troubles).join(Client, _OF_CLIENT)
    return query.where(INVOICE.business_id == desk.business.id, INVOICE.status == "open", INVOICE.balance_minor > 0)


def _outlooks(desk: Desk, rows: Sequence[Row[Any]], decided: Known | None = None) -> list[Outlook]:
    """The outlook of each invoice; with `decided` as it would be if that were decided, too."""
    ids, clients = [row.id for row in rows], {row.client_id for row in rows}
    past = _past(desk, ids)
    held = held_until(desk.business.id, ids, clients)
    found = []
    cards = charged_next(desk.business, [row.id for row in rows if row.due_date <= desk.today], desk.today)
    for row in rows:
        owing = Owing(
            True,
            row.balance_minor,
            _issued_on(row, desk),
            row.due_date,
            wanted=row.no_reminders_at is None,
            archived=row.archived_at is not None,
            went_back=row.went_back,
            disputed=row.disputed,
            currency=row.currency,
            serves=bool(row.serves),
            is_fee=bool(row.is_fee),
            card_next=row.id in cards,
            unsent=bool(row.unsent),
        )
        until = max((day for key in (row.id, row.client_id) if (day := held.get(key))), default=None)
        known = {**past.get(row.id, {}), **(decided or {})}
        ladder = desk.ladders.of(row.client_id, row.plan_id)
        steps = plan(owing, ladder, known, desk.calendar, desk.today, until)
        about = (row.id, row.number, row.client_id, row.buyer_name, row.due_date, owing.counts_from)
        found.append(Outlook(*about, steps, until, owing.rests, row.no_reminders_at))
    return found


def _issued_on(row: Row[Any], desk: Desk) -> date:
    """The day an invoice was issued on: the date it bears, or that of the deed, or of its leaving, if that is later."""
    days = [day_in(at, desk.business.timezone) for at in (row.issued_at, row.leaves_at) if at is not None]
    return max(row.issue_date, *days, *([desk.today] if row.unsent else []))  # type: ignore[no-any-return]


def _for_people(desk: Desk, found: list[Outlook]) -> list[Outlook]:
    """The same with what only people ask: who holds them up, and whether anybody can be reached (of one client)."""
    if not found:
        return []
    client_id, told = found[0].client_id, [step.rung for one in found for step in one.to_come if not step.rung.is_act]
    deaf = unreachable(desk.business.id, client_id, {rung.channel for rung in told})
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
        if one.outcome == "queued" and one.channel != WARNING and row.state not in ("failed", "cancelled"):
            on = day_in(one.created_at, desk.business.timezone)
            past = Past(one.outcome, days=row.days, said=row.kind or row.wording, on=on)
        known.setdefault(one.invoice_id, {})[row.days, one.channel] = past
    return dict(known)
