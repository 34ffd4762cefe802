"""Opening a customer's link: the same answer for every link that does not work, and what every page of it shows."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from werkzeug.exceptions import TooManyRequests

from app import clock
from app.errors import NotFound
from app.messages.colours import BadColour, accents
from app.portal.queries import Opened, open_link
from app.web.filters import initials
from app.web.limits import within_limit
from app.web.security import keep_token_private


def enter(token: str) -> Opened:
    """The invoice behind a link, its page in the client's language and the business's time.

    Raises NotFound, and TooManyRequests when an address opens one link after another that does not exist.
    """
    keep_token_private()
    try:
        opened = open_link(token, clock.now())
    except NotFound:
        if not within_limit("link"):
            raise TooManyRequests from None
        raise
    g.locale, g.timezone = opened.document.language, opened.document.timezone
    return opened


def letterhead(opened: Opened) -> dict[str, Any]:
    """What `portal/base.html` wants: the business as it stands on the invoice, and its colours."""
    seller = opened.document.seller
    name = str(seller.get("name") or "")
    address = [line.strip(" ,") for line in str(seller.get("address") or "").splitlines()]
    business = {
        "name": name,
        "legal_name": str(seller.get("legal_name") or "") or name,
        "initials": initials(name),
        "phone": str(seller.get("phone") or ""),
        "address_line": ", ".join(line for line in address if line),
        "logo_url": url_for("portal.logo", token=opened.token) if seller.get("logo_key") else None,
    }
    try:
        colours = accents(str(seller.get("colour") or "") or None)
    except BadColour:
        colours = accents(None)
    return {"business": business, "colours": colours, "document": opened.document, "token": opened.token}
