"""Billing: periods that are due are claimed, and their invoices issued, dated by the day they were due on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select, update

from app import database
from app.auth import audit
from app.auth.models import Business
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.errors import OtherDue
from app.billing.models import BilledPeriod, Subscription, SubscriptionItem
from app.billing.queries import Agreement
from app.billing.rules import Billed, unclaimed
from app.billing.rules.bundling import Bundle, bundles
from app.billing.rules.charging import Charge, Tariff, charges, free
from app.billing.service.reckoning import line_of
from app.billing.service.subscriptions import note_next
from app.catalog.queries import taxes_by_id
from app.clients.models import Client
from app.clients.queries import get_client
from app.database import insert_once, locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.errors import NobodyToSendTo
from app.invoices.figures import typed_totals
from app.invoices.models import Invoice
from app.invoices.queries import contents
from app.invoices.service.drafts import default_terms
from app.invoices.values import DraftValues
from app.messages.service import Unreachable
from app.money import Money

NOTHING = "Nothing of it costs anything in these days."


@dataclass(frozen=True, slots=True)
class Due:
    """A period that is due, with the lines it makes."""

    agreement: Agreement
    billed: Billed
    charges: tuple[Charge, ...]

    @property
    def free(self) -> bool:
        return free(self.charges, self.agreement.row.currency)


def due_of_client(
    business: Business, client: Client, rows: Sequence[Subscription], as_of: date
) -> dict[Bundle, list[Due]]:
    """What some subscriptions of a client have to bill by a day, by the invoice it would be on; changes nothing.

    Raises Invalid where a plan has no price in the currency of a subscription.
    """
    return due_of(business, client, queries.agreements(business.id, rows), as_of)


def due_of(business: Business, client: Client, found: Sequence[Agreement], as_of: date) -> dict[Bundle, list[Due]]:
    """The same of agreements, which need not be stored."""
    offers = queries.offers_of(business.id, found)
    parts = []
    for one in found:
        tariff = queries.tariff_for(one.row, offers, client.language or business.language)
        for due in _with_charges(one, as_of, tariff):
            parts.append((bundle_of(business, client, one.row, due.billed), due))
    return bundles(parts)


def _with_charges(one: Agreement, as_of: date, tariff: Tariff) -> Iterator[Due]:
    """The unclaimed periods with their lines; what is paid once stands on the first of them."""
    items = one.items
    unbilled = unclaimed(one.terms(), one.claimed, one.row.billed_from, as_of)
    for billed in sorted(unbilled, key=lambda at: (at.bill_on, at.period.start)):
        due = Due(one, billed, tuple(charges(items, billed, tariff)))
        once = {charge.item.id for charge in due.charges if charge.item.once}
        items = tuple(replace(item, billed=True) if item.id in once else item for item in items)
        yield due


@dataclass(frozen=True, slots=True)
class PlannedInvoice:
    """An invoice that would be made: for whom, of which periods, and what it comes to."""

    client_name: str
    bundle: Bundle
    parts: tuple[Due, ...]
    total: Money
    line_totals: tuple[Money, ...] = ()

    @property
    def tax(self) -> Money:
        """What is added to its lines."""
        return Money(self.total.minor - sum(line.minor for line in self.line_totals), self.total.currency)

    @property
    def lines(self) -> list[tuple[Charge, Money]]:
        """Its lines, each with what it comes to before tax."""
        charges = [charge for due in self.parts for charge in due.charges]
        return list(zip(charges, self.line_totals, strict=True))


def plan_client(business_id: uuid.UUID, client_id: uuid.UUID, as_of: date) -> list[PlannedInvoice]:
    """The invoices that `bill_client` would make, changing nothing. Raises NotFound, and Invalid as it does."""
    business, client = get_business(business_id), get_client(business_id, client_id)
    rows = _rows(business_id, client_id, as_of)
    return planned(business, client, queries.agreements(business_id, rows), as_of)


def plan_subscription(business_id: uuid.UUID, subscription_id: uuid.UUID, as_of: date) -> list[PlannedInvoice]:
    """What one subscription comes to on the invoices it would be on by a day. Raises NotFound, Invalid."""
    one = queries.agreement_of(business_id, subscription_id)
    return planned(get_business(business_id), get_client(business_id, one.row.client_id), [one], as_of)


def planned(business: Business, client: Client, found: Sequence[Agreement], as_of: date) -> list[PlannedInvoice]:
    """The invoices that some agreements of a client would make by a day, as if there were no others."""
    return invoices_of(business, client, due_of(business, client, found, as_of))


def invoices_of(business: Business, client: Client, found: Mapping[Bundle, Sequence[Due]]) -> list[PlannedInvoice]:
    """What some periods would come to on their invoices; those that cost nothing make none."""
    due = {bundle: paying for bundle, parts in found.items() if (paying := tuple(one for one in parts if not one.free))}
    charged = [charge for parts in due.values() for one in parts for charge in one.charges]
    taxes = taxes_by_id(business.id, {tax_id for charge in charged for tax_id in charge.item.tax_ids})
    made = []
    for bundle, parts in due.items():
        totals = typed_totals(draft_of(client, bundle, parts), taxes, business.tax_rounding)
        each = tuple(Money(line.net_minor, bundle.currency) for line in totals.lines)
        made.append(PlannedInvoice(client.name, bundle, parts, Money(totals.total_minor, bundle.currency), each))
    return made


def mark_of(planned: Sequence[PlannedInvoice]) -> str:
    """What a person decided on: another mark means that something else is due."""
    return ";".join(f"{one.bundle.bill_on} {one.total.currency} {one.total.minor}" for one in planned)


@transactional
def bill_client(
    actor: Actor, client_id: uuid.UUID, as_of: date, *, send: bool, now: datetime, seen: str | None = None
) -> list[Invoice]:
    """Issue the invoices of all periods of a client that are due by a day, each dated by its own. Needs staff.

    `seen` is the mark of what a person was shown, None when nobody looked. With `send` they go to the client as well,
    if there is a way. Raises NotFound, OtherDue, and what issuing raises.
    """
    actor.require("staff")
    rows = _rows(actor.business_id, client_id, as_of, hold=True)
    return _bill_rows(actor, get_client(actor.business_id, client_id), rows, as_of, send=send, now=now, seen=seen)


@transactional
def bill_subscription(
    actor: Actor, subscription_id: uuid.UUID, as_of: date, *, now: datetime, send: bool = False
) -> list[Invoice]:
    """The same of one subscription alone, whatever else its client has. Raises NotFound, and what issuing raises."""
    actor.require("staff")
    row = locked(Subscription, actor.business_id, subscription_id)
    if row is None:
        raise NotFound
    rows = [row] if row.next_bill_on is not None and row.next_bill_on <= as_of else []
    return _bill_rows(actor, get_client(actor.business_id, row.client_id), rows, as_of, send=send, now=now)


def _bill_rows(
    actor: Actor,
    client: Client,
    rows: Sequence[Subscription],
    as_of: date,
    *,
    send: bool,
    now: datetime,
    seen: str | None = None,
) -> list[Invoice]:
    """Bill what is due of subscriptions that are held, if it is what was seen."""
    business, made = get_business(actor.business_id), list[Invoice]()
    found = due_of_client(business, client, rows, as_of)
    if seen is not None and (due := invoices_of(business, client, found)) and seen != mark_of(due):
        raise OtherDue(current=due)
    for bundle, parts in found.items():
        invoice = _bill(actor, client, bundle, parts, send=send, now=now)
        made += [invoice] if invoice is not None else []
    for row in rows:
        note_next(row)
    return made


def _rows(business_id: uuid.UUID, client_id: uuid.UUID, as_of: date, *, hold: bool = False) -> list[Subscription]:
    """The client's subscriptions that are due, in the order of their ids; held until the transaction ends."""
    query = (
        select(Subscription)
        .where(
            Subscription.business_id == business_id,
            Subscription.client_id == client_id,
            Subscription.next_bill_on <= as_of,
        )
        .order_by(Subscription.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query.with_for_update() if hold and database.LOCKS else query))


