"""Cancelling and pausing with what follows in money: unused days come back, and what waited for an invoice gets one."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from app.auth.rules import Actor
from app.billing import queries
from app.billing.models import Subscription
from app.billing.queries.billed import live_claims, paid_after, with_waiting
from app.billing.rules import Period
from app.billing.rules.changing import GivenBack, given_back
from app.billing.rules.charging import charges
from app.billing.service.applying import issue_apart, shorten, take_away
from app.billing.service.billing import Due, send_if_possible
from app.billing.service.changing import Extra, Wanted, billed_of, tariff_of
from app.billing.service.giving_back import give_back_from
from app.billing.service.subscriptions import begin_cancel, begin_pause, note_cancel, note_next, note_pause
from app.billing.service.telling import told_of
from app.billing.service.unserved import settle_end
from app.database import transactional
from app.extensions import db
from app.invoices.models import CreditNote


def unused_from(business_id: uuid.UUID, subscription_id: uuid.UUID, on: date) -> list[GivenBack]:
    """What would come back when nothing is used from a day on, changing nothing. Raises LinesUnknown."""
    found = (given_back(one, on) for one in paid_after(business_id, subscription_id, on))
    return [one for one in found if one is not None and one.minor]


@transactional
def cancel_with_credit(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    ends_on: date,
    reason: str,
    credit: bool,
    now: datetime,
    version: int | None = None,
) -> Subscription:
    """End a subscription as `cancel` does; with `credit` what was paid for later days comes back by credit notes.

    What was paid for days without service comes back in any case, once it is over.

    What waited for the next invoice is billed by itself when there is none. Raises as `cancel` does, and LinesUnknown.
    """
    row = begin_cancel(actor, subscription_id, ends_on, reason, now, version)
    back = _credit(actor, row, row.cancelled_on, now) if credit and row.cancelled_on is not None else []
    note_cancel(actor, row, told_of(back), now)
    settle_end(actor, row, now)
    note_next(row)
    if row.next_bill_on is None:
        _bill_waiting(actor, row, now)
    return row


@transactional
def pause_with_credit(
    actor: Actor,
    subscription_id: uuid.UUID,
    *,
    since: date,
    until: date | None,
    reason: str,
    credit: bool,
    now: datetime,
    version: int | None = None,
) -> Subscription:
    """Pause as `pause` does; with `credit` what was paid for days from `since` on comes back, and those after the pause
    are billed anew. Raises as `pause` does, and LinesUnknown."""
    row = begin_pause(actor, subscription_id, since, until, reason, now, version)
    facts = told_of(_credit(actor, row, since, now)) if credit else {}
    return note_pause(actor, row, since, until, facts, now)


def _credit(actor: Actor, row: Subscription, on: date, now: datetime) -> list[CreditNote]:
    one = with_waiting(queries.agreement_of(row.business_id, row.id))
    shorten(row, one, Wanted(on, "", tuple(item.id for item in one.items)), now)
    return give_back_from(actor, row, on, now)


def _bill_waiting(actor: Actor, row: Subscription, now: datetime) -> None:
    """Days that waited for the next invoice stand on one of their own, when no other comes."""
    db.session.flush()
    one = with_waiting(queries.agreement_of(row.business_id, row.id))
    by_id, tariff = {item.id: item for item in one.items}, tariff_of(row.business_id, one)
    extras, waiting = [], [item for item in one.items if item.stands_for and not item.billed]
    for item in waiting:
        of, days = item.stands_for or (item.id, Period(item.since, item.since))
        claim = next(
            (at for at in live_claims(row.business_id, row.id, days.start) if at.period_start < days.end), None
        )
        if claim is None:
            continue
        [charge] = charges([item], billed_of(claim), tariff)
        extras.append(Extra(by_id[of], days, billed_of(claim), charge))
    if not extras:
        return
    billed = extras[0].billed
    take_away(row.business_id, [item.id for item in waiting])
    due = Due(one, type(billed)(extras[0].days, billed.of, row.cancelled_on or extras[0].days.start),
              tuple(extra.charge for extra in extras))  # fmt: skip
    if not due.free:
        send_if_possible(actor, issue_apart(actor, row, due, extras, now), now)
