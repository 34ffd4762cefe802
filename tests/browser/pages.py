"""Which addresses show every page of a business at least once. A new route with a parameter needs a line here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import current_app
from sqlalchemy import update

from app import clock
from app.auth.rules import SCOPES
from app.auth.service import api_tokens, links, tokens
from app.auth.service.message_texts import save_words
from app.catalog.models import Item, Tax
from app.clients.models import Client
from app.clients.rules import ClientValues, ContactValues
from app.clients.service import archive_client, create_client
from app.database import writing
from app.extensions import db
from app.hooks import service as hooks
from app.hooks.models import Endpoint
from app.hooks.rules import EVENTS, EndpointValues
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
from tests.browser.recurring_pages import ENDLESS, RECURRING, Recurring, Values, each
from tests.support.queues import given_up, one_in_state

VERBS = ("issue", "send", "mark-sent", "duplicate", "delete", "link", "revoke-link", "whatsapp")


class Examples(Recurring):
    """A business with a past, and what its addresses are made of."""

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

    def tokens(self) -> list[uuid.UUID]:
        """Two tokens: one is good for everything, the other has a name that is too long."""
        wanted = (("Accounting export", list(SCOPES)), ((ENDLESS * 5)[:100], list(SCOPES)[:5]))
        made = [api_tokens.make_own(self.story.owner, *one, 30, now=clock.now()) for one in wanted]
        return [token_id for token_id, _raw in made]

    def webhooks(self) -> list[uuid.UUID]:
        """One whose every text is too long and that takes nothing, and one that is paused."""
        if found := self.newest(Endpoint, Endpoint.description == ENDLESS):
            return [*found, *self.newest(Endpoint, Endpoint.paused_at.is_not(None))]
        owner, now = self.story.owner, clock.now()
        values = EndpointValues("https://example.com/" + "x" * 400, ENDLESS, tuple(EVENTS))
        long = hooks.add_endpoint(owner, values, now)[0].id
        told = hooks.try_endpoint(owner, long, now)
        ready = hooks.begin(owner.business_id, told.id, 1, now)
        assert ready is not None
        hooks.record_not_told(owner.business_id, ready, 500, ENDLESS, True, now)
        quiet = hooks.add_endpoint(owner, EndpointValues("https://example.com/quiet"), now)[0].id
        hooks.pause_endpoint(owner, quiet, now)
        return [long, quiet]

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
        until = time.monotonic() + 90
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


Maker = Callable[[Examples], list[Values]]

# Endpoint -> the values of its parameters; several when the page looks different.
ADDRESSES: Mapping[str, Maker] = {
    **RECURRING,
    "auth.invitation_form": lambda our: our.mailed("invite"),
    "auth.api_tokens_page": lambda our: [{} for _ in our.tokens()[:1]],
    "auth.revoke_api_token_form": lambda our: each("token_id", our.tokens()),
    "auth.remove_member_form": lambda our: each("person_id", [our.story.owner.person_id]),
    "auth.reset_form": lambda our: our.mailed("reset"),
    "auth.verify_form": lambda our: our.mailed("verify"),
    "auth.message_text": lambda our: each("kind", our.worded()),
    "auth.reset_message_text_form": lambda our: each("kind", our.worded()[:1]),
    "hooks.index": lambda our: [{} for _ in our.webhooks()[:1]],
    "hooks.show": lambda our: each("endpoint_id", our.webhooks()),
    "hooks.edit": lambda our: each("endpoint_id", our.webhooks()[:1]),
    "hooks.confirm": lambda our: [
        {"endpoint_id": our.webhooks()[0], "verb": verb} for verb in ("pause", "remove", "rotate")
    ],
    "routers.index": lambda our: [{} for _ in our.routers()[:1]],
    "routers.edit": lambda our: each("router_id", our.routers()[:1]),
    "routers.new": lambda our: [{}, {"driver": "routeros"}, {"driver": "radius"}, {"driver": "webhook"}],
    "routers.remove_form": lambda our: each("router_id", our.routers()[:1]),
    "routers.show": lambda our: each("router_id", our.routers()),
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
    "api_pages.collection": "for programs",
    "api_pages.explorer": "drawn by Swagger UI, which has looks and a weight of its own",
    "api_pages.openapi": "for programs",
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
