"""Carrying out on the network what was wanted of a service: prepare, call with no transaction open, record."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.billing import queries
from app.billing.drivers.base import LEADS_TO, User, Verb
from app.billing.drivers.errors import BadLogin, NotAllowed, Unreachable
from app.billing.models import Router, ServiceAction, ServiceRecord
from app.billing.registry import Reach, reach, user_of
from app.billing.rules.heard import in_words, storable
from app.database import locked, transactional
from app.extensions import db
from app.vault import Unreadable

LONGEST_CALL = timedelta(seconds=60)
"""After so long nothing of a call is on its way any more: drivers end theirs before."""
UNREADABLE = "The password of its router cannot be read any more. Type it again in the router's settings."
REST = timedelta(seconds=20)
"""For so long a router that could not be used is left alone: a thousand services need not ask it one by one."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be done, on which router, for whom."""

    action_id: uuid.UUID
    verb: Verb
    reach: Reach
    user: User


class StillCalling(Exception):
    """Something older is being carried out on this service; what is wanted now comes right after it."""


class Resting(Exception):
    """The router of this service could not be used just now; it is tried again soon."""


@transactional
def begin(business_id: uuid.UUID, action_id: uuid.UUID, *, now: datetime) -> Ready | None:
    """Note that a router is asked; None when it is done, or something newer is wanted.

    Of one service only one thing at a time is carried out, so that what was wanted last is what stays. Raises
    StillCalling, and Resting while its router is left alone.
    """
    action = locked(ServiceAction, business_id, action_id)
    if action is None or action.state != "wanted":
        return None
    record = _record(business_id, action.subscription_id)
    if record is None:
        action.state, action.done_at, action.answer = "done", now, "It is on no router any more."
        return None
    if record.calling not in (None, action.id) and record.calling_until is not None and record.calling_until > now:
        raise StillCalling
    router = db.session.get_one(Router, (business_id, record.router_id))
    if router.failed_at is not None and router.error and now < router.failed_at + REST:
        raise Resting(router.error)
    try:
        how = reach(router)
    except Unreadable:
        action.state, action.answer = "failed", UNREADABLE
        return None
    record.calling, record.calling_until = action.id, now + LONGEST_CALL
    action.attempts += 1
    return Ready(action.id, action.verb, how, user_of(record))  # type: ignore[arg-type]


@transactional
def record_done(business_id: uuid.UUID, ready: Ready, answer: str, *, now: datetime) -> None:
    """The router has done it, whether or not something newer is wanted meanwhile."""
    action = locked(ServiceAction, business_id, ready.action_id)
    if action is None:
        return
    action.answer = storable(answer)
    if action.state != "superseded":
        action.state, action.done_at = "done", now
    record = _let_go(business_id, action)
    if record is not None:
        record.network_state, record.seen_at = LEADS_TO[ready.verb], now
    note_seen(business_id, uuid.UUID(ready.reach.router_id), now=now)


@transactional
def record_failed(business_id: uuid.UUID, ready: Ready | None, error: Exception, final: bool, *, now: datetime) -> None:
    """The router has not done it, or it is not known; it is tried again unless that is `final`."""
    if ready is None:
        return
    action = locked(ServiceAction, business_id, ready.action_id)
    if action is None:
        return
    action.answer = storable(in_words(error))
    if final and action.state == "wanted":
        action.state = "failed"
    _let_go(business_id, action)
    router_id = uuid.UUID(ready.reach.router_id)
    if isinstance(error, Unreachable | BadLogin | NotAllowed):
        note_trouble(business_id, router_id, str(error), now=now)
    elif hasattr(error, "permanent"):
        note_seen(business_id, router_id, now=now)


@transactional
def note_seen(business_id: uuid.UUID, router_id: uuid.UUID, *, now: datetime) -> None:
    """A router has answered."""
    router = locked(Router, business_id, router_id)
    if router is not None:
        router.last_seen_at, router.error = now, ""
        router.failing_since, router.failed_at = None, None


@transactional
def note_trouble(business_id: uuid.UUID, router_id: uuid.UUID, said: str, *, now: datetime) -> None:
    """A router could not be reached, or could not be used."""
    router = locked(Router, business_id, router_id)
    if router is not None:
        router.error, router.failed_at = storable(said), now
        router.failing_since = router.failing_since or now


def _record(business_id: uuid.UUID, subscription_id: uuid.UUID) -> ServiceRecord | None:
    found = queries.record_of(business_id, subscription_id)
    return locked(ServiceRecord, business_id, found.id) if found else None


def _let_go(business_id: uuid.UUID, action: ServiceAction) -> ServiceRecord | None:
    record = _record(business_id, action.subscription_id)
    if record is not None and record.calling == action.id:
        record.calling, record.calling_until = None, None
    return record
