"""Customers who write to our number before anything was sent to them: what they say counts for whoever knows them."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from app.clients.models import Client, Contact
from app.clients.queries import get_card
from app.database import new_id, writing
from app.extensions import db
from app.messages import service
from app.messages.models import ReachedAddress
from app.messages.queries import wrote_lately
from app.messages.rules import About, Face
from tests.integration.delivery.conftest import PHONE
from tests.support.story import a_business

TO = {"channel": "sms", "address": PHONE}


def reached() -> list[ReachedAddress]:
    db.session.rollback()
    return list(db.session.scalars(select(ReachedAddress)))


def test_a_stop_before_anything_was_sent_counts(office):
    service.inbound("sms", PHONE, office.now, stop=True, start=False)
    with pytest.raises(service.Unreachable):
        office.write("sms")
    service.inbound("sms", PHONE, office.now, stop=False, start=True)
    office.write("sms")
    assert len(reached()) == 1


def test_a_hello_before_anything_was_sent_opens_whatsapp_for_a_day(office):
    service.inbound("whatsapp", PHONE, office.now, stop=False, start=False)
    db.session.rollback()
    assert wrote_lately(office.story.business_id, "whatsapp", PHONE, office.now)


def test_it_counts_for_each_business_that_has_such_a_client_and_for_no_other(office, app):
    other, stranger = a_business(app, "Savannah Coffee"), a_business(app, "Kano Leather")
    assert get_card(other.business_id, other.client_id)
    person = {"business_id": other.business_id, "client_id": other.client_id, "position": 9, "phone": PHONE}
    with writing():
        db.session.add(Contact(id=new_id(), **person))
    service.inbound("sms", PHONE, office.now, stop=True, start=False)
    assert {row.business_id for row in reached()} == {office.story.business_id, other.business_id}
    face = Face("sms", (("", PHONE),), "Hello.")
    service.dispatch(stranger.business_id, About("invoice"), [face], now=office.now)


def test_who_is_archived_is_stopped_as_well(office):
    with writing():
        db.session.execute(update(Client).values(archived_at=office.now))
    service.inbound("sms", PHONE, office.now, stop=True, start=False)
    assert [row.stopped_at for row in reached()] == [office.now]


def test_a_number_that_nobody_knows_leaves_no_trace(office):
    service.inbound("sms", "+2348030000000", office.now, stop=True, start=False)
    assert reached() == []


def test_a_stop_is_named_with_its_channel_and_day_wherever_the_client_stands(office):
    mine = office.story
    for _ in range(2):
        service.inbound("sms", PHONE, office.now, stop=True, start=False)
    browser = mine.visitor("staff")
    page = browser.get(f"/clients/{mine.client_id}/reminders/").text
    assert f'Nothing more is sent by SMS to <span class="text-break">{PHONE}</span>: they wrote stop on' in page
    assert "by WhatsApp to" not in page
    assert "SMS: they wrote stop on" in page
    assert "They agreed to SMS" not in page
    assert "They agreed to WhatsApp" in page
    assert "It works, use it again" not in page
    activity = browser.get(f"/clients/{mine.client_id}/").text
    assert activity.count("Wrote stop by SMS: nothing more is sent there") == 1
    assert "…4567" in activity
    service.inbound("sms", PHONE, office.now, stop=False, start=True)
    assert "Wrote start by SMS" in browser.get(f"/clients/{mine.client_id}/").text
    assert "They agreed to SMS" in browser.get(f"/clients/{mine.client_id}/reminders/").text


def test_saving_the_channels_of_one_who_wrote_stop_keeps_what_they_had_agreed_to(office):
    mine = office.story
    service.inbound("sms", PHONE, office.now, stop=True, start=False)
    browser = mine.visitor("staff")
    assert '<input type="hidden" name="sms" value="y">' in browser.get(f"/clients/{mine.client_id}/reminders/").text
    form = {"first": "email", "second": "sms", "third": "", "sms": "y"}
    assert browser.post(f"/clients/{mine.client_id}/reminders/channels/", data=form).status_code == 303
    db.session.rollback()
    assert set(get_card(mine.business_id, mine.client_id).client.consents) == {"sms"}


def test_an_address_that_bounced_is_used_again_from_the_page_of_the_client(office):
    mine = office.story
    address = get_card(mine.business_id, mine.client_id).recipients[0][1]
    service.mark(mine.business_id, "email", address, failed_at=office.now, reason="The mailbox does not exist.")
    browser, place = mine.visitor("staff"), f"/clients/{mine.client_id}/reminders/"
    assert "It works, use it again" in browser.get(place).text
    assert browser.post(f"{place}trust/", data={"channel": "email", "address": address}).status_code == 303
    page = browser.get(place).text
    assert "Nothing more is sent" not in page
    assert "Said to work again, and used again" in browser.get(f"/clients/{mine.client_id}/").text


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_nobody_says_that_a_strangers_address_works(office, app, role):
    service.mark(office.story.business_id, "email", "other@lekki.example", failed_at=office.now)
    form = {"channel": "email", "address": "other@lekki.example"}
    answer = office.story.visitor(role).post(f"/clients/{office.story.client_id}/reminders/trust/", data=form)
    assert answer.status_code == (403 if role == "viewer" else 303)
    assert [row.failed_at for row in reached()] == [office.now]
