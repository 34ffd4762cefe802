"""What all steps of a billing run share: holding it, moving it on, asking for the next piece of work, adding it up."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app import jobs
from app.auth import audit
from app.auth.rules import Actor
from app.billing import queries
from app.billing.models import BillingRun
from app.billing.rules.runs import move
from app.database import locked
from app.errors import NotFound


def held(business_id: uuid.UUID, run_id: uuid.UUID) -> BillingRun:
    """A run, held until the transaction ends. Raises NotFound."""
    run = locked(BillingRun, business_id, run_id)
    if run is None:
        raise NotFound
    return run


def moved(run: BillingRun, verb: str) -> None:
    """Take a run to its next state. Raises WrongRun."""
    run.state = move(run.state, verb)


def ask(run: BillingRun, step: str, *, due_at: datetime | None = None, total: int = 0) -> None:
    """Ask for the next piece of a step, once: whoever does another piece in the meantime makes this one void."""
    run.rounds += 1
    args = {"run_id": str(run.id), "round": run.rounds}
    key = f"billing.{step}:{run.id}:{run.rounds}"
    done = (run.done, total) if total else None
    jobs.enqueue(f"billing.{step}", key, args, business_id=run.business_id, due_at=due_at, progress=done)


def begin(run: BillingRun, states: tuple[str, ...]) -> None:
    """Begin to count a step: what is not in one of these states needs nothing done, and counts as done."""
    run.done = run.entries - queries.run_sums.left_to_do(run.business_id, run.id, states)


def count(run: BillingRun) -> None:
    """Add up what the entries of a run come to."""
    run.totals = queries.run_sums.totals_of(run.business_id, run.id)
    run.entries, run.odd, run.failed = queries.run_sums.counts_of(run.business_id, run.id)


def tell(actor: Actor, run: BillingRun, verb: str, now: datetime, facts: Mapping[str, Any] | None = None) -> None:
    """Write into the audit trail what became of a run."""
    audit.record(actor, verb, "billing_run", run.id, now, facts={"as_of": str(run.as_of), **(facts or {})})


def is_next(business_id: uuid.UUID, run_id: uuid.UUID, rounds: int) -> bool:
    """Whether the piece of work with that number is the one a run waits for; the run is held. Runs that were thrown
    away wait for none."""
    run = locked(BillingRun, business_id, run_id)
    return run is not None and run.rounds == rounds
