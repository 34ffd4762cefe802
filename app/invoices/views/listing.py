"""The list of invoices, and what can be done with several at once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.rules import at_least
from app.clients.queries import find_client
from app.database import new_id
from app.errors import DuelyError, Invalid, NotFound
from app.invoices.queries import lists
from app.invoices.queries.lists import Filters, Row
from app.invoices.queries.overview import overview
from app.invoices.rules.badges import badge
from app.invoices.service.drafts import delete_draft
from app.invoices.service.issuing import issue
from app.invoices.service.sending import mark_sent, send
from app.invoices.views.room import blueprint
from app.web import htmx
from app.web.access import actor, requires
from app.web.once import read_form_id

MOST_AT_ONCE = 100
VERBS = {
    "issue": (issue, "Issued"),
    "send": (send, "Put into the outbox"),
    "mark-sent": (mark_sent, "Marked as sent"),
    "delete": (delete_draft, "Deleted"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of a bulk action."""

    row: Row | None
    done: bool
    sentence: str


@blueprint.get("/")
@requires("viewer")
def index() -> ResponseReturnValue:
    """The list, as the address says."""
    me = current_user
    today = clock.today(me.timezone)
    filters = read_filters()
    page = lists.list_invoices(me.business_id, filters, request.args.get("cursor"), today)
    context = {
        "page": page,
        "badges": {row.id: badge(row.state, row.sent, row.due_date, today, row.gone, row.seen) for row in page.items},
        "filters": filters,
        "url": _url,
        "overview": overview(me.business_id, filters, today),
        "may_act": at_least(me.role, "staff"),
        "form_id": new_id(),
        "client": find_client(me.business_id, filters.client_id) if filters.client_id else None,
    }
    return htmx.page_or_fragment("invoices/index.html", "invoices/_list.html", **context)


@blueprint.post("/bulk/")
@requires("staff")
def bulk() -> ResponseReturnValue:
    """Do one thing to several invoices, and say of each what became of it."""
    verb = request.form.get("do", "")
    if verb not in VERBS:
        raise Invalid("do", "Choose what to do with them.")
    ids = list(dict.fromkeys(filter(None, map(_uuid, request.form.getlist("ids")))))
    if not ids:
        return htmx.redirect_to(_url(read_filters()), "Tick the invoices first", "bad")
    if len(ids) > MOST_AT_ONCE:
        raise Invalid("ids", f"At most {MOST_AT_ONCE} at once.")
    rows = lists.names_of(current_user.business_id, ids)
    if not rows:
        raise NotFound
    if verb == "delete" and "sure" not in request.form:
        return render_template("invoices/bulk_delete.html", rows=[rows[i] for i in ids if i in rows])
    late = _overdue_at_once(verb, rows) if "sure" not in request.form else set()
    if late:
        chosen = [rows[i] for i in ids if i in rows]
        context = {"rows": chosen, "late": late, "verb": verb, "form_id": read_form_id()}
        return render_template("invoices/bulk_overdue.html", **context)
    outcomes = [_do(verb, invoice_id, rows) for invoice_id in ids]
    return make_response(render_template("invoices/bulk.html", outcomes=outcomes, verb=verb))


def read_filters() -> Filters:
    """What the address asks for; what cannot be read is left out."""
    args = request.args
    view, sort = args.get("view", "all"), args.get("sort", "newest")
    currency = args.get("currency", "").upper()
    return Filters(
        view=view if view in lists.VIEWS else "all",
        text=args.get("q", "")[:200].strip(),
        client_id=_uuid(args.get("client", "")),
        currency=currency if len(currency) == 3 and currency.isascii() and currency.isalpha() else "",
        due_from=_day(args.get("due_from", "")),
        due_to=_day(args.get("due_to", "")),
        sort=sort if sort.removeprefix("-") in lists.SORTS else "newest",
        unrated=current_user.currency if args.get("rate") == "none" else "",
    )


def _overdue_at_once(verb: str, rows: dict[uuid.UUID, Row]) -> set[uuid.UUID]:
    """The drafts that would be overdue on the day they are issued."""
    today = clock.today(current_user.timezone)
    if verb not in ("issue", "send"):
        return set()
    return {row.id for row in rows.values() if row.status == "draft" and row.due_date < today}


def _do(verb: str, invoice_id: uuid.UUID, rows: dict[uuid.UUID, Row]) -> Outcome:
    service, done = VERBS[verb]
    row = rows.get(invoice_id)
    try:
        once = {"form_id": read_form_id()} if verb == "send" else {}
        service(actor(), invoice_id, now=clock.now(), **once)  # type: ignore[operator]
    except Invalid as error:
        sentences = [sentence for found in error.errors.values() for sentence in found]
        return Outcome(row, False, " ".join(sentences) or str(error))
    except DuelyError as error:
        return Outcome(row, False, str(error))
    return Outcome(row, True, done)


def _url(filters: Filters, to: str = "invoices.index", **changes: object) -> str:
    """The address of this list with some filters changed; what is left at its default is not named."""
    named = {
        "view": filters.view if filters.view != "all" else None,
        "q": filters.text or None,
        "client": filters.client_id,
        "currency": filters.currency or None,
        "due_from": filters.due_from,
        "due_to": filters.due_to,
        "sort": filters.sort if filters.sort != "newest" else None,
        "rate": "none" if filters.unrated else None,
    }
    return url_for(to, **{name: value for name, value in (named | changes).items() if value})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        return None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
