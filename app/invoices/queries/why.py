"""Why the amounts of one invoice are what they are: its stored rows, put before the rules that explain them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app.extensions import db
from app.invoices.figures import AnyLine, stored_input, stored_totals
from app.invoices.models import Invoice, InvoiceFigure
from app.invoices.printing import method_words
from app.invoices.queries.documents import paid_rows
from app.invoices.queries.paid import PaidRow
from app.invoices.queries.rows import contents, get_invoice
from app.invoices.rules import Component, LineTotals, Totals
from app.invoices.rules.why import Account, Manner, Received, Section, Step, balance_steps, explain, sections
from app.money import Money
from app.statements import built

_FIGURE = InvoiceFigure.__table__.c
_FIGURES = built(
    select(
        _FIGURE.kind,
        _FIGURE.line_id,
        _FIGURE.label,
        _FIGURE.rate,
        _FIGURE.base_minor,
        _FIGURE.amount_minor,
        _FIGURE.tax_id,
        _FIGURE.inclusive,
    )
    .where(_FIGURE.business_id == bindparam("business_id"), _FIGURE.invoice_id == bindparam("invoice_id"))
    .order_by(_FIGURE.position)
)


@dataclass(frozen=True, slots=True)
class Why:
    """One document with every step to its amounts. `number` is None for a draft; `plain_data` makes JSON of `steps`."""

    document_id: uuid.UUID
    number: str | None
    total: Money
    steps: tuple[Step, ...]

    def amount(self, step: Step) -> Money:
        """What a step comes to."""
        return Money.total(step.amount_minor, self.total.currency)

    @property
    def sections(self) -> list[Section]:
        """The steps under headings."""
        return sections(self.steps)


def why(business_id: uuid.UUID, invoice_id: uuid.UUID, manner: Callable[[str], Manner]) -> Why:
    """How an invoice comes to its amounts. `manner` writes numbers of a currency. Raises NotFound."""
    invoice = get_invoice(business_id, invoice_id)
    say = manner(invoice.currency)
    draft = invoice.status == "draft"
    balance = invoice.total_minor if draft else invoice.balance_minor
    received = [_received(row) for row in paid_rows(invoice)]
    steps = (
        *explain(_account(invoice), say),
        *balance_steps(invoice.status, invoice.total_minor, balance, received, say),
    )
    return Why(invoice.id, invoice.number, Money(invoice.total_minor, invoice.currency), steps)


def _account(invoice: Invoice) -> Account:
    """A draft as the engine adds it up, an issued invoice as it was stored."""
    stored = contents(invoice.business_id, invoice.id)
    document = stored_input(invoice, stored.lines, stored.taxes)
    if invoice.status == "draft":
        totals = stored_totals(invoice, stored.lines, stored.taxes)
    else:
        totals = _issued_totals(invoice, stored.lines)
    return Account(document, totals, tuple(line.title for line in stored.lines))


def _issued_totals(invoice: Invoice, lines: Sequence[AnyLine]) -> Totals:
    """What was stored of an issued invoice, as the engine would hand it over."""
    places = {line.id: place for place, line in enumerate(lines)}
    found = db.session.execute(_FIGURES, {"business_id": invoice.business_id, "invoice_id": invoice.id})
    parts = tuple(_component(row, places) for row in found)
    line_discount = sum(line.discount_minor for line in lines)
    return Totals(
        currency=invoice.currency,
        subtotal_minor=invoice.subtotal_minor,
        line_discount_minor=line_discount,
        document_discount_minor=invoice.discount_minor - line_discount,
        net_minor=invoice.net_minor,
        tax_minor=invoice.tax_minor,
        total_minor=invoice.total_minor,
        lines=tuple(_line(line, place, parts) for place, line in enumerate(lines)),
        components=parts,
        taxes=(),
    )


def _component(row: Any, places: dict[uuid.UUID, int]) -> Component:
    return Component(
        kind=row.kind,
        line=places.get(row.line_id),
        label=row.label,
        rate=row.rate,
        base_minor=row.base_minor,
        amount_minor=row.amount_minor,
        tax_key=str(row.tax_id) if row.tax_id else None,
        inclusive=row.inclusive,
    )


def _line(line: AnyLine, place: int, parts: Sequence[Component]) -> LineTotals:
    """A line's stored figures; its share of the document's discount is what else its price went down by."""
    inside = sum(part.amount_minor for part in parts if part.kind == "tax" and part.inclusive and part.line == place)
    share = line.gross_minor - line.discount_minor - inside - line.net_minor
    return LineTotals(line.gross_minor, line.discount_minor, share, line.net_minor, line.tax_minor, line.total_minor)


def _received(row: PaidRow) -> Received:
    return Received(method_words(row.method), row.on, row.reference, row.amount.minor, row.method == "credit")
