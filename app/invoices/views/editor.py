"""The editor of a draft: opened empty, saved by itself while somebody types, or by a button where no script runs."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.queries import get_business
from app.auth.rules import NotVerified
from app.catalog.queries import find_item, item_taxes, live_taxes
from app.clients.queries import find_client
from app.database import new_id
from app.errors import Invalid
from app.invoices import queries
from app.invoices.comparing import Difference, compare
from app.invoices.errors import StaleDraft
from app.invoices.forms import EditorForm, empty_line, form_data
from app.invoices.models import Invoice
from app.invoices.queries.stored import stored_values
from app.invoices.rules import WrongState
from app.invoices.service.attaching import attach, detach
from app.invoices.service.drafts import default_terms
from app.invoices.service.issuing import issue, nothing_to_issue
from app.invoices.service.keeping import keep_draft
from app.invoices.service.sending import send
from app.invoices.values import DraftValues
from app.invoices.views.desk import furnish, lay_out
from app.invoices.views.room import blueprint
from app.messages.rules import NOUNS
from app.web import htmx
from app.web.access import actor, requires

ARRANGING = ("add", "item", "up", "down", "remove")
MAX_FILE = 5 * 1024 * 1024


@blueprint.get("/new/")
@requires("staff")
def new() -> ResponseReturnValue:
    """An empty editor, for the client in `?client=` if there is one. Nothing is stored yet."""
    me, now = current_user, clock.now()
    business = get_business(me.business_id)
    chosen = _uuid(request.args.get("client", ""))
    client = find_client(me.business_id, chosen) if chosen else None
    values = DraftValues(
        currency=(client.currency if client else "") or business.currency,
        issue_date=clock.day_in(now, business.timezone),
        terms_days=default_terms(business, client.terms_days if client else None),
        client_id=client.id if client else None,
        prices_include_tax=business.prices_include_tax,
    )
    form = EditorForm(None, data=form_data(values) | {"lines": [_blank_line(me.business_id)]})
    return _draw(form, new_id(), now)


@blueprint.get("/<uuid:invoice_id>/edit/")
@requires("staff")
def edit(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """A stored draft in the editor; an issued invoice shows its page."""
    invoice = queries.get_invoice(current_user.business_id, invoice_id)
    if invoice.status != "draft":
        return htmx.redirect_to(url_for("invoices.show", invoice_id=invoice_id))
    data = form_data(stored_values(invoice))
    form = EditorForm(None, data=data | {"lines": data["lines"] or [_blank_line(invoice.business_id)]})
    return _draw(form, invoice_id, clock.now())


@blueprint.post("/")
@requires("staff")
def create() -> ResponseReturnValue:
    """Save what the editor holds; the first save makes the draft. Also what saving by itself posts to."""
    form = EditorForm(request.form)
    return _work(form, _uuid(request.form.get("draft_id", "")) or new_id(), begun=False)


@blueprint.post("/<uuid:invoice_id>/edit/")
@requires("staff")
def save(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Save a draft that exists."""
    queries.get_invoice(current_user.business_id, invoice_id)
    return _work(EditorForm(request.form), invoice_id)


@blueprint.post("/totals/")
@requires("staff")
def totals() -> ResponseReturnValue:
    """The figures of what is being typed, without saving it."""
    form = EditorForm(request.form)
    valid = form.validate()
    draft_id = _uuid(request.form.get("draft_id", "")) or new_id()
    desk = lay_out(form, current_user.business_id, draft_id, clock.now(), valid=valid)
    response = make_response(
        render_template("invoices/_regions.html", desk=desk, form=form, doc=desk.doc, oob=True, asked=True)
    )
    response.status_code = 422 if desk.doc is None else 200
    return response


def _work(form: EditorForm, draft_id: uuid.UUID, *, begun: bool = True) -> ResponseReturnValue:
    now = clock.now()
    verb, _, which = request.form.get("do", "save").partition(":")
    _follow_client(form)
    valid = form.validate()
    if verb in ARRANGING:
        _arrange(form, verb, which)
        return _draw(form, draft_id, now)
    if not valid:
        return _draw(form, draft_id, now, 422)
    saved = False
    try:
        values = form.values()
        if verb in ("issue", "send") and form.empty and not begun and not _version(form):
            raise nothing_to_issue()
        invoice = _keep(draft_id, values, _version(form), now, begun)
        saved = True
        return _then(form, invoice, verb, which, now)
    except Invalid as error:
        form.refuse(error)
        return _draw(form, draft_id, now, 422, typed_well=True, saved=saved)
    except StaleDraft:
        return _draw(form, draft_id, now, 409, differences=_differences(draft_id, values))
    except WrongState as error:
        # Issued in another tab: what was typed stays on the screen, to be copied from.
        form.form_errors.append(str(error))
        return _draw(form, draft_id, now, 409)
    except NotVerified as error:
        form.form_errors.append(str(error))
        return _draw(form, draft_id, now, 403)


