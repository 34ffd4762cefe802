"""Cancelling and pausing with what comes back, and whatever order changes come in."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.auth.queries import timeline
from app.billing import queries
from app.billing.models import BilledPeriod
from app.billing.service.billing import plan_subscription
from app.billing.service.stopping import cancel_with_credit, pause_with_credit
from app.billing.service.subscriptions import keep, pause, resume
from app.billing.service.wanting import Edit
from app.billing.timeline import moments
from app.errors import Conflict, Invalid
from app.extensions import db
from app.invoices import queries as invoices
from app.invoices.models import CreditNote, Invoice
from tests.support.recurring import APRIL, Story, at
from tests.support.tenants import Tenant


@pytest.fixture
def story(harmattan: Tenant) -> Story:
    return Story(harmattan)


def test_cancelling_at_once_gives_back_what_is_not_used(story: Story) -> None:
    story.bill("2026-04-01")
    cancel_with_credit(story.owner, story.id, ends_on=date(2026, 4, 11), reason="", credit=True, now=at("2026-04-11"))
    assert story.notes() == [("Home 20: 20 of 30 days unused, 33,325.00 with tax × 20 ÷ 30", 2_221_667)]
    assert story.bill("2026-12-01") == []
    assert story.faults() == []


def test_cancelling_without_credit_gives_nothing_back(story: Story) -> None:
    story.bill("2026-04-01")
    cancel_with_credit(story.owner, story.id, ends_on=date(2026, 4, 11), reason="", credit=False, now=at("2026-04-11"))
    assert story.notes() == []


def test_days_that_waited_are_billed_when_it_is_cancelled(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast, at_once=False)
    cancel_with_credit(story.owner, story.id, ends_on=date(2026, 4, 21), reason="", credit=True, now=at("2026-04-21"))
    assert story.net() == 1_110_833 + 2_150_000
    assert story.faults() == []


def test_a_cancelling_with_credit_that_is_called_off_is_billed_again(story: Story) -> None:
    story.bill("2026-04-01")
    cancel_with_credit(story.owner, story.id, ends_on=date(2026, 4, 21), reason="", credit=True, now=at("2026-04-11"))
    keep(story.owner, story.id, now=at("2026-04-12"))
    [rest] = story.bill("2026-04-30")
    assert rest.issue_date == date(2026, 4, 21)
    assert story.net() == 3_332_500
    assert story.faults() == []


def test_a_pause_with_credit_and_days_after_it_are_billed_anew(story: Story) -> None:
    story.bill("2026-04-01")
    days = {"since": date(2026, 4, 11), "until": date(2026, 4, 21)}
    pause_with_credit(story.owner, story.id, **days, reason="", credit=True, now=at("2026-04-11"))
    [rest] = story.bill("2026-04-30")
    assert story.lines(rest)[0][1] == "21–30 April 2026\n10 of 30 days: 31,000.00 × 10 ÷ 30"
    assert story.net() == 2 * 1_110_833
    assert story.faults() == []


@pytest.mark.parametrize("credit", [True, False])
def test_the_trail_of_a_pause_names_once_what_it_gave_back(story: Story, credit: bool) -> None:
    story.bill("2026-04-01")
    days = {"since": date(2026, 4, 11), "until": date(2026, 4, 21)}
    pause_with_credit(story.owner, story.id, **days, reason="", credit=credit, now=at("2026-04-11"))
    found = [event for event in timeline(story.business_id, "subscription", story.id) if event.verb == "paused"]
    [moment] = moments(found, lambda day: f"{day:%-d %B}")
    said = ["from 11 April", "goes on again on 21 April", *(["₦22,216.67 credited"] if credit else []), "by Ada"]
    assert (moment.title, moment.text) == ("Paused", ", ".join(said))
    told = {"credited": "₦22,216.67", "credit_notes": "CN-2026-0001"} if credit else {}
    assert found[0].facts == {"since": "2026-04-11", "until": "2026-04-21"} | told
    assert [minor for _, minor in story.notes()] == ([2_221_667] if credit else [])
    assert story.faults() == []


@pytest.mark.parametrize("credit", [True, False])
def test_the_trail_of_a_cancelling_names_once_what_it_gave_back(story: Story, credit: bool) -> None:
    story.bill("2026-04-01")
    ends = {"ends_on": date(2026, 4, 11), "reason": "Moves"}
    cancel_with_credit(story.owner, story.id, **ends, credit=credit, now=at("2026-04-11"))
    found = [event for event in timeline(story.business_id, "subscription", story.id) if event.verb == "cancelled"]
    [moment] = moments(found, lambda day: f"{day:%-d %B}")
    said = ["last day 10 April", *(["₦22,216.67 credited"] if credit else []), "Moves", "by Ada"]
    assert moment.text == ", ".join(said)
    assert ("credit_notes" in found[0].facts) == credit


def test_a_pause_of_days_that_nobody_paid_for_names_no_credit(story: Story) -> None:
    pause_with_credit(story.owner, story.id, since=APRIL, until=None, reason="", credit=True, now=at("2026-03-30"))
    [paused] = [event for event in timeline(story.business_id, "subscription", story.id) if event.verb == "paused"]
    assert paused.facts == {"since": "2026-04-01", "until": None}


def test_a_pause_without_credit_is_not_billed_twice_when_it_ends(story: Story) -> None:
    story.bill("2026-04-01")
    pause(story.owner, story.id, since=date(2026, 4, 11), until=None, reason="", now=at("2026-04-11"))
    resume(story.owner, story.id, on=date(2026, 4, 21), now=at("2026-04-21"))
    assert story.bill("2026-04-30") == []
    assert [str(one.issue_date) for one in story.bill("2026-05-01")] == ["2026-05-01"]
    assert story.faults() == []


def test_days_of_a_pause_that_was_called_off_are_billed_after_all(story: Story) -> None:
    pause(story.owner, story.id, since=date(2026, 4, 11), until=None, reason="", now=at("2026-03-30"))
    story.bill("2026-04-01")
    resume(story.owner, story.id, on=date(2026, 4, 11), now=at("2026-04-05"))
    [rest] = story.bill("2026-04-30")
    assert (rest.issue_date, story.net()) == (date(2026, 4, 11), 3_332_500)
    assert story.faults() == []


def test_pausing_from_the_first_day_frees_it_for_later(story: Story) -> None:
    story.bill("2026-04-01")
    pause_with_credit(story.owner, story.id, since=APRIL, until=None, reason="", credit=True, now=at("2026-04-01"))
    assert story.net() == 0
    resume(story.owner, story.id, on=date(2026, 4, 1), now=at("2026-04-01"))
    story.bill("2026-04-01")
    assert story.net() == 3_332_500
    assert story.faults() == []


def test_the_claims_say_which_days_were_given_back(story: Story) -> None:
    story.bill("2026-04-01")
    pause_with_credit(story.owner, story.id, since=date(2026, 4, 11), until=None, reason="", credit=True,
                      now=at("2026-04-11"))  # fmt: skip
    [claim] = db.session.scalars(select(BilledPeriod).where(BilledPeriod.subscription_id == story.id))
    assert claim.credited_from == date(2026, 4, 11)
    until = date(2027, 1, 1)
    assert plan_subscription(story.business_id, story.id, until) == []


STEPS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(["home", "fast", "more", "less", "addon", "own", "pause", "resume", "bill"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=9,
)


@pytest.mark.engines("sqlite")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, ahead=st.booleans())
def test_whatever_is_changed_each_day_is_paid_once_at_its_price(harmattan: Tenant, steps, ahead) -> None:  # noqa: C901  (a story in one piece)
    """What was billed less what was given back is the sum over the days of what was held, within one unit a line."""
    story = Story(harmattan, taxed=False, ahead=ahead)
    day, prices = APRIL, {story.home: 31_000, story.fast: 60_000, story.address: 3_000}
    worth: dict[date, Decimal] = {}
    paused = False

    def held() -> Decimal:
        one = queries.agreement_of(story.business_id, story.id)
        return sum(
            (item.quantity * (prices[item.plan_id] if item.price is None else item.price)
             for item in one.items if item.held(day)), Decimal(0)
        )  # fmt: skip

    story.bill(day)
    for wait, what, at_once in steps:
        for _ in range(wait):
            worth[day] = Decimal(0) if paused else held()
            day += timedelta(days=1)
            story.bill(day)
        now = str(day)
        try:
            items = [item for item in story.items() if item.until is None and not item.once]
            if what in ("home", "fast"):
                story.change(now, getattr(story, what), at_once=at_once)
            elif what in ("more", "less"):
                change_by = 1 if what == "more" else -1
                story.edit(now, {items[0].id: Edit(items[0].quantity + change_by, items[0].price)}, at_once=at_once)
            elif what == "addon":
                story.edit(now, {}, {story.address: Decimal(1)}, at_once=at_once)
            elif what == "own":
                story.edit(now, {items[0].id: Edit(items[0].quantity, Decimal("777.77"))}, at_once=at_once)
            elif what == "pause":
                pause_with_credit(story.owner, story.id, since=day, until=None, reason="", credit=True, now=at(day))
                paused = True
            elif what == "resume" and paused:
                resume(story.owner, story.id, on=day, now=at(day))
                paused = False
            story.bill(day)
        except (Invalid, Conflict):
            db.session.rollback()
    worth[day] = Decimal(0)
    if paused:
        resume(story.owner, story.id, on=day, now=at(day))
    cancel_with_credit(story.owner, story.id, ends_on=day, reason="", credit=True, now=at(day))
    story.bill(day + timedelta(days=40))
    db.session.rollback()
    meant = sum(
        (price * 100 / Decimal((date(at_.year + at_.month // 12, at_.month % 12 + 1, 1) - at_.replace(day=1)).days)
         for at_, price in worth.items()), Decimal(0)
    )  # fmt: skip
    mine = select(Invoice.id).where(Invoice.business_id == story.business_id, Invoice.client_id == story.client)
    made = list(db.session.scalars(mine))
    lines = sum(len(invoices.contents(story.business_id, id).lines) for id in made)
    units = max((int(item.quantity) for item in story.items()), default=1)
    billed = db.session.scalar(select(func.sum(Invoice.total_minor)).where(Invoice.id.in_(made))) or 0
    back = db.session.scalar(select(func.sum(CreditNote.total_minor)).where(CreditNote.invoice_id.in_(made))) or 0
    assert abs(billed - back - meant) <= lines * units
    assert back <= billed
    assert story.faults() == []
