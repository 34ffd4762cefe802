"""Days without service, which are not billed unless the policy says so; and what is billed again once it is back."""

from __future__ import annotations

from datetime import date, datetime

from app import clock
from app.auth.queries import get_business
from app.billing import queries
from app.billing.models import BilledPeriod, Subscription
from app.billing.queries.billed import live_claims
from app.billing.rules import Billed, Period, unclaimed
from app.billing.rules.control import without_service
from app.billing.rules.due import FAR
from app.billing.service.subscriptions import note_next
from app.database import new_id
from app.extensions import db

SKIPPED = "Suspended"
"""How the reason of a period begins that was skipped because it was suspended."""


def leave_out_unserved(row: Subscription, suspended_at: datetime, now: datetime) -> None:
    """A suspended subscription, which is held, comes back: what of it is billed from now on, and what never is.

    Whole days without service that nobody billed are claimed and never billed. What was skipped from today on is free
    again: it is used, so it is paid for. What was billed before stays billed.
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