def _keep(draft_id: uuid.UUID, values: DraftValues, version: int, now: datetime, begun: bool) -> Invoice:
    """Save; a newer version that says the same is no conflict."""
    try:
        return keep_draft(actor(), draft_id, values, version=version, now=now, begun=begun)
    except StaleDraft:
        if _differences(draft_id, values):
            raise
        current = queries.get_invoice(current_user.business_id, draft_id)
        return keep_draft(actor(), draft_id, values, version=current.version, now=now)


def _then(form: EditorForm, invoice: Invoice, verb: str, which: str, now: datetime) -> ResponseReturnValue:
    """What the pressed button wants after the draft was saved."""
    page, editor = (url_for(f"invoices.{name}", invoice_id=invoice.id) for name in ("show", "edit"))
    version = invoice.version
    if verb == "issue":
        issued = issue(actor(), invoice.id, now=now, version=version)
        return htmx.redirect_to(page, f"{issued.number} is issued")
    if verb == "send":
        message = send(actor(), invoice.id, now=now, version=version)
        return htmx.redirect_to(page, f"Issued, and the {NOUNS[message.channel]} is on its way")
    if verb == "attach":
        _attach(invoice.id, now)
    elif verb == "detach":
        detach(actor(), invoice.id, _uuid(which) or invoice.id, now=now)
    elif verb == "close":
        return htmx.redirect_to(url_for("invoices.index", view="drafts"), "Draft saved")
    if not htmx.is_fragment():
        return htmx.redirect_to(editor, "Draft saved")
    response = _draw(form, invoice.id, now)
    response.headers["HX-Replace-Url"] = editor
    return response


def _draw(
    form: EditorForm,
    draft_id: uuid.UUID,
    now: datetime,
    status: int = 200,
    differences: list[Difference] | None = None,
    *,
    typed_well: bool = False,
    saved: bool = False,
) -> Response:
    """The editor: its live parts for htmx, the whole page for everybody else.

    `typed_well` keeps the figures of a form that is refused only for what should be done with it, `saved` says that it
    was stored all the same.
    """
    if request.method == "GET":
        form.validate()
    valid = typed_well or (not form.problems() and not form.lines.dropped)
    desk = lay_out(form, current_user.business_id, draft_id, now, valid=valid)
    desk.conflict = differences or ()
    if not htmx.is_fragment():
        furnish(desk)
    context = {"desk": desk, "form": form, "doc": desk.doc, "kept": saved or status == 200}
    return htmx.page_or_fragment("invoices/edit.html", "invoices/_live.html", status, **context)


def _arrange(form: EditorForm, verb: str, which: str) -> None:
    business_id = current_user.business_id
    if verb == "add":
        form.lines.add(_blank_line(business_id))
    elif verb == "item":
        chosen = _uuid(request.form.get("item", ""))
        item = find_item(business_id, chosen) if chosen else None
        if item is not None:
            taxes = [tax.id for tax in item_taxes(business_id, [item.id])[item.id]]
            line = {"item_id": item.id, "title": item.name, "detail": item.description, "unit": item.unit}
            # A price in another currency is not this document's price.
            price = item.price if item.currency == form.currency.data else None
            form.lines.add(empty_line(taxes) | line | {"unit_price": price})
    elif which.isascii() and which.isdigit():
        form.lines.rearrange(verb, int(which[:6]))


def _follow_client(form: EditorForm) -> None:
    """A client that was just chosen brings their currency and terms along."""
    chosen = _uuid(request.form.get("client_id", ""))
    if chosen is None or str(chosen) == request.form.get("client_was", ""):
        return
    client = find_client(current_user.business_id, chosen)
    if client is None:
        return
    form.follow(client.currency, client.terms_days)


def _differences(draft_id: uuid.UUID, mine: DraftValues) -> list[Difference]:
    business_id = current_user.business_id
    theirs = stored_values(queries.get_invoice(business_id, draft_id))
    found = (find_client(business_id, one) for one in (mine.client_id, theirs.client_id) if one)
    return compare(mine, theirs, {client.id: client.name for client in found if client})


def _version(form: EditorForm) -> int:
    """The version this save is held against: the one a person decided to overwrite, else the one they started from."""
    over = request.form.get("over", "")
    return int(over) if over.isascii() and over.isdigit() and len(over) < 10 else form.version.data or 0


def _attach(invoice_id: uuid.UUID, now: datetime) -> None:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid("file", "Choose a file first.")
    attach(actor(), invoice_id, file.filename, file.read(MAX_FILE + 1), now=now)


def _blank_line(business_id: uuid.UUID) -> dict[str, Any]:
    """A line before anything is typed: wherever it comes from, it brings the taxes that new lines bring."""
    return empty_line(tax.id for tax in live_taxes(business_id) if tax.is_default)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
