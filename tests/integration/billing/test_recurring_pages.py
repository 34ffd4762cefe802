"""An invoice that comes again and again: made from one there is, or typed line by line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.billing import queries
from app.billing.models import Subscription, SubscriptionItem
from app.billing.rules.subscriptions import ItemValues, SubscriptionValues
from app.billing.service import subscribe
from app.billing.service.billing import bill_client
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import new_id
from app.extensions import db
from app.invoices import queries as invoices
from app.invoices import service as invoicing
from app.invoices.values import DraftValues, LineValues
from tests.support.tenants import Tenant

NOW = datetime.now(UTC)
TODAY = NOW.date()
URL = "/billing/subscriptions/recurring/"


def test_an_invoice_is_made_recurring_with_its_lines_taxes_and_discounts(harmattan: Tenant, savannah: Tenant) -> None:
    vat = catalog.create_tax(harmattan.owner, TaxValues("VAT", Decimal("7.5")), now=NOW).id
    client = create_client(harmattan.owner, ClientValues("Zion", email="pay@zion.example"), now=NOW).id
    line = LineValues("Support in {{month}}", Decimal(2), Decimal(50_000), detail="By phone", unit="h",
                      discount=("percent", Decimal(10)), tax_ids=(vat,))  # fmt: skip
    values = DraftValues("NGN", TODAY, 7, client, lines=(line, LineValues("Paper", Decimal(1), Decimal(500))))
    invoice = invoicing.create_draft(harmattan.owner, values, now=NOW)
    visitor = harmattan.visitor("staff")
    asked = visitor.get(f"/billing/subscriptions/new/?invoice={invoice.id}")
    assert asked.status_code == 302 or asked.status_code == 303
    page = visitor.get(f"{URL}?invoice={invoice.id}")
    assert 'value="Support in {{month}}"' in page.text
    assert savannah.visitor().get(f"{URL}?invoice={invoice.id}").status_code == 404
    sent = {
        "subscription_id": str(new_id()), "client_id": str(client), "name": "Support", "currency": "NGN",
        "cycle_count": "1", "cycle_unit": "quarter", "anchor_day": "31", "ahead": "yes", "stub": "next",
        "starts_on": str(TODAY + timedelta(days=1)),
        "lines-0-title": "Support in {{month}}", "lines-0-detail": "By phone", "lines-0-quantity": "2",
        "lines-0-unit": "h", "lines-0-price": "50000", "lines-0-discount": "10", "lines-0-discount_kind": "percent",
        "lines-0-tax_ids": str(vat), "lines-1-title": "", "lines-1-quantity": "1", "lines-1-discount_kind": "percent",
    }  # fmt: skip
    seen = visitor.post(URL + "preview/", data=sent)
    assert "96,750" in seen.text
    assert visitor.post(URL, data=sent).status_code == 303
    db.session.rollback()
    row = db.session.scalar(select(Subscription).where(Subscription.business_id == harmattan.business_id))
    assert (row.cycle_unit, row.cycle_count, row.anchor_day, row.stub) == ("month", 3, 31, "next")
    [item] = db.session.scalars(select(SubscriptionItem).where(SubscriptionItem.subscription_id == row.id))
    assert (item.plan_id, item.price, item.quantity, item.discount_value) == (None, 50_000, 2, 10)
    due = queries.agreement_of(harmattan.business_id, row.id).next_bill_on()
    first = bill_client(harmattan.owner, client, due, send=False, now=NOW)[0]
    assert "{{" not in invoices.contents(harmattan.business_id, first.id).lines[0].title


def test_what_is_wrong_stands_beside_its_field(harmattan: Tenant) -> None:
    client = create_client(harmattan.owner, ClientValues("Zion"), now=NOW).id
    visitor = harmattan.visitor("staff")
    sent = {"client_id": str(client), "name": "Support", "currency": "NGN", "cycle_count": "1", "cycle_unit": "month",
            "ahead": "yes", "stub": "now", "starts_on": str(TODAY)}  # fmt: skip
    assert "Add what is paid for." in visitor.post(URL, data=sent).text
    lines = {"lines-0-title": "Support {{mouth}}", "lines-0-quantity": "1", "lines-0-discount_kind": "percent"}
    answer = visitor.post(URL, data=sent | lines)
    assert answer.status_code == 422
    beside = answer.text.split('id="lines-0-title-err"')[1].split("</p>")[0]
    assert (
        "There is no {{mouth}}. There are {{period}}, {{start}}, {{end}}, {{month}}, {{year}} and {{plan}}." in beside
    )
    assert "Enter a price." in answer.text


def test_somebody_elses_client_is_not_found(harmattan: Tenant, savannah: Tenant) -> None:
    client = create_client(savannah.owner, ClientValues("Zion"), now=NOW).id
    visitor = harmattan.visitor("staff")
    assert visitor.get(f"{URL}?client={client}").status_code == 404
    assert visitor.post(URL, data={"client_id": str(client)}).status_code == 404


def test_days_in_the_lines_of_an_invoice_become_names(harmattan: Tenant) -> None:
    client = create_client(harmattan.owner, ClientValues("Zion"), now=NOW).id
    line = LineValues("Internet, 1 to 31 Oct 2026", Decimal(1), Decimal(500), detail="By fibre\n1–31 October 2026")
    plain = LineValues("Paper", Decimal(1), Decimal(500))
    visitor = harmattan.visitor("staff")
    for lines, named in (((line, plain), True), ((plain,), False)):
        values = DraftValues("NGN", TODAY, 7, client, lines=lines)
        invoice = invoicing.create_draft(harmattan.owner, values, now=NOW)
        page = visitor.get(f"{URL}?invoice={invoice.id}").text
        assert ("each new invoice says its own" in page) is named
        assert "Oct" not in page.split('id="lines-0-title"')[1].split('id="lines-1-title"')[0]
    assert 'value="Paper"' in page


def test_what_a_subscription_made_leads_to_it_instead(harmattan: Tenant) -> None:
    client = create_client(harmattan.owner, ClientValues("Zion"), now=NOW).id
    line = LineValues("Paper", Decimal(1), Decimal(500))
    visitor, offer = harmattan.visitor("staff"), f"{URL}?invoice="
    by_hand = invoicing.create_draft(harmattan.owner, DraftValues("NGN", TODAY, 7, client, lines=(line,)), now=NOW).id
    invoicing.issue(harmattan.owner, by_hand, now=NOW)
    assert f"{offer}{by_hand}" in visitor.get(f"/invoices/{by_hand}/").text
    items = (ItemValues("Support", price=Decimal(500)),)
    row = subscribe(harmattan.owner, SubscriptionValues(client, "Support", "NGN", TODAY, items), now=NOW)
    [made] = bill_client(harmattan.owner, client, TODAY, send=False, now=NOW)
    page = visitor.get(f"/invoices/{made.id}/").text
    assert offer not in page
    assert f"/billing/subscriptions/{row.id}/" in page


def test_a_plan_with_a_name_that_means_nothing_is_refused(harmattan: Tenant) -> None:
    visitor = harmattan.visitor("staff")
    sent = {"name": "Home {{bogus}}", "description": "{{nobody}}", "kind": "plan", "cycle_count": "1", "price": "500",
            "cycle_unit": "month", "begins": "own", "stub": "now", "ahead": "yes", "currency": "NGN"}  # fmt: skip
    answer = visitor.post("/billing/plans/new/", data=sent | {"plan_id": str(new_id())})
    assert answer.status_code == 422
    for field, name in (("name", "bogus"), ("description", "nobody")):
        beside = answer.text.split(f'id="{field}-err"')[1].split("</p>")[0]
        assert f"There is no {{{{{name}}}}}. There are {{{{period}}}}" in beside
