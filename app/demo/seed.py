"""Carrying out the plan, event by event in order of time, through the services that pages and gateways use."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from app import clock
from app.auth.models import Business, Person
from app.auth.queries import find_person, get_business
from app.auth.rules import Actor
from app.auth.service import business as businesses
from app.auth.service import members
from app.catalog import service as catalog
from app.catalog.rules import ItemValues, TaxValues
from app.clients import service as clients
from app.clients.models import Client
from app.clients.rules import ClientValues, ContactValues, split_tags
from app.database import writing
from app.demo.billing_runs import show_runs
from app.demo.changes import plan_a_change
from app.demo.dunning import be_strict
from app.demo.leaving import remember
from app.demo.logo import logo
from app.demo.material import ABROAD, BUSINESS, COMPANIES, PASSWORD, PEOPLE, PERSONS, PRODUCTS, RATES, SETTINGS, STREETS
from app.demo.online import Online
from app.demo.plan import DAYS, Planned, plan
from app.demo.recurring import agree, offer_plans
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.invoices.values import DraftValues, LineValues
from app.jobs.models import Job
from app.ledger.rates import add_rate
from app.messages import service as messages
from app.money import Money
from app.payments import service as payments
from app.payments.models import Payment
from app.reminders import service as reminders

FAILED_MAILS = 2
BOUNCES = ("The mailbox of the recipient is full.", "The mail server of the recipient does not know this address.")


def wanted() -> bool:
    """Whether there is nothing here yet, or only what an interrupted seeding left behind."""
    if db.session.scalar(select(Person.id).limit(1)) is None:
        return True
    alone = db.session.scalar(select(func.count()).select_from(Business)) == 1
    return alone and _interrupted() is not None


def seed_demo(now: datetime) -> uuid.UUID:
    """Make the demo business with fourteen months behind it; returns its id. Nothing is mailed and nobody is asked."""
    opened = now - timedelta(days=DAYS + 30)
    business_id = _interrupted() or _open_business(opened)
    owner = _actor(business_id, PEOPLE[0][1], "owner")
    if not get_business(business_id).logo_key:
        businesses.set_logo(owner, logo(), opened)
    story = _Story(business_id, owner, now)
    with writing():
        story.tell()
    # The bank is asked with no transaction open, as everywhere.
    online = Online(business_id)
    online.keep_a_card(now - timedelta(days=1, hours=3))
    online.dispute_a_payment(now - timedelta(hours=5))
    online.hold_money(now - timedelta(minutes=2))
    with writing():
        _calm_the_queue(business_id, now)
        # From now on; nobody is written to about what happened before.
        version = get_business(business_id).version
        businesses.change_settings(owner, {"send_receipts": True, "reminders": True}, version, now)
        reminders.begin_ladder(owner, now=now)
        show_runs(owner, now)
        be_strict(owner, story.plans, now)
    return business_id


def _open_business(opened: datetime) -> uuid.UUID:
    with writing():
        (name, email, role), *others = PEOPLE
        _, business_id = members.create_user(email, PASSWORD, BUSINESS, role, opened, name=name)
        for name, email, role in others:
            members.create_user(email, PASSWORD, str(business_id), role, opened, name=name)
        owner = _actor(business_id, PEOPLE[0][1], "owner")
        businesses.change_settings(owner, SETTINGS, get_business(business_id).version, opened)
    return business_id


def _interrupted() -> uuid.UUID | None:
    """The demo business when seeding ended before its first client."""
    query = select(Business.id).where(Business.name == BUSINESS)
    return db.session.scalar(query.where(~select(Client.id).where(Client.business_id == Business.id).exists()))


def _actor(business_id: uuid.UUID, email: str, role: str) -> Actor:
    person = find_person(email)
    assert person is not None
    return Actor("person", business_id, role=role, person_id=person.id, name=person.name)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Event:
    at: datetime
    do: Callable[[datetime], None]


class _Story:
    """One seeding under way: what exists already, and what still is to happen."""

    def __init__(self, business_id: uuid.UUID, owner: Actor, now: datetime) -> None:
        self.business_id, self.owner, self.now = business_id, owner, now
        self.staff = _actor(business_id, PEOPLE[1][1], "staff")
        self.online = Online(business_id)
        self.zone = ZoneInfo(get_business(business_id).timezone)
        self.today = clock.day_in(now, str(self.zone))
        self.clients: list[uuid.UUID] = []
        self.items: list[uuid.UUID] = []
        self.vat = self.zero = uuid.UUID(int=0)
        self.events: list[_Event] = []
        self.mails = 0
        self.plans: dict[str, uuid.UUID] = {}

    def tell(self) -> None:
        """Make clients and items, then everything that happened since, in order of time."""
        self._prepare(self.now - timedelta(days=DAYS + 29))
        for planned in plan(self.today):
            self._at(planned.on, planned.minute, self._issue(planned))
        while self.events:
            self.events.sort(key=lambda event: event.at, reverse=True)
            event = self.events.pop()
            event.do(event.at)

    def _at(self, day: date, minute: int, do: Callable[[datetime], None]) -> None:
        wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=self.zone)
        self.events.append(_Event(min(wall, self.now - timedelta(minutes=20) + timedelta(seconds=minute)), do))

    # -- what the business works with --------------------------------------------------------------------------------

    def _prepare(self, at: datetime) -> None:
        self.vat = catalog.create_tax(self.owner, TaxValues("VAT", Decimal("7.5"), is_default=True), at).id
        self.zero = catalog.create_tax(self.owner, TaxValues("VAT, export", Decimal(0)), at).id
        for currency, days_ago, rate in RATES:
            add_rate(self.owner, currency, self.today - timedelta(days=days_ago), Decimal(rate), now=at)
        for product in PRODUCTS:
            values = ItemValues(
                product.name, product.price, "NGN", product.description, product.code, product.unit, (self.vat,)
            )
            self.items.append(catalog.create_item(self.owner, values, at).id)
        plans = offer_plans(self.owner, self.vat, at, self.today)
        for number, company in enumerate(COMPANIES):
            address = f"{company.street}\n{company.city}"
            contact = ContactValues(company.contact, f"accounts@{company.domain}.example", "", True)
            values = ClientValues(
                company.name,
                "company",
                f"hello@{company.domain}.example",
                f"+234803{4100000 + 7919 * number}" if company.country == "NG" else "",
                address,
                company.country,
                currency=company.currency,
                terms_days=company.terms_days,
                tags=split_tags(company.tags),
                contacts=(contact,),
            )
            self.clients.append(clients.create_client(self.owner, values, at).id)
        for number, name in enumerate(PERSONS):
            address = f"{number * 7 + 3} {STREETS[number % len(STREETS)]}\nIbadan"
            email = "" if number % 6 == 5 else f"client{number + 1}@mail.example"
            phone = f"+234806{5200000 + 6133 * number}"
            values = ClientValues(name, "person", email, phone, address, "NG", tags=("home",))
            self.clients.append(clients.create_client(self.staff, values, at).id)
        agree(self.owner, self.clients, plans, self.today, self.now)
        plan_a_change(self.owner, plans, self.today, self.now)
        self.plans = plans
        remember(self.owner, self.clients, plans, self.today, self.now)

    # -- invoices ----------------------------------------------------------------------------------------------------

    def _issue(self, planned: Planned) -> Callable[[datetime], None]:
        def do(at: datetime) -> None:
            draft = invoices.create_draft(self.staff, self._values(planned), now=at)
            if planned.fate == "draft":
                return
            invoice = invoices.issue(self.staff, draft.id, now=at)
            self._hand_over(planned, invoice, at)
            self._plan_the_rest(planned, invoice)

        return do

    def _values(self, planned: Planned) -> DraftValues:
        company = COMPANIES[planned.client] if planned.client < len(COMPANIES) else None
        currency = (company.currency if company else "") or "NGN"
        return DraftValues(
            currency=currency,
            issue_date=planned.on,
            terms_days=planned.terms_days,
            client_id=self.clients[planned.client],
            po_number=planned.po_number,
            discount=("percent", Decimal(planned.percent_off)) if planned.percent_off else None,
            lines=tuple(self._line(line.product, line.quantity, line.percent_off, currency) for line in planned.lines),
        )

    def _line(self, place: int, quantity: Decimal, percent_off: int, currency: str) -> LineValues:
        discount = ("percent", Decimal(percent_off)) if percent_off else None
        if currency != "NGN":
            title, unit, prices = ABROAD[place]
            return LineValues(title, quantity, prices[currency], unit=unit, discount=discount, tax_ids=(self.zero,))  # type: ignore[arg-type]
        product = PRODUCTS[place]
        return LineValues(
            product.name,
            quantity,
            product.price,
            product.description,
            product.unit,
            discount,  # type: ignore[arg-type]
            (self.vat,),
            self.items[place],
        )

    def _hand_over(self, planned: Planned, invoice: Invoice, at: datetime) -> None:
        """Mailed when it is recent, so that there are messages to look at; otherwise marked as sent."""
        company = planned.client < len(COMPANIES)
        if not (planned.mailed and company):
            invoices.mark_sent(self.staff, invoice.id, now=at)
            return
        message = invoices.send(self.staff, invoice.id, now=at)
        self.mails += 1
        if self.mails <= FAILED_MAILS:
            messages.refused(self.business_id, message.id, BOUNCES[self.mails - 1], True, at)
        else:
            messages.accepted(self.business_id, message.id, f"demo-{self.mails}", at)

    def _plan_the_rest(self, planned: Planned, invoice: Invoice) -> None:
        day, total = planned.on + timedelta(days=planned.after), invoice.total_minor
        minute = 8 * 60 + planned.minute % 500

        def pay(minor: int, method: str) -> Callable[[datetime], None]:
            return lambda at: self._pay(invoice, minor, method, at)

        if planned.fate == "void":
            when = min(planned.on + timedelta(days=1), self.today)
            self._at(when, minute, lambda at: invoices.void(self.owner, invoice.id, planned.reason, now=at) and None)
        elif planned.fate == "part":
            half = total // 2 // 10_000 * 10_000 or total // 2
            self._at(day, minute, pay(half, planned.method))
        elif planned.fate == "over":
            self._at(day, minute, pay(total + 1_500_000, planned.method))
        elif planned.fate == "returned":
            self._at(day, minute, lambda at: self._pay_by_bad_cheque(invoice, at))
            self._at(min(day + timedelta(days=6), self.today), minute, pay(total, "transfer"))
        elif planned.fate == "paid":
            self._at(day, minute, pay(total, planned.method))

    # -- money -------------------------------------------------------------------------------------------------------

    def _pay(self, invoice: Invoice, minor: int, method: str, at: datetime) -> Payment | None:
        if method == "gateway" and invoice.currency == "NGN":
            self.online.pay(invoice, minor, at)
            return None
        received = clock.day_in(at, str(self.zone))
        reference = f"TRF{at:%y%m%d}{minor % 9973:04d}" if method in ("transfer", "mobile_money") else ""
        method = "transfer" if method == "gateway" else method
        money = Money(minor, invoice.currency)
        return payments.record_payment(self.staff, invoice.id, money, method, received, now=at, reference=reference)

    def _pay_by_bad_cheque(self, invoice: Invoice, at: datetime) -> None:
        payment = self._pay(invoice, invoice.total_minor, "cheque", at)
        assert payment is not None
        payments.reverse_payment(self.owner, payment.id, "Cheque returned by the bank", now=at + timedelta(hours=2))


def _calm_the_queue(business_id: uuid.UUID, now: datetime) -> None:
    """What happened in the past needs no work now: a PDF is drawn when somebody asks for it."""
    waiting = (Job.business_id == business_id, Job.state == "ready")
    db.session.execute(update(Job).where(*waiting).values(state="done", done_at=now))
