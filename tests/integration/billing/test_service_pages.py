"""The pages of routers and services: connected, tried, put on, switched, compared; secrets never come back."""

from __future__ import annotations

import re
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.billing import queries, service
from app.billing.service.billing import bill_client
from app.extensions import db
from app.vault import seal
from tests.integration.billing.services import (
    NOW,
    START,
    a_router,
    client_of,
    connected,
    network,
    on_router,
    subscribed,
    work,
)
from tests.integration.web.test_statements import counted
from tests.support.tenants import Tenant

AT = "/billing/subscriptions/"
SECRET = "a very secret word"
MIKROTIK = {"name": "Core", "address": "10.0.0.1", "username": "duely", "secret": SECRET, "tls": "off",
            "throttle": "profile", "throttled_profile": "slow", "throttled_rate": "512k/512k"}  # fmt: skip


@pytest.fixture
def visitor(harmattan: Tenant) -> FlaskClient:
    return harmattan.visitor("admin")


def said(visitor: FlaskClient, url: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", visitor.get(url).text).split())


def version(tenant: Tenant, subscription_id: uuid.UUID) -> int:
    db.session.rollback()
    return queries.get_subscription(tenant.business_id, subscription_id).version


def test_a_router_is_connected_tried_changed_and_removed(harmattan: Tenant, visitor: FlaskClient) -> None:
    assert "Connect the first one" in said(visitor, "/settings/routers/")
    answer = visitor.post("/settings/routers/new/?driver=log", data={"name": "Core"})
    assert answer.status_code == 303
    url = answer.headers["Location"]
    assert "Not tried yet" in said(visitor, url)
    assert visitor.post(f"{url}try/").status_code == 303
    assert "It is being tried" in said(visitor, url)
    assert 'hx-trigger="load delay' in visitor.get(f"{url}tried/").text
    work()
    assert "Writes down what it would do" in said(visitor, url)
    assert visitor.get(f"{url}tried/", headers={"HX-Request": "true"}).headers["HX-Redirect"].endswith(url)
    assert visitor.post(f"{url}edit/", data={"name": "Core 2", "version": "1"}).status_code == 303
    stale = visitor.post(f"{url}edit/", data={"name": "Core 3", "version": "1"})
    assert stale.status_code == 409
    assert "Core 2" in stale.text
    assert "Core 3" in stale.text
    assert visitor.post(f"{url}remove/").status_code == 303
    assert visitor.get(url).status_code == 404


def test_a_secret_never_comes_back(harmattan: Tenant, visitor: FlaskClient) -> None:
    url = visitor.post("/settings/routers/new/?driver=routeros", data=MIKROTIK).headers["Location"]
    subscription_id = subscribed(harmattan, client_of(harmattan))
    router_id = url.rstrip("/").rpartition("/")[2]
    record = {"router_id": router_id, "username": "ada", "password": SECRET, "version": "0"}
    assert visitor.post(f"{AT}{subscription_id}/service/", data=record).status_code == 303
    refused = visitor.post(f"{url}edit/", data=MIKROTIK | {"version": "1", "address": "no address"})
    assert refused.status_code == 422
    for page in (url, f"{url}edit/", f"{AT}{subscription_id}/", f"{AT}{subscription_id}/service/"):
        assert SECRET not in visitor.get(page).text, page
    assert SECRET not in refused.text


@pytest.mark.parametrize(
    "driver, typed, sentence",
    [
        ("routeros", MIKROTIK | {"secret": ""}, "kept for one address"),
        ("routeros", MIKROTIK | {"address": "http://10.0.0.1/"}, "host name or IP address"),
        ("routeros", MIKROTIK | {"throttle": "queue", "throttled_rate": "fast"}, "like 512k/1M"),
        ("webhook", {"name": "Ours", "address": "ftp://isp.example", "secret": SECRET}, "https address"),
        ("webhook", {"name": "Ours", "address": "https://isp.example/hook", "secret": "short"}, "at least 16"),
        ("radius", {"name": "R", "address": "10.0.0.2", "username": "", "database": "radius"}, "signs in with"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(
    visitor: FlaskClient, driver: str, typed: dict[str, str], sentence: str
) -> None:
    answer = visitor.post(f"/settings/routers/new/?driver={driver}", data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text


@pytest.mark.parametrize(
    "driver, typed",
    [
        ("routeros", MIKROTIK),
        ("routeros", MIKROTIK | {"address": "167772161"}),
        ("routeros", MIKROTIK | {"address": "127.0.0.1"}),
        ("webhook", {"name": "Ours", "address": "https://10.0.0.1/hook", "secret": SECRET}),
    ],
)
def test_a_private_address_is_refused_beside_its_field_where_the_installation_lives_in_none(
    app: Flask, harmattan: Tenant, visitor: FlaskClient, driver: str, typed: dict[str, str]
) -> None:
    object.__setattr__(app.config["DUELY"], "routers_on_private_networks", False)
    try:
        answer = visitor.post(f"/settings/routers/new/?driver={driver}", data=typed)
        assert answer.status_code == 422
        assert re.search(r'<input[^>]*(name="address"[^>]*aria-invalid|aria-invalid[^>]*name="address")', answer.text)
        assert "ROUTER_NETWORKS can allow it" in answer.text
        router_id = a_router(harmattan, "Old", "routeros", address="10.0.0.1", username="duely", secret=seal(SECRET))
        url = f"/settings/routers/{router_id}/edit/"
        renamed = MIKROTIK | {"name": "Old one", "secret": "", "version": "1"}
        assert visitor.post(url, data=renamed).status_code == 303
        moved = renamed | {"address": "10.0.0.2", "secret": SECRET, "version": "2"}
        assert visitor.post(url, data=moved).status_code == 422
    finally:
        object.__setattr__(app.config["DUELY"], "routers_on_private_networks", True)


def test_only_admins_see_the_verbs_of_routers(harmattan: Tenant) -> None:
    router_id = a_router(harmattan)
    staff = harmattan.visitor("staff")
    assert "Try it" not in staff.get(f"/settings/routers/{router_id}/").text
    assert staff.post(f"/settings/routers/{router_id}/try/").status_code == 403
    assert staff.get("/settings/routers/new/").status_code == 403


def test_a_service_is_suspended_and_restored_from_its_page(harmattan: Tenant, visitor: FlaskClient) -> None:
    subscription_id, _ = connected(harmattan)
    url = f"{AT}{subscription_id}/"
    assert "Say why" in visitor.post(f"{url}suspend/", data={"version": "2"}).text
    typed = {"reason": "Stolen modem", "version": version(harmattan, subscription_id)}
    assert visitor.post(f"{url}suspend/", data=typed).status_code == 303
    work()
    page = said(visitor, url)
    assert "Stolen modem" in page
    assert "It stays so until somebody restores it" in page
    assert "Wrote down that ada is suspended" in page
    assert visitor.post(f"{url}restore/", data={"version": "1"}).status_code == 409
    again = {"version": version(harmattan, subscription_id)}
    assert visitor.post(f"{url}throttle/", data=typed | again).status_code == 409
    assert visitor.post(f"{url}restore/", data=again).status_code == 303
    work()
    assert network(harmattan, subscription_id) == "active"


def test_the_page_of_radius_tables_says_when_a_switch_counts(harmattan: Tenant, visitor: FlaskClient) -> None:
    tables = a_router(harmattan, "Tables", "radius", address="10.0.0.2", username="duely")
    assert "until it reconnects or its Session-Timeout is over" in said(visitor, f"/settings/routers/{tables}/")
    core = a_router(harmattan)
    assert "Session-Timeout" not in said(visitor, f"/settings/routers/{core}/")


def test_who_restores_a_service_sees_what_is_credited_for_the_days_without_it(
    harmattan: Tenant, visitor: FlaskClient
) -> None:
    """31,000.00 for the month from 20 March on, suspended on that day and never restored."""
    subscription_id, _ = connected(harmattan)
    client_id = queries.get_subscription(harmattan.business_id, subscription_id).client_id
    bill_client(harmattan.owner, client_id, START, send=False, now=NOW)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    asked = said(visitor, f"{AT}{subscription_id}/restore/")
    assert "Days without service that are billed come back by a credit note: ₦30,000.00." in asked
    again = {"version": version(harmattan, subscription_id)}
    assert visitor.post(f"{AT}{subscription_id}/restore/", data=again).status_code == 303
    assert "₦30,000.00 credited for days without service" in said(visitor, f"{AT}{subscription_id}/")


def test_differences_are_repaired_from_the_page(harmattan: Tenant, visitor: FlaskClient) -> None:
    assert "No routers yet" in said(visitor, "/billing/service/")
    subscription_id, router_id = connected(harmattan)
    typed = {"reason": "Off", "version": version(harmattan, subscription_id)}
    visitor.post(f"{AT}{subscription_id}/suspend/", data=typed)
    # Nobody did it yet: what the network is asked for now is another comparison.
    assert visitor.get(f"/billing/service/{router_id}/repair/").status_code == 404
    work()
    record = queries.record_of(harmattan.business_id, subscription_id)
    assert record is not None
    from app.billing import registry

    driver = registry.driver_for(registry.reach(queries.get_router(harmattan.business_id, router_id)))
    driver.restore(registry.user_of(record))
    assert visitor.post(f"/billing/service/{router_id}/compare/").status_code == 303
    work()
    assert "Billing says off, Core says on." in said(visitor, f"/billing/service/?router={router_id}")
    assert "1 service" in said(visitor, f"/billing/service/{router_id}/repair/")
    assert visitor.post(f"/billing/service/{router_id}/repair/").status_code == 303
    page = said(visitor, "/billing/service/")
    assert "What differed is being repaired." in page
    assert "No differences left" in page
    assert "1 difference." not in page
    assert "On the network it was on" in said(visitor, f"{AT}{subscription_id}/")
    work()
    assert network(harmattan, subscription_id) == "suspended"
    visitor.post(f"/billing/service/{router_id}/compare/")
    work()
    assert "At the last comparison the network did what billing says" in said(visitor, "/billing/service/")


def test_the_page_of_services_asks_no_more_often_for_many(harmattan: Tenant, visitor: FlaskClient) -> None:
    asked = []
    for many in (2, 10):
        router_id = a_router(harmattan, f"Router {many}", "routeros", address="nowhere.invalid", username="d")
        for number in range(many):
            one = subscribed(harmattan, client_of(harmattan, f"Client {many} {number}"))
            on_router(harmattan, one, router_id, f"user{number}")
        db.session.remove()
        with counted() as found:
            assert visitor.get("/billing/service/").status_code == 200
        asked.append(len(found))
    assert asked[0] == asked[1], asked
    assert asked[1] <= 7, asked


def test_the_command_restores_what_is_paid_and_only_says_so_in_a_dry_run(app: Flask, harmattan: Tenant) -> None:
    from app.auth.rules import Actor
    from app.billing import service
    from tests.integration.billing.services import NOW

    subscription_id, _ = connected(harmattan)
    service.suspend(Actor.system(harmattan.business_id), subscription_id, reason="Unpaid", now=NOW)
    db.session.remove()
    run = app.test_cli_runner().invoke
    assert "1 services would be restored" in run(args=["reactivate-paid-subscriptions", "--dry-run"]).output
    assert "restored Home of Zion Bakery" in run(args=["reactivate-paid-subscriptions"]).output
    assert "0 services restored" in run(args=["reactivate-paid-subscriptions"]).output
