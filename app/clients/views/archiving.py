"""Archiving and restoring clients: one from its page, several from the list."""

from __future__ import annotations

import uuid

from flask import Response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.clients import queries, service
from app.clients.service import Result
from app.clients.views import blueprint
from app.invoices import client_queries
from app.money import format_money
from app.web import htmx
from app.web.access import actor, requires

MOST = 100


@blueprint.get("/clients/<uuid:client_id>/archive/")
@requires("staff")
def archive_form(client_id: uuid.UUID) -> str:
    client = queries.get_client(current_user.business_id, client_id)
    return render_template(
        "shared/confirm.html",
        title=f"Archive {client.name}?",
        sentences=[
            "They leave the list and are no longer offered on new invoices.",
            *_open_words(client_id),
            "Their invoices and payments stay as they are, and you can bring them back at any time.",
        ],
        action=url_for("clients.archive", client_id=client_id),
        verb="Archive",
        back=url_for("clients.show", client_id=client_id),
        danger=False,
    )


@blueprint.post("/clients/<uuid:client_id>/archive/")
@requires("staff")
def archive(client_id: uuid.UUID) -> Response:
    client = service.archive_client(actor(), client_id, now=clock.now())
    undo = url_for("clients.restore", client_id=client_id)
    return htmx.redirect_to(url_for("clients.index"), f"{client.name} is archived", undo_url=undo)


@blueprint.get("/clients/<uuid:client_id>/restore/")
@requires("staff")
def restore_form(client_id: uuid.UUID) -> str:
    client = queries.get_client(current_user.business_id, client_id)
    return render_template(
        "shared/confirm.html",
        title=f"Bring back {client.name}?",
        sentences=["They are in the list again and offered on new invoices."],
        action=url_for("clients.restore", client_id=client_id),
        verb="Bring back",
        keep="Leave it archived",
        back=url_for("clients.show", client_id=client_id),
        danger=False,
    )


@blueprint.post("/clients/<uuid:client_id>/restore/")
@requires("staff")
def restore(client_id: uuid.UUID) -> Response:
    client = service.restore_client(actor(), client_id, now=clock.now())
    return htmx.redirect_to(url_for("clients.show", client_id=client_id), f"{client.name} is back")


@blueprint.post("/clients/archive/")
@requires("staff")
def archive_chosen() -> str:
    results = service.archive_many(actor(), _chosen(), now=clock.now())
    return _outcome(results, "Archived", "Was archived already")


@blueprint.post("/clients/restore/")
@requires("staff")
def restore_chosen() -> str:
    results = service.restore_many(actor(), _chosen(), now=clock.now())
    return _outcome(results, "Back in the list", "Was not archived")


def _chosen() -> list[uuid.UUID]:
    """The ids that were ticked, none twice; what is no id cannot have been."""
    found: dict[uuid.UUID, None] = {}
    for text in request.form.getlist("ids")[:MOST]:
        try:
            found[uuid.UUID(text)] = None
        except ValueError:
            continue
    return list(found)


def _outcome(results: list[Result], done: str, already: str) -> str:
    words = {"done": done, "already": already, "missing": "There is no such client"}
    return render_template("clients/outcome.html", results=results, words=words)


def _open_words(client_id: uuid.UUID) -> list[str]:
    """What a client still owes, and that nobody reminds them of it once they are archived."""
    zone = current_user.timezone
    figures = client_queries.client_figures(current_user.business_id, client_id, clock.today(zone), zone, {})
    owed = [one for one in figures.owed if one.open_count]
    if not owed:
        return []
    count = sum(one.open_count for one in owed)
    amount = " and ".join(format_money(one.balance, current_user.locale) for one in owed)
    stays = "One invoice stays" if count == 1 else f"{count} invoices stay"
    return [f"{stays} open, {amount} in all. No reminders go out while they are archived."]
