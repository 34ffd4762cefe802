"""Every hour networks are compared with billing: what differs is repaired, and silence is never "all gone"."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app import clock
from app.billing import queries, registry, service
from app.billing.drivers.errors import Refused, Unreachable
from app.billing.models import Router, ServiceDifference, ServiceRecord
from app.billing.rules.control import differences, wanted
from app.billing.rules.heard import OUR_FAULT, in_words
from app.billing.service import switching
from app.billing.service.comparing import (
    begin_comparing,
    compare_now,
    prepare_comparison,
    record_comparison,
    record_no_comparison,
    repair,
    repair_all,
)
from app.billing.service.records import switch_again
from app.billing.service.routers import record_try, try_router
from app.billing.service.switching import Ready
from app.database import writing
from app.errors import NotFound
from app.extensions import db
from app.reports.queries import attention
from app.vault import seal
from tests.contracts.fake_receiver import SECRET, Receiver, run_receiver
from tests.contracts.fake_routeros import PASSWORD, USER, FakeRouterOS, run_fake_routeros
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

ONE = uuid.UUID(int=1)


@pytest.fixture
def here(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Routers on this machine may be called."""
    object.__setattr__(app.config["DUELY"], "router_networks", ("127.0.0.1/32",))


@pytest.fixture
def router() -> Iterator[FakeRouterOS]:
    """A MikroTik router."""
    with run_fake_routeros() as running:
        yield running


def mikrotik(tenant: Tenant, router: FakeRouterOS) -> uuid.UUID:
    return a_router(tenant, "Core", "routeros", address="127.0.0.1", port=router.port, username=USER,
                    secret=seal(PASSWORD))  # fmt: skip


def told(tenant: Tenant) -> list[tuple[str, str, str, str]]:
    db.session.rollback()
    page = queries.list_differences(tenant.business_id, None)
    return [(one.kind, one.username, one.wanted, one.found) for one, _ in page.items]


def begun(tenant: Tenant, subscription_id: uuid.UUID) -> Ready:
    """A new suspension, about to be called."""
    action = switch_again(tenant.owner, subscription_id, reason="Again", now=NOW)
    ready = switching.begin(tenant.business_id, action.id, now=NOW)
    assert ready is not None
    return ready


def compared(tenant: Tenant, router_id: uuid.UUID) -> str:
    compare_now(tenant.owner, router_id)
    work()
    db.session.rollback()
    return queries.get_router(tenant.business_id, router_id).compared


@pytest.mark.parametrize(
    "state, throttled, expected",
    [("active", False, "active"), ("past_due", False, "active"), ("trial", False, "active"),
     ("active", True, "throttled"), ("suspended", True, "suspended"), ("paused", False, "suspended"),
     ("ended", False, "suspended"), ("cancelled", True, "suspended")],
)  # fmt: skip
def test_a_service_is_off_unless_somebody_pays_for_it(state: str, throttled: bool, expected: str) -> None:
    assert wanted(state, throttled) == expected  # type: ignore[arg-type]


def test_differences_name_what_is_wrong_what_is_missing_and_what_nobody_knows() -> None:
    billed = {"ada": (ONE, "active"), "bola": (ONE, "suspended"), "chidi": (ONE, "active")}
    found = differences(billed, {"ada": "active", "bola": "active", "zed": "suspended"})  # type: ignore[arg-type]
    assert [(one.kind, one.username, one.wanted, one.found) for one in found] == [
        ("state", "bola", "suspended", "active"), ("missing", "chidi", "active", ""),
        ("unknown", "zed", "", "suspended"),
    ]  # fmt: skip


