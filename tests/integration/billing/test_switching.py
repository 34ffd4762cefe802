"""Of one service one thing at a time is carried out, so that what was wanted last is what stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.billing import queries, registry, service
from app.billing.service import switching
from app.billing.service.switching import Ready, StillCalling
from app.extensions import db
from tests.integration.billing.services import (
    NOW,
    a_router,
    client_of,
    connected,
    log,
    network,
    on_router,
    subscribed,
    work,
)
from tests.support.tenants import Tenant


def begun(tenant: Tenant, subscription_id: object) -> Ready:
    """The latest action, about to be called."""
    db.session.rollback()
    latest = queries.latest_action(tenant.business_id, subscription_id)  # type: ignore[arg-type]
    assert latest is not None
    ready = switching.begin(tenant.business_id, latest.id, now=NOW)
    assert ready is not None
    return ready


def late(tenant: Tenant, ready: Ready) -> None:
    """The call of a suspension arrives, and is noted."""
    said = registry.driver_for(ready.reach).suspend(ready.user)
    switching.record_done(tenant.business_id, ready, said, now=NOW)


def test_something_newer_waits_for_a_call_that_is_under_way(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    slow = begun(harmattan, subscription_id)
    service.restore(harmattan.owner, subscription_id, reason="On", now=NOW)
    with pytest.raises(StillCalling):
        begun(harmattan, subscription_id)
    late(harmattan, slow)
    assert log(harmattan, subscription_id) == [("restore", "wanted"), ("suspend", "superseded")]
    work()
    assert network(harmattan, subscription_id) == "active"


def test_without_waiting_the_older_one_would_stay(harmattan: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switching, "LONGEST_CALL", timedelta())
    subscription_id, _ = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    slow = begun(harmattan, subscription_id)
    service.restore(harmattan.owner, subscription_id, reason="On", now=NOW)
    work()
    late(harmattan, slow)
    assert network(harmattan, subscription_id) == "suspended"


def test_a_call_whose_worker_died_is_not_waited_for_for_ever(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    dead = begun(harmattan, subscription_id)
    service.restore(harmattan.owner, subscription_id, reason="On", now=NOW)
    later = NOW + switching.LONGEST_CALL + timedelta(seconds=1)
    db.session.rollback()
    latest = queries.latest_action(harmattan.business_id, subscription_id)
    assert latest is not None
    assert latest.id != dead.action_id
    assert switching.begin(harmattan.business_id, latest.id, now=later) is not None


def test_a_password_that_cannot_be_read_any_more_is_said(harmattan: Tenant) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan))
    on_router(harmattan, subscription_id, a_router(harmattan, secret="sealed with a key that is gone"))
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    work()
    db.session.rollback()
    [action] = queries.actions_of(harmattan.business_id, subscription_id)
    assert (action.state, action.answer) == ("failed", switching.UNREADABLE)


def test_an_action_that_was_done_is_not_done_again(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    ready = begun(harmattan, subscription_id)
    late(harmattan, ready)
    assert switching.begin(harmattan.business_id, ready.action_id, now=NOW) is None
