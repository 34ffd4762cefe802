"""The pages of routers and services: connected, tried, put on, switched, compared; secrets never come back."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.auth.queries import get_business
from app.billing import queries, service
from app.billing.models import DunningBatch
from app.billing.rules.runs import PolicyValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.billing import bill_client
from app.billing.service.ordering import follow_days
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


@pytest.mark.parametrize("driver", ["webhook", "log"])
def test_who_asks_for_a_pause_or_a_cancel_is_told_that_the_network_is_switched(
    harmattan: Tenant, visitor: FlaskClient, driver: str
) -> None:
    one = subscribed(harmattan, client_of(harmattan))
    on_router(harmattan, one, a_router(harmattan, "Core", driver, address="https://isp.example/hook"))
    plain = subscribed(harmattan, client_of(harmattan, "Nobody"))
    told = {
        "pause/": "The service is switched off on Core: at once for a pause from today, else on its first day",
        "cancel/": "The service is switched off on Core: at once if it ends today, else after its last day",
        "change-items/": "Nothing is switched on Core by this",
    }
    for verb, sentence in told.items():
        assert (sentence in said(visitor, f"{AT}{one}/{verb}")) == (driver == "webhook")
        assert "switched" not in said(visitor, f"{AT}{plain}/{verb}")


def test_who_cancels_what_is_off_already_is_told_so_and_that_its_days_come_back(
    harmattan: Tenant, visitor: FlaskClient
) -> None:
    one = subscribed(harmattan, client_of(harmattan))
    on_router(harmattan, one, a_router(harmattan, "Core", "webhook", address="https://isp.example/hook"))
    service.suspend(harmattan.owner, one, reason="Unpaid", now=NOW)
    page = said(visitor, f"{AT}{one}/cancel/")
    assert "The service is off on Core already, and stays off." in page
    assert "days without service that were billed are credited when it ends" in page


@pytest.mark.parametrize("ahead", [True, False])
def test_lists_say_of_what_is_suspended_that_nothing_is_billed(
    harmattan: Tenant, visitor: FlaskClient, ahead: bool
) -> None:
    client_id = client_of(harmattan)
    values = SubscriptionValues(
        client_id, "Home", "NGN", START, (ItemValues("Home", price=Decimal(31_000)),), ahead=ahead
    )  # fmt: skip
    one = service.subscribe(harmattan.owner, values, now=NOW).id
    for url in (AT, f"/clients/{client_id}/"):
        assert "until it is restored" not in said(visitor, url)
    service.suspend(harmattan.owner, one, reason="Unpaid", now=NOW)
    for url in (AT, f"/clients/{client_id}/"):
        assert "until it is restored" in said(visitor, url)
    assert "nothing until it is restored" in said(visitor, f"{AT}{one}/"), "as its own page says"
    service.change_policy(harmattan.owner, PolicyValues(bill_suspended=True), version=0, now=NOW)
    for url in (AT, f"/clients/{client_id}/"):
        assert "until it is restored" not in said(visitor, url)


def test_what_was_used_before_it_was_suspended_is_still_shown_to_be_billed(
    harmattan: Tenant, visitor: FlaskClient
) -> None:
    values = SubscriptionValues(
        client_of(harmattan), "Home", "NGN", START, (ItemValues("Home", price=Decimal(31_000)),), ahead=False
    )  # fmt: skip
    one = service.subscribe(harmattan.owner, values, now=NOW).id
    service.suspend(harmattan.owner, one, reason="Unpaid", now=NOW + timedelta(days=3))
    assert "until it is restored" not in said(visitor, AT)


def test_ends_that_wait_are_listed_on_the_batch_and_approved_there(harmattan: Tenant, visitor: FlaskClient) -> None:
    router_id, today = a_router(harmattan), clock.today(get_business(harmattan.business_id).timezone)
    for number in range(5):
        one = subscribed(harmattan, client_of(harmattan, f"Client {number}"))
        on_router(harmattan, one, router_id, f"user{number}")
        service.pause(harmattan.owner, one, since=today, until=None, reason="Mistake", now=NOW)
    db.session.rollback()
    assert follow_days(harmattan.business_id, None, now=clock.now()) == 0
    assert "For 5 of them a pause has begun or a term has ended." in said(visitor, "/billing/dunning/")
    batch_id = db.session.scalars(select(DunningBatch.id)).one()
    url = f"/billing/dunning/{batch_id}/"
    page = said(visitor, url)
    assert "Pauses and ends that wait" in page
    assert "Client 4" in page
    asked = said(visitor, f"{url}approve/")
    assert "5 services are switched off, because a pause has begun or a term has ended." in asked
    assert "0 services" not in asked
    assert harmattan.visitor("staff").post(f"{url}approve/").status_code == 403
    assert visitor.post(f"{url}approve/").status_code == 303
    work()
    assert network(harmattan, one) == "suspended"
    assert "Pauses and ends that wait" not in said(visitor, url)


@pytest.mark.parametrize("field, typed", [("ip", "10.20.0.7"), ("mac", "02-00-00-00-00-07")])
def test_an_address_is_of_one_service_on_a_router(
    harmattan: Tenant, visitor: FlaskClient, field: str, typed: str
) -> None:
    router_id, client_id = a_router(harmattan), client_of(harmattan)
    first, second = (subscribed(harmattan, client_id, name) for name in ("Home", "Shop"))
    stands = {"ip": "10.20.0.7", "mac": "02:00:00:00:00:07"}[field]
    record = {"router_id": router_id, "username": "ada", field: stands, "version": "0"}
    assert visitor.post(f"{AT}{first}/service/", data=record).status_code == 303
    answer = visitor.post(f"{AT}{second}/service/", data=record | {"username": "shop", field: typed})
    assert answer.status_code == 422
    beside = answer.text.split(f'id="{field}-err"')[1].split("</p>")[0]
    assert "Home of Zion Bakery has this address on this router." in beside
    assert visitor.post(f"{AT}{first}/service/", data=record | {"profile": "fast", "version": "1"}).status_code == 303


def test_nothing_agrees_before_a_router_was_compared(harmattan: Tenant, visitor: FlaskClient) -> None:
    a_router(harmattan)
    page = said(visitor, "/billing/service/")
    assert "known once a router was compared" in page
    assert "At the last comparison" not in page
