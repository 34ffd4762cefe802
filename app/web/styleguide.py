"""The style guide of development: every part that pages are made of, in both colour schemes. Never in production."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FileField, Form

from app import clock
from app.money import Money
from app.web.access import public
from app.web.fields import Amount, Choice, Day, Email, LongText, Password, Phone, Pick, Text, Version
from app.web.filters import TIMEZONE
from app.web.icons import FOLDER
from app.web.stale import differences
from app.web.styleguide_samples import samples
from config import Config

blueprint = Blueprint("styleguide", __name__, url_prefix="/dev/styleguide")


class Sample(Form):
    """One field of each kind."""

    name = Text("Business name", required="Enter the name of the business.")
    tax_id = Text("Tax number", required="Eight digits, a dash, four digits.")
    email = Email("E-mail")
    phone = Phone("Phone")
    price = Amount("Price", "NGN")
    terms = Choice("Terms", [("14", "14 days"), ("30", "30 days")])
    due = Day("Due date")
    notes = LongText("Note to the client")
    password = Password("Password")
    logo = FileField("Logo")
    rounding = Pick("Round taxes", [("line", "Per line"), ("document", "Per document")])
    yearly = BooleanField("Start again each year")
    reminders = BooleanField("Send reminders")
    version = Version()


TYPED = {
    "name": "Zuri Textiles", "tax_id": "", "email": "accounts@zuri", "phone": "+234 803 555 0199", "price": "12500.00",
    "terms": "14", "due": "2026-12-05", "notes": "Thank you.", "rounding": "line", "yearly": "y", "reminders": "y",
    "version": "3",
}  # fmt: skip
SAVED = {**TYPED, "name": "Zuri Textiles Ltd", "tax_id": "2041-0001", "email": "accounts@zuri.example"}


def mount(app: Flask, config: Config) -> None:
    """Serve the style guide, except in production."""
    if not config.production:
        app.register_blueprint(blueprint)


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    """Everything, once light and once dark."""
    sheets = [_sheet(scheme) for scheme in ("light", "dark")]
    icons = sorted(path.stem for path in FOLDER.glob("*.svg"))
    return render_template("dev/styleguide.html", sheets=sheets, icons=icons)


def _sheet(scheme: str) -> dict[str, Any]:
    """What the parts of one colour scheme show. Ids must differ, so each has forms of its own."""
    refused = Sample(MultiDict({f"{scheme}-{name}": value for name, value in TYPED.items()}), prefix=f"{scheme}-")
    refused.validate()
    return {
        "scheme": scheme,
        "refused": refused,
        "plain": Sample(prefix=f"{scheme}-plain-"),
        "differences": differences(Sample(MultiDict(TYPED)), Sample(MultiDict(SAVED))),
        "me": _somebody(),
        "now": clock.now(),
        "today": clock.today(TIMEZONE),
        "naira": Money(73_625_000, "NGN"),
        "euro": Money(-184_000, "EUR"),
        "shilling": Money(6_148_000, "KES"),
        "yen": Money(125_000, "JPY"),
        **samples(scheme, clock.today(TIMEZONE)),
    }


def _somebody() -> SimpleNamespace:
    """Somebody who works for two businesses."""
    return SimpleNamespace(
        email="tolu@harmattan.example",
        business_id="one",
        memberships=[("one", "Harmattan Fibre Networks"), ("two", "Savannah Coffee Roasters")],
    )
