"""Builders of the main job, all through services: a business, its client, a draft, an issued invoice, a payment.

Everything here needs an open application context.
"""

from __future__ import annotations

import functools
import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.auth.queries import get_business
from app.auth.rules import SCOPES, Actor, Role
from app.auth.service import api_tokens, business, links, members, people, sessions
from app.billing import service as billing
from app.billing.drivers.base import Status
from app.billing.models import DunningBatch, DunningCut, LateFee, ServiceDifference
from app.billing.rules.control import RecordValues, RouterValues
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues as Thing
from app.billing.rules.subscriptions import SubscriptionValues
from app.billing.service import comparing
from app.billing.service.records import save_record
from app.billing.service.routers import connect_router
from app.catalog import service as catalog
from app.catalog.rules import ItemValues, TaxValues
from app.clients.rules import ClientValues, ContactValues
from app.clients.service import create_client
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.queries.creditable import creditable_lines
from app.invoices.values import DraftValues, LineValues
from app.ledger.rates import add_rate
from app.messages import service as messages
from app.money import Money
from app.payments import service as payments
from app.payments.gateways.demo_cards import DemoCards
from app.payments.gateways.demo_notice import compose
from app.payments.gateways.demo_store import DemoStore
from app.payments.models import SavedCard
from app.payments.registry import demo_store
from app.payments.service.refunding import GivenBack
from app.reminders import service as reminders
from app.reminders.models import Holiday
from app.reminders.queries import rungs

PASSWORD = "a calm river in june"
_serial = itertools.count(1)


@dataclass(frozen=True)
class Click:
    """A customer's try to pay that has a checkout page."""

    id: uuid.UUID
    reference: str


