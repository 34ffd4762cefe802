"""Taking items and taxes out of use, and bringing them back."""

from __future__ import annotations

import uuid

from flask import Response, render_template, url_for
from flask_login import current_user

from app import clock
from app.catalog import queries, service
from app.catalog.views import blueprint
from app.web import htmx
from app.web.access import actor, requires


@blueprint.get("/items/<uuid:item_id>/archive/")
@requires("staff")
def archive_form(item_id: uuid.UUID) -> str:
    item = queries.get_item(current_user.business_id, item_id)
    return render_template(
        "shared/confirm.html",
        title=f"Archive {item.name}?",
        sentences=["It is no longer offered on new lines. Lines that already have it stay as they are."],
        action=url_for("catalog.archive", item_id=item_id),
        verb="Archive",
        back=url_for("catalog.edit", item_id=item_id),
        danger=False,
    )


@blueprint.post("/items/<uuid:item_id>/archive/")
@requires("staff")
def archive(item_id: uuid.UUID) -> Response:
    item = service.archive_item(actor(), item_id, now=clock.now())
    undo = url_for("catalog.restore", item_id=item_id)
    return htmx.redirect_to(url_for("catalog.index"), f"{item.name} is archived", undo_url=undo)


@blueprint.get("/items/<uuid:item_id>/restore/")
@requires("staff")
def restore_form(item_id: uuid.UUID) -> str:
    item = queries.get_item(current_user.business_id, item_id)
    return render_template(
        "shared/confirm.html",
        title=f"Bring back {item.name}?",
        sentences=["It is offered on new lines again."],
        action=url_for("catalog.restore", item_id=item_id),
        verb="Bring back",
        keep="Leave it archived",
        back=url_for("catalog.edit", item_id=item_id),
        danger=False,
    )


@blueprint.post("/items/<uuid:item_id>/restore/")
@requires("staff")
def restore(item_id: uuid.UUID) -> Response:
    item = service.restore_item(actor(), item_id, now=clock.now())
    return htmx.redirect_to(url_for("catalog.index"), f"{item.name} is back")


@blueprint.get("/items/taxes/<uuid:tax_id>/archive/")
@requires("staff")
def archive_tax_form(tax_id: uuid.UUID) -> str:
    tax = queries.get_tax(current_user.business_id, tax_id)
    used = queries.items_with_tax(current_user.business_id, tax_id)
    sentences = ["It is no longer offered on new lines. Documents and drafts that have it keep it."]
    if used:
        sentences.append(f"{'One item' if used == 1 else f'{used} items'} will no longer bring it along.")
    return render_template(
        "shared/confirm.html",
        title=f"Archive {tax.name}?",
        sentences=sentences,
        action=url_for("catalog.archive_tax", tax_id=tax_id),
        verb="Archive",
        back=url_for("catalog.taxes"),
        danger=False,
    )


@blueprint.post("/items/taxes/<uuid:tax_id>/archive/")
@requires("staff")
def archive_tax(tax_id: uuid.UUID) -> Response:
    tax = service.archive_tax(actor(), tax_id, now=clock.now())
    undo = url_for("catalog.restore_tax", tax_id=tax_id)
    return htmx.redirect_to(url_for("catalog.taxes"), f"{tax.name} is archived", undo_url=undo)


@blueprint.get("/items/taxes/<uuid:tax_id>/restore/")
@requires("staff")
def restore_tax_form(tax_id: uuid.UUID) -> str:
    tax = queries.get_tax(current_user.business_id, tax_id)
    return render_template(
        "shared/confirm.html",
        title=f"Bring back {tax.name}?",
        sentences=["It is offered on new lines again, and items that had it bring it along again."],
        action=url_for("catalog.restore_tax", tax_id=tax_id),
        verb="Bring back",
        keep="Leave it archived",
        back=url_for("catalog.taxes"),
        danger=False,
    )


@blueprint.post("/items/taxes/<uuid:tax_id>/restore/")
@requires("staff")
def restore_tax(tax_id: uuid.UUID) -> Response:
    tax = service.restore_tax(actor(), tax_id, now=clock.now())
    return htmx.redirect_to(url_for("catalog.taxes"), f"{tax.name} is in use again")
