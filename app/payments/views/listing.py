"""The list of payments, and money that waits for somebody to look at it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.rules import at_least
from app.clients.queries import find_client
from app.errors import NotFound
from app.money import Money
from app.payments import queries, service
from app.payments.forms import ALL_METHODS, ResolveForm
from app.payments.models import HeldMoney
from app.payments.queries import lists
from app.payments.queries.lists import Filters
from app.payments.queries.unsettled import beside_the_list
from app.payments.registry import title_of
from app.payments.service.matching import matchable
from app.payments.views import blueprint
from app.web import htmx
from app.web.access import actor, requires

METHOD_NAMES = dict(ALL_METHODS)


@blueprint.get("/payments/")
@requires("viewer")
def index() -> ResponseReturnValue:
    """The list, as the address says."""
    business_id, filters = current_user.business_id, read_filters(request.args)
    held = queries.held(business_id)
    disputes, unsettled = beside_the_list(business_id, clock.now())
    context = {
        "filters": filters,
        "page": lists.list_payments(business_id, filters, request.args.get("cursor")),
        "sums": lists.sums(business_id, filters),
        "any": lists.anything(business_id),
        "client": find_client(business_id, filters.client_id) if filters.client_id else None,
        "disputes": disputes,
        "unsettled": unsettled,
        "held": [(row, title_of(row.gateway), money_of(row), matchable(row)) for row in held],
        "methods": ALL_METHODS,
        "method_names": METHOD_NAMES,
        "url": _url,
        "may_act": at_least(current_user.role, "staff"),
        "resolves": at_least(current_user.role, "admin"),
    }
    return render_template("payments/index.html", **context)


@blueprint.get("/payments/held/<uuid:held_id>/resolve/")
@requires("admin")
def resolve_form(held_id: uuid.UUID) -> ResponseReturnValue:
    """Say what resolving means, and ask what was done."""
    return _asking(held_id, ResolveForm())


@blueprint.post("/payments/held/<uuid:held_id>/resolve/")
@requires("admin")
def resolve(held_id: uuid.UUID) -> ResponseReturnValue:
    """Note what was done about money that did not fit."""
    form = ResolveForm()
    if not form.validate():
        return _asking(held_id, form, 422)
    service.resolve_held(actor(), held_id, form.resolution.data, now=clock.now())
    return htmx.redirect_to(url_for("payments.index"), "Noted. It is off the list.")


def read_filters(args: Mapping[str, str]) -> Filters:
    """The filters of an address; what makes no sense is left out."""
    method = args.get("method", "")
    return Filters(
        text=" ".join(args.get("q", "").split())[:200].replace("\0", ""),
        method=method if method in METHOD_NAMES else "",
        client_id=_id(args.get("client", "")),
        day_from=_day(args.get("from", "")),
        day_to=_day(args.get("to", "")),
    )


def money_of(row: HeldMoney) -> Money | None:
    """How much is held, when the gateway said so in a currency that exists."""
    try:
        return None if row.amount_minor is None else Money(row.amount_minor, row.currency)
    except ValueError:
        return None


def _asking(held_id: uuid.UUID, form: ResolveForm, status: int = 200) -> ResponseReturnValue:
    row = next((row for row in queries.held(current_user.business_id) if row.id == held_id), None)
    if row is None:
        raise NotFound
    sentences = [
        row.reason,
        f"Reference {row.reference}. Duely books nothing for it: give the money back at the payment company, or book "
        "it yourself. Then note here what you did, and it leaves the list.",
    ]
    context = {"title": "Dismiss held money", "sentences": sentences, "verb": "Dismiss it", "danger": False}
    back, action = url_for("payments.index"), url_for("payments.resolve", held_id=held_id)
    page = render_template("shared/confirm.html", form=form, back=back, action=action, keep="Not yet", **context)
    return page, status


def _url(filters: Filters, **changes: object) -> str:
    now = {
        "q": filters.text,
        "method": filters.method,
        "client": filters.client_id,
        "from": filters.day_from,
        "to": filters.day_to,
    }
    return url_for("payments.index", **{name: str(value) for name, value in (now | changes).items() if value})


def _id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        return None
