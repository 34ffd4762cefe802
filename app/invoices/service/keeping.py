"""Saving what an editor holds, whether its draft exists yet or not, and a browser that sends everything twice."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.auth.rules import Actor
from app.database import locked, transactional
from app.errors import NotFound
from app.invoices.models import Invoice
from app.invoices.service.drafts import create_draft, save_draft
from app.invoices.values import DraftValues


def keep_draft(
    actor: Actor, draft_id: uuid.UUID, values: DraftValues, *, version: int, now: datetime, begun: bool = True
) -> Invoice:
    """Save under the id the editor was opened with: the first save makes the draft, later ones change it.

    `version` is 0 until the editor has heard of a save; `begun` is False where there is hardly a draft yet. Raises
    Invalid, NotFound when the draft was deleted meanwhile, StaleDraft, WrongState once it is issued.
    """
    try:
        if not begun and not version:
            return create_draft(actor, values, now=now, draft_id=draft_id)
        return _keep(actor, draft_id, values, version, now)
    except IntegrityError:
        # Somebody made the draft: a first save that came twice, at the same moment or later. This one changes it.
        return _keep(actor, draft_id, values, version, now)


@transactional
def _keep(actor: Actor, draft_id: uuid.UUID, values: DraftValues, version: int, now: datetime) -> Invoice:
    actor.require("staff")
    invoice = locked(Invoice, actor.business_id, draft_id)
    if invoice is not None:
        return save_draft(actor, draft_id, values, version=version or invoice.version, now=now)
    if version:
        raise NotFound("This draft was deleted in the meantime.")
    return create_draft(actor, values, now=now, draft_id=draft_id)
