"""What a customer types: an amount when they pay a part, an address when we have none."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField

from app.web.fields import Amount, Choice, Day, Email


class PayForm(FlaskForm):
    """The whole balance, or the part that `amount` says; `what` tells which button it was."""

    what = Choice("What", choices=[("whole", "All of it"), ("part", "A part of it")], default="whole")
    amount = Amount("Amount", positive=True)
    email = Email("Your e-mail, for the receipt")
    keep_card = BooleanField("Keep this card")

    def prepare(self, currency: str, asks_email: bool, asks_consent: bool = False) -> PayForm:
        """Fit the form to an invoice's currency, to what is known about the client, and to what is offered."""
        self.amount.currency = currency
        if not asks_consent:
            del self.keep_card
        if asks_email:
            self.email.flags.required = True
        else:
            del self.email
        if self.what.data == "part":
            self.amount.flags.required = True
        else:
            del self.amount
        return self


class PromiseForm(FlaskForm):
    """By when they will pay, and how much of it if not all."""

    until = Day("I will pay by", required="Choose the day you will pay by.")
    amount = Amount("Amount, if it is a part", positive=True)
