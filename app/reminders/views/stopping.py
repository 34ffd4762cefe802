"""Where a client says that they want no reminders: a page for people, one POST for mail programs (RFC 8058)."""

from __future__ import annotations

from flask import make_response, render_template
from flask.typing import ResponseReturnValue

from app import clock
from app.auth.queries import get_business
from app.extensions import csrf
from app.reminders.service.stopping import find_client, stop_reminders
from app.reminders.views import blueprint
from app.web.access import public


@blueprint.get("/u/<token>/")
@public
def stop_form(token: str) -> ResponseReturnValue:
    """Ask; opening the link alone changes nothing, for programs open links, too."""
    client = find_client(token, clock.now())
    name = get_business(client.business_id).name
    return render_template("reminders/stop.html", business_name=name, done=client.no_reminders_at is not None)


@blueprint.post("/u/<token>/")
@csrf.exempt
@public
def stop(token: str) -> ResponseReturnValue:
    """No more reminders; the link itself is all the proof it takes."""
    client = stop_reminders(token, now=clock.now())
    name = get_business(client.business_id).name
    return make_response(render_template("reminders/stop.html", business_name=name, done=True))
