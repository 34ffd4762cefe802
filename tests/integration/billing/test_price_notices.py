"""A price that changes: who pays it, how much that is, and who is told of it, once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.billing import service
from app.billing.errors import PricesMoved
from app.billing.queries import prices_of
from app.billing.queries.affected import affected
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.repricing import effect
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.notifying import notify, unwanted, waiting_for
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.errors import Invalid, NotFound
from app.extensions import db
from app.messages.models import Message
from tests.support.tenants import Tenant

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
TODAY = date(2026, 3, 20)
JULY = date(2026, 7, 1)


@pytest.fixture
def plan(harmattan: Tenant):
    first = PriceValues("NGN", Decimal(18_000), TODAY)
    return service.create_plan(harmattan.owner, PlanValues("Home", anchor_day=1), first, today=TODAY, now=NOW)


def subscribed(tenant: Tenant, plan, name: str, email: str = "", quantity: int = 1, price: int | None = None):
    client = create_client(tenant.owner, ClientValues(name, email=email), now=NOW).id
    items = (ItemValues("Home", Decimal(quantity), None if price is None else Decimal(price), plan_id=plan.id),)
    values = SubscriptionValues(client, "Home", "NGN", date(2026, 4, 1), items, anchor_day=1)
    return service.subscribe(tenant.owner, values, now=NOW)


def dearer(tenant: Tenant, plan, price: int = 20_000, *, for_all: bool = True):
    new = PriceValues("NGN", Decimal(price), JULY, for_all=for_all)
    return service.set_price(tenant.owner, plan.id, new, today=TODAY, now=NOW), new


def test_who_goes_by_the_plans_price_pays_the_new_one(harmattan: Tenant, plan) -> None:
    mine = subscribed(harmattan, plan, "Zion", quantity=3)
    subscribed(harmattan, plan, "Own", price=15_000)
    gone = subscribed(harmattan, plan, "Gone")
    service.cancel(harmattan.owner, gone.id, ends_on=date(2026, 7, 1), reason="", now=NOW)
    found = affected(harmattan.business_id, plan.id, PriceValues("NGN", Decimal(20_000), JULY))
    assert [one.row.id for one in found.payers] == [mine.id]
    assert found.month.minor == 600_000
    only_new = PriceValues("NGN", Decimal(20_000), JULY, for_all=False)
    assert affected(harmattan.business_id, plan.id, only_new).payers == ()


def test_each_client_is_told_once_and_those_without_a_way_are_named(harmattan: Tenant, plan) -> None:
    for _ in range(2):
        subscribed(harmattan, plan, "Zion", "pay@zion.example")
    subscribed(harmattan, plan, "Nobody")
    stored, new = dearer(harmattan, plan)
    assert waiting_for(harmattan.business_id, plan.id, new)[:2] == (["Nobody"], 2)
    done = notify(harmattan.owner, plan.id, stored.id, days_before=30, now=NOW)
    assert (done.written, done.unreachable) == (2, ("Nobody",))
    again = notify(harmattan.owner, plan.id, stored.id, days_before=30, now=NOW)
    assert (again.written, again.unreachable) == (0, ())
    messages = db.session.scalars(select(Message).where(Message.kind == "price_change")).all()
    assert len(messages) == 2
    assert messages[0].not_before == datetime(2026, 6, 1, 8, tzinfo=UTC), "nine o'clock in Lagos, 30 days before"
    assert "₦20,000.00 from 1 July 2026" in messages[0].subject
    assert "₦18,000.00 every month now" in messages[0].text


def test_a_notice_of_a_price_that_was_called_off_does_not_leave(harmattan: Tenant, plan) -> None:
    subscribed(harmattan, plan, "Zion", "pay@zion.example")
    stored, _ = dearer(harmattan, plan)
    notify(harmattan.owner, plan.id, stored.id, days_before=30, now=NOW)
    message = db.session.scalar(select(Message).where(Message.kind == "price_change"))
    assert unwanted(message, NOW) == ""
    service.withdraw_price(harmattan.owner, plan.id, stored.id, today=TODAY, now=NOW)
    message = db.session.scalar(select(Message).where(Message.kind == "price_change"))
    assert unwanted(message, NOW) == "The price was called off before it left."
    other, _ = dearer(harmattan, plan, 21_000)
    assert notify(harmattan.owner, plan.id, other.id, days_before=10, now=NOW).written == 1


def test_a_price_that_holds_is_told_to_nobody(harmattan: Tenant, savannah: Tenant, plan) -> None:
    stored, _ = dearer(harmattan, plan)
    with pytest.raises(Invalid):
        notify(harmattan.owner, plan.id, stored.id, days_before=1, now=datetime(2026, 7, 1, 9, tzinfo=UTC))
    with pytest.raises(NotFound):
        notify(savannah.owner, plan.id, stored.id, days_before=1, now=NOW)


def test_a_price_is_set_only_with_the_effect_that_was_seen(harmattan: Tenant, plan) -> None:
    new = PriceValues("NGN", Decimal(22_000), JULY)
    seen = effect(prices_of(harmattan.business_id, [plan.id])[plan.id], new).mark
    dearer(harmattan, plan)
    with pytest.raises(PricesMoved):
        service.set_price(harmattan.owner, plan.id, new, today=TODAY, now=NOW, seen=seen)


def test_the_page_says_who_is_told_and_tells_them(harmattan: Tenant) -> None:
    today = datetime.now(UTC).date()
    now = datetime.now(UTC)
    plan = service.create_plan(
        harmattan.owner, PlanValues("Home", anchor_day=1), PriceValues("NGN", Decimal(18_000), today),
        today=today, now=now,
    )  # fmt: skip
    client = create_client(harmattan.owner, ClientValues("Zion", email="pay@zion.example"), now=now).id
    items = (ItemValues("Home", plan_id=plan.id),)
    service.subscribe(harmattan.owner, SubscriptionValues(client, "Home", "NGN", today, items, anchor_day=1), now=now)
    later = today.replace(year=today.year + 1)
    stored = service.set_price(
        harmattan.owner, plan.id, PriceValues("NGN", Decimal(20_000), later), today=today, now=now
    )
    visitor = harmattan.visitor("staff")
    url = f"/billing/plans/{plan.id}/prices/{stored.id}/tell/"
    page = visitor.get(url)
    assert "Tell 1 client" in page.text
    assert visitor.post(url, data={"days_before": "30"}).status_code == 303
    assert "Everybody who can be told was told." in visitor.get(url).text
    assert visitor.post(url, data={"days_before": "999"}).status_code == 422
    told = visitor.get(f"/billing/plans/{plan.id}/").text
    assert "1 client told, last on " in told
    assert "could not be reached" not in told


def test_the_page_of_a_plan_says_how_many_could_not_be_told(harmattan: Tenant, plan) -> None:
    subscribed(harmattan, plan, "Zion", "pay@zion.example")
    subscribed(harmattan, plan, "Nobody")
    stored, _ = dearer(harmattan, plan)
    notify(harmattan.owner, plan.id, stored.id, days_before=30, now=NOW)
    page = harmattan.visitor("viewer").get(f"/billing/plans/{plan.id}/").text
    assert "1 client told, last on 20 Mar" in page
    assert ", 1 could not be reached" in page
