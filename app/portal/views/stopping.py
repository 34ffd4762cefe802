"""Where a client says that they want no reminders: a page for people, one POST for mail programs (RFC 8058)."""

from __future__ import annotations

from flask import g, render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.clients.models import Client
from app.extensions import csrf
from app.portal.views import blueprint
from app.portal.views.doorway import business_letterhead, enter_stopping
from app.reminders.service.stopping import stop_reminders
from app.web.access import public


@blueprint.get("/u/<token>/")
@public
def stop_form(token: str) -> ResponseReturnValue:
    """Ask; opening the link alone changes nothing, for programs open links, too."""
    return _page(enter_stopping(token))


@blueprint.post("/u/<token>/")
@csrf.exempt
@public
def stop(token: str) -> ResponseReturnValue:
    """No more reminders; the link itself is all the proof it takes, and taking it twice changes nothing."""
    enter_stopping(token)
    return _page(stop_reminders(token, now=clock.now()))


def _page(client: Client) -> str:
    head = business_letterhead(client.business_id)
    g.locale = client.language or "en"
    return render_template("portal/stop.html", **head, done=client.no_reminders_at is not None)
