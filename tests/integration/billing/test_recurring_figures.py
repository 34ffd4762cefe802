"""Figures of recurring revenue and of getting paid: what the facts say on a day, of one business and nobody else's."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import update

from app import clock
from app.auth.models import Business
from app.auth.queries import get_business
from app.billing import service
from app.billing.models import BilledPeriod, BillingPolicy, BillingRun, ParkedClient, RunEntry, Subscription
from app.billing.queries.alike import kinds
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.billing import bill_client
from app.billing.service.controlling import restore, suspend
from app.billing.service.forecasting import coming
from app.billing.service.stopping import cancel_with_credit
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import new_id, writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.invoices.values import DraftValues, LineValues
from app.ledger.rates import add_rate
from app.money import Money
from app.payments import service as payments
from app.reminders.models import LadderStep, Reminder
from app.reports import collecting
from app.reports.service.recurring import Collecting, Recurring, collecting_figures, recurring_figures
from tests.support.recurring import Story
from tests.support.tenants import Tenant

TODAY = date(2026, 11, 27)
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
BEGUN = datetime(2025, 1, 1, 9, tzinfo=UTC)


def client_of(tenant: Tenant, name: str = "Zion Bakery") -> uuid.UUID:
    return create_client(tenant.owner, ClientValues(name), now=BEGUN).id


def home(tenant: Tenant, price: int = 15_000, currency: str = "NGN", **changes: object) -> uuid.UUID:
    values = replace(PlanValues("Home 20 Mbps", anchor_day=1), **changes)  # type: ignore[arg-type]
    first = PriceValues(currency, Decimal(price), BEGUN.date(), Decimal(5_000))
    return service.create_plan(tenant.owner, values, first, today=BEGUN.date(), now=BEGUN).id


def subscribed(tenant: Tenant, *items: ItemValues, start: str, client: uuid.UUID | None = None, **changes: object):
    values = SubscriptionValues(
        client or client_of(tenant), "Home", "NGN", date.fromisoformat(start), items, anchor_day=1, terms_days=7
    )
    values = replace(values, **changes)  # type: ignore[arg-type]
    return service.subscribe(tenant.owner, values, now=BEGUN).id


def recurring(tenant: Tenant, today: date = TODAY) -> Recurring:
    db.session.rollback()
    return recurring_figures(tenant.business_id, today)


def got(tenant: Tenant, today: date = TODAY) -> Collecting:
    db.session.rollback()
    return collecting_figures(tenant.business_id, today)


def closings(tenant: Tenant, *months: int) -> list[int]:
    """What the months of this year closed with, in major units."""
    [figures] = recurring(tenant).currencies
    return [one.closing // 100 for one in figures.months if one.month.year == 2026 and one.month.month in months]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_what_is_held_counts_less_its_discount_and_what_is_paid_once_does_not(harmattan: Tenant):
    plan = home(harmattan)
    subscribed(
        harmattan,
        ItemValues("Home", Decimal(2), plan_id=plan, discount=("percent", Decimal(10))),
        ItemValues("Set-up", plan_id=plan, once=True),
        start="2026-02-10",
    )
    subscribed(harmattan, ItemValues("Hosting", price=Decimal(100_000)), start="2026-05-01", cycle_unit="year")
    [figures] = recurring(harmattan).currencies
    assert (figures.mrr, figures.arr, figures.customers) == (2_700_000 + 833_333, 12 * 3_533_333, 2)
    assert [(plan.name, plan.minor, plan.subscriptions) for plan in figures.plans] == [
        ("Home 20 Mbps", 2_700_000, 1), (None, 833_333, 1)
    ]  # fmt: skip
    assert closings(harmattan, 1, 2, 4, 5) == [0, 27_000, 27_000, 35_333]


def test_a_trial_a_pause_and_the_time_after_the_end_do_not_count(harmattan: Tenant):
    plan = home(harmattan)
    thing = ItemValues("Home", plan_id=plan)
    subscribed(harmattan, thing, start="2026-01-20", trial_until=date(2026, 3, 5))
    paused = subscribed(harmattan, thing, start="2026-01-01")
    days = {"since": date(2026, 4, 10), "until": date(2026, 6, 1)}
    service.pause(harmattan.owner, paused, **days, reason="", now=at("2026-04-01T09:00"))  # type: ignore[arg-type]
    gone = subscribed(harmattan, thing, start="2026-01-01")
    service.cancel(harmattan.owner, gone, ends_on=date(2026, 6, 30), reason="", now=at("2026-06-01T09:00"))
    assert closings(harmattan, 1, 2, 3, 4, 5, 6, 7) == [30_000, 30_000, 45_000, 30_000, 30_000, 30_000, 30_000]
    months = {one.month.month: one for one in recurring(harmattan).currencies[0].months if one.month.year == 2026}
    assert (months[3].customers_new, months[3].new) == (1, 1_500_000), "a customer is new when the trial is over"
    assert (months[4].customers_lost, months[4].churned) == (1, 1_500_000)
    assert (months[6].customers_back, months[6].reactivated) == (1, 1_500_000)
    assert (months[6].customers_lost, months[6].churned) == (1, 1_500_000)


def test_a_suspended_service_does_not_count_from_the_day_it_is_in_the_zone_of_the_business(harmattan: Tenant):
    suspended = subscribed(harmattan, ItemValues("Home", plan_id=home(harmattan)), start="2026-01-01")
    for moment, closing in (("2026-10-30T22:59", 0), ("2026-10-30T23:01", 15_000)):
        with writing():
            db.session.execute(update(Subscription).where(Subscription.id == suspended).values(suspended_at=at(moment)))
        assert closings(harmattan, 10, 11) == [closing, 0], "in Lagos the day begins an hour before it does in UTC"


def test_a_suspension_that_is_over_still_shows_in_its_months_unless_the_policy_bills_it(harmattan: Tenant):
    """The day it was suspended on, and the one it came back on, were used."""
    id = subscribed(harmattan, ItemValues("Home", plan_id=home(harmattan)), start="2026-01-01")
    for since, back in (("2026-04-30", "2026-05-31"), ("2026-07-30", "2026-08-31")):
        suspend(harmattan.owner, id, reason="Unpaid", now=at(f"{since}T09:00"))
        restore(harmattan.owner, id, reason="Paid", now=at(f"{back}T09:00"))
    assert closings(harmattan, 3, 4, 5, 6, 7, 8) == [15_000, 15_000, 15_000, 15_000, 0, 15_000]
    months = {one.month.month: one for one in recurring(harmattan).currencies[0].months}
    assert (months[7].churned, months[8].reactivated, months[8].new) == (1_500_000, 1_500_000, 0)
    bill_what_is_suspended(harmattan)
    assert closings(harmattan, 7) == [15_000]


def test_changes_of_plan_are_expansion_and_contraction_in_the_month_they_begin(harmattan: Tenant):
    story = Story(harmattan)
    story.bill("2026-04-01")
    story.change("2026-04-11", story.fast)  # at once, the unused days of the old one given back
    story.bill("2026-05-01")
    story.change("2026-05-11", story.home, since="2026-06-01")  # at the term's end
    story.bill("2026-06-01")
    assert closings(harmattan, 3, 4, 5, 6, 7) == [0, 60_000, 60_000, 31_000, 31_000]
    months = {one.month.month: one for one in recurring(harmattan).currencies[0].months}
    assert (months[4].new, months[4].expansion) == (6_000_000, 0), "what a new one is at the end of the month"
    assert (months[6].contraction, months[6].churned, months[6].expansion) == (2_900_000, 0, 0)
    story.change("2026-06-11", story.fast)
    months = {one.month.month: one for one in recurring(harmattan).currencies[0].months}
    assert (months[6].contraction, months[7].expansion) == (0, 0)
    assert closings(harmattan, 5, 6) == [60_000, 60_000]


def test_a_plan_of_another_rhythm_is_a_month_what_its_own_periods_say(harmattan: Tenant):
    story = Story(harmattan)
    yearly = story.plan("Home by the year", 240_000, cycle_unit="year")
    story.bill("2026-04-01")
    story.change("2026-04-11", yearly, since="2026-05-01")
    assert closings(harmattan, 4, 5) == [31_000, 20_000]
    [figures] = recurring(harmattan).currencies
    assert [(plan.name, plan.minor) for plan in figures.plans] == [("Home by the year", 2_000_000)]


def test_a_cancellation_with_credit_is_churn_from_its_day_on(harmattan: Tenant):
    story = Story(harmattan)
    story.bill("2026-04-01")
    ends = {"ends_on": date(2026, 5, 10), "reason": "", "credit": True}
    story.bill("2026-05-01")
    cancel_with_credit(harmattan.owner, story.id, **ends, now=at("2026-05-10T09:00"))  # type: ignore[arg-type]
    assert closings(harmattan, 4, 5) == [31_000, 0]
    months = {one.month.month: one for one in recurring(harmattan).currencies[0].months}
    assert (months[5].churned, months[5].customers_lost) == (3_100_000, 1)


def test_a_new_price_counts_from_its_day_on_as_expansion(harmattan: Tenant):
    plan = home(harmattan)
    subscribed(harmattan, ItemValues("Home", plan_id=plan), start="2026-01-01")
    dearer = PriceValues("NGN", Decimal(18_000), date(2026, 9, 15))
    service.set_price(harmattan.owner, plan, dearer, today=date(2026, 9, 1), now=at("2026-09-01T09:00"))
    assert closings(harmattan, 8, 9, 10) == [15_000, 18_000, 18_000]
    months = {one.month.month: one for one in recurring(harmattan).currencies[0].months}
    assert (months[9].expansion, months[9].net_retention) == (300_000, 120)


def test_currencies_are_never_added_and_come_together_only_at_rates(harmattan: Tenant):
    subscribed(harmattan, ItemValues("Home", price=Decimal(15_000)), start="2026-01-01")
    assert recurring(harmattan).together is None
    subscribed(harmattan, ItemValues("Home", price=Decimal(10)), start="2026-01-01", currency="USD")
    subscribed(harmattan, ItemValues("Home", price=Decimal(10)), start="2026-01-01", currency="EUR")
    add_rate(harmattan.owner, "USD", date(2026, 11, 1), Decimal(1_500), now=NOW)
    found = recurring(harmattan)
    assert [(one.currency, one.mrr) for one in found.currencies] == [("NGN", 1_500_000), ("EUR", 1_000), ("USD", 1_000)]
    assert (found.together, found.without_rate) == (Money(3_000_000, "NGN"), ("EUR",))


def test_another_business_is_never_counted(harmattan: Tenant, savannah: Tenant):
    subscribed(savannah, ItemValues("Home", plan_id=home(savannah)), start="2026-01-01")
    invoice = issued(savannah, 100, "2026-11-20")
    paid(savannah, issued(savannah, 100, "2026-11-01"), 100, "2026-11-26T09:00")
    reminded(savannah, invoice, 0, "2026-11-25T09:00")
    assert not recurring(harmattan).any
    found = got(harmattan)
    assert (found.expected, found.paid, found.steps, found.outstanding) == ((), (), (), {})
    assert recurring(savannah).currencies[0].mrr == 1_500_000


def test_what_is_expected_to_be_billed_is_what_billing_then_makes(harmattan: Tenant):
    """To the minor unit and the day, for customers that are alike and for those that are like nobody else."""
    owner, vat = harmattan.owner, catalog.create_tax(harmattan.owner, TaxValues("VAT", Decimal("7.5")), now=BEGUN)
    plan, dear = home(harmattan, tax_ids=(vat.id,)), home(harmattan, 19_999)
    thing = ItemValues("Home", plan_id=plan)
    for start in ("2025-03-01", "2025-04-11", "2025-04-20", "2025-04-20"):
        subscribed(harmattan, thing, start=start)
        subscribed(harmattan, thing, start=start, anchor_day=None)
        subscribed(harmattan, thing, ItemValues("More", Decimal(3), plan_id=dear), start=start, terms_days=None)
    special = PriceValues("NGN", Decimal(12_000), date(2026, 2, 1), for_all=False)
    service.set_price(owner, dear, special, today=date(2026, 1, 15), now=at("2026-01-15T09:00"))
    later = PriceValues("NGN", Decimal(16_000), date(2027, 1, 1))
    service.set_price(owner, plan, later, today=TODAY, now=NOW)
    subscribed(harmattan, ItemValues("New", plan_id=dear), start="2026-02-01")
    subscribed(harmattan, thing, start="2025-05-10", ahead=False, anchor_day=None)
    own = ItemValues("Own", price=Decimal("99.99"), tax_ids=(vat.id,))
    subscribed(harmattan, own, start="2025-05-10", cycle_unit="week", anchor_day=None)
    subscribed(harmattan, own, start="2025-05-10", cycle_count=3)
    subscribed(harmattan, own, start="2025-05-10", cycle_unit="year", ahead=False)
    subscribed(harmattan, thing, start="2026-01-30", cycle_count=1, anchor_day=31, prices_include_tax=True)
    half = ItemValues("Half", price=Decimal(100), discount=("amount", Decimal("33.33")), tax_ids=(vat.id,))
    subscribed(harmattan, half, start="2025-06-01", ends_on=date(2027, 1, 11))
    away = subscribed(harmattan, thing, start="2025-06-01")
    days = {"since": date(2026, 12, 10), "until": date(2027, 1, 20)}
    for client_id in everybody(harmattan):
        bill_client(owner, client_id, TODAY, send=False, now=NOW)
    service.pause(owner, away, **days, reason="", now=NOW)  # type: ignore[arg-type]
    # These are late, begin now, or have not begun.
    subscribed(harmattan, thing, start="2026-09-01")
    for stub in ("now", "next", "free"):
        subscribed(harmattan, thing, ItemValues("Set-up", plan_id=plan, once=True), start="2026-11-20", stub=stub)
    subscribed(harmattan, thing, start="2026-12-24", trial_until=date(2027, 1, 5))

    until = TODAY + timedelta(days=90)
    db.session.rollback()
    foreseen = coming(get_business(harmattan.business_id), TODAY, until)
    assert max(map(len, kinds(get_business(harmattan.business_id), TODAY, until).even.values())) > 1, "some go on alike"
    made: Counter[tuple[str, date]] = Counter()
    for client_id in everybody(harmattan):
        for invoice in bill_client(owner, client_id, until, send=False, now=NOW):
            if invoice.due_date <= until:
                made[invoice.currency, max(invoice.due_date, TODAY)] += invoice.total_minor
    assert foreseen == made
    assert sum(made.values()) > 100_000_000


def test_what_is_suspended_or_has_no_price_is_not_expected(harmattan: Tenant):
    away = subscribed(harmattan, ItemValues("Home", price=Decimal(100)), start="2026-12-01")
    assert [band.coming_minor for band in got(harmattan).expected[0].bands] == [10_000, 10_000, 10_000]
    with writing():
        db.session.execute(update(Subscription).where(Subscription.id == away).values(suspended_at=NOW))
    assert got(harmattan).expected == ()
    bill_what_is_suspended(harmattan)
    assert [band.coming_minor for band in got(harmattan).expected[0].bands] == [10_000, 10_000, 10_000]


def test_what_is_late_from_before_the_suspension_is_still_expected(harmattan: Tenant):
    late = subscribed(harmattan, ItemValues("Home", price=Decimal(100)), start="2026-10-01")
    with writing():
        values = {"suspended_at": at("2026-11-05T09:00")}
        db.session.execute(update(Subscription).where(Subscription.id == late).values(**values))
    assert [band.coming_minor for band in got(harmattan).expected[0].bands] == [20_000, 0, 0]
    behind = subscribed(harmattan, ItemValues("Home", price=Decimal(100)), start="2026-11-01", ahead=False)
    with writing():
        db.session.execute(update(Subscription).where(Subscription.id == behind).values(**values))
    assert [band.coming_minor for band in got(harmattan).expected[0].bands] == [21_667, 0, 0], "five days were used"


def test_missed_periods_are_expected_as_the_policy_has_them(harmattan: Tenant):
    subscribed(harmattan, ItemValues("Home", price=Decimal(100)), start="2026-09-01")
    for missed, expected in (("all", 30_000), ("latest", 10_000), ("ask", 10_000)):
        policy(harmattan, missed=missed)
        assert got(harmattan).expected[0].bands[0].coming_minor == expected + 10_000, missed


def test_clients_who_are_parked_and_periods_left_out_of_runs_are_not_expected(harmattan: Tenant):
    client = client_of(harmattan)
    id = subscribed(harmattan, ItemValues("Home", price=Decimal(100)), start="2026-12-01", client=client)
    out = left_out(harmattan, id, client, date(2027, 1, 1))
    assert [band.coming_minor for band in got(harmattan).expected[0].bands] == [10_000, 0, 10_000]
    with writing() as session:
        session.delete(out)
        session.add(ParkedClient(business_id=harmattan.business_id, id=new_id(), client_id=client, subscription_id=id,
                                 reason="Too many", at=NOW))  # fmt: skip
    assert got(harmattan).expected == ()


def test_periods_that_were_billed_before_their_turn_are_not_expected_again(harmattan: Tenant):
    """The next bill is of December, and somebody billed January already."""
    id = subscribed(harmattan, ItemValues("Home", price=Decimal(100)), start="2026-12-01")
    subscribed(harmattan, ItemValues("Home", price=Decimal(100)), start="2026-12-01")
    january, february = date(2027, 1, 1), date(2027, 2, 1)
    with writing() as session:
        session.add(BilledPeriod(business_id=harmattan.business_id, id=new_id(), subscription_id=id, bill_on=january,
                                 period_start=january, period_end=february, whole_start=january, whole_end=february,
                                 created_at=NOW))  # fmt: skip
    assert [band.coming_minor for band in got(harmattan).expected[0].bands] == [20_000, 10_000, 20_000]


def policy(tenant: Tenant, **values: object) -> None:
    with writing() as session:
        session.execute(db.delete(BillingPolicy).where(BillingPolicy.business_id == tenant.business_id))
        session.add(BillingPolicy(business_id=tenant.business_id, id=new_id(), updated_at=NOW, **values))


def bill_what_is_suspended(tenant: Tenant) -> None:
    policy(tenant, bill_suspended=True)


def left_out(tenant: Tenant, id: uuid.UUID, client: uuid.UUID, day: date) -> RunEntry:
    """A period that somebody left out of a run."""
    with writing() as session:
        run = BillingRun(business_id=tenant.business_id, id=new_id(), as_of=day, state="posted", created_at=NOW)
        session.add(run)
        session.flush()
        entry = RunEntry(business_id=tenant.business_id, id=new_id(), run_id=run.id, subscription_id=id,
                         client_id=client, period_start=day, period_end=day + timedelta(days=31), bill_on=day,
                         sheet=new_id(),
                         currency="NGN", kind="new", state="left_out", decision="leave_out")  # fmt: skip
        session.add(entry)
    return entry


def everybody(tenant: Tenant) -> list[uuid.UUID]:
    query = db.select(Subscription.client_id).where(Subscription.business_id == tenant.business_id).distinct()
    return list(db.session.scalars(query.order_by(Subscription.client_id)))


def issued(tenant: Tenant, amount: int, day: str, terms: int = 14, currency: str = "NGN") -> Invoice:
    line = LineValues("Fibre", Decimal(1), Decimal(amount))
    values = DraftValues(currency, date.fromisoformat(day), terms, client_id=client_of(tenant), lines=(line,))
    now = at(f"{day}T09:00")
    return invoices.issue(tenant.owner, invoices.create_draft(tenant.owner, values, now=now).id, now=now)


def paid(tenant: Tenant, invoice: Invoice, amount: int, moment: str, received: str | None = None) -> uuid.UUID:
    on = date.fromisoformat(received) if received else clock.day_in(at(moment), "Africa/Lagos")
    money = Money(amount * 100, invoice.currency)
    return payments.record_payment(tenant.owner, invoice.id, money, "transfer", on, now=at(moment)).id


def reminded(tenant: Tenant, invoice: Invoice, days: int, moment: str, outcome: str = "queued", kind: str = "remind",
             channel: str = "") -> None:  # fmt: skip
    with writing() as session:
        step = session.scalar(db.select(LadderStep).where(
            LadderStep.business_id == tenant.business_id, LadderStep.days == days
        )) or LadderStep(business_id=tenant.business_id, id=new_id(), kind=kind, days=days, since=BEGUN.date(),
                         wording="reminder_overdue" if kind == "remind" else kind, created_at=BEGUN)  # fmt: skip
        session.add(step)
        session.flush()
        session.add(Reminder(business_id=tenant.business_id, invoice_id=invoice.id, step_id=step.id, outcome=outcome,
                             channel=channel, on_day=at(moment).date(), created_at=at(moment)))  # fmt: skip


def test_open_invoices_are_expected_on_the_day_they_are_due(harmattan: Tenant):
    issued(harmattan, 100, "2026-11-01")  # due on the 15th
    paid(harmattan, issued(harmattan, 500, "2026-11-20"), 200, "2026-11-21T09:00")  # due on 4 December
    issued(harmattan, 50, "2026-11-20", terms=60)
    issued(harmattan, 7, "2026-11-20", currency="USD")
    naira, dollars = got(harmattan).expected
    assert (naira.currency, naira.overdue, naira.so_far) == ("NGN", 10_000, (30_000, 35_000, 35_000))
    assert (dollars.currency, dollars.overdue, dollars.so_far) == ("USD", 0, (700, 700, 700))


def test_days_to_pay_end_with_the_day_of_the_last_payment_in_the_zone_of_the_business(harmattan: Tenant):
    first, second, third = (issued(harmattan, 100, "2026-09-20") for _ in range(3))
    paid(harmattan, first, 40, "2026-09-22T09:00")
    paid(harmattan, first, 60, "2026-09-30T22:30", received="2026-09-30")  # half past eleven in Lagos
    paid(harmattan, second, 100, "2026-09-30T23:30", received="2026-09-30")  # half past midnight
    paid(harmattan, third, 99, "2026-10-02T09:00")  # not paid off
    noted = issued(harmattan, 100, "2026-09-20")
    invoices.write_off(harmattan.owner, noted.id, "Gone", now=NOW)
    september, october = got(harmattan).paid
    assert (str(september.month), september.issued, september.due) == ("2026-09-01", Counter({10: 1}), Counter({-4: 1}))
    assert (str(october.month), october.issued, october.due) == ("2026-10-01", Counter({11: 1}), Counter({-3: 1}))


def test_days_are_those_of_the_wall_clock_in_summer_and_in_winter(harmattan: Tenant):
    """St John's is 3½ hours behind UTC in winter and 2½ in summer."""
    with writing():
        mine = update(Business).where(Business.id == harmattan.business_id)
        db.session.execute(mine.values(timezone="America/St_Johns"))
    cases = {"2026-07-02T02:29": 0, "2026-07-02T02:31": 1, "2026-11-12T03:29": 0, "2026-11-12T03:31": 1}
    for moment, days in cases.items():
        issue_day = "2026-07-01" if "-07-" in moment else "2026-11-11"
        invoice = issued(harmattan, 100, issue_day)
        paid(harmattan, invoice, 100, moment, received=issue_day)
        month = date.fromisoformat(issue_day).replace(day=1)
        zone = ("America/St_Johns", month, month + timedelta(days=27))
        [found] = collecting.paid_by_month(harmattan.business_id, *zone)
        assert found.issued[days] == 1, moment
        with writing():
            db.session.execute(update(Invoice).where(Invoice.id == invoice.id).values(paid_at=BEGUN))
        db.session.rollback()


