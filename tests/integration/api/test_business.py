"""Members, invitations, settings, the audit trail and the words of messages by the API."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest

from app import clock
from app.extensions import db
from tests.support.program import Program
from tests.support.story import a_business


@pytest.fixture
def staff(app, ours) -> Program:
    return Program.of(app, ours, "staff")


def test_members_are_listed_read_and_given_roles(program, staff):
    me = staff.get("/api/auth/me/")["data"]
    assert {one["role"] for one in program.get("/api/members/")["data"]} == {"owner", "staff"}
    assert [one["id"] for one in program.get("/api/members/?role=staff&total=true")["data"]] == [me["person_id"]]
    here = f"/api/members/{me['person_id']}/"
    assert program.patch(here, {"role": "admin"})["data"]["role"] == "admin"
    assert program.get(here)["data"]["email"] == me["email"]
    staff.patch(here, {"role": "owner"}, 403)
    assert list(program.patch(here, {"role": "king"}, 422)["errors"]) == ["role"]


def test_who_is_taken_out_has_no_token_any_more(program, staff):
    me = staff.get("/api/auth/me/")["data"]["person_id"]
    program.post(f"/api/members/{me}/remove/")
    staff.get("/api/auth/me/", 401)
    program.get(f"/api/members/{me}/", 404)


def test_a_business_keeps_an_owner(program):
    me = program.get("/api/auth/me/")["data"]["person_id"]
    assert program.post(f"/api/members/{me}/remove/", status=409)["code"] == "conflict"
    assert program.patch(f"/api/members/{me}/", {"role": "admin"}, 409)["code"] == "conflict"


def test_somebody_is_invited_again_and_not_at_all(program):
    invited = program.post("/api/invitations/", {"email": "Bo@Example.com", "role": "admin"}, 201)["data"]
    assert [one["id"] for one in program.get("/api/invitations/")["data"]] == [invited["id"]]
    again = program.post(f"/api/invitations/{invited['id']}/resend/", status=201)["data"]
    program.get(f"/api/invitations/{invited['id']}/", 404)
    assert program.get(f"/api/invitations/{again['id']}/")["data"]["role"] == "admin"
    program.post(f"/api/invitations/{again['id']}/withdraw/")
    assert program.get("/api/invitations/?total=true")["pagination"]["total"] == 0


def test_an_admin_invites_no_owner_and_nobody_invites_a_member(app, ours, program):
    admin = Program.of(app, ours, "admin")
    admin.post("/api/invitations/", {"email": "bo@example.com", "role": "owner"}, 403)
    refused = program.post("/api/invitations/", {"email": admin.get("/api/auth/me/")["data"]["email"]}, 422)
    assert refused["errors"] == {"email": ["This person is a member already."]}
    assert list(program.post("/api/invitations/", {"email": "nobody"}, 422)["errors"]) == ["email"]


def test_a_token_for_settings_reads_and_changes_no_members(app, ours, program, staff):
    clerk = Program.of(app, ours, scopes=("settings:read", "settings:write"))
    clerk.get("/api/settings/")
    me = staff.get("/api/auth/me/")["data"]["person_id"]
    invited = program.post("/api/invitations/", {"email": "bo@example.com"}, 201)["data"]["id"]
    for path in ("members/", f"members/{me}/", "invitations/", f"invitations/{invited}/"):
        clerk.get(f"/api/{path}", 403)
    clerk.post("/api/invitations/", {"email": "eve@example.com", "role": "owner"}, 403)
    clerk.patch(f"/api/members/{me}/", {"role": "owner"}, 403)
    for path in (f"members/{me}/remove/", f"invitations/{invited}/resend/", f"invitations/{invited}/withdraw/"):
        assert clerk.post(f"/api/{path}", status=403)["code"] == "forbidden"


def test_one_for_members_does_that_and_changes_no_settings(app, ours, staff):
    people = Program.of(app, ours, scopes=("members:read", "members:write"))
    me = staff.get("/api/auth/me/")["data"]["person_id"]
    assert {one["role"] for one in people.get("/api/members/")["data"]} == {"owner", "staff"}
    people.post("/api/invitations/", {"email": "bo@example.com"}, 201)
    assert people.patch(f"/api/members/{me}/", {"role": "admin"})["data"]["role"] == "admin"
    people.patch("/api/settings/", {"terms_days": 3}, 403)
    people.get("/api/settings/", 403)


def test_settings_are_read_and_changed_in_part(program):
    before = program.get("/api/settings/")["data"]
    rows = [{"label": "Bank", "value": "GTBank"}]
    change = {"terms_days": 30, "bank_details": rows, "phone": "08031234567"}
    after = program.patch("/api/settings/", change)["data"]
    assert after == {**before, **change, "phone": "+2348031234567", "version": before["version"] + 1}
    stale = program.patch("/api/settings/", {"footer": "Thanks"}, 412, If_Match=f'"{before["version"]}"')
    assert stale["current"] == after


@pytest.mark.parametrize(
    "wrong, path",
    [
        ({"number_pattern": "INV"}, "number_pattern"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"email": "no"}, "email"),
        ({"bank_details": [{"label": "x" * 41}]}, "bank_details.0.label"),
        ({"gateway_key": "x"}, "gateway_key"),
    ],
)
def test_wrong_settings_are_said_by_their_path(program, wrong, path):
    assert list(program.patch("/api/settings/", wrong, 422)["errors"]) == [path]


def test_settings_are_for_admins_to_change(staff):
    assert staff.get("/api/settings/")["data"]["name"]
    staff.patch("/api/settings/", {"terms_days": 30}, 403)


def test_the_trail_is_read_by_what_who_and_when(app, ours, program):
    with app.app_context():
        ours.issued()
        db.session.remove()
    program.patch("/api/settings/", {"name": "Harmattan", "terms_days": 3})
    [event] = program.get("/api/audit/?verb=changed_settings")["data"]
    assert event["actor"]["id"] == str(ours.owner.person_id)
    assert event["changes"]["terms_days"] == [14, 3]
    assert event["changes"]["name"][1].startswith("sha256:")
    about = program.get(f"/api/audit/?object_kind=invoice&customer_id={ours.client_id}")["data"]
    assert {one["object_kind"] for one in about} == {"invoice"}
    assert "issued" in {one["verb"] for one in about}
    only = program.get(f"/api/audit/?object_id={about[0]['object_id']}&actor_kind=person&limit=1")
    assert only["data"][0]["object_id"] == about[0]["object_id"]
    later = quote((clock.now() + timedelta(hours=1)).isoformat())
    assert program.get(f"/api/audit/?since={later}")["data"] == []
    assert program.get(f"/api/audit/?until={later}&limit=1")["data"]
    assert list(program.get("/api/audit/?since=yesterday", 422)["errors"]) == ["since"]


def test_the_trail_is_for_admins_and_of_one_business(app, program, staff):
    staff.get("/api/audit/", 403)
    with app.app_context():
        theirs = a_business(app, "Savannah Coffee")
        db.session.remove()
    assert program.get(f"/api/audit/?object_id={theirs.business_id}")["data"] == []


def test_words_of_a_message_are_changed_and_given_up(program):
    before = program.get("/api/message-templates/receipt/")["data"]
    assert (before["own"], before["version"]) == (False, 0)
    changed = program.patch("/api/message-templates/receipt/", {"sms": "Thanks, {{amount}} came."})["data"]
    assert (changed["own"], changed["sms"], changed["text"]) == (True, "Thanks, {{amount}} came.", before["text"])
    assert changed["hints"]
    stale = program.patch("/api/message-templates/receipt/", {"sms": "Thanks"}, 412, If_Match='"7"')
    assert stale["current"]["sms"] == changed["sms"]
    listed = {one["kind"]: one for one in program.get("/api/message-templates/")["data"]}
    assert listed["receipt"] == changed
    assert len(listed) > 5
    assert program.post("/api/message-templates/receipt/reset/")["data"] == before
    program.post("/api/message-templates/receipt/reset/", status=404)


def test_words_that_cannot_be_used_are_said_by_their_path(program, staff):
    refused = program.patch("/api/message-templates/receipt/", {"sms": "{{nonsense}}", "variables": ["x"]}, 422)
    assert set(refused["errors"]) == {"sms", "variables"}
    program.get("/api/message-templates/nonsense/", 404)
    staff.patch("/api/message-templates/receipt/", {"sms": "Hi"}, 403)
