"""What became of telling: it was taken, it was not, or nobody will try any more."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from html import escape

from sqlalchemy import delete, select, update

from app.auth import audit
from app.auth.queries import members
from app.auth.rules import Actor
from app.auth.service import links
from app.database import locked, transactional
from app.extensions import db
from app.hooks.models import Delivery, Endpoint, HookEvent
from app.hooks.service.telling import Ready
from app.messages import service as messages
from app.messages.render import Rendered

WHOLE = timedelta(days=2, hours=23)
"""How long a delivery fails that ran through all of its tries: three days, less what it had waited to begin."""
AT_REST = timedelta(hours=12)
"""Between two tries there are six hours at most. After so long a pause it was us who did not try."""
KEPT = timedelta(days=30)


@transactional
def record_told(business_id: uuid.UUID, ready: Ready, status: int, answer: str, now: datetime) -> None:
    """That an endpoint took it."""
    endpoint = locked(Endpoint, business_id, ready.endpoint_id)
    found = locked(Delivery, business_id, ready.delivery_id)
    if found is not None:
        found.state, found.status, found.answer = "delivered", status, answer[:300]
        found.tries, found.tried_at = found.tries + 1, now
    if endpoint is not None and endpoint.failing_since is not None:
        _fails_since(endpoint, None)


@transactional
def record_not_told(
    business_id: uuid.UUID, ready: Ready, status: int | None, why: str, final: bool, now: datetime
) -> None:
    """That an endpoint did not take it. Where all the tries of three days failed, and nothing else was taken since the
    first of them, it is paused, and the owners are told."""
    endpoint = locked(Endpoint, business_id, ready.endpoint_id)
    found = locked(Delivery, business_id, ready.delivery_id)
    last_try = found.tried_at if found is not None else None
    if found is not None:
        found.status, found.answer, found.tries, found.tried_at = status, why[:300], found.tries + 1, now
        found.failed_at = found.failed_at or now
        if final:
            found.state = "failed"
    if endpoint is None or endpoint.removed_at is not None:
        return
    if endpoint.failing_since is None:
        _fails_since(endpoint, now)
    elif final and found is not None and endpoint.paused_at is None and _took_nothing(endpoint, found, last_try, now):
        endpoint.paused_at, endpoint.paused_by = now, "failures"
        audit.record(Actor.system(business_id), "paused", "webhook", endpoint.id, now, facts={"reason": why[:200]})
        _tell_owners(endpoint, why, now)


@transactional
def give_up(business_id: uuid.UUID, delivery_id: uuid.UUID, round: int, state: str, why: str) -> None:
    """That nobody will try a delivery any more which waits still; it can be sent again by hand."""
    found = locked(Delivery, business_id, delivery_id)
    if found is not None and (found.state, found.round) == ("waiting", round):
        found.state, found.answer = state, why[:300]


@transactional
def clean_up(now: datetime) -> None:
    """Forget events that are older than 30 days, and how telling them went."""
    old = HookEvent.at < now - KEPT
    gone = select(HookEvent.id).where(old, HookEvent.business_id == Delivery.business_id)
    db.session.execute(delete(Delivery).where(Delivery.event_id.in_(gone)).execution_options(synchronize_session=False))
    db.session.execute(delete(HookEvent).where(old).execution_options(synchronize_session=False))
    over = update(Endpoint).where(Endpoint.old_until <= now, Endpoint.old_secret != "").values(old_secret="")
    db.session.execute(over.execution_options(synchronize_session=False))


def _took_nothing(endpoint: Endpoint, delivery: Delivery, last_try: datetime | None, now: datetime) -> bool:
    """Whether a delivery failed for three days, tried again and again, and its endpoint took nothing else meanwhile."""
    first, since = delivery.failed_at, endpoint.failing_since
    if first is None or since is None or since > first:
        return False
    return now - first >= WHOLE and last_try is not None and now - last_try < AT_REST


def _fails_since(endpoint: Endpoint, moment: datetime | None) -> None:
    """Not through the model: a note of ours must not make what somebody is editing stale."""
    mine = (Endpoint.business_id == endpoint.business_id, Endpoint.id == endpoint.id)
    db.session.execute(update(Endpoint.__table__).where(*mine).values(failing_since=moment))  # type: ignore[arg-type]


def _tell_owners(endpoint: Endpoint, why: str, now: datetime) -> None:
    """Write to the owners that an endpoint is told nothing any more."""
    owners = [(one.name, one.email) for one in members(endpoint.business_id) if one.role == "owner" and one.verified]
    if not owners:
        return
    url = links.public_url(f"/settings/webhooks/{endpoint.id}/")
    sentences = [
        f"Your software at {endpoint.url} has taken no webhook for three days. It is paused, and nothing was deleted.",
        f"The last answer: {why}",
        "Look at it, and let it go on when it answers again:",
    ]
    html = "".join(f"<p>{escape(one)}</p>" for one in sentences) + f'<p><a href="{escape(url)}">{escape(url)}</a></p>'
    letter = Rendered("A webhook is paused", html, "\n\n".join([*sentences, url]))
    try:
        messages.queue_email(
            endpoint.business_id,
            "webhook_paused",
            owners,
            letter,
            now=now,
            object_kind="webhook",
            object_id=endpoint.id,
        )
    except messages.Unreachable:
        return
