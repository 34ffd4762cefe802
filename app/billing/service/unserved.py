"""Days without service, which are not paid for unless the policy says so; and what is billed again once it is back."""

from __future__ import annotations

from datetime import date, datetime

from app import clock
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.models import BilledPeriod, Subscription
from app.billing.queries.billed import LinesUnknown, live_claims
from app.billing.rules import Billed, Period, unclaimed
from app.billing.rules.control import without_service
from app.billing.rules.due import FAR
from app.billing.service.giving_back import back_between, give_back_between
from app.billing.service.subscriptions import note_next
from app.database import new_id
from app.errors import Conflict, Invalid
from app.extensions import db
from app.money import Money, format_money

SKIPPED = "Suspended"
"""How the reason of a period begins that was skipped because it was suspended."""
UNSERVED = "without service"


def leave_out_unserved(row: Subscription, suspended_at: datetime, now: datetime) -> None:
    """A suspended subscription, which is held, comes back: what of it is billed from now on, and what never is.

    Whole days without service that nobody billed are claimed and never billed. What was skipped from today on is free
    again: it is used, so it is paid for. What was billed before comes back by `give_back_unserved`.
    """
    business = get_business(row.business_id)
    if queries.policy_of(business.id).bill_suspended:
        return
    today, since = clock.day_in(now, business.timezone), clock.day_in(suspended_at, business.timezone)
    for claim in live_claims(business.id, row.id, today):
        if claim.state == "skipped" and claim.reason.startswith(SKIPPED):
            if claim.period_start >= today:
                claim.reversed_at = now
            claim.credited_from = max(today, claim.period_start)
    db.session.flush()
    away = without_service(since, today)
    if away is not None:
        one = queries.agreement_of(business.id, row.id)
        for billed in list(unclaimed(one.terms(), one.claimed, row.billed_from, today + FAR)):
            start, end = max(billed.period.start, away.start), min(billed.period.end, today)
            if start < end:
                db.session.add(_skipped(row, billed, Period(start, end), today, now))
        db.session.flush()
    note_next(row)


def give_back_unserved(actor: Actor, row: Subscription, suspended_at: datetime, now: datetime) -> dict[str, str | None]:
    """Credit the whole days without service of what was billed before, by a note for each invoice.

    Returns what the trail tells of it. A service comes back whatever becomes of its credit: where that cannot be
    worked out the trail says why.
    """
    away = _away(row, suspended_at, now)
    if away is None:
        return {}
    try:
        with db.session.begin_nested():
            notes = give_back_between(actor, row, *away, UNSERVED, now)
    except (Conflict, Invalid) as error:
        return {"not_credited": str(error)}
    if not notes:
        return {}
    total = Money.total(sum(note.total_minor for note in notes), notes[0].currency)
    return {"credited": format_money(total), "credit_notes": ", ".join(note.number for note in notes)}


def coming_back(row: Subscription, now: datetime) -> Money | None:
    """What `give_back_unserved` would credit for a suspended subscription; None for nothing, or where nobody knows."""
    away = _away(row, row.suspended_at, now) if row.suspended_at else None
    try:
        minor = sum(one.minor for one in back_between(row, *away, UNSERVED)) if away else 0
    except LinesUnknown:
        return None
    return Money(minor, row.currency) if minor else None


def _away(row: Subscription, suspended_at: datetime, now: datetime) -> tuple[date, date] | None:
    """The whole days without service until today that are not paid for, if any."""
    business = get_business(row.business_id)
    today = clock.day_in(now, business.timezone)
    away = without_service(clock.day_in(suspended_at, business.timezone), today)
    if away is None or queries.policy_of(business.id).bill_suspended:
        return None
    return away.start, today


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
        reason=f"{SKIPPED} on these days. The policy says: do not bill.",
        created_at=now,
    )
