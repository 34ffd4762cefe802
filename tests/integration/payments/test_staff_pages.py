"""What staff do with payments: record, look, undo, use credit, settle what is held."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import clock
from app.auth.queries import get_business
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.payments import service
from app.payments.gateways.base import Verification
from app.payments.models import Payment
from app.payments.queries import held
from tests.support.story import Story, a_business


@pytest.fixture
def app(make_app: Any) -> Any:
    """The application with its context open; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    with made.app_context():
        yield made


@pytest.fixture
def harmattan(app: Flask) -> Story:
    return a_business(app)


@pytest.fixture
def staff(harmattan: Story) -> FlaskClient:
    return harmattan.visitor("staff")


def form_of(staff: FlaskClient, invoice_id: Any, **typed: str) -> dict[str, str]:
    """The form as it opens, with some of it changed."""
    page = staff.get(f"/payments/new/?invoice={invoice_id}").text
    kept = dict(re.findall(r'<input id="\w+" name="(\w+)" type="hidden" value="([^"]*)"', page))
    found = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) for name in ("amount", "received_on")}
    shown = {name: match[1] for name, match in found.items() if match}
    return {**kept, **shown, "method": "transfer", **typed}


def balance(story: Story, invoice_id: Any) -> int:
    db.session.rollback()
    return int(db.session.get_one(Invoice, (story.business_id, invoice_id)).balance_minor)


def payments(story: Story) -> list[Payment]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Payment).where(Payment.business_id == story.business_id)))


def test_the_form_pays_all_of_it_today_and_sending_it_twice_books_once(harmattan: Story, staff: FlaskClient):
    invoice_id = harmattan.issued()
    form = form_of(staff, invoice_id, reference="GTB 4711")
    assert form["amount"] == "3225.00"
    for _ in range(2):
        answer = staff.post("/payments/new/", data=form)
        assert (answer.status_code, answer.location) == (303, f"/invoices/{invoice_id}/")
    assert [payment.reference for payment in payments(harmattan)] == ["GTB 4711"]
    assert balance(harmattan, invoice_id) == 0
    page = staff.get(f"/invoices/{invoice_id}/").text
    assert f"/payments/{payments(harmattan)[0].id}/reverse/" in page


@pytest.mark.parametrize("changed", ["amount", "invoice", "reference"])
def test_a_form_that_was_used_says_so_instead_of_confirming_what_it_did_not_book(
    harmattan: Story, staff: FlaskClient, changed: str
):
    """Back in the browser brings the old form: what is typed into it then is another payment."""
    invoice_id, other = harmattan.issued(), harmattan.issued()
    form = form_of(staff, invoice_id, amount="1,000")
    staff.post("/payments/new/", data=form)
    typed = {**form, changed: {"amount": "500", "invoice": str(other), "reference": "GTB 4712"}[changed]}
    asked = staff.post("/payments/new/", data=typed)
    assert asked.status_code == 422
    assert "This form recorded a payment before" in asked.text
    assert len(payments(harmattan)) == 1
    fresh = re.search(r'name="payment_id" type="hidden" value="([^"]+)"', asked.text)[1]
    assert staff.post("/payments/new/", data={**typed, "payment_id": fresh}).status_code == 303
    assert len(payments(harmattan)) == 2


def test_a_form_whose_payment_was_undone_does_not_pass_for_recorded(harmattan: Story, staff: FlaskClient):
    invoice_id = harmattan.issued()
    form = form_of(staff, invoice_id)
    staff.post("/payments/new/", data=form)
    service.reverse_payment(harmattan.owner, payments(harmattan)[0].id, "Bad cheque", now=clock.now())
    assert staff.post("/payments/new/", data=form).status_code == 422
    assert balance(harmattan, invoice_id) == 322_500


def test_more_than_is_due_is_asked_about_before_it_becomes_credit(harmattan: Story, staff: FlaskClient):
    invoice_id = harmattan.issued()
    asked = staff.post("/payments/new/", data=form_of(staff, invoice_id, amount="4,000"))
    assert asked.status_code == 422
    assert "That is ₦775.00 more than is due." in asked.text
    assert 'value="4,000"' in asked.text
    assert payments(harmattan) == []
    accepted = re.search(r'name="accept" type="hidden" value="(\d+)"', asked.text)[1]
    form = form_of(staff, invoice_id, amount="4,000", accept=accepted)
    assert staff.post("/payments/new/", data={**form, "amount": "5,000"}).status_code == 422
    assert staff.post("/payments/new/", data=form).status_code == 303
    assert payments(harmattan)[0].unallocated_minor == 77_500


