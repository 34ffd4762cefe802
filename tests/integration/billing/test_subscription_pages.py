"""The pages of subscriptions: found, agreed on once, shown beforehand, paused, cancelled, billed."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock
from app.billing import queries, service
from app.billing.errors import OtherDue
from app.billing.models import Subscription
from app.billing.rules.calendar import in_month
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.rules.words import ordinal
from app.billing.service.billing import bill_client, mark_of, plan_client
from app.billing.service.subscriptions import term_end
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices.models import Invoice
from tests.integration.web.test_statements import counted
from tests.support.tenants import Tenant

TODAY = clock.today("Africa/Lagos")
OFFERED = date(2020, 1, 1)
FIRST = in_month(TODAY.year, TODAY.month, 1)
AT = "/billing/subscriptions/"


def client_of(tenant: Tenant, name: str = "Zion Bakery") -> uuid.UUID:
    return create_client(tenant.owner, ClientValues(name, email="pay@zion.example"), now=clock.now()).id


def plan_of(tenant: Tenant, name: str = "Home 20 Mbps", setup: int = 5_000, **more: Any) -> uuid.UUID:
    """A plan on the first of the month for 15,000.00."""
    price = PriceValues("NGN", Decimal(15_000), OFFERED, Decimal(setup))
    values = PlanValues(name, **({"anchor_day": 1} | more))
    return service.create_plan(tenant.owner, values, price, today=OFFERED, now=clock.now()).id


def subscribed(tenant: Tenant, client_id: uuid.UUID, starts_on: date = TODAY, **more: Any) -> uuid.UUID:
    """Something for 15,000.00 a month from its first day on."""
    items = (ItemValues("Home", price=Decimal(15_000)),)
    values = SubscriptionValues(client_id, "Home", "NGN", starts_on, items, **more)
    return service.subscribe(tenant.owner, values, now=clock.now()).id


def typed(client_id: uuid.UUID, plan_id: uuid.UUID, **more: Any) -> dict[str, Any]:
    form = {"subscription_id": uuid.uuid4(), "client_id": client_id, "currency": "NGN", "plan_id": plan_id}
    return form | {"quantity": "1", "starts_on": TODAY.isoformat()} | more


def stored(subscription_id: uuid.UUID, tenant: Tenant) -> Subscription:
    db.session.rollback()
    return queries.get_subscription(tenant.business_id, subscription_id)


def how_many(tenant: Tenant) -> int:
    db.session.rollback()
    query = select(func.count()).select_from(Subscription).where(Subscription.business_id == tenant.business_id)
    return int(db.session.scalar(query) or 0)


def said(visitor: FlaskClient, url: str) -> str:
    """The words of a page."""
    return words(visitor.get(url).text)


def bill(visitor: FlaskClient, subscription_id: uuid.UUID) -> int:
    """Bill what the question shows; the status of the answer."""
    seen = mark(visitor.get(f"{AT}{subscription_id}/bill/").text)
    return visitor.post(f"{AT}{subscription_id}/bill/", data={"seen": seen}).status_code


def mark(page: str) -> str:
    """The mark of what a question shows."""
    return page.split('name="seen"')[1].split('value="')[1].split('"')[0]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@pytest.fixture
def visitor(harmattan: Tenant) -> FlaskClient:
    return harmattan.visitor("staff")


def test_the_list_says_whose_it_is_what_it_costs_and_how_it_stands(harmattan: Tenant, visitor: FlaskClient) -> None:
    subscribed(harmattan, client_of(harmattan))
    page = said(visitor, AT)
    assert "Zion Bakery" in page
    assert "Active" in page
    assert "every month" in page
    assert "15,000" in page


def test_the_list_is_narrowed_by_words_client_plan_and_what_is_over(harmattan: Tenant, visitor: FlaskClient) -> None:
    zion, ada = client_of(harmattan), client_of(harmattan, "Ada Stores")
    subscribed(harmattan, zion)
    over = subscribed(harmattan, ada, TODAY - timedelta(days=40), ends_on=TODAY - timedelta(days=2))
    assert "Ada Stores" not in said(visitor, AT)
    assert "Ada Stores" in said(visitor, f"{AT}?show=over")
    assert "Ended" in said(visitor, f"{AT}?show=over")
    assert "Zion Bakery" not in said(visitor, f"{AT}?client={ada}").split("Only")[1].split("Show all")[1]
    assert "No running subscription fits" in said(visitor, f"{AT}?q=nothing")
    assert "No running subscription fits" in said(visitor, f"{AT}?plan={plan_of(harmattan)}")
    assert visitor.get(f"{AT}{over}/").status_code == 200


def test_many_subscriptions_are_listed_with_as_few_statements_as_two(harmattan: Tenant, visitor: FlaskClient) -> None:
    asked = []
    for many in (2, 12):
        for number in range(many):
            subscribed(harmattan, client_of(harmattan, f"Client {many} {number}"))
        db.session.remove()
        with counted() as found:
            assert visitor.get(AT).status_code == 200
        asked.append(len(found))
    assert asked[0] == asked[1], asked
    assert asked[1] <= 10, asked


def test_a_page_asks_no_more_often_for_a_year_than_for_a_month(harmattan: Tenant, visitor: FlaskClient) -> None:
    asked = []
    for months in (0, 11):
        client_id = client_of(harmattan, f"Client {months}")
        subscription_id = subscribed(harmattan, client_id, in_month(TODAY.year, TODAY.month - months, 1))
        bill(visitor, subscription_id)
        with counted() as found:
            assert visitor.get(f"{AT}{subscription_id}/").status_code == 200
        asked.append(len(found))
    assert asked[0] == asked[1], asked


def test_without_a_client_one_is_chosen_first(harmattan: Tenant, visitor: FlaskClient) -> None:
    client_id = client_of(harmattan)
    assert f"client={client_id}" in visitor.get(f"{AT}new/").text
    assert "Nothing found" in said(visitor, f"{AT}new/?q=nobody")
    assert visitor.post(f"{AT}new/", data={}).status_code == 422


def test_without_a_plan_the_form_says_what_is_missing(harmattan: Tenant, visitor: FlaskClient) -> None:
    assert "Make a plan first" in said(visitor, f"{AT}new/?client={client_of(harmattan)}")


def test_what_will_be_billed_stands_below_before_anything_is_agreed(harmattan: Tenant, visitor: FlaskClient) -> None:
    client_id, plan_id = client_of(harmattan), plan_of(harmattan)
    assert "Choose the plan" in said(visitor, f"{AT}new/?client={client_id}")
    page = said(visitor, f"{AT}new/?client={client_id}&plan={plan_id}").split("What will be billed")[1]
    assert "Set-up, Home 20 Mbps" in page
    assert "5,000" in page
    assert "And so on, every month" in page
    dearer = typed(client_id, plan_id, price="40000", starts_on=FIRST.isoformat())
    answer = visitor.post(f"{AT}new/preview/", data=dearer)
    assert answer.status_code == 200
    assert "40,000" in answer.text
    assert "45,000" in answer.text
    looked = visitor.post(f"{AT}new/", data=dearer | {"look": "1"})
    assert looked.status_code == 200
    assert "45,000" in looked.text
    assert how_many(harmattan) == 0


def test_what_is_billed_is_what_was_shown(harmattan: Tenant, visitor: FlaskClient) -> None:
    client_id, plan_id = client_of(harmattan), plan_of(harmattan)
    addon = plan_of(harmattan, "Fixed address", 0, kind="addon")
    form = typed(client_id, plan_id) | {"addons-0-plan_id": addon, "addons-0-quantity": "2"}
    page = visitor.post(f"{AT}new/preview/", data=form).text
    visitor.post(f"{AT}new/", data=form)
    bill(visitor, form["subscription_id"])
    invoice = db.session.scalars(select(Invoice).where(Invoice.business_id == harmattan.business_id)).one()
    assert f"{invoice.total_minor // 100:,}" in page


def test_a_subscription_is_agreed_on_with_what_was_typed(harmattan: Tenant, visitor: FlaskClient) -> None:
    client_id, plan_id = client_of(harmattan), plan_of(harmattan, trial_days=7)
    addon = plan_of(harmattan, "Fixed address", 0, kind="addon")
    form = typed(client_id, plan_id, quantity="2", setup_price="0", name="Office", po_number="PO 7", apart="y")
    form |= {"addons-0-plan_id": addon, "addons-0-quantity": "3", "last_day": (TODAY + timedelta(days=99)).isoformat()}
    answer = visitor.post(f"{AT}new/", data=form)
    assert answer.status_code == 303
    one = queries.agreement_of(harmattan.business_id, form["subscription_id"])
    assert [(item.title, item.quantity, item.once) for item in one.items] == [
        ("Home 20 Mbps", Decimal(2), False),
        ("Fixed address", Decimal(3), False),
    ]
    assert (one.row.name, one.row.po_number, one.row.apart) == ("Office", "PO 7", True)
    assert one.row.trial_until == TODAY + timedelta(days=7)
    assert one.row.ends_on == TODAY + timedelta(days=100)
    page = said(visitor, f"{AT}{one.row.id}/")
    assert "Trial" in page
    assert "Agreed on" in page
    assert "Fixed address" in page


def test_one_form_makes_one_subscription(harmattan: Tenant, visitor: FlaskClient) -> None:
    form = typed(client_of(harmattan), plan_of(harmattan))
    first, second = (visitor.post(f"{AT}new/", data=form) for _ in range(2))
    assert first.location == second.location
    assert how_many(harmattan) == 1
    changed = visitor.post(f"{AT}new/", data=form | {"quantity": "2"})
    assert changed.status_code == 422
    assert "made a subscription before" in changed.text
    assert str(form["subscription_id"]) not in changed.text
    assert how_many(harmattan) == 1


@pytest.mark.parametrize(
    "more, where, sentence",
    [
        ({"quantity": "0"}, "quantity", "Enter a quantity above zero."),
        ({"starts_on": ""}, "starts_on", "Enter the day it starts on."),
        ({"last_day": "2001-01-01"}, "last_day", "It ends before anything is paid for."),
        ({"trial_until": "2001-01-01"}, "trial_until", "The trial ends before it begins."),
        ({"billed_from": "2001-01-01"}, "billed_from", "Nothing is paid for before this day."),
        ({"anchor_day": "32"}, "anchor_day", "32"),
        ({"plan_id": "nonsense"}, "plan_id", "Choose a plan from the list."),
        ({"starts_on": "2019-06-01"}, "plan_id", "has no price in NGN"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    harmattan: Tenant, visitor: FlaskClient, more: dict[str, str], where: str, sentence: str
) -> None:
    form = typed(client_of(harmattan), plan_of(harmattan), notes="Keep this note") | more
    answer = visitor.post(f"{AT}new/", data=form)
    assert answer.status_code == 422
    assert "Keep this note" in answer.text
    beside = answer.text.split(f'id="{where}-err"')[1].split("</p>")[0]
    assert sentence in beside or where == "anchor_day"
    assert how_many(harmattan) == 0


def test_an_add_on_of_another_rhythm_is_refused_beside_its_row(harmattan: Tenant, visitor: FlaskClient) -> None:
    form = typed(client_of(harmattan), plan_of(harmattan))
    addon = plan_of(harmattan, "Weekly", 0, kind="addon", cycle_unit="week")
    answer = visitor.post(f"{AT}new/", data=form | {"addons-0-plan_id": addon, "addons-0-quantity": "1"})
    assert answer.status_code == 422
    beside = answer.text.split('id="addons-0-quantity-err"')[1].split("</p>")[0]
    assert "billed in another rhythm" in beside


def test_a_pause_may_begin_with_the_next_period(harmattan: Tenant, visitor: FlaskClient) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan))
    assert "with the next period" in said(visitor, f"{AT}{subscription_id}/pause/")
    form = {"when": "term", "version": stored(subscription_id, harmattan).version}
    assert visitor.post(f"{AT}{subscription_id}/pause/", data=form).status_code == 303
    db.session.rollback()
    one = queries.agreement_of(harmattan.business_id, subscription_id)
    assert [span.start for span in one.pauses] == [term_end(one.row, TODAY)]


def test_a_pause_on_another_day_wants_that_day(harmattan: Tenant, visitor: FlaskClient) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan))
    form = {"when": "day", "since": "", "version": stored(subscription_id, harmattan).version}
    answer = visitor.post(f"{AT}{subscription_id}/pause/", data=form)
    assert answer.status_code == 422
    assert "Enter the first day of the pause." in answer.text.split('id="since-err"')[1].split("</p>")[0]


def test_a_pause_and_what_ends_it(harmattan: Tenant, visitor: FlaskClient) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan))
    version = stored(subscription_id, harmattan).version
    assert "not paid for" in said(visitor, f"{AT}{subscription_id}/pause/")
    form = {"since": TODAY.isoformat(), "until": "", "reason": "Away", "version": version}
    assert visitor.post(f"{AT}{subscription_id}/pause/", data=form).status_code == 303
    page = said(visitor, f"{AT}{subscription_id}/")
    assert "Paused" in page
    assert f"Periods begin on the {ordinal(TODAY.day)} of the month" in page.replace("last day", ordinal(31))
    assert "Away" in page
    assert "Take up again" in page
    form = {"on": (TODAY + timedelta(days=3)).isoformat(), "version": stored(subscription_id, harmattan).version}
    assert visitor.post(f"{AT}{subscription_id}/resume/", data=form).status_code == 303
    assert "Goes on again" in said(visitor, f"{AT}{subscription_id}/")


@pytest.mark.parametrize("when", ["now", "term", "day"])
def test_cancelling_says_its_last_day_and_can_be_called_off(harmattan: Tenant, visitor: FlaskClient, when: str) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan), FIRST)
    assert "with the period that runs" in said(visitor, f"{AT}{subscription_id}/cancel/")
    day, version = TODAY + timedelta(days=40), stored(subscription_id, harmattan).version
    form = {"when": when, "last_day": day.isoformat(), "reason": "Moved", "version": version}
    assert visitor.post(f"{AT}{subscription_id}/cancel/", data=form).status_code == 303
    ends = {"now": TODAY, "term": in_month(TODAY.year, TODAY.month + 1, 1), "day": day + timedelta(days=1)}
    row = stored(subscription_id, harmattan)
    assert (row.cancelled_on, row.cancel_reason) == (ends[when], "Moved")
    kept = visitor.post(f"{AT}{subscription_id}/keep/", data={"version": row.version})
    assert kept.status_code == (409 if when == "now" else 303)
    assert (stored(subscription_id, harmattan).cancelled_on is None) is (when != "now")


def test_what_cannot_be_done_stands_beside_its_field(harmattan: Tenant, visitor: FlaskClient) -> None:
    subscription_id, yesterday = subscribed(harmattan, client_of(harmattan)), (TODAY - timedelta(days=1)).isoformat()
    version = stored(subscription_id, harmattan).version
    for verb, form, name in [
        ("pause", {"since": yesterday}, "since"),
        ("resume", {"on": yesterday}, "on"),
        ("cancel", {"when": "day", "last_day": "", "reason": "x"}, "last_day"),
        ("cancel", {"when": "day", "last_day": "2020-01-01", "reason": "x"}, "last_day"),
    ]:
        answer = visitor.post(f"{AT}{subscription_id}/{verb}/", data=form | {"version": version})
        assert answer.status_code == 422, verb
        assert f'id="{name}-err"' in answer.text, verb


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel", "keep"])
def test_what_somebody_else_changed_meanwhile_is_looked_at_again(
    harmattan: Tenant, visitor: FlaskClient, verb: str
) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan))
    form = {"since": TODAY.isoformat(), "on": TODAY.isoformat(), "when": "now", "version": "9"}
    answer = visitor.post(f"{AT}{subscription_id}/{verb}/", data=form)
    assert answer.status_code == 409
    assert "Somebody else changed this subscription" in answer.text


def test_billing_says_first_what_and_bills_it_once(harmattan: Tenant, visitor: FlaskClient) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan), FIRST)
    page = said(visitor, f"{AT}{subscription_id}/bill/")
    assert "Issue 1 invoice now?" in page
    assert "15,000.00" in page
    seen = mark(visitor.get(f"{AT}{subscription_id}/bill/").text)
    for _ in range(2):
        assert visitor.post(f"{AT}{subscription_id}/bill/", data={"seen": seen}).status_code == 303
    made = db.session.scalars(select(Invoice).where(Invoice.business_id == harmattan.business_id)).all()
    assert len(made) == 1
    page = visitor.get(f"{AT}{subscription_id}/").text
    assert f"/invoices/{made[0].id}/" in page
    assert "Billed" in page
    assert visitor.get(f"{AT}{subscription_id}/bill/").status_code == 409


def test_only_what_was_shown_is_billed(harmattan: Tenant, visitor: FlaskClient) -> None:
    client_id = client_of(harmattan)
    subscription_id = subscribed(harmattan, client_id, FIRST)
    seen = mark(visitor.get(f"{AT}{subscription_id}/bill/").text)
    subscribed(harmattan, client_id, FIRST)
    answer = visitor.post(f"{AT}{subscription_id}/bill/", data={"seen": seen})
    assert answer.status_code == 409
    assert "Something else is due by now" in answer.text
    assert mark(answer.text) != seen
    assert visitor.post(f"{AT}{subscription_id}/bill/", data={"seen": mark(answer.text)}).status_code == 303


def test_what_stands_on_its_invoices_is_changed(harmattan: Tenant, visitor: FlaskClient) -> None:
    subscription_id = subscribed(harmattan, client_of(harmattan))
    version = stored(subscription_id, harmattan).version
    form = {"name": "Upstairs", "terms_days": "3", "po_number": "PO 9", "notes": "Hello", "version": version}
    assert visitor.post(f"{AT}{subscription_id}/edit/", data=form).status_code == 303
    row = stored(subscription_id, harmattan)
    assert (row.name, row.terms_days, row.po_number, row.notes, row.version) == (
        "Upstairs",
        3,
        "PO 9",
        "Hello",
        version + 1,
    )
    assert "Upstairs" in said(visitor, f"{AT}?q=upstairs")
    again = visitor.post(f"{AT}{subscription_id}/edit/", data=form | {"name": "Downstairs"})
    assert again.status_code == 409
    assert "Upstairs" in again.text
    assert "Downstairs" in again.text
    assert visitor.post(f"{AT}{subscription_id}/edit/", data={"version": version + 1}).status_code == 422


def test_the_page_of_a_client_shows_their_subscriptions(harmattan: Tenant, visitor: FlaskClient) -> None:
    client_id = client_of(harmattan)
    assert f"{AT}new/?client={client_id}" in visitor.get(f"/clients/{client_id}/").text
    subscription_id = subscribed(harmattan, client_id)
    page = visitor.get(f"/clients/{client_id}/").text
    assert f"{AT}{subscription_id}/" in page
    assert "Due today" in words(page)


def test_a_viewer_reads_and_changes_nothing(harmattan: Tenant) -> None:
    viewer, subscription_id = harmattan.visitor("viewer"), subscribed(harmattan, client_of(harmattan))
    page = viewer.get(f"{AT}{subscription_id}/")
    assert page.status_code == 200
    assert "/pause/" not in page.text
    assert viewer.get(f"{AT}new/").status_code == 403
    assert viewer.post(f"{AT}{subscription_id}/cancel/", data={"when": "now"}).status_code == 403


def test_another_business_finds_nothing(harmattan: Tenant, savannah: Tenant) -> None:
    theirs, stranger = subscribed(harmattan, client_of(harmattan)), savannah.visitor("staff")
    for verb in ("", "edit/", "pause/", "resume/", "cancel/", "keep/", "bill/"):
        assert stranger.get(f"{AT}{theirs}/{verb}").status_code == 404, verb
    assert stranger.get(f"{AT}new/?client={client_of(harmattan)}").status_code == 404
    assert stranger.get(f"{AT}?client={client_of(harmattan)}").status_code == 404


MOST = Decimal(999_999_999_999)
EVERYWHERE = (
    "/billing/subscriptions/",
    "/billing/preview/",
    "/billing/preview.csv",
    "/reports/recurring/",
    "/reports/recurring.csv",
)
OF_ONE = ("", "bill/", "change-plan/", "change-items/")


def test_more_than_an_invoice_holds_is_refused_beside_the_quantity(harmattan: Tenant, visitor: FlaskClient) -> None:
    form = typed(client_of(harmattan), plan_of(harmattan), quantity=f"{MOST}", price=f"{MOST}")
    answer = visitor.post(f"{AT}new/", data=form)
    assert answer.status_code == 422
    assert "more than can be billed" in answer.text.split('id="quantity-err"')[1].split("</p>")[0]
    assert how_many(harmattan) == 0
    without_plan = {
        "subscription_id": uuid.uuid4(), "client_id": form["client_id"], "currency": "NGN", "name": "Line",
        "cycle_unit": "month", "cycle_count": "1", "ahead": "yes", "stub": "now", "starts_on": TODAY.isoformat(),
        "lines-0-title": "Line", "lines-0-quantity": f"{MOST}", "lines-0-price": f"{MOST}",
        "lines-0-discount_kind": "percent",
    }  # fmt: skip
    answer = visitor.post(f"{AT}recurring/", data=without_plan)
    assert answer.status_code == 422
    assert "more than can be billed" in answer.text
    assert how_many(harmattan) == 0


def test_a_price_that_grows_beyond_what_can_be_billed_breaks_no_page(harmattan: Tenant, visitor: FlaskClient) -> None:
    client_id, plan_id = client_of(harmattan), plan_of(harmattan, setup=0)
    plan_of(harmattan, "Fast", setup=0)
    items = (ItemValues("Home", Decimal(100_000), plan_id=plan_id),)
    values = SubscriptionValues(client_id, "Huge home", "NGN", FIRST, items, anchor_day=1)
    id = service.subscribe(harmattan.owner, values, now=clock.now()).id
    dear = PriceValues("NGN", MOST, FIRST)
    service.set_price(harmattan.owner, plan_id, dear, today=OFFERED, now=clock.now())
    for address in (*EVERYWHERE, *(f"{AT}{id}/{verb}" for verb in OF_ONE), f"/clients/{client_id}/"):
        assert visitor.get(address).status_code in (200, 422), address
    assert "Huge home" in said(visitor, "/billing/preview/")
    assert "more of one than can be billed" in said(visitor, "/reports/recurring/")
    assert "too large" in said(visitor, f"{AT}{id}/bill/")


def test_sums_of_what_can_be_billed_may_be_more_than_one_invoice_holds(harmattan: Tenant, visitor: FlaskClient) -> None:
    client_id = client_of(harmattan)
    for name in ("One", "Other"):
        items = (ItemValues(name, Decimal(9), MOST),)
        values = SubscriptionValues(client_id, name, "NGN", FIRST, items, anchor_day=1, apart=True)
        service.subscribe(harmattan.owner, values, now=clock.now())
    for address in (*EVERYWHERE, f"/clients/{client_id}/", "/"):
        assert visitor.get(address).status_code == 200, address
    assert f"{18 * MOST:,}" in said(visitor, "/billing/preview/?months=1")


def test_what_was_shown_is_compared_where_it_is_billed(harmattan: Tenant) -> None:
    client_id = client_of(harmattan)
    subscribed(harmattan, client_id, FIRST)
    with pytest.raises(OtherDue):
        bill_client(harmattan.owner, client_id, TODAY, send=False, now=clock.now(), seen="something else")
    db.session.rollback()
    assert db.session.scalars(select(Invoice).where(Invoice.business_id == harmattan.business_id)).all() == []
    seen = mark_of(plan_client(harmattan.business_id, client_id, TODAY))
    assert len(bill_client(harmattan.owner, client_id, TODAY, send=False, now=clock.now(), seen=seen)) == 1
