"""The pages on which a running subscription is changed: they show what happens, and do only that."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bs4 import BeautifulSoup
from sqlalchemy import func, select

from app import clock
from app.billing import queries, service
from app.billing.models import SubscriptionChange
from app.billing.rules.plans import PlanValues, PriceValues
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service.billing import bill_client
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices.models import CreditNote
from tests.support.tenants import Browser, Tenant

NOW = datetime.now(UTC)


def today() -> date:
    return clock.today("Africa/Lagos")


def running(tenant: Tenant) -> tuple:
    """A subscription billed ten days ago for thirty days, and a dearer plan: (its address, the plan, its id)."""
    began = today() - timedelta(days=10)
    values, opened = PlanValues("Home", cycle_unit="day", cycle_count=30), NOW - timedelta(days=10)
    made = []
    for name, price in (("Home", 3_000), ("Fast", 6_000)):
        cost = PriceValues("NGN", Decimal(price), began)
        named = replace(values, name=name)
        made.append(service.create_plan(tenant.owner, named, cost, today=began, now=opened).id)
    client = create_client(tenant.owner, ClientValues("Zion"), now=NOW).id
    items = (ItemValues("Home", plan_id=made[0]),)
    agreed = SubscriptionValues(client, "Home", "NGN", began, items, cycle_unit="day", cycle_count=30)
    id = service.subscribe(tenant.owner, agreed, now=opened).id
    bill_client(tenant.owner, client, today(), send=False, now=opened)
    return f"/billing/subscriptions/{id}/", made[1], id


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the form of a page."""
    form = BeautifulSoup(page, "html.parser").select_one("#change-form")
    assert form is not None
    sent = {}
    for field in form.select("input[name], select[name]"):
        kind, name = field.get("type"), str(field["name"])
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            sent[name] = str(chosen["value"]) if chosen else ""
        elif kind not in ("radio", "checkbox") or field.has_attr("checked"):
            sent[name] = str(field.get("value", ""))
    return sent


def chosen(visitor: Browser, url: str, plan: uuid.UUID, **more: str) -> dict[str, str]:
    """The form with a plan that was chosen, once what that does was shown."""
    sent = form_of(visitor.get(url + "change-plan/").text) | {"plan_id": str(plan)} | more
    seen = visitor.post(url + "change-plan/preview/", data=sent).text
    mark = BeautifulSoup(seen, "html.parser").select_one("[name=seen]")
    return sent | ({"seen": str(mark["value"])} if mark else {})


def test_the_page_shows_what_happens_and_the_button_does_it(harmattan: Tenant) -> None:
    url, fast, id = running(harmattan)
    visitor = harmattan.visitor("staff")
    sent = chosen(visitor, url, fast)
    shown = visitor.post(url + "change-plan/preview/", data=sent).text
    assert "Home: 20 of 30 days unused, 3,000.00 × 20 ÷ 30" in shown
    assert "It stays billed ahead, on the first day of each period." in shown
    assert "The subscription is then called Fast, too." in shown
    assert visitor.post(url + "change-plan/", data=sent).status_code == 303
    db.session.rollback()
    assert db.session.scalar(select(CreditNote.total_minor)) == 200_000
    assert "What is paid for changed" in visitor.get(url).text
    items = queries.agreement_of(harmattan.business_id, id).items
    assert [item.title for item in items if item.until is None] == ["Fast"]


def test_no_plan_is_chosen_for_anybody(harmattan: Tenant) -> None:
    url, _, _ = running(harmattan)
    visitor = harmattan.visitor("staff")
    page = visitor.get(url + "change-plan/").text
    sent = form_of(page)
    assert sent["plan_id"] == ""
    assert "Once everything above is right" in page
    answer = visitor.post(url + "change-plan/", data=sent)
    assert answer.status_code == 422
    assert "Choose the new plan." in answer.text.split('id="plan_id-err"')[1].split("</p>")[0]
    assert "Once everything above is right" in visitor.post(url + "change-plan/preview/", data=sent).text


def test_a_plan_billed_on_the_other_side_says_that_nothing_turns(harmattan: Tenant) -> None:
    url, _, id = running(harmattan)
    late = PlanValues("Late", cycle_unit="day", cycle_count=30, ahead=False)
    began = today() - timedelta(days=10)
    cost = PriceValues("NGN", Decimal(4_000), began)
    plan = service.create_plan(harmattan.owner, late, cost, today=began, now=NOW).id
    visitor = harmattan.visitor("staff")
    sent = chosen(visitor, url, plan)
    shown = visitor.post(url + "change-plan/preview/", data=sent).text
    assert "It stays billed ahead, on the first day of each period, as it was agreed on." in shown
    assert "Whoever begins with the new plan is billed afterwards" in shown
    assert visitor.post(url + "change-plan/", data=sent).status_code == 303
    db.session.rollback()
    assert queries.get_subscription(harmattan.business_id, id).ahead is True


def test_what_was_not_shown_is_not_done(harmattan: Tenant) -> None:
    url, fast, _ = running(harmattan)
    visitor = harmattan.visitor("staff")
    sent = chosen(visitor, url, fast)
    answer = visitor.post(url + "change-plan/", data=sent | {"quantity": "7"})
    assert answer.status_code == 409
    assert "Something else would happen by now than you saw." in answer.text
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(SubscriptionChange)) == 0
    assert visitor.post(url + "change-plan/", data=form_of(answer.text)).status_code == 303


