"""Invoices to come: what the billing itself would make, by month, plan and currency; nothing is changed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.billing import service
from app.billing.models import BilledPeriod, Subscription
from app.billing.queries.alike import Only
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.applying import change
from app.billing.service.billing import bill_client, plan_subscription
from app.billing.service.forecasting import forecast
from app.billing.service.subscriptions import cancel, pause
from app.billing.service.wanting import PlanWish, to_plan
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.errors import Conflict, Invalid
from app.extensions import db
from benchmarks import billing
from tests.support.tenants import Tenant

OPENED = datetime(2025, 1, 2, 9, tzinfo=UTC)
TODAY = date(2026, 4, 11)
NOW = datetime(2026, 4, 11, 9, tzinfo=UTC)


def plans(tenant: Tenant) -> list:
    vat = catalog.create_tax(tenant.owner, TaxValues("VAT", Decimal("7.5")), now=OPENED).id
    made = []
    for values, price in (
        (PlanValues("Home", anchor_day=1, tax_ids=(vat,)), 31_000),
        (PlanValues("Own day", tax_ids=(vat,)), 777),
        (PlanValues("Late", ahead=False, anchor_day=31), 12_345),
        (PlanValues("Week", cycle_unit="week"), 3_500),
        (PlanValues("Quarter", cycle_count=3, anchor_day=15, stub="next"), 90_000),
        (PlanValues("Year", cycle_unit="year", stub="free", anchor_day=1, anchor_month=7), 300_000),
    ):
        first = PriceValues("NGN", Decimal(price), OPENED.date(), Decimal(500))
        plan = service.create_plan(tenant.owner, values, first, today=OPENED.date(), now=OPENED)
        for later, for_all in ((date(2026, 6, 10), True), (date(2025, 9, 1), False)):
            dearer = PriceValues("NGN", Decimal(price) * 2, later, for_all=for_all)
            service.set_price(tenant.owner, plan.id, dearer, today=OPENED.date(), now=OPENED)
        made.append(plan)
    return made


SUBSCRIPTIONS = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 460), st.sampled_from(["", "", "pause", "cancel", "change"]), st.booleans()
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=SUBSCRIPTIONS)
@example(wanted=[(4, 57, "pause", True)])
def test_it_is_what_the_billing_would_make(harmattan: Tenant, wanted: list) -> None:
    owner, client = harmattan.owner, create_client(harmattan.owner, ClientValues("Zion"), now=OPENED).id
    offered, ids = plans(harmattan), []
    for which, ago, what, billed in wanted:
        plan, start = offered[which], TODAY - timedelta(days=ago - 30)
        items = (ItemValues(plan.name, plan_id=plan.id), ItemValues("Set-up", plan_id=plan.id, once=True))
        values = SubscriptionValues(
            client, plan.name, "NGN", start, items, cycle_unit=plan.cycle_unit, cycle_count=plan.cycle_count,
            anchor_day=plan.anchor_day, anchor_month=plan.anchor_month, ahead=plan.ahead, stub=plan.stub, apart=True,
        )  # fmt: skip
        ids.append(service.subscribe(owner, values, now=OPENED).id)
        if billed:
            bill_client(owner, client, TODAY, send=False, now=NOW)
        try:
            if what == "pause":
                until = TODAY + timedelta(days=47)
                pause(owner, ids[-1], since=TODAY + timedelta(days=3), until=until, reason="", now=NOW)
            if what == "cancel":
                cancel(owner, ids[-1], ends_on=TODAY + timedelta(days=100), reason="", now=NOW)
            if what == "change":
                wish = PlanWish(offered[(which + 1) % 6].id, TODAY)
                change(owner, ids[-1], lambda one, today, wish=wish: to_plan(owner.business_id, one, wish, today),
                       now=NOW)  # fmt: skip
        except (Invalid, Conflict):
            db.session.rollback()
    found = forecast(harmattan.business_id, TODAY, 12, Only(client_id=client))
    meant: Counter[date] = Counter()
    for id in ids:
        for bill in plan_subscription(harmattan.business_id, id, date(2027, 3, 31)):
            meant[max(bill.bundle.bill_on, TODAY).replace(day=1)] += bill.total.minor
    assert {month: found.total_of(month, "NGN").minor for month in found.months} == {
        month: meant[month] for month in found.months
    }


def test_of_one_plan_only_its_lines_count_and_nothing_is_claimed(harmattan: Tenant) -> None:
    owner, client = harmattan.owner, create_client(harmattan.owner, ClientValues("Zion"), now=OPENED).id
    home, addon = plans(harmattan)[0], service.create_plan(
        harmattan.owner, PlanValues("Address", kind="addon"), PriceValues("NGN", Decimal(100), OPENED.date()),
        today=OPENED.date(), now=OPENED,
    )  # fmt: skip
    items = (ItemValues("Home", plan_id=home.id), ItemValues("Address", plan_id=addon.id))
    for _ in range(3):
        values = SubscriptionValues(client, "Home", "NGN", date(2026, 5, 1), items, anchor_day=1)
        service.subscribe(owner, values, now=NOW)
    found = forecast(harmattan.business_id, TODAY, 3, Only(plan_id=addon.id))
    assert [found.total_of(month, "NGN").minor for month in found.months] == [0, 30_000, 30_000]
    assert found.by_plan("NGN") == [("Address", found.net_of(date(2026, 5, 1), "NGN"), found.whole("NGN"))]
    whole = forecast(harmattan.business_id, TODAY, 2)
    assert whole.tax_of(date(2026, 5, 1), "NGN").minor == 3 * 465_000
    assert db.session.scalar(select(func.count()).select_from(BilledPeriod)) == 0


def test_another_business_has_nothing_of_it(harmattan: Tenant, savannah: Tenant) -> None:
    client, home = create_client(harmattan.owner, ClientValues("Zion"), now=OPENED).id, plans(harmattan)[0]
    values = SubscriptionValues(client, "Home", "NGN", TODAY, (ItemValues("Home", plan_id=home.id),), anchor_day=1)
    id = service.subscribe(harmattan.owner, values, now=NOW).id
    assert forecast(savannah.business_id, TODAY, 12).currencies == []
    assert savannah.visitor().get(f"/billing/preview/?subscription={id}").status_code == 404


def test_the_page_and_the_file_say_the_same(harmattan: Tenant) -> None:
    client, home = create_client(harmattan.owner, ClientValues("Zion"), now=OPENED).id, plans(harmattan)[0]
    later = datetime.now(UTC).date() + timedelta(days=40)
    values = SubscriptionValues(client, "Home", "NGN", later, (ItemValues("Home", plan_id=home.id),), anchor_day=1)
    service.subscribe(harmattan.owner, values, now=OPENED)
    visitor = harmattan.visitor("viewer")
    page, file = visitor.get("/billing/preview/"), visitor.get("/billing/preview.csv")
    assert page.status_code == 200
    rows = file.get_data().decode("utf-8-sig").splitlines()
    assert rows[0] == "month,plan,currency,before_taxes,taxes,total"
    assert rows[-1].split(",")[1:] == ["Home", "NGN", "62000.00", "4650.00", "66650.00"]


@pytest.mark.engines("sqlite")
def test_one_client_is_less_work_than_the_whole_business(harmattan: Tenant) -> None:
    """SQLite counts its steps; it once went through all that is due for each thing there is."""
    office = billing.open_office()
    billing.populate(office, 300)
    mine = select(Subscription.client_id).where(Subscription.business_id == office.business_id).limit(1)
    client = db.session.scalar(mine)

    def steps(only: Only) -> int:
        counted: list[int] = []
        db.session.rollback()
        connection = db.session.connection().connection.driver_connection
        assert connection is not None
        connection.set_progress_handler(lambda: counted.append(1) or 0, 100)
        try:
            found = forecast(office.business_id, billing.AS_OF, 3, only)
        finally:
            connection.set_progress_handler(None, 0)
        assert found.subscriptions == (1 if only.asked() else 300)
        return len(counted)

    assert steps(Only(client_id=client)) < steps(Only()) / 2
