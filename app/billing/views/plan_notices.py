"""Telling clients of a price before its day: who is told, when, in which words."""

from __future__ import annotations

import uuid

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.billing import queries
from app.billing.forms.plans import NoticeForm
from app.billing.models import Plan
from app.billing.queries import StoredPrice
from app.billing.queries.affected import affected
from app.billing.rules.repricing import price_money
from app.billing.service.notifying import example_notice, notify, send_at, waiting_for
from app.billing.views import blueprint
from app.errors import Invalid, NotFound
from app.web import filters, htmx
from app.web.access import actor, requires
from app.web.fields import refuse

AT = "/plans/<uuid:plan_id>/prices/<uuid:price_id>/tell/"


@blueprint.get(AT)
@requires("staff")
def tell_price_form(plan_id: uuid.UUID, price_id: uuid.UUID) -> Response:
    """Ask how many days before, with what they will read."""
    plan, price = _price(plan_id, price_id)
    return _ask(plan, price, NoticeForm(None))


@blueprint.post(AT)
@requires("staff")
def tell_price(plan_id: uuid.UUID, price_id: uuid.UUID) -> Response:
    """Queue the notices."""
    plan, price = _price(plan_id, price_id)
    form = NoticeForm(request.form)
    if not form.validate():
        return _ask(plan, price, form, 422)
    try:
        done = notify(actor(), plan.id, price.id, days_before=form.days_before.data, now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _ask(plan, price, form, 422)
    said = "1 notice is on its way" if done.written == 1 else f"{done.written} notices are on their way"
    if done.unreachable:
        said += f"; no way to {', '.join(done.unreachable[:5])}"
    return htmx.redirect_to(url_for("billing.show_plan", plan_id=plan.id), said, "bad" if done.unreachable else "ok")


def _ask(plan: Plan, price: StoredPrice, form: NoticeForm, status: int = 200) -> Response:
    business = get_business(plan.business_id)
    nobody, can, before = waiting_for(plan.business_id, plan.id, price)
    days = form.days_before.data if isinstance(form.days_before.data, int) else 30
    page = render_template(
        "billing/plans/tell.html",
        plan=plan,
        price=price,
        money=price_money(price),
        form=form,
        affected=affected(plan.business_id, plan.id, price),
        nobody=nobody,
        can=can,
        told=before,
        notice=example_notice(plan.business_id, plan.id, price),
        at=max(send_at(business, price.since, days), clock.now()),
        since_words=filters.day_words(price.since, current_user.locale),
    )
    return make_response(page, status)


def _price(plan_id: uuid.UUID, price_id: uuid.UUID) -> tuple[Plan, StoredPrice]:
    """A plan and one of its prices that is to come. Raises NotFound."""
    plan = queries.get_plan(current_user.business_id, plan_id)
    found = queries.prices_of(plan.business_id, [plan_id])[plan_id]
    price = next((one for one in found if one.id == price_id), None)
    if price is None or price.since <= clock.today(current_user.timezone):
        raise NotFound
    return plan, price
