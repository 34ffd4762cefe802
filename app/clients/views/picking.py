"""Choosing a client while an invoice is written, or to narrow a list: fragments."""

from __future__ import annotations

from flask import Response, make_response, render_template, request
from flask_login import current_user

from app import clock
from app.clients import queries, service
from app.clients.forms import QuickForm
from app.clients.rules import ClientValues
from app.clients.views import blueprint
from app.folding import searched
from app.invoices import client_queries
from app.web.access import actor, requires


@blueprint.get("/clients/search/")
@requires("viewer")
def search() -> str:
    """`clients/_options.html`: the clients that match `q`, each a button with name, e-mail and what is owed."""
    text = searched(request.args.get("q", ""))
    found = queries.search_clients(current_user.business_id, text)
    balances = client_queries.balances(current_user.business_id, [client.id for client in found])
    return render_template("clients/_options.html", clients=found, balances=balances, text=text)


@blueprint.get("/clients/choices/")
@requires("viewer")
def choices() -> str:
    """`clients/_choices.html`: an option for each client, the one named by `chosen` selected."""
    found = queries.names(current_user.business_id)
    return render_template("clients/_choices.html", names=found, chosen=request.args.get("chosen", ""))


@blueprint.post("/clients/quick/")
@requires("staff")
def quick() -> Response:
    """Make a client from `name` and `email`: `clients/_picked.html`, or `clients/_quick.html` with 422."""
    form = QuickForm(request.form)
    if not form.validate():
        return make_response(render_template("clients/_quick.html", form=form), 422)
    values = ClientValues(name=form.name.data, email=form.email.data)
    client = service.create_client(actor(), values, now=clock.now())
    same = queries.sharing_email(current_user.business_id, client.email, besides=client.id)
    return make_response(render_template("clients/_picked.html", client=client, sharing=same))
