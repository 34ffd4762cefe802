"""What staff type about money that came in or went back, about credit, and their account with a payment company."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Form, FormField, HiddenField

from app.invoices.printing import METHOD_WORDS
from app.web.fields import Amount, Choice, Day, ExchangeRate, Id, Password, Pick, Rows, Text, Version

METHODS = [(name, METHOD_WORDS[name]) for name in ("transfer", "cash", "card_terminal", "mobile_money", "cheque")]
METHODS.append(("other", "Another way"))
THROUGH = "through:"
MOST_AT_ONCE = 200
"""Invoices that one payment can be spread over."""
ALL_METHODS = [("gateway", METHOD_WORDS["gateway"]), *METHODS]


class PaymentForm(FlaskForm):
    """Money for an invoice. `payment_id` is made with the form, so that sending it twice books once."""

    payment_id = Id(required=True)
    invoice = Id(required=True)
    amount = Amount("Amount", positive=True, required=True)
    method = Choice("How it was paid", choices=METHODS, sentence="Choose how it was paid.")
    received_on = Day("Received on", required=True)
    rate = ExchangeRate("Exchange rate")
    reference = Text("Reference", 120)
    note = Text("Note", 300)
    accept = HiddenField()
    """What was asked about and accepted: the amount in minor units, and the day where that looked wrong."""

    def prepare(self, currency: str) -> PaymentForm:
        """Read amounts in the invoice's currency."""
        self.amount.currency = currency
        return self


class PayForm(PaymentForm):
    """The same, where an amount that is left out is all that the invoice still needs."""

    amount = Amount("Amount", positive=True)


class ReverseForm(FlaskForm):
    """Why a payment is taken back."""

    reason = Text("Why", 300, required="Say why, for whoever reads the timeline later.")


class ResolveForm(FlaskForm):
    """What was done about money that did not fit."""

    resolution = Text("What was done", 300, required="Say what was done, for whoever asks later.")


class MatchForm(FlaskForm):
    """Whom held money belongs to: "invoice:" or "client:" and an id. `q` is what was looked for."""

    target = Text("Match to", 48, required="Choose an invoice or a client.")
    q = Text("Search", 200)

    def chosen(self) -> tuple[str, uuid.UUID] | None:
        """The kind and the id; None, with a sentence beside the field, for anything else."""
        kind, _, text = str(self.target.data or "").partition(":")
        try:
            if kind not in ("invoice", "client") or len(text) != 36:
                raise ValueError
            return kind, uuid.UUID(text)
        except ValueError:
            self.target.errors = ["Choose an invoice or a client from the list."]
            return None


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


class CardsForm(FlaskForm):
    """When cards that customers let the business keep are charged."""

    charge_cards = Pick(
        "Charge saved cards",
        [("off", "Never"), ("due", "On the due date"), ("issue", "When the invoice is issued")],
        sentence="Choose when saved cards are charged.",
    )
    version = Version()


class CreditRow(Form):
    """How much of one line of an invoice is credited, tax included."""

    line = Id(required=True)
    amount = Amount("Amount to credit")


class CreditForm(FlaskForm):
    """What of an invoice is credited. `note_id` is made with the form, so that sending it twice credits once."""

    note_id = Id(required=True)
    reason = Text("Why", 300, required="Say why: it is printed on the credit note.")
    use = Pick(
        "What the credit is for",
        [("settle", "Lower what is due on this invoice first"), ("keep", "Keep all of it as credit")],
        sentence="Choose what the credit is for.",
    )
    lines = Rows(FormField(CreditRow), label="Lines", max_entries=500)

    def prepare(self, currency: str) -> CreditForm:
        """Read amounts in the invoice's currency."""
        for entry in self.lines:
            entry.form.amount.currency = currency
        return self

    def amounts(self) -> dict[uuid.UUID, int]:
        """{line id: minor units}, lines without an amount left out."""
        rows = [entry.form for entry in self.lines]
        return {row.line.data: row.amount.data.minor for row in rows if row.amount.data and row.amount.data.minor}


class RefundForm(FlaskForm):
    """Money given back. `refund_id` is made with the form, so that sending it twice books once."""

    refund_id = Id(required=True)
    amount = Amount("Amount", positive=True, required=True)
    method = Choice("How it was given back", choices=METHODS, sentence="Choose how it was given back.")
    on_date = Day("Given back on", required=True)
    reference = Text("Reference", 120)
    reason = Text("Why", 300, required="Say why, for whoever reads the timeline later.")

    def prepare(self, currency: str) -> RefundForm:
        """Read amounts in the currency of the money."""
        self.amount.currency = currency
        return self

    def offer(self, ways: Sequence[tuple[uuid.UUID, str]]) -> RefundForm:
        """Payments over which a payment company can give it back: (payment, words), the first of them chosen."""
        self.method.choices = [*((THROUGH + str(id), words) for id, words in ways), *METHODS]
        return self

    def through(self) -> uuid.UUID | None:
        """The payment over which it goes back, None when it was given back by hand."""
        chosen = str(self.method.data or "")
        return uuid.UUID(chosen.removeprefix(THROUGH)) if chosen.startswith(THROUGH) else None


class ShareRow(Form):
    """How much of a payment one invoice gets."""

    invoice = Id(required=True)
    amount = Amount("For this invoice")


class ManyForm(FlaskForm):
    """Money for many invoices of a client; without amounts beside the invoices, the oldest are settled first."""

    payment_id = Id(required=True)
    client = Id(required=True)
    currency = Text("Currency", 3, required=True)
    amount = Amount("Amount", positive=True, required=True)
    method = Choice("How it was paid", choices=METHODS, sentence="Choose how it was paid.")
    received_on = Day("Received on", required=True)
    rate = ExchangeRate("Exchange rate")
    reference = Text("Reference", 120)
    note = Text("Note", 300)
    accept = HiddenField()
    shares = Rows(FormField(ShareRow), label="Invoices", max_entries=MOST_AT_ONCE)

    def prepare(self, currency: str) -> ManyForm:
        """Read amounts in one currency."""
        for row in [self, *(entry.form for entry in self.shares)]:
            row.amount.currency = currency
        return self

    def spread(self) -> dict[uuid.UUID, int]:
        """{invoice id: minor units} as typed; empty when nothing is typed beside an invoice."""
        rows = [entry.form for entry in self.shares]
        return {row.invoice.data: row.amount.data.minor for row in rows if row.amount.data and row.amount.data.minor}
