"""Customers write to our number while a first message to them is being accepted: one row, and the stop stands."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.clients.models import Client
from app.database import writing
from app.extensions import db
from app.messages import service
from app.messages.models import ReachedAddress
from app.messages.rules import About, Face
from tests.integration.races.crowd import all_at_once
from tests.support.story import a_business

PHONE = "+2348031234567"


def learn(business_id: uuid.UUID, message_id: uuid.UUID, what: str) -> None:
    if what == "accepted":
        service.accepted(business_id, message_id, "SM1", clock.now())
    else:
        service.inbound("sms", PHONE, clock.now(), stop=what == "stop", start=False)


@pytest.mark.parametrize("turn", range(3))
def test_stops_and_a_first_message_at_once_make_one_row_that_stops(app: Flask, config: Any, turn: int) -> None:
    story = a_business(app)
    with writing():
        db.session.execute(update(Client).values(phone=PHONE))
    face = Face("sms", (("", PHONE),), "Hello.")
    message = service.dispatch(story.business_id, About("invoice"), [face], now=clock.now()).id
    db.session.remove()
    work = [(story.business_id, message, what) for what in ("stop", "accepted", "hello") * 3]
    outcomes = all_at_once(config, learn, work)
    assert [one.error for one in outcomes if one.error] == []
    (row,) = db.session.scalars(select(ReachedAddress))
    assert row.stopped_at is not None
    assert row.wrote_at is not None