def test_a_day_long_before_the_invoice_is_asked_about_once(harmattan: Story, staff: FlaskClient):
    invoice_id = harmattan.issued()
    early = (clock.today("Africa/Lagos") - timedelta(days=61)).isoformat()
    asked = staff.post("/payments/new/", data=form_of(staff, invoice_id, received_on=early))
    assert asked.status_code == 422
    assert "more than two months before INV-" in asked.text
    assert payments(harmattan) == []
    accepted = re.search(r'name="accept" type="hidden" value="([^"]+)"', asked.text)[1]
    other = (clock.today("Africa/Lagos") - timedelta(days=62)).isoformat()
    form = form_of(staff, invoice_id, received_on=other, accept=accepted)
    assert staff.post("/payments/new/", data=form).status_code == 422
    assert staff.post("/payments/new/", data={**form, "received_on": early}).status_code == 303
    assert payments(harmattan)[0].received_on.isoformat() == early


def test_more_than_all_invoices_need_is_asked_about_first(harmattan: Story, staff: FlaskClient):
    harmattan.issued()
    page = staff.get(f"/payments/many/?client={harmattan.client_id}").text
    names = r'name="(payment_id|client|currency|shares-0-invoice|received_on|method)"[^>]*value="([^"]+)"'
    form = dict(re.findall(names, page)) | {"amount": "4,000", "method": "transfer"}
    form["payment_id"] = re.search(r'name="payment_id" type="hidden" value="([^"]+)"', page)[1]
    form["client"], form["received_on"] = str(harmattan.client_id), clock.today("Africa/Lagos").isoformat()
    asked = staff.post("/payments/many/", data=form)
    assert asked.status_code == 422
    assert "That is ₦775.00 more than is due." in asked.text
    assert payments(harmattan) == []
    accepted = re.search(r'name="accept" type="hidden" value="([^"]+)"', asked.text)[1]
    for _ in range(2):
        assert staff.post("/payments/many/", data={**form, "accept": accepted}).status_code in (303, 422)
    assert [one.unallocated_minor for one in payments(harmattan)] == [77_500]


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("amount", "", "Enter an amount."),
        ("amount", "0", "Enter an amount above zero."),
        ("amount", "NaN", "Enter"),
        ("amount", "9" * 30, "too large"),
        ("method", "gateway", "Choose how it was paid."),
        ("method", "gold", "Choose how it was paid."),
        ("received_on", "2199-01-01", "That day has not come yet."),
        ("received_on", "9999-12-31", "Enter a date from"),
        ("received_on", "20-11-2026", "year-month-day"),
        ("reference", "x" * 10_000, "Use at most 120 characters"),
        ("note", "a\x07b", "characters"),
    ],
)
def test_what_cannot_be_recorded_is_refused_beside_its_field(
    harmattan: Story, staff: FlaskClient, field: str, typed: str, sentence: str
):
    answer = staff.post("/payments/new/", data=form_of(staff, harmattan.issued(), **{field: typed}))
    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert sentence in answer.text
    assert payments(harmattan) == []


def test_a_draft_takes_no_money(harmattan: Story, staff: FlaskClient):
    draft = harmattan.draft()
    answer = staff.post("/payments/new/", data={**form_of(staff, draft), "amount": "1", "accept": "100"})
    assert answer.status_code == 422
    assert payments(harmattan) == []


def test_undoing_says_what_it_will_do_wants_a_reason_and_leaves_both_entries(harmattan: Story, staff: FlaskClient):
    invoice_id = harmattan.issued()
    staff.post("/payments/new/", data=form_of(staff, invoice_id))
    url = f"/payments/{payments(harmattan)[0].id}/"
    asked = staff.get(url + "reverse/").text
    assert "will owe ₦3,225.00 again" in asked
    assert staff.post(url + "reverse/", data={"reason": " "}).status_code == 422
    assert staff.post(url + "reverse/", data={"reason": "Typed twice"}).status_code == 303
    assert balance(harmattan, invoice_id) == 322_500
    page = staff.get(url).text
    assert "Undone on" in page
    assert "Typed twice" in page
    assert staff.post(url + "reverse/", data={"reason": "Again"}).status_code == 409


def test_money_from_a_gateway_is_not_undone_by_hand(harmattan: Story, staff: FlaskClient):
    attempt = harmattan.attempt(harmattan.issued())
    answer = Verification("succeeded", attempt.reference, 322_500, "NGN", "test")
    service.settle(harmattan.business_id, attempt.id, answer, now=clock.now())
    url = f"/payments/{payments(harmattan)[0].id}/reverse/"
    assert staff.get(url).status_code == 409
    assert staff.post(url, data={"reason": "Oops"}).status_code == 409
    assert payments(harmattan)[0].reversed_at is None


