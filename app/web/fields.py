"""Form fields that every room shares: what a person typed is cleaned once, refused in sentences, and never lost.

All of them strip, normalise to NFC and refuse control characters, so that both databases store the same. `data` is the
clean value after `validate()`; what is shown again is what was typed. `required` is False, True or the sentence to say.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from markupsafe import Markup, escape
from wtforms import (
    FieldList,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import DateInput, EmailInput, HiddenInput, Select, TelInput, TextArea

from app.errors import Invalid
from app.money import RATE_DIGITS, RATE_PLACES, Money, MoneyError, parse_amount, parse_decimal

FIRST_YEAR, LAST_YEAR = 1990, 2199
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Required = bool | str


class Refused(ValueError):
    """What was typed cannot be used; the message is the sentence beside the field."""


def clean(text: str, *, lines: bool = False) -> str:
    """Stripped and NFC-normalised text. Raises Refused for control characters; `lines` allows newlines and tabs."""
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", text.strip())
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") and not (lines and character in "\n\t"):
            raise Refused("There are characters in it that cannot be stored. Type it again instead of pasting it.")
    return text


def refuse(form: Form, error: Invalid) -> None:
    """Show a service's refusal beside the fields it names; what no field is called goes to the top of the form."""
    for name, sentences in error.errors.items():
        field = form._fields.get(name)
        if field is None:
            form.form_errors.extend(sentences)
        else:
            field.errors = [*field.errors, *sentences]
    if not error.errors:
        form.form_errors.append(str(error))


class Text(StringField):
    """One line of at most `max` characters; "" when it is left empty."""

    lines = False
    empty: Any = ""
    when_missing = "Fill this in."

    def __init__(self, label: str = "", max: int = 200, *, required: Required = False, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.max = max
        self.sentence = required if isinstance(required, str) else self.when_missing
        self.flags.maxlength = max
        if required:
            self.flags.required = True
        self.text = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.text = str(valuelist[0])

    def pre_validate(self, form: Form) -> None:
        """Turn what was typed into `data`; a refusal ends the checks of this field."""
        if not self.raw_data and self.data not in (None, ""):
            return
        try:
            text = clean(self.text, lines=self.lines)
            if len(text) > self.max:
                raise Refused(f"Use at most {self.max:,} characters; these are {len(text):,}.")
            if not text and self.flags.required:
                raise Refused(self.sentence)
            self.data = self.read(text, form) if text else self.empty
        except (Refused, MoneyError) as error:
            self.data = self.empty
            raise StopValidation(str(error)) from error

    def read(self, text: str, form: Form) -> Any:
        """The value of clean text that is not empty. Raises Refused or MoneyError."""
        return text

    def write(self, value: Any) -> str:
        """How a stored value stands in the field."""
        return str(value)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)


class LongText(Text):
    """Several lines of at most `max` characters."""

    widget = TextArea()
    lines = True

    def __init__(self, label: str = "", max: int = 2000, **kwargs: Any) -> None:
        super().__init__(label, max, **kwargs)


class Email(Text):
    """A mail address, its domain in lower case."""

    widget = EmailInput()
    when_missing = "Enter an e-mail address."

    def __init__(self, label: str = "E-mail", max: int = 254, **kwargs: Any) -> None:
        super().__init__(label, max, **kwargs)

    def read(self, text: str, form: Form) -> str:
        try:
            address = validate_email(text, check_deliverability=False).normalized
        except EmailNotValidError as error:
            raise Refused("This is not an e-mail address, like ada@example.com.") from error
        # Folding case, as for comparing, makes several letters of one.
        if len(address.casefold()) > self.max:
            raise Refused("This e-mail address is too long.")
        return address


EmailOptional = Email


