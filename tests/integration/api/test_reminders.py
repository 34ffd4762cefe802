"""Reminders by the API: when they go out, days off, those of an invoice, and how a customer is written to."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.auth.queries import timeline
from app.clients.queries import get_client
from app.database import writing
from app.extensions import db
from app.messages import service as messages
from app.messages.queries import for_object
from app.reminders import queries
from tests.support.program import Program

pytestmark = pytest.mark.engines("sqlite", "postgresql")
SETTINGS, HOLIDAYS = "/api/settings/reminders/", "/api/settings/reminders/holidays/"


@pytest.fixture
def invoice_id(app: Any, ours: Any) -> str:
    """An invoice of a business that sends reminders on every day of the week."""
    with app.app_context():
        ours.reminds()
        made = str(ours.issued())
        db.session.remove()
    return made


def of(invoice_id: object) -> str:
    return f"/api/billing/invoices/{invoice_id}/reminders/"


def in_days(days: int) -> str:
    return (clock.today("Africa/Lagos") + timedelta(days=days)).isoformat()


def test_reminders_are_switched_on_with_the_usual_ladder_and_changed_a_bit_at_a_time(app, program, ours):
    before = program.get(SETTINGS)["data"]
    assert (before["enabled"], before["channels"], before["workdays"]) == (False, ["email"], [1, 2, 3, 4, 5])
    saved = program.patch(SETTINGS, {"enabled": True, "workdays": [1, 6]}, If_Match=f'"{before["version"]}"')["data"]
    assert saved == before | {"enabled": True, "workdays": [1, 6], "version": saved["version"]}
    ladder = program.get("/api/settings/dunning/steps/")["data"]["steps"]
    assert [step["days"] for step in ladder] == [-3, 0, 3, 10, 21]
    late = program.patch(SETTINGS, {"send_hour": 6, "channels": ["sms", "email"]})["data"]
    assert (late["leaves_at"], late["channels"], late["workdays"]) == ("08:00", ["sms", "email"], [1, 6])
    stale = program.patch(SETTINGS, {"send_hour": 7}, 412, If_Match=f'"{saved["version"]}"')
    assert stale["current"] == late
    with app.app_context():
        assert "changed_settings" in [event.verb for event in timeline(ours.business_id, "business", ours.business_id)]


def test_what_is_wrong_with_how_reminders_go_out_is_said_by_its_path(program):
    wrong = {"send_hour": 24, "channels": ["pigeon"], "workdays": [], "enabled": "yes"}
    assert program.patch(SETTINGS, wrong, 422)["errors"].keys() == {"send_hour", "channels.0", "workdays", "enabled"}
    assert program.patch(SETTINGS, {"channels": []}, 422)["errors"].keys() == {"channels"}
    assert program.get(SETTINGS)["data"]["enabled"] is False


def test_days_off_are_added_once_and_made_ordinary_again(app, program, ours, stranger):
    asked = {"on": in_days(30), "name": "Eid"}
    answer = program.send("POST", HOLIDAYS, asked)
    day = answer.get_json()["data"]
    assert (answer.status_code, day["on"], day["name"]) == (201, in_days(30), "Eid")
    assert program.get(answer.headers["Location"])["data"] == day
    assert program.post(HOLIDAYS, asked | {"name": "Other"})["data"] == day
    with app.app_context():
        assert [row.name for row in queries.holidays(ours.business_id, clock.today("Africa/Lagos"))] == ["Eid"]
    assert stranger.get(HOLIDAYS)["data"] == []
    stranger.get(f"{HOLIDAYS}{day['id']}/", 404)
    stranger.ask("DELETE", f"{HOLIDAYS}{day['id']}/", status=404)
    program.ask("DELETE", f"{HOLIDAYS}{day['id']}/")
    assert program.get(HOLIDAYS)["data"] == []
    for wrong in (in_days(-1), in_days(3000)):
        assert program.post(HOLIDAYS, {"on": wrong}, 422)["errors"].keys() == {"on"}


def test_only_admins_change_how_reminders_go_out(app, ours):
    staff = Program.of(app, ours, "staff")
    staff.patch(SETTINGS, {"send_hour": 7}, 403)
    staff.post(HOLIDAYS, {"on": in_days(3)}, 403)
    assert staff.get(SETTINGS)["data"]["send_hour"] == 9


def test_the_reminders_of_an_invoice_are_postponed_sent_and_left_out(app, program, ours, invoice_id):
    before = program.get(of(invoice_id))["data"]
    assert [step["days"] for step in before["planned"]] == [-3, 0, 3, 10, 21]
    assert (before["rests"], before["passed"]) == ("", [])
    steps = {step["days"]: step["step_id"] for step in before["planned"]}

    until = in_days(40)
    later = program.post(f"{of(invoice_id)}{steps[21]}/postpone/", {"until": until})["data"]["planned"][-1]
    assert (later["step_id"], later["postponed"], later["on"] >= until) == (steps[21], True, True)

    program.post(f"{of(invoice_id)}{steps[0]}/skip/")
    sent = program.post(f"{of(invoice_id)}{steps[-3]}/send-now/")["data"]
    assert [step["days"] for step in sent["planned"]] == [3, 10, 21]
    assert [(one["days"], one["outcome"], one["kind"], one["channel"]) for one in sent["passed"]] == [
        (0, "skipped", "reminder_due", ""),
        (-3, "queued", "reminder_before", "email"),
    ]
    with app.app_context():
        (message,) = for_object(ours.business_id, "invoice", uuid.UUID(invoice_id))
        assert (str(message.id), message.state) == (sent["passed"][1]["message_id"], sent["passed"][1]["message_state"])
        verbs = [event.verb for event in timeline(ours.business_id, "invoice", uuid.UUID(invoice_id))]
    assert {"reminder_postponed", "reminder_skipped", "reminded"} <= set(verbs)
    assert "sent already" not in program.post(f"{of(invoice_id)}{steps[0]}/skip/", status=409)["message"]


def test_a_reminder_is_only_postponed_to_a_day_on_which_it_would_go_out(program, invoice_id):
    steps = {step["days"]: step["step_id"] for step in program.get(of(invoice_id))["data"]["planned"]}
    for until in (in_days(0), in_days(400), in_days(60)):
        refused = program.post(f"{of(invoice_id)}{steps[3]}/postpone/", {"until": until}, 422)
        assert refused["errors"].keys() == {"until"}
    assert program.post(f"{of(invoice_id)}{steps[3]}/postpone/", {}, 422)["errors"].keys() == {"until"}


def test_nobody_else_decides_about_reminders(app, program, ours, stranger, invoice_id):
    step = program.get(of(invoice_id))["data"]["planned"][0]["step_id"]
    viewer = Program.of(app, ours, "viewer", ("billing:read",))
    assert viewer.get(of(invoice_id))["data"]["planned"]
    viewer.post(f"{of(invoice_id)}{step}/skip/", status=403)
    stranger.get(of(invoice_id), 404)
    stranger.post(f"{of(invoice_id)}{step}/skip/", status=404)
    program.post(f"{of(invoice_id)}{uuid.uuid4()}/send-now/", status=404)
    assert program.get(of(invoice_id))["data"]["passed"] == []


def test_without_reminders_and_for_a_draft_nothing_is_planned(app, program, ours):
    with app.app_context():
        draft, issued = ours.draft(), ours.issued()
        db.session.remove()
    for one in (draft, issued):
        assert program.get(of(one))["data"]["planned"] == []


def test_a_customer_has_channels_of_their_own(app, program, ours, stranger):
    at = f"/api/customers/{ours.client_id}/reminders/"
    assert program.patch(at, {"agreed": ["sms"]}, 422)["errors"].keys() == {"agreed"}
    program.patch(f"/api/customers/{ours.client_id}/", {"phone": "+2348031234567"})
    saved = program.patch(at, {"channels": ["whatsapp", "email"], "agreed": ["whatsapp"]})["data"]
    assert (saved["channels"], saved["agreed"], saved["closed"]) == (["whatsapp", "email"], ["whatsapp"], [])
    assert program.patch(at, {"channels": []})["data"] == saved | {"channels": []}
    with app.app_context():
        client = get_client(ours.business_id, ours.client_id)
        assert (client.channels, client.consents["whatsapp"]["to"]) == ([], "+2348031234567")
    stranger.patch(at, {"channels": []}, 404)
    Program.of(app, ours, "viewer", ("clients:read",)).patch(at, {"channels": ["sms"]}, 403)


def test_who_stopped_reminders_is_reminded_again_and_a_closed_address_used_again(app, program, ours):
    at = f"/api/customers/{ours.client_id}/reminders/"
    (contact,) = program.get(f"/api/customers/{ours.client_id}/")["data"]["contacts"]
    email = contact["email"].casefold()
    with app.app_context():
        with writing():
            get_client(ours.business_id, ours.client_id).no_reminders_at = clock.now()
        messages.mark(ours.business_id, "email", email, failed_at=clock.now(), reason="No such mailbox.")
        db.session.remove()
    before = program.get(at)["data"]
    assert before["no_reminders_since"] is not None
    assert [(one["channel"], one["address"], one["why"]) for one in before["closed"]] == [
        ("email", email, "No such mailbox.")
    ]
    assert program.post(f"{at}allow/")["data"] == before | {"no_reminders_since": None}
    after = program.post(f"{at}trust/", {"channel": "email", "address": email.upper()})["data"]
    assert after["closed"] == []
    with app.app_context():
        verbs = [event.verb for event in timeline(ours.business_id, "client", ours.client_id)]
    assert "allowed_reminders" in verbs
