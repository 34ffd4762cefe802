"""Subscriptions by the API."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.billing.service.billing import bill_client
from app.extensions import db
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")
MANY = 5


def day(days: int = 0) -> str:
    return (clock.today("Africa/Lagos") + timedelta(days=days)).isoformat()


def made_plan(program: Program, **more: Any) -> str:
    values = {"name": "Home 20", "price": "18500.00", **more}
    return str(program.post("/api/plans/", values, 201)["data"]["id"])


def agreed(program: Program, ours: Any, **more: Any) -> dict[str, Any]:
    values = {"customer_id": str(ours.client_id), **more}
    if "lines" not in more:
        values.setdefault("plan_id", made_plan(program))
    found: dict[str, Any] = program.post("/api/subscriptions/", values, 201)["data"]
    return found


@pytest.mark.engines("sqlite")
def test_a_plan_with_an_addon_is_agreed_on_and_found(program, ours):
    addon = made_plan(program, name="Static address", price="2000", kind="addon")
    one = agreed(program, ours, addons=[{"plan_id": addon, "quantity": "2"}], po_number="PO 7")
    assert (one["state"], one["currency"], one["po_number"]) == ("active", "NGN", "PO 7")
    assert [(item["title"], item["quantity"]) for item in one["items"]] == [("Home 20", "1"), ("Static address", "2")]
    plan = one["items"][0]["plan_id"]
    for query in ("q=home", f"plan_id={plan}", f"customer_id={ours.client_id}", "state=active", f"bills_by={day()}"):
        assert [found["id"] for found in program.get(f"/api/subscriptions/?{query}")["data"]] == [one["id"]], query
    for query in ("q=nobody", "state=paused", f"plan_id={uuid.uuid4()}", "currency=USD", f"starts_from={day(1)}"):
        assert program.get(f"/api/subscriptions/?{query}")["data"] == [], query
    [told] = program.get("/api/subscriptions/?include=items&include=price&total=true")["data"]
    assert told["price"]["minor"] == 2_250_000
    assert told["items"] == one["items"]
    assert program.get(f"/api/subscriptions/{one['id']}/?include=price")["data"]["price"]["amount"] == "22500.00"


def test_setting_up_is_charged_once_whatever_the_quantity(program, ours):
    plan = made_plan(program, setup_price="5000")
    addon = made_plan(program, name="Static address", price="2000", setup_price="700", kind="addon")
    body = {"customer_id": str(ours.client_id), "plan_id": plan, "quantity": "3"}
    body |= {"addons": [{"plan_id": addon, "quantity": "2"}]}
    first = program.post("/api/subscriptions/preview/", body)["data"][0]
    fees = {line["title"]: line["amount"]["amount"] for line in first["lines"] if line["title"].startswith("Set-up")}
    assert fees == {"Set-up, Home 20": "5000.00", "Set-up, Static address": "700.00"}
    one = agreed(program, ours, plan_id=plan, setup_price="900", quantity="3")
    assert [(item["quantity"], item["price"]) for item in one["items"]] == [("3", None), ("1", "900")]
    adds = {"addons": [{"plan_id": addon, "quantity": "2"}], "setup": True}
    looked = program.post(f"/api/subscriptions/{one['id']}/change-items/preview/", adds)["data"]
    made = looked["invoice"] or looked["coming"][0]
    fees = {line["title"]: line["amount"]["amount"] for line in made["lines"] if line["title"].startswith("Set-up, S")}
    assert fees == {"Set-up, Static address": "700.00"}


@pytest.mark.engines("sqlite")
def test_lines_of_ones_own_are_looked_at_and_agreed_on(program, ours):
    line = {"title": "Support", "price": "100.00", "quantity": "3", "discount": "10%", "tax_ids": [str(ours.tax_id)]}
    body = {"customer_id": str(ours.client_id), "name": "Support", "lines": [line], "cycle_unit": "quarter"}
    first = program.post("/api/subscriptions/preview/", body)["data"][0]
    assert (first["bill_on"], first["total"]["amount"], first["tax"]["amount"]) == (day(), "290.25", "20.25")
    assert program.get("/api/subscriptions/")["data"] == []
    one = program.post("/api/subscriptions/", body, 201)["data"]
    assert (one["cycle_unit"], one["cycle_count"]) == ("month", 3)
    assert [(item["price"], item["discount"]) for item in one["items"]] == [("100", "10%")]


@pytest.mark.engines("sqlite")
def test_what_is_wrong_with_a_subscription_is_said_by_its_path(program, ours):
    own = {"customer_id": str(ours.client_id)}

    def wrong(**more: Any) -> set[str]:
        return set(program.post("/api/subscriptions/", own | more, 422)["errors"])

    plan, yearly = made_plan(program), made_plan(program, cycle_unit="year")
    assert wrong() == {"plan_id"}
    assert wrong(plan_id=str(uuid.uuid4())) == {"plan_id"}
    assert wrong(plan_id=plan, ahead=False) == {"ahead"}
    assert wrong(plan_id=plan, last_day=day(-3)) == {"last_day"}
    assert wrong(plan_id=plan, quantity="0") == {"quantity"}
    assert wrong(plan_id=plan, addons=[{"plan_id": str(uuid.uuid4())}]) == {"addons.0.plan_id"}
    assert wrong(plan_id=plan, addons=[{"plan_id": yearly}]) <= {"addons.0.quantity", "addons.0.plan_id"}
    line = {"title": "Support", "price": "1"}
    assert wrong(name="S", lines=[line, line | {"quantity": "0"}]) == {"lines.1.quantity"}
    assert wrong(lines=[line]) == {"name"}
    assert wrong(name="S", lines=[line], plan_id=plan) == {"lines"}
    assert wrong(name="S", lines=[line | {"discount": "ten"}]) == {"lines.0.discount"}


@pytest.mark.engines("sqlite")
def test_a_subscription_is_paused_resumed_cancelled_and_kept(program, ours):
    one = agreed(program, ours)
    at = f"/api/subscriptions/{one['id']}/"
    assert program.post(at + "pause/", {"reason": "Away"})["data"]["state"] == "paused"
    assert program.get("/api/subscriptions/?state=paused")["data"][0]["state"] == "paused"
    assert program.post(at + "pause/", {}, 409)["code"] == "conflict"
    assert program.post(at + "resume/", {"on": day(-1)}, 422)["errors"].keys() == {"on"}
    assert program.post(at + "resume/", {})["data"]["state"] == "active"
    assert program.post(at + "cancel/", {"when": "day"}, 422)["errors"].keys() == {"last_day"}
    ended = program.post(at + "cancel/", {"when": "day", "last_day": day(9), "reason": "Moves"})["data"]
    assert (ended["last_day"], ended["cancel_reason"], ended["state"]) == (day(9), "Moves", "active")
    kept = program.post(at + "keep/")["data"]
    assert kept["last_day"] is None
    program.post(at + "keep/", None, 409)
    assert program.post(at + "cancel/", {"when": "now"})["data"]["state"] == "cancelled"
    assert [found["id"] for found in program.get("/api/subscriptions/?state=cancelled")["data"]] == [one["id"]]


def test_the_audit_tells_in_one_event_what_a_pause_gave_back(program, ours):
    one = agreed(program, ours)
    with ours.app.app_context():
        bill_client(ours.owner, ours.client_id, clock.today("Africa/Lagos"), send=False, now=clock.now())
    program.post(f"/api/subscriptions/{one['id']}/pause/", {"reason": "Away"})
    [paused] = program.get(f"/api/audit/?object_id={one['id']}&verb=paused")["data"]
    assert paused["facts"]["credited"] == "₦18,500.00"
    assert paused["facts"].keys() == {"since", "until", "credited", "credit_notes"}


@pytest.mark.engines("sqlite")
def test_a_stale_verb_is_told_what_stands_now(program, ours):
    one = agreed(program, ours)
    at, seen = f"/api/subscriptions/{one['id']}/", f'"{one["version"]}"'
    assert program.patch(at, {"notes": "Ring twice"}, If_Match=seen)["data"]["notes"] == "Ring twice"
    stale = program.post(at + "cancel/", {"when": "now"}, 412, If_Match=seen)
    assert stale["current"]["notes"] == "Ring twice"
    assert program.get(at)["data"]["state"] == "active"


def test_another_plan_is_looked_at_and_taken(program, ours):
    one = agreed(program, ours)
    bigger = made_plan(program, name="Home 50", price="30000")
    at = f"/api/subscriptions/{one['id']}/"
    program.post("/api/billing/generate-invoice/", {"subscription_id": one["id"]}, 201)
    seen = program.post(at + "change-plan/preview/", {"plan_id": bigger})["data"]
    assert (seen["credited"]["amount"], seen["invoice"]["total"]["amount"]) == ("18500.00", "30000.00")
    assert program.get(at)["data"]["items"] == program.get(at)["data"]["items"][:1]
    changed = program.post(at + "change-plan/", {"plan_id": bigger})["data"]
    assert [item["title"] for item in changed["items"] if item["last_day"] is None] == ["Home 50"]
    assert program.post(at + "change-plan/", {"plan_id": bigger}, 422)["errors"].keys() == {"plan_id"}
    later = program.post(at + "change-plan/", {"plan_id": one["items"][0]["plan_id"], "when": "term"})["data"]
    assert len(later["items"]) == len(changed["items"]) + 1
    program.post(at + "change-plan/", {"plan_id": bigger}, 409)
    assert len(program.post(at + "call-off/")["data"]["items"]) == len(changed["items"])


@pytest.mark.engines("sqlite")
def test_quantities_and_addons_change(program, ours):
    one = agreed(program, ours)
    addon = made_plan(program, name="Static address", price="2000", kind="addon")
    at, [item] = f"/api/subscriptions/{one['id']}/", one["items"]
    edit = {"item_id": item["id"], "quantity": "3"}
    added = {"items": [edit], "addons": [{"plan_id": addon}]}
    assert program.post(at + "change-items/preview/", added)["data"]["coming"][0]["total"]["amount"] == "57500.00"
    changed = program.post(at + "change-items/", added)["data"]
    running = [(each["title"], each["quantity"]) for each in changed["items"] if each["last_day"] is None]
    assert running == [("Home 20", "3"), ("Static address", "1")]
    twice = program.post(at + "change-items/", {"items": [edit, edit]}, 422)
    assert twice["errors"].keys() == {"items.1.item_id"}
    assert program.post(at + "change-items/", {}, 422)["errors"].keys() == {"items"}
    program.post(at + "change-items/", {"items": [edit | {"item_id": str(uuid.uuid4())}]}, 404)


def test_one_subscription_is_billed_once(program, ours):
    one, other = agreed(program, ours), agreed(program, ours)
    at = f"/api/subscriptions/{one['id']}/"
    assert program.get(at + "preview/?months=2")["data"]["bills"][0]["total"]["amount"] == "18500.00"
    body = {"subscription_id": one["id"], "as_of": day()}
    first = program.send("POST", "/api/billing/generate-invoice/", body, Idempotency_Key="november")
    again = program.send("POST", "/api/billing/generate-invoice/", body, Idempotency_Key="november")
    assert (first.status_code, first.get_data()) == (201, again.get_data())
    invoice = first.get_json()["data"]
    assert (invoice["state"], invoice["total"]["amount"], invoice["others"]) == ("open", "18500.00", [])
    assert first.headers["Location"] == f"/api/billing/invoices/{invoice['id']}/"
    assert program.post("/api/billing/generate-invoice/", body, 409)["code"] == "conflict"
    [period] = program.get(at + "periods/")["data"]
    assert (period["invoice_number"], period["start"]) == (invoice["number"], day())
    assert program.get(f"/api/subscriptions/{other['id']}/periods/")["data"] == []
    early = {"subscription_id": one["id"], "as_of": day(200)}
    assert program.post("/api/billing/generate-invoice/", early, 422)["errors"].keys() == {"as_of"}
    unknown = program.post("/api/billing/generate-invoice/", {"subscription_id": str(uuid.uuid4())}, 422)
    assert unknown["errors"].keys() == {"subscription_id"}


@pytest.mark.engines("sqlite")
def test_a_service_is_put_on_a_router_and_its_password_never_comes_back(app, program, ours):
    with app.app_context():
        router = str(ours.router())
        db.session.remove()
    one = agreed(program, ours)
    at = f"/api/subscriptions/{one['id']}/"
    assert program.get(at + "service/")["data"]["record"] is None
    program.post(at + "service/remove/", None, 409)
    record = {"router_id": router, "username": "ada", "password": "hush hush", "mac": "4c5e0c1234ab"}
    told = program.ask("PUT", at + "service/", record)
    assert "hush hush" not in str(told)
    assert (told["data"]["record"]["has_password"], told["data"]["record"]["mac"]) == (True, "4C:5E:0C:12:34:AB")
    kept = program.ask("PUT", at + "service/", {"router_id": router, "username": "ada.n"})["data"]
    assert (kept["record"]["username"], kept["record"]["has_password"], kept["record"]["mac"]) == ("ada.n", True, "")
    assert program.ask("PUT", at + "service/", record, 412, If_Match='"1"')["current"]["version"] == 2
    wrong = program.ask("PUT", at + "service/", {"router_id": str(uuid.uuid4()), "username": "b", "ip": "x"}, 422)
    assert wrong["errors"].keys() == {"router_id"}
    assert program.ask("PUT", at + "service/", record | {"ip": "10.0.0.999"}, 422)["errors"].keys() == {"ip"}
    assert program.get(f"/api/subscriptions/?router_id={router}&q=ada.n")["data"][0]["id"] == one["id"]
    [listed] = program.get("/api/routers/")["data"]
    assert (listed["id"], listed["services"]) == (router, 1)
    assert program.get(f"/api/routers/{router}/")["data"] == listed
    assert program.post(at + "service/remove/")["data"]["record"] is None


@pytest.mark.engines("sqlite")
def test_a_service_is_suspended_throttled_and_restored_by_hand(program, ours):
    one = agreed(program, ours)
    at = f"/api/subscriptions/{one['id']}/"
    assert program.post(at + "suspend/", {}, 422)["errors"].keys() == {"reason"}
    assert program.post(at + "suspend/", {"reason": "Asked for it"})["data"]["state"] == "suspended"
    assert program.get("/api/subscriptions/?state=suspended")["data"][0]["suspend_reason"] == "Asked for it"
    program.post(at + "suspend/", {"reason": "Again"}, 409)
    assert program.post(at + "restore/", {})["data"]["state"] == "active"
    assert program.post(at + "throttle/", {"reason": "Fair use"})["data"]["throttled_at"]
    assert [one["verb"] for one in program.get(at + "service/")["data"]["actions"]] == [
        "throttle",
        "restore",
        "suspend",
    ]
    assert program.post(at + "service/switch-again/")["data"]["reason"] == "Fair use"


@pytest.mark.engines("sqlite")
def test_what_changed_since_is_told_in_its_order(program, ours):
    first, second = agreed(program, ours), agreed(program, ours)
    program.patch(f"/api/subscriptions/{first['id']}/", {"notes": "Later"})
    listed = program.get("/api/subscriptions/?sort=updated_at&limit=1")
    assert [one["id"] for one in listed["data"]] == [second["id"]]
    after = program.get(f"/api/subscriptions/?sort=updated_at&limit=1&cursor={listed['pagination']['next']}")
    assert [one["id"] for one in after["data"]] == [first["id"]]
    assert program.get("/api/subscriptions/?updated_since=2099-01-01T00:00:00Z")["data"] == []
    assert program.get("/api/subscriptions/?updated_since=2099-01-01", 422)["errors"].keys() == {"updated_since"}


@pytest.mark.engines("sqlite")
def test_another_business_has_other_subscriptions(app, program, ours):
    with app.app_context():
        others = a_business(app, "Savannah", "Koko")
        theirs = Program.of(app, others)
    one = agreed(theirs, others)
    at = f"/api/subscriptions/{one['id']}/"
    for path in ("", "periods/", "preview/", "service/"):
        program.get(at + path, 404)
    assert program.get(f"/api/subscriptions/?customer_id={others.client_id}")["data"] == []
    for at, body, path in (
        ("subscriptions/", {"customer_id": str(others.client_id)}, "customer_id"),
        ("subscriptions/preview/", {"customer_id": str(others.client_id)}, "customer_id"),
        ("billing/generate-invoice/", {"subscription_id": one["id"]}, "subscription_id"),
    ):
        assert program.post(f"/api/{at}", body, 422)["errors"].keys() == {path}


@pytest.mark.engines("sqlite")
def test_many_subscriptions_ask_no_more_often_than_one(app, program, ours):
    one = agreed(program, ours)
    urls = {"/api/subscriptions/": 2, f"/api/subscriptions/{one['id']}/": 4, "/api/plans/": 4}
    for count in (0, MANY):
        for _ in range(count):
            agreed(program, ours)
        for url, most in urls.items():
            with app.app_context(), counted() as asked:
                program.get(url)
            assert len(asked) <= most, "\n".join(asked)


def test_the_state_that_narrows_a_list_is_the_one_that_is_told(app, program, ours):
    """Every state there is, in SQL and by the rules."""
    plan = made_plan(program)
    runs = [agreed(program, ours, plan_id=plan, starts_on=day(-40)) for _ in range(4)]
    for verb, body, one in zip(
        ("pause/", "suspend/", "cancel/"), ({}, {"reason": "x"}, {"when": "now"}), runs[:3], strict=True
    ):
        program.post(f"/api/subscriptions/{one['id']}/{verb}", body)
    late = {"subscription_id": runs[3]["id"], "as_of": day(-30)}
    program.post("/api/billing/generate-invoice/", late, 201)
    agreed(program, ours, plan_id=plan, trial_until=day(5))
    agreed(program, ours, plan_id=plan, starts_on=day(-20), last_day=day(-2))
    agreed(program, ours, plan_id=plan)
    every = {one["id"]: one["state"] for one in program.get("/api/subscriptions/")["data"]}
    assert sorted(every.values()) == sorted(
        ["paused", "suspended", "cancelled", "past_due", "trial", "ended", "active"]
    )
    for id, state in every.items():
        assert [one["id"] for one in program.get(f"/api/subscriptions/?state={state}")["data"]] == [id]
