"""Clients are told of a price before its day: each once for each change, and not when it was called off meanwhile."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select, update

from app.auth import audit
from app.auth.models import Business
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.auth.service import links
from app.billing import queries
from app.billing.mail import language_of, price_context, price_values
from app.billing.models import Plan, PlanPrice, PriceNotice
from app.billing.queries.affected import Payer, affected, told
from app.billing.rules.plans import PriceValues
from app.clients.models import Client
from app.clients.queries import get_client, reach
from app.database import insert_once, locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.messages import service as messages
from app.messages.faces import faces
from app.messages.models import Message
from app.messages.queries import wording_of
from app.messages.render import Composed, compose
from app.messages.rules import About

SOONEST, LONGEST = 0, 120
"""Days before the price holds on which clients can be told."""
EXAMPLE_PAGE = "/c/this-is-where-the-link-of-the-client-stands/"


@dataclass(frozen=True, slots=True)
class Told:
    """How many were written to, and who cannot be reached."""

    written: int
    unreachable: tuple[str, ...]


@transactional
def notify(actor: Actor, plan_id: uuid.UUID, price_id: uuid.UUID, *, days_before: int, now: datetime) -> Told:
    """Write to all who will pay another price, so many days before its day or at once when that is past.

    Nobody is told twice of the same price of the same day. Needs staff. Raises NotFound, and Invalid once it holds.
    """
    actor.require("staff")
    actor.require_verified()
    business, plan = get_business(actor.business_id), locked(Plan, actor.business_id, plan_id)
    stored = locked(PlanPrice, actor.business_id, price_id)
    if plan is None or stored is None or stored.plan_id != plan.id:
        raise NotFound
    price = _values(stored)
    if not SOONEST <= days_before <= LONGEST:
        raise Invalid("days_before", f"Choose {SOONEST} to {LONGEST} days.")
    if price.since <= now.astimezone(ZoneInfo(business.timezone)).date():
        raise Invalid("days_before", "This price holds already.")
    at = send_at(business, price.since, days_before)
    written, unreachable = 0, []
    for payer in _once_each(affected(business.id, plan.id, price).payers):
        client = get_client(business.id, payer.row.client_id)
        notice_id = _note(business.id, plan.id, price, client.id, now)
        if notice_id is None:
            continue
        message = _write(notice_id, business, plan, price, client, payer, max(at, now), now)
        if message is None:
            unreachable.append(client.name)
            continue
        mine = (PriceNotice.business_id == business.id, PriceNotice.id == notice_id)
        db.session.execute(update(PriceNotice).where(*mine).values(message_id=message.id))
        written += 1
    facts = {"plan": plan.name, "since": str(price.since), "written": written, "unreachable": len(unreachable)}
    audit.record(actor, "told_price", "plan", plan.id, now, facts=facts)
    return Told(written, tuple(unreachable))


def example_notice(business_id: uuid.UUID, plan_id: uuid.UUID, price: PriceValues) -> Composed | None:
    """The notice as the first of those who get it would read it; None when nobody pays another price."""
    business, plan = get_business(business_id), queries.get_plan(business_id, plan_id)
    payer = next(iter(affected(business_id, plan_id, price).payers), None)
    if payer is None:
        return None
    client = get_client(business_id, payer.row.client_id)
    return _composed(business, plan, price, client, payer, links.public_url(EXAMPLE_PAGE))[0]


def waiting_for(business_id: uuid.UUID, plan_id: uuid.UUID, price: PriceValues) -> tuple[list[str], int, int]:
    """(who cannot be reached of those not told yet, how many can, how many were told)."""
    known = {notice.client_id for notice in told(business_id, plan_id, price)}
    nobody, can = [], 0
    for payer in _once_each(affected(business_id, plan_id, price).payers):
        if payer.row.client_id in known:
            continue
        whom = reach(business_id, payer.row.client_id)
        if any(whom.recipients(channel) for channel in whom.channels):
            can += 1
        else:
            nobody.append(payer.client_name)
    return nobody, can, len(known)


def send_at(business: Business, since: date, days_before: int) -> datetime:
    """The hour at which the business sends, so many days before a day."""
    return datetime.combine(since - timedelta(days=days_before), time(business.send_hour), ZoneInfo(business.timezone))


def unwanted(message: Message, now: datetime) -> str:
    """Why a notice that waits in the outbox should not leave any more; empty when it should."""
    mine = (PriceNotice.business_id == message.business_id, PriceNotice.id == message.object_id)
    notice = db.session.scalar(select(PriceNotice).where(*mine))
    if notice is None:
        return ""
    held = select(PlanPrice.price).where(
        PlanPrice.business_id == notice.business_id,
        PlanPrice.plan_id == notice.plan_id,
        PlanPrice.currency == notice.currency,
        PlanPrice.since == notice.since,
    )
    return "" if db.session.scalar(held) == notice.price else "The price was called off before it left."


def _values(row: PlanPrice) -> PriceValues:
    return PriceValues(row.currency, row.price, row.since, row.setup_price, row.for_all)


def _once_each(payers: tuple[Payer, ...]) -> list[Payer]:
    """The first of each client."""
    return list({payer.row.client_id: payer for payer in reversed(payers)}.values())[::-1]


def _note(
    business_id: uuid.UUID, plan_id: uuid.UUID, price: PriceValues, client_id: uuid.UUID, now: datetime
) -> uuid.UUID | None:
    """The id of a new notice; None when this client was told before."""
    id = new_id()
    new = insert_once(
        PriceNotice,
        business_id=business_id,
        id=id,
        plan_id=plan_id,
        currency=price.currency,
        since=price.since,
        price=price.price,
        client_id=client_id,
        created_at=now,
    )
    return id if new else None


def _composed(
    business: Business, plan: Plan, price: PriceValues, client: Client, payer: Payer, url: str
) -> tuple[Composed, dict[str, str]]:
    values = price_values(business, client, payer, plan.name, price.since, url)
    words = wording_of(business.id, "price_change", language_of(business, client))
    context = price_context(business, client, values)
    return compose(current_app.jinja_env, "price_change", words.wording, values, context), values


def _write(
    notice_id: uuid.UUID,
    business: Business,
    plan: Plan,
    price: PriceValues,
    client: Client,
    payer: Payer,
    at: datetime,
    now: datetime,
) -> Message | None:
    """Queue the notice; None when there is no way to this client."""
    url = links.public_url(f"/c/{links.make_link(business.id, 'client', client.id, now)}/")
    composed, values = _composed(business, plan, price, client, payer, url)
    words = wording_of(business.id, "price_change", language_of(business, client))
    made = faces(reach(business.id, client.id), composed, words, values)
    about = About("price_change", "price_notice", notice_id, client.id, business.email, business.name)
    try:
        return messages.dispatch(business.id, about, made, now=now, not_before=at)
    except messages.Unreachable:
        return None