@dataclass(frozen=True)
class Story:
    """A business whose owner confirmed their address, with what a first invoice needs."""

    app: Flask
    business_id: uuid.UUID
    owner: Actor
    token: str
    client_id: uuid.UUID
    tax_id: uuid.UUID

    # -- people ------------------------------------------------------------------------------------------------------

    def visitor(self, role: Role = "owner") -> FlaskClient:
        """A browser in which the owner, or somebody made for the role, is signed in."""
        token = self.token if role == "owner" else self._joined(role)
        browser = self.app.test_client()
        with browser.session_transaction() as session:
            session["sid"] = token
        return browser

    def api_token(self, role: Role = "owner", scopes: Sequence[str] = tuple(SCOPES)) -> str:
        """A token of the owner, or of somebody made for the role, by which a program acts."""
        person_id = self.owner.person_id if role == "owner" else self._member(role)[0]
        assert person_id is not None
        token = api_tokens.make_token(person_id, self.business_id, scopes, 30, now=clock.now())
        db.session.remove()
        return token

    def _member(self, role: Role) -> tuple[uuid.UUID, uuid.UUID]:
        email = f"{role}-{next(_serial)}@{self.business_id.hex[-8:]}.example.com"
        return members.create_user(email, PASSWORD, str(self.business_id), role, clock.now())

    def _joined(self, role: Role) -> str:
        now = clock.now()
        person_id, business_id = self._member(role)
        token = sessions.begin(person_id, business_id, now=now, ip="", user_agent="")
        db.session.remove()
        return token

    # -- documents ---------------------------------------------------------------------------------------------------

    def draft_values(self, price: str = "1500.00", quantity: str = "2") -> DraftValues:
        """One line of something, taxed, for the client, dated today."""
        line = LineValues("Fibre, monthly", Decimal(quantity), Decimal(price), tax_ids=(self.tax_id,))
        today = clock.today(get_business(self.business_id).timezone)
        return DraftValues("NGN", today, 14, client_id=self.client_id, lines=(line,))

    def draft(self, price: str = "1500.00", quantity: str = "2") -> uuid.UUID:
        """A draft for the client."""
        made = invoices.create_draft(self.owner, self.draft_values(price, quantity), now=clock.now())
        return made.id

    def issued(self, price: str = "1500.00", quantity: str = "2") -> uuid.UUID:
        """An issued invoice."""
        invoice_id = self.draft(price, quantity)
        invoices.issue(self.owner, invoice_id, now=clock.now())
        return invoice_id

    def with_file(self) -> tuple[uuid.UUID, uuid.UUID]:
        """A draft and the id of a file that travels with it."""
        invoice_id = self.draft()
        kept = invoices.attach(self.owner, invoice_id, "terms.txt", b"Payable in 14 days.\n", now=clock.now())
        return invoice_id, kept.id

    def payment(self, invoice_id: uuid.UUID, minor: int = 100_000) -> uuid.UUID:
        """A transfer that staff wrote down, in minor units of naira."""
        today = clock.today(get_business(self.business_id).timezone)
        amount = Money(minor, "NGN")
        return payments.record_payment(self.owner, invoice_id, amount, "transfer", today, now=clock.now()).id

    def written_off(self, paid_minor: int = 0) -> uuid.UUID:
        """An issued invoice whose balance was written off after a part payment, in minor units of naira."""
        invoice_id = self.issued()
        if paid_minor:
            self.payment(invoice_id, paid_minor)
        invoices.write_off(self.owner, invoice_id, "Gone bankrupt", now=clock.now())
        return invoice_id

    def credited(self, paid_minor: int = 100_000) -> uuid.UUID:
        """A credit note over an invoice that was paid in part, in minor units of naira: so much of it is left."""
        invoice_id = self.issued()
        if paid_minor:
            self.payment(invoice_id, paid_minor)
        left = {line.id: line.left_minor for line in creditable_lines(self.business_id, invoice_id)}
        return payments.credit_invoice(self.owner, invoice_id, left, "Returned", now=clock.now()).id

    def refunded(self) -> uuid.UUID:
        """A refund by hand, of a part of a payment."""
        payment_id = self.payment(self.issued())
        today = clock.today(get_business(self.business_id).timezone)
        told = GivenBack(Money(1_000, "NGN"), "cash", today, "Paid twice")
        return payments.refund(self.owner, "payment", payment_id, told, now=clock.now()).id

    def rate(self) -> uuid.UUID:
        """What a dollar is worth from some day of the past on."""
        day = clock.today(get_business(self.business_id).timezone) - timedelta(days=next(_serial))
        return add_rate(self.owner, "USD", day, Decimal("1533.275"), now=clock.now()).id

    def item(self) -> uuid.UUID:
        """Something in the catalogue."""
        values = ItemValues("Router", Decimal("25000.00"), "NGN", tax_ids=(self.tax_id,))
        return catalog.create_item(self.owner, values, now=clock.now()).id

    def plan(self) -> uuid.UUID:
        """Something that is sold every month."""
        today = clock.today(get_business(self.business_id).timezone)
        price = PriceValues("NGN", Decimal(15_000), today, Decimal(5_000))
        values = PlanValues("Home 20 Mbps", anchor_day=1, tax_ids=(self.tax_id,))
        return billing.create_plan(self.owner, values, price, today=today, now=clock.now()).id

    def planned_price(self, plan_id: uuid.UUID) -> uuid.UUID:
        """What a plan costs from tomorrow on."""
        today = clock.today(get_business(self.business_id).timezone)
        price = PriceValues("NGN", Decimal(18_000), today + timedelta(days=1))
        return billing.set_price(self.owner, plan_id, price, today=today, now=clock.now()).id

    def subscription(self) -> uuid.UUID:
        """Something that the client pays for every month, from today on."""
        today = clock.today(get_business(self.business_id).timezone)
        thing = Thing("Home 20 Mbps", plan_id=self.plan())
        values = SubscriptionValues(self.client_id, "Home", "NGN", today, (thing,), anchor_day=1)
        return billing.subscribe(self.owner, values, now=clock.now()).id

    def router(self) -> uuid.UUID:
        """A router that only writes down what it would do."""
        return connect_router(self.owner, RouterValues(f"Core {next(_serial)}"), "", now=clock.now()).id

    def network_difference(self) -> uuid.UUID:
        """A service that is off on its router although billing says that it runs."""
        subscription_id, router_id = self.subscription(), self.router()
        values = RecordValues(router_id, "ada", "10.20.0.7", "02:00:00:00:00:07")
        save_record(self.owner, subscription_id, values, "secret", version=0, now=clock.now())
        asked = comparing.prepare_comparison(self.business_id, router_id)
        assert asked is not None
        comparing.record_comparison(self.business_id, asked, {"ada": Status("suspended")}, now=clock.now())
        found = select(ServiceDifference.id).where(
            ServiceDifference.business_id == self.business_id, ServiceDifference.router_id == router_id
        )
        return db.session.scalars(found).one()

    def invitation(self) -> uuid.UUID:
        """Somebody who was asked to join and has not answered."""
        return members.invite(self.owner, f"new-{next(_serial)}@example.com", "staff", now=clock.now())

    # -- messages and reminders --------------------------------------------------------------------------------------

    def failed_message(self) -> uuid.UUID:
        """A mail about an invoice that did not get out."""
        message = invoices.send(self.owner, self.issued(), now=clock.now())
        messages.refused(self.business_id, message.id, "The mailbox does not exist.", True, clock.now())
        return message.id

    def reminds(self) -> None:
        """The business sends reminders, by the usual ladder."""
        version = get_business(self.business_id).version
        business.change_settings(self.owner, {"reminders": True}, version, clock.now())
        reminders.begin_ladder(self.owner, now=clock.now())

    def ladder_step(self, client_id: uuid.UUID | None = None, plan_id: uuid.UUID | None = None) -> uuid.UUID:
        """The last reminder of the usual ladder, or of one that a client or plan has of their own."""
        self.reminds()
        about = {"client_id": client_id, "plan_id": plan_id}
        if client_id or plan_id:
            reminders.begin_ladder(self.owner, now=clock.now(), **about)
        there = [rung for rung in rungs(self.business_id, client_id, plan_id) if not rung.is_act]
        if not there:
            return reminders.add_step(self.owner, 9, "", "reminder_overdue", now=clock.now(), **about).id
        return there[-1].id

    def held(self, invoice_id: uuid.UUID | None = None) -> uuid.UUID:
        """A hold on the reminders of an invoice, or of the client."""
        about = {"invoice_id": invoice_id} if invoice_id else {"client_id": self.client_id}
        day = clock.today("Africa/Lagos") + timedelta(days=9)
        return reminders.hold(self.owner, day, "They asked for time", now=clock.now(), **about).id

    def late_fee(self) -> uuid.UUID:
        """An invoice that is the late fee of another."""
        fee, late, step = self.issued("50.00", "1"), self.issued(), self.ladder_step()
        whose = {"business_id": self.business_id, "created_at": clock.now(), "step_id": step}
        with writing():
            db.session.add(LateFee(invoice_id=late, fee_invoice_id=fee, **whose))
        return fee

    def held_cuts(self) -> uuid.UUID:
        """A batch of cuts of today that waits for somebody's approval, with a service of the client in it."""
        day, now = clock.today(get_business(self.business_id).timezone), clock.now()
        known = select(DunningBatch.id).where(DunningBatch.business_id == self.business_id, DunningBatch.on_day == day)
        if (found := db.session.scalar(known)) is not None:
            return found
        subscription, invoice, step = self.subscription(), self.issued(), self.ladder_step()
        whose = {"business_id": self.business_id, "client_id": self.client_id, "subscription_id": subscription}
        with writing():
            batch = DunningBatch(business_id=self.business_id, on_day=day, state="held", created_at=now)
            batch.reason = "5 of 6 active services would be cut, which is more than 10 %."
            db.session.add(batch)
            db.session.flush()
            cut = DunningCut(batch_id=batch.id, invoice_id=invoice, step_id=step, kind="suspend", days=45, **whose)
            cut.owed_minor, cut.currency, cut.created_at = 1_500_000, "NGN", now
            db.session.add(cut)
            db.session.flush()
            return batch.id

    def holiday(self) -> uuid.UUID:
        """A day on which no reminder goes out."""
        day = clock.today("Africa/Lagos") + timedelta(days=next(_serial))
        reminders.add_holiday(self.owner, day, "Eid", now=clock.now())
        found = select(Holiday.id).where(Holiday.business_id == self.business_id, Holiday.on_day == day)
        return db.session.scalars(found).one()

    # -- the customer ------------------------------------------------------------------------------------------------

    def link(self, invoice_id: uuid.UUID) -> str:
        """The token of the customer's link to an invoice."""
        return links.make_link(self.business_id, "invoice", invoice_id, clock.now())

    def attempt(self, invoice_id: uuid.UUID, now: datetime | None = None) -> Click:
        """The customer's click on Pay: an attempt with a checkout page at the demo bank."""
        now = now or clock.now()
        link = links.find_link(self.link(invoice_id), "invoice", now)
        assert link is not None
        attempt = payments.start_checkout(link, "customer@example.com", now=now)
        attempt = payments.open_checkout(self.business_id, attempt.id, now=now)
        return Click(attempt.id, attempt.reference)

    def saved_card(self, kind: str = "good") -> uuid.UUID:
        """A card the customer let us keep at the demo bank: good, declined, asks or tired when it is charged again."""
        config = current_app.config["DUELY"]
        charge_saved_cards(self, "due")
        link = links.find_link(self.link(self.issued()), "invoice", clock.now())
        assert link is not None
        agreed = payments.Consent("Keep this card and pay future invoices automatically.", "192.0.2.7")
        attempt = payments.start_checkout(link, "Payer@Example.com", now=clock.now(), consent=agreed)
        attempt = payments.open_checkout(self.business_id, attempt.id, now=clock.now())
        page = DemoStore(demo_store(config)).find_page(attempt.reference)
        assert page is not None
        DemoCards(demo_store(config)).keep(attempt.reference, page.account, page.email, kind)
        DemoStore(demo_store(config)).settle(page, "succeed")
        payments.verify_now(self.business_id, attempt.id, now=clock.now())
        kept = select(SavedCard.id).where(SavedCard.business_id == self.business_id)
        return db.session.scalars(kept.order_by(SavedCard.id.desc()).limit(1)).one()

    def pay_at_bank(self, click: Click, outcome: str = "succeed") -> tuple[bytes, dict[str, str]]:
        """Let the customer choose at the demo bank. Returns the signed notice it would send: body and headers."""
        store = DemoStore(demo_store(current_app.config["DUELY"]))
        page = store.find_page(click.reference)
        assert page is not None
        assert store.settle(page, outcome)
        settled = store.find_page(click.reference)
        assert settled is not None
        return compose(settled)


