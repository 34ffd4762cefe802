"""What is odd about a period, and what the policy and people make of it."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from app.auth.rules import NotAllowed
from app.billing import queries, service
from app.billing.errors import StaleDecision, StalePolicy
from app.billing.models import BillingRun, ParkedClient, RunEntry, Subscription
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.runs import PolicyValues
from app.billing.rules.subscriptions import ItemValues
from app.billing.service import running
from app.billing.service.awaiting import awaited
from app.database import writing
from app.errors import Invalid, NotFound
from app.extensions import db
from tests.integration.billing.runs import Runs, at
from tests.support.tenants import Tenant


@pytest.fixture
def runs(harmattan: Tenant) -> Runs:
    return Runs(harmattan)


def told(runs: Runs, run_id: uuid.UUID) -> list[tuple[str, str, str, str]]:
    """(period, odd, does, state) of each entry."""
    return [(str(one.period_start), one.odd, one.does, one.state) for one in runs.entries(run_id)]


def change(subscription_id: uuid.UUID, **values: Any) -> None:
    with writing():
        db.session.execute(update(Subscription).where(Subscription.id == subscription_id).values(**values))


def claims(runs: Runs) -> list[tuple[str, str]]:
    return [(str(claim.period_start), claim.state) for claim in runs.claims()]


def next_day(subscription_id: uuid.UUID) -> date | None:
    db.session.rollback()
    return db.session.scalar(select(Subscription.next_bill_on).where(Subscription.id == subscription_id))


# --- missed periods ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "missed, does, claimed",
    [
        ("all", ["bill", "bill", "bill"], ["billed", "billed", "billed"]),
        ("latest", ["skip", "skip", "bill"], ["skipped", "skipped", "billed"]),
        ("ask", ["leave", "leave", "bill"], ["billed"]),
    ],
)
def test_missed_periods_are_listed_and_treated_as_the_policy_says(
    runs: Runs, missed: str, does: list[str], claimed: list[str]
) -> None:
    runs.policy(missed=missed, approve_alone=False)
    subscription = runs.subscribed()
    run_id = runs.planned("2026-05-20")
    assert [one.does for one in runs.entries(run_id)] == does
    assert [one.odd for one in runs.entries(run_id)] == ["missed", "missed", ""]
    runs.approve(run_id, at("2026-05-20"))
    runs.post(run_id, at("2026-05-20"))
    assert [state for _, state in claims(runs)] == claimed
    assert next_day(subscription) == (date(2026, 3, 1) if missed == "ask" else date(2026, 6, 1))
    assert [str(one.issue_date) for one in runs.invoices()] == {
        "all": ["2026-03-01", "2026-04-01", "2026-05-01"], "latest": ["2026-05-01"], "ask": ["2026-05-01"],
    }[missed]  # fmt: skip
    assert runs.faults(at("2026-05-20")) == []


@pytest.mark.parametrize("by_person", [True, False])
def test_what_was_missed_stays_out_of_every_run_until_somebody_decides(runs: Runs, by_person: bool) -> None:
    runs.policy(missed="ask")
    subscription = runs.subscribed()
    runs.posted("2026-05-20")
    out = [("2026-03-01", "missed", "leave", "left_out"), ("2026-04-01", "missed", "leave", "left_out")]
    one = queries.agreement_of(runs.id, subscription)
    shown = awaited(one, date(2026, 5, 21), date(2026, 7, 1))
    assert [str(period.start) for period in shown.missed] == ["2026-03-01", "2026-04-01"]
    assert [str(bill.on) for bill in shown.bills] == ["2026-06-01", "2026-07-01"]
    for day, new in (("2026-06-01", "2026-06-01"), ("2026-07-01", "2026-07-01")):
        run_id = runs.planned(day, by_person=by_person)
        runs.approve(run_id, at(day))
        runs.post(run_id, at(day))
        assert told(runs, run_id) == [*out, (new, "", "bill", "posted")]
    run_id = runs.planned("2026-07-02")
    for entry, decision in zip(runs.entries(run_id), ("bill", "skip"), strict=True):
        service.decide(runs.owner, run_id, entry.id, decision, was="", now=at("2026-07-02"))
    runs.approve(run_id, at("2026-07-02"))
    runs.post(run_id, at("2026-07-02"))
    assert claims(runs)[:2] == [("2026-03-01", "billed"), ("2026-04-01", "skipped")]


def test_only_the_latest_is_billed_in_every_run(runs: Runs) -> None:
    runs.policy(missed="latest")
    runs.subscribed()
    for day in ("2026-05-20", "2026-05-21", "2026-08-02"):
        runs.posted(day)
    assert [str(one.issue_date) for one in runs.invoices()] == ["2026-05-01", "2026-08-01"]


@pytest.mark.parametrize("missed", ["latest", "ask"])
def test_what_was_reversed_before_a_later_bill_waits_for_a_word(runs: Runs, missed: str) -> None:
    runs.policy(missed=missed, hold_hours=72)
    runs.subscribed()
    march = runs.posted("2026-03-01", at("2026-03-30"))
    runs.posted("2026-04-01")
    runs.reverse(march, at("2026-04-01", 12))
    again = runs.planned("2026-04-02")
    assert told(runs, again) == [("2026-03-01", "reversed", "leave", "planned")]
    [entry] = runs.entries(again)
    service.decide(runs.owner, again, entry.id, "bill", was="", now=at("2026-04-02"))
    runs.approve(again, at("2026-04-02"))
    runs.post(again, at("2026-04-02"))
    assert told(runs, again) == [("2026-03-01", "reversed", "bill", "posted")]


def test_periods_to_come_are_not_missed(runs: Runs) -> None:
    runs.policy(missed="ask", approve_alone=False)
    runs.subscribed()
    assert [one[1] for one in told(runs, runs.planned("2026-05-20", at("2026-02-25")))] == ["", "", ""]


def test_several_days_down_are_caught_up_by_the_next_day(runs: Runs) -> None:
    runs.subscribed(cycle_unit="day", anchor_day=None, items=_own(100))
    for day in ("2026-03-01", "2026-03-05"):
        running.begin_day(runs.id, at(day))
        [run] = db.session.scalars(select(BillingRun).where(BillingRun.state == "planning"))
        run_id = run.id
        while running.plan_next(runs.id, run_id, now=at(day), by_job=False):
            pass
        runs.post(run_id, at(day))
    days = [date(2026, 3, 1) + timedelta(days=number) for number in range(5)]
    assert [one.issue_date for one in runs.invoices()] == days


def _own(price: int, quantity: int = 1) -> tuple[ItemValues, ...]:
    return (ItemValues("Thing", Decimal(quantity), Decimal(price)),)


# --- suspended --------------------------------------------------------------------------------------------------------


def test_what_is_suspended_is_never_billed_unless_somebody_says_so(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    kept, billed = runs.subscribed(runs.client("A")), runs.subscribed(runs.client("B"))
    for one in (kept, billed):
        change(one, suspended_at=at("2026-02-20"))
    run_id = runs.planned("2026-03-01")
    assert told(runs, run_id) == [("2026-03-01", "suspended", "skip", "planned")] * 2
    [first, second] = queries.runs.odd_ones(runs.id, run_id).items
    assert first.entry.words == "Suspended since 20 February 2026. The policy says: do not bill."
    service.decide(runs.owner, run_id, second.entry.id, "bill", was="", now=at("2026-03-01"))
    runs.approve(run_id, at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))
    [invoice] = runs.invoices()
    assert invoice.client_id == second.entry.client_id
    assert sorted(state for _, state in claims(runs)) == ["billed", "skipped"]
    change(kept, suspended_at=None)
    assert told(runs, runs.planned("2026-03-20")) == [], "it is not billed afterwards by surprise"


def test_a_policy_may_bill_what_is_suspended_and_a_period_from_before_is_billed_anyway(runs: Runs) -> None:
    runs.subscribed()
    change(runs.entries(runs.planned("2026-03-01"))[0].subscription_id, suspended_at=at("2026-03-02"))
    with writing():
        db.session.execute(update(RunEntry).values(state="discarded"))
    assert told(runs, runs.planned("2026-04-01", at("2026-04-01")))[0][1:3] == ("missed", "bill")
    with writing():
        db.session.execute(update(RunEntry).values(state="discarded"))
    runs.policy(bill_suspended=True)
    assert [one[2] for one in told(runs, runs.planned("2026-04-01"))] == ["bill", "bill"]


@pytest.mark.parametrize("decision", ["", "right"])
def test_who_is_restored_after_the_plan_is_billed_by_the_next_run(runs: Runs, decision: str) -> None:
    subscription = runs.subscribed()
    runs.posted("2026-03-01")
    service.suspend(runs.owner, subscription, reason="Not paid", now=at("2026-03-20"))
    run_id = runs.planned("2026-04-01", at("2026-03-28"))
    if decision:
        [entry] = runs.entries(run_id)
        service.decide(runs.owner, run_id, entry.id, decision, was="", now=at("2026-03-28"))
    service.restore(runs.owner, subscription, reason="Paid", now=at("2026-03-30"))
    runs.approve(run_id, at("2026-04-01"))
    runs.post(run_id, at("2026-04-01"))
    assert told(runs, run_id) == [("2026-04-01", "suspended", "skip", "left_out")]
    runs.posted("2026-04-02")
    assert claims(runs) == [("2026-03-01", "billed"), ("2026-04-01", "billed")]


def test_what_got_a_price_after_the_plan_is_billed_by_the_next_run(runs: Runs) -> None:
    price = PriceValues("NGN", Decimal(0), date(2026, 1, 1))
    free = service.create_plan(
        runs.owner, PlanValues("Free", anchor_day=1), price, today=date(2026, 1, 1), now=at("2026-03-01")
    ).id
    runs.subscribed(items=(ItemValues("Free", plan_id=free),))
    runs.posted("2026-03-01")
    run_id = runs.planned("2026-04-01", at("2026-03-28"))
    dearer = PriceValues("NGN", Decimal(5_000), date(2026, 4, 1))
    service.set_price(runs.owner, free, dearer, today=date(2026, 3, 29), now=at("2026-03-29"))
    runs.approve(run_id, at("2026-04-01"))
    runs.post(run_id, at("2026-04-01"))
    assert told(runs, run_id) == [("2026-04-01", "", "skip", "left_out")]
    runs.posted("2026-04-02")
    assert claims(runs) == [("2026-03-01", "skipped"), ("2026-04-01", "billed")]


def test_who_is_suspended_after_the_plan_is_left_out(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    subscription = runs.subscribed()
    run_id = runs.planned("2026-03-01")
    runs.approve(run_id, at("2026-03-01"))
    change(subscription, suspended_at=at("2026-02-27"))
    runs.post(run_id, at("2026-03-01"))
    assert told(runs, run_id) == [("2026-03-01", "", "bill", "left_out")]


# --- what cannot be ---------------------------------------------------------------------------------------------------


def test_who_has_no_price_stops_nobody_else_and_is_tried_again(runs: Runs) -> None:
    spoilt, _ = runs.subscribed(runs.client("A")), runs.subscribed(runs.client("B"))
    change(spoilt, currency="USD")
    run_id = runs.posted("2026-03-01")
    assert sorted(one[1:] for one in told(runs, run_id)) == [("", "bill", "posted"), ("price", "leave", "failed")]
    assert runs.run(run_id).failed == 1
    with pytest.raises(NotFound):
        queries.get_run(runs.id, runs.planned("2026-03-01", by_person=False))
    change(spoilt, currency="NGN")
    again = runs.planned("2026-03-01", by_person=False)
    runs.post(again, at("2026-03-01"))
    assert len(runs.invoices()) == 2
    assert runs.faults(at("2026-03-01")) == []


def test_nobody_bills_what_has_no_price(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    change(runs.subscribed(), currency="USD")
    run_id = runs.planned("2026-03-01")
    [entry] = runs.entries(run_id)
    with pytest.raises(Invalid):
        service.decide(runs.owner, run_id, entry.id, "bill", was="", now=at("2026-03-01"))


def test_an_invoice_that_cannot_be_made_fails_alone(runs: Runs) -> None:
    runs.subscribed(runs.client("A"))
    runs.subscribed(runs.client("B"), items=_own(900_000_000_000, 11), apart=True)
    broken = runs.client("C")
    for _ in range(2):
        runs.subscribed(broken, items=_own(900_000_000_000, 11))
    run_id = runs.posted("2026-03-01")
    states = sorted((line.client_name, line.entry.state) for line in queries.runs.after(runs.id, run_id, None, 9))
    assert states == [("A", "posted"), ("B", "posted"), ("C", "failed"), ("C", "failed")]
    assert runs.faults(at("2026-03-01")) == []


def test_who_cannot_be_reached_is_billed_and_told_of(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    runs.subscribed(runs.client("A", email=""))
    runs.subscribed(runs.client("B"))
    assert sorted(one[1:3] for one in told(runs, runs.planned("2026-03-01"))) == [("", "bill"), ("unreachable", "bill")]


def test_more_than_a_cycle_allows_parks_the_client_until_somebody_lets_go(runs: Runs) -> None:
    client = runs.client()
    subscription = runs.subscribed(client, cycle_unit="day", anchor_day=None, items=_own(10))
    runs.posted("2026-03-10")
    change(subscription, cycle_unit="month", anchor_on=date(2026, 3, 11), anchor_day=11, next_bill_on=date(2026, 3, 11))
    run_id = runs.posted("2026-03-11")
    assert told(runs, run_id) == [("2026-03-11", "runaway", "leave", "parked")]
    assert len(runs.invoices()) == 10, "nothing more is billed"
    [(row, name)] = queries.parked(runs.id)
    assert (row.client_id, name) == (client, "Zion Bakery")
    other = runs.subscribed(client)
    parked = runs.planned("2026-03-11")
    assert {one[1] for one in told(runs, parked)} == {"parked"}
    runs.approve(parked, at("2026-03-11"))
    runs.post(parked, at("2026-03-11"))
    service.let_go(runs.owner, client, now=at("2026-03-11"))
    runs.posted("2026-03-11")
    assert len(runs.invoices()) == 12
    assert other
    assert db.session.scalar(select(ParkedClient.let_go_at)) == at("2026-03-11")
    with pytest.raises(NotFound):
        service.let_go(runs.owner, client, now=at("2026-03-11"))


def test_the_items_of_a_subscription_are_counted_in_its_window(runs: Runs) -> None:
    things = (*_own(10), ItemValues("Mail", Decimal(1), Decimal(2)), ItemValues("Backup", Decimal(1), Decimal(3)))
    once = ItemValues("Setup", Decimal(1), Decimal(50), once=True)
    subscription = runs.subscribed(cycle_unit="day", anchor_day=None, items=(*things, once))
    runs.posted("2026-03-10")
    change(subscription, cycle_unit="month", anchor_on=date(2026, 3, 11), anchor_day=11, next_bill_on=date(2026, 3, 11))
    [entry] = runs.entries(runs.planned("2026-03-11"))
    assert (entry.odd, entry.words) == (
        "runaway",
        "33 recurring items of it would be billed within 31 days, and its rhythm allows 9.",
    )


def ended(subscription_id: uuid.UUID, day: date) -> None:
    change(subscription_id, ends_on=day, next_bill_on=None)


def test_one_subscription_after_the_other_parks_the_client_too(runs: Runs) -> None:
    """As a program makes them that begins one anew each time instead of changing it."""
    client = runs.client()
    for day in range(1, 7):
        first = date(2026, 3, day)
        one = runs.subscribed(client, starts_on=first, anchor_day=day)
        runs.posted(str(first))
        ended(one, date(2026, 3, day + 1))
    assert len(runs.invoices()) == 6
    runs.subscribed(client, starts_on=date(2026, 3, 7), anchor_day=7)
    [entry] = runs.entries(runs.posted("2026-03-07"))
    assert (entry.state, entry.words) == (
        "parked",
        "7 recurring items of this client would be billed within 31 days, and their subscriptions allow 6.",
    )
    [(row, _)] = queries.parked(runs.id)
    assert (row.client_id, row.reason) == (client, entry.words)
    service.let_go(runs.owner, client, now=at("2026-03-07"))
    runs.posted("2026-03-07")
    assert len(runs.invoices()) == 7, "what was billed before is not counted any more"


def test_who_has_many_and_keeps_one_is_not_parked(runs: Runs) -> None:
    client = runs.client()
    many = [runs.subscribed(client, starts_on=date(2026, 1, 1)) for _ in range(10)]
    for day in ("2026-01-01", "2026-02-01"):
        runs.posted(day)
    for one in many[1:]:
        ended(one, date(2026, 3, 1))
    assert told(runs, runs.posted("2026-03-01"))[0][1:] == ("", "bill", "posted")


def test_who_paid_by_the_day_and_takes_a_month_is_not_parked(runs: Runs) -> None:
    client = runs.client()
    daily = runs.subscribed(client, cycle_unit="day", anchor_day=None, items=_own(10))
    runs.posted("2026-03-10")
    ended(daily, date(2026, 3, 11))
    runs.subscribed(client, starts_on=date(2026, 3, 11), anchor_day=11)
    assert [one[1:] for one in told(runs, runs.posted("2026-03-11")) if one[2] == "bill"] == [("", "bill", "posted")]
    assert queries.parked(runs.id) == []


# --- decisions --------------------------------------------------------------------------------------------------------


def test_what_somebody_left_out_stays_out_until_they_bill_it(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    subscription = runs.subscribed()
    run_id = runs.planned("2026-03-01")
    [entry] = runs.entries(run_id)
    service.decide(runs.owner, run_id, entry.id, "leave_out", was="", now=at("2026-03-01"))
    assert runs.run(run_id).totals["NGN"]["now"] == [0, 0]
    runs.approve(run_id, at("2026-03-01"))
    runs.post(run_id, at("2026-03-01"))
    runs.policy()
    with pytest.raises(NotFound):
        queries.get_run(runs.id, runs.planned("2026-03-02", by_person=False))
    runs.policy(approve_alone=False)
    by_hand = runs.planned("2026-03-02")
    assert told(runs, by_hand) == [("2026-03-01", "left_out", "leave", "planned")]
    [entry] = runs.entries(by_hand)
    service.decide(runs.owner, by_hand, entry.id, "skip", was="", now=at("2026-03-02"))
    runs.approve(by_hand, at("2026-03-02"))
    runs.post(by_hand, at("2026-03-02"))
    assert claims(runs) == [("2026-03-01", "skipped")]
    assert next_day(subscription) == date(2026, 4, 1)


def test_two_people_do_not_decide_over_each_other(runs: Runs) -> None:
    runs.policy(approve_alone=False)
    runs.subscribed()
    run_id = runs.planned("2026-03-01")
    [entry] = runs.entries(run_id)
    entry_id = entry.id
    service.decide(runs.owner, run_id, entry_id, "leave_out", was="", now=at("2026-03-01"))
    with pytest.raises(StaleDecision):
        service.decide(runs.owner, run_id, entry_id, "bill", was="", now=at("2026-03-01"))
    with pytest.raises(Invalid):
        service.decide(runs.owner, run_id, entry_id, "maybe", was="leave_out", now=at("2026-03-01"))


# --- the policy -------------------------------------------------------------------------------------------------------


def test_the_policy_is_the_admins_and_carries_a_version(runs: Runs) -> None:
    assert queries.policy_of(runs.id) == PolicyValues()
    runs.policy(review_days=3)
    with pytest.raises(StalePolicy):
        service.change_policy(runs.owner, PolicyValues(), version=0, now=at("2026-03-01"))
    with pytest.raises(NotAllowed):
        service.change_policy(runs.tenant.actor("staff"), PolicyValues(), version=1, now=at("2026-03-01"))
    for wrong in (PolicyValues(review_days=31), PolicyValues(hold_hours=73), PolicyValues(missed="some")):
        with pytest.raises(Invalid):
            service.change_policy(runs.owner, wrong, version=1, now=at("2026-03-01"))


def test_a_run_is_planned_ahead_and_approves_itself_when_its_days_are_over(runs: Runs) -> None:
    runs.policy(review_days=5)
    runs.subscribed()
    running.begin_day(runs.id, at("2026-02-24", 8))
    [run] = db.session.scalars(select(BillingRun))
    run_id = run.id
    assert run.as_of == date(2026, 3, 1)
    while running.plan_next(runs.id, run_id, now=at("2026-02-24", 8), by_job=False):
        pass
    assert runs.run(run_id).state == "review"
    running.approve_by_itself(runs.id, run_id, now=at("2026-02-28"))
    assert runs.run(run_id).state == "review"
    running.approve_by_itself(runs.id, run_id, now=at("2026-03-01", 8))
    assert runs.run(run_id).state == "approved"


def test_cards_are_not_charged_for_what_can_still_be_reversed(runs: Runs) -> None:
    runs.policy(hold_hours=48)
    runs.subscribed()
    run_id = runs.posted("2026-03-01")
    ids = [one.id for one in runs.invoices()]
    assert queries.runs.not_charged_yet(runs.id, ids) == set(ids)
    runs.send(run_id, at("2026-03-04"))
    assert queries.runs.not_charged_yet(runs.id, ids) == set()


def test_the_audit_finds_what_a_run_does_not_say(runs: Runs) -> None:
    runs.subscribed()
    run_id = runs.posted("2026-03-01")
    assert runs.faults(at("2026-03-01")) == []
    with writing():
        db.session.execute(update(RunEntry).where(RunEntry.run_id == run_id).values(now_minor=5))
    assert any("but its entries to" in fault for fault in runs.faults(at("2026-03-01")))
    with writing():
        db.session.execute(update(RunEntry).values(now_minor=1_000_000, invoice_id=None))
    assert any("its claim or its invoice is missing" in fault for fault in runs.faults(at("2026-03-01")))


def test_less_than_half_a_coin_is_skipped_and_no_invoice_is_made(runs: Runs) -> None:
    tiny = Decimal("0.000001")
    runs.subscribed(items=(ItemValues("Units", tiny, tiny),))
    run_id = runs.posted("2026-03-01")
    assert told(runs, run_id) == [("2026-03-01", "", "skip", "skipped")]
    assert runs.invoices() == []
    assert runs.faults(at("2026-03-01")) == []
