"""The whole editor of an invoice as one form."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import BooleanField, Form, FormField

from app.errors import Invalid
from app.invoices.forms.lines import MAX_LINES, DiscountField, LineForm, LineList, line_data
from app.invoices.rules import MAX_TERM_DAYS, TERM_CHOICES, due_date, term_label
from app.invoices.values import DraftValues
from app.money import CURRENCIES, MoneyError, exponent
from app.web.choices import currencies
from app.web.fields import Choice, Day, ExchangeRate, Id, LongText, Text, Version

CUSTOM = "custom"


class EditorForm(Form):
    """The whole editor. The key against forged requests is checked for every request, before any form is read."""

    draft_id = Id()
    version = Version()
    client_id = Id("Client")
    currency = Choice("Currency", currencies, sentence="Choose a currency from the list.")
    issue_date = Day("Issue date", required="Enter the date of the invoice.")
    terms = Choice("Terms", sentence="Choose when it is due.")
    due_date = Day("Due date")
    po_number = Text("PO number", 60)
    notes = LongText("Note to the client", 4000)
    discount = DiscountField("Discount on everything")
    prices_include_tax = BooleanField("Prices include tax")
    rate = ExchangeRate("Exchange rate")
    lines = LineList(FormField(LineForm), "Lines")

    money_currency = "USD"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file_errors: list[str] = []
        self._offer()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check everything, so that all messages come at once."""
        self.money_currency = _readable(self.currency.data)
        for entry in self.lines:
            entry.form.money_currency = self.money_currency
        valid = super().validate(extra_validators)
        if self.terms.data == CUSTOM and self.due_date.data is None and not self.due_date.errors:
            self.due_date.errors = ["Enter the date on which it is due."]
            valid = False
        if self.lines.dropped:
            self.form_errors.append(f"One invoice holds at most {MAX_LINES} lines; the rest was left out.")
            valid = False
        return valid and not self.form_errors

    def follow(self, currency: str, terms_days: int | None) -> None:
        """Take over what a client brings along, before validation; empty means as it stands."""
        if currency:
            self.currency.data = currency
        if terms_days is not None:
            self.terms.data = str(terms_days)
        self._offer()

    def values(self) -> DraftValues:
        """The clean draft. Blank lines are left out."""
        issued: date = self.issue_date.data
        due: date | None = self.due_date.data if self.terms.data == CUSTOM else None
        days = min(max((due - issued).days, 0), MAX_TERM_DAYS) if due else int(self.terms.data)
        return DraftValues(
            currency=self.currency.data,
            issue_date=issued,
            terms_days=days,
            client_id=self.client_id.data,
            due_date=due,
            po_number=self.po_number.data,
            notes=self.notes.data,
            discount=self.discount.data,
            prices_include_tax=self.prices_include_tax.data,
            lines=tuple(entry.form.values() for entry in self.kept_lines()),
            rate=self.rate.data,
        )

    @property
    def empty(self) -> bool:
        """Whether nothing was chosen or typed that would be worth keeping. Holds after validation."""
        words = (self.client_id.data, self.po_number.data, self.notes.data, self.discount.data)
        return not any(words) and not self.kept_lines()

    def kept_lines(self) -> list[Any]:
        """The entries that are lines, in order: what `lines.0` of a service's refusal speaks about."""
        return [entry for entry in self.lines if not entry.form.blank]

    def refuse(self, error: Invalid) -> None:
        """Show a service's refusal beside the fields it names; what no field is called goes to the top."""
        kept = self.kept_lines()
        for path, sentences in error.errors.items():
            field = self._named(path, kept)
            if path in ("file", "attachment"):
                self.file_errors.extend(sentences)
            elif field is None:
                self.form_errors.extend(sentences)
            else:
                field.errors = [*field.errors, *sentences]
        if not error.errors:
            self.form_errors.append(str(error))

    def problems(self) -> list[tuple[str, str, str]]:
        """(id of the field, what it is called, the sentence) of everything that needs another look, in order."""
        found = []
        for name, field in self._fields.items():
            if name == "lines":
                for place, entry in enumerate(self.lines, 1):
                    inner = entry.form._fields.values()
                    found += [(f.id, f"Line {place}, {f.label.text.lower()}", str(s)) for f in inner for s in f.errors]
            else:
                found += [(field.id, field.label.text, str(sentence)) for sentence in field.errors]
        return found

    def _named(self, path: str, kept: list[Any]) -> Any:
        name, _, rest = path.partition(".")
        if name == "lines" and rest:
            place, _, inner = rest.partition(".")
            return kept[int(place)].form._fields.get(inner) if int(place) < len(kept) else None
        return None if name == "lines" else self._fields.get("terms" if name == "terms_days" else name)

    def _offer(self) -> None:
        """What can be chosen; documents outlive currencies, so one no longer offered stays on the draft that has it."""
        self.terms.choices = term_choices(self.terms.data)
        self.currency.choices = (
            currencies() if self.currency.data in CURRENCIES else [*currencies(), *self._old_currency()]
        )

    def _old_currency(self) -> list[tuple[str, str]]:
        code = str(self.currency.data or "")
        try:
            exponent(code)
        except MoneyError:
            return []
        return [(code, code)]


def term_choices(chosen: object) -> list[tuple[str, str]]:
    """The terms offered, with the one that is already chosen, and a date of one's own."""
    text = str(chosen or "")
    days = set(TERM_CHOICES)
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) <= MAX_TERM_DAYS:
        days.add(int(text))
    return [*((str(n), term_label(n)) for n in sorted(days)), (CUSTOM, "Until a date")]


def form_data(values: DraftValues) -> dict[str, Any]:
    """A stored draft as the editor shows it."""
    terms, due = _terms(values)
    return {
        "client_id": values.client_id,
        "currency": values.currency,
        "issue_date": values.issue_date,
        "terms": terms,
        "due_date": due,
        "po_number": values.po_number,
        "notes": values.notes,
        "discount": values.discount,
        "prices_include_tax": values.prices_include_tax,
        "rate": values.rate,
        "lines": [line_data(line) for line in values.lines],
    }


def _terms(values: DraftValues) -> tuple[str, date]:
    due = values.due_date or due_date(values.issue_date, values.terms_days)
    plain = 0 <= values.terms_days <= MAX_TERM_DAYS and due == due_date(values.issue_date, values.terms_days)
    return (str(values.terms_days) if plain else CUSTOM), due


def _readable(currency: object) -> str:
    """The currency amounts are read in; a wrong one is refused in its own field, not in every amount's."""
    try:
        exponent(str(currency))
    except MoneyError:
        return "USD"
    return str(currency)
