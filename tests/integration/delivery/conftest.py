"""A business whose client may be reached by every channel, over channels that keep what they are given."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import clock
from app.clients.models import Client
from app.clients.service import set_channels
from app.database import writing
from app.extensions import db
from app.jobs import run_all
from app.jobs.models import Job
from app.messages import service
from app.messages.channels.memory import MemoryChannel
from app.messages.models import Message
from app.messages.rules import About, Face
from tests.support.story import Story, a_business

MAIL = "amaka@lekki.example"
PHONE = "+2348031234567"


@pytest.fixture
def app(make_app: Any) -> Iterator[Flask]:
    """The application with its context open; its site has a public address, so providers can call back."""
    made = make_app(site_url="https://bills.example.com", allowed_hosts=("bills.example.com", "localhost"))
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@dataclass
class Office:
    """A business, the channels its messages leave by, and the time."""

    story: Story
    mail: MemoryChannel
    texts: MemoryChannel
    now: datetime

    def write(self, *channels: str, not_before: datetime | None = None, **changes: Any) -> uuid.UUID:
        """A message to the client by the first of these channels; the others take over."""
        faces = [
            Face(
                one, (("Lekki Hub", "amaka@lekki.example" if one == "email" else PHONE),), "Hello.", "Hello", **changes
            )
            for one in channels
        ]
        about = About("invoice", client_id=self.story.client_id)
        made = service.dispatch(self.story.business_id, about, faces, now=self.now, not_before=not_before)
        db.session.remove()
        return made.id

    def run(self, wait: float = 0) -> None:
        """Let time pass, and run what is due."""
        self.now += timedelta(seconds=wait)
        run_all()
        db.session.remove()

    def get(self, message_id: uuid.UUID) -> Message:
        db.session.rollback()
        return db.session.get_one(Message, (self.story.business_id, message_id))

    def all(self) -> list[tuple[str, str]]:
        """(channel, state) of every message, in order."""
        db.session.rollback()
        rows = db.session.scalars(
            select(Message).where(Message.business_id == self.story.business_id).order_by(Message.id)
        )
        return [(row.channel, row.state) for row in rows]

    def jobs(self) -> list[str]:
        """The states of the jobs that deliver."""
        db.session.rollback()
        return list(db.session.scalars(select(Job.state).where(Job.task == "messages.deliver").order_by(Job.id)))


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The business a test is about."""
    story = a_business(app)
    made = Office(story, MemoryChannel(), MemoryChannel(), clock.now())
    app.extensions["duely_mail"], app.extensions["duely_texts"] = made.mail, made.texts
    with writing():
        mine = (Client.business_id == story.business_id, Client.id == story.client_id)
        db.session.execute(update(Client).where(*mine).values(phone=PHONE))
    set_channels(story.owner, story.client_id, ["email", "whatsapp", "sms"], ["whatsapp", "sms"], now=made.now)
    db.session.remove()
    monkeypatch.setattr("app.clock.now", lambda: made.now)
    return made
