"""Which addresses show every page of a business at least once. A new route with a parameter needs a line here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from app import clock
from app.auth.service import links, tokens
from app.auth.service.message_texts import save_words
from app.billing import service as billing
from app.billing.models import BillingRun, Plan, Router, RunEntry, ServiceDifference, ServiceRecord, Subscription
from app.billing.rules.control import RouterValues
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service import running
from app.billing.service.applying import change
from app.billing.service.billing import bill_client
from app.billing.service.routers import connect_router, record_try
from app.billing.service.switching import note_trouble
from app.billing.service.wanting import PlanWish, to_plan
from app.catalog.models import Item, Tax
from app.clients.models import Client
from app.clients.rules import ClientValues, ContactValues
from app.clients.service import archive_client, create_client
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.invoices.values import DraftValues, LineValues
from app.ledger.models import ExchangeRate
from app.ledger.rates import correct_rate
from app.messages import service as messages
from app.messages.channels.base import OutgoingText
from app.messages.queries import wording_of
from app.messages.registry import mailbox
from app.money import Money
from app.payments import service as payments
from app.payments.models import Attempt, HeldMoney, Payment
from app.reminders.service.stopping import stop_reminders
from app.reports.service import statement_link
from tests.support.queues import given_up, one_in_state
from tests.support.story import Story

ENDLESS = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
VERBS = ("issue", "send", "mark-sent", "duplicate", "delete", "link", "revoke-link", "whatsapp")
Values = dict[str, Any]


@dataclass
class Examples:
    """A business with a past, and what its addresses are made of."""

    story: Story

    def newest(self, model: Any, *conditions: Any, number: int = 1) -> list[uuid.UUID]:
        """Ids of the newest rows of the business that fit."""
        query = select(model.id).where(model.business_id == self.story.business_id, *conditions)
        return list(db.session.scalars(query.order_by(model.id.desc()).limit(number)))

    @cached_property
    def endless(self) -> uuid.UUID:
        """An issued invoice over ₦914,495,045.13 whose every text is too long, with a payment."""
        for made in self.newest(Invoice, Invoice.buyer_name == ENDLESS, Invoice.status == "open"):
            return made
        now, today = clock.now(), clock.today("Africa/Lagos")
        contact = ContactValues(name=ENDLESS, email=f"{'e' * 60}@{'x' * 60}.example.com")
        who = ClientValues(name=ENDLESS, address="\n".join([ENDLESS] * 3), tags=("x" * 30,), contacts=(contact,))
        client = create_client(self.story.owner, who, now=now)
        line = LineValues(ENDLESS, Decimal("1.234567"), Decimal("246913578.019999"), detail=ENDLESS * 4, unit="x" * 24)
        values = DraftValues(
            "NGN", today, 14, client_id=client.id, lines=(line,) * 3, notes=ENDLESS * 5, po_number=ENDLESS[:60]
        )
        draft = invoices.create_draft(self.story.owner, values, now=now)
        invoices.issue(self.story.owner, draft.id, now=now)
        amount = Money(12_345_678_901, "NGN")
        payments.record_payment(
            self.story.owner, draft.id, amount, "transfer", today, reference=ENDLESS[:120], note=ENDLESS, now=now
        )
        return draft.id

    def issued(self) -> list[uuid.UUID]:
        """One in each state but draft, one of them written off in part, and one that is too long."""
        owed = (Invoice.status == "open", Invoice.balance_minor > 0, Invoice.id != self.endless)
        today = clock.today("Africa/Lagos")
        wanted = [
            (Invoice.status == "void",),
            (Invoice.status == "open", Invoice.balance_minor == 0),
            (*owed, Invoice.balance_minor < Invoice.total_minor),
            (*owed, Invoice.balance_minor == Invoice.total_minor, Invoice.due_date < today),
            (*owed, Invoice.balance_minor == Invoice.total_minor, Invoice.due_date >= today),
        ]
        found = [self.newest(Invoice, *conditions) for conditions in wanted]
        assert all(found), "the demo business has an invoice in every state"
        return [*(one for [one] in found), self.story.written_off(100_000), self.endless]

    def attempts(self) -> list[Values]:
        """A payment that goes on, and one that failed."""
        waiting, failed = self.story.issued(), self.story.issued()
        clicks = {waiting: self.story.attempt(waiting), failed: self.story.attempt(failed)}
        self.story.pay_at_bank(clicks[failed], "fail")
        payments.verify_now(self.story.business_id, clicks[failed].id, now=clock.now())
        return [{"token": self.story.link(one), "attempt_id": click.id} for one, click in clicks.items()]

    def messages(self) -> list[uuid.UUID]:
        """A mail that did not get out and one that did, both too long."""
        sent = [invoices.send(self.story.owner, self.endless, now=clock.now()).id for _ in range(2)]
        messages.refused(self.story.business_id, sent[0], "The mailbox is full. " * 12, True, clock.now())
        return sent

    def steps(self) -> list[Values]:
        """A reminder to come, of an invoice."""
        invoice_id = self.story.issued()
        return [{"invoice_id": invoice_id, "step_id": self.story.ladder_step()}]

    def stopping(self) -> list[Values]:
        """The link that ends reminders of somebody whose name is too long, before and after it was used."""
        (client,) = self.newest(Client, Client.name == ENDLESS)
        tokens_of = [
            links.make_link(self.story.business_id, "remind", one, clock.now())
            for one in (client, self.story.client_id)
        ]
        stop_reminders(tokens_of[1], now=clock.now())
        return each("token", tokens_of)

    def parts(self) -> list[Values]:
        """A payment and the invoice it settles."""
        invoice_id = self.story.issued()
        return [{"payment_id": self.story.payment(invoice_id), "part_id": invoice_id}]

    def to_charge(self) -> uuid.UUID:
        """An invoice of a client whose card is kept."""
        self.story.saved_card()
        return self.story.issued()

    def unsettled(self) -> list[uuid.UUID]:
        """Tries to pay that need a person: one is unclear and too long, one to be confirmed, one given up."""
        paid_by_card = {"card_id": self.story.saved_card(), "email": "customer@example.com"}
        endings: list[Values] = [
            {"state": "unclear", "reason": "The payment is still on its way."},
            {"state": "paused"} | paid_by_card,
            {"state": "refused", "reason": "The bank says no. " * 12} | paid_by_card,
        ]
        clicks = [self.story.attempt(one) for one in (self.endless, self.story.issued(), self.story.issued())]
        with writing():
            for click, values in zip(clicks, endings, strict=True):
                mine = (Attempt.business_id == self.story.business_id, Attempt.id == click.id)
                db.session.execute(update(Attempt).where(*mine).values(**values))
        return [click.id for click in clicks]

    def cards(self, behind: str) -> list[Values]:
        """A saved card behind the link to an invoice of its client, or to their account."""
        kept = self.story.saved_card()
        url = statement_link(self.story.owner, self.story.client_id, now=clock.now())
        token = self.story.link(self.story.issued()) if behind == "invoice" else url.split("/")[-2]
        return [{"token": token, "kept_id": kept}]

    def mailed(self, kind: Any) -> list[Values]:
        """A secret as it is mailed."""
        columns: Values = {"person_id": self.story.owner.person_id}
        if kind == "invite":
            columns = {"business_id": self.story.business_id, "role": "staff"}
        with writing():
            return [{"token": tokens.make(kind, "somebody@example.com", clock.now(), **columns)}]

    def clients(self) -> list[Values]:
        """One whose name is too long, and three others."""
        return each("client_id", [*self.newest(Client, Client.name == ENDLESS), *self.newest(Client, number=3)])

    def statements(self) -> list[Values]:
        """The links of those clients to their statements,"""
        owner, now = self.story.owner, clock.now()
        urls = [statement_link(owner, values["client_id"], now=now) for values in self.clients()]
        return each("token", [url.split("/")[-2] for url in urls])

    def rates(self) -> list[uuid.UUID]:
        """Rates that stand, one of them corrected before."""
        if not (found := self.newest(ExchangeRate)):
            wrong = self.story.rate()
            found = [correct_rate(self.story.owner, wrong, Decimal("1540.111111111111"), now=clock.now()).id]
        return found

    def work(self) -> list[uuid.UUID]:
        """Background work that gave up, beside some that waits and some that is under way."""
        ours, soon = self.story.business_id, clock.now() + timedelta(hours=3)
        one_in_state(ours, "running", progress_done=340, progress_total=1000, due_at=soon)
        one_in_state(ours, "ready", due_at=soon, failures=3, reason=ENDLESS)
        one_in_state(ours, "ready", task="payments.verify", due_at=soon, put_offs=2, reason="The bank has a break.")
        return [given_up(ours, reason=ENDLESS)]

    def plans(self) -> list[uuid.UUID]:
        """A plan whose every text is too long, in two currencies, with free days; and one of the demo."""
        if not (found := self.newest(Plan, Plan.name == ENDLESS)):
            today, now = clock.today("Africa/Lagos"), clock.now()
            values = PlanValues(ENDLESS, "addon", ENDLESS[:40], ENDLESS * 4, "month", 3, 31, 2, trial_days=365)
            values = replace(values, download_kbps=123_456_789, upload_kbps=512, quota_mb=123_456_789, stub="free")
            price = PriceValues("NGN", Decimal("914495045.13"), today, Decimal("914495045.13"))
            made = billing.create_plan(self.story.owner, values, price, today=today, now=now)
            for one in (replace(price, currency="EUR"), replace(price, since=today + timedelta(days=400))):
                billing.set_price(self.story.owner, made.id, one, today=today, now=now)
            found = [made.id]
        return [*found, *self.newest(Plan, Plan.name != ENDLESS)]

    def planned(self) -> list[Values]:
        """A price to come, with its plan."""
        plan_id = self.story.plan()
        return [{"plan_id": plan_id, "price_id": self.story.planned_price(plan_id)}]

    def subscriptions(self) -> list[uuid.UUID]:
        """One whose every text is too long, billed, paused and cancelled; and one that begins today."""
        assert self.endless
        if not (found := self.newest(Subscription, Subscription.name == ENDLESS)):
            (client,), today = self.newest(Client, Client.name == ENDLESS), clock.today("Africa/Lagos")
            thing = ItemValues(
                ENDLESS, Decimal("1.234567"), Decimal("24691357.019999"), detail=ENDLESS * 4, unit="x" * 24
            )
            values = SubscriptionValues(client, ENDLESS, "NGN", today - timedelta(days=70), (thing,) * 3)
            values = replace(values, terms_days=365, po_number=ENDLESS[:60], notes=ENDLESS * 5, apart=True)
            made = billing.subscribe(self.story.owner, values, now=clock.now()).id
            bill_client(self.story.owner, client, today, send=False, now=clock.now())
            who, now = self.story.owner, clock.now()
            billing.pause(who, made, since=today + timedelta(days=5), until=None, reason=ENDLESS, now=now)
            billing.cancel(who, made, ends_on=today + timedelta(days=90), reason=ENDLESS, now=now)
            found = [made]
        return [*found, self.story.subscription()]

    def routers(self) -> list[uuid.UUID]:
        """A router whose every text is too long and that cannot be used, and one that only writes things down."""
        if not (found := self.newest(Router, Router.name == ENDLESS[:120])):
            values = RouterValues(ENDLESS[:120], "routeros", "x" * 250, 65535, ENDLESS[:120], {"tls": "unverified"})
            made = connect_router(self.story.owner, values, "secret", now=clock.now()).id
            note_trouble(self.story.business_id, made, ENDLESS, now=clock.now())
            record_try(self.story.business_id, made, ENDLESS, now=clock.now())
            found = [made]
        return [*found, self.story.router()]

    def on_network(self) -> list[uuid.UUID]:
        """A subscription that is on a router and differs there."""
        record_id = db.session.get_one(
            ServiceDifference, (self.story.business_id, self.story.network_difference())
        ).record_id
        return [db.session.get_one(ServiceRecord, (self.story.business_id, record_id)).subscription_id]

    def differing(self) -> list[uuid.UUID]:
        """A router that differs from billing."""
        found = db.session.get_one(ServiceDifference, (self.story.business_id, self.story.network_difference()))
        return [found.router_id]

    def to_be_changed(self) -> list[Values]:
        """A subscription with another plan from the next period on."""
        subscription_id, plan_id = self.story.subscription(), self.story.plan()
        wish = PlanWish(plan_id, clock.today("Africa/Lagos") + timedelta(days=40), Decimal(2))
        change(
            self.story.owner,
            subscription_id,
            lambda one, today: to_plan(self.story.business_id, one, wish, today),
            now=clock.now(),
        )
        return each("subscription_id", [subscription_id])

    def runs(self) -> list[uuid.UUID]:
        """The billing runs of the demo, and one in which everything is too long, odd, and waits."""
        self.subscriptions()
        if not self.newest(BillingRun, BillingRun.needs_person.is_(True)):
            now, who = clock.now(), self.story.owner
            run_id = billing.start_run(who, clock.today("Africa/Lagos") + timedelta(days=62), now=now, by_job=False).id
            with writing():
                db.session.execute(update(BillingRun).where(BillingRun.id == run_id).values(needs_person=True))
            while running.plan_next(who.business_id, run_id, now=now, by_job=False):
                pass
            long = {"odd": "jump", "words": ENDLESS[:300], "why": ENDLESS[:200], "before_minor": 12_345_678_901}
            with writing():
                db.session.execute(update(RunEntry).where(RunEntry.run_id == run_id).values(**long))
        return self.newest(BillingRun, BillingRun.needs_person.is_(True))

    def entries(self) -> list[Values]:
        """An entry of such a run."""
        [run_id] = self.runs()
        found = self.newest(RunEntry, RunEntry.run_id == run_id)
        return [{"run_id": run_id, "entry": entry_id} for entry_id in found[:1]]

    def archived(self) -> uuid.UUID:
        """A client who was put away."""
        client = create_client(self.story.owner, ClientValues(name="Gone Ltd"), now=clock.now())
        archive_client(self.story.owner, client.id, now=clock.now())
        return client.id

    def worded(self) -> list[str]:
        """Kinds of messages: one that the business words itself, in words that are too long, and others."""
        words = wording_of(self.story.business_id, "reminder_last", "en")
        mine = replace(words.wording, subject=ENDLESS, html=f"<p>{ENDLESS}</p>", text=ENDLESS, sms=ENDLESS)
        save_words(
            self.story.owner,
            "reminder_last",
            replace(mine, whatsapp=f"*{ENDLESS}* {{{{link}}}}"),
            content_sid="HX" + "0123456789abcdef" * 2,
            variables=("client_name", "link"),
            version=words.version,
            now=clock.now(),
        )
        return ["reminder_last", "invoice", "receipt", "password_reset"]

    def copied(self) -> uuid.UUID:
        """A draft in which everything is too long."""
        return invoices.duplicate(self.story.owner, self.endless, now=clock.now()).id

    def letter(self) -> str:
        """A message in the mailbox, which the job runner delivers."""
        invoices.send(self.story.owner, self.story.issued(), now=clock.now())
        box = mailbox(current_app.config["DUELY"])
        assert box is not None
        until = time.monotonic() + 20
        while not (found := box.list()):
            assert time.monotonic() < until, "nothing was delivered"
            time.sleep(0.1)
        return found[0].id

    def text(self) -> str:
        """A WhatsApp message in the mailbox, older than any mail, with words that do not break."""
        box = mailbox(current_app.config["DUELY"])
        assert box is not None
        wording = "Ẹ káàárọ̀, invoice INV-1 of ₦344,000.00 is due.\nhttps://duely.example/i/" + "x" * 120
        file = "https://duely.example/i/abc/pdf/"
        made = clock.now() - timedelta(days=400)
        text = OutgoingText("whatsapp", "+2348012345678", wording, "<text@duely.example>", made, media_url=file)
        return box.send(text)


def each(name: str, found: Iterable[object]) -> list[Values]:
    """Each as the value of a parameter."""
    return [{name: one} for one in found]


Maker = Callable[[Examples], list[Values]]

# Endpoint -> the values of its parameters; several when the page looks different.
ADDRESSES: Mapping[str, Maker] = {
    "auth.invitation_form": lambda our: our.mailed("invite"),
    "auth.remove_member_form": lambda our: each("person_id", [our.story.owner.person_id]),
    "auth.reset_form": lambda our: our.mailed("reset"),
    "auth.verify_form": lambda our: our.mailed("verify"),
    "auth.message_text": lambda our: each("kind", our.worded()),
    "auth.reset_message_text_form": lambda our: each("kind", our.worded()[:1]),
    "billing.archive_plan_form": lambda our: each("plan_id", our.plans()[:1]),
    "billing.edit_plan": lambda our: each("plan_id", our.plans()),
    "billing.plans": lambda our: [{} for _ in our.plans()[:1]] + [{"show": "archived"}, {"q": "zzz"}],
    "billing.price_form": lambda our: each("plan_id", our.plans()[:1]),
    "billing.restore_plan_form": lambda our: each("plan_id", our.plans()[:1]),
    "billing.show_plan": lambda our: each("plan_id", our.plans()),
    "billing.withdraw_price_form": lambda our: our.planned(),
    "billing.approve_form": lambda our: each("run_id", our.runs()),
    "billing.decide_form": lambda our: our.entries(),
    "billing.discard_form": lambda our: each("run_id", our.runs()),
    "billing.let_go_form": lambda our: each("client_id", our.newest(Client, Client.name == ENDLESS)),
    "billing.plan_again_form": lambda our: each("run_id", our.runs()),
    "billing.reverse_form": lambda our: each("run_id", our.runs()),
    "billing.run_list": lambda our: [{} for _ in our.runs()],
    "billing.show_run": lambda our: [
        {"run_id": run_id, **more} for run_id in our.runs() for more in ({}, {"tab": "same"})
    ],
    "billing.bill_form": lambda our: each("subscription_id", our.subscriptions()[1:]),
    "billing.call_off_form": lambda our: our.to_be_changed(),
    "billing.cancel_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.change_items_form": lambda our: each("subscription_id", our.subscriptions()),
    "billing.change_plan_form": lambda our: each("subscription_id", our.subscriptions()[1:]),
    "billing.new_recurring": lambda our: [{"client": our.story.client_id}],
    "billing.preview": lambda our: [{} for _ in our.subscriptions()[:1]] + [{"client": our.story.client_id}],
    "billing.tell_price_form": lambda our: our.planned(),
    "billing.edit_subscription": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.keep_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.new_subscription": lambda our: [
        {},
        {"q": "zzz"},
        {"client": our.story.client_id, "plan": our.story.plan()},
    ],
    "billing.pause_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.resume_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.show_subscription": lambda our: each("subscription_id", [*our.subscriptions(), *our.on_network()]),
    "billing.remove_service_form": lambda our: each("subscription_id", our.on_network()),
    "billing.repair_all_form": lambda our: each("router_id", our.differing()),
    "billing.restore_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.service_form": lambda our: each("subscription_id", our.on_network()),
    "billing.services": lambda our: [{} for _ in (*our.routers()[:1], *our.differing())],
    "billing.suspend_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "billing.switch_again_form": lambda our: each("subscription_id", our.on_network()),
    "billing.throttle_form": lambda our: each("subscription_id", our.subscriptions()[:1]),
    "routers.edit": lambda our: each("router_id", our.routers()[:1]),
    "routers.new": lambda our: [{}, {"driver": "routeros"}, {"driver": "radius"}, {"driver": "webhook"}],
    "routers.remove_form": lambda our: each("router_id", our.routers()[:1]),
    "routers.show": lambda our: each("router_id", our.routers()),
    "billing.subscriptions": lambda our: [{} for _ in our.subscriptions()[:1]] + [{"show": "over"}, {"q": "zzz"}],
    "catalog.archive_form": lambda our: each("item_id", our.newest(Item)),
    "catalog.archive_tax_form": lambda our: each("tax_id", our.newest(Tax)),
    "catalog.edit": lambda our: each("item_id", our.newest(Item)),
    "catalog.edit_tax": lambda our: each("tax_id", our.newest(Tax)),
    "catalog.restore_form": lambda our: each("item_id", our.newest(Item)),
    "catalog.restore_tax_form": lambda our: each("tax_id", our.newest(Tax)),
    "clients.archive_form": lambda our: each("client_id", our.newest(Client)),
    "clients.edit": lambda our: each("client_id", our.newest(Client, Client.name == ENDLESS)),
    "clients.index": lambda our: [{}, {"q": "zzz"}],
    "clients.restore_form": lambda our: each("client_id", [our.archived()]),
    "clients.show": lambda our: our.clients(),
    "demo_checkout.show": lambda our: each("reference", [our.story.attempt(our.story.issued()).reference]),
    "invoices.ask": lambda our: [{"invoice_id": our.story.draft(), "verb": verb} for verb in VERBS],
    "invoices.edit": lambda our: each("invoice_id", [our.story.draft(), our.copied()]),
    "invoices.index": lambda our: [{}, {"view": "overdue"}, {"view": "drafts"}, {"q": "zzz"}],
    "invoices.show": lambda our: each("invoice_id", our.issued()),
    "invoices.recover_form": lambda our: each("invoice_id", [our.story.written_off()]),
    "invoices.void_form": lambda our: each("invoice_id", [our.story.issued()]),
    "invoices.write_off_form": lambda our: each("invoice_id", [our.story.issued()]),
    "invoices.why": lambda our: each("invoice_id", [*our.issued(), our.copied()]),
    "mailbox.message": lambda our: each("identifier", [our.letter(), our.text()]),
    "messages.index": lambda our: [{"q": "zzz"}, *({"state": "failed"} for _ in our.messages())],
    "messages.show": lambda our: each("message_id", our.messages()),
    "messages.resend_form": lambda our: each("message_id", our.messages()[:1]),
    "messages.lost_form": lambda our: each("message_id", our.messages()[:1]),
    "messages.cancel_form": lambda our: each("message_id", our.messages()[:1]),
    "dunning.overview": lambda our: [{} for _ in each("batch_id", [our.story.held_cuts()])],
    "dunning.batch": lambda our: each("batch_id", [our.story.held_cuts()]),
    "dunning.approve_form": lambda our: each("batch_id", [our.story.held_cuts()]),
    "dunning.restore_form": lambda our: each("batch_id", [our.story.held_cuts()]),
    "dunning.client_policy": lambda our: our.clients()[:1],
    "dunning.plan_policy": lambda our: each("plan_id", [our.story.plan()]),
    "dunning.promise_form": lambda our: each("invoice_id", [our.endless]),
    "dunning.client_promise_form": lambda our: our.clients()[:1],
    "dunning.waive_form": lambda our: each("invoice_id", [our.story.late_fee()]),
    "reminders.client": lambda our: our.clients(),
    "reminders.hold_form": lambda our: each("invoice_id", [our.endless]),
    "reminders.postpone_form": lambda our: our.steps(),
    "reminders.send_now_form": lambda our: our.steps(),
    "reminders.skip_form": lambda our: our.steps(),
    "ledger.correct_form": lambda our: each("rate_id", our.rates()[:1]),
    "ledger.rates": lambda our: [{} for _ in our.rates()[:1]],
    "payments.credit_form": lambda our: each("invoice_id", [our.story.issued(), our.endless]),
    "payments.credit_note": lambda our: each("note_id", [our.story.credited(), our.story.credited(0)]),
    "payments.why_credited": lambda our: each("note_id", [our.story.credited()]),
    "payments.credit_notes": lambda our: [{}, {"q": "zzz"}],
    "payments.charge_form": lambda our: each("invoice_id", [our.to_charge()]),
    "payments.match_form": lambda our: each("held_id", our.newest(HeldMoney)),
    "payments.remove_card_form": lambda our: each("card_id", [our.story.saved_card()]),
    "payments.many": lambda our: each("client", our.newest(Client, Client.name == ENDLESS)),
    "payments.new": lambda our: [{}, {"invoice": our.endless}],
    "payments.refund_form": lambda our: each("payment_id", [our.story.payment(our.story.issued())]),
    "payments.refund_note_form": lambda our: each("note_id", [our.story.credited()]),
    "payments.revise_form": lambda our: each("invoice_id", [our.story.issued()]),
    "payments.undo_refund_form": lambda our: each("refund_id", [our.story.refunded()]),
    "payments.void_note_form": lambda our: each("note_id", [our.story.credited()]),
    "payments.not_paid_form": lambda our: each("unsettled_id", our.unsettled()[:1]),
    "payments.take_off_form": lambda our: our.parts(),
    "payments.unsettled": lambda our: [{} for _ in our.unsettled()[:1]],
    "payments.resolve_form": lambda our: each("held_id", our.newest(HeldMoney)),
    "payments.reverse_form": lambda our: each("payment_id", [our.story.payment(our.story.issued())]),
    "payments.send_receipt_form": lambda our: each("payment_id", our.newest(Payment)),
    "payments.show": lambda our: each("payment_id", our.newest(Payment, number=2)),
    "reports.dashboard": lambda our: [{}, {"currency": "all"}],
    "reports.journal_page": lambda our: [
        {"period": "this-month"},
        {"from": "1999-01-01", "to": "1999-01-31"},
    ],
    "reports.ask_for_link": lambda our: our.clients()[:1],
    "reports.ask_to_close_link": lambda our: our.clients()[:1],
    "reports.ask_to_send": lambda our: our.clients()[:2],
    "reports.statement_page": lambda our: [
        *(values | {"period": "this-year"} for values in our.clients()),
        our.clients()[0] | {"from": "1999-01-01", "to": "1999-01-31"},
    ],
    "reports.search": lambda our: [{}, {"q": "a"}, {"q": "no such thing"}],
    "portal.remove_card_form": lambda our: our.cards("invoice"),
    "portal.remove_own_card_form": lambda our: our.cards("account"),
    "portal.attempt": lambda our: our.attempts(),
    "portal.invoice": lambda our: each("token", [our.story.link(one) for one in our.issued()]),
    "work.discard_form": lambda our: each("job_id", our.work()),
    "work.index": lambda our: [{"see": "given-up"} for _ in our.work()] + [{"see": "waiting"}, {"see": "running"}],
    "portal.stop_form": lambda our: our.stopping(),
    "portal.statement": lambda our: [*our.statements(), our.statements()[0] | {"period": "last-month"}],
}

# Routes that answer with something else than a page of their own -> what it is.
NO_PAGES: Mapping[str, str] = {
    "auth.logo": "a picture",
    "auth.message_mail": "a mail, made for mail readers",
    "auth.number_example": "a part of the settings",
    "billing.preview_file": "a download",
    "billing.export_run": "a download",
    "billing.run_progress": "a part of a billing run's page",
    "catalog.search": "a part of the editor",
    "clients.choices": "the options of a filter",
    "clients.search": "a part of the editor",
    "health.detailed": "for machines",
    "health.figures": "for machines",
    "health.index": "for machines",
    "health.live": "for machines",
    "health.ready": "for machines",
    "invoices.attachment": "a download",
    "invoices_api.explain_credit_note": "for programs",
    "invoices_api.explain_invoice": "for programs",
    "invoices.beside": "leads on to another invoice",
    "invoices.email": "a mail, made for mail readers",
    "invoices.panel": "a part of the list",
    "invoices.pdf": "a download",
    "invoices.watch": "a part of the invoice's page",
    "messages.file": "a download",
    "messages.html": "a mail, made for mail readers",
    "mailbox.attachment": "a download",
    "mailbox.html": "a mail, made for mail readers",
    "mailbox.raw": "a download",
    "payments.credit_note_pdf": "a download",
    "payments.receipt": "a download",
    "payments.credit_sum": "a part of the form for a credit note",
    "payments.spread": "a part of the form for a payment",
    "payments.remove_keys_form": "there is nothing to remove without keys",
    "portal.callback": "leads on",
    "portal.logo": "a picture",
    "portal.pay_form": "leads back to the invoice",
    "portal.promise_form": "leads back to the invoice",
    "portal.credit_note": "a download",
    "portal.pdf": "a download",
    "portal.receipt": "a download",
    "portal.preview": "the customer's page in a frame of the invoice's",
    "portal.statement_logo": "a picture",
    "portal.statement_pdf": "a download",
    "portal.status": "a part of the customer's page",
    "reports.journal_file": "a download",
    "reports.recurring_file": "a download",
    "reports.statement_pdf": "a download",
    "work.listed": "a part of the page of background work",
    "routers.tried": "a part of the router's page",
    "static": "files",
}
