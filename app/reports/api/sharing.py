"""The customer's link to their statements."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from flask_login import current_user

from app import clock
from app.auth.service import links
from app.clients.queries import get_client
from app.reports.api import blueprint
from app.reports.service import statement_link
from app.web.access import actor
from app.web.api import NO_LINK, LinkOut, link_as_told, link_example, operation, told

AT = "/customers/<uuid:client_id>/statement/"


class StatementLinkOut(LinkOut):
    """The link that is open, if there is one, and when its customer opened it last, how often about."""


_LINK = link_example("c")


def _read(client_id: uuid.UUID) -> dict[str, Any]:
    client = get_client(current_user.business_id, client_id)
    link = links.find_live_link(client.business_id, "client", client.id)
    return NO_LINK if link is None else link_as_told(links.public_url(f"/c/{links.token_of(link)}/"), link)


@blueprint.get(AT + "link/")
@operation(
    "Read the link of a customer's statements",
    role="staff",
    scope="clients:read",
    gives=StatementLinkOut,
    example=_LINK,
)
def read_statement_link(client_id: uuid.UUID) -> Response:
    """Whoever has it sees the statements of this customer of any days."""
    return told(_read(client_id))


@blueprint.post(AT + "link/")
@operation(
    "Make the link of a customer's statements",
    role="staff",
    scope="clients:write",
    gives=StatementLinkOut,
    example=_LINK,
)
def make_statement_link(client_id: uuid.UUID) -> Response:
    """Nothing is sent. One that is open already stays the link."""
    statement_link(actor(), client_id, now=clock.now())
    return told(_read(client_id), "The link is ready")


@blueprint.post(AT + "revoke-link/")
@operation(
    "Close the link of a customer's statements",
    role="staff",
    scope="clients:write",
    gives=StatementLinkOut,
    example=NO_LINK,
)
def revoke_statement_link(client_id: uuid.UUID) -> Response:
    """What was given out stops working at once; another can be made afterwards."""
    get_client(current_user.business_id, client_id)
    closed = links.revoke_link(actor(), "client", client_id, now=clock.now())
    return told(_read(client_id), "The link is closed" if closed else "There was no open link")