def test_a_stale_form_is_refused(harmattan: Tenant) -> None:
    url, fast, _ = running(harmattan)
    visitor = harmattan.visitor("staff")
    sent = chosen(visitor, url, fast)
    assert visitor.post(url + "change-plan/", data=sent).status_code == 303
    assert visitor.post(url + "change-plan/", data=sent).status_code == 409


def test_a_planned_change_is_shown_and_called_off(harmattan: Tenant) -> None:
    url, fast, id = running(harmattan)
    visitor = harmattan.visitor("staff")
    sent = chosen(visitor, url, fast, when="term")
    assert visitor.post(url + "change-plan/", data=sent).status_code == 303
    page = visitor.get(url).text
    assert "Home → Fast, from" in page
    assert visitor.get(url + "change-plan/").status_code == 409
    db.session.rollback()
    version = queries.get_subscription(harmattan.business_id, id).version
    assert "Call this change off?" in visitor.get(url + "call-off/").text
    assert visitor.post(url + "call-off/", data={"version": version}).status_code == 303
    assert (
        "Home → Fast, from"
        not in BeautifulSoup(visitor.get(url).text, "html.parser").select_one("main").get_text()[:400]
    )


def test_quantities_are_changed_on_a_page_of_their_own(harmattan: Tenant) -> None:
    url, _, id = running(harmattan)
    visitor = harmattan.visitor("staff")
    sent = form_of(visitor.get(url + "change-items/").text) | {"things-0-quantity": "2"}
    seen = visitor.post(url + "change-items/preview/", data=sent).text
    mark = BeautifulSoup(seen, "html.parser").select_one("[name=seen]")
    assert visitor.post(url + "change-items/", data=sent | {"seen": str(mark["value"])}).status_code == 303
    db.session.rollback()
    held = [item for item in queries.agreement_of(harmattan.business_id, id).items if item.until is None]
    assert [item.quantity for item in held] == [2]


def test_cancelling_says_what_would_come_back(harmattan: Tenant) -> None:
    url, _, id = running(harmattan)
    visitor = harmattan.visitor("staff")
    assert "from today on ₦2,000.00" in visitor.get(url + "cancel/").text
    db.session.rollback()
    version = queries.get_subscription(harmattan.business_id, id).version
    sent = {"when": "now", "credit": "y", "version": version}
    assert visitor.post(url + "cancel/", data=sent).status_code == 303
    db.session.rollback()
    assert db.session.scalar(select(CreditNote.total_minor)) == 200_000


def test_without_another_plan_the_page_says_so(harmattan: Tenant) -> None:
    url, fast, _ = running(harmattan)
    service.archive_plan(harmattan.owner, fast, now=NOW)
    visitor = harmattan.visitor("staff")
    page = visitor.get(url + "change-plan/")
    assert page.status_code == 200
    assert "There is no other plan in NGN" in page.text
    assert "/billing/plans/new/" in page.text
    db.session.rollback()
    home = next(item.plan_id for item in queries.agreement_of(harmattan.business_id, _id(url)).items)
    service.archive_plan(harmattan.owner, home, now=NOW)
    assert "There is no other plan in NGN" in visitor.get(url + "change-plan/").text


def test_more_than_an_invoice_holds_is_refused_beside_the_quantity(harmattan: Tenant) -> None:
    url, fast, id = running(harmattan)
    visitor, most = harmattan.visitor("staff"), "999999999999"
    sent = form_of(visitor.get(url + "change-plan/").text) | {"plan_id": str(fast), "quantity": most, "price": most}
    for when in ("now", "term"):
        answer = visitor.post(url + "change-plan/", data=sent | {"when": when})
        assert answer.status_code == 422
        assert "more than can be billed" in answer.text.split('id="quantity-err"')[1].split("</p>")[0]
    sent = form_of(visitor.get(url + "change-items/").text) | {"things-0-quantity": most, "things-0-price": most}
    answer = visitor.post(url + "change-items/", data=sent)
    assert answer.status_code == 422
    assert "more than can be billed" in answer.text.split('id="things-0-quantity-err"')[1].split("</p>")[0]
    db.session.rollback()
    assert all(item.until is None for item in queries.agreement_of(harmattan.business_id, id).items)


def test_another_plan_at_the_same_price_is_looked_at_first(harmattan: Tenant) -> None:
    url, fast, _ = running(harmattan)
    began = today() - timedelta(days=10)
    twin, cost = PlanValues("Twin", cycle_unit="day", cycle_count=30), PriceValues("NGN", Decimal(6_000), began)
    plan = service.create_plan(harmattan.owner, twin, cost, today=began, now=NOW).id
    visitor = harmattan.visitor("staff")
    sent = chosen(visitor, url, fast)
    assert visitor.post(url + "change-plan/", data=sent | {"plan_id": str(plan)}).status_code == 409
    assert visitor.post(url + "change-plan/", data=sent).status_code == 303


def _id(url: str) -> uuid.UUID:
    return uuid.UUID(url.split("/")[-2])
