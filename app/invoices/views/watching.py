"""The page of an invoice that waits: it asks what became of a mail, or of a client who went to pay."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.invoices import queries
from app.invoices.rules.watching import Watch
from app.invoices.views.faces import face_to_show
from app.invoices.views.page import gather
from app.invoices.views.room import blueprint
from app.messages.rules import NOUNS
from app.money import Money
from app.web import htmx
from app.web.access import requires
from app.web.filters import money


@blueprint.get("/<uuid:invoice_id>/watch/")
@requires("viewer")
def watch(invoice_id: uuid.UUID) -> ResponseReturnValue:
    """`invoices/_watch.html` while nothing changed; else `invoices/_watched.html`, which goes where it belongs."""
    args = request.args
    before = Watch(args.get("mail", "")[:50], args.get("money", "")[:50])
    turn = min(max(args.get("turn", 0, type=int), 0), 1000)
    context = gather(queries.get_folder(current_user.business_id, invoice_id), turn)
    after: Watch = context["watch"]
    if (before.mail, before.money) == (after.mail, after.money):
        return make_response(render_template("invoices/_watch.html", **context))
    _tell(before, after, context)
    context["money_moved"] = before.money != after.money
    if context["money_moved"]:
        context |= face_to_show(context["doc"], _face_seen())
    response = make_response(render_template("invoices/_watched.html", **context))
    response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#beside", "outerHTML"
    return response


def _tell(before: Watch, after: Watch, context: dict[str, Any]) -> None:
    """Say in one line what happened meanwhile."""
    came = before.owed - after.owed
    if came > 0 and context["doc"].status == "open":
        htmx.toast(f"{money(Money(came, context['doc'].currency))} came in")
    elif after.mail.count("f") > before.mail.count("f"):
        htmx.toast(f"The {_newest(context, 'failed')} did not get out", "bad")
    elif after.mail.count("s") > before.mail.count("s"):
        htmx.toast(f"The {_newest(context, 'sent')} is sent")


def _newest(context: dict[str, Any], state: str) -> str:
    """What the newest message of a state is, in a word."""
    return next((NOUNS[message.channel] for message in context["messages"] if message.state == state), "message")


def _face_seen() -> str:
    """Which of the faces the page shows that asks."""
    return parse_qs(urlsplit(htmx.here()).query).get("see", [""])[0]
