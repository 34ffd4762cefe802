"""What can come of one online payment, and who can be first to hear of it, for races of all of them.

The notice, the customer's way back, the planned question and a refund are four pieces of work, each done the way the
program does it: the notice and the question through their jobs, taken as a worker takes what it was rung for.
"""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from app import clock
from app.auth.models import Business
from app.auth.rules import Actor
from app.auth.service import links
from app.database import writing
from app.extensions import db
from app.invoices.models import Invoice
from app.jobs.models import Job
from app.jobs.outbox import run_all, take_rung
from app.jobs.perform import run
from app.money import Money
from app.payments import service as payments
from app.payments.gateways import calls
from app.payments.models import Allocation, Attempt, HeldMoney, Payment, Refund, WebhookEvent
from app.payments.registry import open_gateway
from app.payments.service import accounts
from app.payments.service.checkout import checkout_request, note
from app.payments.service.refunding import GivenBack
from tests.contracts.fake_paystack import TEST_KEY, FakePaystack
from tests.integration.races.test_payments import no_locks
from tests.support.story import Click, Story

TOTAL, PART = 322_500, 100_000
HANDS = ("notice", "callback", "janitor", "refund")
ORDERS = tuple(itertools.permutations(HANDS))
STAGGER = 0.004
"""Seconds between the first and the next of a concurrent order, so that each of them is the first now and then."""
PATIENCE = 60


@dataclass(frozen=True)
class Case:
    """An invoice whose customer paid at Paystack, and what is going to be told of that."""

    actor: Actor
    key: str
    attempt_id: uuid.UUID
    reference: str
    notice: tuple[bytes, dict[str, str]]
    refund_notice: tuple[bytes, dict[str, str]] | None
    """Of a refund made on Paystack's own pages; without it, it is given back from here."""


def ready(hands: int = 64) -> None:
    """In every process: nobody waits for a free line to Paystack, which holds up two at once in the real thing."""
    calls.AT_ONCE = hands


def ready_without_locks() -> None:
    ready()
    no_locks()


# -- before ------------------------------------------------------------------------------------------------------------


def connected(story: Story) -> Story:
    """The business, with keys of Paystack's."""
    accounts.save_account(story.owner, TEST_KEY, "", 0, now=clock.now())
    return story


def paid(story: Story, paystack: FakePaystack, *, refunded_there: bool) -> Case:
    """An invoice that was paid, and where `refunded_there` refunded in part, and nobody heard of it yet."""
    click = checkout(story, story.issued())
    paystack.finish(click.reference, "success")
    made = paystack.refund_on_dashboard(click.reference, PART) if refunded_there else None
    key = db.session.get_one(Business, story.business_id).gateway_key
    told = paystack.refund_notice(made) if made else None
    return Case(story.owner, key, click.id, click.reference, paystack.notice(click.reference), told)


def checkout(story: Story, invoice_id: uuid.UUID) -> Click:
    """The customer's click, and Paystack's page open."""
    link = links.find_link(story.link(invoice_id), "invoice", clock.now())
    assert link is not None
    made = payments.start_checkout(link, "customer@example.com", now=clock.now())
    made = payments.open_checkout(story.business_id, made.id, now=clock.now())
    assert made.state == "started", made.reason
    return Click(made.id, made.reference)


def paid_before_the_page_was_noted(story: Story, paystack: FakePaystack) -> tuple[Case, str]:
    """A payment on a page whose address we had no time to write down. Returns it and the address."""
    link = links.find_link(story.link(story.issued()), "invoice", clock.now())
    assert link is not None
    made = payments.start_checkout(link, "customer@example.com", now=clock.now())
    gateway = open_gateway(story.business_id, made.gateway)
    assert gateway is not None
    opened = gateway.start(checkout_request(made))
    paystack.finish(made.reference, "success")
    key = db.session.get_one(Business, story.business_id).gateway_key
    return Case(story.owner, key, made.id, made.reference, paystack.notice(made.reference), None), opened.url


def note_page(case: Case, url: str) -> None:
    """Write the address down at last."""
    note(case.actor.business_id, case.attempt_id, state="started", checkout_url=url)


def invoice_of(case: Case) -> uuid.UUID:
    """The invoice a payment is for."""
    return db.session.get_one(Attempt, (case.actor.business_id, case.attempt_id)).invoice_id


# -- the four ----------------------------------------------------------------------------------------------------------


def do(case: Case, hand: str, place: int = 0) -> str:
    """One piece of work about a payment; `place` in a concurrent order."""
    time.sleep(place * STAGGER)
    work: dict[str, Callable[[Case], str]] = {
        "notice": lambda one: notify(one, one.notice),
        "callback": come_back,
        "janitor": lambda one: run_job(one, f"verify:{one.attempt_id}:0"),
        "refund": give_back,
    }
    return work[hand](case)


