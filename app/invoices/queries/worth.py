"""What an invoice in another currency is worth in the base currency of its business: as issued, and before that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.auth.models import Business
from app.invoices.models import Invoice
from app.ledger.exchange import Quote, Rate
from app.ledger.queries import find_quote
from app.money import Money


@dataclass(frozen=True, slots=True)
class Worth:
    """A rate and what a total comes to at it, None without a rate; more than can be counted is None, too."""

    currency: str
    base: str
    quote: Quote | None
    total: Money | None


def issued_worth(invoice: Invoice, business: Business) -> Worth | None:
    """What an issued invoice said it was worth when it was issued; None for one in the business's own currency."""
    if invoice.status == "draft" or (invoice.currency == business.currency and invoice.rate is None):
        return None
    rate, source, on = invoice.rate, invoice.rate_source, invoice.rate_on
    if rate is None or source is None or on is None or invoice.base_total_minor is None:
        return Worth(invoice.currency, business.currency, None, None)
    return Worth(invoice.currency, rate.base, Quote(rate, source, on), Money(invoice.base_total_minor, rate.base))


def draft_worth(business: Business, currency: str, day: date, typed: Decimal | None, total: Money | None) -> Worth:
    """What a draft would be worth if it were issued as it is typed now."""
    if typed is not None:
        quote: Quote | None = Quote(Rate(currency, business.currency, typed), "typed", day)
    else:
        quote = find_quote(business.id, currency, business.currency, day)
    minor = quote.rate.worth(total.minor) if quote and total else None
    return Worth(currency, business.currency, quote, None if minor is None else Money.total(minor, business.currency))
