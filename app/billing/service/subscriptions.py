"""Subscriptions that exist: paused, resumed, ended, and what may be changed about them without anybody's consent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select

from app import clock
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import StaleSubscription
from app.billing.models import Subscription, SubscriptionItem, SubscriptionPause
from app.billing.rules import Period, Rhythm, move, state
from app.billing.rules.states import State
from app.billing.rules.subscriptions import OtherValues, searchable
from app.billing.service.ordering import follow
from app.clients.queries import get_client
from app.database import locked, transactional
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db


@transactional
def pause(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    since: date,
    until: date | None,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Subscription:
    """Stop paying from a day on, up to and without `until`. Raises NotFound, WrongMove, StaleSubscription, Invalid."""
    row = begin_pause(actor, subscription_id, since, until, reason, now, version)
    return note_pause(actor, row, since, until, {}, now)


def begin_pause(
    actor: Actor,
    subscription_id: uuid.UUID,
    since: date,
    until: date | None,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Subscription:
    """Store a pause of a subscription, which is held; who does it notes it. Raises as `pause` does."""
    row = held(actor, subscription_id, version)
    today = moved(row, "pause", now)
    if since < today:
        raise Invalid("since", "A pause begins today or later.")
    if until is not None and until <= since:
        raise Invalid("until", "The pause ends before it begins.")
    one = queries.agreement_of(row.business_id, row.id)
    if one.ends_on is not None and since >= one.ends_on:
        raise Invalid("since", "The subscription has ended by then.")
    if any((held.end is None or since < held.end) and (until is None or held.start < until) for held in one.pauses):
        raise Invalid("since", "There is a pause in these days already.")
    db.session.add(
        SubscriptionPause(
            business_id=row.business_id,
            subscription_id=row.id,
            since=since,
            until=until,
            reason=reason,
            created_by=actor.person_id,
            created_at=now,
        )
    )
    db.session.flush()
    return row


def note_pause(
    actor: Actor, row: Subscription, since: date, until: date | None, facts: Mapping[str, str | None], now: datetime
) -> Subscription:
    """Note a pause in the trail, with what it gave back among the facts."""
    said = {"since": str(since), "until": str(until) if until else None}
    return _switched(actor, row, "paused", now, said | dict(facts))


@transactional
def resume(
    actor: Actor, subscription_id: uuid.UUID, *, on: date, now: datetime, version: int | None = None
) -> Subscription:
    """Take a paused subscription up again on a day, the earliest today; a pause that has not begun is called off.

    Raises NotFound, Conflict when nothing is paused, StaleSubscription, Invalid.
    """
    row = held(actor, subscription_id, version)
    today = _today(row, now)
    if on < today:
        raise Invalid("on", "It is taken up again today or later.")
    query = select(SubscriptionPause).where(
        SubscriptionPause.business_id == row.business_id, SubscriptionPause.subscription_id == row.id
    )
    open_ = [one for one in db.session.scalars(query) if one.until is None or one.until > today]
    if not open_:
        raise Conflict("This subscription is not paused.")
    for one in open_:
        if one.since >= on:
            db.session.delete(one)
        else:
            one.until = on
    return _switched(actor, row, "resumed", now, {"on": str(on)})


@transactional
def cancel(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    ends_on: date,
    reason: str,
    now: datetime,
    version: int | None = None,
) -> Subscription:
    """End a subscription; `ends_on` is the first day without it, today at the earliest.

    Raises NotFound, WrongMove, StaleSubscription, Invalid.
    """
    return note_cancel(actor, begin_cancel(actor, subscription_id, ends_on, reason, now, version), {}, now)


@transactional
def begin_cancel(
    actor: Actor, subscription_id: uuid.UUID, ends_on: date, reason: str, now: datetime, version: int | None = None
) -> Subscription:
    """End it as `cancel` does, without a word of it yet: it goes with what comes back."""
    row = held(actor, subscription_id, version)
    today = moved(row, "cancel", now)
    if ends_on < today:
        raise Invalid("ends_on", "It ends today or later: what was used is paid for.")
    row.cancelled_on, row.cancelled_at, row.cancel_reason = max(ends_on, row.starts_on), now, reason
    db.session.flush()
    return row


def note_cancel(actor: Actor, row: Subscription, facts: Mapping[str, str | None], now: datetime) -> Subscription:
    """Note a cancelling in the trail, with what it gave back among the facts."""
    said: dict[str, str | None] = {"on": str(row.cancelled_on), "reason": row.cancel_reason}
    return _switched(actor, row, "cancelled", now, said | dict(facts))


@transactional
def keep(actor: Actor, subscription_id: uuid.UUID, *, now: datetime, version: int | None = None) -> Subscription:
    """Call off a cancelling whose day has not come. Raises NotFound, WrongMove, StaleSubscription."""
    row = held(actor, subscription_id, version)
    moved(row, "keep", now)
    if row.cancelled_on is None:
        raise Conflict("This subscription is not cancelled.")
    row.cancelled_on, row.cancelled_at, row.cancel_reason = None, None, ""
    return _switched(actor, row, "kept", now, {})


@transactional
def change_subscription(
    actor: Actor, subscription_id: uuid.UUID, values: OtherValues, *, version: int, now: datetime
) -> Subscription:
    """Replace what is no part of the price: its name and what stands on its invoices. Raises NotFound,
    StaleSubscription."""
    row = held(actor, subscription_id, version)
    changes = audit.differences(row, values.columns())
    if not changes:
        return row
    query = select(SubscriptionItem.title).where(
        SubscriptionItem.business_id == row.business_id, SubscriptionItem.subscription_id == row.id
    )
    titles, client = list(db.session.scalars(query)), get_client(row.business_id, row.client_id)
    for name, value in values.columns().items():
        setattr(row, name, value)
    row.search, row.updated_at = searchable(row.name, titles, client.search), now
    audit.record(actor, "changed", "subscription", row.id, now, client_id=row.client_id, changes=changes)
    return row


def note_next(row: Subscription) -> None:
    """Store on which day the next period of a subscription is billed."""
    row.next_bill_on = queries.agreement_of(row.business_id, row.id).next_bill_on()


def term_end(row: Subscription, today: date) -> date:
    """The first day after the period that today lies in; of one that has not begun, its first day."""
    one = queries.agreement_of(row.business_id, row.id)
    begins = row.trial_until or row.starts_on
    if today < begins:
        return begins
    rhythm: Rhythm = one.terms().rhythm_on(today)
    current: Period = rhythm.period(rhythm.number(today))
    return current.end


def state_of(row: Subscription, today: date) -> State:
    """The state of one subscription on a day."""
    one = queries.agreement_of(row.business_id, row.id)
    overdue = row.id in queries.overdue_among(row.business_id, [row.id], today)
    return state(one.facts(today, overdue=overdue), today)


def held(actor: Actor, subscription_id: uuid.UUID, version: int | None) -> Subscription:
    """A subscription that is held until the transaction ends. Raises NotFound, StaleSubscription."""
    actor.require("staff")
    row = locked(Subscription, actor.business_id, subscription_id)
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise StaleSubscription(current=row)
    return row


def _switched(actor: Actor, row: Subscription, verb: str, now: datetime, facts: dict[str, str | None]) -> Subscription:
    """Note what was done, and have the network follow what counts from today on; later days are looked for hourly."""
    changed(actor, row, verb, now, facts)
    follow(actor, row, now)
    return row


def _today(row: Subscription, now: datetime) -> date:
    return clock.day_in(now, get_business(row.business_id).timezone)


def moved(row: Subscription, verb: str, now: datetime) -> date:
    """Today, when the state allows the verb. Raises WrongMove."""
    today = _today(row, now)
    move(state_of(row, today), verb)
    return today


def changed(actor: Actor, row: Subscription, verb: str, now: datetime, facts: dict[str, str | None]) -> Subscription:
    """Note that something was done with a subscription, and when it is billed next."""
    row.updated_at = now
    db.session.flush()
    note_next(row)
    audit.record(actor, verb, "subscription", row.id, now, client_id=row.client_id, facts=facts)
    return row
