"""The town: one business in Lagos, its subscribers, and the world outside it, which only the clock moves.

Money comes through a Paystack of this machine, mail goes to a mail server of this machine, and modems are known to a
router of this machine. What an installation does by itself is done by the scheduler and the runner; what people do is
done by people.
"""

from __future__ import annotations

import email
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from email.message import Message as Letter
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import service as billing
from app.billing.rules.control import RecordValues
from app.billing.rules.plans import PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.records import save_record
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.jobs import run_due
from app.jobs.schedule import insert_due
from app.messages.models import Message
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.contracts.fake_paystack.notices import composed, sign
from tests.contracts.fake_routeros import FakeRouterOS
from tests.contracts.smtp_server import SmtpServer
from tests.integration.billing.year.cast import DEARER_FROM, OFFERS, TERMS, TOLD_ON, Subscriber
from tests.integration.billing.year.opening import Clock, connect, offer_plans, open_business

SECOND = timedelta(seconds=1)
_LINK = re.compile(r"/i/([A-Za-z0-9_-]{43})/")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it lies in somebody's box, and when it came; `token` is the link in it, `about` what it is about."""

    to: str
    subject: str
    id: str
    at: datetime
    token: str
    kind: str
    about: uuid.UUID | None
    client_id: uuid.UUID | None


@dataclass
class Resident:
    """A subscriber with what Duely calls them."""

    who: Subscriber
    client_id: uuid.UUID
    subscriptions: list[uuid.UUID] = field(default_factory=list)


class Town:
    """Everything, and the hands that move it."""

    def __init__(
        self, app: Flask, clock: Clock, paystack: FakePaystack, mail: SmtpServer, router: FakeRouterOS
    ) -> None:
        self.app, self.clock, self.paystack, self.mail, self.router = app, clock, paystack, mail, router
        self.browser: FlaskClient = app.test_client()
        self.residents: dict[str, Resident] = {}
        self.mails: list[Mail] = []
        self._came: list[datetime] = []
        self._notices: list[tuple[str, Any]] = []
        paystack.post.send = lambda event, data, key: self._notices.append((event, data))  # type: ignore[method-assign]
        self.story = open_business(app, clock)
        self.plans = offer_plans(self.story, clock)
        self.router_id = connect(self.story, clock, router)

    @property
    def business_id(self) -> uuid.UUID:
        return self.story.business_id

    @property
    def owner(self) -> Actor:
        return self.story.owner

    # -- people move in ------------------------------------------------------------------------------------------------

    def move_in(self, who: Subscriber) -> Resident:
        """Somebody becomes a client and subscribes, all through the services."""
        values = ClientValues(who.name, email=who.email, currency="USD" if who.role.plans == ("USD",) else "")
        client_id = create_client(self.owner, values, now=self.clock.now).id
        found = Resident(who, client_id)
        for code in who.role.plans:
            wanted = self.agreement(who, client_id, code)
            one = billing.subscribe(self.owner, wanted, now=self.clock.now).id
            found.subscriptions.append(one)
            self._plug_in(one, f"{who.email.partition('@')[0]}-{code.lower()}")
        db.session.remove()
        self.residents[who.email] = found
        return found

    def _plug_in(self, subscription_id: uuid.UUID, name: str) -> None:
        """Their modem is known to the router, and the business notes by which name."""
        self.router.subscriber(name)
        values = RecordValues(self.router_id, name)
        save_record(self.owner, subscription_id, values, "", version=0, now=self.clock.now)

    def agreement(self, who: Subscriber, client_id: uuid.UUID, code: str) -> SubscriptionValues:
        """What they agree on."""
        base, _, extra = code.partition("+")
        offer = OFFERS[base]
        items = [ItemValues(offer.name, plan_id=self.plans[base])]
        if extra:
            items.append(ItemValues(OFFERS[extra].name, plan_id=self.plans[extra]))
        if offer.once:
            items.append(ItemValues("Set-up", plan_id=self.plans[base], once=True))
        return SubscriptionValues(
            client_id,
            offer.name,
            offer.currency,
            who.first,
            tuple(items),
            cycle_unit=offer.unit,
            cycle_count=offer.count,
            anchor_day=who.day,
            ahead=offer.ahead,
            stub=who.role.stub,
            trial_until=who.trial_until,
            ends_on=who.ends_on,
            terms_days=TERMS,
        )

    def make_dearer(self) -> None:
        """The business writes down what Home 20 costs everybody from the middle of the year on."""
        price = OFFERS["H20"].later
        assert price is not None
        new = PriceValues("NGN", price, DEARER_FROM, OFFERS["H20"].once)
        billing.set_price(self.owner, self.plans["H20"], new, today=TOLD_ON, now=self.clock.now)
        db.session.remove()

    # -- the machine ---------------------------------------------------------------------------------------------------

    def tick(self) -> list[Mail]:
        """The scheduler inserts what is due at this minute and the runner does it. Returns the mail that came."""
        insert_due()
        db.session.remove()
        return self.run()

    def run(self) -> list[Mail]:
        """The runner does what is due. Returns the mail that came."""
        before = len(self.mails)
        self._hear()
        while run_due(1):
            self._came += [self.clock.now] * (len(self.mail.delivered) - len(self._came))
            # A second for each piece of work, so that it can be told what came first.
            self.clock.now += SECOND
            self._hear()
        db.session.remove()
        self._open_letters()
        return self.mails[before:]

    def _hear(self) -> None:
        """Paystack's notices come to the business's address."""
        notices, self._notices = self._notices, []
        key = get_business(self.business_id).gateway_key if notices else ""
        for event, data in notices:
            raw = composed(event, data)
            answer = self.browser.post(f"/webhooks/paystack/{key}/", data=raw, headers=sign(raw, TEST_KEY))
            assert answer.status_code == 200, answer.text
        db.session.remove()

    def _open_letters(self) -> None:
        first = len(self.mails)
        letters = [email.message_from_bytes(raw) for raw in self.mail.delivered[first:]]
        ids = [str(letter["Message-ID"]).strip() for letter in letters]
        about = _about(self.business_id, ids)
        for letter, id, at_ in zip(letters, ids, self._came[first:], strict=True):
            self.mails.append(_mail(letter, id, about[id], at_))


def _about(business_id: uuid.UUID, ids: Iterable[str]) -> dict[str, Message]:
    wanted = list(ids)
    rows = db.session.scalars(
        select(Message).where(Message.business_id == business_id, Message.message_id.in_(wanted))
    ).all()
    db.session.expunge_all()
    return {row.message_id: row for row in rows}


def _mail(letter: Letter, id: str, row: Message, now: datetime) -> Mail:
    text = next(part for part in letter.walk() if part.get_content_type() == "text/plain")
    body = text.get_payload(decode=True)
    assert isinstance(body, bytes)
    link = _LINK.search(body.decode())
    subject = re.sub(r"\s+", " ", str(make_header(decode_header(letter["Subject"])))).strip()
    to = re.search(r"[^\s<]+@town\.example", str(letter["To"]))
    assert to, letter["To"]
    return Mail(to[0], subject, id, now, link[1] if link else "", row.kind, row.object_id, row.client_id)
