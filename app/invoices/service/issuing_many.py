"""Issuing invoices by the thousand straight from what is typed or agreed, as a billing run does.

What is written is, row by row, what `create_draft` and `issue` write for one invoice after the other; only that no row
is read back, that each counter moves once, and that invoices which say the same are added up once. No PDF is asked for:
a hundred thousand drawings nobody looks at would keep the workers busy for a day. They are made when somebody opens
one, and when a message carries it.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import current_app

from app import bulk
from app.auth.models import Business
from app.auth.rules import Actor
from app.auth.trails import tell, trail
from app.bulk import Sheet
from app.database import transactional
from app.extensions import db
from app.invoices import queries
from app.invoices.models import Invoice, InvoiceFigure, InvoiceLine, LineTax
from app.invoices.queries.rows import searchable
from app.invoices.service.measuring import OWN, SHARED, SIDE, Cut, Desk
from app.invoices.service.numbering import next_numbers
from app.invoices.stencils import FIGURE, LINE, LINE_TAX
from app.invoices.values import DraftValues, Issued
from app.ledger import totals
from app.ledger.models import JournalEntry, JournalLine

Concerned = Callable[[Business, Collection[uuid.UUID]], Collection[uuid.UUID]]


@transactional
@bulk.uncollected()
def issue_many(actor: Actor, drafts: Sequence[DraftValues], *, now: datetime) -> list[Issued]:
    """Issue an invoice of each of these, in their order, in the open transaction. Needs staff.

    All of them or none: raises what `create_draft` and `issue` raise for the first that cannot be issued. A few
    thousand at a time are fast enough; whoever has more commits in between, for the counters are held until then.
    """
    actor.require("staff")
    if not drafts:
        return []
    desk = Desk(actor, drafts, now)
    made = [desk.measure(values) for values in drafts]
    numbers = next_numbers(desk.business, [values.issue_date for values in drafts])
    books = _Books(actor, desk, now)
    issued = []
    with bulk.press() as press:
        for place, (values, parts, number) in enumerate(zip(drafts, made, numbers, strict=True), 1):
            issued.append(books.write(values, *parts, number))
            press.now_and_then(place, books.sheets)
        press.put(books.sheets)
    books.count()
    tell(books.events, actor, now)
    _tell(actor, desk.business, issued, now)
    return issued


class _Books:
    """The sheets that the rows of these invoices are written on."""

    def __init__(self, actor: Actor, desk: Desk, now: datetime) -> None:
        business_id = desk.business.id
        self.desk, self.ids = desk, bulk.ids()
        self.invoices = Sheet(Invoice, (*OWN, *SHARED), business_id)
        self.lines = Sheet(InvoiceLine, ("id", "invoice_id", *LINE), business_id)
        self.taxes = Sheet(LineTax, ("id", "invoice_id", "line_id", *LINE_TAX), business_id)
        self.figures = Sheet(InvoiceFigure, ("id", "invoice_id", "line_id", *FIGURE), business_id)
        said = {"kind": "issue", "source_kind": "invoice", "at": now}
        self.entries = Sheet(JournalEntry, ("id", "source_id", "on_date", "memo"), business_id, **said)
        self.sides = Sheet(JournalLine, ("id", "entry_id", "client_id", "invoice_id", *SIDE), business_id)
        self.events = trail(actor, now)
        self._counted: Counter[tuple[int, date, date]] = Counter()
        self._documents: dict[int, Invoice] = {}

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All of them, in an order in which no row points to one that is not there yet."""
        return self.invoices, self.lines, self.taxes, self.figures, self.entries, self.sides, self.events

    def write(self, values: DraftValues, cut: Cut, due: date, number: str) -> Issued:
        """All rows of one invoice."""
        stencil, document, ids = cut.stencil, cut.document, self.ids
        buyer = self.desk.buyer(values.client_id)  # type: ignore[arg-type]
        invoice, day = next(ids), values.issue_date.isoformat()
        self.invoices.add(
            (
                invoice,
                buyer.id,
                number,
                day,
                due.isoformat(),
                values.terms_days,
                values.po_number,
                values.notes,
                buyer.name,
                buyer.facts,
                searchable(number, values.po_number, "", buyer.search),
            ),
            cut.shared,
        )
        lines = []
        for row in stencil.lines:
            lines.append(next(ids))
            self.lines.add((lines[-1], invoice), row)
        for place, row in stencil.taxes:
            self.taxes.add((next(ids), invoice, lines[place]), row)
        self.events.add((next(ids), "drafted", "invoice", invoice, buyer.id, "{}"))
        for at, row in stencil.figures:
            self.figures.add((next(ids), invoice, None if at is None else lines[at]), row)
        if cut.sides:
            entry = next(ids)
            self.entries.add((entry, invoice, day, number))
            for of_client, of_invoice, row in cut.sides:
                own = (next(ids), entry, buyer.id if of_client else None, invoice if of_invoice else None)
                self.sides.add(own, row)
        total, currency = document.total_minor, document.currency
        facts = f'{{"number": {json.dumps(number)}, "total_minor": {total}, "currency": "{currency}"}}'
        self.events.add((next(ids), "issued", "invoice", invoice, buyer.id, facts))
        self._counted[id(document), values.issue_date, due] += 1
        self._documents[id(document)] = document
        return Issued(uuid.UUID(invoice), number, values.client_id, currency, total)  # type: ignore[arg-type]

    def count(self) -> None:
        """Note what the invoices add to the totals of days and months."""
        for (which, issued_on, due), documents in self._counted.items():
            document = self._documents[which]
            document.issue_date, document.due_date = issued_on, due
            totals.written(document, documents)


def _tell(actor: Actor, business: Business, issued: Sequence[Issued], now: datetime) -> None:
    """Let those know who listen to invoices being issued, each of the invoices that concern them, in their order.

    A listener may say for which clients it has anything to do; it is a matter of few, and they go the ordinary way.
    """
    clients = {one.client_id for one in issued}
    concerns: Mapping[Any, Concerned] = current_app.extensions.get("duely_issue_concerns", {})
    listening = [
        (listener, set(concerns[listener](business, clients)) if listener in concerns else clients)
        for listener in current_app.extensions.get("duely_on_issue", ())
    ]
    for one in issued:
        for listener, concerned in listening:
            if one.client_id in concerned:
                listener(actor, queries.get_invoice(business.id, one.id), business, None, now)
                db.session.flush()
