"""The services of a batch of cuts, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import and_, func, select

from app.billing.models import DunningBatch, DunningCut, Subscription
from app.billing.queries.dunning import CutShown
from app.clients.models import Client
from app.extensions import db
from app.invoices.models import Invoice
from app.web.paging import Page, Walk, paginate


def page_of_cuts(business_id: uuid.UUID, batch_id: uuid.UUID, cursor: str | Walk | None = None) -> Page[CutShown]:
    """A page of the services of a batch, in the order they were found."""
    query = select(DunningCut, Client.name, Subscription.name.label("service"), Invoice.number)
    for model, column in (
        (Client, DunningCut.client_id),
        (Subscription, DunningCut.subscription_id),
        (Invoice, DunningCut.invoice_id),
    ):
        query = query.join(model, and_(model.business_id == DunningCut.business_id, model.id == column))
    query = query.where(DunningCut.business_id == business_id, DunningCut.batch_id == batch_id)
    page = paginate(query, (DunningCut.id,), cursor, scope=(business_id, batch_id))
    return Page(
        [CutShown(row[0], row[1], row[2], row[3] or "") for row in page.items], page.next, page.previous, page.total
    )


def counted_cuts(business_id: uuid.UUID, batch_id: uuid.UUID) -> dict[str, int]:
    """{state: how many services of a batch}."""
    mine = (DunningCut.business_id == business_id, DunningCut.batch_id == batch_id)
    query = select(DunningCut.state, func.count()).where(*mine).group_by(DunningCut.state)
    return {state: int(number) for state, number in db.session.execute(query)}


def page_of_batches(business_id: uuid.UUID, state: str, cursor: Walk) -> Page[DunningBatch]:
    """A page of batches, the latest day first; of one state, or of all."""
    query = select(DunningBatch).where(DunningBatch.business_id == business_id)
    if state:
        query = query.where(DunningBatch.state == state)
    order = (DunningBatch.on_day.desc(), DunningBatch.id.desc())
    return paginate(query, order, cursor, scope=(business_id, "batches", state))


def cuts_by_state(business_id: uuid.UUID, batch_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """{batch: {state: how many of its services}}."""
    mine = (DunningCut.business_id == business_id, DunningCut.batch_id.in_(batch_ids))
    query = select(DunningCut.batch_id, DunningCut.state, func.count()).where(*mine)
    found: dict[uuid.UUID, dict[str, int]] = {one: {} for one in batch_ids}
    for batch_id, state, number in db.session.execute(query.group_by(DunningCut.batch_id, DunningCut.state)):
        found[batch_id][state] = int(number)
    return found
