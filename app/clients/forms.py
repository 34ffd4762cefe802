"""What people type about clients."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList, Form, FormField
from wtforms.validators import ValidationError

from app.clients.models import Client, Contact
from app.clients.rules import (
    LONGEST_TAG,
    LONGEST_TERMS,
    MOST_CONTACTS,
    MOST_TAGS,
    ClientValues,
    ContactValues,
    split_tags,
)
from app.web import choices
from app.web.fields import Choice, Email, LongText, Phone, Pick, Text, Version, Whole

_ROW = re.compile(r"contacts-[0-9]{1,3}-[a-z_]+")
KINDS = [("company", "Company"), ("person", "Person")]


def countries() -> list[tuple[str, str]]:
    """Every country, and none."""
    return [("", "Not said"), *choices.countries()]


def currencies() -> list[tuple[str, str]]:
    """Every currency, and the business's own."""
    return [("", "As the business"), *choices.currencies()]


def languages() -> list[tuple[str, str]]:
    """Every language, and the business's own."""
    return [("", "As the business"), *choices.LANGUAGES]


class Tags(Text):
    """Words between commas; `data` is a tuple."""

    empty: Any = ()

    def read(self, text: str, form: Form) -> tuple[str, ...]:
        return split_tags(text)

    def write(self, value: Any) -> str:
        return ", ".join(value)


class ContactForm(Form):
    """One person at a client."""

    name = Text("Name", 200)
    email = Email("E-mail")
    phone = Phone("Phone")
    gets_documents = BooleanField("Gets invoices", default=True)

    def values(self) -> ContactValues:
        """What was typed."""
        kept = (self.name.data, self.email.data, self.phone.data)
        return ContactValues(*kept, gets_documents=bool(self.gets_documents.data))


class ClientForm(FlaskForm):
    """A client with the people there."""

    kind = Pick("Kind", KINDS, default="company", sentence="Choose company or person.")
    name = Text("Name", 200, required="Enter the client's name.")
    email = Email("E-mail")
    phone = Phone("Phone")
    address = LongText("Billing address", 500)
    country = Choice("Country", countries, default="", sentence="Choose a country from the list.")
    tax_id = Text("Tax number", 64)
    currency = Choice("Currency", currencies, default="", sentence="Choose a currency from the list.")
    language = Choice("Language", languages, default="", sentence="Choose a language from the list.")
    terms_days = Whole("Payment terms", maximum=LONGEST_TERMS)
    tags = Tags("Tags", 500)
    notes = LongText("Notes", 4000)
    contacts = FieldList(FormField(ContactForm), "Contacts", min_entries=1)
    version = Version()

    def __init__(self, formdata: MultiDict[str, str] | None = None, region: str = "NG", **kwargs: Any) -> None:
        """`region` reads phone numbers without a country code when the client's country is not said."""
        super().__init__(formdata=_rows_with_numbers(formdata), **kwargs)
        self.region = region

    def validate(self, extra_validators: Any = None) -> bool:
        country = str(self.country.data or self.region)
        self.phone.country = country
        for entry in self.contacts:
            entry.form.phone.country = country
        return bool(super().validate(extra_validators))

    def validate_contacts(self, field: FieldList) -> None:
        if len(field.entries) > MOST_CONTACTS:
            raise ValidationError(f"Keep at most {MOST_CONTACTS} contacts for one client.")

    def validate_tags(self, field: Tags) -> None:
        if len(field.data or ()) > MOST_TAGS:
            raise ValidationError(f"Use at most {MOST_TAGS} tags.")
        if any(len(tag) > LONGEST_TAG for tag in field.data or ()):
            raise ValidationError(f"A tag has at most {LONGEST_TAG} characters; put commas between tags.")

    def values(self) -> ClientValues:
        """What was typed, after `validate()`."""
        plain = ("name", "kind", "email", "phone", "address", "country", "tax_id", "currency", "language")
        typed = {name: self[name].data for name in (*plain, "terms_days", "notes")}
        people = tuple(entry.form.values() for entry in self.contacts)
        return ClientValues(**typed, tags=self.tags.data or (), contacts=tuple(p for p in people if not p.empty))


class QuickForm(FlaskForm):
    """A client made while an invoice is written."""

    name = Text("Name", 200, required="Enter the client's name.")
    email = Email("E-mail")


def stored(client: Client, contacts: Sequence[Contact], tags: Sequence[str]) -> dict[str, Any]:
    """A client as the data of its form."""
    columns = ("kind", "name", "email", "phone", "address", "country", "tax_id", "currency", "language")
    people = [
        {"name": one.name, "email": one.email, "phone": one.phone, "gets_documents": one.gets_documents}
        for one in contacts
    ]
    rest = {"tags": tuple(tags), "contacts": people, "terms_days": client.terms_days, "notes": client.notes}
    return {name: getattr(client, name) for name in columns} | rest | {"version": client.version}


def _rows_with_numbers(formdata: MultiDict[str, str] | None) -> MultiDict[str, str] | None:
    """Only contact rows whose name we wrote ourselves: WTForms fails on digits of other scripts."""
    if formdata is None:
        return None
    pairs = formdata.items(multi=True)
    return MultiDict((name, value) for name, value in pairs if name[:8] != "contacts" or _ROW.fullmatch(name))
