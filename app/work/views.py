"""Background work: what waits, what runs, and what gave up, to be tried again or discarded."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app import clock
from app.auth.rules import at_least
from app.web import htmx
from app.web.access import actor, requires
from app.work import service
from app.work.forms import DiscardForm
from app.work.queries import count_work, get_given_up, list_work
from app.work.rules import VIEWS, next_look

blueprint = Blueprint("work", __name__)


@blueprint.get("/settings/jobs/")
@requires("viewer")
def index() -> ResponseReturnValue:
    """The page; without a word which part is wanted, what gave up if anything did."""
    return render_template("work/index.html", **_gather(0))


@blueprint.get("/settings/jobs/list/")
@requires("viewer")
def listed() -> ResponseReturnValue:
    """The list by itself, which asks for itself while something is under way."""
    turn = min(max(request.args.get("turn", 0, type=int), 0), 1000)
    return make_response(render_template("work/_list.html", **_gather(turn)))


@blueprint.post("/settings/jobs/<uuid:job_id>/retry/")
@requires("admin")
def retry(job_id: uuid.UUID) -> ResponseReturnValue:
    """Have it tried again."""
    service.try_again(actor(), job_id, now=clock.now())
    return htmx.redirect_to(_given_up(), "It is being tried again.")


@blueprint.get("/settings/jobs/<uuid:job_id>/discard/")
@requires("admin")
def discard_form(job_id: uuid.UUID) -> ResponseReturnValue:
    """Say what it means, and ask why."""
    return _ask(job_id, DiscardForm())


@blueprint.post("/settings/jobs/<uuid:job_id>/discard/")
@requires("admin")
def discard(job_id: uuid.UUID) -> ResponseReturnValue:
    """Never try it again."""
    form = DiscardForm()
    if not form.validate_on_submit():
        return _ask(job_id, form), 422
    service.discard(actor(), job_id, form.reason.data, now=clock.now())
    return htmx.redirect_to(_given_up(), "Discarded. It is noted who did it and why.")


def _gather(turn: int) -> dict[str, Any]:
    now, counts = clock.now(), count_work(current_user.business_id, clock.now())
    wanted = request.args.get("see", "")
    see = next((one for one in VIEWS if one == wanted), "given-up" if counts.given_up else "waiting")
    page = list_work(current_user.business_id, see, now, request.args.get("cursor"))
    # The list may have been asked for by itself; the pages around it are whole ones all the same.
    around = {"next_url": _at(see, page.next), "prev_url": _at(see, page.previous)}
    return {
        "see": see,
        "around": around,
        "tabs": [(url_for("work.index", see=one), word, counts.of(one), one == see) for one, word in VIEWS.items()],
        "page": page,
        "cursor": request.args.get("cursor"),
        "may_act": at_least(current_user.role, "admin"),
        "busy": counts.busy,
        "turn": turn,
        "pause": next_look(turn) if counts.busy else None,
    }


def _at(see: str, cursor: str | None) -> str | None:
    return url_for("work.index", see=see, cursor=cursor) if cursor else None


def _ask(job_id: uuid.UUID, form: DiscardForm) -> str:
    piece = get_given_up(current_user.business_id, job_id, clock.now())
    sentences = [
        f"{piece.title}: what this was to do is not done, and will not be tried again.",
        "The record stays, with your name and your reason.",
    ]
    return render_template(
        "shared/confirm.html",
        title="Discard this work?",
        sentences=sentences,
        verb="Discard it",
        keep="Leave it there",
        form=form,
        back=_given_up(),
        action=url_for("work.discard", job_id=job_id),
    )


def _given_up() -> str:
    return url_for("work.index", see="given-up")
