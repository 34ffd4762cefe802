"""What people do: they read their mail and pay, sooner or later or never; they travel, leave and stay."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.auth.rules import Actor
from app.auth.service import links
from app.billing import service as billing
from app.billing.errors import PromiseRefused
from app.billing.models import BillingRun, Subscription
from app.billing.service.applying import change
from app.billing.service.promising import promise
from app.billing.service.subscriptions import term_end
from app.billing.service.wanting import PlanWish, to_plan
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.payments import service as payments
from tests.integration.billing.year.cast import LAST, TERMS
from tests.integration.billing.year.pencil import News
from tests.integration.billing.year.town import Mail, Resident, Town

AGREED = "Keep this card and pay future invoices automatically."
STOPS_ON = date(2024, 6, 1)
"""From this day on those who stop paying do."""
TOO_MUCH = 100_000
"""How much more some pay, in minor units."""
Deed = Callable[[], None]


class People:
    """Everybody's plans, by day. Deeds of a day are done in the order in which they were planned."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.plans: defaultdict[date, list[Deed]] = defaultdict(list)
        self.with_card: set[str] = set()
        self.said: defaultdict[str, News] = defaultdict(lambda: defaultdict(list))
        """What people told the business, by their address and the day: for whoever works it out on paper."""

    def wake(self, today: date) -> None:
        """Do what is planned for a day."""
        for deed in self.plans.pop(today, []):
            deed()
            db.session.remove()

    def on(self, day: date, deed: Callable[..., None], *args: Any) -> None:
        """Plan something."""
        if day <= LAST:
            self.plans[day].append(lambda: deed(*args))

    # -- their mail ----------------------------------------------------------------------------------------------------

    def read(self, mails: list[Mail], today: date) -> None:
        """A new invoice is what makes most people pay, each in their way."""
        for mail in mails:
            if mail.kind == "invoice":
                self._got_invoice(self.town.residents[mail.to], mail, today)

    def _got_invoice(self, who: Resident, mail: Mail, today: date) -> None:
        habit, lag = who.who.role.habit, who.who.lag
        assert mail.about is not None
        if habit == "prompt" or (habit == "stops" and today < STOPS_ON):
            self.on(today + timedelta(days=lag), self.pay, who, mail.token)
        elif habit == "card":
            # Whoever gave their card lets it be charged from then on.
            if who.who.email not in self.with_card:
                self.on(today + timedelta(days=1), self.pay, who, mail.token, 1, True)
        elif habit == "transfer":
            self.on(today + timedelta(days=lag), self.transfer, mail.about)
        elif habit == "too much":
            self.on(today + timedelta(days=lag), self.transfer, mail.about, TOO_MUCH)
        elif habit == "late":
            self.on(today + timedelta(days=9 + 4 * lag), self.pay, who, mail.token)
        elif habit == "parts":
            self.on(today + timedelta(days=lag), self.pay, who, mail.token, 2)
            self.on(today + timedelta(days=14 + lag), self.pay, who, mail.token)
        elif habit in ("keeps", "breaks"):
            promised, paid = (9, 7) if habit == "keeps" else (5, 25)
            due = today + timedelta(days=TERMS)
            self.on(due + timedelta(days=1), self.promise, mail.about, due + timedelta(days=promised))
            self.on(due + timedelta(days=paid), self.pay, who, mail.token)

    # -- paying --------------------------------------------------------------------------------------------------------

    def pay(self, who: Resident, token: str, share: int = 1, keep_card: bool = False) -> None:
        """Open the link, pay the whole or one part of so many at the payment company, and come back."""
        town, now = self.town, self.town.clock.now
        link = links.find_link(token, "invoice", now)
        assert link is not None
        invoice = db.session.get_one(Invoice, (town.business_id, link.object_id))
        if invoice.status != "open" or not invoice.balance_minor:
            return
        amount = Money(-(-invoice.balance_minor // share), invoice.currency)
        consent = payments.Consent(AGREED, "192.0.2.7") if keep_card else None
        attempt = payments.start_checkout(link, who.who.email, now=now, amount=amount, consent=consent)
        opened = payments.open_checkout(town.business_id, attempt.id, now=now)
        assert opened.state == "started", opened.reason
        town.paystack.finish(opened.reference, "success")
        if keep_card:
            self.with_card.add(who.who.email)

    def transfer(self, invoice_id: uuid.UUID, extra: int = 0) -> None:
        """Pay by bank; staff write it down. What is more than owed stays with the business as credit."""
        town = self.town
        invoice = db.session.get_one(Invoice, (town.business_id, invoice_id))
        if invoice.status != "open" or not invoice.balance_minor:
            return
        amount = Money(invoice.balance_minor + extra, invoice.currency)
        today = town.clock.now.date()
        payments.record_payment(town.owner, invoice_id, amount, "transfer", today, now=town.clock.now)

    def promise(self, invoice_id: uuid.UUID, until: date) -> None:
        """Promise on the customer's page to pay an invoice; where one promise is open already, nothing more."""
        town = self.town
        invoice = db.session.get_one(Invoice, (town.business_id, invoice_id))
        if invoice.status != "open" or not invoice.balance_minor:
            return
        customer = Actor.customer(town.business_id, "", "192.0.2.7", "")
        with suppress(PromiseRefused):
            promise(customer, until, now=town.clock.now, invoice_id=invoice_id)

    # -- the business itself -------------------------------------------------------------------------------------------

    def take_back_the_run(self) -> None:
        """The owner sees a mistake in the morning's billing before its messages leave."""
        run = self._runs("posted")[-1]
        billing.reverse(self.town.owner, run.id, "Billed too early", now=self.town.clock.now)
        db.session.remove()

    def approve_runs(self) -> None:
        """The owner looks at what waits for somebody, and lets it be billed."""
        for run in self._runs("review"):
            billing.approve(self.town.owner, run.id, version=None, looked=True, now=self.town.clock.now)
        db.session.remove()

    def _runs(self, state: str) -> list[BillingRun]:
        mine = (BillingRun.business_id == self.town.business_id, BillingRun.state == state)
        return list(db.session.scalars(select(BillingRun).where(*mine).order_by(BillingRun.id)))

    # -- life ----------------------------------------------------------------------------------------------------------

    def plan_life(self, who: Resident) -> None:
        """Plan what happens to somebody besides paying."""
        life, day = who.who.role.life, who.who.moves_on
        if life:
            getattr(self, "_" + life.replace("'", "").replace(" ", "_"), _nothing)(who, day)

    def _away(self, who: Resident, day: date) -> None:
        """They say beforehand that they travel, and when they are back."""
        begins = day + timedelta(days=9)
        self.on(day, self._pause, who, begins, begins + timedelta(days=40))

    def _away_in_a_paid_month(self, who: Resident, day: date) -> None:
        """Gone from today on for ten days, in the middle of what they have paid for."""
        self.on(day, self._pause, who, day, day + timedelta(days=10))

    def _away_and_back(self, who: Resident, day: date) -> None:
        self.on(day, self._pause, who, day, None)
        self.on(day + timedelta(days=75), self._resume, who)

    def _travels_and_does_not(self, who: Resident, day: date) -> None:
        """They say when they will be away, and the day before it begins that they stay: a part was billed by then."""
        begins = day + timedelta(days=33)
        self.on(day, self._pause, who, begins, begins + timedelta(days=12))
        self.on(begins - timedelta(days=1), self._resume, who)

    def _leaves_at_once(self, who: Resident, day: date) -> None:
        self.on(day, self._cancel, who, False)

    def _leaves_at_the_terms_end(self, who: Resident, day: date) -> None:
        self.on(day, self._cancel, who, True)

    def _stays_after_all(self, who: Resident, day: date) -> None:
        """Two days later, or while it still goes on."""
        self.on(day, self._cancel, who, True)
        self.on(min(day + timedelta(days=2), self._goes_on_until(who, day)), self._keep, who)

    def _faster_at_once(self, who: Resident, day: date) -> None:
        self.on(day, self._change, who, "H50", False)

    def _slower_at_once(self, who: Resident, day: date) -> None:
        self.on(day, self._change, who, "H20", False)

    def _faster_from_the_next_term_on(self, who: Resident, day: date) -> None:
        self.on(day, self._change, who, "H50", True)

    def _slower_from_the_next_term_on(self, who: Resident, day: date) -> None:
        self.on(day, self._change, who, "H20", True)

    def _change(self, who: Resident, code: str, at_term: bool) -> None:
        town, today = self.town, self.town.clock.now.date()
        [one] = who.subscriptions
        since = term_end(self._row(one), today) if at_term else today
        wish = PlanWish(town.plans[code], since)
        self._say(who, code, since)
        change(
            town.owner,
            one,
            lambda agreed, day: to_plan(town.business_id, agreed, wish, day),
            now=town.clock.now,
            send=True,
        )

    def _say(self, who: Resident, what: str, begin: date | None = None, end: date | None = None) -> None:
        self.said[who.who.email][self.town.clock.now.date()].append((what, begin, end))

    def _pause(self, who: Resident, since: date, until: date | None) -> None:
        self._say(who, "away", since, until)
        for one in who.subscriptions:
            billing.pause(self.town.owner, one, since=since, until=until, reason="Travels", now=self.town.clock.now)

    def _resume(self, who: Resident) -> None:
        self._say(who, "back", self.town.clock.now.date())
        for one in who.subscriptions:
            billing.resume(self.town.owner, one, on=self.town.clock.now.date(), now=self.town.clock.now)

    def _cancel(self, who: Resident, at_term: bool) -> None:
        today = self.town.clock.now.date()
        for one in who.subscriptions:
            ends = term_end(self._row(one), today) if at_term else today
            self._say(who, "gone", ends)
            billing.cancel(self.town.owner, one, ends_on=ends, reason="Moves away", now=self.town.clock.now)

    def _goes_on_until(self, who: Resident, day: date) -> date:
        """The last day of the term that somebody is in on a day."""
        return min(term_end(self._row(one), day) for one in who.subscriptions) - timedelta(days=1)

    def _keep(self, who: Resident) -> None:
        self._say(who, "stays")
        for one in who.subscriptions:
            billing.keep(self.town.owner, one, now=self.town.clock.now)

    def _row(self, subscription_id: uuid.UUID) -> Subscription:
        return db.session.scalars(select(Subscription).where(Subscription.id == subscription_id)).one()


def _nothing(who: Resident, day: date) -> None:
    """They agreed on it at the beginning."""