@pytest.mark.usefixtures("here")
def test_a_router_that_differs_is_repaired_one_by_one_or_as_a_whole(harmattan: Tenant, router: FakeRouterOS) -> None:
    router_id = mikrotik(harmattan, router)
    ids = {name: subscribed(harmattan, client_of(harmattan, name), name) for name in ("ada", "bola", "chidi", "dayo")}
    for name, one in ids.items():
        on_router(harmattan, one, router_id, name)
    for name in ("ada", "bola", "chidi", "stranger"):
        router.subscriber(name)
    assert compared(harmattan, router_id) == "2 differences."
    for name in ("ada", "bola"):
        router.secret(name)["disabled"] = "true"
    service.suspend(harmattan.owner, ids["chidi"], reason="Off", now=NOW)
    work()
    router.secret("chidi")["disabled"] = "false"
    assert compared(harmattan, router_id) == "5 differences."
    assert told(harmattan) == [
        ("state", "ada", "active", "suspended"), ("state", "bola", "active", "suspended"),
        ("state", "chidi", "suspended", "active"), ("missing", "dayo", "active", ""),
        ("unknown", "stranger", "", "active"),
    ]  # fmt: skip
    [first] = db.session.scalars(select(ServiceDifference.id).where(ServiceDifference.username == "ada")).all()
    repair(harmattan.owner, first, now=NOW)
    assert [one for one in told(harmattan) if one[1] == "ada"] == []
    assert queries.get_router(harmattan.business_id, router_id).compared == "4 differences. The rest is being repaired."
    assert repair_all(harmattan.owner, router_id, now=NOW) == 2
    work()
    assert queries.get_router(harmattan.business_id, router_id).compared == "2 differences. The rest is being repaired."
    assert [router.secret(name)["disabled"] for name in ("ada", "bola", "chidi")] == ["false", "false", "true"]
    assert compared(harmattan, router_id) == "2 differences."
    [unknown] = db.session.scalars(select(ServiceDifference.id).where(ServiceDifference.kind == "unknown")).all()
    with pytest.raises(NotFound):
        repair(harmattan.owner, unknown, now=NOW)


@pytest.mark.usefixtures("here")
def test_a_router_that_does_not_answer_is_shown_and_nothing_is_taken_as_gone(
    harmattan: Tenant, router: FakeRouterOS
) -> None:
    router_id = mikrotik(harmattan, router)
    subscription_id = subscribed(harmattan, client_of(harmattan))
    on_router(harmattan, subscription_id, router_id)
    router.subscriber("ada")
    assert compared(harmattan, router_id) == "Everything agrees."
    with writing():
        db.session.execute(update(Router).values(port=1))
    assert "does not answer" in compared(harmattan, router_id)
    db.session.rollback()
    found = queries.get_router(harmattan.business_id, router_id)
    assert (found.error, found.failing_since is not None) == (found.compared, True)
    assert told(harmattan) == []
    record = queries.record_of(harmattan.business_id, subscription_id)
    assert record is not None
    assert record.network_state == "active"
    today = clock.today("Africa/Lagos")
    assert "A router cannot be used" in [one.title for one in attention(harmattan.business_id, today, clock.now())]
    with writing():
        db.session.execute(update(Router).values(port=router.port))
    assert compared(harmattan, router_id) == "Everything agrees."
    db.session.rollback()
    assert queries.get_router(harmattan.business_id, router_id).error == ""


@pytest.mark.usefixtures("here")
def test_what_is_wanted_waits_for_a_router_that_is_down_and_is_done_when_it_is_back(
    harmattan: Tenant, router: FakeRouterOS
) -> None:
    router_id = mikrotik(harmattan, router)
    subscription_id = subscribed(harmattan, client_of(harmattan))
    on_router(harmattan, subscription_id, router_id)
    router.subscriber("ada")
    router.says = ["!fatal", "too many sessions"]
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    work()
    assert log(harmattan, subscription_id) == [("suspend", "wanted")]
    assert queries.actions_of(harmattan.business_id, subscription_id)[0].answer.startswith("The router ended")
    router.says = []
    switch_again(harmattan.owner, subscription_id, reason="Again", now=NOW)
    work()
    assert log(harmattan, subscription_id) == [("suspend", "done"), ("suspend", "superseded")]
    assert router.secret("ada")["disabled"] == "true"


@pytest.mark.usefixtures("here")
def test_a_router_that_is_down_is_not_asked_for_each_of_its_services(harmattan: Tenant, router: FakeRouterOS) -> None:
    router_id = mikrotik(harmattan, router)
    with writing():
        db.session.execute(update(Router).values(port=1))
    ids = [subscribed(harmattan, client_of(harmattan, f"Client {number}")) for number in range(5)]
    for number, one in enumerate(ids):
        on_router(harmattan, one, router_id, f"user{number}")
        service.suspend(harmattan.owner, one, reason="Off", now=NOW)
    work()
    db.session.rollback()
    actions = [queries.actions_of(harmattan.business_id, one)[0] for one in ids]
    assert [one.state for one in actions] == ["wanted"] * 5
    assert sum(one.attempts for one in actions) == 1


@pytest.mark.usefixtures("here")
def test_what_a_router_refuses_is_failed_and_shown(harmattan: Tenant, router: FakeRouterOS) -> None:
    router_id = mikrotik(harmattan, router)
    subscription_id = subscribed(harmattan, client_of(harmattan))
    on_router(harmattan, subscription_id, router_id, "nobody")
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    work()
    [(action, name, client)] = queries.failing_actions(harmattan.business_id)
    assert (action.state, action.answer) == ("failed", "The router has no PPP secret called nobody.")
    assert (name, client) == ("Home", "Zion Bakery")
    today = clock.today("Africa/Lagos")
    titles = [one.title for one in attention(harmattan.business_id, today, clock.now())]
    assert "A service could not be switched" in titles


