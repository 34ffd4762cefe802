"""The blueprint of the invoices room, and the words its templates need."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, g
from wtforms import Field

from app.invoices.pdf.words import tax_number
from app.money import InexactAmount, Money, money_parts
from app.web.filters import quantity_words

blueprint = Blueprint("invoices", __name__, url_prefix="/invoices")


blueprint.add_app_template_filter(tax_number, "tax_number")


@blueprint.app_template_filter("figure")
def figure(money: Money) -> str:
    """An amount without its currency, for columns that name it once: 420,000.00."""
    parts = money_parts(money, g.get("locale") or "en")
    return f"{parts.sign}{parts.figure}{parts.decimals}"


@blueprint.app_template_filter("price")
def price(value: Decimal, currency: str) -> str:
    """A unit price (major units) with at least its currency's decimals: 12.50, 0.0375."""
    try:
        return figure(Money.of(value, currency))
    except InexactAmount:
        return quantity_words(value, g.get("locale") or "en")


@blueprint.app_template_filter("file_size")
def file_size(size: int) -> str:
    """A size in bytes as people read it: 84 KB, 1.2 MB."""
    return f"{max(1, size // 1024)} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


@blueprint.app_template_filter("marked")
def marked(field: Field) -> dict[str, str]:
    """Attributes that say a field was refused, and where its message stands."""
    return {"aria_invalid": "true", "aria_describedby": f"{field.id}-err"} if field.errors else {}
