"""The rate of an invoice in another currency than the business's: which it is, and fixing it when it is issued."""

from __future__ import annotations

from app.auth.models import Business
from app.errors import Invalid
from app.invoices.models import Invoice
from app.ledger.exchange import Quote
from app.ledger.queries import find_quote
from app.money import MAX_MINOR


def quote_for(invoice: Invoice, business: Business) -> Quote | None:
    """The rate typed on a draft, else that of the table for its issue date, else None; none in the base currency."""
    if invoice.currency == business.currency:
        return None
    typed = invoice.rate
    # What was typed while the business counted in another currency says nothing about this one.
    if typed is not None and typed.base == business.currency:
        return Quote(typed, "typed", invoice.issue_date)
    return find_quote(business.id, invoice.currency, business.currency, invoice.issue_date)


def fix_rate(invoice: Invoice, quote: Quote | None) -> None:
    """Let an invoice about to be issued, its totals already kept, carry its rate for good. Raises Invalid."""
    invoice.fix(quote)
    if quote is None:
        invoice.base_total_minor = None
        return
    # The largest figure that is posted: before discounts, which may be more than the total.
    if quote.rate.worth(max(invoice.total_minor, invoice.net_minor + invoice.discount_minor)) > MAX_MINOR:
        raise Invalid("rate", f"At this rate the invoice comes to more {quote.rate.base} than can be counted.")
    invoice.base_total_minor = quote.rate.worth(invoice.total_minor)
