"""The taxes of a business in the order they are applied; making, changing and moving one."""

from __future__ import annotations

import uuid
from typing import Literal

from flask import Response, request, url_for
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.catalog import queries, service
from app.catalog.errors import StaleTax
from app.catalog.forms import TaxForm, stored_tax
from app.catalog.models import Tax
from app.catalog.rules import PRICING_WORDS, suggestion
from app.catalog.views import blueprint
from app.web import htmx, stale
from app.web.access import actor, requires


@blueprint.get("/items/taxes/")
@requires("viewer")
def taxes() -> Response:
    return _list()


@blueprint.get("/items/taxes/new/")
@requires("staff")
def new_tax() -> Response:
    """An empty form; with `?suggested=1` filled with the rate most businesses of the country begin with."""
    known = suggestion(get_business(current_user.business_id).country)
    first = not queries.live_taxes(current_user.business_id)
    data: dict[str, object] = {"is_default": first}
    if known and "suggested" in request.args:
        data |= {"name": known.name, "rate": known.rate}
    return _form("catalog/taxes/new.html", TaxForm(None, data=data))


@blueprint.post("/items/taxes/new/")
@requires("staff")
def create_tax() -> Response:
    form = TaxForm(request.form)
    if not form.validate():
        return _form("catalog/taxes/new.html", form, status=422)
    tax = service.create_tax(actor(), form.values(), now=clock.now())
    return htmx.redirect_to(url_for("catalog.taxes"), f"{tax.name} can be put on lines now")


@blueprint.get("/items/taxes/<uuid:tax_id>/edit/")
@requires("staff")
def edit_tax(tax_id: uuid.UUID) -> Response:
    tax, form = _filled(tax_id)
    return _form("catalog/taxes/edit.html", form, tax=tax)


@blueprint.post("/items/taxes/<uuid:tax_id>/edit/")
@requires("staff")
def change_tax(tax_id: uuid.UUID) -> Response:
    tax = queries.get_tax(current_user.business_id, tax_id)
    form = TaxForm(request.form)
    if not form.validate():
        return _form("catalog/taxes/edit.html", form, tax=tax, status=422)
    try:
        tax = service.change_tax(actor(), tax_id, form.values(), form.version.data, now=clock.now())
    except StaleTax as error:
        tax, current = _filled(tax_id)
        found = stale.differences(form, current)
        return _form("catalog/taxes/edit.html", form, tax=tax, status=409, differences=found, sentence=str(error))
    return htmx.redirect_to(url_for("catalog.taxes"), f"{tax.name} is saved")


@blueprint.post("/items/taxes/<uuid:tax_id>/move/")
@requires("staff")
def move_tax(tax_id: uuid.UUID) -> Response:
    """One place up or down, by `direction`; anything but "up" is down."""
    direction: Literal["up", "down"] = "up" if request.form.get("direction") == "up" else "down"
    service.move_tax(actor(), tax_id, direction, now=clock.now())
    return _list(moved=tax_id) if htmx.is_fragment() else htmx.redirect_to(url_for("catalog.taxes"))


def _list(moved: uuid.UUID | None = None) -> Response:
    business = get_business(current_user.business_id)
    live = queries.live_taxes(business.id)
    return htmx.page_or_fragment(
        "catalog/taxes/index.html",
        "catalog/taxes/_list.html",
        taxes=live,
        tax_count=len(live),
        counts=queries.counts(business.id),
        archived=queries.archived_taxes(business.id),
        words=PRICING_WORDS,
        suggested=suggestion(business.country),
        business=business,
        moved=moved,
    )


def _filled(tax_id: uuid.UUID) -> tuple[Tax, TaxForm]:
    """A tax as it stands now, and its form."""
    tax = queries.get_tax(current_user.business_id, tax_id)
    return tax, TaxForm(None, data=stored_tax(tax))


def _form(page: str, form: TaxForm, status: int = 200, tax: Tax | None = None, **context: object) -> Response:
    return htmx.page_or_fragment(page, "catalog/taxes/_form.html", status, form=form, tax=tax, **context)
