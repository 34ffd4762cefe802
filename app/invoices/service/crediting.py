"""Credit notes: parts of an issued invoice's lines taken back by a document of their own, as the client's credit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, insert, select

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.folding import fold_all
from app.invoices import queries
from app.invoices.errors import CreditUsed, NewerCreditNote
from app.invoices.models import CreditNote, CreditNoteLine, CreditNoteTax, Invoice
from app.invoices.queries.creditable import CreditableLine, creditable_lines, newest_open_note
from app.invoices.rules import move
from app.invoices.rules.crediting import LineFigures, credited_part
from app.invoices.service.numbering import next_number
from app.ledger import service as ledger
from app.ledger.exchange import rounded
from app.ledger.rules import CLIENT_CREDIT, DISCOUNTS, REVENUE, TAX, Line
from app.money import Money, format_money, round_half_up

_LINES, _TAXES = insert(CreditNoteLine.__table__), insert(CreditNoteTax.__table__)  # type: ignore[arg-type]
Part = tuple[CreditableLine, LineFigures]


@transactional
def issue_credit_note(
    actor: Actor,
    invoice_id: uuid.UUID,
    amounts: Mapping[uuid.UUID, int],
    reason: str,
    *,
    now: datetime,
    note_id: uuid.UUID | None = None,
) -> CreditNote:
    """Take back `amounts` of an open invoice: {line id: minor units, tax included}. All of it is the client's credit.

    Raises NotFound, WrongState, and Invalid naming `lines.<position>.amount` for more than is left of a line, or
    `lines` when there is nothing to credit.
    """
    actor.require("staff")
    invoice = _held(actor.business_id, invoice_id)
    move(invoice.status, "credit")
    parts = _parts(invoice, creditable_lines(actor.business_id, invoice_id), amounts)
    note = _note(actor, invoice, parts, reason, note_id or new_id(), now)
    db.session.add(note)
    invoice.credited_minor += note.total_minor
    invoice.updated_at = now
    db.session.flush()
    _write(note, parts)
    _post(note, invoice, "credit_note", now, sign=1)
    _tell(actor, note, invoice, "credited", now)
    return note


@transactional
def void_credit_note(actor: Actor, note_id: uuid.UUID, reason: str, *, now: datetime) -> CreditNote:
    """Take a credit note back; it keeps its number. What it settled has to be released before.

    Raises NotFound, WrongState, CreditUsed while some of it is used, and NewerCreditNote unless it is the newest of its
    invoice: what a part of a line comes to depends on the parts before it.
    """
    actor.require("staff")
    found = db.session.get(CreditNote, (actor.business_id, note_id))
    if found is None:
        raise NotFound
    invoice = _held(actor.business_id, found.invoice_id)
    note = locked(CreditNote, actor.business_id, note_id)
    if note is None:
        raise NotFound
    target = move(note.status, "void")
    if note.unallocated_minor != note.total_minor:
        raise CreditUsed
    if newest_open_note(actor.business_id, invoice.id) != note.id:
        raise NewerCreditNote
    note.status, note.void_reason, note.unallocated_minor = target, reason, 0
    note.voided_at = note.updated_at = now
    invoice.credited_minor -= note.total_minor
    invoice.updated_at = now
    _post(note, invoice, "void_credit_note", now, sign=-1)
    _tell(actor, note, invoice, "credit_note_voided", now, reason=reason)
    return note


def _held(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice:
    invoice = locked(Invoice, business_id, invoice_id)
    if invoice is None:
        raise NotFound
    return invoice


def _parts(invoice: Invoice, lines: Sequence[CreditableLine], amounts: Mapping[uuid.UUID, int]) -> list[Part]:
    """What is credited of each line. Raises NotFound for a line of another invoice, Invalid."""
    if amounts.keys() - {line.id for line in lines}:
        raise NotFound
    problems: dict[str, list[str]] = {}
    parts: list[Part] = []
    for line in lines:
        amount = amounts.get(line.id, 0)
        if amount < 0 or amount > line.left_minor:
            left = format_money(Money(line.left_minor, invoice.currency))
            problems[f"lines.{line.position}.amount"] = [f"At most {left} of this line is left to credit."]
        elif amount:
            parts.append((line, credited_part(line.figures, line.credited_minor, amount)))
    if problems:
        raise Invalid(problems)
    if not parts:
        raise Invalid("lines", "Say how much of at least one line is credited.")
    return parts


def _note(
    actor: Actor, invoice: Invoice, parts: Sequence[Part], reason: str, note_id: uuid.UUID, now: datetime
) -> CreditNote:
    business = get_business(actor.business_id)
    today = queries.business_today(business, now)
    net, tax = sum(part.net_minor for _, part in parts), sum(part.tax_minor for _, part in parts)
    number = next_number(business, today, "credit_note")
    return CreditNote(
        business_id=invoice.business_id,
        id=note_id,
        invoice_id=invoice.id,
        client_id=invoice.client_id,
        status="open",
        number=number,
        currency=invoice.currency,
        base_currency=invoice.base_currency,
        rate_to_base=invoice.rate_to_base,
        rate_source=invoice.rate_source,
        rate_on=invoice.rate_on,
        issue_date=today,
        reason=reason,
        discount_minor=_discount(invoice, net + tax),
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        unallocated_minor=net + tax,
        refunded_minor=0,
        buyer_name=invoice.buyer_name,
        buyer=invoice.buyer,
        seller=invoice.seller,
        search=fold_all(number, invoice.number or "", invoice.buyer_name),
        issued_at=now,
        created_by=actor.person_id,
    )


def _discount(invoice: Invoice, total_minor: int) -> int:
    """The part of the invoice's discounts that goes with what is credited; all parts make the whole."""

    def up_to(credited: int) -> int:
        return round_half_up(Fraction(invoice.discount_minor * credited, invoice.total_minor))

    return up_to(invoice.credited_minor + total_minor) - up_to(invoice.credited_minor)