def test_a_step_recovers_what_is_paid_within_a_week_and_before_the_next_one(harmattan: Tenant):
    first, second, third, fourth, dollars = (
        issued(harmattan, 100, "2026-10-01", currency=code) for code in ("NGN", "NGN", "NGN", "NGN", "USD")
    )
    for invoice in (first, second, third, fourth, dollars):
        reminded(harmattan, invoice, 3, "2026-10-18T09:00")
    for invoice in (second, third):
        reminded(harmattan, invoice, 10, "2026-10-22T09:00")
    reminded(harmattan, first, 21, "2026-10-23T09:00", outcome="skipped")
    paid(harmattan, first, 30, "2026-10-18T15:00")
    paid(harmattan, first, 20, "2026-10-25T15:00")  # on the seventh day
    paid(harmattan, first, 50, "2026-10-26T15:00")  # too late
    paid(harmattan, second, 10, "2026-10-17T15:00")  # before it
    paid(harmattan, second, 60, "2026-10-23T15:00")  # after the next step
    paid(harmattan, second, 5, "2026-10-22T08:00")  # on the day of the next, before it went out
    paid(harmattan, third, 40, "2026-10-19T15:00")
    undone = paid(harmattan, fourth, 100, "2026-10-19T15:00")
    payments.reverse_payment(harmattan.owner, undone, "Bounced", now=NOW)
    paid(harmattan, dollars, 7, "2026-10-20T15:00")
    assert [(one.days, one.sent, one.paid, one.amounts) for one in got(harmattan).steps] == [
        (3, 5, 4, {"NGN": 3_000 + 2_000 + 4_000 + 500, "USD": 700}),
        (10, 2, 1, {"NGN": 6_000}),
    ]


