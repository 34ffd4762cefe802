"""Badges, next steps, timelines and differences: what a page says about an invoice, from facts alone."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.invoices.comparing import compare
from app.invoices.rules.badges import badge
from app.invoices.rules.upcoming import next_steps
from app.invoices.timeline import moments
from app.invoices.values import DraftValues, LineValues

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("state", "sent", "days", "words"),
    [
        ("draft", False, 5, "Draft"),
        ("open", False, 5, "Not sent"),
        ("open", True, 5, "Sent"),
        ("open", True, 3, "Due in 3 days"),
        ("open", True, 1, "Due tomorrow"),
        ("open", True, 0, "Due today"),
        ("overdue", True, -1, "1 day overdue"),
        ("overdue", False, -6, "6 days overdue"),
        ("part_paid", True, 0, "Part paid"),
        ("paid", True, -40, "Paid"),
        ("void", True, -40, "Void"),
        ("written_off", True, -40, "Written off"),
    ],
)
def test_a_badge_says_the_state_and_how_near_the_due_date_is(state, sent, days, words):
    assert badge(state, sent, TODAY + timedelta(days=days), TODAY)[1] == words


@pytest.mark.parametrize(
    ("facts", "titles"),
    [
        ({"status": "draft", "state": "draft"}, ["Issue it", "Send it"]),
        ({"status": "open", "state": "open"}, ["Not sent yet", "Payment is due"]),
        ({"status": "open", "state": "open", "sent": True}, ["Payment is due"]),
        ({"status": "open", "state": "open", "queued": "e-mail"}, ["On its way", "Payment is due"]),
        ({"status": "open", "state": "open", "failed": "mailbox full"}, ["Send it again", "Payment is due"]),
        ({"status": "open", "state": "part_paid", "sent": True}, ["The rest is due"]),
        ({"status": "open", "state": "overdue", "sent": True, "days": -2}, ["Ask for the money"]),
        ({"status": "open", "state": "paid", "sent": True}, ["Nothing more to do"]),
        ({"status": "void", "state": "void"}, ["Nothing more to do"]),
        ({"status": "written_off", "state": "written_off"}, ["It was written off"]),
    ],
)
def test_what_happens_next(facts, titles):
    facts = {"sent": False, **facts}
    due = TODAY + timedelta(days=facts.pop("days", 14))
    assert [step.title for step in next_steps(due=due, today=TODAY, **facts)] == titles


def test_why_a_message_did_not_get_out_is_said():
    steps = next_steps(status="open", state="open", sent=False, due=TODAY, today=TODAY, failed="mailbox full")
    assert "mailbox full" in steps[0].text


def test_a_written_off_invoice_says_that_it_can_be_recovered():
    (step,) = next_steps(status="written_off", state="written_off", sent=True, due=TODAY, today=TODAY)
    assert "recover it" in step.text


@dataclass
class Happened:
    verb: str
    facts: dict[str, Any] = field(default_factory=dict)
    actor_kind: str = "person"
    actor_name: str = "Tolu Bakare"
    at: datetime = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    token_id: uuid.UUID | None = None
    token_name: str | None = None


@pytest.mark.parametrize(
    ("event", "title", "text"),
    [
        (Happened("issued", {"number": "INV-1"}), "Issued", "as INV-1, by Tolu Bakare"),
        (Happened("sent", {}, "system", "Duely"), "Sent by e-mail", ""),
        (Happened("sent", {"kind": "receipt"}, "system", "Duely"), "Receipt sent by e-mail", ""),
        (Happened("sent", {"kind": "invoice"}, "system", "Duely"), "Sent by e-mail", ""),
        (Happened("sent", {"kind": "card_problem"}, "system", "Duely"), "Message about the card sent by e-mail", ""),
        (
            Happened("not_sent", {"kind": "card_problem", "reason": "Mailbox full"}, "system", "Duely"),
            "The message about the card did not get out by e-mail",
            "Mailbox full",
        ),
        (
            Happened("said_not_paid", {"amount_minor": 50000, "currency": "EUR", "reference": "mfrgg"}),
            "Said to be not paid: €500.00",
            "by Tolu Bakare, reference mfrgg",
        ),
        (
            Happened("not_sent", {"reason": "no such mailbox"}, "system"),
            "The e-mail did not get out",
            "no such mailbox",
        ),
        (Happened("send_requested", {"channel": "sms"}), "SMS put into the outbox", "by Tolu Bakare"),
        (Happened("send_requested", {"recipients": 1}), "E-mail put into the outbox", "by Tolu Bakare, to one address"),
        (
            Happened("payment_recorded", {"amount_minor": 50000, "currency": "EUR", "method": "transfer"}),
            "Payment recorded: €500.00",
            "by Tolu Bakare, bank transfer",
        ),
        (
            Happened("payment_recorded", {"method": "gateway", "through": "Paystack", "reference": "X1"}, "system"),
            "Payment received",
            "through Paystack, reference X1",
        ),
        (Happened("payment_recorded", {"method": "gateway"}, "system"), "Payment received", "online"),
        (
            Happened("written_off", {"amount_minor": 50000, "currency": "EUR", "reason": "Bankrupt"}),
            "Written off: €500.00",
            "by Tolu Bakare, Bankrupt",
        ),
        (
            Happened("recovered", {"amount_minor": 50000, "currency": "EUR", "reason": "They wrote"}),
            "Recovered, owed again: €500.00",
            "by Tolu Bakare, They wrote",
        ),
        (
            Happened("reminder_skipped", {"days": 3, "on": "2026-12-07"}),
            "Reminder left out",
            "the one 3 days after the due date, planned for 7 Dec 2026, by Tolu Bakare",
        ),
        (
            Happened("reminder_postponed", {"days": -3, "on": "2026-12-01", "until": "2026-12-20"}),
            "Reminder postponed",
            "the one 3 days before the due date, from 1 Dec 2026 to 20 Dec 2026, by Tolu Bakare",
        ),
        (
            Happened("held_reminders", {"until": "2026-12-20", "reason": "They asked"}),
            "Reminders held",
            "by Tolu Bakare, until 20 Dec 2026, They asked",
        ),
        (
            Happened("reminded", {"days": 0, "kind": "reminder_due"}, "system"),
            "Reminder put into the outbox",
            "the one on the due date",
        ),
        (
            Happened("not_needed", {"kind": "reminder_due", "channel": "sms", "reason": "It was paid."}, "system"),
            "The reminder was not needed any more",
            "It was paid.",
        ),
        (Happened("something_new"), "Something new", "by Tolu Bakare"),
    ],
)
def test_every_event_reads_as_a_sentence(event, title, text):
    (moment,) = moments([event])
    assert (moment.title, moment.text) == (title, text)


LINE = LineValues("Fibre", Decimal(2), Decimal("1500"))
DRAFT = DraftValues("NGN", TODAY, 14, po_number="A", lines=(LINE,))


def changed(**values: Any) -> DraftValues:
    facts = {name: getattr(DRAFT, name) for name in DRAFT.__dataclass_fields__}
    return DraftValues(**{**facts, **values})


@pytest.mark.parametrize(
    ("theirs", "label"),
    [
        (changed(po_number="B"), "PO number"),
        (changed(terms_days=30), "Due date"),
        (changed(discount=("percent", Decimal(5))), "Discount on everything"),
        (changed(lines=()), "Line 1"),
        (changed(lines=(LINE, LINE)), "Line 2"),
        (changed(lines=(LineValues("Fibre", Decimal(3), Decimal("1500")),)), "Line 1"),
        (changed(lines=(LineValues("Fibre", Decimal(2), Decimal("1500"), tax_ids=(uuid.uuid4(),)),)),
         "Line 1 (taxes differ)"),
    ],
)  # fmt: skip
def test_every_difference_between_two_versions_is_named(theirs, label):
    (found,) = compare(DRAFT, theirs, {})
    assert found.label == label
    assert found.mine != found.theirs or "taxes" in label


def test_versions_that_say_the_same_do_not_differ():
    same = LineValues("Fibre", Decimal("2.0"), Decimal("1500.00"))
    assert compare(DRAFT, changed(due_date=date(2026, 12, 4), lines=(same,)), {}) == []
