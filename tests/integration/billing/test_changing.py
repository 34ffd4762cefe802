"""What is paid for changes while it runs: unused days come back, new days are billed, and nothing twice or never."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.billing import queries, service
from app.billing.models import BilledDays, BilledPeriod, SubscriptionItem
from app.billing.queries.changes import planned_change
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.applying import OtherOutcome, call_off, change
from app.billing.service.billing import bill_client, plan_subscription
from app.billing.service.changing import Outcome, work_out
from app.billing.service.stopping import cancel_with_credit, pause_with_credit
from app.billing.service.subscriptions import keep, pause, resume
from app.billing.service.wanting import AnotherComes, Edit, ItemsWish, PlanWish, other_things, to_plan
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.errors import Conflict, Invalid, NotFound
from app.extensions import db
from app.invoices import queries as invoices
from app.invoices import service as invoicing
from app.invoices.models import CreditNote, Invoice
from app.reports.checks import violations
from tests.support.tenants import Tenant

OPENED = datetime(2026, 1, 2, 9, tzinfo=UTC)
APRIL = date(2026, 4, 1)


def at(day: date | str) -> datetime:
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


class Story:
    """A business with plans, and one client who has one of them from the first of April on."""

    def __init__(self, tenant: Tenant, *, taxed: bool = True, **changes: object) -> None:
        self.tenant, self.owner, self.business_id = tenant, tenant.owner, tenant.business_id
        vat = catalog.create_tax(tenant.owner, TaxValues("VAT", Decimal("7.5")), now=OPENED).id
        self.taxes = (vat,) if taxed else ()
        self.home, self.fast = self.plan("Home 20", 31_000, 5_000), self.plan("Home 50", 60_000, 8_000)
        self.address = self.plan("Fixed address", 3_000, kind="addon")
        self.client = create_client(tenant.owner, ClientValues("Zion", email="pay@zion.example"), now=OPENED).id
        values = SubscriptionValues(
            self.client, "Home", "NGN", APRIL, (ItemValues("Home 20", plan_id=self.home),), anchor_day=1, terms_days=7
        )
        self.id = service.subscribe(tenant.owner, replace(values, **changes), now=OPENED).id  # type: ignore[arg-type]

    def plan(self, name: str, price: int, setup: int = 0, **changes: object) -> uuid.UUID:
        values = replace(PlanValues(name, anchor_day=1, tax_ids=self.taxes), **changes)  # type: ignore[arg-type]
        cost = PriceValues("NGN", Decimal(price), OPENED.date(), Decimal(setup))
        return service.create_plan(self.owner, values, cost, today=OPENED.date(), now=OPENED).id

    def bill(self, as_of: str | date) -> list[Invoice]:
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        return bill_client(self.owner, self.client, day, send=False, now=at(day))

    def change(self, day: str, plan_id: uuid.UUID, since: str | None = None, **wish: object) -> Outcome:
        wanted = PlanWish(plan_id, date.fromisoformat(since or day), **wish)  # type: ignore[arg-type]
        return change(
            self.owner, self.id, lambda one, today: to_plan(self.business_id, one, wanted, today), now=at(day)
        )

    def edit(self, day: str, edits: dict[uuid.UUID, Edit], adds: dict[uuid.UUID, Decimal] | None = None,
             **wish: object) -> Outcome:  # fmt: skip
        wanted = ItemsWish(date.fromisoformat(day), edits, adds or {}, **wish)  # type: ignore[arg-type]
        return change(
            self.owner, self.id, lambda one, today: other_things(self.business_id, one, wanted, today), now=at(day)
        )

    def items(self) -> list[SubscriptionItem]:
        db.session.rollback()
        query = select(SubscriptionItem).where(SubscriptionItem.subscription_id == self.id)
        return list(db.session.scalars(query.order_by(SubscriptionItem.since, SubscriptionItem.id)))

    def notes(self) -> list[tuple[str, int]]:
        db.session.rollback()
        query = select(CreditNote).where(CreditNote.business_id == self.business_id).order_by(CreditNote.issued_at)
        return [(note.reason, note.total_minor) for note in db.session.scalars(query)]

    def invoices(self) -> list[Invoice]:
        db.session.rollback()
        query = select(Invoice).where(Invoice.business_id == self.business_id)
        return list(db.session.scalars(query.order_by(Invoice.issue_date, Invoice.id)))

    def lines(self, invoice: Invoice) -> list[tuple[str, str, int]]:
        stored = invoices.contents(self.business_id, invoice.id).lines
        return [(line.title, line.detail, line.total_minor) for line in stored]

    def faults(self) -> list[str]:
        db.session.rollback()
        return [str(found.sentence) for found in violations([self.business_id], at("2026-07-01"))]

    def net(self) -> int:
        """What was billed less what was given back, in minor units."""
        db.session.rollback()
        billed = select(func.coalesce(func.sum(Invoice.total_minor), 0))
        back = select(func.coalesce(func.sum(CreditNote.total_minor), 0))
        return int(db.session.scalar(billed.where(Invoice.business_id == self.business_id)) or 0) - int(
            db.session.scalar(back.where(CreditNote.business_id == self.business_id)) or 0
        )


@pytest.fixture
def story(harmattan: Tenant) -> Story:
    return Story(harmattan)


def test_an_upgrade_gives_back_the_unused_days_and_bills_the_new_ones_at_once(story: Story) -> None:
    [april] = story.bill("2026-04-01")
    assert april.total_minor == 3_332_500
    outcome = story.change("2026-04-11", story.fast)
    # Ten of thirty days were used: 11,108.33 of 33,325.00 is kept.
    assert story.notes() == [("Home 20: 20 of 30 days unused, 33,325.00 × 20 ÷ 30", 2_221_667)]
    invoice = story.invoices()[1]
    assert invoice.issue_date == date(2026, 4, 11)
    assert story.lines(invoice) == [("Home 50", "11–30 April 2026\n20 of 30 days: 60,000.00 × 20 ÷ 30", 4_300_000)]
    assert outcome.invoice is not None
    assert outcome.invoice.total.minor == invoice.total_minor
    [may] = story.bill("2026-05-01")
    assert story.lines(may) == [("Home 50", "1–31 May 2026", 6_450_000)]
    assert story.faults() == []


def test_what_is_given_back_pays_the_invoice_it_came_from_first(story: Story) -> None:
    [april] = story.bill("2026-04-01")
    story.change("2026-04-11", story.home, quantity=Decimal(2))
    db.session.rollback()
    april = story.invoices()[0]
    assert (april.balance_minor, april.credited_minor) == (1_110_833, 2_221_667)


def test_the_new_days_may_wait_for_the_next_invoice(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast, at_once=False)
    assert len(story.invoices()) == 1
    [may] = story.bill("2026-05-01")
    assert story.lines(may) == [
        ("Home 50", "1–31 May 2026", 6_450_000),
        ("Home 50", "11–30 April 2026\n20 of 30 days: 60,000.00 × 20 ÷ 30", 4_300_000),
    ] or story.lines(may)[::-1] == [
        ("Home 50", "1–31 May 2026", 6_450_000),
        ("Home 50", "11–30 April 2026\n20 of 30 days: 60,000.00 × 20 ÷ 30", 4_300_000),
    ]
    assert story.faults() == []


def test_a_second_change_gives_back_the_days_that_waited(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast, at_once=False)
    story.change("2026-04-21", story.home, at_once=False)
    story.bill("2026-05-01")
    # 10 days at 31,000, 10 at 60,000 and 10 at 31,000, then a whole May.
    assert story.net() == 1_110_833 + 2_150_000 + 1_110_833 + 3_332_500
    assert story.faults() == []


def test_a_third_change_gives_back_days_that_were_billed_with_a_later_period(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast, at_once=False)
    story.bill("2026-05-01")
    story.change("2026-05-11", story.home)
    assert story.notes()[-1][0] == "Home 50: 21 of 31 days unused, 64,500.00 × 21 ÷ 31"
    assert story.faults() == []


def test_changing_there_and_back_on_one_day_costs_nothing(story: Story) -> None:
    story.bill("2026-04-01")
    before = story.net()
    story.change("2026-04-11", story.fast)
    story.change("2026-04-11", story.home)
    assert abs(story.net() - before) <= 1
    assert story.faults() == []


def test_a_change_at_the_terms_end_waits_and_can_be_called_off(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast, since="2026-05-01")
    assert story.notes() == []
    planned = planned_change(story.business_id, story.id, date(2026, 4, 11))
    assert planned is not None
    assert planned.words == "Home 20 → Home 50"
    with pytest.raises(AnotherComes):
        story.change("2026-04-12", story.fast)
    call_off(story.owner, story.id, now=at("2026-04-12"))
    assert planned_change(story.business_id, story.id, date(2026, 4, 12)) is None
    assert [(item.title, item.until) for item in story.items()] == [("Home 20", None)]
    story.change("2026-04-13", story.fast, since="2026-05-01")
    [may] = story.bill("2026-05-01")
    assert story.lines(may) == [("Home 50", "1–31 May 2026", 6_450_000)]
    with pytest.raises(Conflict):
        call_off(story.owner, story.id, now=at("2026-05-02"))
    assert story.faults() == []


def test_a_day_within_what_is_billed_is_today_or_the_end(story: Story) -> None:
    story.bill("2026-04-01")
    with pytest.raises(Invalid) as refused:
        story.change("2026-04-11", story.fast, since="2026-04-15")
    assert refused.value.errors == {"since": ["This day is billed already. Choose today, or 2026-05-01 or later."]}
    with pytest.raises(Invalid, match="today"):
        story.change("2026-04-11", story.fast, since="2026-04-10")


def test_in_arrears_any_day_will_do_and_the_invoice_names_both(harmattan: Tenant) -> None:
    story = Story(harmattan, ahead=False)
    outcome = story.change("2026-04-11", story.fast, since="2026-04-16")
    assert (outcome.credits, outcome.invoice) == ((), None)
    [april] = story.bill("2026-05-01")
    assert story.lines(april) == [
        ("Home 20", "1–15 April 2026\n15 of 30 days: 31,000.00 × 15 ÷ 30", 1_666_250),
        ("Home 50", "16–30 April 2026\n15 of 30 days: 60,000.00 × 15 ÷ 30", 3_225_000),
    ]
    assert story.faults() == []


def test_the_set_up_of_the_new_plan_is_paid_where_that_is_wanted(story: Story) -> None:
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast, setup=True)
    assert [line[0] for line in story.lines(story.invoices()[1])] == ["Home 50", "Set-up, Home 50"]
    story.change("2026-04-12", story.home, since="2026-05-01", setup=True)
    [may] = story.bill("2026-05-01")
    assert sorted(line[0] for line in story.lines(may)) == ["Home 20", "Set-up, Home 20"]
    [june] = story.bill("2026-06-01")
    assert [line[0] for line in story.lines(june)] == ["Home 20"]


def test_another_rhythm_begins_on_the_day_and_everything_unused_comes_back(story: Story) -> None:
    yearly = story.plan("Home a year", 310_000, cycle_unit="year", anchor_day=None)
    story.bill("2026-04-01")
    story.change("2026-04-11", yearly)
    assert story.notes() == [("Home 20: 20 of 30 days unused, 33,325.00 × 20 ÷ 30", 2_221_667)]
    [year] = story.bill("2026-04-11")
    assert (year.issue_date, story.lines(year)) == (
        date(2026, 4, 11), [("Home a year", "11 April 2026 – 10 April 2027", 33_325_000)]
    )  # fmt: skip
    assert story.bill("2027-04-10") == []
    assert [str(one.issue_date) for one in story.bill("2027-04-11")] == ["2027-04-11"]
    assert story.faults() == []


def test_another_rhythm_at_the_terms_end(story: Story) -> None:
    yearly = story.plan("Home a year", 310_000, cycle_unit="year", anchor_day=None)
    story.bill("2026-04-01")
    story.change("2026-04-11", yearly, since="2026-05-01")
    assert story.notes() == []
    assert [str(one.issue_date) for one in story.bill("2026-12-31")] == ["2026-05-01"]
    assert story.faults() == []


def test_another_rhythm_in_arrears_bills_the_days_before_it(harmattan: Tenant) -> None:
    story = Story(harmattan, ahead=False, taxed=False)
    weekly = story.plan("Week", 7_000, cycle_unit="week", anchor_day=None)
    story.change("2026-04-11", weekly)
    made = story.bill("2026-04-18")
    assert [(str(one.issue_date), one.total_minor) for one in made] == [
        ("2026-04-11", 1_033_333), ("2026-04-18", 700_000)
    ]  # fmt: skip


def test_more_of_a_thing_costs_the_price_that_was_agreed_on(story: Story) -> None:
    """A price for new subscriptions only is not theirs because they take another one."""
    dearer = PriceValues("NGN", Decimal(90_000), date(2026, 4, 5), for_all=False)
    service.set_price(story.owner, story.home, dearer, today=date(2026, 4, 2), now=at("2026-04-02"))
    story.bill("2026-04-01")
    [item] = story.items()
    story.edit("2026-04-11", {item.id: Edit(Decimal(3))})
    assert story.lines(story.invoices()[1])[0][2] == 3 * 2_221_667 - 1 or story.lines(story.invoices()[1])[0][1] == (
        "11–30 April 2026\n20 of 30 days: 31,000.00 × 20 ÷ 30"
    )
    [may] = story.bill("2026-05-01")
    assert may.total_minor == 3 * 3_332_500
    assert story.faults() == []


def test_an_add_on_comes_and_goes_and_the_plan_is_left_alone(story: Story) -> None:
    story.bill("2026-04-01")
    story.edit("2026-04-16", {}, {story.address: Decimal(2)})
    assert story.notes() == []
    assert story.lines(story.invoices()[1]) == [
        ("Fixed address", "16–30 April 2026\n15 of 30 days: 3,000.00 × 15 ÷ 30", 322_500)
    ]
    addon = next(item for item in story.items() if item.title == "Fixed address")
    story.edit("2026-04-21", {addon.id: Edit(Decimal(1))})
    assert story.notes() == [("Fixed address: 10 of 15 days unused, 3,225.00 × 10 ÷ 15", 215_000)]
    addon = next(item for item in story.items() if item.title == "Fixed address" and item.until is None)
    story.edit("2026-04-26", {addon.id: Edit(Decimal(0))})
    assert [line[0] for line in story.lines(story.bill("2026-05-01")[0])] == ["Home 20"]
    assert story.faults() == []


def test_a_price_of_their_own(story: Story) -> None:
    story.bill("2026-04-01")
    [item] = story.items()
    story.edit("2026-04-16", {item.id: Edit(Decimal(1), Decimal(20_000))}, at_once=False)
    [may] = story.bill("2026-05-01")
    assert {line[2] for line in story.lines(may)} == {2_150_000, 1_075_000}


def test_what_changes_nothing_is_refused(story: Story) -> None:
    [item] = story.items()
    for edits, adds in (({item.id: Edit(Decimal(1))}, {}), ({}, {}), ({item.id: Edit(Decimal(0))}, {})):
        with pytest.raises(Invalid):
            story.edit("2026-04-11", edits, adds)
    with pytest.raises(Invalid, match="already"):
        story.change("2026-04-11", story.home)
    with pytest.raises(NotFound):
        story.edit("2026-04-11", {uuid.uuid4(): Edit(Decimal(1))})
    with pytest.raises(NotFound):
        story.change("2026-04-11", uuid.uuid4())


def test_what_was_shown_is_done_and_nothing_else(story: Story) -> None:
    story.bill("2026-04-01")
    one = queries.agreement_of(story.business_id, story.id)
    wish = PlanWish(story.fast, date(2026, 4, 11))
    shown = work_out(story.business_id, one, to_plan(story.business_id, one, wish, date(2026, 4, 11)))
    cheaper = PriceValues("NGN", Decimal(50_000), date(2026, 4, 11))
    service.set_price(story.owner, story.fast, cheaper, today=date(2026, 4, 11), now=at("2026-04-11"))
    with pytest.raises(OtherOutcome):
        change(story.owner, story.id, lambda one, today: to_plan(story.business_id, one, wish, today),
               now=at("2026-04-11"), seen=shown.mark)  # fmt: skip
    assert (story.notes(), len(story.items())) == ([], 1)


def test_of_a_void_invoice_nothing_comes_back(story: Story) -> None:
    [april] = story.bill("2026-04-01")
    invoicing.void(story.owner, april.id, "Wrong", now=at("2026-04-02"))
    outcome = story.change("2026-04-11", story.fast)
    assert (outcome.credited.minor, story.notes()) == (0, [])


def test_what_staff_credited_before_is_not_credited_again(story: Story) -> None:
    from app.payments.service.crediting import credit_invoice

    [april] = story.bill("2026-04-01")
    line = invoices.contents(story.business_id, april.id).lines[0]
    credit_invoice(story.owner, april.id, {line.id: 3_000_000}, "A bad month", now=at("2026-04-05"))
    story.change("2026-04-11", story.fast)
    assert story.notes()[1][1] == 332_500


def test_cancelling_at_once_gives_back_what_is_not_used(story: Story) -> None:
    story.bill("2026-04-01")
    cancel_with_credit(story.owner, story.id, ends_on=date(2026, 4, 11), reason="", credit=True, now=at("2026-04-11"))
    assert story.notes() == [("Home 20: 20 of 30 days unused, 33,325.00 × 20 ÷ 30", 2_221_667)]
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


def test_two_subscriptions_on_one_invoice_are_told_apart(story: Story) -> None:
    values = SubscriptionValues(
        story.client, "Office", "NGN", APRIL, (ItemValues("Office", plan_id=story.fast),), anchor_day=1, terms_days=7
    )
    service.subscribe(story.owner, values, now=OPENED)
    [april] = story.bill("2026-04-01")
    assert len(story.lines(april)) == 2
    story.change("2026-04-11", story.fast)
    assert story.notes() == [("Home 20: 20 of 30 days unused, 33,325.00 × 20 ÷ 30", 2_221_667)]


def test_who_may_only_look_changes_nothing(story: Story) -> None:
    wish = PlanWish(story.fast, date(2026, 4, 11))
    with pytest.raises(Exception, match=".*"):
        change(story.tenant.actor("viewer"), story.id,
               lambda one, today: to_plan(story.business_id, one, wish, today), now=at("2026-04-11"))  # fmt: skip
    assert len(story.items()) == 1


def test_another_business_finds_nothing(story: Story, savannah: Tenant) -> None:
    wish = PlanWish(story.fast, date(2026, 4, 11))
    with pytest.raises(NotFound):
        change(savannah.owner, story.id, lambda one, today: to_plan(savannah.business_id, one, wish, today),
               now=at("2026-04-11"))  # fmt: skip


def test_the_look_before_changes_nothing(story: Story) -> None:
    story.bill("2026-04-01")
    one = queries.agreement_of(story.business_id, story.id)
    wish = PlanWish(story.fast, date(2026, 4, 11))
    outcome = work_out(story.business_id, one, to_plan(story.business_id, one, wish, date(2026, 4, 11)))
    assert outcome.credited.minor == 2_221_667
    assert [(str(bill.bundle.bill_on), bill.total.minor) for bill in outcome.coming] == [
        ("2026-05-01", 6_450_000), ("2026-06-01", 6_450_000)
    ]  # fmt: skip
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(BilledDays)) == 0
    assert len(story.items()) == 1


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
def test_whatever_is_changed_each_day_is_paid_once_at_its_price(harmattan: Tenant, steps, ahead) -> None:
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


def test_the_claims_say_which_days_were_given_back(story: Story) -> None:
    story.bill("2026-04-01")
    pause_with_credit(story.owner, story.id, since=date(2026, 4, 11), until=None, reason="", credit=True,
                      now=at("2026-04-11"))  # fmt: skip
    [claim] = db.session.scalars(select(BilledPeriod).where(BilledPeriod.subscription_id == story.id))
    assert claim.credited_from == date(2026, 4, 11)
    until = date(2027, 1, 1)
    assert plan_subscription(story.business_id, story.id, until) == []
