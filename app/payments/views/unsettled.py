"""Online payments that need a person: the list, asking the payment company anew, and saying that one was not paid."""

from __future__ import annotations

import uuid

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.rules import at_least
from app.payments import service
from app.payments.queries.unsettled import get_unsettled, list_unsettled
from app.payments.views import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.filters import money


@blueprint.get("/payments/unsettled/")
@requires("viewer")
def unsettled() -> ResponseReturnValue:
    """The list, the latest first."""
    page = list_unsettled(current_user.business_id, clock.now(), request.args.get("cursor"))
    return render_template("payments/unsettled.html", page=page, may_act=at_least(current_user.role, "staff"))


@blueprint.post("/payments/unsettled/<uuid:unsettled_id>/ask/")
@requires("staff")
def ask_anew(unsettled_id: uuid.UUID) -> ResponseReturnValue:
    """Have the payment company asked once more."""
    service.ask_anew(actor(), unsettled_id, now=clock.now())
    said = "The payment company is being asked. Look again in a moment."
    return htmx.redirect_to(url_for("payments.unsettled"), said)


@blueprint.get("/payments/unsettled/<uuid:unsettled_id>/not-paid/")
@requires("staff")
def not_paid_form(unsettled_id: uuid.UUID) -> ResponseReturnValue:
    """Say what it means, and ask."""
    one = get_unsettled(current_user.business_id, unsettled_id)
    sentences = [
        f"First look it up at {one.company}: {money(one.amount)} for {one.number}, reference {one.reference}.",
        "Your name is noted with it. Should the money come after all, it is booked by itself.",
    ]
    if one.card:
        sentences.insert(1, "The card is not charged for this invoice again by itself; you can, on the invoice's page.")
    context = {"title": "Was it not paid?", "sentences": sentences, "verb": "It was not paid"}
    action = url_for("payments.say_not_paid", unsettled_id=unsettled_id)
    back = url_for("payments.unsettled")
    return render_template("shared/confirm.html", back=back, action=action, keep="Not sure yet", **context)


@blueprint.post("/payments/unsettled/<uuid:unsettled_id>/not-paid/")
@requires("staff")
def say_not_paid(unsettled_id: uuid.UUID) -> ResponseReturnValue:
    """Note that no money came."""
    service.say_not_paid(actor(), unsettled_id, now=clock.now())
    return htmx.redirect_to(url_for("payments.unsettled"), "Noted. Should the money come after all, it is booked.")
