"""The customer's click on Pay, and the page that waits with them until it is known what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.errors import Invalid
from app.money import Money
from app.payments import service
from app.payments.errors import NoGateway, NotPayable
from app.payments.gateways.errors import GatewayRefused
from app.payments.models import Attempt
from app.payments.queries import payment_behind
from app.portal.forms import PayForm
from app.portal.queries import Opened, attempt_of
from app.portal.rules import next_look
from app.portal.views import blueprint
from app.portal.views.doorway import enter, letterhead
from app.portal.views.invoice import consent_of, known_email, show
from app.web import htmx
from app.web.access import client_ip, public
from app.web.fields import refuse


@blueprint.get("/i/<token>/pay/")
@public
def pay_form(token: str) -> ResponseReturnValue:
    """The address of a refused form, loaded again: the form is on the invoice."""
    enter(token)
    return redirect(url_for("portal.invoice", token=token), 303)


@blueprint.post("/i/<token>/pay/")
@public
def pay(token: str) -> ResponseReturnValue:
    """Start a checkout for the whole balance or a part of it, and go there."""
    opened = enter(token)
    email, form = known_email(opened), PayForm()
    consent = consent_of(opened)
    form.prepare(opened.document.currency, asks_email=email is None, asks_consent=bool(consent))
    if not form.validate():
        return show(opened, form, status=422)
    amount = form.amount.data if "amount" in form else None
    agreed = service.Consent(consent, client_ip()) if "keep_card" in form and form.keep_card.data else None
    try:
        attempt = _start(opened, email or form.email.data, amount, agreed)
    except Invalid as error:
        refuse(form, error)
        return show(enter(token), form, "" if "amount" in form else " ".join(form.form_errors), 422)
    except GatewayRefused as error:
        return show(enter(token), form, error.reason, 422)
    except (NotPayable, NoGateway) as error:
        return htmx.redirect_to(url_for("portal.invoice", token=token), str(error), "bad")
    if attempt.checkout_url and attempt.state == "started":
        return redirect(attempt.checkout_url, 303)
    return redirect(url_for("portal.attempt", token=token, attempt_id=attempt.id), 303)


@blueprint.get("/i/<token>/pay/<uuid:attempt_id>/")
@public
def attempt(token: str, attempt_id: uuid.UUID) -> ResponseReturnValue:
    """What became of a try to pay; while that is not known the page looks again by itself."""
    opened = enter(token)
    found = attempt_of(opened, attempt_id)
    came_back = "back" in request.args
    context = letterhead(opened) | {
        "attempt": found,
        "amount": Money(found.amount_minor, found.currency),
        "payment": payment_behind(found),
        "came_back": came_back,
    }
    return refreshing("portal/attempt.html", waiting=found.state in ("new", "started"), **context)


def refreshing(
    template: str, *, waiting: bool, status: int = 200, keep: Mapping[str, str] | None = None, **context: object
) -> Response:
    """A page that loads itself again while it waits, ever more rarely; without a script. `keep` stays in its query."""
    turn = request.args.get("n", 0, type=int)
    seconds = next_look(max(turn, 0)) if waiting else None
    body = render_template(template, waiting=waiting, gave_up=waiting and seconds is None, **context)
    response = make_response(body, status)
    if seconds is not None:
        values: dict[str, Any] = {
            **(request.view_args or {}),
            **(keep or {}),
            "back": request.args.get("back"),
            "n": turn + 1,
        }
        again = url_for(str(request.endpoint), **values)
        response.headers["Refresh"] = f"{seconds}; url={again}"
    return response


def _start(opened: Opened, email: str, amount: Money | None, consent: service.Consent | None) -> Attempt:
    """Store the try, then ask the gateway for a page. Raises Invalid, NotPayable, NoGateway, GatewayRefused."""
    now = clock.now()
    made = service.start_checkout(opened.link, email, now=now, amount=amount, consent=consent)
    return service.open_checkout(made.business_id, made.id, now=now)
