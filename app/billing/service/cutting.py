"""A batch of cuts: approved by a person where it was held, carried out invoice by invoice, and restored as a whole."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.auth import audit
from app.auth.rules import Actor
from app.billing.errors import BatchIsOver
from app.billing.models import DunningBatch, DunningCut, Subscription
from app.billing.queries.dunning import faced
from app.billing.rules.dunning import verdict
from app.billing.rules.states import WrongMove
from app.billing.service import controlling
from app.billing.service.gathering import is_due, run
from app.billing.service.ordering import follow_on
from app.billing.service.subscriptions import cancel, keep
from app.database import locked, transactional
from app.errors import Conflict, NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.reminders.queries import get_desk, outlook_at
from app.reminders.service.writing import claim

CHUNK = 20
"""Invoices of one transaction."""
log = structlog.get_logger("duely.dunning")


@transactional
def approve_batch(actor: Actor, batch_id: uuid.UUID, *, now: datetime) -> DunningBatch:
    """Let a batch that was held run as it was shown, and with it pauses and ends that wait. Needs admin.

    Raises NotFound, BatchIsOver."""
    actor.require("admin")
    batch = locked(DunningBatch, actor.business_id, batch_id)
    if batch is None:
        raise NotFound
    if batch.state != "held" or get_desk(actor.business_id, now).today != batch.on_day:
        raise BatchIsOver
    batch.state, batch.approved_by, batch.approved_at = "running", actor.person_id, now
    audit.record(actor, "cuts_approved", "dunning_batch", batch.id, now, facts={"reason": batch.reason})
    run(batch)
    follow_on(actor.business_id, batch.id)
    return batch


@transactional
def carry_out(business_id: uuid.UUID, batch_id: uuid.UUID, now: datetime) -> int:
    """Do what is planned of a running batch for some invoices, and ask for the rest. Returns how many were cut.

    Each is looked at once more when its invoice is held: what was paid or promised meanwhile is left alone.
    """
    batch = locked(DunningBatch, business_id, batch_id)
    if batch is None or batch.state != "running":
        return 0
    mine = (DunningCut.business_id == business_id, DunningCut.batch_id == batch_id, DunningCut.state == "planned")
    query = select(DunningCut.invoice_id).where(*mine).distinct().order_by(DunningCut.invoice_id).limit(CHUNK)
    ids = list(db.session.scalars(query))
    done = 0
    for invoice_id in ids:
        cuts = list(db.session.scalars(select(DunningCut).where(*mine, DunningCut.invoice_id == invoice_id)))
        try:
            with db.session.begin_nested():
                done += _cut(batch, invoice_id, cuts, now)
        except DBAPIError:
            raise
        except Exception:
            # What is wrong with one must not keep the others waiting, nor be tried for ever.
            log.exception("dunning.failed", business=str(business_id), invoice=str(invoice_id))
            for cut in cuts:
                db.session.refresh(cut)
                cut.state, cut.reason = "left", "It could not be done; the log of the server says why."
    db.session.flush()
    if len(ids) == CHUNK:
        run(batch)
    else:
        batch.state = "done"
    return done


@transactional
def restore_all(actor: Actor, batch_id: uuid.UUID, *, now: datetime) -> tuple[int, int]:
    """Undo a whole batch: (how many services are back, how many could not be). It takes no more cuts that day.

    What somebody restored or decided on since is left as it is. Needs admin. Raises NotFound, BatchIsOver.
    """
    actor.require("admin")
    batch = locked(DunningBatch, actor.business_id, batch_id)
    if batch is None:
        raise NotFound
    if batch.state in ("restored", "lapsed"):
        raise BatchIsOver
    controlling.restore_batch(actor, batch_id, now)
    mine = (DunningCut.business_id == actor.business_id, DunningCut.batch_id == batch_id)
    back = left = 0
    for cut in db.session.scalars(select(DunningCut).where(*mine, DunningCut.state.in_(("planned", "done")))):
        if cut.state == "planned":
            cut.state, cut.reason = "left", "The batch was undone before its turn came."
            continue
        if _is_back(actor, cut, now):
            cut.state, back = "restored", back + 1
        else:
            left += 1
    batch.state, batch.restored_at = "restored", now
    audit.record(actor, "cuts_restored", "dunning_batch", batch.id, now, facts={"count": back, "left": left})
    return back, left


def _cut(batch: DunningBatch, invoice_id: uuid.UUID, cuts: Sequence[DunningCut], now: datetime) -> int:
    """Cut the services of an invoice, if the facts still say so once it is held."""
    business_id, first = batch.business_id, cuts[0]
    actor = Actor.system(business_id)
    invoice = locked(Invoice, business_id, invoice_id)
    desk = get_desk(business_id, now)
    one = outlook_at(desk, invoice_id) if invoice is not None else None
    step = next((at for at in one.steps if at.rung.id == first.step_id), None) if one else None
    if invoice is None or one is None or step is None or not is_due(one, step):
        return _leave(cuts, "It is no longer due: what was owed came, or somebody decided otherwise.")
    [found] = faced(desk, [(one, step)])
    said = verdict(found.case, found.terms, desk.calendar.holidays, desk.today)
    if said.does != "cut":
        return _leave(cuts, said.why)
    cuttable = {row.id for row in found.cuttable}
    for cut in cuts:
        if cut.subscription_id not in cuttable:
            why = "The subscription does not allow it any more."
            if cut.subscription_id in found.kept or cut.subscription_id in found.elsewhere:
                why = "A promise or a hold keeps the service, or an older invoice counts for it."
            _leave([cut], why)
    cuts = [cut for cut in cuts if cut.subscription_id in cuttable]
    if not cuts:
        return 0
    if not claim(actor, invoice_id, step.rung, step.on, "done", now):
        return _leave(cuts, "This step was done already.")
    days = (desk.today - invoice.due_date).days
    overdue = "1 day" if days == 1 else f"{days} days"
    for cut in cuts:
        _do(actor, cut, f"{overdue} overdue on {invoice.number}", batch, now)
        cut.state, cut.done_at, cut.days = "done", now, days
    facts = {"kind": first.kind, "days": days, "batch_id": str(batch.id), "count": len(cuts)}
    audit.record(actor, "service_cut", "invoice", invoice_id, now, client_id=invoice.client_id, facts=facts)
    return len(cuts)


def _do(actor: Actor, cut: DunningCut, reason: str, batch: DunningBatch, now: datetime) -> None:
    if cut.kind == "cancel":
        # The last day is today, so that it can still be called off while it is.
        ends_on = batch.on_day + timedelta(days=1)
        cancel(actor, cut.subscription_id, ends_on=ends_on, reason=reason, now=now)
        return
    act = controlling.suspend if cut.kind == "suspend" else controlling.throttle
    act(actor, cut.subscription_id, reason=reason, now=now, batch_id=batch.id, invoice_id=cut.invoice_id)


def _leave(cuts: Sequence[DunningCut], why: str) -> int:
    for cut in cuts:
        cut.state, cut.reason = "left", why[:300]
    return 0


def _is_back(actor: Actor, cut: DunningCut, now: datetime) -> bool:
    """Whether a service of a batch that is undone is what it was before."""
    if cut.kind == "cancel":
        try:
            keep(actor, cut.subscription_id, now=now)
        except (WrongMove, Conflict):
            return False
        return True
    row = locked(Subscription, actor.business_id, cut.subscription_id)
    if row is None or row.suspended_at is not None:
        return False
    # What a person made slow before it was suspended is slow again.
    return row.throttled_at is None or (cut.kind == "suspend" and not row.until_paid)
