"""Billing runs, dunning, promises and holds by the API."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.auth.queries import get_business
from app.auth.service import business
from app.billing.service import running
from app.billing.service.run_posting import post_next
from app.extensions import db
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def day(days: int = 0) -> str:
    return (clock.today("Africa/Lagos") + timedelta(days=days)).isoformat()


def worked_off(app: Any, ours: Any, run_id: str, step: Any) -> None:
    """What the jobs of a run do."""
    with app.app_context():
        while step(ours.business_id, uuid.UUID(run_id), now=clock.now(), by_job=False):
            pass
        db.session.remove()


def planned(app: Any, ours: Any, program: Program) -> str:
    """The id of a run that waits for approval, with one entry."""
    with app.app_context():
        ours.subscription()
        db.session.remove()
    run_id: str = program.post("/api/billing/bulk-generate/", {"as_of": day()}, 202)["data"]["run_id"]
    worked_off(app, ours, run_id, running.plan_next)
    return run_id


def test_a_run_is_begun_once_a_day_approved_posted_and_reversed(app, program, ours):
    run_id = planned(app, ours, program)
    at = f"/api/billing/runs/{run_id}/"
    for body in ({}, {"as_of": day()}):
        assert program.post("/api/billing/bulk-generate/", body, 202)["data"]["run_id"] == run_id
    run = program.get(at)["data"]
    assert (run["state"], run["entries"], run["totals"][0]["invoices"]) == ("review", 1, 1)
    assert [one["id"] for one in program.get("/api/billing/runs/?state=review")["data"]] == [run_id]
    assert program.get(f"/api/billing/runs/?as_of_from={day(1)}")["data"] == []
    assert program.post(at + "approve/", {"looked": True}, 412, If_Match='"1"')["current"]["state"] == "review"
    assert program.post(at + "approve/", {"looked": True}, 202)["data"]["state"] == "approved"
    program.post(at + "approve/", {"looked": True}, 409)
    worked_off(app, ours, run_id, post_next)
    [entry] = program.get(at + "entries/?state=posted")["data"]
    assert entry["invoice_number"]
    assert program.post("/api/billing/bulk-generate/", {}, 202)["data"]["run_id"] == run_id
    assert program.post(at + "reverse/", {}, 422)["errors"].keys() == {"reason"}
    assert program.post(at + "reverse/", {"reason": "Wrong prices"}, 202)["data"]["state"] == "reversing"


@pytest.mark.engines("sqlite")
def test_an_entry_is_decided_and_a_plan_thrown_away(app, program, ours):
    run_id = planned(app, ours, program)
    at = f"/api/billing/runs/{run_id}/"
    [entry] = program.get(at + "entries/?shown=new&odd=false&total=1")["data"]
    decide = f"{at}entries/{entry['id']}/decide/"
    left = program.post(decide, {"decision": "leave_out"})["data"]
    assert (left["does"], left["decision"]) == ("leave", "leave_out")
    program.post(decide, {"decision": "bill", "was": ""}, 409)
    assert program.post(decide, {"decision": ""})["data"]["does"] == "bill"
    assert program.post(decide, {"decision": "maybe"}, 422)["errors"].keys() == {"decision"}
    program.post(f"{at}entries/{uuid.uuid4()}/decide/", {"decision": "bill"}, 404)
    assert program.post(at + "plan-again/", None, 202)["data"]["state"] == "planning"
    assert program.post(at + "discard/")["data"]["state"] == "discarded"
    another = program.post("/api/billing/bulk-generate/", {}, 202)["data"]["run_id"]
    assert another != run_id
    assert program.post("/api/billing/runs/", {"as_of": day(400)}, 422)["errors"].keys() == {"as_of"}
    begun = program.send("POST", "/api/billing/runs/", {"as_of": day(3)})
    assert (begun.status_code, begun.headers["Location"]) == (202, f"/api/billing/runs/{begun.json['data']['id']}/")


@pytest.mark.engines("sqlite")
def test_runs_are_read_in_few_statements(app, program, ours):
    run_id = planned(app, ours, program)
    for url in ("/api/billing/runs/", f"/api/billing/runs/{run_id}/", f"/api/billing/runs/{run_id}/entries/"):
        with app.app_context(), counted() as asked:
            program.get(url)
        assert len(asked) <= 4, "\n".join(asked)


@pytest.mark.engines("sqlite")
def test_runs_of_another_business_are_not_there(app, program):
    with app.app_context():
        others = a_business(app, "Savannah", "Koko")
        theirs = Program.of(app, others)
    run_id = planned(app, others, theirs)
    program.get(f"/api/billing/runs/{run_id}/", 404)
    program.get(f"/api/billing/runs/{run_id}/entries/", 404)
    program.post(f"/api/billing/runs/{run_id}/approve/", {"looked": True}, 404)
    assert program.get("/api/billing/runs/")["data"] == []


@pytest.mark.engines("sqlite")
def test_roles_and_scopes_of_runs(app, program, ours):
    viewer = Program.of(app, ours, "viewer")
    viewer.get("/api/billing/runs/")
    viewer.post("/api/billing/bulk-generate/", {}, 403)
    Program.of(app, ours, "owner", ("billing:read",)).post("/api/billing/generate-invoice/", {}, 403)


@pytest.mark.engines("sqlite")
def test_a_batch_of_cuts_is_looked_at_and_decided_by_an_admin(app, program, ours):
    with app.app_context():
        batch_id = str(ours.held_cuts())
        db.session.remove()
    at = f"/api/billing/dunning/{batch_id}/"
    [batch] = program.get("/api/billing/dunning/?state=held")["data"]
    assert batch == program.get(at)["data"]
    assert batch["cuts"]["planned"] == 1
    [cut] = program.get(at + "cuts/")["data"]
    assert (cut["kind"], cut["owed"]["amount"]) == ("suspend", "15000.00")
    Program.of(app, ours, "staff").post(at + "approve/", None, 403)
    assert program.post(at + "approve/", None, 202)["data"]["state"] == "running"
    assert program.post(at + "approve/", None, 409)["code"] == "conflict"
    assert program.post(at + "restore/")["data"] == {"restored": 0, "left": 0}
    program.post(at + "restore/", None, 409)
    program.get(f"/api/billing/dunning/{uuid.uuid4()}/", 404)


@pytest.mark.engines("sqlite")
def test_a_promise_and_a_hold_are_noted_found_and_ended(app, program, ours):
    with app.app_context():
        invoice_id = str(ours.issued())
        zone = get_business(ours.business_id).timezone
        db.session.remove()
    until = (clock.today(zone) + timedelta(days=7)).isoformat()
    at, whose = f"/api/billing/invoices/{invoice_id}/", f"/api/customers/{ours.client_id}/"
    made = program.post(at + "promise/", {"until": until, "reason": "Salary comes"}, 201)["data"]
    assert (made["amount"]["amount"], made["promised_by"], made["invoice_id"]) == ("3225.00", "staff", invoice_id)
    assert program.post(at + "promise/", {"until": until, "amount": "9999"}, 422)["errors"].keys() == {"amount"}
    assert program.post(at + "promise/", {"until": "2001-01-01"}, 422)["errors"].keys() == {"until"}
    theirs = program.post(whose + "promise/", {"until": until, "amount": "100"}, 201)["data"]
    held = program.post(whose + "hold/", {"until": until}, 201)["data"]
    program.post(at + "hold/", {"until": until}, 201)
    found = program.get(f"/api/billing/holds/?customer_id={ours.client_id}&standing=true&total=1")
    assert found["pagination"]["total"] == 4
    assert [one["id"] for one in program.get("/api/billing/holds/?kind=promise")["data"]] == [theirs["id"], made["id"]]
    assert program.post(f"/api/billing/holds/{held['id']}/end/")["data"]["ended_at"]
    program.post(f"/api/billing/holds/{held['id']}/end/", None, 409)
    assert len(program.get("/api/billing/holds/?standing=true")["data"]) == 3
    program.get(f"/api/billing/holds/{uuid.uuid4()}/", 404)
    program.post(f"/api/billing/invoices/{uuid.uuid4()}/hold/", {"until": until}, 404)
    program.post(at + "waive/", {"reason": "Ours"}, 409)


@pytest.mark.engines("sqlite")
def test_a_late_fee_is_waived(app, program, ours):
    with app.app_context():
        fee = str(ours.late_fee())
        db.session.remove()
    assert program.post(f"/api/billing/invoices/{fee}/waive/", {"reason": "Ours"})["data"]["number"]


@pytest.mark.engines("sqlite")
def test_credit_that_settles_an_invoice_at_once_is_told(app, program, ours):
    with app.app_context():
        version = get_business(ours.business_id).version
        business.change_settings(ours.owner, {"apply_credit": True}, version, clock.now())
        ours.payment(ours.issued(), 90_000_000)
        subscription_id = str(ours.subscription())
        db.session.remove()
    told = program.post("/api/billing/generate-invoice/", {"subscription_id": subscription_id}, 201)["data"]
    assert (told["state"], told["balance"]["minor"]) == ("paid", 0)


@pytest.mark.engines("sqlite")
def test_nobody_is_parked_and_whoever_is_not_cannot_be_let_go(program, ours):
    assert program.get("/api/billing/parked/")["data"] == []
    program.post(f"/api/billing/parked/{ours.client_id}/let-go/", None, 409)
    program.post(f"/api/billing/parked/{uuid.uuid4()}/let-go/", None, 404)
