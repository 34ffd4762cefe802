"""What people decide on one period of a billing run that waits for approval."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import StaleDecision
from app.billing.models import BillingRun, RunEntry
from app.billing.rules.runs import PolicyValues, decided, kind_of, move
from app.billing.service.planning import due_in
from app.billing.service.reckoning import Reckoner, paid_once, without
from app.billing.service.run_steps import count, held
from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db


@transactional
def decide(actor: Actor, run_id: uuid.UUID, entry_id: uuid.UUID, decision: str, *, was: str, now: datetime) -> RunEntry:
    """Say what becomes of a period: leave_out, bill, right (as it is meant to be), skip, or "" to take that back.

    `was` is the decision that was shown. Raises NotFound, WrongRun, StaleDecision, and Invalid.
    """
    actor.require("staff")
    run = held(actor.business_id, run_id)
    move(run.state, "decide")
    entry = locked(RunEntry, actor.business_id, entry_id)
    if entry is None or entry.run_id != run_id or entry.kind == "gone":
        raise NotFound
    if entry.decision != was:
        raise StaleDecision(current=entry)
    did, entry.does = entry.does, decided(decision, entry.by_itself, entry.odd)
    entry.decision, entry.decided_by, entry.decided_at = decision, actor.person_id, now
    if (did == "bill") != (entry.does == "bill"):
        _move_once(run, entry, did)
    # Whoever approves has seen what was decided until then.
    flag_modified(run, "totals")
    db.session.flush()
    count(run)
    facts = {"run_id": str(run.id), "decision": decision, "period_start": str(entry.period_start)}
    about = ("subscription", entry.subscription_id)
    audit.record(actor, "decided", *about, now, client_id=entry.client_id, facts=facts)
    return entry


def _move_once(run: BillingRun, entry: RunEntry, did: str) -> None:
    """A period is billed now or is not any more: what is paid once stands on the first of its subscription that
    is. `did` is what was to be done with it before."""
    business, policy = get_business(run.business_id), PolicyValues(**run.policy)
    entries = _entries_of(run, entry.subscription_id)
    found = queries.due.due_of_clients(run.business_id, [entry.client_id], run.as_of)
    one = next((one for one in found if one.row.id == entry.subscription_id), None)
    if one is None or len(entries) < 2:
        return
    reckoner, before, after = Reckoner(business), one.items, one.items
    reckoner.learn([one])
    for billed in due_in(business, policy, one, run.as_of):
        mine = entries.get(billed.period.start)
        if mine is None:
            continue
        once = paid_once(after, billed)
        if mine.period_end == billed.period.end and once != paid_once(before, billed):
            mine.now_minor = reckoner.reckon(one, billed, after).total_minor
            if mine.before_minor is not None:
                mine.kind = kind_of(mine.now_minor, mine.before_minor)
        if (did if mine is entry else mine.does) == "bill":
            before = without(before, paid_once(before, billed))
        if mine.does == "bill":
            after = without(after, once)


def _entries_of(run: BillingRun, subscription_id: uuid.UUID) -> dict[date, RunEntry]:
    query = select(RunEntry).where(
        RunEntry.business_id == run.business_id,
        RunEntry.run_id == run.id,
        RunEntry.subscription_id == subscription_id,
        RunEntry.kind != "gone",
    )
    return {row.period_start: row for row in db.session.scalars(query)}