class Phone(Text):
    """A telephone number, kept in E.164 (+2348031234567). `country` reads numbers typed without a country code:
    a code such as "NG", the name of a field of the form, or a function."""

    widget = TelInput()

    def __init__(self, label: str = "Phone", country: str | Callable[[], str] = "NG", **kwargs: Any) -> None:
        super().__init__(label, 40, **kwargs)
        self.country = country

    def read(self, text: str, form: Form) -> str:
        try:
            number = phonenumbers.parse(text, _told(self.country, form, "NG"))
        except phonenumbers.NumberParseException as error:
            raise Refused("This is not a phone number, like +234 803 123 4567.") from error
        if not phonenumbers.is_possible_number(number) or number.extension:
            raise Refused("This phone number is too short, too long or has an extension, unlike +234 803 123 4567.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Amount(Text):
    """An amount as Money, None when empty. `currency` is a code, the name of a field of the form, or a function."""

    empty = None
    when_missing = "Enter an amount."

    def __init__(
        self,
        label: str = "Amount",
        currency: str | Callable[[], str] = "currency",
        *,
        positive: bool = False,
        negative: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("render_kw", {"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label, 64, **kwargs)
        self.currency, self.positive, self.negative = currency, positive, negative

    def read(self, text: str, form: Form) -> Money:
        amount = parse_amount(text, _told(self.currency, form, ""), allow_negative=self.negative)
        if self.positive and amount.minor <= 0:
            raise Refused("Enter an amount above zero.")
        return amount

    def write(self, value: Any) -> str:
        return f"{value.decimal:f}" if isinstance(value, Money) else str(value)


class Number(Text):
    """A quantity, unit price or rate as Decimal, None when empty; bounds are inclusive."""

    empty = None
    when_missing = "Enter a number."

    def __init__(
        self,
        label: str = "",
        *,
        places: int = 6,
        digits: int = 12,
        minimum: Decimal | int | None = None,
        maximum: Decimal | int | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("render_kw", {"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label, 64, **kwargs)
        self.places, self.digits, self.minimum, self.maximum = places, digits, minimum, maximum

    def read(self, text: str, form: Form) -> Any:
        return parse_decimal(text, self.places, self.digits, self.minimum, self.maximum)

    def write(self, value: Any) -> str:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)


class Percent(Number):
    """A percentage from 0 to `maximum`, a % sign allowed behind it; as Decimal, in percent."""

    def __init__(self, label: str = "", *, places: int = 4, maximum: Decimal | int = 100, **kwargs: Any) -> None:
        super().__init__(label, places=places, digits=3, minimum=0, maximum=maximum, **kwargs)

    def read(self, text: str, form: Form) -> Any:
        return super().read(text.removesuffix("%").strip(), form)


class ExchangeRate(Number):
    """What one unit of a currency is worth in another, above zero; as Decimal, None when empty."""

    when_missing = "Enter a rate."

    def __init__(self, label: str = "Rate", **kwargs: Any) -> None:
        super().__init__(label, places=RATE_PLACES, digits=RATE_DIGITS, **kwargs)

    def read(self, text: str, form: Form) -> Any:
        rate = super().read(text, form)
        if not rate:
            raise Refused("Enter a rate above zero.")
        return rate


class Whole(Number):
    """A whole number as int, None when empty; bounds are inclusive."""

    def __init__(self, label: str = "", *, minimum: int = 0, maximum: int = 10**9, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"inputmode": "numeric", "autocomplete": "off"})
        # However many digits there are, what is said is how large it may be.
        super().__init__(label, places=0, digits=64, minimum=minimum, maximum=maximum, **kwargs)

    def read(self, text: str, form: Form) -> int:
        return int(super().read(text, form))


class Day(Text):
    """A date from 1990 to 2199, None when empty."""

    widget = DateInput()
    empty = None
    when_missing = "Enter a date."

    def __init__(self, label: str = "Date", **kwargs: Any) -> None:
        super().__init__(label, 20, **kwargs)

    def read(self, text: str, form: Form) -> date:
        if not _DAY.fullmatch(text):
            raise Refused("Enter a date as year-month-day, like 2026-11-20.")
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise Refused("There is no such date. Enter one as year-month-day, like 2026-11-20.") from error
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise Refused(f"Enter a date from {FIRST_YEAR} to {LAST_YEAR}.")
        return day

    def write(self, value: Any) -> str:
        return value.isoformat() if isinstance(value, date) else str(value)


class Id(Text):
    """The id of an object as UUID, None when empty; whose it is and whether it exists is the service's question."""

    widget = HiddenInput()
    empty = None

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, 36, **kwargs)

    def read(self, text: str, form: Form) -> uuid.UUID:
        return _uuid(text)


class IdList(SelectMultipleField):
    """Several ids as UUIDs, none twice. `choices` (id, name) are for showing; the service decides which exist."""

    validate_choice = False

    def __init__(self, label: str = "", *, limit: int = 50, **kwargs: Any) -> None:
        kwargs.setdefault("choices", [])
        super().__init__(label, coerce=str, validate_choice=False, **kwargs)
        self.limit = limit

    def pre_validate(self, form: Form) -> None:
        try:
            found = dict.fromkeys(_uuid(str(one)) for one in self.data or [] if one)
        except Refused as error:
            raise StopValidation(str(error)) from error
        if len(found) > self.limit:
            raise StopValidation(f"Choose at most {self.limit}.")
        self.data = list(found)


class Rows(FieldList):
    """Forms below each other, counted as our pages count: WTForms fails on digits of other scripts."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        for name in formdata:
            index = name[len(prefix) + 1 :].split("-", 1)[0] if name.startswith(prefix + "-") else ""
            if index.isascii() and index.isdigit() and len(index) < 6:
                yield int(index)


class Version(HiddenField):
    """The version a form was opened with; a form without one is refused as stale by the service (0)."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class Password(PasswordField):
    """A secret as typed (never stripped, only NFC-normalised), never shown again; at most `max` characters."""

    def __init__(self, label: str = "Password", max: int = 200, *, required: Required = True, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.max, self.needed = max, required
        if required:
            self.flags.required = True

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = unicodedata.normalize("NFC", str(valuelist[0])) if valuelist else ""

    def pre_validate(self, form: Form) -> None:
        self.data = self.data or ""
        if not self.data and self.needed:
            raise StopValidation(self.needed if isinstance(self.needed, str) else "Enter a password.")
        if len(self.data) > self.max:
            raise StopValidation(f"Use at most {self.max} characters.")


class _Chosen:
    data: Any
    choices: Any
    coerce: Callable[[Any], Any]
    sentence: str

    def pre_validate(self, form: Form) -> None:
        # Not `iter_choices`: of a hundred and fifty currencies it makes three hundred objects to compare one.
        if not any(self.coerce(value) == self.data for value, *_ in self.choices or ()):
            raise StopValidation(self.sentence)


class _Options(Select):
    """Writes options as WTForms does, in a quarter of its time: a form lists every country, currency and time zone."""

    @classmethod
    def render_option(cls, choice: Any, **kwargs: Any) -> Markup:
        if kwargs or choice.render_kw or isinstance(choice.value, bool):
            return super().render_option(choice, **kwargs)
        selected = "selected " if choice.selected else ""
        label = escape(choice.label or choice.value)
        return Markup(f'<option {selected}value="{escape(choice.value)}">{label}</option>')  # noqa: S704 (all escaped)


class Choice(_Chosen, SelectField):
    """One of a list. `choices` is (value, text) pairs or a function; anything else is refused in a sentence."""

    widget = _Options()

    def __init__(self, label: str = "", choices: Any = None, *, sentence: str = "Choose one.", **kwargs: Any) -> None:
        super().__init__(label, choices=_offered(choices), coerce=_one_line, **kwargs)
        self.type, self.sentence = "SelectField", sentence


class Pick(_Chosen, RadioField):
    """One of a few, all of them visible (radio buttons)."""

    def __init__(self, label: str = "", choices: Any = None, *, sentence: str = "Choose one.", **kwargs: Any) -> None:
        super().__init__(label, choices=_offered(choices), coerce=_one_line, **kwargs)
        self.type, self.sentence = "RadioField", sentence


def _offered(choices: Any) -> Any:
    """Pairs of (value, text) as WTForms wants them; functions and nothing stay as they are."""
    if choices is None or callable(choices):
        return choices
    return [SelectChoice(value, text) for value, text in choices]


def _one_line(value: Any) -> str:
    return "" if value is None else str(value)


def _uuid(text: str) -> uuid.UUID:
    try:
        if len(text) != 36:
            raise ValueError
        return uuid.UUID(text)
    except ValueError as error:
        raise Refused("This is not something that can be chosen here. Choose again.") from error


def _told(setting: str | Callable[[], str], form: Form, default: str) -> str:
    if callable(setting):
        return setting() or default
    field = form._fields.get(setting)
    return str((field.data if field is not None else setting) or default)
