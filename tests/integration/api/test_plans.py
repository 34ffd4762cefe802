"""Plans by the API."""

from __future__ import annotations

import uuid
from datetime import timedelta

from app import clock
from tests.support.program import Program
from tests.support.story import a_business

HOME = {"name": "Home 20", "price": "18500.00", "setup_price": "5000", "download_mbps": "20", "anchor_day": 1}


def test_a_plan_is_added_read_changed_found_and_put_away(program, ours):
    plan = program.post("/api/plans/", HOME | {"tax_ids": [str(ours.tax_id)]}, 201)["data"]
    assert (plan["anchor_day"], plan["download_mbps"], plan["tax_ids"]) == (1, "20", [str(ours.tax_id)])
    [price] = plan["prices"]
    assert price["price"] == {"amount": "18500.00", "minor": 1_850_000, "currency": "NGN"}
    changed = program.patch(f"/api/plans/{plan['id']}/", {"upload_mbps": "2.5", "description": "Fibre"})["data"]
    assert {**changed, "version": 1} == {**plan, "upload_mbps": "2.5", "description": "Fibre"}
    assert [one["id"] for one in program.get("/api/plans/?q=home&kind=plan&currency=NGN")["data"]] == [plan["id"]]
    assert program.get("/api/plans/?kind=addon")["data"] == program.get("/api/plans/?currency=USD")["data"] == []
    assert program.post(f"/api/plans/{plan['id']}/archive/")["data"]["archived"] is True
    assert program.get("/api/plans/")["data"] == []
    assert len(program.get("/api/plans/?archived=true")["data"]) == 1
    assert program.post(f"/api/plans/{plan['id']}/restore/")["data"]["archived"] is False


def test_a_week_begins_on_its_own_days(program):
    plan = program.post("/api/plans/", HOME | {"cycle_unit": "week", "cycle_count": 2, "anchor_day": 3}, 201)["data"]
    assert (plan["cycle_unit"], plan["cycle_count"], plan["anchor_day"]) == ("week", 2, 3)
    refused = program.post("/api/plans/", HOME | {"cycle_unit": "week", "anchor_day": 8}, 422)
    assert set(refused["errors"]) == {"anchor_day"}


def test_what_is_wrong_with_a_plan_is_said_by_its_path(program):
    refused = program.post("/api/plans/", HOME | {"price": "1.005", "cycle_count": 300, "currency": "XXQ"}, 422)
    assert {"cycle_count", "currency"} <= set(refused["errors"])
    assert set(program.post("/api/plans/", HOME | {"status": "x"}, 422)["errors"]) == {"status"}
    assert set(program.post("/api/plans/", {"name": "A", "price": 1.5}, 422)["errors"]) == {"price"}


def test_a_price_from_a_day_on_is_set_told_of_and_withdrawn(program, app, ours):
    plan = program.post("/api/plans/", HOME, 201)["data"]
    at, day = f"/api/plans/{plan['id']}/prices/", (clock.today("Africa/Lagos") + timedelta(days=40)).isoformat()
    price = program.post(at, {"price": "19500", "since": day, "for_all": False}, 201)["data"]
    assert (price["since"], price["for_all"], price["price"]["minor"]) == (day, False, 1_950_000)
    assert len(program.get(f"/api/plans/{plan['id']}/")["data"]["prices"]) == 2
    assert program.post(f"{at}{price['id']}/tell/", {"days_before": 20})["data"] == {"written": 0, "unreachable": []}
    assert len(program.post(f"{at}{price['id']}/withdraw/")["data"]["prices"]) == 1
    assert program.post(f"{at}{plan['prices'][0]['id']}/withdraw/", None, 422)["errors"].keys() == {"since"}
    past = {"price": "1", "since": "2001-01-01"}
    assert set(program.post(at, past, 422)["errors"]) == {"since"}
    assert program.post(at, {**past, "currency": "USD"}, 201)["data"]["since"] == "2001-01-01"


def test_a_stale_change_of_a_plan_is_told_what_stands_now(program):
    plan = program.post("/api/plans/", HOME, 201)["data"]
    at = f"/api/plans/{plan['id']}/"
    program.patch(at, {"code": "A"}, If_Match='"1"')
    assert program.patch(at, {"code": "B"}, 412, If_Match='"1"')["current"]["code"] == "A"


def test_a_currency_is_written_in_letters_of_either_size(program, ours):
    plan = program.post("/api/plans/", HOME | {"currency": "ngn"}, 201)["data"]
    assert plan["prices"][0]["currency"] == "NGN"
    customer = program.patch(f"/api/customers/{ours.client_id}/", {"currency": "usd"})["data"]
    assert customer["currency"] == "USD"


def test_another_business_has_other_plans(app, program):
    with app.app_context():
        theirs = Program.of(app, a_business(app, "Savannah", "Koko"))
    plan = theirs.post("/api/plans/", HOME, 201)["data"]
    for path in ("", "archive/", "restore/"):
        verb = "POST" if path else "GET"
        assert program.ask(verb, f"/api/plans/{plan['id']}/{path}", None, 404)["code"] == "not_found"
    assert program.get("/api/plans/")["data"] == []
    foreign = program.post("/api/plans/", HOME | {"tax_ids": [str(uuid.uuid4())]}, 422)
    assert foreign["errors"] == {"tax_ids": ["There is no such tax."]}


def test_roles_and_scopes_of_plans(app, ours, program):
    program.post("/api/plans/", HOME, 201)
    viewer = Program.of(app, ours, "viewer")
    assert len(viewer.get("/api/plans/")["data"]) == 1
    viewer.post("/api/plans/", HOME, 403)
    Program.of(app, ours, "staff", ("billing:read",)).post("/api/plans/", HOME, 403)
