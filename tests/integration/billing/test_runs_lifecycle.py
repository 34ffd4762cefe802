"""A billing run from its plan to its messages, or back."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app import clock, jobs
from app.auth.models import Person
from app.billing import queries, service
from app.billing.errors import StaleRun
from app.billing.models import SubscriptionItem
from app.billing.rules.runs import WrongRun
from app.billing.rules.subscriptions import ItemValues
from app.billing.service import run_posting, running
from app.database import writing
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.models import CreditNote
from app.invoices.service import send
from app.messages.models import Message
from app.money import Money
from app.payments.service import record_payment
from tests.integration.billing.runs import Runs, at
from tests.support.tenants import Tenant


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    return Runs(harmattan)


def messages() -> list[uuid.UUID | None]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.object_id)))


def test_a_run_says_who_which_period_and_how_much_and_bills_that(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    runs.subscribed()
    run_id = runs.planned("2026-03-01")
    run = runs.run(run_id)
    assert (run.state, run.entries, run.odd) == ("review", 1, 0)
    assert run.totals == {
        "NGN": {
            "before": [0, 0], "new": [1, 1_000_000], "gone": [0, 0], "changed": [0, 0], "same": [0, 0],
            "out": [0, 0], "now": [1, 1_000_000],
        }
    }  # fmt: skip
    [entry] = runs.entries(run_id)
    assert (entry.kind, entry.why, entry.period_start, entry.period_end) == (
        "new", "Starts 1 March 2026", date(2026, 3, 1), date(2026, 4, 1)
    )  # fmt: skip
    assert runs.invoices() == [], "planning bills nothing"
    service.approve(runs.owner, run_id, version=run.version, looked=False, now=at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))
    [invoice], [claim] = runs.invoices(), runs.claims()
    assert (invoice.issue_date, invoice.due_date, invoice.total_minor) == (
        date(2026, 3, 1),
        date(2026, 3, 8),
        1_000_000,
    )
    assert (claim.run_id, claim.invoice_id, claim.total_minor, claim.state) == (run_id, invoice.id, 1_000_000, "billed")
    [entry] = runs.entries(run_id)
    assert (runs.run(run_id).state, entry.state, entry.invoice_id) == ("posted", "posted", invoice.id)
    assert runs.faults(at("2026-03-01")) == []


def test_the_second_month_is_compared_with_the_first(runs: Runs) -> None:
    stays, leaves, grows, pauses = (runs.subscribed(runs.client(name)) for name in ("A", "B", "C", "D"))
    assert stays
    runs.posted("2026-03-01")
    now = at("2026-03-20")
    service.cancel(runs.owner, leaves, ends_on=date(2026, 4, 1), reason="", now=now)
    service.pause(runs.owner, pauses, since=date(2026, 4, 1), until=date(2026, 6, 15), reason="", now=now)
    runs.subscribed(runs.client("E"), starts_on=date(2026, 4, 1))
    with writing():
        item = db.session.scalar(select(SubscriptionItem).where(SubscriptionItem.subscription_id == grows))
        assert item is not None
        db.session.add(
            SubscriptionItem(
                business_id=runs.id, subscription_id=grows, position=1, title="Second uplink", unit="", detail="",
                quantity=Decimal(1), price=Decimal(5_000), since=date(2026, 4, 1), created_at=now,
            )
        )  # fmt: skip
    run_id = runs.planned("2026-04-01")
    lines = queries.runs.after(runs.id, run_id, None, 99)
    told = {line.client_name: (line.entry.kind, line.entry.why, line.entry.odd) for line in lines}
    assert told == {
        "A": ("same", "", ""),
        "B": ("gone", "Cancelled, last day 31 March 2026", ""),
        "C": ("changed", "Second uplink from 1 April 2026", "jump"),
        "D": ("gone", "Paused until 15 June 2026", ""),
        "E": ("new", "Starts 1 April 2026", ""),
    }
    sums = runs.run(run_id).totals["NGN"]
    assert sums["before"] == [4, 4_000_000]
    assert (sums["new"], sums["gone"], sums["changed"]) == ([1, 1_000_000], [2, -2_000_000], [1, 500_000])
    assert sums["now"] == [3, 3_500_000]
    [odd] = queries.runs.odd_ones(runs.id, run_id).items
    assert odd.entry.words == "₦10,000.00 → ₦15,000.00, half as much more. Second uplink from 1 April 2026"


def test_nobody_approves_what_nobody_looked_at_or_what_changed(runs: Runs) -> None:
    runs.policy(approve_alone=False, missed="ask")
    runs.subscribed()
    run_id = runs.planned("2026-04-01")
    version = runs.run(run_id).version
    with pytest.raises(Invalid) as caught:
        service.approve(runs.owner, run_id, version=version, looked=False, now=at("2026-04-01"))
    assert list(caught.value.errors) == ["looked"]
    [odd] = queries.runs.odd_ones(runs.id, run_id).items
    service.decide(runs.owner, run_id, odd.entry.id, "bill", was="", now=at("2026-04-01"))
    with pytest.raises(StaleRun):
        service.approve(runs.owner, run_id, version=version, looked=True, now=at("2026-04-01"))
    service.approve(runs.owner, run_id, version=runs.run(run_id).version, looked=True, now=at("2026-04-01"))
    with pytest.raises(WrongRun):
        service.discard(runs.owner, run_id, now=at("2026-04-01"))


def test_a_period_waits_in_one_run_and_is_free_again_when_that_is_discarded(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    runs.subscribed()
    first, second = runs.planned("2026-03-01"), runs.planned("2026-03-01")
    assert [len(runs.entries(one)) for one in (first, second)] == [1, 0]
    service.discard(runs.owner, first, now=at("2026-03-01"))
    service.plan_again(runs.owner, second, now=at("2026-03-01"))
    while running.plan_next(runs.id, second, now=at("2026-03-01"), by_job=False):
        pass
    assert len(runs.entries(second)) == 1


def test_several_of_a_client_share_an_invoice(runs: Runs) -> None:
    client = runs.client()
    for changes in ({}, {}, {"apart": True}):
        runs.subscribed(client, **changes)
    run_id = runs.planned("2026-03-01")
    assert runs.run(run_id).totals["NGN"]["now"] == [2, 3_000_000]
    runs.approve(run_id, at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))
    assert sorted(invoice.total_minor for invoice in runs.invoices()) == [1_000_000, 2_000_000]
    assert runs.run(run_id).totals["NGN"]["now"] == [2, 3_000_000]


def test_what_came_out_different_is_left_for_the_next_run(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    billed, paused, dearer = (runs.subscribed(runs.client(name)) for name in "ABC")
    run_id = runs.planned("2026-03-01")
    runs.approve(run_id, at("2026-03-01"))
    service.bill_subscription(runs.owner, billed, date(2026, 3, 1), now=at("2026-03-01"))
    service.pause(runs.owner, paused, since=date(2026, 3, 1), until=None, reason="", now=at("2026-03-01"))
    with writing():
        item = db.session.scalar(select(SubscriptionItem).where(SubscriptionItem.subscription_id == dearer))
        assert item is not None
        item.price = Decimal(11_000)
    runs.post(run_id, at("2026-03-01"))
    lines = queries.runs.after(runs.id, run_id, None, 99)
    told = {line.client_name: (line.entry.state, line.entry.problem) for line in lines}
    assert told == {
        "A": ("left_out", run_posting.NOT_DUE),
        "B": ("left_out", run_posting.NOT_DUE),
        "C": ("left_out", "It comes to ₦11,000.00 now, and ₦10,000.00 was approved."),
    }
    assert runs.run(run_id).state == "posted"
    [entry] = runs.entries(runs.planned("2026-03-01"))
    assert (entry.subscription_id, entry.now_minor) == (dearer, 1_100_000)


def test_messages_wait_for_the_bill_day_and_the_hold(runs: Runs) -> None:
    runs.policy(review_days=5, hold_hours=4)
    runs.subscribed()
    run_id = runs.posted("2026-03-01", now=at("2026-02-26"))
    run = runs.run(run_id)
    assert run.send_at == at("2026-03-01", 8), "nine o'clock in Lagos on the first"
    runs.send(run_id, at("2026-02-28", 23))
    assert messages() == []
    runs.send(run_id, at("2026-03-01", 8))
    assert messages() == [runs.invoices()[0].id]
    assert (runs.run(run_id).state, runs.run(run_id).sent_at) == ("sent", at("2026-03-01", 8))
    with pytest.raises(WrongRun):
        service.reverse(runs.owner, run_id, "Too late", now=at("2026-03-01", 8))


def test_a_hold_keeps_messages_back_after_posting(runs: Runs) -> None:
    runs.policy(hold_hours=24)
    runs.subscribed()
    run_id = runs.posted("2026-03-01", now=at("2026-03-01", 12))
    runs.send(run_id, at("2026-03-02", 11))
    assert messages() == []
    runs.send(run_id, at("2026-03-02", 12))
    assert len(messages()) == 1


def test_what_somebody_sent_by_hand_is_not_sent_again(runs: Runs) -> None:
    runs.subscribed()
    run_id = runs.posted("2026-03-01")
    send(runs.owner, runs.invoices()[0].id, now=at("2026-03-01"))
    runs.send(run_id, at("2026-03-01", 10))
    assert len(messages()) == 1


def test_a_run_is_reversed_as_a_whole_and_its_periods_are_billed_anew(runs: Runs) -> None:
    items = (ItemValues("Home", plan_id=runs.plan), ItemValues("Set-up", price=Decimal(3_000), once=True))
    paying, owing = runs.subscribed(runs.client("A"), items=items), runs.subscribed(runs.client("B"))
    assert owing
    run_id = runs.posted("2026-03-01")
    of_paying = next(one for one in runs.invoices() if one.total_minor == 1_300_000)
    amount = Money(1_300_000, "NGN")
    record_payment(runs.owner, of_paying.id, amount, "cash", date(2026, 3, 1), now=at("2026-03-01"))
    runs.reverse(run_id, at("2026-03-01"))
    run = runs.run(run_id)
    assert (run.state, run.reason) == ("reversed", "Wrong prices")
    assert {one.state for one in runs.entries(run_id)} == {"reversed"}
    assert all(claim.reversed_at for claim in runs.claims())
    assert [(one.balance_minor, one.credited_minor) for one in runs.invoices()] == [
        (0, one.total_minor) for one in runs.invoices()
    ]
    credit = {note.client_id: note.unallocated_minor for note in db.session.scalars(select(CreditNote))}
    assert sorted(credit.values()) == [0, 1_300_000], "what was paid is the client's credit"
    assert messages() == []
    assert runs.faults(at("2026-03-01")) == []
    again = runs.planned("2026-03-01", at("2026-03-01"), by_person=False)
    assert runs.run(again).state == "review", "what was reversed once is not billed again by itself"
    assert {entry.odd for entry in runs.entries(again)} == {"reversed"}
    runs.approve(again, at("2026-03-01"))
    runs.post(again, at("2026-03-01"))
    billed = {claim.subscription_id: claim.total_minor for claim in runs.claims() if claim.reversed_at is None}
    assert billed[paying] == 1_300_000, "what is paid once is billed again, too"
    assert runs.faults(at("2026-03-01")) == []


def test_a_run_needs_a_reason_to_be_reversed(runs: Runs) -> None:
    runs.subscribed()
    run_id = runs.posted("2026-03-01")
    with pytest.raises(Invalid):
        service.reverse(runs.owner, run_id, " ", now=at("2026-03-01"))


def test_jobs_take_a_run_all_the_way(runs: Runs) -> None:
    runs.subscribed()
    today = clock.today("UTC")
    run_id = service.start_run(runs.owner, today, now=at(str(today))).id
    jobs.run_all()
    assert runs.run(run_id).state == "review", "what a person starts is looked at by a person"
    runs.approve(run_id, at(str(today)))
    jobs.run_all()
    assert runs.run(run_id).state in ("posted", "sent")
    assert runs.invoices()


def test_nothing_is_billed_by_itself_where_nobody_showed_that_their_address_is_theirs(runs: Runs) -> None:
    runs.subscribed()
    with writing():
        db.session.execute(update(Person).values(verified_at=None))
    run_id = runs.planned("2026-03-01", by_person=False)
    assert runs.run(run_id).state == "review"


def test_a_run_of_a_far_day_is_refused(runs: Runs) -> None:
    with pytest.raises(Invalid, match="92 days"):
        service.start_run(runs.owner, date(2046, 3, 1), now=at("2026-03-01"))


def test_what_was_decided_meanwhile_is_seen_before_it_is_approved(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    runs.subscribed()
    run_id = runs.planned("2026-03-01")
    seen, [entry] = runs.run(run_id).version, runs.entries(run_id)
    service.decide(runs.owner, run_id, entry.id, "skip", was="", now=at("2026-03-01"))
    for late in (service.discard, service.plan_again):
        with pytest.raises(StaleRun):
            late(runs.owner, run_id, now=at("2026-03-01"), version=seen)
    with pytest.raises(StaleRun):
        service.approve(runs.owner, run_id, version=seen, looked=True, now=at("2026-03-01"))


def test_another_business_finds_none_of_it(runs: Runs, savannah: Tenant) -> None:
    runs.policy(approve_alone=False)
    runs.subscribed()
    run_id = runs.planned("2026-03-01")
    [entry] = runs.entries(run_id)
    now = at("2026-03-01")
    for attempt in (
        lambda: service.approve(savannah.owner, run_id, version=None, looked=True, now=now),
        lambda: service.discard(savannah.owner, run_id, now=now),
        lambda: service.plan_again(savannah.owner, run_id, now=now),
        lambda: service.reverse(savannah.owner, run_id, "x", now=now),
        lambda: service.decide(savannah.owner, run_id, entry.id, "bill", was="", now=now),
        lambda: queries.get_run(savannah.business_id, run_id),
        lambda: service.bill_subscription(savannah.owner, entry.subscription_id, date(2026, 3, 1), now=now),
    ):
        with pytest.raises(NotFound):
            attempt()
