"""What still waits can be taken back by staff, and its page says when it is tried next."""

from __future__ import annotations

from datetime import timedelta

from app.invoices import service as invoices
from app.messages import service
from app.messages.channels.base import TransportError
from tests.support.story import a_business

FULL = TransportError("The mailbox is full.", permanent=False, about_one=True)


def waiting(office):
    office.mail.fail_next(*[FULL] * 50)
    invoice = office.story.issued()
    message = invoices.send(office.story.owner, invoice, now=office.now, channels=("email", "sms")).id
    office.run()
    return invoice, message


def test_staff_take_back_what_waits_and_nothing_leaves(office):
    invoice, message = waiting(office)
    browser = office.story.visitor("staff")
    assert f"/messages/{message}/cancel/" in browser.get(f"/messages/{message}/").text
    assert "does not leave by e-mail to" in browser.get(f"/messages/{message}/cancel/").text
    assert browser.post(f"/messages/{message}/cancel/").status_code == 303
    office.mail.fail_next()
    for _ in range(3):
        office.run(wait=3600)
    assert office.get(message).state == "cancelled"
    assert (office.mail.sent, office.texts.texts) == ([], [])
    page = browser.get(f"/messages/{message}/").text
    assert "took it back before it left" in page
    assert f"/messages/{message}/cancel/" not in page
    assert "E-mail taken back before it left" in browser.get(f"/invoices/{invoice}/").text
    assert "taken back before it left by e-mail" in browser.get(f"/clients/{office.story.client_id}/").text


def test_what_left_or_is_leaving_cannot_be_taken_back(office):
    browser = office.story.visitor("staff")
    sent = office.write("email")
    office.run()
    assert browser.post(f"/messages/{sent}/cancel/").status_code == 409
    leaving = office.write("email")
    service.begin_try(office.story.business_id, leaving, office.now)
    assert f"/messages/{leaving}/cancel/" not in browser.get(f"/messages/{leaving}/").text
    assert browser.post(f"/messages/{leaving}/cancel/").status_code == 409
    assert office.get(leaving).state == "queued"


def test_only_staff_of_the_business_do(office, app):
    _, message = waiting(office)
    assert office.story.visitor("viewer").post(f"/messages/{message}/cancel/").status_code == 403
    assert a_business(app, "Savannah Coffee").visitor().post(f"/messages/{message}/cancel/").status_code == 404
    assert office.get(message).state == "queued"


def test_the_page_says_when_it_is_tried_next(office):
    _, message = waiting(office)
    page = office.story.visitor("viewer").get(f"/messages/{message}/").text
    assert "Next try" in page
    assert "Waits until" not in page
    night = office.write("sms", not_before=office.now + timedelta(hours=9))
    assert "Next try" in office.story.visitor("viewer").get(f"/messages/{night}/").text
    sent = office.write("sms")
    office.run(wait=1)
    assert "Next try" not in office.story.visitor("viewer").get(f"/messages/{sent}/").text
