"""The list of clients, the page of one, making and changing one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask import Response, render_template, request, url_for
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.billing.queries import of_client as subscriptions_of
from app.billing.queries.standings import until_restored
from app.clients import queries, service
from app.clients.activity import tell
from app.clients.errors import StaleClient
from app.clients.forms import ClientForm, stored
from app.clients.models import Client
from app.clients.queries import ClientFilters
from app.clients.views import blueprint
from app.folding import searched
from app.invoices import client_queries
from app.invoices.client_queries import Owed
from app.money import Money
from app.payments.queries import client_credit
from app.payments.queries.saved_cards import cards_of
from app.web import choices, htmx, stale
from app.web.access import actor, requires


@blueprint.get("/clients/")
@requires("viewer")
def index() -> Response:
    filters = _filters()
    page = queries.list_clients(current_user.business_id, filters, request.args.get("cursor"))
    ids = [client.id for client in page.items]
    return htmx.page_or_fragment(
        "clients/index.html",
        "clients/_list.html",
        filters=filters,
        page=page,
        tags=queries.tags_of(current_user.business_id, ids),
        balances=client_queries.balances(current_user.business_id, ids),
        counts=queries.counts(current_user.business_id),
        all_tags=queries.tags(current_user.business_id),
    )


@blueprint.get("/clients/new/")
@requires("staff")
def new() -> Response:
    return _form("clients/new.html", ClientForm(region=_region()))


@blueprint.post("/clients/new/")
@requires("staff")
def create() -> Response:
    form = ClientForm(request.form, region=_region())
    if _changed_rows(form):
        return _form("clients/new.html", form, added="add_contact" in request.form)
    if not form.validate():
        return _form("clients/new.html", form, status=422)
    client = service.create_client(actor(), form.values(), now=clock.now())
    return _saved(client, f"{client.name} is now a client")


@blueprint.get("/clients/<uuid:client_id>/")
@requires("viewer")
def show(client_id: uuid.UUID) -> str:
    me = current_user
    business, zone = me.business_id, me.timezone
    card = queries.get_card(business, client_id)
    client, today = card.client, clock.today(zone)
    events = client_queries.client_activity(business, client_id)
    figures = client_queries.client_figures(business, client_id, today, zone, client_credit(business, client_id))
    nothing = Money.zero(client.currency or me.currency)
    subscriptions = subscriptions_of(business, client_id, today)
    return render_template(
        "clients/show.html",
        client=client,
        contacts=card.contacts,
        recipients=card.recipients,
        tags=card.tags,
        sharing=queries.sharing_email(business, client.email, besides=client.id),
        figures=figures,
        owed=_own_currency_first(figures.owed, nothing.currency) or [Owed(nothing, nothing, nothing)],
        country=dict(choices.countries()).get(client.country, ""),
        language=dict(choices.LANGUAGES).get(client.language or me.locale, me.locale),
        documents=client_queries.client_documents(business, client_id, today),
        activity=tell(events),
        saved_cards=cards_of(business, client_id),
        subscriptions=subscriptions,
        held=until_restored(business, [row for row, _ in subscriptions]),
        today=today,
    )


@blueprint.get("/clients/<uuid:client_id>/edit/")
@requires("staff")
def edit(client_id: uuid.UUID) -> Response:
    client, form = _filled(client_id)
    return _form("clients/edit.html", form, client=client)


@blueprint.post("/clients/<uuid:client_id>/edit/")
@requires("staff")
def change(client_id: uuid.UUID) -> Response:
    client = queries.get_client(current_user.business_id, client_id)
    form = ClientForm(request.form, region=_region())
    if _changed_rows(form):
        return _form("clients/edit.html", form, client=client, added="add_contact" in request.form)
    if not form.validate():
        return _form("clients/edit.html", form, client=client, status=422)
    try:
        client = service.change_client(actor(), client_id, form.values(), form.version.data, now=clock.now())
    except StaleClient as error:
        client, current = _filled(client_id)
        found = stale.differences(form, current)
        return _form("clients/edit.html", form, client=client, status=409, differences=found, sentence=str(error))
    return _saved(client, "Saved")


def _own_currency_first(owed: Iterable[Owed], currency: str) -> list[Owed]:
    return sorted(owed, key=lambda one: (one.balance.currency != currency, one.balance.currency))


def _filters() -> ClientFilters:
    """What the address asks for."""
    arguments = request.args
    return ClientFilters(
        text=searched(arguments.get("q", "")),
        tag=searched(arguments.get("tag", "")),
        archived=arguments.get("show") == "archived",
        sort="newest" if arguments.get("sort") == "newest" else "name",
    )


def _region() -> str:
    return get_business(current_user.business_id).country


def _filled(client_id: uuid.UUID) -> tuple[Client, ClientForm]:
    """A client as it stands now, and its form."""
    business = current_user.business_id
    card = queries.get_card(business, client_id)
    data = stored(card.client, card.contacts, card.tags)
    return card.client, ClientForm(None, region=_region(), data=data)


def _changed_rows(form: ClientForm) -> bool:
    """Whether one of the buttons of the contact rows was pressed, and not the one that saves."""
    if "add_contact" in request.form:
        form.contacts.append_entry()
        return True
    row = request.form.get("remove_contact", "")
    if row.isascii() and row.isdigit() and len(row) < 4 and int(row) < len(form.contacts):
        form.contacts.pop_entry(int(row))
        if not form.contacts.entries:
            form.contacts.append_entry()
        return True
    return False


def _form(page: str, form: ClientForm, status: int = 200, client: Client | None = None, **context: object) -> Response:
    business = get_business(current_user.business_id)
    return htmx.page_or_fragment(
        page, "clients/_form.html", status, form=form, client=client, business=business, **context
    )


def _saved(client: Client, sentence: str) -> Response:
    """To the client's page, and a word about others with the same address: it is allowed, but rarely meant."""
    same = queries.sharing_email(current_user.business_id, client.email, besides=client.id)
    if same:
        sentence += f". {', '.join(other.name for other in same)} has the same e-mail address."
    return htmx.redirect_to(url_for("clients.show", client_id=client.id), sentence)
