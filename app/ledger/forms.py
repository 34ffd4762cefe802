"""What staff type about exchange rates."""

from __future__ import annotations

from flask_wtf import FlaskForm

from app.web import choices
from app.web.fields import Choice, Day, ExchangeRate


class RateForm(FlaskForm):
    """What one unit of a currency is worth from a day on."""

    currency = Choice("Currency", choices.currencies, sentence="Choose a currency from the list.")
    rate = ExchangeRate("One unit is worth", required="Enter what one unit is worth.")
    valid_from = Day("Valid from", required="Enter the day from which it holds.")


class CorrectionForm(FlaskForm):
    """What it should have been."""

    rate = ExchangeRate("One unit is worth", required="Enter what one unit is worth.")
