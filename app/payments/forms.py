"""What staff type about money that came in, and about their account with a payment company."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField

from app.invoices.printing import METHOD_WORDS
from app.web.fields import Amount, Choice, Day, Id, Password, Text, Version

METHODS = [(name, METHOD_WORDS[name]) for name in ("transfer", "cash", "card_terminal", "mobile_money", "cheque")]
METHODS.append(("other", "Another way"))
ALL_METHODS = [("gateway", METHOD_WORDS["gateway"]), *METHODS]


class PaymentForm(FlaskForm):
    """Money for an invoice. `payment_id` is made with the form, so that sending it twice books once."""

    payment_id = Id(required=True)
    invoice = Id(required=True)
    amount = Amount("Amount", positive=True, required=True)
    method = Choice("How it was paid", choices=METHODS, sentence="Choose how it was paid.")
    received_on = Day("Received on", required=True)
    reference = Text("Reference", 120)
    note = Text("Note", 300)
    accept = HiddenField()
    """The amount, in minor units, that was accepted as more than is due."""

    def prepare(self, currency: str) -> PaymentForm:
        """Read amounts in the invoice's currency."""
        self.amount.currency = currency
        return self


class ReverseForm(FlaskForm):
    """Why a payment is taken back."""

    reason = Text("Why", 300, required="Say why, for whoever reads the timeline later.")


class ResolveForm(FlaskForm):
    """What was done about money that did not fit."""

    resolution = Text("What was done", 300, required="Say what was done, for whoever asks later.")


class ApplyForm(FlaskForm):
    """Which invoice the rest of a payment settles."""

    invoice = Choice("Invoice", choices=[], sentence="Choose one of the open invoices.")


class KeysForm(FlaskForm):
    """Paystack's keys. The secret is never shown again; left empty, the one that is kept stays."""

    secret_key = Password("Secret key", 200, required=False)
    public_key = Text("Public key", 200)
    version = Version()

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Keys are pasted, often with a space at the end."""
        self.secret_key.data = (self.secret_key.data or "").strip()
        return bool(super().validate(*args, **kwargs))
