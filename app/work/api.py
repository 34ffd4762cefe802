"""Background work: what gave up, waits or runs, and what is to become of what gave up."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from flask import Response
from flask_login import current_user
from pydantic import Field

from app import clock
from app.web.access import actor
from app.web.api import In, ListQuery, Out, accepted, filled, instant, operation, paged, rooms_api, told
from app.work import service
from app.work.forms import DiscardForm
from app.work.queries import Piece, list_work

blueprint = rooms_api("work", "/api", "Background work")
AT = "/settings/jobs/"
State = Literal["given-up", "waiting", "running"]


class JobQuery(ListQuery):
    """Which work."""

    state: State = Field("given-up", description="What gave up is there until somebody decides what becomes of it.")


class JobOut(Out):
    """A piece of work: `told` is what became of it so far. Of some it is known how much of `total` is `done`."""

    id: uuid.UUID
    title: str
    state: State
    told: str
    failures: int
    added_at: datetime
    due_at: datetime
    late: bool = Field(description="It is due, or whoever ran it has gone.")
    done: int | None
    total: int | None


class DiscardIn(In):
    """Why it is never to be done, for whoever asks later."""

    reason: str = Field(min_length=1, max_length=300, examples=["Sent by hand"])


_JOB: dict[str, Any] = {
    "id": "01936f4e-7c00-7000-8000-000000000086",
    "title": "Switch a service on the network",
    "state": "given-up",
    "told": "Failed 8 times, the last time: The router did not answer.",
    "failures": 8,
    "added_at": "2026-11-20T10:30:00Z",
    "due_at": "2026-11-20T18:30:00Z",
    "late": True,
    "done": None,
    "total": None,
}
_STATES: dict[str, State] = {"parked": "given-up", "running": "running"}
_DECIDES: dict[str, Any] = {"role": "admin", "scope": "settings:write"}


def _written(piece: Piece) -> dict[str, Any]:
    plain = ("title", "told", "failures", "late", "done", "total")
    return {
        "id": str(piece.id),
        "state": _STATES.get(piece.state, "waiting"),
        "added_at": instant(piece.added_at),
        "due_at": instant(piece.due_at),
        **{name: getattr(piece, name) for name in plain},
    }


@blueprint.get(AT)
@operation(
    "List background work",
    role="viewer",
    scope="settings:read",
    query=JobQuery,
    gives=JobOut,
    many=True,
    example=_JOB,
)
def list_background_work(query: JobQuery) -> Response:
    """What gave up, the latest first; what waits and runs, what is due first in front."""
    return paged(list_work(current_user.business_id, query.state, clock.now(), query.walk), query, _written)


@blueprint.post(AT + "<uuid:job_id>/retry/")
@operation("Try work again that gave up", status=202, **_DECIDES)
def retry_background_work(job_id: uuid.UUID) -> Response:
    """At once, and as often as if it were new."""
    service.try_again(actor(), job_id, now=clock.now())
    return accepted(None, "It is being tried again")


@blueprint.post(AT + "<uuid:job_id>/discard/")
@operation(
    "Discard work that gave up", takes=DiscardIn, takes_example={"reason": "Sent by hand"}, **_DECIDES
)  # fmt: skip
def discard_background_work(job_id: uuid.UUID, body: DiscardIn) -> Response:
    """What it was to do is not done, and not tried again. It is noted who said so and why."""
    form = filled(DiscardForm, body.model_dump())
    service.discard(actor(), job_id, form.reason.data, now=clock.now())
    return told(None, "Discarded")
