"""Changes done: things end and begin, unused days come back by credit notes, and new days are billed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import delete, select, update

from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.models import (
    BilledDays,
    Subscription,
    SubscriptionChange,
    SubscriptionChangeItem,
    SubscriptionItem,
    SubscriptionItemTax,
    SubscriptionTurn,
)
from app.billing.queries import Agreement
from app.billing.queries.billed import live_claims, with_waiting
from app.billing.queries.changes import planned_change
from app.billing.rules.charging import Item
from app.billing.service.billing import Due, draft_of, send_if_possible
from app.billing.service.changing import (
    Extra,
    Outcome,
    Wanted,
    apart_bundle,
    shortened,
    tariff_of,
    work_out,
)
from app.billing.service.giving_back import free_days, give_back, note_days
from app.billing.service.renaming import call
from app.billing.service.subscriptions import changed, held, moved
from app.billing.service.telling import told_of
from app.clients.queries import get_client
from app.database import insert_new, new_id, transactional
from app.errors import Conflict
from app.extensions import db
from app.invoices import queries as invoice_queries
from app.invoices import service as invoices
from app.invoices.models import CreditNote, Invoice

Wish = Callable[[Agreement, date], Wanted]
"""What is wanted, from the agreement and the day today."""


class OtherOutcome(Conflict):
    """Something else would happen by now than you saw. Nothing was changed: look at it again."""


@transactional
def change(
    actor: Actor,
    subscription_id: uuid.UUID,
    wish: Wish,
    *,
    now: datetime,
    version: int | None = None,
    seen: str | None = None,
    send: bool = False,
) -> Outcome:
    """Do a change as it was shown: `seen` is the mark of that, None when nobody looked. With `send` an invoice that is
    made at once goes to the client.

    Raises NotFound, WrongMove, StaleSubscription, Invalid, OtherOutcome, and what crediting and issuing raise.
    """
    row = held(actor, subscription_id, version)
    today = moved(row, "change", now)
    one = with_waiting(queries.agreement_of(row.business_id, row.id))
    outcome = work_out(row.business_id, one, wish(one, today))
    if seen is not None and seen != outcome.mark:
        raise OtherOutcome(current=outcome)
    noted = _note_change(actor, row, outcome.wanted, now)
    _end_and_begin(row, one, outcome, noted, now)
    note_days(row, outcome.paid, now)
    notes = give_back(actor, row, outcome.credits, now)
    _turn(row, outcome.wanted, noted, now)
    invoice = _bill_apart(actor, row, outcome, noted, now)
    if outcome.wanted.called and outcome.wanted.since <= today:
        # What begins on a later day gives its name on that day.
        call(row, outcome.wanted.called, outcome.wanted.called)
    changed(actor, row, "changed_things", now, _facts(outcome, notes, invoice))
    if invoice is not None and send:
        send_if_possible(actor, invoice, now)
    return outcome


@transactional
def call_off(actor: Actor, subscription_id: uuid.UUID, *, now: datetime, version: int | None = None) -> Subscription:
    """Take back the change whose day has not come. Raises NotFound, StaleSubscription, Conflict."""
    row = held(actor, subscription_id, version)
    today = moved(row, "change", now)
    planned = planned_change(row.business_id, row.id, today)
    if planned is None:
        raise Conflict("No change is planned for this subscription.")
    if live_claims(row.business_id, row.id, planned.since):
        raise Conflict("Days after the change are billed already, so it cannot be called off. Make another change.")
    begun, ended = _parts(planned, begins=True), _parts(planned, begins=False)
    take_away(row.business_id, begun)
    goes_on = (SubscriptionItem.business_id == row.business_id, SubscriptionItem.id.in_(ended))
    db.session.execute(update(SubscriptionItem).where(*goes_on).values(until=None))
    turns = (SubscriptionTurn.business_id == row.business_id, SubscriptionTurn.change_id == planned.id)
    db.session.execute(delete(SubscriptionTurn).where(*turns))
    planned.called_off_at = now
    return changed(actor, row, "called_off", now, {"what": planned.words, "on": str(planned.since)})


def _parts(change: SubscriptionChange, *, begins: bool) -> list[uuid.UUID]:
    part = SubscriptionChangeItem
    query = select(part.item_id).where(
        part.business_id == change.business_id, part.change_id == change.id, part.begins.is_(begins)
    )
    return list(db.session.scalars(query))


def _note_change(actor: Actor, row: Subscription, wanted: Wanted, now: datetime) -> SubscriptionChange:
    noted = SubscriptionChange(
        business_id=row.business_id,
        id=new_id(),
        subscription_id=row.id,
        since=wanted.since,
        words=wanted.words,
        created_by=actor.person_id,
        created_at=now,
    )
    db.session.add(noted)
    db.session.flush()
    return noted


def _end_and_begin(
    row: Subscription, one: Agreement, outcome: Outcome, noted: SubscriptionChange, now: datetime
) -> None:
    wanted = outcome.wanted
    for item in one.items:
        if item.id in wanted.ends:
            db.session.execute(
                update(SubscriptionItem)
                .where(SubscriptionItem.business_id == row.business_id, SubscriptionItem.id == item.id)
                .values(until=max(wanted.since, item.since))
            )
    shorten(row, one, wanted, now)
    for item in (*wanted.begins, *outcome.waiting):
        add_item(row, item, now)
    begun = [item.id for item in (*wanted.begins, *outcome.waiting)]
    parts = [(id, False) for id in wanted.ends] + [(id, True) for id in begun]
    for id, begins in parts:
        db.session.add(
            SubscriptionChangeItem(
                business_id=row.business_id, change_id=noted.id, item_id=id, begins=begins, created_at=now
            )
        )


def shorten(row: Subscription, one: Agreement, wanted: Wanted, now: datetime) -> None:
    """What waits for the next invoice stands for fewer days, or for none."""
    claims, tariff = live_claims(row.business_id, row.id, wanted.since), tariff_of(row.business_id, one)
    for id, left in shortened(one, wanted, claims, tariff).items():
        take_away(row.business_id, [id])
        if left is not None:
            add_item(row, left, now)


def add_item(row: Subscription, item: Item, now: datetime) -> None:
    """Store a thing with its taxes; those of a plan stay the plan's."""
    kind, value = item.discount or (None, None)
    stored = SubscriptionItem(
        business_id=row.business_id, id=item.id, subscription_id=row.id, position=item.position, plan_id=item.plan_id,
        title=item.title, detail=item.detail, unit=item.unit, quantity=item.quantity, price=item.price,
        discount_kind=kind, discount_value=value, once=item.once, since=item.since, until=item.until,
        agreed_on=item.agreed_on, created_at=now,
    )  # fmt: skip
    db.session.add(stored)
    db.session.flush()
    if item.stands_for is not None:
        of, days = item.stands_for
        waits = BilledDays(
            business_id=row.business_id, subscription_id=row.id, item_id=of, since=days.start, until=days.end,
            by_item_id=item.id, created_at=now,
        )  # fmt: skip
        db.session.add(waits)
    if item.plan_id is not None:
        return
    for place, tax_id in enumerate(item.tax_ids):
        tax = SubscriptionItemTax(business_id=row.business_id, item_id=item.id, tax_id=tax_id, position=place)
        db.session.add(tax)


