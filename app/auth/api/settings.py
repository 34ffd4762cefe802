"""Settings of the business: who it is, and how its documents count, date and round."""

from __future__ import annotations

import uuid
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.auth import queries
from app.auth.api import business
from app.auth.service.business import change_settings as change
from app.auth.settings_forms import BANK_ROWS, BusinessForm, DocumentsForm, SettingsForm
from app.errors import Invalid
from app.web.access import actor
from app.web.api import Currency, In, Out, filled, operation, told
from app.web.api import version_asked_for as meant


class BankRowIn(In):
    """One line of the bank details as printed."""

    label: str = Field("", max_length=40, examples=["Account number"])
    value: str = Field("", max_length=120)


class SettingsChange(In):
    """What is to be different; what is left out stays. `bank_details` replace those that are there."""

    name: str = Field("", min_length=1, max_length=200)
    legal_name: str = Field("", max_length=200)
    tax_id: str = Field("", max_length=64)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=40)
    address: str = Field("", max_length=500)
    country: str = Field("", min_length=2, max_length=2, description="ISO 3166, two letters.")
    colour: str = Field("", min_length=7, max_length=7, examples=["#0d5960"])
    paper: Literal["a4", "letter"] = "a4"
    bank_details: list[BankRowIn] = Field([], max_length=BANK_ROWS)
    footer: str = Field("", max_length=500)
    number_pattern: str = Field("", min_length=1, max_length=32, examples=["INV-{YYYY}-{0000}"])
    credit_note_pattern: str = Field("", min_length=1, max_length=32)
    number_yearly: bool = True
    currency: Currency = Field("", min_length=3, description="ISO 4217.")
    terms_days: int = Field(14, ge=0, le=365)
    timezone: str = Field("", min_length=1, max_length=64, examples=["Africa/Lagos"])
    language: str = Field("", min_length=2, max_length=16)
    tax_rounding: Literal["line", "document"] = "line"
    prices_include_tax: bool = False
    apply_credit: bool = Field(False, description="Whether a customer's credit settles new invoices by itself.")


class BankRowOut(Out):
    label: str
    value: str


class SettingsOut(Out):
    """The business as documents made from now on show it."""

    id: uuid.UUID
    name: str
    legal_name: str
    tax_id: str
    email: str
    phone: str
    address: str
    country: str
    colour: str
    paper: Literal["a4", "letter"]
    bank_details: list[BankRowOut]
    footer: str
    number_pattern: str
    credit_note_pattern: str
    number_yearly: bool
    currency: str
    terms_days: int
    timezone: str
    language: str
    tax_rounding: Literal["line", "document"]
    prices_include_tax: bool
    apply_credit: bool
    version: int


SETTINGS = {
    "id": "01936f4e-7c00-7000-8000-000000000001",
    "name": "Harmattan Fibre",
    "legal_name": "Harmattan Fibre Ltd",
    "tax_id": "20456789-0001",
    "email": "billing@harmattan.example",
    "phone": "+2348031234567",
    "address": "12 Awolowo Road, Ikoyi, Lagos",
    "country": "NG",
    "colour": "#0d5960",
    "paper": "a4",
    "bank_details": [{"label": "Bank", "value": "GTBank"}],
    "footer": "",
    "number_pattern": "INV-{YYYY}-{0000}",
    "credit_note_pattern": "CN-{YYYY}-{0000}",
    "number_yearly": True,
    "currency": "NGN",
    "terms_days": 14,
    "timezone": "Africa/Lagos",
    "language": "en",
    "tax_rounding": "line",
    "prices_include_tax": False,
    "apply_credit": False,
    "version": 3,
}
_FIELDS = tuple(SettingsChange.model_fields)


def _read() -> dict[str, Any]:
    found = queries.get_business(current_user.business_id)
    return {"id": str(found.id), **{name: getattr(found, name) for name in (*_FIELDS, "version")}}


@business.get("/settings/")
@operation("Read the settings", role="viewer", scope="settings:read", gives=SettingsOut, example=SETTINGS)
def read_settings() -> Response:
    """Of the business that the token is for."""
    return told(_read())


@business.patch("/settings/")
@operation(
    "Change the settings",
    role="admin",
    scope="settings:write",
    takes=SettingsChange,
    gives=SettingsOut,
    example=SETTINGS,
    takes_example={"terms_days": 14},
    versioned=_read,
)
def change_settings(body: SettingsChange) -> Response:
    """What is left out stays as it is. Documents that were issued keep what they had."""
    present = _read()
    version = meant(present.pop("version"))
    values = _values({**present, **body.model_dump(include=set(body.model_fields_set))})
    change(actor(), {name: values[name] for name in body.model_fields_set}, version, clock.now())
    return told(_read(), "Saved")


def _values(words: dict[str, Any]) -> dict[str, Any]:
    """What people would type on both pages of settings, checked as there. Raises Invalid."""
    found: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    forms: tuple[type[SettingsForm], ...] = (BusinessForm, DocumentsForm)
    for form in forms:
        try:
            found |= filled(form, words).values()
        except Invalid as error:
            wrong |= error.errors
    if wrong:
        raise Invalid(wrong)
    return found
