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
from datetime import UTC, date, datetime, time, timedelta
from email.header import decode_header, make_header
from email.message import Message as Letter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.auth.queries import get_business
from app.auth.rules import Actor
from app.auth.service import business
from app.billing import service as billing
from app.billing.models import Router, ServiceRecord
from app.billing.rules.dunning import Terms
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.runs import PolicyValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.policies import set_policy
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import new_id, writing
from app.extensions import db
from app.jobs import run_due
from app.jobs.schedule import insert_due
from app.messages.models import Message
from app.payments.service import accounts
from app.reminders import service as reminders
from app.reminders.rules import ActValues
from app.vault import seal
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.contracts.fake_paystack.notices import composed, sign
from tests.contracts.fake_routeros import PASSWORD, USER, FakeRouterOS
from tests.contracts.smtp_server import SmtpServer
from tests.integration.billing.year.cast import DEARER_FROM, OFFERS, OPENED, TERMS, TOLD_ON, Subscriber
from tests.support.story import Story, a_business

LAGOS = ZoneInfo("Africa/Lagos")
SECOND = timedelta(seconds=1)
LADDER = (
    ActValues("late_fee", 7, "NGN", fee_minor=50_000),
    ActValues("throttle", 12),
    ActValues("suspend", 20),
    ActValues("cancel", 75),
)
"""What follows the usual reminders, by days after the due date."""
_LINK = re.compile(r"/i/([A-Za-z0-9_-]{43})/")


class Clock:
    """The only clock there is: everybody's `now` is what stands here."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = at(OPENED, 9)
        patch.setattr("app.clock.now", lambda: self.now)
        patch.setattr("app.clock.today", lambda zone: self.now.astimezone(ZoneInfo(zone)).date())


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant by the business's clock."""
    return datetime.combine(day, time(hour, minute), LAGOS).astimezone(UTC)


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
        self.story = _open(app, clock)
        self.plans = _plans(self.story, clock)
        self.router_id = _connect(self.story, clock, router)

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
        with writing() as session:
            session.add(
                ServiceRecord(
                    business_id=self.business_id,
                    id=new_id(),
                    subscription_id=subscription_id,
                    router_id=self.router_id,
                    username=name,
                    created_at=self.clock.now,
                )
            )

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


def _open(app: Flask, clock: Clock) -> Story:
    """The business opens: keys of a payment company, cards are charged when they are due, reminders go out."""
    story = a_business(app)
    accounts.save_account(story.owner, TEST_KEY, "", 0, now=clock.now)
    settings = {
        "reminders": True,
        "charge_cards": "due",
        "apply_credit": True,
        "workdays": "1234567",
        "number_yearly": False,
        "number_pattern": "INV-{0000}",
    }
    business.change_settings(story.owner, settings, get_business(story.business_id).version, clock.now)
    reminders.begin_ladder(story.owner, now=clock.now)
    for step in LADDER:
        reminders.add_act(story.owner, step, now=clock.now)
    billing.change_policy(story.owner, PolicyValues(hold_hours=2), version=0, now=clock.now)
    set_policy(story.owner, Terms(enabled=True, promises_a_year=12), 0, now=clock.now)
    db.session.remove()
    return story


def _plans(story: Story, clock: Clock) -> dict[str, uuid.UUID]:
    made = {}
    for code, offer in OFFERS.items():
        values = PlanValues(
            offer.name,
            kind=offer.kind,
            code=code,
            cycle_unit=offer.unit,
            cycle_count=offer.count,
            ahead=offer.ahead,
            tax_ids=(story.tax_id,),
        )
        price = PriceValues(offer.currency, offer.price, OPENED, offer.once)
        made[code] = billing.create_plan(story.owner, values, price, today=OPENED, now=clock.now).id
    db.session.remove()
    return made


def _connect(story: Story, clock: Clock, router: FakeRouterOS) -> uuid.UUID:
    """The business has one router."""
    with writing() as session:
        row = Router(
            business_id=story.business_id,
            id=new_id(),
            name="Core",
            driver="routeros",
            address="127.0.0.1",
            port=router.port,
            username=USER,
            secret=seal(PASSWORD),
            created_at=clock.now,
        )
        session.add(row)
    return row.id
