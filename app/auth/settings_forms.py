"""What people type about their business: who it is, and how its documents count, date and round."""

from __future__ import annotations

import re
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Form, FormField
from wtforms.widgets import ColorInput

from app.auth.rules import ROLES
from app.errors import Invalid
from app.invoices.rules.numbers import check_pattern
from app.web import choices
from app.web.fields import Choice, Email, LongText, Phone, Pick, Refused, Rows, Text, Version, Whole

_COLOUR = re.compile(r"#[0-9a-f]{6}")
BANK_ROWS = 8


class Colour(Text):
    """A colour as `#rrggbb`, in lower case."""

    widget = ColorInput()

    def __init__(self, label: str = "Colour", **kwargs: Any) -> None:
        super().__init__(label, 7, required="Choose a colour.", **kwargs)

    def read(self, text: str, form: Form) -> str:
        if not _COLOUR.fullmatch(text.lower()):
            raise Refused("A colour is a # and six digits or letters from a to f, like #0d5960.")
        return text.lower()


class NumberPattern(Text):
    """How numbers of documents look; whether they start again each year is the field `number_yearly`."""

    def __init__(self, label: str = "Number pattern", **kwargs: Any) -> None:
        super().__init__(label, 32, required="Numbers need a pattern such as INV-{YYYY}-{0000}.", **kwargs)

    def read(self, text: str, form: Form) -> str:
        try:
            return check_pattern(text, bool(form._fields["number_yearly"].data))
        except Invalid as error:
            raise Refused(str(error)) from error


class BankRow(Form):
    """One line of the bank details as printed."""

    label = Text("Name", 40)
    value = Text("Value", 120)


class SettingsForm(FlaskForm):
    """A part of the settings, with the version it was opened with."""

    version = Version()

    def values(self) -> dict[str, Any]:
        """Columns of the business and their clean values."""
        return {name: value for name, value in self.data.items() if name not in ("csrf_token", "version")}


class BusinessForm(SettingsForm):
    """Who the business is and what its documents show."""

    name = Text("Business name", required="Enter the name of your business.")
    legal_name = Text("Legal name")
    tax_id = Text("Tax number", 64)
    email = Email("E-mail")
    phone = Phone("Phone", country="country")
    address = LongText("Address", 500)
    country = Choice("Country", choices.countries, sentence="Choose a country from the list.")
    colour = Colour()
    paper = Pick("Paper", [("a4", "A4"), ("letter", "US Letter")], sentence="Choose a paper size.")
    bank_details = Rows(FormField(BankRow), label="Bank details", max_entries=BANK_ROWS)
    footer = LongText("Footer", 500)

    def values(self) -> dict[str, Any]:
        rows = [row for row in self.bank_details.data if row["label"] or row["value"]]
        return {**super().values(), "bank_details": [{"label": r["label"], "value": r["value"]} for r in rows]}

    def make_room(self) -> None:
        """Empty rows below the filled ones, so that there is always one to type in, and no more of them each time."""
        free = sum(not (row.form.label.data or row.form.value.data) for row in self.bank_details)
        missing = max(3 - len(self.bank_details), 0 if free else 1)
        for _ in range(min(missing, BANK_ROWS - len(self.bank_details))):
            self.bank_details.append_entry()


class DocumentsForm(SettingsForm):
    """Numbers, dates, money and tax on documents made from now on."""

    number_pattern = NumberPattern()
    credit_note_pattern = NumberPattern("Number pattern of credit notes")
    number_yearly = BooleanField("Start again at 1 each year")
    currency = Choice("Usual currency", choices.currencies, sentence="Choose a currency from the list.")
    terms_days = Whole("Days to pay", minimum=0, maximum=365, required="Enter a number of days, 0 for at once.")
    timezone = Choice("Time zone", choices.timezones, sentence="Choose a time zone from the list.")
    language = Choice("Language of dates and figures", choices.LANGUAGES, sentence="Choose a language from the list.")
    tax_rounding = Pick("Round tax", [("line", "Per line"), ("document", "Per document")])
    prices_include_tax = BooleanField("Prices include tax")
    apply_credit = BooleanField("Use a client's credit for new invoices by itself")


class LogoForm(FlaskForm):
    """A picture to show on documents."""

    logo = FileField("Logo")


class InviteForm(FlaskForm):
    """Whom to invite, and as what."""

    email = Email("E-mail", required=True)
    role = Choice("Role", [(role, role.capitalize()) for role in ROLES], default="staff", sentence="Choose a role.")


class RoleForm(FlaskForm):
    """Another role for a member."""

    role = Choice("Role", [(role, role.capitalize()) for role in ROLES], sentence="Choose a role.")
