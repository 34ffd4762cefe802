"""The network follows pauses, cancellings and ends: at once where they count from today, else when their day comes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.auth.queries import timeline
from app.auth.rules import Actor
from app.billing import queries, service
from app.billing.models import ServiceAction
from app.billing.queries.following import not_followed
from app.billing.rules.control import RecordValues
from app.billing.rules.dunning import Terms
from app.billing.service import ordering
from app.billing.service.dunning_policies import set_policy
from app.billing.service.ordering import follow_all, follow_days
from app.billing.service.records import remove_record, save_record
from app.extensions import db
from app.vault import seal
from tests.contracts.fake_routeros import PASSWORD, USER, FakeRouterOS, run_fake_routeros
from tests.integration.billing.services import (
    NOW,
    START,
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

DAY = timedelta(days=1)


def at(day: date) -> datetime:
    """Half past midnight in Lagos."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(minutes=30)


def sweep(tenant: Tenant, day: date) -> int:
    """The hourly look, and what comes of it."""
    db.session.rollback()
    done = follow_days(tenant.business_id, None, now=at(day))
    work()
    return done


def reasons(tenant: Tenant, subscription_id: uuid.UUID) -> list[str]:
    db.session.rollback()
    return [one.reason for one in queries.actions_of(tenant.business_id, subscription_id)]


def pause(tenant: Tenant, subscription_id: uuid.UUID, since: date, until: date | None = None) -> None:
    service.pause(tenant.owner, subscription_id, since=since, until=until, reason="Travels", now=NOW)
    work()


def cancel(tenant: Tenant, subscription_id: uuid.UUID, ends_on: date) -> None:
    service.cancel(tenant.owner, subscription_id, ends_on=ends_on, reason="Moves", now=NOW)
    work()


def test_a_pause_from_today_is_off_at_once_and_on_when_it_is_resumed(harmattan: Tenant) -> None:
    one, _ = connected(harmattan)
    pause(harmattan, one, START)
    assert (network(harmattan, one), log(harmattan, one)) == ("suspended", [("suspend", "done")])
    assert sweep(harmattan, START) == 0, "it was told that already"
    service.resume(harmattan.owner, one, on=START, now=NOW)
    work()
    assert (network(harmattan, one), reasons(harmattan, one)) == ("active", ["It goes on again", "It is paused"])


def test_a_pause_begins_and_ends_on_its_days(harmattan: Tenant) -> None:
    one, _ = connected(harmattan)
    pause(harmattan, one, START + 3 * DAY, START + 5 * DAY)
    stood = []
    for day in range(7):
        sweep(harmattan, START + day * DAY)
        stood.append(network(harmattan, one))
    assert stood == ["active"] * 3 + ["suspended"] * 2 + ["active"] * 2
    assert log(harmattan, one) == [("restore", "done"), ("suspend", "done")]
    assert [event.verb for event in timeline(harmattan.business_id, "subscription", one)].count("followed") == 2


def test_a_sweep_that_was_missed_finds_what_ended_since(harmattan: Tenant) -> None:
    one, router_id = connected(harmattan)
    other = subscribed(harmattan, client_of(harmattan, "Ada"))
    on_router(harmattan, other, router_id, "bola")
    cancel(harmattan, one, START + 10 * DAY)
    assert network(harmattan, one) == "active", "what is paid for is used"
    assert sweep(harmattan, START + 9 * DAY) == 0
    assert sweep(harmattan, START + 40 * DAY) == 1
    assert (network(harmattan, one), network(harmattan, other)) == ("suspended", "active")
    assert reasons(harmattan, one) == ["It was cancelled"]
    assert sweep(harmattan, START + 41 * DAY) == 0


def test_what_is_cancelled_today_is_off_at_once(harmattan: Tenant) -> None:
    one, _ = connected(harmattan)
    cancel(harmattan, one, START)
    assert network(harmattan, one) == "suspended"


def test_what_is_kept_after_all_stays_on(harmattan: Tenant) -> None:
    one, _ = connected(harmattan)
    cancel(harmattan, one, START + 10 * DAY)
    service.keep(harmattan.owner, one, now=NOW)
    assert sweep(harmattan, START + 40 * DAY) == 0
    assert (network(harmattan, one), log(harmattan, one)) == ("active", [])


