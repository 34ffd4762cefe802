"""What the pages of an invoice and of its client say about the reminders to come, and what the dialogs say before."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update

from app.clients.models import Client
from app.clients.queries import document_recipients
from app.database import writing
from app.extensions import db
from app.invoices.models import Invoice
from app.messages import service as messages
from app.reminders import service
from tests.integration.reminders.test_steering import steps


def text(answer) -> str:
    """What a page says, without its marks."""
    found = re.sub(r"<(style|script|svg|template)\b.*?</\1>", "", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


def unsubscribe(days):
    with writing():
        mine = Client.business_id == days.story.business_id
        db.session.execute(update(Client).where(mine).values(no_reminders_at=days.now))


def deafen(days):
    [(_, address)] = document_recipients(days.story.business_id, days.story.client_id)
    messages.mark(days.story.business_id, "email", address, failed_at=days.now, reason="It bounced.")


@pytest.fixture
def browser(days):
    return days.story.visitor("staff")


def next_of(browser, invoice) -> str:
    """The card "What happens next" of an invoice."""
    return text(browser.get(f"/invoices/{invoice}/")).split("What happens next")[1].split("Customer link")[0]


def test_the_dialog_says_the_words_that_go_out_and_that_the_others_stay(days, browser):
    invoice = days.invoice(7)
    at = f"/invoices/{invoice}/reminders/{steps(days, invoice)[21]}/send-now/"
    said = text(browser.get(at))
    assert "What goes out by e-mail today is the reminder before the due date with the subject “Invoice" in said
    assert "instead of the last reminder of" in said
    assert "The others stay: " in said
    browser.post(at)
    assert days.messages()[-1][0] == "reminder_before"


def test_the_dialog_says_before_what_falls_away(days, browser):
    invoice = days.invoice(0)
    days.sweep()
    with writing():
        db.session.execute(update(Invoice).values(due_date=days.today - timedelta(days=1)))
    said = text(browser.get(f"/invoices/{invoice}/reminders/{steps(days, invoice)[21]}/send-now/"))
    assert "is the last reminder" in said
    assert "These fall away, for they would say no more than that: the one 3 days after the due date" in said
    assert "No further reminder is planned after it." in said


def test_what_comes_next_stands_in_the_order_of_its_days(days, browser):
    said = next_of(browser, days.invoice(7))
    places = [said.index(one) for one in ("before the due date", "Payment is due", "on the due date", "Last reminder")]
    assert places == sorted(places)


def test_a_hold_is_shown_with_its_reason_and_lifted_there(days, browser):
    invoice, story = days.invoice(7), days.story
    until = days.today + timedelta(days=9)
    service.hold(story.owner, until, "They asked for time", now=days.now, invoice_id=invoice)
    service.hold(story.owner, days.today, "The whole street is out", now=days.now, client_id=story.client_id)
    said = next_of(browser, invoice)
    assert "by Tolu Adé: They asked for time Lift" in said
    assert "Everything for Lekki Hub is held up to and including" in said
    asked = text(browser.get(f"/invoices/{invoice}/reminders/{steps(days, invoice)[21]}/send-now/"))
    assert "in spite of the hold" in asked
    assert "Not sent, because another one takes their place: 3 days before the due date" in said
    for _ in range(2):
        page = browser.get(f"/invoices/{invoice}/").text
        action = re.search(rf'action="(/invoices/{invoice}/reminders/hold/[^"]+/end/)"', page)[1]
        assert browser.post(action).status_code == 303
    assert "Lift" not in next_of(browser, invoice)
    assert "The hold was lifted already" in text(browser.post(action, follow_redirects=True))
    assert "Lift" not in next_of(story.visitor("viewer"), invoice)


def test_who_cannot_be_reached_is_promised_nothing(days, browser):
    invoice = days.invoice(7)
    deafen(days)
    for said in (next_of(browser, invoice), text(browser.get(f"/clients/{days.story.client_id}/reminders/"))):
        assert "No way to reach them" in said
        assert "Reminder on the due date" not in said
    dialog = browser.get(f"/invoices/{invoice}/reminders/{steps(days, invoice)[3]}/send-now/")
    assert "no way to reach this client" in text(dialog)


def test_who_wants_no_reminders_is_said_to(days, browser):
    invoice = days.invoice(7)
    unsubscribe(days)
    assert "Lekki Hub wants no reminders, since" in next_of(browser, invoice)
    coming = text(browser.get(f"/clients/{days.story.client_id}/reminders/")).split("Coming up")[1].split("Ladder")[0]
    assert coming.strip() == "Nothing, for they want no reminders."


def test_a_page_that_is_no_longer_true_leads_back_to_the_invoice(days, browser):
    invoice = days.invoice(7)
    at = f"/invoices/{invoice}/reminders/{steps(days, invoice)[3]}/"
    assert browser.post(f"{at}skip/").status_code == 303
    for answer in (
        browser.post(f"{at}skip/", follow_redirects=True),
        browser.get(f"{at}send-now/", follow_redirects=True),
        browser.post(f"{at}postpone/", data={"until": days.today.isoformat()}, follow_redirects=True),
    ):
        assert (answer.status_code, answer.request.path) == (200, f"/invoices/{invoice}/")
        assert "This reminder went out already, or is no longer planned" in answer.text


def test_a_postponed_one_is_told_in_which_words_it_goes_out(days, browser):
    invoice = days.invoice(7)
    at = f"/invoices/{invoice}/reminders/{steps(days, invoice)[0]}/postpone/"
    assert "later the reminder after the due date" in text(browser.get(at))
    until = days.today + timedelta(days=9)
    answer = browser.post(at, data={"until": until.isoformat()}, follow_redirects=True)
    assert "reminder after the due date" in text(answer).split("It goes out on")[1]
    assert browser.post(at, data={"until": (until + timedelta(days=1)).isoformat()}).status_code == 422


def test_the_reason_of_a_hold_may_stay_empty_and_the_dialog_says_so(days, browser):
    at = f"/invoices/{days.invoice(7)}/reminders/hold/"
    assert "Reason optional" in text(browser.get(at))
    assert browser.post(at, data={"until": days.today.isoformat()}).status_code == 303


def test_a_viewer_is_offered_nothing_new(days):
    bar = {role: days.story.visitor(role).get("/clients/").text.split("du-tabbar")[1] for role in ("viewer", "staff")}
    assert "/invoices/new/" in bar["staff"]
    assert "/invoices/new/" not in bar["viewer"].split("</nav>")[0]
