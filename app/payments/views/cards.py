"""Saved cards as staff see them: charged now for an invoice, or removed."""

from __future__ import annotations

import uuid

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.invoices.queries import get_invoice
from app.money import Money
from app.payments import service
from app.payments.errors import CannotCharge
from app.payments.queries.saved_cards import agreed_before, card_on_invoice, get_card
from app.payments.views import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.filters import money


@blueprint.get("/invoices/<uuid:invoice_id>/charge/")
@requires("staff")
def charge_form(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Say what will be charged to which card, and ask."""
    invoice = get_invoice(current_user.business_id, invoice_id)
    found = card_on_invoice(invoice)
    if found is None or found.card is None or not found.may_charge:
        raise CannotCharge
    due = money(Money(invoice.balance_minor, invoice.currency))
    sentences = [f"{due} for {invoice.number} is charged to the customer's {found.card.words}, right away."]
    if not agreed_before(found.card, invoice):
        sentences.append("This invoice is older than the customer's consent. Make sure that they agree.")
    context = {"title": "Charge the saved card now?", "sentences": sentences, "verb": f"Charge {due}", "danger": False}
    back = url_for("invoices.show", invoice_id=invoice_id)
    action = url_for("payments.charge", invoice_id=invoice_id)
    return render_template("shared/confirm.html", back=back, action=action, keep="Not now", **context)


@blueprint.post("/invoices/<uuid:invoice_id>/charge/")
@requires("staff")
def charge(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Store the attempt; a job charges it."""
    service.charge_now(actor(), invoice_id, now=clock.now())
    back = url_for("invoices.show", invoice_id=invoice_id)
    return htmx.redirect_to(back, "The card is being charged. The invoice shows what becomes of it.")


@blueprint.get("/cards/<uuid:card_id>/remove/")
@requires("staff")
def remove_card_form(card_id: uuid.UUID) -> ResponseReturnValue:
    """Say what removing does, and ask."""
    card = get_card(current_user.business_id, card_id)
    sentences = [
        f"The {card.words} is never charged again, and the payment company forgets it.",
        "The customer can have a card kept again when they pay the next time.",
    ]
    back = url_for("clients.show", client_id=card.client_id)
    action = url_for("payments.remove_card", card_id=card_id)
    context = {"title": "Remove this card?", "sentences": sentences, "verb": "Remove it"}
    return render_template("shared/confirm.html", back=back, action=action, **context)


@blueprint.post("/cards/<uuid:card_id>/remove/")
@requires("staff")
def remove_card(card_id: uuid.UUID) -> ResponseReturnValue:
    """Never charge the card again."""
    card = service.remove_card(actor(), card_id, now=clock.now())
    return htmx.redirect_to(url_for("clients.show", client_id=card.client_id), "The card is removed.")
