"""What programs send of a draft, as the editor's form takes it: taxes by name, lines filled by items, defaults."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.catalog.queries import FoundItem, items_by_id, live_taxes, taxes_by_id
from app.clients.models import Client
from app.clients.queries import find_client
from app.errors import Invalid
from app.invoices.api.room import NAMES
from app.invoices.api.shapes import InvoiceChange, InvoiceIn, InvoiceLineIn
from app.invoices.api.written import discount_text
from app.invoices.forms import EditorForm, form_data
from app.invoices.forms.editor import CUSTOM
from app.invoices.service.drafts import default_terms
from app.invoices.values import DiscountValue, DraftValues
from app.web.api import filled

NEEDED = "This is needed."
Problems = dict[str, list[str]]


def typed_draft(body: InvoiceIn) -> DraftValues:
    """A whole draft, what was left out as on an empty page. Raises Invalid by the path of what was sent."""
    me = current_user
    business, client = get_business(me.business_id), _client(body.customer_id)
    currency = (body.currency or (client.currency if client else "") or business.currency).upper()
    terms = default_terms(business, client.terms_days if client else None)
    own_way = body.prices_include_tax
    return _checked(
        {
            "client_id": body.customer_id,
            "currency": currency,
            "issue_date": body.issue_date or clock.today(me.timezone),
            **_due(body, str(terms)),
            "po_number": body.po_number,
            "notes": body.notes,
            "discount": body.discount,
            "prices_include_tax": business.prices_include_tax if own_way is None else own_way,
            "rate": body.rate_to_base,
            "lines": _lines(body.lines, currency),
        }
    )


def changed_draft(stored: DraftValues, body: InvoiceChange) -> DraftValues:
    """A stored draft with what was sent in place of what it says. Raises Invalid by the path of what was sent."""
    given = body.model_fields_set
    typed = form_data(stored)
    typed["discount"] = _text(stored.discount, stored.currency)
    typed["lines"] = [{**line, "discount": _text(line["discount"], stored.currency)} for line in typed["lines"]]
    if "customer_id" in given:
        _client(body.customer_id)
        typed["client_id"] = body.customer_id
    if "discount" in given:
        typed["discount"] = body.discount
    if "rate_to_base" in given:
        typed["rate"] = body.rate_to_base
    for name in ("currency", "issue_date", "po_number", "notes", "prices_include_tax"):
        if (value := getattr(body, name)) is not None:
            typed[name] = value.upper() if name == "currency" else value
    if body.due_date is not None:
        typed |= _due(body, "")
    if body.lines is not None:
        typed["lines"] = _lines(body.lines, typed["currency"])
    return _checked(typed)


def _checked(typed: Mapping[str, Any]) -> DraftValues:
    return filled(EditorForm, typed, names=NAMES).values()


def _due(body: InvoiceIn, terms: str) -> dict[str, Any]:
    return {"terms": CUSTOM if body.due_date else terms, "due_date": body.due_date}


def _client(client_id: uuid.UUID | None) -> Client | None:
    client = find_client(current_user.business_id, client_id) if client_id else None
    if client_id and client is None:
        raise Invalid("customer_id", "There is no such customer.")
    return client


def _text(discount: DiscountValue | None, currency: str) -> str | None:
    kind, value = discount or (None, None)
    return discount_text(kind, value, currency)


def _lines(lines: Iterable[InvoiceLineIn], currency: str) -> list[dict[str, Any]]:
    """Lines as the form takes them. Raises Invalid for all that is missing or unknown at once."""
    lines = list(lines)
    wanted = {line.item_id for line in lines if line.item_id}
    items = items_by_id(current_user.business_id, wanted) if wanted else {}
    taxes = _Taxes(name for line in lines for name in line.taxes or ())
    problems: Problems = {}
    typed = []
    for place, line in enumerate(lines):
        found: Problems = {}
        typed.append(_line(line, items, taxes, currency, found))
        problems |= {f"lines.{place}.{name}": said for name, said in found.items()}
    if problems:
        raise Invalid(problems)
    return typed


def _line(
    line: InvoiceLineIn, items: Mapping[uuid.UUID, FoundItem], taxes: _Taxes, currency: str, problems: Problems
) -> dict[str, Any]:
    item = items.get(line.item_id) if line.item_id else None
    if line.item_id and item is None:
        problems["item_id"] = ["There is no such item."]
    price, title = line.unit_price, line.description
    if item is not None:
        title = title or item.name
        if price is None and item.currency != currency:
            problems["unit_price"] = [f"The item has a price in {item.currency}: say what it costs in {currency}."]
        price = item.price if price is None else price
    elif not line.item_id:
        problems |= {"description": [NEEDED]} if title is None else {}
        problems |= {"unit_price": [NEEDED]} if price is None else {}
    chosen = taxes.named(line.taxes, problems)
    return {
        "item_id": line.item_id,
        "title": title,
        "detail": _else(line.details, item.description if item else ""),
        "unit": _else(line.unit, item.unit if item else ""),
        "quantity": line.quantity,
        "unit_price": price,
        "discount": line.discount,
        "taxes": list(item.tax_ids) if item and line.taxes is None else chosen,
    }


def _else(said: str | None, instead: str) -> str:
    return instead if said is None else said


class _Taxes:
    """The taxes of the business that some lines name: those in use by their names, all by their ids."""

    def __init__(self, names: Iterable[str]) -> None:
        named = set(names)
        business_id = current_user.business_id
        live = live_taxes(business_id) if named else []
        ids = {found for name in named if (found := _id(name)) is not None}
        self.ids = {tax.id for tax in live}
        if ids - self.ids:
            self.ids |= taxes_by_id(business_id, ids - self.ids).keys()
        self.by_name: dict[str, list[uuid.UUID]] = {}
        for tax in live:
            self.by_name.setdefault(tax.name.casefold(), []).append(tax.id)

    def named(self, names: Iterable[str] | None, problems: Problems) -> list[uuid.UUID]:
        """The ids of taxes by their names or ids, in the same order."""
        chosen = []
        for place, name in enumerate(names or ()):
            tax_id = _id(name)
            found = self.by_name.get(name.casefold(), []) if tax_id is None else [tax_id] if tax_id in self.ids else []
            if len(found) != 1:
                several = "Several taxes have this name: give the id of one."
                problems[f"taxes.{place}"] = [several if found else "There is no such tax."]
            chosen += found[:1]
        return chosen


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
