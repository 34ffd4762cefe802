"""How much a period may come to: more than an invoice can hold is refused when it is agreed on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

from app.auth.queries import get_business
from app.billing.models import Subscription
from app.billing.rules.charging import Item, Tariff, price_of
from app.catalog.queries import taxes_by_id
from app.errors import Invalid
from app.invoices.figures import typed_totals
from app.invoices.values import DraftValues, LineValues

TOO_MUCH = "This comes to more than can be billed for one period."
TOGETHER = "With taxes and everything else it comes to more than can be billed for one period."


def check_amounts(row: Subscription, new: Mapping[str, Item], others: Sequence[Item], tariff: Tariff, on: date) -> None:
    """Raises Invalid where a whole period of {path of its field: what is agreed on} comes to more than an invoice can
    hold, by itself or together with the others; prices are those of a day. Naming `currency` without a price."""
    items = [*new.values(), *others]
    lines = [
        LineValues(item.title, item.quantity, price_of(item, max(on, item.since), tariff), discount=item.discount,
                   tax_ids=item.tax_ids)
        for item in items
    ]  # fmt: skip
    taxes = taxes_by_id(row.business_id, set[uuid.UUID]().union(*(item.tax_ids for item in items)))
    values = DraftValues(row.currency, on, 0, prices_include_tax=row.prices_include_tax, lines=tuple(lines))
    try:
        typed_totals(values, taxes, get_business(row.business_id).tax_rounding)
    except Invalid as error:
        too_much = {f"lines.{place}.unit_price": path for place, path in enumerate(new)}
        for problem in error.errors:
            if path := too_much.get(problem):
                raise Invalid(path, TOO_MUCH) from error
            if new and (problem == "total" or problem.endswith(".unit_price")):
                raise Invalid(next(iter(new)), TOGETHER) from error
