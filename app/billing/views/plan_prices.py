"""What a plan costs from a day on: asked for, shown with its effect, set; and taken back before its day."""

from __future__ import annotations

import uuid

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.billing import queries, service
from app.billing.errors import PricesMoved
from app.billing.forms import PriceForm
from app.billing.models import Plan
from app.billing.queries import StoredPrice
from app.billing.queries.affected import affected, told
from app.billing.rules.calendar import in_month
from app.billing.rules.example import setup_of
from app.billing.rules.plans import ALWAYS, check_price, price_on
from app.billing.rules.repricing import effect, price_money, standings
from app.billing.views import blueprint
from app.billing.views.plans import own_first
from app.errors import Invalid, NotFound
from app.web import filters, htmx
from app.web.access import actor, requires
from app.web.fields import refuse


@blueprint.get("/plans/<uuid:plan_id>/price/")
@requires("staff")
def price_form(plan_id: uuid.UUID) -> Response:
    plan, today = queries.get_plan(current_user.business_id, plan_id), clock.today(current_user.timezone)
    prices = queries.prices_of(plan.business_id, [plan_id])[plan_id]
    currency = next((one.currency for one in own_first(standings(prices, today))), current_user.currency)
    # A price that begins next month surprises nobody; an earlier day is one click away.
    first = in_month(today.year, today.month + 1, 1)
    given = {"currency": currency, "since": first, "setup_price": setup_of(prices, currency, today)}
    return _asked(plan, PriceForm(None, data=given), 200)


@blueprint.post("/plans/<uuid:plan_id>/price/")
@requires("staff")
def set_price(plan_id: uuid.UUID) -> Response:
    """Shows what would change; what was shown is done when its mark comes back and nothing changed meanwhile."""
    plan, today = queries.get_plan(current_user.business_id, plan_id), clock.today(current_user.timezone)
    form = PriceForm(request.form)
    if not form.validate():
        return _asked(plan, form, 422)
    if "again" in request.form:
        return _asked(plan, form, 200)
    price = form.values()
    try:
        check_price(price, today, queries.prices_of(plan.business_id, [plan.id])[plan.id])
        if not form.seen.data:
            return _effect(plan, form, moved=False)
        service.set_price(actor(), plan_id, price, today=today, now=clock.now(), seen=form.seen.data)
    except PricesMoved:
        return _effect(plan, form, moved=True)
    except Invalid as error:
        refuse(form, error)
        return _asked(plan, form, 422)
    said = f"{filters.money(price_money(price))} from {filters.day_words(price.since, current_user.locale)}"
    return htmx.redirect_to(url_for("billing.show_plan", plan_id=plan_id), f"{plan.name}: {said}")


@blueprint.get("/plans/<uuid:plan_id>/prices/<uuid:price_id>/withdraw/")
@requires("staff")
def withdraw_price_form(plan_id: uuid.UUID, price_id: uuid.UUID) -> str:
    plan, price = _price(plan_id, price_id)
    shown, on = filters.money(price_money(price)), filters.day_words(price.since, current_user.locale)
    return render_template(
        "shared/confirm.html",
        title=f"Withdraw {shown} from {on}?",
        sentences=[_without(plan, price), "Nobody has been billed this price yet.", *_told(plan, price)],
        action=url_for("billing.withdraw_price", plan_id=plan_id, price_id=price_id),
        verb="Withdraw",
        back=url_for("billing.show_plan", plan_id=plan_id),
    )


@blueprint.post("/plans/<uuid:plan_id>/prices/<uuid:price_id>/withdraw/")
@requires("staff")
def withdraw_price(plan_id: uuid.UUID, price_id: uuid.UUID) -> Response:
    plan, price = _price(plan_id, price_id)
    back = url_for("billing.show_plan", plan_id=plan_id)
    said = f"{filters.money(price_money(price))} is withdrawn"
    try:
        today = clock.today(current_user.timezone)
        service.withdraw_price(actor(), plan.id, price_id, today=today, now=clock.now())
    except Invalid as error:
        return htmx.redirect_to(back, next(iter(error.errors.values()))[0], "bad")
    return htmx.redirect_to(back, said)


def _price(plan_id: uuid.UUID, price_id: uuid.UUID) -> tuple[Plan, StoredPrice]:
    """A plan and one of its prices. Raises NotFound."""
    plan = queries.get_plan(current_user.business_id, plan_id)
    found = queries.prices_of(plan.business_id, [plan_id])[plan_id]
    price = next((one for one in found if one.id == price_id), None)
    if price is None:
        raise NotFound
    return plan, price


def _told(plan: Plan, price: StoredPrice) -> list[str]:
    """Who knows of a price by now."""
    count = sum(1 for notice in told(plan.business_id, plan.id, price) if notice.message_id)
    if not count:
        return []
    whom = "1 client was told" if count == 1 else f"{count} clients were told"
    return [f"{whom} of it. Notices that have not left yet will not; nobody is told by itself that it is called off."]


def _without(plan: Plan, price: StoredPrice) -> str:
    """What holds on its day once a price is withdrawn."""
    others = [one for one in queries.prices_of(plan.business_id, [plan.id])[plan.id] if one.id != price.id]
    left = price_on(others, price.currency, price.since)
    if left is None:
        return f"{plan.name} then has no price in {price.currency}."
    return f"{plan.name} then costs {filters.money(price_money(left))}, as before that day."


def _effect(plan: Plan, form: PriceForm, *, moved: bool) -> Response:
    """What the typed price would change; `moved`: it is another effect than was shown before."""
    price = form.values()
    page = render_template(
        "billing/plans/price_effect.html",
        plan=plan,
        form=form,
        effect=effect(queries.prices_of(plan.business_id, [plan.id])[plan.id], price),
        affected=affected(plan.business_id, plan.id, price),
        moved=moved,
        today=clock.today(current_user.timezone),
    )
    return make_response(page, 409 if moved else 200)


def _asked(plan: Plan, form: PriceForm, status: int) -> Response:
    prices = queries.prices_of(plan.business_id, [plan.id])[plan.id]
    found = own_first(standings(prices, clock.today(current_user.timezone)))
    asked = form.currency.data if form.currency.data in {one.currency for one in prices} else found[0].currency
    first = min(one.since for one in prices if one.currency == asked)
    context = {"plan": plan, "form": form, "standings": found, "first": None if first == ALWAYS else first}
    return make_response(render_template("billing/plans/price.html", **context), status)
