"""The ladders of a business, the days they go by, and what the rooms above say of its invoices."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, Uuid, cast, literal, null, select

from app.auth.models import Business
from app.auth.queries import get_business
from app.clients.models import Client
from app.clock import day_in
from app.database import Instant
from app.extensions import db
from app.invoices.models import Invoice
from app.reminders.models import Holiday, LadderStep
from app.reminders.rules import ACTS, Calendar, Rung

INVOICE = Invoice.__table__.c


class Bearing(NamedTuple):
    """What the rooms above know about an invoice, as columns beside it: whether services are billed on it, whether it
    is a late fee itself, and which plan is the first on it; when it leaves, if it was made together with others, and
    whether these have not left yet, so that all may still be taken back."""

    serves: ColumnElement[bool]
    is_fee: ColumnElement[bool]
    plan_id: ColumnElement[uuid.UUID | None]
    leaves_at: ColumnElement[datetime | None]
    unsent: ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Ladders:
    """Every ladder of a business: its own, and those of clients and plans that have one."""

    usual: list[Rung] = field(default_factory=list)
    of_clients: dict[uuid.UUID, list[Rung]] = field(default_factory=dict)
    of_plans: dict[uuid.UUID, list[Rung]] = field(default_factory=dict)

    def of(self, client_id: uuid.UUID | None, plan_id: uuid.UUID | None = None) -> list[Rung]:
        """The one that an invoice of a client for a plan follows: the client's own, else the plan's, else the usual."""
        if client_id in self.of_clients:
            return self.of_clients[client_id]
        return self.of_plans.get(plan_id, self.usual) if plan_id else self.usual

    @property
    def all(self) -> list[Rung]:
        """The steps of all ladders."""
        ladders = (self.usual, *self.of_clients.values(), *self.of_plans.values())
        return [rung for rungs in ladders for rung in rungs]


@dataclass(frozen=True, slots=True)
class Desk:
    """What all plans of a business have in common."""

    business: Business
    ladders: Ladders
    calendar: Calendar
    today: date
    in_force: frozenset[str] = frozenset({"remind"})


def rungs(business_id: uuid.UUID, client_id: uuid.UUID | None = None, plan_id: uuid.UUID | None = None) -> list[Rung]:
    """The steps of the business's ladder, or those that a client or a plan has of its own, the earliest first."""
    return [_rung(row) for row in ladder_steps(business_id, client_id, plan_id)]


def ladder_steps(
    business_id: uuid.UUID, client_id: uuid.UUID | None = None, plan_id: uuid.UUID | None = None
) -> list[LadderStep]:
    """The same with all that is known of each step."""
    mine = LadderStep.client_id == client_id if client_id else LadderStep.client_id.is_(None)
    plans = LadderStep.plan_id == plan_id if plan_id else LadderStep.plan_id.is_(None)
    query = select(LadderStep).where(LadderStep.business_id == business_id, mine, plans, LadderStep.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(LadderStep.days, LadderStep.id)))


def get_desk(business_id: uuid.UUID, now: datetime) -> Desk:
    """The ladders as far as they are in force, the days off and today's date of a business."""
    business = get_business(business_id)
    query = select(LadderStep).where(LadderStep.business_id == business_id, LadderStep.ended_at.is_(None))
    rows = list(db.session.scalars(query.order_by(LadderStep.days, LadderStep.id)))
    in_force = _in_force(business)
    ladders = Ladders()
    for row in rows:
        # A ladder of one's own whose steps all rest is a ladder still: nothing of the usual one takes their place.
        place = ladders.usual
        if row.client_id:
            place = ladders.of_clients.setdefault(row.client_id, [])
        elif row.plan_id:
            place = ladders.of_plans.setdefault(row.plan_id, [])
        place += [_rung(row)] if row.kind in in_force else []
    days = db.session.scalars(select(Holiday.on_day).where(Holiday.business_id == business_id))
    calendar = Calendar(business.workdays, frozenset(days))
    return Desk(business, ladders, calendar, day_in(now, business.timezone), in_force)


def _in_force(business: Business) -> frozenset[str]:
    """The kinds of steps that are done at present."""
    return frozenset((["remind"] if business.reminders else []) + (list(ACTS) if business.enforces else []))


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


def bearing() -> Bearing:
    """What the rooms above say of an invoice of the query around it; nothing where there is no such room."""
    asked = current_app.extensions.get("duely_bearing")
    if asked:
        return asked(INVOICE)  # type: ignore[no-any-return]
    return Bearing(literal(False), literal(False), cast(null(), Uuid), cast(null(), Instant), literal(False))


def _rung(row: LadderStep) -> Rung:
    about = (row.id, row.days, row.channel, row.wording, row.since)
    return Rung(*about, row.kind, row.owed_minor, row.currency)
