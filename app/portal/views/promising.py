"""The customer says by when they will pay: until that day nobody reminds them and nothing is cut."""

from __future__ import annotations

from flask import g, redirect, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.auth.rules import Actor
from app.billing.errors import PromiseRefused
from app.billing.service.promising import promise
from app.errors import Invalid, NotFound
from app.portal.forms import PromiseForm
from app.portal.views import blueprint
from app.portal.views.doorway import enter
from app.portal.views.invoice import show
from app.web import htmx
from app.web.access import client_ip, public
from app.web.fields import refuse
from app.web.filters import day_words


@blueprint.get("/i/<token>/promise/")
@public
def promise_form(token: str) -> ResponseReturnValue:
    """The address of a refused form, loaded again: the form is on the invoice."""
    enter(token)
    return redirect(url_for("portal.invoice", token=token), 303)


@blueprint.post("/i/<token>/promise/")
@public
def promise_to_pay(token: str) -> ResponseReturnValue:
    """Take a promise to pay, within the limits of the business."""
    opened = enter(token)
    document, form = opened.document, PromiseForm()
    form.amount.currency = document.currency
    back = url_for("portal.invoice", token=token)
    if not form.validate():
        return show(opened, promised=form, status=422)
    actor = Actor.customer(document.business_id, "", client_ip(), g.get("request_id", ""))
    try:
        made = promise(actor, form.until.data, now=clock.now(), invoice_id=document.id, amount=form.amount.data)
    except Invalid as error:
        refuse(form, error)
        return show(enter(token), promised=form, status=422)
    except (PromiseRefused, NotFound) as error:
        return htmx.redirect_to(back, str(error) or "Nothing is owed on it any more.", "bad")
    return htmx.redirect_to(back, f"Thank you. We count on your payment by {day_words(made.until, document.language)}.")