def take_away(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> None:
    """Take away things that were never billed."""
    db.session.flush()
    for model, key in (
        (SubscriptionItemTax, SubscriptionItemTax.item_id),
        (SubscriptionChangeItem, SubscriptionChangeItem.item_id),
        (BilledDays, BilledDays.by_item_id),
        (SubscriptionItem, SubscriptionItem.id),
    ):
        db.session.execute(delete(model).where(model.business_id == business_id, key.in_(ids)))


def _turn(row: Subscription, wanted: Wanted, noted: SubscriptionChange, now: datetime) -> None:
    if wanted.turn is None:
        return
    free_days(row, wanted.since, now)
    rhythm = wanted.turn
    db.session.add(
        SubscriptionTurn(
            business_id=row.business_id,
            subscription_id=row.id,
            change_id=noted.id,
            since=wanted.since,
            cycle_unit=rhythm.cycle.unit,
            cycle_count=rhythm.cycle.count,
            anchor_on=rhythm.anchor,
            anchor_day=rhythm.day,
            created_at=now,
        )
    )


def _bill_apart(
    actor: Actor, row: Subscription, outcome: Outcome, noted: SubscriptionChange, now: datetime
) -> Invoice | None:
    """Issue the invoice of days that are billed at once, if any cost anything."""
    if outcome.invoice is None:
        return None
    invoice = issue_apart(actor, row, outcome.invoice.parts[0], outcome.extras, now)
    noted.invoice_id = invoice.id
    return invoice


def issue_apart(actor: Actor, row: Subscription, due: Due, extras: Sequence[Extra], now: datetime) -> Invoice:
    """Issue an invoice of days in periods that are billed already; its first lines are those of `extras`."""
    business, client = get_business(row.business_id), get_client(row.business_id, row.client_id)
    invoice = invoices.create_draft(actor, draft_of(client, apart_bundle(business, client, due), [due]), now=now)
    invoices.issue(actor, invoice.id, now=now)
    lines = invoice_queries.contents(row.business_id, invoice.id).lines
    days = [
        {"business_id": row.business_id, "id": new_id(), "subscription_id": row.id, "item_id": extra.item.id,
         "claim_id": None, "since": extra.days.start, "until": extra.days.end, "invoice_id": invoice.id,
         "line_id": line.id, "created_at": now}
        for extra, line in zip(extras, lines, strict=False)
    ]  # fmt: skip
    insert_new(BilledDays, days)
    return invoice


def _facts(outcome: Outcome, notes: Sequence[CreditNote], invoice: Invoice | None) -> dict[str, str | None]:
    said = {"what": outcome.wanted.words, "on": str(outcome.wanted.since), **told_of(notes)}
    if invoice is not None:
        said |= {"number": invoice.number, "invoice_id": str(invoice.id)}
    return said
