"""How programs talk to Duely: what every room's `api.py` is made of.

    api = rooms_api("invoices", "/api/billing", "Invoices")

    @api.get("/invoices/<uuid:invoice_id>/")
    @operation("Read an invoice", role="viewer", scope="invoices:read", gives=InvoiceOut, example=INVOICE)
    def read_invoice(invoice_id: uuid.UUID) -> Response:
        return told(...)

Shapes that come in are checked against `In` models before a view is called; shapes that go out are written by plain
functions, and tests hold every answer against the document.
"""

from app.web.api.deprecating import Deprecated
from app.web.api.forms import filled, named_in, refusal
from app.web.api.links import NO_LINK, LinkOut, link_as_told, link_example
from app.web.api.lists import ListQuery, entire, paged
from app.web.api.manners import VERSION, install
from app.web.api.operations import operation, rooms_api
from app.web.api.shapes import (
    Amount,
    Count,
    Currency,
    Email,
    In,
    MoneyOut,
    Out,
    Query,
    Rate,
    Since,
    Text,
    Version,
    instant,
)
from app.web.api.versions import version_asked_for
from app.web.envelope import accepted, made, said, several, told

__all__ = [
    "NO_LINK",
    "VERSION",
    "Amount",
    "Count",
    "Currency",
    "Deprecated",
    "Email",
    "In",
    "LinkOut",
    "ListQuery",
    "MoneyOut",
    "Out",
    "Query",
    "Rate",
    "Since",
    "Text",
    "Version",
    "accepted",
    "entire",
    "filled",
    "install",
    "instant",
    "link_as_told",
    "link_example",
    "made",
    "named_in",
    "operation",
    "paged",
    "refusal",
    "rooms_api",
    "said",
    "several",
    "told",
    "version_asked_for",
]
