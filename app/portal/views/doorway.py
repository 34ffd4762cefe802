"""Opening a customer's link: the same answer for every link that does not work, and what every page of it shows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from flask import g, url_for
from werkzeug.exceptions import TooManyRequests

from app import clock
from app.auth.queries import get_business
from app.clients.models import Client
from app.errors import NotFound
from app.invoices.parties import seller_facts
from app.messages.colours import BadColour, accents
from app.portal.queries import Opened, OpenedAccount, open_account, open_link
from app.reminders.service.stopping import find_client
from app.web.filters import initials
from app.web.limits import within_limit
from app.web.security import keep_token_private

Found = TypeVar("Found")


def enter(token: str) -> Opened:
    """The invoice behind a link, its page in the client's language and the business's time.

    Raises NotFound, and TooManyRequests when an address opens one link after another that does not exist.
    """
    opened = _behind(token, open_link)
    g.locale, g.timezone = opened.document.language, opened.document.timezone
    return opened


def enter_account(token: str) -> OpenedAccount:
    """The client behind a link to their statements. Raises as `enter` does."""
    opened = _behind(token, open_account)
    g.locale, g.timezone = opened.client.language or opened.business.language, opened.business.timezone
    return opened


def enter_stopping(token: str) -> Client:
    """The client behind a link that ends reminders. Raises as `enter` does."""
    return _behind(token, find_client)


def _behind(token: str, find: Callable[[str, datetime], Found]) -> Found:
    keep_token_private()
    try:
        return find(token, clock.now())
    except NotFound:
        if not within_limit("link"):
            raise TooManyRequests from None
        raise


def letterhead(opened: Opened) -> dict[str, Any]:
    """What `portal/base.html` wants: the business as it stands on the invoice, and its colours."""
    head = _head(opened.document.seller, url_for("portal.logo", token=opened.token))
    return head | {"document": opened.document, "token": opened.token}


def account_letterhead(opened: OpenedAccount) -> dict[str, Any]:
    """The same for a statement: the business as it is today."""
    head = _head(seller_facts(opened.business), url_for("portal.statement_logo", token=opened.token))
    return head | {"client": opened.client, "token": opened.token}


def business_letterhead(business_id: uuid.UUID) -> dict[str, Any]:
    """The same for a page that shows no document; its logo needs a link of its own and is left out."""
    return _head({**seller_facts(get_business(business_id)), "logo_key": ""}, "")


def _head(seller: Mapping[str, Any], logo_url: str) -> dict[str, Any]:
    name = str(seller.get("name") or "")
    address = [line.strip(" ,") for line in str(seller.get("address") or "").splitlines()]
    business = {
        "name": name,
        "legal_name": str(seller.get("legal_name") or "") or name,
        "initials": initials(name),
        "phone": str(seller.get("phone") or ""),
        "address_line": ", ".join(line for line in address if line),
        "logo_url": logo_url if seller.get("logo_key") else None,
    }
    try:
        colours = accents(str(seller.get("colour") or "") or None)
    except BadColour:
        colours = accents(None)
    return {"business": business, "colours": colours}
