"""Lists of invoices, one invoice, what happened to it, why its figures are what they are, and its PDF."""

from __future__ import annotations

import uuid
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.auth.queries import timeline
from app.errors import Invalid
from app.invoices.api.examples import INVOICE
from app.invoices.api.room import blueprint, read
from app.invoices.api.shapes import InvoiceMomentOut, InvoiceOut, InvoiceQuery, WhyOut
from app.invoices.api.written import invoice_data
from app.invoices.printing import pdf_filename
from app.invoices.queries import get_invoice
from app.invoices.queries.lists import Filters
from app.invoices.queries.plain import list_whole
from app.invoices.queries.why import Why, why
from app.invoices.queries.why_credited import why_credited
from app.invoices.rules.why import Manner, plain_data
from app.invoices.service import printing
from app.invoices.timeline import moments
from app.money import CURRENCIES, exponent, json_money
from app.web.api import instant, operation, paged, told
from app.web.api.papers import LATER, PDF, paper
from app.web.filters import reader

SORTS = {
    "-created_at": "newest",
    "created_at": "-newest",
    "-issue_date": "issued",
    "issue_date": "-issued",
    "due_date": "due",
    "-due_date": "-due",
    "-number": "number",
    "number": "-number",
    "-balance": "balance",
    "balance": "-balance",
    "updated_at": "updated",
    "-updated_at": "-updated",
}
WHY = {
    "id": INVOICE["id"],
    "number": "INV-2026-0001",
    "total": INVOICE["total"],
    "steps": [
        {
            "step": "line:1",
            "section": "lines",
            "label": "Fibre, monthly",
            "words": "2 × ₦1,500.00",
            "amount": INVOICE["subtotal"],
            "line": 1,
            "tax": None,
            "sum_of": [],
        }
    ],
}


@blueprint.get("/invoices/")
@operation(
    "List invoices",
    role="viewer",
    scope="invoices:read",
    query=InvoiceQuery,
    gives=InvoiceOut,
    many=True,
    example={**INVOICE, "lines": None, "taxes": None},
)
def list_invoices(query: InvoiceQuery) -> Response:
    """The newest first, unless `sort` says otherwise. `include=lines` brings lines and taxes along."""
    me = current_user
    today = clock.today(me.timezone)
    page = list_whole(me.business_id, _filters(query), query.walk, today, lines=query.include == "lines")
    return paged(page, query, lambda whole: invoice_data(whole, today))


@blueprint.get("/invoices/<uuid:invoice_id>/")
@operation("Read an invoice", role="viewer", scope="invoices:read", gives=InvoiceOut, example=INVOICE)
def read_invoice(invoice_id: uuid.UUID) -> Response:
    """With its lines and taxes."""
    return told(read(invoice_id))


@blueprint.get("/invoices/<uuid:invoice_id>/timeline/")
@operation(
    "Read the timeline of an invoice",
    role="viewer",
    scope="invoices:read",
    gives=InvoiceMomentOut,
    many=True,
    example={
        "at": "2026-11-20T10:30:00Z",
        "event": "issued",
        "title": "Issued",
        "text": "as INV-2026-0001, by Tolu Harmattan",
    },
)
def read_invoice_timeline(invoice_id: uuid.UUID) -> Response:
    """What happened to it, the latest first; at most 100 things."""
    me = current_user
    get_invoice(me.business_id, invoice_id)
    events = timeline(me.business_id, "invoice", invoice_id)
    told_of = zip(events, moments(events, me.locale), strict=True)
    return told(
        [
            {
                "at": instant(event.at),
                "event": event.verb.removeprefix("invoice."),
                "title": moment.title,
                "text": moment.text,
            }
            for event, moment in told_of
        ]
    )


@blueprint.get("/invoices/<uuid:invoice_id>/why/")
@operation("Explain an invoice", role="viewer", scope="invoices:read", gives=WhyOut, example=WHY)
def explain_invoice(invoice_id: uuid.UUID) -> Response:
    """Every step from the lines to what is still to pay, with the arithmetic in words."""
    return told(_explained(why(current_user.business_id, invoice_id, _manner)))


@blueprint.get("/credit-notes/<uuid:note_id>/why/")
@operation(
    "Explain a credit note",
    role="viewer",
    scope="invoices:read",
    gives=WhyOut,
    example={**WHY, "number": "CN-2026-0001"},
)
def explain_credit_note(note_id: uuid.UUID) -> Response:
    """Every step from the lines taken back to the total, with the arithmetic in words."""
    return told(_explained(why_credited(current_user.business_id, note_id, _manner)))


@blueprint.get("/invoices/<uuid:invoice_id>/pdf/")
@operation("Get the PDF of an invoice", role="viewer", scope="invoices:read", media=PDF, also=LATER)
def get_invoice_pdf(invoice_id: uuid.UUID) -> Response:
    """As its customer gets it. One that was never drawn, or says something else by now, is drawn first."""
    business_id, now = current_user.business_id, clock.now()
    name = get_invoice(business_id, invoice_id).number or "draft"
    return paper(
        lambda: printing.find_printed(business_id, invoice_id, now),
        lambda: printing.request_pdf(business_id, invoice_id, now),
        pdf_filename(name),
    )


def _filters(query: InvoiceQuery) -> Filters:
    """What a program asked for, as lists take it. Raises Invalid for amounts without a currency, or in none."""
    currency = query.currency.upper()
    if currency and currency not in CURRENCIES:
        raise Invalid("currency", "There is no such currency.")
    return Filters(
        text=query.q,
        client_id=query.customer_id,
        currency=currency,
        due_from=query.due_from,
        due_to=query.due_to,
        sort=SORTS[query.sort],
        statuses=tuple(sorted(set(query.status))),
        payment_state=query.payment_state or "",
        overdue=query.overdue,
        number=query.number,
        issued_from=query.issued_from,
        issued_to=query.issued_to,
        amounts=_amounts(query, currency),
        updated_since=query.updated_since,
    )


def _amounts(query: InvoiceQuery, currency: str) -> tuple[tuple[str, int | None, int | None], ...]:
    asked = {
        "total": (query.total_min, query.total_max),
        "balance": (query.balance_min, query.balance_max),
    }
    asked = {name: bounds for name, bounds in asked.items() if bounds != (None, None)}
    if asked and not currency:
        raise Invalid("currency", "Say in which currency these amounts are.")

    def minor(major: Decimal | None, rounding: str) -> int | None:
        if major is None:
            return None
        return int(major.scaleb(exponent(currency)).to_integral_value(rounding))

    return tuple((name, minor(least, ROUND_CEILING), minor(most, ROUND_FLOOR)) for name, (least, most) in asked.items())


def _manner(currency: str) -> Manner:
    return Manner(currency, *reader())


def _explained(found: Why) -> dict[str, Any]:
    steps = plain_data(found.steps, found.total.currency)
    total = json_money(found.total)
    return {"id": str(found.document_id), "number": found.number, "total": total, "steps": steps}
