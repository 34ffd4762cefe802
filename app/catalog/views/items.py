"""The list of items, making and changing one, and the choices an invoice editor offers."""

from __future__ import annotations

import uuid

from flask import Response, make_response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.catalog import queries, service
from app.catalog.errors import StaleItem
from app.catalog.forms import ItemForm, QuickItemForm, stored_item
from app.catalog.models import Item
from app.catalog.queries import ItemFilters
from app.catalog.rules import shown_price
from app.catalog.views import blueprint
from app.errors import Invalid
from app.folding import searched
from app.web import htmx, stale
from app.web.access import actor, requires
from app.web.fields import refuse


@blueprint.get("/items/")
@requires("viewer")
def index() -> Response:
    business = current_user.business_id
    filters = ItemFilters(
        text=searched(request.args.get("q", "")),
        archived=request.args.get("show") == "archived",
        sort="newest" if request.args.get("sort") == "newest" else "name",
    )
    page = queries.list_items(business, filters, request.args.get("cursor"))
    return htmx.page_or_fragment(
        "catalog/index.html",
        "catalog/_list.html",
        filters=filters,
        page=page,
        prices={item.id: shown_price(item.price, item.currency) for item in page.items},
        taxes=queries.item_taxes(business, [item.id for item in page.items]),
        counts=queries.counts(business),
        tax_count=len(queries.live_taxes(business)),
    )


@blueprint.get("/items/search/")
@requires("viewer")
def search() -> str:
    """`catalog/_options.html`: the items that match `q`, each a button with what a line needs of it."""
    text = searched(request.args.get("q", ""))
    found = queries.search_items(current_user.business_id, text)
    prices = {item.id: shown_price(item.price, item.currency) for item in found}
    return render_template("catalog/_options.html", items=found, prices=prices, text=text)


@blueprint.post("/items/quick/")
@requires("staff")
def quick() -> Response:
    """Make an item while an invoice is written: `catalog/_picked.html`, or `catalog/_quick.html` with 422."""
    form = QuickItemForm(request.form)
    if not form.validate():
        return _again(form)
    try:
        item = service.create_item(actor(), form.values(), now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _again(form)
    made = queries.offered_item(current_user.business_id, item.id)
    return make_response(render_template("catalog/_picked.html", item=made))


@blueprint.get("/items/new/")
@requires("staff")
def new() -> Response:
    defaults = [str(tax.id) for tax in queries.live_taxes(current_user.business_id) if tax.is_default]
    return _form("catalog/new.html", ItemForm(None, data={"currency": current_user.currency, "tax_ids": defaults}))


@blueprint.post("/items/new/")
@requires("staff")
def create() -> Response:
    form = ItemForm(request.form)
    if not form.validate():
        return _form("catalog/new.html", form, status=422)
    try:
        item = service.create_item(actor(), form.values(), now=clock.now())
    except Invalid as error:
        refuse(form, error)
        return _form("catalog/new.html", form, status=422)
    return htmx.redirect_to(url_for("catalog.index"), f"{item.name} is in the catalogue")


@blueprint.get("/items/<uuid:item_id>/edit/")
@requires("staff")
def edit(item_id: uuid.UUID) -> Response:
    item, form = _filled(item_id)
    return _form("catalog/edit.html", form, item=item)


@blueprint.post("/items/<uuid:item_id>/edit/")
@requires("staff")
def change(item_id: uuid.UUID) -> Response:
    item = queries.get_item(current_user.business_id, item_id)
    form = ItemForm(request.form)
    if not form.validate():
        return _form("catalog/edit.html", form, item=item, status=422)
    try:
        item = service.change_item(actor(), item_id, form.values(), form.version.data, now=clock.now())
    except StaleItem as error:
        item, current = _filled(item_id)
        found = stale.differences(form.offer(queries.live_taxes(current_user.business_id)), current)
        return _form("catalog/edit.html", form, item=item, status=409, differences=found, sentence=str(error))
    except Invalid as error:
        refuse(form, error)
        return _form("catalog/edit.html", form, item=item, status=422)
    return htmx.redirect_to(url_for("catalog.index"), f"{item.name} is saved")


def _again(form: QuickItemForm) -> Response:
    """The fields of an item made on the spot, with what was wrong."""
    taxes = queries.live_taxes(current_user.business_id)
    return make_response(render_template("catalog/_quick.html", form=form, taxes=taxes), 422)


def _filled(item_id: uuid.UUID) -> tuple[Item, ItemForm]:
    """An item as it stands now, and its form."""
    business = current_user.business_id
    item = queries.get_item(business, item_id)
    form = ItemForm(None, data=stored_item(item, queries.item_taxes(business, [item.id])[item.id]))
    return item, form.offer(queries.live_taxes(business))


def _form(page: str, form: ItemForm, status: int = 200, item: Item | None = None, **context: object) -> Response:
    taxes = queries.live_taxes(current_user.business_id)
    units = queries.units(current_user.business_id)
    form.offer(taxes)
    return htmx.page_or_fragment(
        page, "catalog/_form.html", status, form=form, item=item, taxes=taxes, units=units, **context
    )