def test_credit_settles_another_invoice_of_the_client(harmattan: Story, staff: FlaskClient):
    form = form_of(staff, harmattan.issued(), amount="4,225", accept="422500")
    staff.post("/payments/new/", data=form)
    other = harmattan.issued()
    payment = payments(harmattan)[0]
    assert "Credit that could settle it" in staff.get(f"/invoices/{other}/").text
    answer = staff.post(f"/payments/{payment.id}/apply/", data={"invoice": str(other)})
    assert answer.location == f"/payments/{payment.id}/"
    assert balance(harmattan, other) == 222_500
    assert payments(harmattan)[0].unallocated_minor == 0
    assert staff.post(f"/payments/{payment.id}/apply/", data={"invoice": str(other)}).status_code == 422


def test_one_use_of_credit_is_taken_off_and_the_payment_stays(harmattan: Story, staff: FlaskClient):
    first = harmattan.issued()
    staff.post("/payments/new/", data=form_of(staff, first, amount="4,225", accept="422500"))
    other, payment_id = harmattan.issued(), payments(harmattan)[0].id
    staff.post(f"/payments/{payment_id}/apply/", data={"invoice": str(other)})
    used = staff.get(f"/payments/{payment_id}/").text
    assert "Credit used: ₦1,000.00" in used
    page, url = staff.get(f"/invoices/{other}/").text, f"/payments/{payment_id}/take-off/{other}/"
    assert url in page
    assert f"/payments/{payment_id}/reverse/" not in page
    assert "will owe ₦1,000.00 again" in staff.get(url).text
    assert staff.post(url).status_code == 303
    assert (balance(harmattan, other), balance(harmattan, first)) == (322_500, 0)
    assert payments(harmattan)[0].unallocated_minor == 100_000
    assert "Credit taken off again: ₦1,000.00" in staff.get(f"/payments/{payment_id}/").text
    assert staff.post(url).status_code == 404


def test_another_client_s_invoice_is_not_settled(harmattan: Story, staff: FlaskClient, app: Flask):
    staff.post("/payments/new/", data=form_of(staff, harmattan.issued(), amount="4,225", accept="422500"))
    foreign = a_business(app, "Savannah Coffee").issued()
    answer = staff.post(f"/payments/{payments(harmattan)[0].id}/apply/", data={"invoice": str(foreign)})
    assert answer.status_code == 422


def pay(story: Story, amount: int, method: str = "cash", reference: str = "") -> None:
    today = clock.today(get_business(story.business_id).timezone)
    money = Money(amount, "NGN")
    service.record_payment(story.owner, story.issued(), money, method, today, now=clock.now(), reference=reference)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"A-1", "B-2"}),
        ("q=a-1", {"A-1"}),
        ("q=lekki+b-2", {"B-2"}),
        ("q=INV-2026-0001", {"A-1"}),
        ("q=%25", set()),
        ("method=cash", {"A-1"}),
        ("method=nonsense", {"A-1", "B-2"}),
        ("from=2026-01-01&to=2199-01-01", {"A-1", "B-2"}),
        ("to=2001-01-01", set()),
        ("from=yesterday", {"A-1", "B-2"}),
        ("client=00000000-0000-0000-0000-000000000000", set()),
        ("cursor=forged", {"A-1", "B-2"}),
        ("q=%00", {"A-1", "B-2"}),
    ],
)
def test_the_list_shows_what_its_address_says(harmattan: Story, staff: FlaskClient, query: str, found: set[str]):
    pay(harmattan, 100_000, "cash", "A-1")
    pay(harmattan, 50_000, "transfer", "B-2")
    answer = staff.get("/payments/?" + query)
    assert answer.status_code == 200
    rows = answer.text.split("<tbody")[-1] if "<tbody" in answer.text else ""
    assert {name for name in ("A-1", "B-2") if name in rows} == found


def test_the_list_goes_on_after_twenty_five_and_adds_up_all_pages(harmattan: Story, staff: FlaskClient):
    for _ in range(27):
        pay(harmattan, 10_000)
    first = staff.get("/payments/").text
    assert "27 in all" in first
    assert "2,700" in first
    url = re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    assert staff.get(url).text.count('class="doc') == 2


def test_held_money_is_shown_to_all_and_resolved_by_admins(harmattan: Story):
    answer = Verification("succeeded", amount_minor=1_000, currency="XXQ")
    service.hold(harmattan.business_id, "paystack", "stranger", answer, "Nobody knows it.", now=clock.now())
    url = f"/payments/held/{held(harmattan.business_id)[0].id}/resolve/"
    page = harmattan.visitor("staff").get("/payments/").text
    assert "Nobody knows it." in page
    assert url not in page
    admin = harmattan.visitor("admin")
    assert url in admin.get("/payments/").text
    assert "stranger" in admin.get(url).text
    assert admin.post(url, data={"resolution": ""}).status_code == 422
    assert admin.post(url, data={"resolution": "Refunded at Paystack"}).status_code == 303
    assert "Nobody knows it." not in admin.get("/payments/").text
    assert admin.post(url, data={"resolution": "Again"}).status_code == 404
