"""Revising an issued invoice: a new one is drafted in its place, and issuing that credits the old one with it."""

from __future__ import annotations

import uuid
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from app.auth import audit
from app.auth.rules import Actor
from app.database import locked, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices.errors import RevisedAlready
from app.invoices.models import CreditNote, Invoice, Revision
from app.invoices.queries.creditable import creditable_lines
from app.invoices.rules import move
from app.invoices.service.crediting import issue_credit_note
from app.invoices.service.drafts import duplicate
from app.ledger.exchange import Quote


@transactional
def begin_revision(actor: Actor, invoice_id: uuid.UUID, reason: str, *, now: datetime) -> uuid.UUID:
    """Draft the invoice that takes the place of this one; nothing happens to this one before that is issued.

    Begun before and not issued yet, it is that draft again. Returns its id. Raises NotFound, WrongState,
    RevisedAlready, and Conflict where a room above says that it cannot be replaced (`duely_may_be_revised`).
    """
    actor.require("staff")
    invoice = locked(Invoice, actor.business_id, invoice_id)
    if invoice is None:
        raise NotFound
    move(invoice.status, "revise")
    known = revision_of(actor.business_id, invoice_id)
    if known is not None:
        if known.credit_note_id is not None or db.session.get_one(Invoice, (known.business_id, known.id)).number:
            raise RevisedAlready
        return known.id
    for listener in current_app.extensions.get("duely_may_be_revised", ()):
        listener(actor.business_id, invoice_id)
    draft = duplicate(actor, invoice_id, now=now)
    if invoice.rate:
        # What takes its place is worth the same until somebody types otherwise.
        draft.fix(Quote(invoice.rate, "typed", draft.issue_date))
    db.session.add(
        Revision(
            business_id=actor.business_id,
            id=draft.id,
            revised_id=invoice_id,
            reason=reason,
            created_by=actor.person_id,
            created_at=now,
        )
    )
    db.session.flush()
    facts = {"number": invoice.number, "reason": reason, "to": str(draft.id)}
    audit.record(actor, "revision_begun", "invoice", invoice_id, now, client_id=invoice.client_id, facts=facts)
    return draft.id


def credit_revised(actor: Actor, revision: Revision, number: str, now: datetime) -> CreditNote | None:
    """Credit all that is left of the invoice a revision takes the place of; None when nothing is.

    Rooms above hear of it (`duely_on_revised`). Raises WrongState when that invoice is not open any more, and what they
    raise.
    """
    revised = locked(Invoice, revision.business_id, revision.revised_id)
    if revised is None:
        raise NotFound
    move(revised.status, "credit")
    for listener in current_app.extensions.get("duely_on_revised", ()):
        listener(revised.business_id, revised.id, revision.id)
    left = {line.id: line.left_minor for line in creditable_lines(revised.business_id, revised.id) if line.left_minor}
    reason = f"Replaced by {number}: {revision.reason}"[:300]
    note = issue_credit_note(actor, revised.id, left, reason, now=now) if left else None
    revision.credit_note_id = note.id if note else None
    facts = {"number": revised.number, "by": number, "reason": revision.reason}
    audit.record(actor, "revised", "invoice", revised.id, now, client_id=revised.client_id, facts=facts)
    return note


def revision_of(business_id: uuid.UUID, revised_id: uuid.UUID) -> Revision | None:
    """The revision that takes the place of an invoice, or None."""
    query = select(Revision).where(Revision.business_id == business_id, Revision.revised_id == revised_id)
    return db.session.scalar(query)
