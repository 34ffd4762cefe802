"""Subscriptions are billed: each period once, dated by its own day, with what was agreed on."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from app.billing import queries, service
from app.billing.models import BilledPeriod, Subscription
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.states import WrongMove
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.billing import bill_client
from app.billing.service.subscriptions import state_of, term_end
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import writing
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices import queries as invoices
from app.invoices.models import Invoice
from app.reports.checks import violations
from tests.support.tenants import Tenant

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
START = date(2026, 3, 20)


def client_of(tenant: Tenant, name: str = "Zion Bakery") -> uuid.UUID:
    return create_client(tenant.owner, ClientValues(name, email="pay@zion.example"), now=NOW).id


def home(tenant: Tenant, **changes: object) -> uuid.UUID:
    """Home 20 Mbps on the first of the month, 31,000.00 with 5,000.00 at the beginning and 7.5 % on top."""
    vat = catalog.create_tax(tenant.owner, TaxValues("VAT", Decimal("7.5")), now=NOW)
    values = replace(PlanValues("Home 20 Mbps", anchor_day=1, tax_ids=(vat.id,)), **changes)  # type: ignore[arg-type]
    price = PriceValues("NGN", Decimal(31_000), START, Decimal(5_000))
    return service.create_plan(tenant.owner, values, price, today=START, now=NOW).id


def subscribed(tenant: Tenant, client_id: uuid.UUID, plan_id: uuid.UUID, **changes: object) -> uuid.UUID:
    items = (ItemValues("Home 20 Mbps", plan_id=plan_id),
             ItemValues("Set-up", plan_id=plan_id, once=True))  # fmt: skip
    values = SubscriptionValues(client_id, "Home", "NGN", START, items, anchor_day=1, terms_days=7)
    return service.subscribe(tenant.owner, replace(values, **changes), now=NOW).id  # type: ignore[arg-type]


def bill(tenant: Tenant, client_id: uuid.UUID, as_of: str) -> list[Invoice]:
    return bill_client(tenant.owner, client_id, date.fromisoformat(as_of), send=False, now=NOW)


def next_bill(tenant: Tenant, subscription_id: uuid.UUID) -> str | None:
    db.session.rollback()
    found = queries.get_subscription(tenant.business_id, subscription_id).next_bill_on
    return found and found.isoformat()


def faults(tenant: Tenant) -> list[str]:
    db.session.rollback()
    return [str(found.sentence) for found in violations([tenant.business_id], NOW)]


def lines_of(invoice: Invoice) -> list[tuple[str, str, Decimal, int]]:
    stored = invoices.contents(invoice.business_id, invoice.id).lines
    return [(line.title, line.detail, line.unit_price, line.total_minor) for line in stored]


def test_the_first_invoice_is_for_the_days_before_the_first_whole_month(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscription_id = subscribed(harmattan, client_id, plan_id)
    assert next_bill(harmattan, subscription_id) == "2026-03-20"
    [invoice] = bill(harmattan, client_id, "2026-03-31")
    assert (invoice.issue_date, invoice.due_date, invoice.status) == (START, date(2026, 3, 27), "open")
    assert lines_of(invoice) == [
        ("Home 20 Mbps", "20–31 March 2026\n12 of 31 days: 31,000.00 × 12 ÷ 31", Decimal(12_000), 1_290_000),
        ("Set-up", "", Decimal(5_000), 537_500),
    ]
    assert next_bill(harmattan, subscription_id) == "2026-04-01"


def test_a_period_is_billed_once_however_often_one_asks_and_later_ones_are_dated_by_their_day(
    harmattan: Tenant,
) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscription_id = subscribed(harmattan, client_id, plan_id)
    made = [invoice for _ in range(3) for invoice in bill(harmattan, client_id, "2026-06-15")]
    assert [str(invoice.issue_date) for invoice in made] == ["2026-03-20", "2026-04-01", "2026-05-01", "2026-06-01"]
    assert [line[0] for line in lines_of(made[1])] == ["Home 20 Mbps"], "the fee is paid once"
    assert next_bill(harmattan, subscription_id) == "2026-07-01"
    assert faults(harmattan) == []
    claims = db.session.scalars(select(BilledPeriod).order_by(BilledPeriod.period_start)).all()
    assert [(str(claim.period_start), claim.invoice_id) for claim in claims] == [
        (str(invoice.issue_date), invoice.id) for invoice in made
    ]


def test_what_is_due_on_one_day_is_on_one_invoice_unless_it_wants_its_own(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    first = {"starts_on": date(2026, 4, 1), "items": (ItemValues("Home", plan_id=plan_id),)}
    for changes in ({}, {}, {"apart": True}, {"terms_days": 30}):
        subscribed(harmattan, client_id, plan_id, **first | changes)
    made = bill(harmattan, client_id, "2026-04-01")
    assert sorted(len(lines_of(invoice)) for invoice in made) == [1, 1, 2]


def test_a_stub_may_wait_for_the_first_whole_month(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscribed(harmattan, client_id, plan_id, stub="next")
    assert bill(harmattan, client_id, "2026-03-31") == []
    [invoice] = bill(harmattan, client_id, "2026-04-01")
    assert [line[2] for line in lines_of(invoice)] == [12_000, 5_000, 31_000]


def test_in_arrears_a_month_is_billed_when_it_is_over(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscribed(harmattan, client_id, plan_id, ahead=False, stub="free")
    assert bill(harmattan, client_id, "2026-04-30") == []
    [invoice] = bill(harmattan, client_id, "2026-05-01")
    assert invoice.issue_date == date(2026, 5, 1)
    assert lines_of(invoice)[0][1] == "1–30 April 2026"


def test_a_trial_is_not_paid_for(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscription_id = subscribed(harmattan, client_id, plan_id, trial_until=date(2026, 4, 3))
    row = queries.get_subscription(harmattan.business_id, subscription_id)
    assert [state_of(row, day) for day in (START, date(2026, 4, 2), date(2026, 4, 3))] == ["trial", "trial", "active"]
    assert bill(harmattan, client_id, "2026-04-02") == []
    [invoice] = bill(harmattan, client_id, "2026-04-03")
    assert lines_of(invoice)[0][1].startswith("3–30 April 2026")


def test_what_began_elsewhere_is_billed_from_the_day_it_came(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    items = (ItemValues("Home", plan_id=plan_id, price=Decimal(28_000)),)
    began = {"starts_on": date(2023, 1, 15), "billed_from": date(2026, 4, 15), "anchor_day": None, "items": items}
    subscribed(harmattan, client_id, plan_id, **began)
    [invoice] = bill(harmattan, client_id, "2026-04-30")
    assert lines_of(invoice)[0][:3] == ("Home", "15 April – 14 May 2026", Decimal(28_000))


def test_paused_days_cost_nothing_and_resuming_goes_on(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscription_id = subscribed(harmattan, client_id, plan_id)
    bill(harmattan, client_id, "2026-03-31")
    pause = {"since": date(2026, 4, 1), "until": None, "reason": "Travels", "now": NOW}
    service.pause(harmattan.owner, subscription_id, **pause)  # type: ignore[arg-type]
    assert next_bill(harmattan, subscription_id) is None
    assert bill(harmattan, client_id, "2026-05-31") == []
    later = datetime(2026, 5, 12, tzinfo=UTC)
    assert state_of(queries.get_subscription(harmattan.business_id, subscription_id), later.date()) == "paused"
    service.resume(harmattan.owner, subscription_id, on=date(2026, 5, 12), now=later)
    [invoice] = bill(harmattan, client_id, "2026-05-31")
    assert lines_of(invoice)[0][1].startswith("12–31 May 2026\n20 of 31 days")


def test_cancelling_at_the_end_of_the_term_bills_no_more_and_can_be_called_off(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscription_id = subscribed(harmattan, client_id, plan_id)
    row = queries.get_subscription(harmattan.business_id, subscription_id)
    assert term_end(row, START) == date(2026, 4, 1)
    end = {"ends_on": date(2026, 4, 1), "reason": "Moves away", "now": NOW}
    service.cancel(harmattan.owner, subscription_id, **end)  # type: ignore[arg-type]
    assert len(bill(harmattan, client_id, "2026-12-31")) == 1
    assert next_bill(harmattan, subscription_id) is None
    row = queries.get_subscription(harmattan.business_id, subscription_id)
    assert (state_of(row, START), state_of(row, date(2026, 4, 1))) == ("active", "cancelled")
    service.keep(harmattan.owner, subscription_id, now=NOW)
    assert next_bill(harmattan, subscription_id) == "2026-04-01"


def test_what_is_over_is_neither_paused_nor_cancelled(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscription_id = subscribed(harmattan, client_id, plan_id, ends_on=date(2026, 4, 1))
    later = datetime(2026, 4, 2, tzinfo=UTC)
    with pytest.raises(WrongMove):
        service.cancel(harmattan.owner, subscription_id, ends_on=date(2026, 5, 1), reason="", now=later)
    with pytest.raises(WrongMove):
        service.pause(harmattan.owner, subscription_id, since=later.date(), until=None, reason="", now=later)


def test_what_costs_nothing_makes_no_invoice_and_is_not_asked_again(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscription_id = subscribed(harmattan, client_id, plan_id, items=(ItemValues("Guest", price=Decimal(0)),))
    assert bill(harmattan, client_id, "2026-04-01") == []
    claims = db.session.scalars(select(BilledPeriod)).all()
    assert [claim.state for claim in claims] == ["skipped", "skipped"]
    assert next_bill(harmattan, subscription_id) == "2026-05-01"


def test_less_than_half_a_coin_makes_no_invoice_over_nothing(harmattan: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    tiny = Decimal("0.000001")
    subscription_id = subscribed(harmattan, client_id, plan_id, items=(ItemValues("Units", tiny, price=tiny),))
    assert bill(harmattan, client_id, "2026-04-01") == []
    assert [claim.state for claim in db.session.scalars(select(BilledPeriod))] == ["skipped", "skipped"]
    assert next_bill(harmattan, subscription_id) == "2026-05-01"


@pytest.mark.parametrize(
    "field, changes",
    [
        ("currency", {"currency": "USD"}),
        ("items.0.title", {"items": (ItemValues(" ", price=Decimal(1)),)}),
        ("items.0.title", {"items": (ItemValues("For {{mnoth}}", price=Decimal(1)),)}),
        ("items.0.price", {"items": (ItemValues("Line"),)}),
        ("items.0.quantity", {"items": (ItemValues("Line", Decimal(0), Decimal(1)),)}),
        ("items.0.plan_id", {"cycle_unit": "year"}),
        ("items", {"items": ()}),
        ("ends_on", {"ends_on": START}),
        ("trial_until", {"trial_until": date(2026, 3, 1)}),
        ("billed_from", {"billed_from": date(2026, 3, 1)}),
        ("stub", {"stub": "never"}),
    ],
)
def test_what_makes_no_sense_names_its_field_and_leaves_nothing(
    harmattan: Tenant, field: str, changes: dict[str, object]
) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    with pytest.raises(Invalid) as caught:
        subscribed(harmattan, client_id, plan_id, **changes)
    assert list(caught.value.errors) == [field]
    assert db.session.scalars(select(Subscription)).all() == []


def test_nothing_of_another_business_can_be_used(harmattan: Tenant, savannah: Tenant) -> None:
    client_id, plan_id = client_of(harmattan), home(harmattan)
    subscription_id = subscribed(harmattan, client_id, plan_id)
    theirs = client_of(savannah)
    attempts = [
        lambda: subscribed(savannah, client_id, plan_id),
        lambda: subscribed(savannah, theirs, plan_id),
        lambda: bill(savannah, client_id, "2026-12-31"),
        lambda: service.resume(savannah.owner, subscription_id, on=START, now=NOW),
        lambda: service.cancel(savannah.owner, subscription_id, ends_on=START, reason="", now=NOW),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()


# --- the command ------------------------------------------------------------------------------------------------------


def run(tenant: Tenant, *arguments: str) -> tuple[int, str]:
    found = tenant.app.test_cli_runner().invoke(args=["generate-monthly-invoices", *arguments])
    return found.exit_code, found.output


def test_the_command_says_what_it_would_bill_and_bills_it_once(harmattan: Tenant, savannah: Tenant) -> None:
    client_id = client_of(harmattan)
    subscribed(harmattan, client_id, home(harmattan))
    subscribed(savannah, client_of(savannah, "Lekki Hub"), home(savannah))
    planned = (0, "would bill 2026-03-20 Zion Bakery: ₦18,275.00\n1 invoice would be made\n")
    mine = ("--as-of", "2026-03-31", "--business", str(harmattan.business_id))
    for _ in range(2):
        assert run(harmattan, *mine, "--dry-run") == planned
    assert db.session.scalar(select(Invoice.id)) is None, "saying changes nothing"
    code, output = run(harmattan, "--as-of", "2026-03-31")
    assert (code, output.splitlines()[-1]) == (0, "2 invoices made")
    assert "INV-2026-0001 2026-03-20 Zion Bakery: ₦18,275.00" in output
    assert run(harmattan, "--as-of", "2026-03-31") == (0, "0 invoices made\n")


def test_who_cannot_be_billed_keeps_nobody_else_from_it(harmattan: Tenant) -> None:
    plan_id = home(harmattan)
    subscribed(harmattan, client_of(harmattan, "Ada's Kitchen"), plan_id)
    spoilt = subscribed(harmattan, client_of(harmattan, "Zion Bakery"), plan_id)
    with writing():
        db.session.execute(update(Subscription).where(Subscription.id == spoilt).values(currency="USD"))
    code, output = run(harmattan, "--as-of", "2026-03-31")
    assert code == 1
    assert "Zion Bakery: Home 20 Mbps has no price in USD." in output
    assert "Ada's Kitchen: ₦18,275.00" in output
    assert "1 invoice made" in output


# --- the audit --------------------------------------------------------------------------------------------------------


def test_the_audit_finds_a_wrong_day_a_lost_invoice_and_a_day_billed_twice(harmattan: Tenant) -> None:
    client_id = client_of(harmattan)
    subscription_id = subscribed(harmattan, client_id, home(harmattan))
    bill(harmattan, client_id, "2026-04-30")
    assert faults(harmattan) == []
    april = BilledPeriod.period_start == date(2026, 4, 1)
    spoilings = [
        (update(Subscription).values(next_bill_on=None), "says it is billed on None, but that is 2026-05-01"),
        (update(BilledPeriod).where(april).values(invoice_id=None), "2026-04-01 of subscription"),
        (update(BilledPeriod).where(~april).values(period_end=date(2026, 4, 2)), "share 2026-04-01"),
    ]
    for spoiling, sentence in spoilings:
        with writing():
            db.session.execute(spoiling)
        assert sentence in faults(harmattan)[-1]
        assert str(subscription_id) in faults(harmattan)[-1]
