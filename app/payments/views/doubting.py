"""What looks wrong about money that is being recorded, and may be right: asked about once, then booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask_login import current_user

from app.invoices.models import Invoice
from app.money import Money
from app.payments.forms import ManyForm, PaymentForm
from app.payments.queries import find_payment

EARLY = timedelta(days=60)
"""Money that came longer before its invoice was issued may have been given the wrong day."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is asked about before it is booked: money beyond what is due, and the invoice it came long before."""

    over: Money | None = None
    early_for: str = ""


def doubt_about(form: PaymentForm | ManyForm, invoices: Sequence[Invoice], shares: Mapping[UUID, int]) -> Doubt | None:
    """What to ask about money for these open invoices, of which each gets its share (minor units); None when it was
    accepted, or booked before. The form then carries what pressing the button again accepts."""
    if find_payment(current_user.business_id, form.payment_id.data) is not None:
        return None
    mine = [one for one in invoices if one.id in shares and one.status == "open"]
    needed = sum(min(shares[one.id], one.balance_minor) for one in mine)
    over = form.amount.data.minor - needed if mine else 0
    late = min(mine, key=lambda one: one.issue_date, default=None)
    early = late.number or "" if late and form.received_on.data < late.issue_date - EARLY else ""
    asked = " ".join(filter(None, (str(form.amount.data.minor), form.received_on.data.isoformat() if early else "")))
    if (over <= 0 and not early) or form.accept.data == asked:
        return None
    form.accept.data, form.accept.raw_data = asked, None
    return Doubt(Money(over, form.amount.data.currency) if over > 0 else None, early)