def test_fees_cuts_and_warnings_are_steps_with_names_of_their_own(harmattan: Tenant):
    invoice = issued(harmattan, 100, "2026-10-01")  # due on the 15th
    reminded(harmattan, invoice, 3, "2026-10-18T09:00", outcome="done", kind="late_fee")
    paid(harmattan, invoice, 10, "2026-10-19T15:00")
    reminded(harmattan, invoice, 10, "2026-10-22T09:00", kind="suspend", channel="warning")
    paid(harmattan, invoice, 20, "2026-10-23T15:00")
    reminded(harmattan, invoice, 10, "2026-10-25T09:00", outcome="done", kind="suspend", channel="suspend")
    paid(harmattan, invoice, 30, "2026-10-25T15:00")
    reminded(harmattan, invoice, 21, "2026-11-05T09:00", outcome="missed", kind="cancel")
    assert [(one.kind, one.days, one.sent, one.amounts) for one in got(harmattan).steps] == [
        ("late_fee", 3, 1, {"NGN": 1_000}),
        ("suspend", 10, 1, {"NGN": 3_000}),
        ("warn_suspend", 10, 1, {"NGN": 2_000}),
    ]
    page = harmattan.visitor("viewer").get("/reports/getting-paid/").text
    for words in ("Late fee", "Service suspended", "Warning before: service suspended"):
        assert words in page


def test_sales_outstanding_are_told_in_each_currency(harmattan: Tenant):
    paid(harmattan, issued(harmattan, 200, "2026-11-01"), 200, "2026-11-05T09:00")
    issued(harmattan, 100, "2026-11-05")
    assert got(harmattan).outstanding == {"NGN": 30}
