"""What people decide on one period of a billing run that waits for approval."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm.attributes import flag_modified

from app.auth import audit
from app.auth.rules import Actor
from app.billing.errors import StaleDecision
from app.billing.models import RunEntry
from app.billing.rules.runs import decided, move
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
    entry.does = decided(decision, entry.by_itself, entry.odd)
    entry.decision, entry.decided_by, entry.decided_at = decision, actor.person_id, now
    # Whoever approves has seen what was decided until then.
    flag_modified(run, "totals")
    db.session.flush()
    count(run)
    facts = {"run_id": str(run.id), "decision": decision, "period_start": str(entry.period_start)}
    about = ("subscription", entry.subscription_id)
    audit.record(actor, "decided", *about, now, client_id=entry.client_id, facts=facts)
    return entry
