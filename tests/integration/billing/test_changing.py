"""What is paid for changes while it runs: unused days come back, new days are billed, and nothing twice or never."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.billing import queries, service
from app.billing.models import BilledDays
from app.billing.queries.changes import planned_change
from app.billing.rules.plans import PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.applying import OtherOutcome, call_off, change
from app.billing.service.changing import work_out
from app.billing.service.renaming import take_over_names
from app.billing.service.wanting import AnotherComes, Edit, PlanWish, to_plan
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.extensions import db
from app.invoices import queries as invoices
from app.invoices import service as invoicing
from tests.support.recurring import APRIL, OPENED, Story, at
from tests.support.tenants import Tenant


@pytest.fixture
def story(harmattan: Tenant) -> Story:
    return Story(harmattan)


def test_an_upgrade_gives_back_the_unused_days_and_bills_the_new_ones_at_once(story: Story) -> None:
    [april] = story.bill("2026-04-01")
    assert april.total_minor == 3_332_500
    outcome = story.change("2026-04-11", story.fast)
    # Ten of thirty days were used: 11,108.33 of 33,325.00 is kept.
    assert story.notes() == [("Home 20: 20 of 30 days unused, 33,325.00 with tax × 20 ÷ 30", 2_221_667)]
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
    assert sorted(story.lines(may)) == [
        ("Home 50", "11–30 April 2026\n20 of 30 days: 60,000.00 × 20 ÷ 30", 4_300_000),
        ("Home 50", "1–31 May 2026", 6_450_000),
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
    assert story.notes()[-1][0] == "Home 50: 21 of 31 days unused, 64,500.00 with tax × 21 ÷ 31"
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
    assert story.notes() == [("Home 20: 20 of 30 days unused, 33,325.00 with tax × 20 ÷ 30", 2_221_667)]
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
    assert story.lines(story.invoices()[1])[0][1] == "11–30 April 2026\n20 of 30 days: 3 × 31,000.00 × 20 ÷ 30"
    [may] = story.bill("2026-05-01")
    assert may.total_minor == 3 * 3_332_500
    assert story.faults() == []


def test_an_add_on_comes_and_goes_and_the_plan_is_left_alone(story: Story) -> None:
    story.bill("2026-04-01")
    story.edit("2026-04-16", {}, {story.address: Decimal(2)})
    assert story.notes() == []
    assert story.lines(story.invoices()[1]) == [
        ("Fixed address", "16–30 April 2026\n15 of 30 days: 2 × 3,000.00 × 15 ÷ 30", 322_500)
    ]
    addon = next(item for item in story.items() if item.title == "Fixed address")
    story.edit("2026-04-21", {addon.id: Edit(Decimal(1))})
    assert story.notes() == [("Fixed address: 10 of 15 days unused, 3,225.00 with tax × 10 ÷ 15", 215_000)]
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


def test_two_subscriptions_on_one_invoice_are_told_apart(story: Story) -> None:
    values = SubscriptionValues(
        story.client, "Office", "NGN", APRIL, (ItemValues("Office", plan_id=story.fast),), anchor_day=1, terms_days=7
    )
    service.subscribe(story.owner, values, now=OPENED)
    [april] = story.bill("2026-04-01")
    assert len(story.lines(april)) == 2
    story.change("2026-04-11", story.fast)
    assert story.notes() == [("Home 20: 20 of 30 days unused, 33,325.00 with tax × 20 ÷ 30", 2_221_667)]


def test_who_may_only_look_changes_nothing(story: Story) -> None:
    wish = PlanWish(story.fast, date(2026, 4, 11))
    with pytest.raises(Forbidden):
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


def test_what_bore_the_name_of_its_plan_bears_that_of_the_next(harmattan: Tenant) -> None:
    story = Story(harmattan, name="Home 20")
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast)
    assert name_of(story) == "Home 50"
    found = queries.list_subscriptions(story.business_id, queries.SubscriptionFilters("home 50"), APRIL)
    assert [row.id for row in found.items] == [story.id]


def test_a_name_that_somebody_chose_stays(story: Story) -> None:
    story.change("2026-04-11", story.fast)
    assert name_of(story) == "Home"


def test_a_planned_plan_gives_its_name_on_its_day(harmattan: Tenant) -> None:
    story = Story(harmattan, name="Home 20")
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast, since="2026-05-01")
    for day, renamed, name in (
        ("2026-04-30", 0, "Home 20"),
        ("2026-05-02", 1, "Home 50"),
        ("2026-05-03", 0, "Home 50"),
    ):
        assert take_over_names(story.business_id, at(day)) == renamed
        assert name_of(story) == name


def test_a_change_that_was_called_off_gives_no_name(harmattan: Tenant) -> None:
    story = Story(harmattan, name="Home 20")
    story.change("2026-04-11", story.fast, since="2026-05-01")
    call_off(story.owner, story.id, now=at("2026-04-12"))
    assert take_over_names(story.business_id, at("2026-05-01")) == 0
    assert name_of(story) == "Home 20"


def name_of(story: Story) -> str:
    db.session.rollback()
    return queries.get_subscription(story.business_id, story.id).name