def notify(case: Case, notice: tuple[bytes, dict[str, str]]) -> str:
    """Paystack delivers a notice, and a worker is rung for it."""
    payments.receive_webhook("paystack", case.key, *notice, now=clock.now())
    mine = (WebhookEvent.business_id == case.actor.business_id, WebhookEvent.body == notice[0])
    event_id = db.session.scalar(select(WebhookEvent.id).where(*mine))
    return run_job(case, f"webhook:{event_id}")


def come_back(case: Case) -> str:
    """The customer comes back from Paystack."""
    return payments.verify_now(case.actor.business_id, case.attempt_id, now=clock.now()).state


def give_back(case: Case) -> str:
    """Hear of a refund made at Paystack, or give all of it back from here as soon as the payment is there."""
    if case.refund_notice:
        return notify(case, case.refund_notice)
    until = time.monotonic() + PATIENCE
    while (payment_id := payment_of(case)) is None:
        if time.monotonic() > until:
            return "nothing came"
        time.sleep(0.01)
    return give_back_now(case, payment_id)


def give_back_now(case: Case, payment_id: uuid.UUID) -> str:
    """Staff give all of a payment back, and a worker is rung to ask Paystack for it."""
    told = GivenBack(
        Money(TOTAL, "NGN"), "gateway", clock.today("Africa/Lagos"), "Line was down", through_id=payment_id
    )
    made = payments.refund(case.actor, "payment", payment_id, told, now=clock.now())
    return run_job(case, f"refund:{made.id}")


def run_job(case: Case, key: str) -> str:
    """Do a job as a worker does that was rung for it; whoever has it already does it."""
    job_id = db.session.scalar(select(Job.id).where(Job.business_id == case.actor.business_id, Job.key == key))
    assert job_id is not None, key
    db.session.remove()
    taken = take_rung(Job, job_id, clock.now())
    db.session.remove()
    return ("done" if run(taken) else "failed") if taken else "somebody else's"


def payment_of(case: Case) -> uuid.UUID | None:
    """The payment, once it is booked."""
    db.session.rollback()
    mine = (Payment.business_id == case.actor.business_id, Payment.gateway_reference == case.reference)
    return db.session.scalar(select(Payment.id).where(*mine))


# -- after -------------------------------------------------------------------------------------------------------------


def work_off(business_id: uuid.UUID, rounds: int = 12) -> None:
    """The janitor's rounds of the days to come: whatever is planned is done, drawings excepted."""
    for _ in range(rounds):
        drop_drawings(business_id)
        with writing():
            mine = (Job.business_id == business_id, Job.state.in_(("ready", "rung", "running")))
            db.session.execute(update(Job).where(*mine).values(due_at=clock.now()))
        db.session.remove()
        if not run_all():
            return


def drop_drawings(business_id: uuid.UUID) -> None:
    """Let PDFs be drawn by whoever asks for them: they hold up what is looked at here."""
    with writing():
        mine = (Job.business_id == business_id, Job.task == "invoices.print", Job.state != "done")
        db.session.execute(update(Job).where(*mine).values(state="done"))
    db.session.remove()


def outcome(case: Case) -> dict[str, Any]:
    """All that stands in the books about a payment."""
    db.session.rollback()
    mine, business_id = case.attempt_id, case.actor.business_id
    attempt = db.session.get_one(Attempt, (business_id, mine), populate_existing=True)
    invoice = db.session.get_one(Invoice, (business_id, attempt.invoice_id), populate_existing=True)
    came = _rows(Payment, business_id, Payment.gateway_reference == case.reference)
    ids = [row.id for row in came]
    settled = select(func.sum(Allocation.amount_minor)).where(Allocation.business_id == business_id)
    about = f"%{case.reference}%"
    return {
        "attempt": attempt.state,
        "invoice": (invoice.status, invoice.balance_minor),
        "payments": [(row.amount_minor, row.unallocated_minor, row.refunded_minor, row.flags) for row in came],
        "settles": db.session.scalar(settled.where(Allocation.payment_id.in_(ids))),
        "refunds": [(row.amount_minor, row.state) for row in _rows(Refund, business_id, Refund.through_id.in_(ids))],
        "held": [row.amount_minor for row in _rows(HeldMoney, business_id, HeldMoney.reference.like(about))],
    }


def _rows(model: Any, business_id: uuid.UUID, *conditions: Any) -> Sequence[Any]:
    return db.session.scalars(
        select(model).where(model.business_id == business_id, *conditions).order_by(model.id)
    ).all()


def unfinished(business_id: uuid.UUID) -> list[str]:
    """Work that was given up or is still planned: nothing may be."""
    open_ones = (Job.business_id == business_id, Job.state.not_in(("done",)), Job.task != "invoices.print")
    return list(db.session.scalars(select(Job.key + " " + Job.state + " " + Job.error).where(*open_ones)))
