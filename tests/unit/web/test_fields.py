"""What a person typed: cleaned the same for both databases, refused in a sentence, shown again as it was."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.widgets import Select

from app.errors import Invalid
from app.money import Money
from app.web import fields

ID = uuid.UUID("0198b0c4-7d5e-7c11-8000-000000000001")


class Typed(Form):
    text = fields.Text("Text", 20, required="Say something.")
    long = fields.LongText("Long", 40)
    email = fields.Email()
    country = fields.Choice("Country", [("NG", "Nigeria"), ("DE", "Germany")], default="NG")
    phone = fields.Phone(country="country")
    currency = fields.Choice("Currency", [("NGN", "NGN"), ("JPY", "JPY")], default="NGN")
    amount = fields.Amount()
    quantity = fields.Number("Quantity")
    rate = fields.Percent("Rate")
    days = fields.Whole("Days", maximum=365)
    day = fields.Day()
    id = fields.Id()
    ids = fields.IdList()
    version = fields.Version()
    password = fields.Password(required=False)


def fill(**typed: str) -> Typed:
    return Typed(MultiDict({"text": "x", "country": "NG", "currency": "NGN", **typed}))


@pytest.mark.parametrize(
    "name, typed, value",
    [
        ("text", "  Ọláìyá  ", "Ọláìyá"),
        ("text", "Jose\u0301", "Jos\u00e9"),
        ("text", "\u200eعلي", "\u200eعلي"),
        ("long", "one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("email", " Ada@Example.COM ", "Ada@example.com"),
        ("email", "", ""),
        ("phone", "0803 123 4567", "+2348031234567"),
        ("phone", "+49 30 1234567", "+49301234567"),
        ("phone", "٠٨٠٣١٢٣٤٥٦٧", "+2348031234567"),
        ("amount", "1,250.00", Money(125000, "NGN")),
        ("amount", "", None),
        ("quantity", "2.5", Decimal("2.5")),
        ("rate", "7.5 %", Decimal("7.5")),
        ("days", "14", 14),
        ("day", "2026-11-20", date(2026, 11, 20)),
        ("day", "2024-02-29", date(2024, 2, 29)),
        ("id", str(ID), ID),
        ("version", "3", 3),
        ("version", "three", 0),
        ("password", "  keep my spaces ", "  keep my spaces "),
    ],
)
def test_what_was_typed_becomes_a_clean_value(name: str, typed: str, value: Any) -> None:
    form = fill(**{name: typed})
    assert form.validate(), form.errors
    assert form[name].data == value


@pytest.mark.parametrize(
    "name, typed",
    [
        ("text", "a\x00b"), ("text", "a\x1bb"), ("text", "a\nb"), ("text", "a\u2028b"), ("text", "a\x85b"),
        ("text", "\ud800"), ("text", "x" * 21), ("text", "x" * 10_000), ("text", "   "),
        ("long", "a\x00b"), ("long", "x" * 41),
        ("email", "ada"), ("email", "ada@"), ("email", "a b@example.com"),
        ("email", "a@example.com\nBcc: b@example.com"),
        ("email", "x" * 300 + "@example.com"),
        ("phone", "123"), ("phone", "call me"), ("phone", "0803 123 4567 ext 9"), ("phone", "9" * 30),
        ("amount", "-1"), ("amount", "NaN"), ("amount", "Infinity"), ("amount", "1e999"), ("amount", "1_000"),
        ("amount", "١٢٣"), ("amount", "9" * 30), ("amount", "1.005"), ("amount", "1,25"),
        ("quantity", "1.1234567"), ("quantity", "9" * 13), ("quantity", "-1"), ("quantity", "0x10"),
        ("rate", "100.01"), ("rate", "-1"), ("rate", "seven"),
        ("days", "366"), ("days", "1.5"), ("days", "٣"),
        ("day", "9999-01-01"), ("day", "1989-12-31"), ("day", "2200-01-01"), ("day", "2026-02-30"),
        ("day", "20.11.2026"),
        ("day", "٢٠٢٦-١١-٢٠"), ("day", "2026-W47-5"), ("day", "0000-00-00"),
        ("id", "1"), ("id", "../../etc"), ("id", "x" * 36),
        ("ids", "not an id"),
        ("country", "XX"), ("country", "\x00"),
        ("password", "x" * 201),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_one_sentence_and_kept(name: str, typed: str) -> None:
    form = fill(**{name: typed})
    assert not form.validate()
    assert list(form.errors) == [name]
    assert len(form.errors[name]) == 1
    assert form.errors[name][0].endswith(".")
    if name not in ("password", "ids", "country"):
        assert form[name]._value() == typed


def test_an_amount_is_read_in_the_currency_of_the_form() -> None:
    form = fill(currency="JPY", amount="1250")
    assert form.validate()
    assert form.amount.data == Money(1250, "JPY")
    assert not fill(currency="JPY", amount="12.50").validate()


def test_an_unknown_currency_is_refused_beside_the_currency_too_and_never_fails() -> None:
    form = fill(currency="XXX1", amount="1")
    assert not form.validate()
    assert "currency" in form.errors


def test_what_is_required_says_its_own_sentence() -> None:
    form = fill(text="")
    assert not form.validate()
    assert form.errors == {"text": ["Say something."]}


def test_a_stored_value_stands_in_the_field() -> None:
    form = Typed(data={"amount": Money(125050, "NGN"), "quantity": Decimal("0.000001"), "day": date(2026, 11, 20)})
    assert [form[name]._value() for name in ("amount", "quantity", "day")] == ["1250.50", "0.000001", "2026-11-20"]


def test_ids_come_once_each_and_are_limited() -> None:
    form = Typed(MultiDict([("text", "x"), ("ids", str(ID)), ("ids", str(ID))]))
    assert form.validate(), form.errors
    assert form.ids.data == [ID]
    many = Typed(MultiDict([("text", "x"), *(("ids", str(uuid.UUID(int=n))) for n in range(51))]))
    assert not many.validate()


def test_a_refusal_of_the_service_stands_beside_its_field_and_others_on_top() -> None:
    form = fill()
    assert form.validate()
    fields.refuse(form, Invalid({"email": ["Another account has this address."], "nowhere": ["Odd."]}))
    assert form.errors["email"] == ["Another account has this address."]
    assert form.form_errors == ["Odd."]


def test_a_list_reads_as_wtforms_writes_it_whatever_its_words_are() -> None:
    class Odd(Form):
        one = fields.Choice(choices=[("", ""), ('a"b', "<i>'x'</i> & y"), ("true", "Yes"), ("NG", "Nigéria")])

    for chosen in ("", 'a"b', "NG", "elsewhere"):
        field = Odd(data={"one": chosen}).one
        assert field(class_="field") == Select()(field, class_="field")
        assert str(field()).count("selected") == (chosen != "elsewhere")
