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
