"""The customer's link of an invoice: whoever has it can see the invoice and pay it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.auth.service import links
from app.invoices.api.room import blueprint
from app.invoices.queries import get_invoice
from app.invoices.service.sharing import share_link
from app.web.access import actor
from app.web.api import NO_LINK, LinkOut, link_as_told, link_example, operation, told

AT = "/invoices/<uuid:invoice_id>/"


class InvoiceLinkOut(LinkOut):
    """The link that is open, if there is one, and when its customer opened it last, how often about."""


_LINK = link_example("i")


def _read(invoice_id: uuid.UUID) -> dict[str, Any]:
    invoice = get_invoice(current_user.business_id, invoice_id)
    link = links.find_live_link(invoice.business_id, "invoice", invoice.id)
    if link is None or invoice.status == "draft":
        return NO_LINK
    return link_as_told(links.public_url(f"/i/{links.token_of(link)}/"), link)


@blueprint.get(AT + "link/")
@operation(
    "Read the link of an invoice", role="staff", scope="invoices:read", gives=InvoiceLinkOut, example=_LINK
)  # fmt: skip
def read_invoice_link(invoice_id: uuid.UUID) -> Response:
    """Where its customer sees and pays it."""
    return told(_read(invoice_id))


@blueprint.post(AT + "link/")
@operation("Make the link of an invoice", role="staff", scope="invoices:write", gives=InvoiceLinkOut, example=_LINK)
def make_invoice_link(invoice_id: uuid.UUID) -> Response:
    """Nothing is sent. One that is open already stays the link."""
    share_link(actor(), invoice_id, now=clock.now())
    return told(_read(invoice_id), "The link is ready")


@blueprint.post(AT + "revoke-link/")
@operation("Close the link of an invoice", role="staff", scope="invoices:write", gives=InvoiceLinkOut, example=NO_LINK)
def revoke_invoice_link(invoice_id: uuid.UUID) -> Response:
    """What was given out stops working at once; another can be made afterwards."""
    get_invoice(current_user.business_id, invoice_id)
    closed = links.revoke_link(actor(), "invoice", invoice_id, now=clock.now())
    return told(_read(invoice_id), "The link is closed" if closed else "There was no open link")