def test_each_router_is_compared_once_an_hour_however_many_schedulers_ask(harmattan: Tenant, savannah: Tenant) -> None:
    for tenant in (harmattan, savannah):
        subscription_id, _ = connected(tenant)
        registry.driver_for(registry.reach(queries.list_routers(tenant.business_id)[0])).suspend(
            registry.user_of(queries.record_of(tenant.business_id, subscription_id))  # type: ignore[arg-type]
        )
    for _ in range(3):
        begin_comparing(NOW)
    work()
    for tenant in (harmattan, savannah):
        assert told(tenant) == [("state", "ada", "active", "suspended")]


def test_what_is_on_its_way_is_no_difference(harmattan: Tenant) -> None:
    subscription_id, router_id = connected(harmattan)
    service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
    asked = prepare_comparison(harmattan.business_id, router_id)
    assert asked is not None
    found = registry.driver_for(asked.reach).list_states(asked.users)
    assert record_comparison(harmattan.business_id, asked, found, now=NOW) == []


def test_looking_at_a_network_does_not_make_what_a_person_types_stale(harmattan: Tenant) -> None:
    _, router_id = connected(harmattan)
    before = db.session.scalar(select(ServiceRecord.version))
    version = queries.get_router(harmattan.business_id, router_id).version
    try_router(harmattan.owner, router_id, now=NOW)
    compared(harmattan, router_id)
    assert db.session.scalar(select(ServiceRecord.version)) == before
    assert queries.get_router(harmattan.business_id, router_id).version == version
    assert network(harmattan, queries.records_on(harmattan.business_id, router_id)[0].subscription_id) == "active"


ODD = "a\0b\ud800c\x1b[31m\u2028d\u202ee" + "\0" * 3000
READ = "a b\ufffdc [31m de"


def receiver_of(tenant: Tenant, receiver: Receiver) -> uuid.UUID:
    return a_router(tenant, "Ours", "webhook", address=f"http://127.0.0.1:{receiver.port}/hook", secret=seal(SECRET))


def test_what_no_database_takes_is_kept_as_far_as_it_can_be_read(harmattan: Tenant, here: None) -> None:
    with run_receiver(services={"ada": "active", ODD: "active", "x" * 400: "active"}, message=ODD) as receiver:
        subscription_id, router_id = subscribed(harmattan, client_of(harmattan)), receiver_of(harmattan, receiver)
        on_router(harmattan, subscription_id, router_id)
        assert compared(harmattan, router_id) == "2 differences."
        assert told(harmattan) == [("unknown", READ, "", "active"), ("unknown", "x" * 255, "", "active")]
        service.suspend(harmattan.owner, subscription_id, reason="Off", now=NOW)
        work()
    latest = queries.latest_action(harmattan.business_id, subscription_id)
    assert latest is not None
    assert (latest.state, latest.answer) == ("done", READ)


def test_what_a_router_refuses_in_odd_characters_is_kept_as_well(harmattan: Tenant) -> None:
    subscription_id, router_id = connected(harmattan)
    for error in (Refused(ODD), Unreachable(ODD)):
        switching.record_failed(harmattan.business_id, begun(harmattan, subscription_id), error, False, now=NOW)
        db.session.rollback()
        latest = queries.latest_action(harmattan.business_id, subscription_id)
        assert latest is not None
        assert latest.answer == READ
    record_no_comparison(harmattan.business_id, router_id, ODD, now=NOW)
    record_try(harmattan.business_id, router_id, ODD, now=NOW)
    db.session.rollback()
    router = queries.get_router(harmattan.business_id, router_id)
    assert (router.error, router.compared, router.tried) == (READ, READ, READ)


def test_a_failure_of_our_own_database_is_told_without_its_statement(harmattan: Tenant) -> None:
    subscription_id, _ = connected(harmattan)
    error = OperationalError("UPDATE service_record SET password = :p", {"p": "sealed"}, Exception("disk full"))
    switching.record_failed(harmattan.business_id, begun(harmattan, subscription_id), error, False, now=NOW)
    db.session.rollback()
    latest = queries.latest_action(harmattan.business_id, subscription_id)
    assert latest is not None
    assert latest.answer == in_words(error) == OUR_FAULT
