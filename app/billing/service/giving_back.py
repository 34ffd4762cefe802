"""Days that are not used after all: noted, credited by credit notes, and free to be billed again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import update

from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing.models import BilledDays, Subscription
from app.billing.queries.billed import live_claims, paid_after
from app.billing.rules.changing import GivenBack, Paid, given_back, given_back_between, reason_of
from app.billing.service.changing import by_invoice
from app.clients.queries import get_client
from app.database import insert_new, new_id
from app.extensions import db
from app.invoices.models import CreditNote
from app.payments.service.crediting import credit_invoice


def give_back_from(actor: Actor, row: Subscription, on: date, now: datetime) -> list[CreditNote]:
    """Credit everything of a subscription that is paid for days from `on` on, and free these days."""
    paid = paid_after(row.business_id, row.id, on)
    note_days(row, paid, now)
    notes = give_back(actor, row, [back for one in paid if (back := given_back(one, on))], now)
    free_days(row, on, now)
    return notes


def give_back_between(
    actor: Actor, row: Subscription, since: date, until: date, why: str, now: datetime
) -> list[CreditNote]:
    """Credit what is paid for days of a subscription that lie between others: these are used, and stay billed."""
    return _credit(actor, row, back_between(row, since, until, why), now)


def back_between(row: Subscription, since: date, until: date, why: str) -> list[GivenBack]:
    """What that would give back, changing nothing. Raises LinesUnknown."""
    found = (given_back_between(one, since, until, why) for one in paid_after(row.business_id, row.id, since))
    return [one for one in found if one is not None]


def give_back(actor: Actor, row: Subscription, credits: Sequence[GivenBack], now: datetime) -> list[CreditNote]:
    """Note from which day on lines were given back, and issue the credit notes over them, one for each invoice."""
    for one in credits:
        db.session.execute(
            update(BilledDays)
            .where(BilledDays.business_id == row.business_id, BilledDays.line_id == one.paid.line_id)
            .values(credited_from=one.since)
        )
    return _credit(actor, row, credits, now)


def _credit(actor: Actor, row: Subscription, credits: Sequence[GivenBack], now: datetime) -> list[CreditNote]:
    locale = get_client(row.business_id, row.client_id).language or get_business(row.business_id).language
    return [
        credit_invoice(actor, invoice_id, {one.paid.line_id: one.minor for one in parts}, reason_of(parts, locale),
                       now=now)
        for invoice_id, parts in sorted(by_invoice(credits).items())
    ]  # fmt: skip


def free_days(row: Subscription, on: date, now: datetime) -> None:
    """Let days from `on` on be billed anew; a period of which nothing is left frees its first day as well."""
    for claim in live_claims(row.business_id, row.id, on):
        if claim.period_start >= on:
            claim.reversed_at = now
        claim.credited_from = max(on, claim.period_start)
    db.session.flush()


def note_days(row: Subscription, paid: Iterable[Paid], now: datetime) -> None:
    """Keep which days stand on which lines before anything of them changes."""
    insert_new(BilledDays, [_days(row, one, now) for one in paid if one.id is None])
    for one in paid:
        if one.id is not None and not one.noted:
            values = {"claim_id": one.claim_id, "invoice_id": one.invoice_id, "line_id": one.line_id}
            mine = (BilledDays.business_id == row.business_id, BilledDays.id == one.id)
            db.session.execute(update(BilledDays).where(*mine).values(**values))


def _days(row: Subscription, one: Paid, now: datetime) -> dict[str, object]:
    return {
        "business_id": row.business_id,
        "id": new_id(),
        "subscription_id": row.id,
        "item_id": one.item_id,
        "claim_id": one.claim_id,
        "since": one.days.start,
        "until": one.days.end,
        "invoice_id": one.invoice_id,
        "line_id": one.line_id,
        "created_at": now,
    }
