"""The pages: switching reminders on, the ladder, a client's channels and holds, the link that stops them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import clock
from app.auth.queries import get_business, timeline
from app.auth.service import links
from app.clients.queries import get_client, reach
from app.extensions import db
from app.invoices import service as invoices
from app.messages.channels.memory import MemoryChannel
from app.messages.models import Message
from app.messages.tasks import outgoing
from app.reminders import queries
from tests.support.story import a_business


@pytest.fixture
def story(app):
    return a_business(app)


def typed(story, **changes):
    good = {"version": get_business(story.business_id).version, "first": "email", "second": "", "third": ""}
    good |= {"send_hour": "9", "quiet_from": "20", "quiet_until": "8", "day_1": "y", "reminders": "y"}
    return good | changes


def test_switching_them_on_puts_the_usual_ladder_up(story):
    browser = story.visitor()
    assert browser.post("/settings/reminders/", data=typed(story)).status_code == 303
    db.session.rollback()
    business = get_business(story.business_id)
    assert (business.reminders, business.workdays, business.send_receipts) == (True, "1", False)
    assert [rung.days for rung in queries.rungs(story.business_id)] == [-3, 0, 3, 10, 21]
    assert "21 days after the due date" in browser.get("/settings/reminders/").text


@pytest.mark.parametrize("wrong", [{"send_hour": "24"}, {"send_hour": ""}, {"first": "pigeon"}, {"quiet_from": "-1"}])
def test_what_cannot_be_is_refused_and_nothing_is_lost(story, wrong):
    answer = story.visitor().post("/settings/reminders/", data=typed(story, **wrong))
    assert answer.status_code == 422
    db.session.rollback()
    assert get_business(story.business_id).reminders is False


def test_two_at_once_are_told(story):
    old = typed(story)
    browser = story.visitor()
    assert browser.post("/settings/reminders/", data=old).status_code == 303
    assert browser.post("/settings/reminders/", data=old | {"send_hour": "7"}).status_code == 409
    db.session.rollback()
    assert get_business(story.business_id).send_hour == 9


def test_a_step_is_added_and_taken_off(story):
    browser = story.visitor("admin")
    step = {"days": "5", "when": "before", "channel": "sms", "wording": "reminder_before"}
    assert browser.post("/settings/reminders/steps/", data=step).status_code == 303
    db.session.rollback()
    [rung] = queries.rungs(story.business_id)
    assert (rung.days, rung.channel) == (-5, "sms")
    assert browser.post("/settings/reminders/steps/", data=step).status_code == 422
    assert browser.post(f"/settings/reminders/steps/{rung.id}/end/").status_code == 303
    again = browser.post(f"/settings/reminders/steps/{rung.id}/end/", follow_redirects=True)
    assert (again.status_code, again.request.path) == (200, "/settings/reminders/")
    assert "It was taken off already" in again.text
    assert browser.post(f"/settings/reminders/steps/{story.client_id}/end/").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"days": "-1"}, {"days": "366"}, {"days": "a"}, {"days": ""}, {"when": "x"}, {"wording": "invoice"}]
)
def test_a_step_that_cannot_be_is_refused(story, wrong):
    step = {"days": "5", "when": "after", "channel": "", "wording": "reminder_overdue"} | wrong
    assert story.visitor().post("/settings/reminders/steps/", data=step).status_code == 422


def test_a_client_is_written_to_as_they_agreed(story):
    browser, at = story.visitor("staff"), f"/clients/{story.client_id}/reminders/"
    order = {"first": "whatsapp", "second": "email", "third": "whatsapp", "whatsapp": "y"}
    assert browser.post(f"{at}channels/", data=order).status_code == 303
    db.session.rollback()
    client = get_client(story.business_id, story.client_id)
    assert client.channels == ["whatsapp", "email"]
    assert list(client.consents) == ["whatsapp"]
    # There is no number yet, so WhatsApp cannot be used.
    assert reach(story.business_id, story.client_id).channels == ("email",)
    assert story.visitor("viewer").post(f"{at}channels/", data=order).status_code == 403


def test_a_hold_typed_on_the_page_is_shown_and_ended(story):
    browser, at = story.visitor("staff"), f"/clients/{story.client_id}/reminders/"
    day = clock.today("Africa/Lagos").isoformat()
    assert browser.post(f"{at}hold/", data={"until": day, "reason": "On holiday"}).status_code == 303
    assert "On holiday" in browser.get(at).text
    assert browser.post(f"{at}hold/", data={"until": "2020-01-01"}).status_code == 422
    [hold] = queries.standing_holds(story.business_id, clock.today("Africa/Lagos"), client_id=story.client_id)
    assert browser.post(f"{at}hold/{hold.id}/end/").status_code == 303
    assert "On holiday" not in browser.get(at).text.split("Hold")[-1]
    again = browser.post(f"{at}hold/{hold.id}/end/", follow_redirects=True)
    assert (again.status_code, again.request.path) == (200, at)
    assert "The hold was lifted already" in again.text


def test_the_link_stops_reminders_only_when_it_is_pressed_and_staff_may_allow_them_again(story, app):
    token = links.make_link(story.business_id, "remind", story.client_id, clock.now())
    visitor = app.test_client()
    assert "Stop the reminders?" in visitor.get(f"/u/{token}/").text
    db.session.rollback()
    assert get_client(story.business_id, story.client_id).no_reminders_at is None
    for _ in range(2):
        assert visitor.post(f"/u/{token}/", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    db.session.rollback()
    assert get_client(story.business_id, story.client_id).no_reminders_at is not None
    assert story.visitor("staff").post(f"/clients/{story.client_id}/reminders/allow/").status_code == 303
    db.session.rollback()
    assert get_client(story.business_id, story.client_id).no_reminders_at is None


@pytest.mark.parametrize("token", ["x", "%00", "a" * 500])
def test_links_that_are_none_open_nothing(story, app, token):
    answer = app.test_client().get(f"/u/{token}/")
    assert answer.status_code == 404
    assert "Ask the business that sent it for a new link" in answer.text
    assert app.test_client().post(f"/u/{token}/").status_code == 404
    assert app.test_client().post(f"/u/{token}/again/").status_code == 404


def test_a_link_to_an_invoice_stops_no_reminders(story, app):
    assert app.test_client().post(f"/u/{story.link(story.issued())}/").status_code == 404


def test_a_reminder_carries_the_link_that_mail_programs_press(days):
    days.invoice(0)
    days.sweep()
    db.session.rollback()
    row = db.session.scalars(select(Message)).one()
    mail = outgoing(row)
    headers = dict(mail.headers)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/u/" in headers["List-Unsubscribe"]
    address = headers["List-Unsubscribe"].strip("<>")
    assert f'<a href="{address}"' in mail.html.replace("\n", " ")
    assert f"Stop reminders: {address}" in mail.text


def test_what_is_worded_anew_keeps_the_link(days, app, monkeypatch):
    app.extensions["duely_mail"] = channel = MemoryChannel()
    monkeypatch.setattr("app.clock.now", lambda: days.now)
    days.invoice(0)
    days.sweep()
    days.pass_by(1)
    days.deliver()
    [mail] = channel.sent
    assert mail.subject.startswith("Overdue by 1 day")
    assert "Stop reminders: " in mail.text


def test_who_stopped_them_may_take_it_back_at_the_same_link(story, app):
    token = links.make_link(story.business_id, "remind", story.client_id, clock.now())
    visitor = app.test_client()
    assert "Send me reminders again" in visitor.post(f"/u/{token}/").text
    assert "You get reminders again" in visitor.post(f"/u/{token}/again/").text
    db.session.rollback()
    assert get_client(story.business_id, story.client_id).no_reminders_at is None
    assert "Stop the reminders?" in visitor.get(f"/u/{token}/").text
    told = timeline(story.business_id, "client", story.client_id)
    assert [(event.verb, event.actor_kind) for event in told[:1]] == [("allowed_reminders", "customer")]


def test_an_invoice_carries_none(days):
    invoices.send(days.story.owner, days.invoice(5), now=days.now)
    db.session.rollback()
    mail = outgoing(db.session.scalars(select(Message)).one())
    assert mail.headers == ()
    assert "Stop reminders" not in mail.html + mail.text