def bundle_of(business: Business, client: Client, row: Subscription, billed: Billed) -> Bundle:
    """What the invoice of a period shares with others."""
    terms = default_terms(business, client.terms_days) if row.terms_days is None else row.terms_days
    apart = str(row.id) if row.apart else ""
    return Bundle(billed.bill_on, row.currency, terms, row.prices_include_tax, row.po_number, apart)


def _bill(
    actor: Actor, client: Client, bundle: Bundle, parts: Sequence[Due], *, send: bool, now: datetime
) -> Invoice | None:
    """One invoice of some periods, each claimed before anything is made of it; None when nothing of them costs."""
    claimed = [(due, claim) for due in parts if (claim := _claim(actor, due, now))]
    billed = [(due, claim) for due, claim in claimed if not due.free]
    if not billed:
        return None
    values = draft_of(client, bundle, [due for due, _ in billed])
    invoice = invoices.create_draft(actor, values, now=now)
    invoices.issue(actor, invoice.id, now=now)
    lines = iter(contents(actor.business_id, invoice.id).lines)
    for due, claim in billed:
        _note(actor, due, claim, invoice, sum(next(lines).total_minor for _ in due.charges), now)
    if send:
        send_if_possible(actor, invoice, now)
    return invoice


def draft_of(client: Client, bundle: Bundle, parts: Sequence[Due]) -> DraftValues:
    """The invoice of some periods."""
    notes = [due.agreement.row.notes for due in parts if due.agreement.row.notes]
    return DraftValues(
        currency=bundle.currency,
        issue_date=bundle.bill_on,
        terms_days=bundle.terms_days,
        client_id=client.id,
        po_number=bundle.po_number,
        notes="\n\n".join(dict.fromkeys(notes)),
        prices_include_tax=bundle.prices_include_tax,
        lines=tuple(line_of(charge) for due in parts for charge in due.charges),
    )