def _write(note: CreditNote, parts: Sequence[Part]) -> None:
    mine = {"business_id": note.business_id, "credit_note_id": note.id}
    lines = [
        mine
        | {
            "id": new_id(),
            "line_id": line.id,
            "position": line.position,
            "title": line.title,
            "net_minor": part.net_minor,
            "tax_minor": part.tax_minor,
            "total_minor": part.total_minor,
        }
        for line, part in parts
    ]
    taxes = [
        mine | {"id": new_id(), "figure_id": tax.id, "amount_minor": minor}
        for line, part in parts
        for tax, minor in zip(line.taxes, part.taxes, strict=True)
        if minor
    ]
    db.session.execute(_LINES, lines)
    if taxes:
        db.session.execute(_TAXES, taxes)


def _post(note: CreditNote, invoice: Invoice, kind: str, now: datetime, sign: int) -> None:
    def side(account: str, minor: int, invoice_id: uuid.UUID | None = note.invoice_id) -> Line:
        client = note.client_id if account == CLIENT_CREDIT else None
        return Line(account, Money(sign * minor, note.currency), client, invoice_id)

    on_date = note.issue_date if sign > 0 else queries.business_today(get_business(note.business_id), now)
    lines = [
        side(REVENUE, note.net_minor + note.discount_minor),
        side(DISCOUNTS, -note.discount_minor),
        side(TAX, note.tax_minor),
        side(CLIENT_CREDIT, -note.total_minor, None),
    ]
    posted = _in_base(lines, note, invoice, sign)
    ledger.post(note.business_id, kind, "credit_note", note.id, on_date, now, posted, memo=note.number)


def _in_base(lines: Sequence[Line], note: CreditNote, invoice: Invoice, sign: int) -> list[Line]:
    """The lines with what they are worth at the invoice's rate: steps on the path from its figures to nothing, so that
    all of its credit notes together leave nothing of it."""
    rate = note.rate
    if rate is None:
        return list(lines)
    others = select(
        func.coalesce(func.sum(CreditNote.net_minor + CreditNote.discount_minor), 0),
        func.coalesce(func.sum(CreditNote.discount_minor), 0),
        func.coalesce(func.sum(CreditNote.tax_minor), 0),
    ).where(CreditNote.business_id == note.business_id, CreditNote.invoice_id == note.invoice_id)
    standing = others.where(CreditNote.status == "open", CreditNote.id != note.id)
    revenue, discount, tax = map(int, db.session.execute(standing).one())
    before = {
        REVENUE: revenue - (invoice.net_minor + invoice.discount_minor),
        DISCOUNTS: invoice.discount_minor - discount,
        TAX: tax - invoice.tax_minor,
        CLIENT_CREDIT: 0,
    }
    posted = []
    for line in lines:
        # Voiding goes back from where the note had led.
        start = before[line.account] if sign > 0 else before[line.account] - line.money.minor
        posted.append(replace(line, base=rate.moved((start, start + line.money.minor))))
    return rounded(posted)


def _tell(actor: Actor, note: CreditNote, invoice: Invoice, verb: str, now: datetime, reason: str = "") -> None:
    facts = {
        "number": note.number,
        "invoice": invoice.number,
        "amount_minor": note.total_minor,
        "currency": note.currency,
        "reason": reason or note.reason,
        "credit_note_id": str(note.id),
    }
    audit.record(actor, verb, "credit_note", note.id, now, client_id=note.client_id, facts=facts)
    shown = facts | {"number": invoice.number, "credit_note": note.number}
    audit.record(actor, verb, "invoice", invoice.id, now, client_id=note.client_id, facts=shown)
