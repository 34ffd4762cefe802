"""Cards a customer let the business keep: removed behind the link to an invoice, or to the account."""

from __future__ import annotations

import uuid

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.auth.rules import Actor
from app.errors import NotFound
from app.payments import service
from app.payments.queries.saved_cards import get_card
from app.portal.views import blueprint
from app.portal.views.doorway import account_letterhead, enter, enter_account, letterhead
from app.web import htmx
from app.web.access import client_ip, public

REMOVED = "Your card is removed. It will not be charged again."


@blueprint.get("/i/<token>/cards/<uuid:kept_id>/remove/")
@public
def remove_card_form(token: str, kept_id: uuid.UUID) -> ResponseReturnValue:
    """Say what removing does, and ask."""
    opened = enter(token)
    card = get_card(opened.link.business_id, kept_id, _known(opened.document.client_id))
    back = url_for("portal.invoice", token=token)
    return render_template("portal/card.html", card=card, back=back, **letterhead(opened))


@blueprint.post("/i/<token>/cards/<uuid:kept_id>/remove/")
@public
def remove_card(token: str, kept_id: uuid.UUID) -> ResponseReturnValue:
    """Never charge the card again."""
    opened = enter(token)
    _remove(opened.link.business_id, kept_id, _known(opened.document.client_id))
    return htmx.redirect_to(url_for("portal.invoice", token=token), REMOVED)


@blueprint.get("/c/<token>/cards/<uuid:kept_id>/remove/")
@public
def remove_own_card_form(token: str, kept_id: uuid.UUID) -> ResponseReturnValue:
    """Say what removing does, and ask."""
    opened = enter_account(token)
    card = get_card(opened.business.id, kept_id, opened.client.id)
    back = url_for("portal.statement", token=token)
    return render_template("portal/card.html", card=card, back=back, **account_letterhead(opened))


@blueprint.post("/c/<token>/cards/<uuid:kept_id>/remove/")
@public
def remove_own_card(token: str, kept_id: uuid.UUID) -> ResponseReturnValue:
    """Never charge the card again."""
    opened = enter_account(token)
    _remove(opened.business.id, kept_id, opened.client.id)
    return htmx.redirect_to(url_for("portal.statement", token=token), REMOVED)


def _known(client_id: uuid.UUID | None) -> uuid.UUID:
    if client_id is None:
        raise NotFound
    return client_id


def _remove(business_id: uuid.UUID, card_id: uuid.UUID, client_id: uuid.UUID) -> None:
    actor = Actor.customer(business_id, "", client_ip(), g.get("request_id", ""))
    service.remove_card(actor, card_id, now=clock.now(), client_id=client_id)
