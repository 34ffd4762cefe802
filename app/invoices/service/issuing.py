"""Issuing gives the number, copies the parties in, posts to the ledger and freezes the document. Voiding undoes it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import and_, bindparam, insert, select, update

from app import database, jobs
from app.auth import audit
from app.auth.models import Business
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.clients.models import Client
from app.database import locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices import queries
from app.invoices.errors import HasCreditNotes, HasPayments, NotReady, StaleDraft
from app.invoices.figures import AnyLine, component_columns, keep_totals, line_figures, stored_totals
from app.invoices.models import Invoice, InvoiceFigure, InvoiceLine, Revision
from app.invoices.parties import buyer_facts, seller_facts
from app.invoices.rules import Totals, move
from app.invoices.service.numbering import next_number
from app.invoices.service.rating import fix_rate, quote_for
from app.invoices.service.revising import credit_revised
from app.invoices.service.settled import tell_settled
from app.ledger import service as ledger
from app.ledger.exchange import in_base
from app.ledger.rules import DISCOUNTS, RECEIVABLE, REVENUE, TAX, Line
from app.money import Money

NO_CLIENT = "Choose who this invoice is for."
NO_LINES = "Add at least one line."


@transactional
def issue(actor: Actor, invoice_id: uuid.UUID, *, now: datetime, version: int | None = None) -> Invoice:
    """Give a draft its number and freeze it; one that takes another's place credits that one in the same transaction.

    In another currency than the business's it takes the rate that was typed, else that of the table for its date, else
    none. Raises NotReady with what is missing, Invalid naming `rate` when it comes to too much in the base currency,
    StaleDraft, and WrongState, also when the invoice it replaces is not open now.
    """
    actor.require("staff")
    invoice, business, client, revision = _with_parties(actor.business_id, invoice_id)
    target = move(invoice.status, "issue")
    if version is not None and invoice.version != version:
        raise StaleDraft(current=invoice)
    stored = queries.contents(actor.business_id, invoice_id)
    lines = stored.lines
    if client is None or not lines or not all(line.title for line in lines):
        raise not_ready(invoice.client_id, [line.title for line in lines])
    totals = stored_totals(invoice, lines, stored.taxes)
    # Asked for before anything is changed, so that the invoice is written once.
    quote = quote_for(invoice, business)
    number = next_number(business, invoice.issue_date)
    keep_totals(invoice, totals)
    fix_rate(invoice, quote)
    invoice.seller, invoice.buyer = seller_facts(business), buyer_facts(client)
    invoice.buyer_name = client.name
    invoice.owe(invoice.total_minor)
    invoice.issued_at = invoice.updated_at = now
    invoice.paid_at = now if invoice.total_minor == 0 else None
    invoice.number = number
    invoice.status = target
    invoice.search = queries.search_text(invoice, client.search)
    db.session.flush()
    _correct(invoice.business_id, lines, totals)
    _write_figures(invoice, lines, totals)
    _post(invoice, "issue", invoice.issue_date, now, sign=1)
    facts = {"number": invoice.number, "total_minor": invoice.total_minor, "currency": invoice.currency}
    audit.record(actor, "issued", "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)
    jobs.enqueue(
        "invoices.print", f"print:{invoice.id}:issue", {"invoice_id": str(invoice.id)}, business_id=actor.business_id
    )
    note = credit_revised(actor, revision, number, now) if revision else None
    for listener in current_app.extensions.get("duely_on_issue", ()):
        listener(actor, invoice, business, note, now)
    return invoice


@transactional
def void(actor: Actor, invoice_id: uuid.UUID, reason: str, *, now: datetime) -> Invoice:
    """Take an issued invoice back; it keeps its number. Raises HasPayments while money is allocated to it, and
    HasCreditNotes while some of it is credited."""
    actor.require("staff")
    invoice = locked(Invoice, actor.business_id, invoice_id)
    if invoice is None:
        raise NotFound
    target = move(invoice.status, "void")
    if invoice.credited_minor:
        raise HasCreditNotes
    if invoice.balance_minor != invoice.total_minor:
        raise HasPayments
    invoice.status, invoice.voided_at, invoice.void_reason = target, now, reason
    invoice.owe(0)
    invoice.updated_at = now
    business = get_business(actor.business_id)
    _post(invoice, "void", queries.business_today(business, now), now, sign=-1)
    facts = {"number": invoice.number, "reason": reason}
    audit.record(actor, "voided", "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)
    tell_settled(invoice)
    return invoice


_FIGURES = insert(InvoiceFigure.__table__)  # type: ignore[arg-type]


def _with_parties(
    business_id: uuid.UUID, invoice_id: uuid.UUID
) -> tuple[Invoice, Business, Client | None, Revision | None]:
    """An invoice, held until the transaction ends, its business, its client, and whose place it takes.

    Raises NotFound.
    """
    values = {"business_id": business_id, "invoice_id": invoice_id}
    row = db.session.execute(_parties(database.LOCKS), values).first()
    if row is None:
        raise NotFound
    return row.Invoice, row.Business, row.Client, row.Revision


@cache
def _parties(hold: bool) -> Any:
    query = (
        select(Invoice, Business, Client, Revision)
        .join(Business, Business.id == Invoice.business_id)
        .outerjoin(Client, and_(Client.business_id == Invoice.business_id, Client.id == Invoice.client_id))
        .outerjoin(Revision, and_(Revision.business_id == Invoice.business_id, Revision.id == Invoice.id))
        .where(Invoice.business_id == bindparam("business_id"), Invoice.id == bindparam("invoice_id"))
        .execution_options(populate_existing=True)
    )
    return query.with_for_update(of=Invoice) if hold else query


def nothing_to_issue() -> NotReady:
    """What is missing where there is not even a draft."""
    return NotReady({"client_id": [NO_CLIENT], "lines": [NO_LINES]})


def not_ready(client_id: uuid.UUID | None, titles: Sequence[str]) -> NotReady:
    """What is missing before a draft with lines of these titles can be issued."""
    problems: dict[str, list[str]] = {}
    if client_id is None:
        problems["client_id"] = [NO_CLIENT]
    if not titles:
        problems["lines"] = [NO_LINES]
    for position, title in enumerate(titles):
        if not title:
            problems[f"lines.{position}.title"] = ["Say what this line is for."]
    return NotReady(problems)


def _correct(business_id: uuid.UUID, lines: Sequence[AnyLine], totals: Totals) -> None:
    """What a line was said to come to as a draft yields to what it comes to now. Hardly ever do they differ."""
    for line, figures in zip(lines, totals.lines, strict=True):
        fresh = line_figures(figures)
        if any(getattr(line, name) != minor for name, minor in fresh.items()):
            mine = (InvoiceLine.business_id == business_id, InvoiceLine.id == line.id)
            db.session.execute(update(InvoiceLine).where(*mine).values(**fresh))


def _write_figures(invoice: Invoice, lines: Sequence[AnyLine], totals: Totals) -> None:
    figures = [
        {
            "business_id": invoice.business_id,
            "id": new_id(),
            "invoice_id": invoice.id,
            "line_id": lines[part.line].id if part.line is not None else None,
            **component_columns(position, part),
        }
        for position, part in enumerate(totals.components)
    ]
    if figures:
        db.session.execute(_FIGURES, figures)


def _post(invoice: Invoice, kind: str, on_date: date, now: datetime, sign: int) -> None:
    lines = sides(invoice, sign)
    memo = invoice.number or ""
    ledger.post(invoice.business_id, kind, "invoice", invoice.id, on_date, now, lines, memo=memo)


def sides(invoice: Invoice, sign: int = 1) -> list[Line]:
    """What an invoice moves in the books when it is issued, or with -1 when it is taken back."""

    def side(account: str, minor: int, client: bool = False) -> Line:
        money = Money(sign * minor, invoice.currency)
        return Line(account, money, invoice.client_id if client else None, invoice.id)

    return in_base(
        [
            side(RECEIVABLE, invoice.total_minor, client=True),
            side(DISCOUNTS, invoice.discount_minor),
            side(REVENUE, -(invoice.net_minor + invoice.discount_minor)),
            side(TAX, -invoice.tax_minor),
        ],
        invoice.rate,
    )