def test_what_is_suspended_stays_so_when_it_ends_and_is_not_told_twice(harmattan: Tenant) -> None:
    one, _ = connected(harmattan)
    service.suspend(harmattan.owner, one, reason="Abuse", now=NOW)
    cancel(harmattan, one, START + 10 * DAY)
    assert sweep(harmattan, START + 40 * DAY) == 0
    assert (network(harmattan, one), log(harmattan, one)) == ("suspended", [("suspend", "done")])


def test_what_is_restored_while_it_is_paused_stays_off_until_it_goes_on(harmattan: Tenant) -> None:
    one, _ = connected(harmattan)
    pause(harmattan, one, START + DAY)
    service.suspend(Actor.system(harmattan.business_id), one, reason="Unpaid", now=NOW)
    work()
    assert sweep(harmattan, START + 2 * DAY) == 0
    service.restore(harmattan.owner, one, reason="Paid", now=at(START + 2 * DAY))
    work()
    assert network(harmattan, one) == "suspended"
    assert log(harmattan, one) == [("suspend", "done"), ("restore", "superseded"), ("suspend", "done")]
    service.resume(harmattan.owner, one, on=START + 3 * DAY, now=at(START + 3 * DAY))
    work()
    assert network(harmattan, one) == "active"


def test_what_was_slow_before_a_pause_is_slow_after_it(harmattan: Tenant) -> None:
    one, _ = connected(harmattan)
    service.throttle(harmattan.owner, one, reason="Ten times what is fair", now=NOW)
    pause(harmattan, one, START)
    assert network(harmattan, one) == "suspended"
    service.resume(harmattan.owner, one, on=START, now=NOW)
    work()
    assert network(harmattan, one) == "throttled"


def test_what_is_on_no_router_is_told_nothing_until_it_is_on_one(harmattan: Tenant) -> None:
    one, router_id = connected(harmattan)
    remove_record(harmattan.owner, one, version=1, now=NOW)
    pause(harmattan, one, START)
    assert log(harmattan, one) == []
    save_record(harmattan.owner, one, RecordValues(router_id, "ada"), "", version=0, now=NOW)
    work()
    assert network(harmattan, one) == "suspended"


def test_many_are_done_some_at_a_time(harmattan: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "CHUNK", 2)
    set_policy(harmattan.owner, Terms(breaker_count=5), 0, now=NOW)
    router_id, ids = a_router(harmattan), []
    for number in range(5):
        ids.append(subscribed(harmattan, client_of(harmattan, f"Client {number}")))
        on_router(harmattan, ids[-1], router_id, f"user{number}")
        service.cancel(harmattan.owner, ids[-1], ends_on=START + DAY, reason="Moves", now=NOW)
    today = START + DAY
    assert len(not_followed(harmattan.business_id, today, None, 9)) == 5
    follow_all(at(today))
    work()
    assert [network(harmattan, one) for one in ids] == ["suspended"] * 5, "the calendar is long past that day"
    assert not_followed(harmattan.business_id, today, None, 9) == []


def test_another_business_is_left_alone(harmattan: Tenant, savannah: Tenant) -> None:
    one, _ = connected(harmattan)
    cancel(harmattan, one, START + DAY)
    assert sweep(savannah, START + 2 * DAY) == 0
    assert network(harmattan, one) == "active"


@pytest.fixture
def router(app: Flask) -> Iterator[FakeRouterOS]:
    """A MikroTik router on this machine, which may be called."""
    before = app.config["DUELY"].router_networks
    object.__setattr__(app.config["DUELY"], "router_networks", ("127.0.0.1/32",))
    with run_fake_routeros() as running:
        yield running
    object.__setattr__(app.config["DUELY"], "router_networks", before)


def test_a_real_router_is_switched_the_same_way(harmattan: Tenant, router: FakeRouterOS) -> None:
    router.subscriber("ada")
    core = a_router(harmattan, "Core", "routeros", address="127.0.0.1", port=router.port, username=USER,
                    secret=seal(PASSWORD))  # fmt: skip
    one = subscribed(harmattan, client_of(harmattan))
    on_router(harmattan, one, core)
    pause(harmattan, one, START + DAY, START + 2 * DAY)
    off = []
    for day in range(3):
        sweep(harmattan, START + day * DAY)
        off.append(router.secret("ada")["disabled"])
    assert off == ["false", "true", "false"]
    done = db.session.scalars(select(ServiceAction.state).where(ServiceAction.subscription_id == one)).all()
    assert done == ["done", "done"]
