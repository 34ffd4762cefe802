"""Routers are connected with a secret nobody sees again, and services on them are named once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import select

from app.auth.models import AuditEvent
from app.billing import queries, registry, service
from app.billing.errors import RouterInUse, StaleRecord, StaleRouter
from app.billing.models import Router, ServiceRecord
from app.billing.queries import SubscriptionFilters
from app.billing.rules.control import RecordValues, RouterValues
from app.billing.service.records import remove_record, save_record
from app.billing.service.routers import change_router, connect_router, put_away_router, try_router
from app.errors import Forbidden, Invalid, NotFound
from app.extensions import db
from app.vault import unseal
from config import Mail
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

CORE = RouterValues("Core", "routeros", "10.0.0.1", username="duely", options={"tls": "on"})


def stored(tenant: Tenant, router_id: object) -> Router:
    db.session.rollback()
    return queries.get_router(tenant.business_id, router_id)  # type: ignore[arg-type]


def test_a_secret_is_sealed_and_told_nowhere(harmattan: Tenant) -> None:
    row = connect_router(harmattan.owner, CORE, "pässword", now=NOW)
    found = stored(harmattan, row.id)
    assert "pässword" not in found.secret
    assert unseal(found.secret) == "pässword"
    for event in db.session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "router")):
        assert "pässword" not in f"{event.facts} {event.changes}"


def test_what_is_kept_never_goes_to_an_address_that_somebody_typed_later(harmattan: Tenant) -> None:
    row = connect_router(harmattan.owner, CORE, "secret", now=NOW)
    elsewhere = replace(CORE, address="203.0.113.9")
    with pytest.raises(Invalid, match="kept for one address"):
        change_router(harmattan.owner, row.id, elsewhere, "", version=1, now=NOW)
    change_router(harmattan.owner, row.id, replace(CORE, name="Core 1"), "", version=1, now=NOW)
    assert unseal(stored(harmattan, row.id).secret) == "secret"
    change_router(harmattan.owner, row.id, elsewhere, "another", version=2, now=NOW)
    assert unseal(stored(harmattan, row.id).secret) == "another"
    with pytest.raises(StaleRouter):
        change_router(harmattan.owner, row.id, CORE, "x", version=2, now=NOW)


def test_only_admins_of_the_business_connect_routers(harmattan: Tenant, savannah: Tenant) -> None:
    with pytest.raises(Forbidden):
        connect_router(harmattan.actor("staff"), CORE, "secret", now=NOW)
    row = connect_router(harmattan.owner, CORE, "secret", now=NOW)
    with pytest.raises(NotFound):
        change_router(savannah.owner, row.id, CORE, "secret", version=1, now=NOW)
    subscription_id = subscribed(savannah, client_of(savannah))
    with pytest.raises(Invalid, match="Choose a router"):
        save_record(savannah.owner, subscription_id, RecordValues(row.id, "ada"), "", version=0, now=NOW)


def test_a_router_with_services_stays(harmattan: Tenant) -> None:
    subscription_id, router_id = connected(harmattan)
    with pytest.raises(RouterInUse):
        put_away_router(harmattan.owner, router_id, now=NOW)
    remove_record(harmattan.owner, subscription_id, version=1, now=NOW)
    put_away_router(harmattan.owner, router_id, now=NOW)
    assert queries.list_routers(harmattan.business_id) == []


def test_a_try_says_on_the_page_what_it_found(harmattan: Tenant) -> None:
    good = a_router(harmattan)
    bad = a_router(harmattan, "Gone", "routeros", address="nowhere.invalid", username="duely")
    for one in (good, bad):
        try_router(harmattan.owner, one, now=NOW)
    work()
    assert stored(harmattan, good).tried == "Writes down what it would do, and switches nothing."
    assert stored(harmattan, good).last_seen_at
    found = stored(harmattan, bad)
    assert found.tried == found.error == "There is no computer called nowhere.invalid."
    assert found.failing_since


def test_addresses_are_kept_in_their_usual_form_and_found_however_they_are_typed(harmattan: Tenant) -> None:
    subscription_id, router_id = subscribed(harmattan, client_of(harmattan)), a_router(harmattan)
    subscribed(harmattan, client_of(harmattan, "Ada"), "Other")
    values = RecordValues(router_id, "Zion@isp", "2001:db8:0:0::1", "4c-5e-0c-12-34-ab", "home20")
    save_record(harmattan.owner, subscription_id, values, "pppoe secret", version=0, now=NOW)
    db.session.rollback()
    row = queries.record_of(harmattan.business_id, subscription_id)
    assert row is not None
    assert (row.ip, row.mac) == ("2001:db8::1", "4C:5E:0C:12:34:AB")
    assert unseal(row.password) == "pppoe secret"
    for text in ("zion@isp", "2001:db8::1", "4c:5e:0c", "4C5E0C1234AB", "zion bakery 2001"):
        page = queries.list_subscriptions(harmattan.business_id, SubscriptionFilters(text=text), START)
        assert [one.id for one in page.items] == [subscription_id], text
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "connected")).all()
    assert "isp" not in str(event.changes)


@pytest.mark.parametrize(
    "values, field",
    [({"mac": "4C:5E:0C"}, "mac"), ({"ip": "10.20.0.256"}, "ip"), ({"username": ""}, "username")],
)
def test_what_cannot_be_is_refused_beside_its_field(harmattan: Tenant, values: dict[str, str], field: str) -> None:
    subscription_id, router_id = subscribed(harmattan, client_of(harmattan)), a_router(harmattan)
    one = RecordValues(router_id, **{"username": "ada", **values})
    with pytest.raises(Invalid) as caught:
        save_record(harmattan.owner, subscription_id, one, "", version=0, now=NOW)
    assert list(caught.value.errors) == [field]


def test_a_name_is_taken_once_on_a_router(harmattan: Tenant) -> None:
    _, router_id = connected(harmattan)
    other = subscribed(harmattan, client_of(harmattan, "Ada"))
    with pytest.raises(Invalid, match="Another subscription has this name"):
        save_record(harmattan.owner, other, RecordValues(router_id, "ada"), "", version=0, now=NOW)
    save_record(harmattan.owner, other, RecordValues(a_router(harmattan, "Edge"), "ada"), "", version=0, now=NOW)
    with pytest.raises(StaleRecord):
        save_record(harmattan.owner, other, RecordValues(router_id, "bola"), "", version=7, now=NOW)


@pytest.mark.parametrize(
    "there, typed", [("ada", "ADA"), ("Ada", "ada"), ("ÀDÁ", "àdá"), ("straße", "STRASSE"), ("σας", "ΣΑΣ")]
)
def test_capitals_make_no_other_name(harmattan: Tenant, there: str, typed: str) -> None:
    router_id = a_router(harmattan)
    on_router(harmattan, subscribed(harmattan, client_of(harmattan)), router_id, there)
    other = subscribed(harmattan, client_of(harmattan, "Ada"))
    with pytest.raises(Invalid, match=f"called {there} on this router") as caught:
        save_record(harmattan.owner, other, RecordValues(router_id, typed), "", version=0, now=NOW)
    assert list(caught.value.errors) == ["username"]
    db.session.rollback()
    save_record(harmattan.owner, other, RecordValues(a_router(harmattan, "Edge"), typed), "", version=0, now=NOW)


def test_a_name_may_change_its_capitals_and_those_that_were_alike_before_can_be_changed(harmattan: Tenant) -> None:
    subscription_id, router_id = connected(harmattan)
    save_record(harmattan.owner, subscription_id, RecordValues(router_id, "Ada"), "", version=1, now=NOW)
    other = subscribed(harmattan, client_of(harmattan, "Ada"))
    on_router(harmattan, other, router_id, "ada")
    save_record(harmattan.owner, other, RecordValues(router_id, "ada", "10.20.0.7"), "", version=1, now=NOW)


@pytest.mark.parametrize("username", ["~kept~ada", "~KEPT~ada", "~kept~"])
def test_in_radius_tables_nobody_is_called_as_what_waits_there(harmattan: Tenant, username: str) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan))
    tables = a_router(harmattan, "Tables", "radius", address="10.0.0.2", username="duely")
    with pytest.raises(Invalid, match="may begin with ~kept~") as caught:
        save_record(harmattan.owner, subscription_id, RecordValues(tables, username), "", version=0, now=NOW)
    assert list(caught.value.errors) == ["username"]
    db.session.rollback()
    core = a_router(harmattan)
    save_record(harmattan.owner, subscription_id, RecordValues(core, username), "", version=0, now=NOW)


def test_a_changed_record_is_audited_without_what_is_personal(harmattan: Tenant) -> None:
    subscription_id, router_id = connected(harmattan)
    values = RecordValues(router_id, "adaeze", "10.20.0.7", "4C:5E:0C:12:34:AB")
    save_record(harmattan.owner, subscription_id, values, "", version=1, now=NOW)
    [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.verb == "service_changed")).all()
    assert set(event.changes) == {"username", "ip", "mac"}
    assert not [one for one in ("adaeze", "10.20.0.7", "34:AB") if one in str(event.changes)]


def test_what_is_suspended_is_so_under_its_new_name_as_well(harmattan: Tenant) -> None:
    subscription_id, router_id = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    work()
    save_record(harmattan.owner, subscription_id, RecordValues(router_id, "adaeze"), "", version=1, now=NOW)
    assert network(harmattan, subscription_id) == "active"
    work()
    assert network(harmattan, subscription_id) == "suspended"
    assert log(harmattan, subscription_id)[0] == ("suspend", "done")


def test_what_a_person_types_is_not_stale_because_the_network_was_looked_at(harmattan: Tenant) -> None:
    """Versions count what people change: a job that notes what a router said is none of them."""
    subscription_id, _ = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    before = db.session.scalar(select(ServiceRecord.version))
    work()
    assert db.session.scalar(select(ServiceRecord.version)) == before


@pytest.mark.parametrize(
    "settings, doors",
    [
        ({"database_url": "sqlite:////tmp/duely.db"}, []),
        ({"database_url": "postgresql+psycopg://duely:x@10.7.0.5/duely"}, [("10.7.0.5", 5432)]),
        ({"database_url": "postgresql+psycopg://duely:x@[fd00::5]:6432/duely"}, [("fd00::5", 6432)]),
        ({"database_url": "postgresql+psycopg://duely@/duely?host=/var/run/postgresql"}, []),
        (
            {"database_url": "postgresql+psycopg://duely@/duely?host=one:5433&host=two&port=5434"},
            [("one", 5433), ("two", 5432), ("two", 5434)],
        ),
        ({"redis_url": "rediss://:x@redis.internal/0"}, [("redis.internal", 6379)]),
        ({"redis_url": "unix:///run/redis.sock"}, []),
        ({"mail": Mail(host="mail.internal", port=25, sender="a@duely.example")}, [("mail.internal", 25)]),
    ],
)
def test_routers_know_where_duely_itself_runs(
    harmattan: Tenant, settings: dict[str, Any], doors: list[tuple[str, int]]
) -> None:
    row, config = stored(harmattan, a_router(harmattan)), current_app.config["DUELY"]
    own = {"database_url": "sqlite:////tmp/duely.db", "redis_url": "", "mail": Mail()} | settings
    before = {name: getattr(config, name) for name in own}
    try:
        for name, value in own.items():
            object.__setattr__(config, name, value)
        assert list(registry.reach(row).connection.doors) == doors
    finally:
        for name, value in before.items():
            object.__setattr__(config, name, value)
