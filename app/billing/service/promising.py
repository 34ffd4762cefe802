"""Promises to pay: made by staff or by the customer, kept or broken as the facts of the day show."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing.errors import PromiseRefused
from app.billing.queries.dunning_policies import policies_for
from app.billing.queries.promises import came_since, open_promises, overdue_of, owes, record_of
from app.billing.rules.promises import FURTHEST, latest, least, outcome, why_not
from app.clients.models import Client
from app.clock import day_in
from app.database import locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.rules import WrongState
from app.money import Money, format_money
from app.reminders.models import Hold

MOST = 200
"""Promises judged in one transaction."""


@transactional
def promise(
    actor: Actor, until: date, *, now: datetime, invoice_id: uuid.UUID, amount: Money | None = None, reason: str = ""
) -> Hold:
    """Note that an invoice, or `amount` of it, will be paid by a day: until it is over nothing more is done about it.

    A customer is held to the limits of the policy; staff may note what was agreed on. Raises NotFound, Invalid,
    WrongState unless it is open, and PromiseRefused when a customer may promise nothing.
    """
    by_client = actor.kind == "customer"
    if not by_client:
        actor.require("staff")
    seen = db.session.get(Invoice, (actor.business_id, invoice_id))
    # Held in the order of all: the client first, so that two promises at once are counted one after the other.
    client = locked(Client, actor.business_id, seen.client_id) if seen and seen.client_id else None
    invoice = locked(Invoice, actor.business_id, invoice_id)
    if client is None or invoice is None or (by_client and invoice.status != "open"):
        raise NotFound
    if invoice.status != "open":
        raise WrongState("Only what is owed can be promised: this invoice is not open.")
    if invoice.balance_minor <= 0:
        raise Invalid("until", "Nothing is owed on it any more.")
    owed = Money(invoice.balance_minor, invoice.currency)
    today = day_in(now, get_business(actor.business_id).timezone)
    _check_day(until, today)
    promised = amount or owed
    _check_amount(promised, owed)
    if by_client:
        _check_limits(invoice, client.id, until, promised, owed, today)
    made = _made(actor, until, promised, reason, now)
    made.invoice_id = invoice.id
    return _noted(actor, made, client.id, now)


@transactional
def promise_for_client(
    actor: Actor, client_id: uuid.UUID, until: date, amount: Money | None, *, now: datetime, reason: str = ""
) -> Hold:
    """Note that a client will pay an amount by a day, whatever it is for; without one all that is overdue.

    Needs staff. Raises NotFound, Invalid.
    """
    actor.require("staff")
    client = locked(Client, actor.business_id, client_id)
    if client is None:
        raise NotFound
    today = day_in(now, get_business(actor.business_id).timezone)
    _check_day(until, today)
    if amount is None:
        owed = overdue_of(actor.business_id, client_id, today)
        if len(owed) != 1:
            sentence = (
                "Say how much: more than one currency is overdue." if owed else "Nothing is overdue. Say how much."
            )
            raise Invalid("amount", sentence)
        amount = Money(owed[0][1], owed[0][0])
    if amount.minor <= 0:
        raise Invalid("amount", "Enter an amount above zero.")
    made = _made(actor, until, amount, reason, now)
    made.client_id = client_id
    return _noted(actor, made, client_id, now)


@transactional
def judge_promises(business_id: uuid.UUID, now: datetime) -> None:
    """Write down once which promises were kept and which were broken, as far as that can be told by now."""
    zone = get_business(business_id).timezone
    today = day_in(now, zone)
    after: uuid.UUID | None = None
    while ids := open_promises(business_id, MOST, after):
        for hold_id in ids:
            found = locked(Hold, business_id, hold_id)
            if found is not None and not found.outcome and found.ended_at is None:
                _judge(found, day_in(found.created_at, zone), today, now)
        after = ids[-1]


def _judge(found: Hold, made_on: date, today: date, now: datetime) -> None:
    came = came_since(found, made_on)
    found.outcome = outcome(found.amount_minor or 0, came, found.until, today, owed=owes(found))
    if not found.outcome:
        return
    found.judged_at = now
    if found.outcome == "moot":
        return
    facts = {"until": found.until.isoformat(), "minor": found.amount_minor, "currency": found.currency, "came": came}
    verb = f"promise_{found.outcome}"
    _record(Actor.system(found.business_id), verb, found, _client_of(found), now, facts)


def _client_of(found: Hold) -> uuid.UUID | None:
    invoice = db.session.get(Invoice, (found.business_id, found.invoice_id)) if found.invoice_id else None
    return invoice.client_id if invoice else found.client_id


def _check_day(until: date, today: date) -> None:
    if until < today:
        raise Invalid("until", "Choose today or a later day.")
    if (until - today).days > FURTHEST:
        raise Invalid("until", "Choose a day within a year.")


def _check_amount(amount: Money, owed: Money) -> None:
    if amount.currency != owed.currency or amount.minor <= 0:
        raise Invalid("amount", "Enter an amount above zero.")
    if amount.minor > owed.minor:
        raise Invalid("amount", f"That is more than the {format_money(owed)} that are owed.")


def _check_limits(invoice: Invoice, client_id: uuid.UUID, until: date, amount: Money, owed: Money, today: date) -> None:
    terms = policies_for(invoice.business_id, (), ()).usual
    if invoice.due_date is None or invoice.due_date >= today:
        raise PromiseRefused("This invoice is not overdue, so there is nothing to promise yet.")
    if sentence := why_not(record_of(invoice.business_id, client_id, today, invoice.id), terms):
        raise PromiseRefused(sentence)
    if until > latest(terms, today):
        days = "1 day" if terms.promise_days == 1 else f"{terms.promise_days} days"
        raise Invalid("until", f"Choose a day within {days}.")
    if amount.minor < (minor := least(owed.minor, terms)):
        raise Invalid("amount", f"Promise at least {format_money(Money(minor, owed.currency))}.")


def _made(actor: Actor, until: date, amount: Money, reason: str, now: datetime) -> Hold:
    return Hold(
        business_id=actor.business_id,
        id=new_id(),
        kind="promise",
        until=until,
        reason=reason[:300],
        amount_minor=amount.minor,
        currency=amount.currency,
        promised_by="client" if actor.kind == "customer" else "staff",
        created_by=actor.person_id,
        created_at=now,
    )


def _noted(actor: Actor, made: Hold, client_id: uuid.UUID, now: datetime) -> Hold:
    db.session.add(made)
    db.session.flush()
    facts = {"until": made.until.isoformat(), "minor": made.amount_minor, "currency": made.currency}
    _record(actor, "promised", made, client_id, now, facts)
    return made


def _record(
    actor: Actor, verb: str, found: Hold, client_id: uuid.UUID | None, now: datetime, facts: Mapping[str, object]
) -> None:
    kind, about = ("invoice", found.invoice_id) if found.invoice_id else ("client", found.client_id)
    audit.record(actor, verb, kind, about, now, client_id=client_id, facts=facts)
