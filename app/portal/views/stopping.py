"""Where a client says that they want no reminders, or takes it back; mail programs post there, too (RFC 8058)."""

from __future__ import annotations

from flask import g, render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.clients.models import Client
from app.extensions import csrf
from app.portal.views import blueprint
from app.portal.views.doorway import business_letterhead, enter_stopping
from app.reminders.service.stopping import stop_reminders, want_reminders
from app.web.access import public


@blueprint.get("/u/<token>/")
@public
def stop_form(token: str) -> ResponseReturnValue:
    """Ask; opening the link alone changes nothing, for programs open links, too."""
    return _page(enter_stopping(token), token)


@blueprint.post("/u/<token>/")
@csrf.exempt
@public
def stop(token: str) -> ResponseReturnValue:
    """No more reminders; the link itself is all the proof it takes, and taking it twice changes nothing."""
    enter_stopping(token)
    return _page(stop_reminders(token, now=clock.now()), token)


@blueprint.post("/u/<token>/again/")
@public
def remind_again(token: str) -> ResponseReturnValue:
    """They take it back."""
    enter_stopping(token)
    return _page(want_reminders(token, now=clock.now()), token, again=True)


def _page(client: Client, token: str, *, again: bool = False) -> str:
    head = business_letterhead(client.business_id)
    g.locale = client.language or "en"
    done = client.no_reminders_at is not None
    return render_template("portal/stop.html", **head, token=token, done=done, again=again)
