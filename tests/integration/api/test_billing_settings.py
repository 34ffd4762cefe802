"""The settings of billing runs and of dunning, and ladders, by the API."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.extensions import db
from tests.integration.web.test_statements import counted
from tests.support.program import Program

pytestmark = pytest.mark.engines("sqlite", "postgresql")
RUNS, DUNNING = "/api/settings/billing/", "/api/settings/dunning/"


@pytest.fixture
def plan_id(app: Any, ours: Any) -> str:
    with app.app_context():
        made = str(ours.plan())
        db.session.remove()
    return made


def test_how_runs_work_is_read_before_anything_was_chosen_and_changed_a_bit_at_a_time(program):
    before = program.get(RUNS)["data"]
    assert (before["version"], before["missed"], before["hold_hours"]) == (0, "all", 0)
    first = program.patch(RUNS, {"hold_hours": 4}, If_Match='"0"')["data"]
    assert first == before | {"hold_hours": 4, "version": 1}
    stale = program.patch(RUNS, {"missed": "ask"}, 412, If_Match='"0"')
    assert stale["current"] == first
    second = program.patch(RUNS, {"missed": "ask", "approve_alone": False}, If_Match='"1"')["data"]
    assert second == first | {"missed": "ask", "approve_alone": False, "version": 2}
    assert program.get(RUNS)["data"] == second


def test_what_is_wrong_with_how_runs_work_is_said_by_its_path(program):
    refused = program.patch(RUNS, {"review_days": 31, "missed": "some", "hold_hours": "4"}, 422)
    assert refused["errors"].keys() == {"review_days", "missed", "hold_hours"}
    assert program.get(RUNS)["data"]["version"] == 0


def test_the_dunning_policy_is_changed_a_bit_at_a_time(program):
    before = program.get(DUNNING)["data"]
    assert (before["own"], before["version"], before["enabled"], before["quiet_days"]) == (False, 0, False, [5, 6, 7])
    change = {
        "enabled": True,
        "quiet_days": [7],
        "spared_tags": ["school", "hospital"],
        "least_owed": [{"currency": "ngn", "amount": "2000.00"}, {"currency": "USD", "amount": 5}],
    }
    saved = program.patch(DUNNING, change)["data"]
    assert (saved["own"], saved["enabled"], saved["quiet_days"], saved["spared_tags"]) == (
        True,
        True,
        [7],
        ["hospital", "school"],
    )
    assert [(one["currency"], one["minor"]) for one in saved["least_owed"]] == [("NGN", 200_000), ("USD", 500)]
    again = program.patch(DUNNING, {"grace_days": 3}, If_Match=f'"{saved["version"]}"')["data"]
    assert again == saved | {"grace_days": 3, "version": saved["version"] + 1}
    stale = program.patch(DUNNING, {"grace_days": 4}, 412, If_Match=f'"{saved["version"]}"')
    assert stale["current"]["grace_days"] == 3


def test_what_is_wrong_with_a_dunning_policy_is_said_by_its_path(program):
    assert program.patch(DUNNING, {"quiet_days": [1, 2, 3, 4, 5, 6, 7]}, 422)["errors"].keys() == {"quiet_days"}
    assert program.patch(DUNNING, {"grace_days": 366}, 422)["errors"].keys() == {"grace_days"}
    assert program.patch(DUNNING, {"quiet_days": [8]}, 422)["errors"].keys() == {"quiet_days.0"}
    assert program.patch(DUNNING, {"spared_tags": ["a, b"]}, 422)["errors"].keys() == {"spared_tags.0"}
    wrong = program.patch(DUNNING, {"least_owed": [{"currency": "XXQ", "amount": "1"}]}, 422)
    assert wrong["errors"].keys() == {"least_owed"}
    wrong = program.patch(DUNNING, {"least_owed": [{"currency": "NGN", "amount": "1.001"}]}, 422)
    assert wrong["errors"].keys() == {"least_owed"}
    assert program.get(DUNNING)["data"]["version"] == 0


@pytest.mark.parametrize("whose", ["plan", "customer"])
def test_a_plan_or_customer_has_a_policy_of_their_own_until_it_is_dropped(program, ours, plan_id, whose):
    at = f"/api/plans/{plan_id}/dunning/" if whose == "plan" else f"/api/customers/{ours.client_id}/dunning/"
    program.patch(DUNNING, {"enabled": True, "grace_days": 5})
    assert (program.get(at)["data"]["own"], program.get(at)["data"]["grace_days"]) == (False, 5)
    own = program.patch(at, {"warning_days": 9}, If_Match='"0"')["data"]
    assert (own["own"], own["grace_days"], own["warning_days"]) == (True, 5, 9)
    program.patch(DUNNING, {"grace_days": 1})
    assert program.get(at)["data"]["grace_days"] == 5
    for _ in range(2):
        assert program.post(at + "end/")["data"]["grace_days"] == 1
    assert program.get(at)["data"]["own"] is False


def test_steps_are_put_on_the_ladder_and_taken_off(program):
    fee = {"kind": "late_fee", "days": 10, "fee_percent": "2.5", "fee_least": "500", "fee_most": "5000.00"}
    steps = program.post(DUNNING + "steps/", fee)["data"]["steps"]
    [made] = [one for one in steps if one["kind"] == "late_fee"]
    assert (made["days"], made["fee_percent"], made["fee_least"]["minor"], made["fee_most"]["minor"]) == (
        10,
        "2.5",
        50_000,
        500_000,
    )
    cut = program.post(DUNNING + "steps/", {"kind": "suspend", "days": 20, "owed": "1000"})["data"]["steps"][-1]
    assert (cut["kind"], cut["owed"]["minor"], cut["fee"], cut["wording"]) == ("suspend", 100_000, None, "")
    steps = program.post(DUNNING + "reminders/", {"days": -5, "wording": "reminder_before", "channel": "sms"})["data"]
    assert (steps["steps"][0]["days"], steps["steps"][0]["channel"]) == (-5, "sms")
    left = program.post(f"{DUNNING}steps/{cut['id']}/end/")["data"]["steps"]
    assert cut["id"] not in [one["id"] for one in left]
    assert program.post(f"{DUNNING}steps/{cut['id']}/end/", None, 409)["code"] == "conflict"
    assert program.get(DUNNING + "steps/")["data"]["steps"] == left


def test_what_is_wrong_with_a_step_is_said_by_its_path(program):
    def wrong(body: dict[str, Any], where: str = "steps/") -> set[str]:
        return set(program.post(DUNNING + where, body, 422)["errors"])

    assert wrong({"kind": "late_fee", "days": 10}) == {"fee_percent"}
    assert wrong({"kind": "late_fee", "days": 10, "fee": "0"}) == {"fee"}
    assert wrong({"kind": "late_fee", "days": 10, "fee": "1", "fee_least": "9", "fee_most": "8"}) == {"fee_most"}
    assert wrong({"kind": "suspend", "days": 10, "fee": "5", "fee_taxed": True}) == {"fee", "fee_taxed"}
    assert wrong({"kind": "remind", "days": 0}) == {"kind", "days"}
    assert wrong({"days": -5, "wording": "reminder_last"}, "reminders/") == {"wording"}
    program.post(DUNNING + "steps/", {"kind": "suspend", "days": 10})
    assert wrong({"kind": "suspend", "days": 10}) == {"days"}


def test_a_key_makes_a_step_once(program):
    body, key = {"kind": "throttle", "days": 8}, "step-1"
    first = program.post(DUNNING + "steps/", body, Idempotency_Key=key)["data"]
    assert program.post(DUNNING + "steps/", body, Idempotency_Key=key)["data"] == first


def test_a_customer_gets_a_ladder_of_their_own_that_staff_may_change_but_for_cuts(app, program, ours):
    at = f"/api/customers/{ours.client_id}/dunning/"
    program.post(DUNNING + "ladder/")
    cut = program.post(DUNNING + "steps/", {"kind": "suspend", "days": 30})["data"]
    assert program.get(at + "steps/")["data"] == cut | {"own": False}
    staff = Program.of(app, ours, "staff")
    own = staff.post(at + "ladder/")["data"]
    assert own["own"] is True
    assert [one["days"] for one in own["steps"]] == [one["days"] for one in cut["steps"]]
    staff.post(f"{at}steps/{own['steps'][-1]['id']}/end/", None, 403)
    staff.post(at + "steps/", {"kind": "suspend", "days": 31}, 403)
    assert len(staff.post(f"{at}steps/{own['steps'][0]['id']}/end/")["data"]["steps"]) == len(own["steps"]) - 1
    assert staff.post(at + "ladder/end/")["data"] == cut | {"own": False}
    staff.post(DUNNING + "reminders/", {"days": 1}, 403)
    staff.patch(DUNNING, {"grace_days": 1}, 403)


def test_another_business_s_plans_customers_and_steps_are_not_there(program, ours, plan_id, stranger):
    stranger.post(DUNNING + "ladder/")
    step = program.post(DUNNING + "ladder/")["data"]["steps"][0]["id"]
    for at in (f"/api/plans/{plan_id}/dunning/", f"/api/customers/{ours.client_id}/dunning/"):
        stranger.get(at, 404)
        stranger.get(at + "steps/", 404)
        stranger.patch(at, {"grace_days": 1}, 404)
        stranger.post(at + "steps/", {"kind": "suspend", "days": 9}, 404)
        stranger.post(at + "end/", None, 404)
    for unknown in (step, uuid.uuid4()):
        stranger.post(f"{DUNNING}steps/{unknown}/end/", None, 404)
    program.post(f"/api/customers/{ours.client_id}/dunning/steps/{step}/end/", None, 404)


def test_scopes_and_roles_of_these_settings(app, program, ours):
    viewer = Program.of(app, ours, "viewer")
    viewer.get(RUNS)
    viewer.get(DUNNING)
    viewer.patch(RUNS, {"hold_hours": 1}, 403)
    Program.of(app, ours, "admin", ("billing:write",)).patch(RUNS, {"hold_hours": 1}, 403)


def test_reading_these_settings_takes_few_statements(app, program, ours):
    program.patch(DUNNING, {"grace_days": 1})
    for path in (RUNS, DUNNING, f"/api/customers/{ours.client_id}/dunning/", DUNNING + "steps/"):
        with app.app_context(), counted() as asked:
            program.get(path)
        assert len(asked) <= 4, asked