def charge_saved_cards(story: Story, when: str) -> None:
    """Let cards be kept and charged by themselves: "off", "due" or "issue"."""
    version = get_business(story.business_id).version
    business.change_settings(story.owner, {"charge_cards": when}, version, clock.now())


@functools.cache
def _stored_password() -> str:
    """The password as it is kept. Making that is slow on purpose, and the owners of a test process have the same."""
    return people.new_hash(PASSWORD, "owner@example.com")


def a_business(app: Flask, name: str = "Harmattan Fibre", client_name: str = "Lekki Hub") -> Story:
    """A new business: owner, client with a contact, and a tax of 7.5 %."""
    now, serial = clock.now(), next(_serial)
    email = f"owner-{serial}@example.com"
    with writing():
        owner = people.add_person("Tolu Adé", email, _stored_password(), now, verified=True).id
        business_id = business.create_business(owner, name, now)
    token = sessions.begin(owner, business_id, now=now, ip="", user_agent="")
    actor = Actor("person", business_id, role="owner", person_id=owner, name="Tolu Adé")
    contact = ContactValues(name="Amaka", email=f"amaka{serial}@lekki.example")
    client = create_client(actor, ClientValues(name=client_name, contacts=(contact,)), now=now)
    tax = catalog.create_tax(actor, TaxValues(name="VAT", rate=Decimal("7.5")), now=now)
    return Story(app, business_id, actor, token, client.id, tax.id)
