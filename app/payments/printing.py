"""From a credit note or a payment to what the PDF renderer takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.invoices.printing import business_on_paper, client_on_paper, locale_on_paper, percent, right_to_left
from app.money import Money

if TYPE_CHECKING:
    from app.invoices.pdf.document import PrintedDocument


@dataclass(frozen=True, slots=True)
class Sheet:
    """What every paper says: between whom, in which language, under which number."""

    number: str
    currency: str
    language: str
    seller: Mapping[str, Any]
    buyer: Mapping[str, Any]
    logo_png: bytes | None
    void: bool = False
    void_date: date | None = None


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """What of one line is taken back: its net, and the rates of the taxes on it, in percent."""

    title: str
    net: Money
    rates: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class CreditedTax:
    """How much of one tax is taken back, and of which base."""

    name: str
    rate: Decimal | None
    base: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Settled:
    """What a payment did for one invoice, and what is left to pay there."""

    number: str
    issue_date: date
    total: Money
    paid: Money
    left: Money


@dataclass(frozen=True, slots=True)
class SentBack:
    """What of a payment went back, or is on its way: `kind` is refund or dispute."""

    kind: str
    arrived: bool
    on: date
    amount: Money

    @property
    def label(self) -> str:
        if self.kind == "dispute":
            return "Taken back by the bank"
        return "Given back" if self.arrived else "On its way back"


def credit_note_paper(
    sheet: Sheet,
    issue_date: date,
    corrects: str,
    reason: str,
    lines: Sequence[CreditedLine],
    taxes: Sequence[CreditedTax],
    total: Money,
) -> PrintedDocument:
    """A credit note, its lines without tax and the taxes below them."""
    net = sum(line.net.minor for line in lines)
    return _paper(
        sheet,
        kind="credit_note",
        issue_date=issue_date.isoformat(),
        corrects=corrects,
        notes=reason,
        tax_label=taxes[0].name if len({tax.name for tax in taxes}) == 1 else "Tax",
        lines=[_line(line) for line in lines],
        subtotal_minor=net,
        taxes=[
            {
                "label": f"{tax.name} {percent(tax.rate)}" if tax.rate is not None else tax.name,
                "base_minor": tax.base.minor,
                "amount_minor": tax.amount.minor,
                "inclusive": False,
            }
            for tax in taxes
        ],
        total_minor=total.minor,
    )


def receipt_paper(
    sheet: Sheet,
    received_on: date,
    issue_date: date,
    how: str,
    reference: str,
    amount: Money,
    settled: Sequence[Settled],
    sent_back: Sequence[SentBack],
    credit: Money,
) -> PrintedDocument:
    """A receipt for money that came: what it paid, what of it went back, and what of it is credit now."""
    allocated = sum(part.paid.minor for part in settled)
    received = {
        "amount_minor": amount.minor,
        "date": received_on.isoformat(),
        "method": how,
        "reference": reference,
        "allocations": [
            {
                "number": part.number,
                "issue_date": part.issue_date.isoformat(),
                "total_minor": part.total.minor,
                "paid_minor": part.paid.minor,
                "left_minor": part.left.minor,
            }
            for part in settled
        ],
        "allocated_minor": allocated,
        "sent_back": [
            {"label": part.label, "date": part.on.isoformat(), "amount_minor": part.amount.minor} for part in sent_back
        ],
        "credit_minor": credit.minor,
    }
    return _paper(sheet, kind="receipt", issue_date=issue_date.isoformat(), total_minor=amount.minor, received=received)


def _line(line: CreditedLine) -> dict[str, Any]:
    return {
        "title": line.title,
        "detail": "",
        "quantity": "1",
        "unit": "",
        "unit_price": f"{line.net.decimal:f}",
        "gross_minor": line.net.minor,
        "discount_label": "",
        "discount_minor": 0,
        "amount_minor": line.net.minor,
        "tax": " + ".join(percent(rate) for rate in line.rates),
    }


def _paper(sheet: Sheet, **said: Any) -> PrintedDocument:
    paper: dict[str, Any] = {
        "status": "void" if sheet.void else "open",
        "number": sheet.number,
        "currency": sheet.currency,
        "locale": locale_on_paper(sheet.language),
        "rtl": right_to_left(sheet.language),
        "paper": "letter" if sheet.seller.get("paper") == "letter" else "a4",
        "words": {},
        "business": business_on_paper(sheet.seller, sheet.logo_png),
        "client": client_on_paper(sheet.buyer),
        "due_date": None,
        "void_date": sheet.void_date.isoformat() if sheet.void_date else None,
        "closed_date": None,
        "terms_label": "",
        "corrects": "",
        "replaced_by": "",
        "reference": "",
        "period": "",
        "tax_label": "",
        "lines": [],
        "subtotal_minor": 0,
        "discounts": [],
        "taxes": [],
        "payments": [],
        "closed_minor": 0,
        "balance_minor": 0,
        "bank": [],
        "pay_url": None,
        "pay_label": "",
        "notes": "",
        "footer": str(sheet.seller.get("footer") or ""),
        "received": None,
    }
    return paper | said  # type: ignore[return-value]
