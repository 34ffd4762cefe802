"""Days without service, which are not paid for unless the policy says so; and what is billed again once it is back."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select

from app import clock
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.models import BilledPeriod, ServiceSpan, Subscription
from app.billing.queries.billed import LinesUnknown, live_claims
from app.billing.queries.control import ended_suspended
from app.billing.rules import Billed, Period, unclaimed
from app.billing.rules.control import without_service
from app.billing.rules.due import FAR
from app.billing.rules.runs import SUSPENDED, skipped_by_policy
from app.billing.service.giving_back import back_between, give_back_between
from app.billing.service.subscriptions import note_next
from app.billing.service.telling import told_of
from app.database import locked, new_id, transactional
from app.errors import Conflict, Invalid
from app.extensions import db
from app.money import Money

UNSERVED = "without service"


def leave_out_unserved(row: Subscription, suspended_at: datetime, now: datetime, until: date | None = None) -> None:
    """A suspended subscription, which is held, comes back: what of it is billed from now on, and what never is.

    Whole days without service that nobody billed are claimed and never billed. What was skipped from today on is free
    again, whatever the policy says by now: it is used, so it is paid for. What was billed before comes back by
    `give_back_unserved`. Of one that is over, `until` is the first day after its end.
    """
    business = get_business(row.business_id)
    today, since = clock.day_in(now, business.timezone), clock.day_in(suspended_at, business.timezone)
    back = until or today
    for claim in live_claims(business.id, row.id, back):
        if claim.state == "skipped" and skipped_by_policy(claim.reason):
            if claim.period_start >= back:
                claim.reversed_at = now
            claim.credited_from = max(back, claim.period_start)
    db.session.flush()
    away = without_service(since, back)
    if away is not None and not queries.policy_of(business.id).bill_suspended:
        leave_out(row, Period(away.start, back), now)
    note_next(row)


def leave_out(row: Subscription, away: Period, now: datetime) -> None:
    """Claim days without service that nobody billed, so that nobody does."""
    today = clock.day_in(now, get_business(row.business_id).timezone)
    one = queries.agreement_of(row.business_id, row.id)
    for billed in list(unclaimed(one.terms(), one.claimed, row.billed_from, max(today, away.end) + FAR)):
        start, end = max(billed.period.start, away.start), min(billed.period.end, away.end)
        if start < end:
            db.session.add(_skipped(row, billed, Period(start, end), today, now))
    db.session.flush()


def settle_end(actor: Actor, row: Subscription, now: datetime) -> None:
    """Nothing restores a suspended subscription, which is held, once it is over: its days without service come back
    by the same formula, once, and it counts as suspended no longer. Nothing is done while it is not over."""
    business = get_business(row.business_id)
    ends = [end for end in (row.ends_on, row.cancelled_on) if end is not None]
    if row.suspended_at is None or not ends or min(ends) > clock.day_in(now, business.timezone):
        return
    suspended_at, over = row.suspended_at, min(ends)
    row.suspended_at, row.suspend_reason, row.until_paid = None, "", row.until_paid and row.throttled_at is not None
    mine = (ServiceSpan.business_id == row.business_id, ServiceSpan.subscription_id == row.id)
    open_ = (ServiceSpan.kind == "suspended", ServiceSpan.until.is_(None))
    for span in db.session.scalars(select(ServiceSpan).where(*mine, *open_)):
        span.until = max(span.since, clock.start_of(over, business.timezone))
    told = give_back_unserved(actor, row, suspended_at, now, over)
    leave_out_unserved(row, suspended_at, now, over)
    if told:
        audit.record(actor, "ended_suspended", "subscription", row.id, now, client_id=row.client_id, facts=told)


@transactional
def settle_ended(business_id: uuid.UUID, now: datetime) -> int:
    """The same for everything of a business whose last day came while it was suspended. Returns how many it were."""
    today = clock.day_in(now, get_business(business_id).timezone)
    ids = ended_suspended(business_id, today)
    for subscription_id in ids:
        row = locked(Subscription, business_id, subscription_id)
        if row is not None:
            settle_end(Actor.system(business_id), row, now)
    return len(ids)


def give_back_unserved(
    actor: Actor, row: Subscription, suspended_at: datetime, now: datetime, until: date | None = None
) -> dict[str, str | None]:
    """Credit the whole days without service of what was billed before, by a note for each invoice.

    Returns what the trail tells of it. A service comes back whatever becomes of its credit: where that cannot be
    worked out the trail says why.
    """
    away = _away(row, suspended_at, now, until)
    if away is None:
        return {}
    try:
        with db.session.begin_nested():
            notes = give_back_between(actor, row, *away, UNSERVED, now)
    except (Conflict, Invalid) as error:
        return {"not_credited": str(error)}
    return told_of(notes)


def coming_back(row: Subscription, now: datetime) -> Money | None:
    """What `give_back_unserved` would credit for a suspended subscription; None for nothing, or where nobody knows."""
    away = _away(row, row.suspended_at, now) if row.suspended_at else None
    try:
        minor = sum(one.minor for one in back_between(row, *away, UNSERVED)) if away else 0
    except LinesUnknown:
        return None
    return Money(minor, row.currency) if minor else None


def _away(
    row: Subscription, suspended_at: datetime, now: datetime, until: date | None = None
) -> tuple[date, date] | None:
    """The whole days without service until today, or `until`, that are not paid for, if any."""
    business = get_business(row.business_id)
    back = until or clock.day_in(now, business.timezone)
    away = without_service(clock.day_in(suspended_at, business.timezone), back)
    if away is None or queries.policy_of(business.id).bill_suspended:
        return None
    return away.start, back


def _skipped(row: Subscription, billed: Billed, days: Period, today: date, now: datetime) -> BilledPeriod:
    return BilledPeriod(
        business_id=row.business_id,
        id=new_id(),
        subscription_id=row.id,
        period_start=days.start,
        period_end=days.end,
        whole_start=billed.of.start,
        whole_end=billed.of.end,
        bill_on=today,
        state="skipped",
        reason=f"{SUSPENDED} on these days. The policy says: do not bill.",
        created_at=now,
    )