def _claim(actor: Actor, due: Due, now: datetime) -> uuid.UUID | None:
    """The id of the claim on a period, None when somebody has claimed it already."""
    id, billed = new_id(), due.billed
    new = insert_once(
        BilledPeriod,
        business_id=actor.business_id,
        id=id,
        subscription_id=due.agreement.row.id,
        period_start=billed.period.start,
        period_end=billed.period.end,
        whole_start=billed.of.start,
        whole_end=billed.of.end,
        bill_on=billed.bill_on,
        state="skipped" if due.free else "billed",
        reason=NOTHING if due.free else "",
        created_at=now,
    )
    return id if new else None


def _note(actor: Actor, due: Due, claim: uuid.UUID, invoice: Invoice, total_minor: int, now: datetime) -> None:
    """Write on which invoice a period stands and what it came to, and what was paid once with it."""
    db.session.execute(
        update(BilledPeriod)
        .where(BilledPeriod.business_id == actor.business_id, BilledPeriod.id == claim)
        .values(invoice_id=invoice.id, total_minor=total_minor)
    )
    if once := [charge.item.id for charge in due.charges if charge.item.once]:
        mine = (SubscriptionItem.business_id == actor.business_id, SubscriptionItem.id.in_(once))
        db.session.execute(update(SubscriptionItem).where(*mine).values(billed_in=claim))
    row = due.agreement.row
    facts = {"period_start": str(due.billed.period.start), "invoice_id": str(invoice.id), "number": invoice.number}
    audit.record(actor, "billed", "subscription", row.id, now, client_id=row.client_id, facts=facts)


def send_if_possible(actor: Actor, invoice: Invoice, now: datetime) -> None:
    """Send an invoice to its client; one that nothing can reach stays issued, which the dashboard shows."""
    try:
        invoices.send(actor, invoice.id, now=now)
    except (NobodyToSendTo, Unreachable):
        return
