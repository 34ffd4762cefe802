"""What staff have to send: mixed errands, each about a client of its own, and what each must have brought about."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from sqlalchemy import text

from app import clock
from app.auth.queries import get_business
from app.auth.service import business
from app.clients.rules import ClientValues, ContactValues
from app.clients.service import create_client, set_channels
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.messages import service as messages
from app.reminders.queries import outlook
from tests.integration.races.orders import drop_drawings
from tests.support.story import Story

MIX = (
    ("page", "sms"), ("question", "email"), ("again", "whatsapp"), ("receipt", "email"), ("list", "sms"),
    ("reminder", "sms"), ("editor", "email"), ("again", "email"), ("payment", "sms"), ("page", "whatsapp"),
    ("receipt", "whatsapp"), ("question", "sms"), ("statement", "email"), ("reminder", "email"), ("again", "sms"),
    ("editor", "whatsapp"), ("page", "email"), ("payment", "email"), ("list", "email"), ("reminder", "whatsapp"),
)  # fmt: skip
"""What is sent and by which channel, over and over: a fifth is sent anew after it has left."""


@dataclass
class Errand:
    """One thing to send, from the page where its button is.

    `target` is the invoice that its messages are about, themselves or by a payment of it, or the client of a statement.
    `insists`: who has no answer asks until there is one. `looks`: they open the page anew before, else they send the
    same form again.
    """

    way: str
    page: str
    target: uuid.UUID
    invoice_id: uuid.UUID
    insists: bool = True
    looks: bool = False
    presses: int = 1
    answered: int = 0
    lost: int = 0
    happened: int = 0
    """Of what had no answer, how much was seen to be written all the same."""
    over: bool = False

    @property
    def expected(self) -> tuple[int, int]:
        """The fewest and the most messages there may be: what was given up without an answer happened or did not."""
        return (self.presses, self.presses) if self.over else (self.answered, self.answered + 1)


def prepare(story: Story, number: int) -> list[Errand]:
    """So many messages' worth of errands. Receipts that go out by themselves are those of payments yet to come."""
    now = clock.now()
    version = get_business(story.business_id).version
    business.change_settings(story.owner, {"send_receipts": False}, version, now)
    story.reminds()
    made: list[Errand] = []
    while sum(one.presses for one in made) < number:
        way, channel = MIX[len(made) % len(MIX)]
        errand = _errand(story, way, channel, len(made))
        errand.insists, errand.looks = len(made) % 7 != 6, len(made) % 2 == 1
        made.append(errand)
    version = get_business(story.business_id).version
    business.change_settings(story.owner, {"send_receipts": True}, version, now)
    drop_drawings(story.business_id)
    # The PostgreSQL of tests never does so by itself; without it the page of a statement may take minutes there.
    with writing():
        db.session.execute(text("ANALYZE"))
    db.session.remove()
    return made


def _errand(story: Story, way: str, channel: str, number: int) -> Errand:
    client_id = _client(story, channel, number)
    values = replace(story.draft_values(str(1000 + number)), client_id=client_id)
    draft = invoices.create_draft(story.owner, values, now=clock.now()).id
    if way in ("question", "editor"):
        page = f"/invoices/{draft}/send/" if way == "question" else f"/invoices/{draft}/edit/"
        return Errand(way, page, draft, draft)
    invoices.issue(story.owner, draft, now=clock.now())
    if way == "receipt":
        payment = story.payment(draft)
        return Errand(way, f"/payments/{payment}/send-receipt/", draft, draft)
    if way == "payment":
        return Errand(way, f"/payments/new/?invoice={draft}", draft, draft)
    if way == "statement":
        return Errand(way, f"/clients/{client_id}/statement/send/", client_id, draft)
    if way == "list":
        return Errand(way, f"/invoices/?client={client_id}", draft, draft)
    if way == "reminder":
        seen = outlook(story.business_id, draft, clock.now())
        assert seen
        step = seen.steps[-1].rung.id
        return Errand(way, f"/invoices/{draft}/reminders/{step}/send-now/", draft, draft)
    return Errand(way, f"/invoices/{draft}/", draft, draft, presses=2 if way == "again" else 1)


def _client(story: Story, channel: str, number: int) -> uuid.UUID:
    """Somebody who is written to by this channel; who uses WhatsApp has just written to us, so it takes free text."""
    phone = f"+23480{31_000_000 + number}"
    contact = ContactValues(name="Amaka", email=f"client{number}@lekki.example", phone=phone)
    values = ClientValues(name=f"Lekki Hub {number}", phone=phone, contacts=(contact,))
    client = create_client(story.owner, values, now=clock.now())
    set_channels(story.owner, client.id, [channel], ["whatsapp", "sms"], now=clock.now())
    if channel == "whatsapp":
        messages.inbound(channel, phone, clock.now(), stop=False, start=False, business_id=story.business_id)
    return client.id
