"""What staff do on the pages about credit notes, refunds and payments over many invoices."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import clock
from app.extensions import db
from app.invoices.models import CreditNote
from app.payments import service as payments
from app.payments.models import Payment
from tests.integration.money.reading import invoice, issue, lines, note, payment
from tests.support.story import Story


@pytest.fixture
def app(make_app: Any) -> Any:
    """The application; forms need no token."""
    made = make_app()
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def staff(story: Story) -> FlaskClient:
    return story.visitor("staff")


def opened(staff: FlaskClient, path: str, **typed: str) -> dict[str, str]:
    """A form as it opens, with some of it changed."""
    page = staff.get(path).text
    found = re.findall(r"<input [^>]*>", page)
    shown = {}
    for field in found:
        name, value = re.search(r'name="([^"]+)"', field), re.search(r'value="([^"]*)"', field)
        radio = 'type="radio"' in field and "checked" not in field
        if name and name[1] not in ("q", "csrf_token") and not radio:
            shown[name[1]] = value[1] if value else ""
    return {**shown, **typed}


def only(story: Story, model: Any) -> Any:
    db.session.rollback()
    [row] = db.session.scalars(db.select(model).where(model.business_id == story.business_id))
    return row


def test_a_credit_note_opens_filled_in_and_is_issued(story, staff):
    sold = issue(story, "1000", "250")
    path = f"/invoices/{sold}/credit/"
    form = opened(staff, path, reason="Returned")
    assert [form[f"lines-{n}-amount"] for n in (0, 1)] == ["1075.00", "268.75"]
    answer = staff.post(path, data={**form, "lines-1-amount": ""})
    made = only(story, CreditNote)
    assert (answer.status_code, answer.location) == (303, f"/credit-notes/{made.id}/")
    assert (made.total_minor, invoice(story, sold).balance_minor) == (107_500, 26_875)
    assert (
        staff.post(path, data={**form, "lines-1-amount": ""}).location == answer.location
    )  # sent twice, credited once
    assert made.number in staff.get(f"/invoices/{sold}/").text
    assert made.number in staff.get("/credit-notes/?q=lekki").text


def test_too_much_is_said_beside_its_line_and_what_was_typed_is_kept(story, staff):
    sold = issue(story, "1000", "250")
    path = f"/invoices/{sold}/credit/"
    form = opened(staff, path, **{"reason": "Returned", "lines-1-amount": "268.76", "lines-0-amount": "12.34"})
    answer = staff.post(path, data=form)
    assert answer.status_code == 422
    assert "At most ₦268.75 of this line is left to credit." in answer.text
    assert 'value="12.34"' in answer.text
    assert '<a href="#lines-1-amount">Lines, 2: At most ₦268.75' in answer.text
    assert "Say why" in staff.post(path, data={**form, "reason": ""}).text
    empty = {**form, "lines-0-amount": "", "lines-1-amount": "0"}
    assert "Say how much of at least one line is credited." in staff.post(path, data=empty).text
    db.session.rollback()
    assert db.session.scalar(db.select(CreditNote.id)) is None


def test_the_sum_follows_what_is_typed(story, staff):
    sold = issue(story, "1000")
    line = lines(story, sold)[0]
    typed = {"lines-0-line": str(line.id), "lines-0-amount": "75", "use": "keep"}
    shown = staff.get(f"/invoices/{sold}/credit/sum/", query_string=typed).text
    assert "75" in shown
    assert "₦1,075.00" in shown  # it still owes all of it
    assert "Credit to use or give back" in shown
    nonsense = {**typed, "lines-0-amount": "x"}
    assert staff.get(f"/invoices/{sold}/credit/sum/", query_string=nonsense).status_code == 200


def test_voiding_says_what_will_be_owed_again(story, staff):
    made = story.credited(0)
    sold = note(story, made).invoice_id
    page = staff.get(f"/credit-notes/{made}/void/").text
    assert f"{invoice(story, sold).number} will owe ₦3,225.00 again." in page
    assert staff.post(f"/credit-notes/{made}/void/", data={"reason": ""}).status_code == 422
    assert staff.post(f"/credit-notes/{made}/void/", data={"reason": "Mistake"}).status_code == 303
    assert invoice(story, sold).balance_minor == 322_500
    assert "Void" in staff.get(f"/credit-notes/{made}/").text


def test_what_is_left_of_a_credit_note_settles_another_invoice(story, staff):
    made = story.credited()
    other = issue(story, "400")
    assert invoice(story, other).number in staff.get(f"/credit-notes/{made}/").text
    answer = staff.post(f"/credit-notes/{made}/apply/", data={"invoice": str(other), "back": "invoice"})
    assert answer.location == f"/invoices/{other}/"
    assert invoice(story, other).balance_minor == 0
    stranger = staff.post(f"/credit-notes/{made}/apply/", data={"invoice": str(uuid.uuid4())})
    assert stranger.status_code == 422


def test_one_payment_settles_the_oldest_first_without_amounts_beside_them(story, staff):
    one, two = issue(story, "100"), issue(story, "200")
    path = f"/payments/many/?client={story.client_id}"
    form = opened(staff, path, amount="200", method="transfer")
    answer = staff.post("/payments/many/", data=form)
    came = only(story, Payment)
    assert answer.location == f"/payments/{came.id}/"
    assert sorted((invoice(story, one).balance_minor, invoice(story, two).balance_minor)) == [0, 12_250]
    assert staff.post("/payments/many/", data=form).status_code in (303, 422)
    assert only(story, Payment).id == came.id


def test_amounts_beside_the_invoices_are_what_they_get(story, staff):
    one, two = issue(story, "100"), issue(story, "200")
    form = opened(staff, f"/payments/many/?client={story.client_id}", amount="200", method="cash")
    place = {form[f"shares-{n}-invoice"]: f"shares-{n}-amount" for n in (0, 1)}
    too_much = staff.post("/payments/many/", data={**form, place[str(one)]: "100", place[str(two)]: "100.01"})
    assert too_much.status_code == 422
    assert "together would get more than came" in too_much.text
    assert 'value="100.01"' in too_much.text
    asked = staff.post("/payments/many/", data={**form, place[str(two)]: "150"})
    assert asked.status_code == 422
    assert "₦50.00 of it settles no invoice." in asked.text
    said = {**form, place[str(two)]: "150", "accept": "20000"}
    assert staff.post("/payments/many/", data=said).status_code == 303
    assert (invoice(story, one).balance_minor, invoice(story, two).balance_minor) == (10_750, 6_500)
    assert only(story, Payment).unallocated_minor == 5_000


def test_the_spread_is_shown_while_one_types(story, staff):
    issue(story, "100")
    asked = {"client": str(story.client_id), "currency": "NGN", "amount": "150"}
    shown = staff.get("/payments/many/spread/", query_string=asked).text
    assert 'value="107.50"' in shown
    assert "Becomes credit" in shown
    assert staff.get("/payments/many/spread/", query_string={**asked, "amount": "x"}).status_code == 200


def test_giving_back_says_what_is_owed_again_and_can_be_undone(story, staff):
    sold = issue(story, "100")
    paid = story.payment(sold, 10_750)
    path = f"/payments/{paid}/refund/"
    form = opened(staff, path, reason="Paid twice", method="cash")
    assert form["amount"] == "107.50"
    assert staff.post(path, data={**form, "amount": "107.51"}).status_code == 422
    assert staff.post(path, data={**form, "amount": "7.50"}).location == f"/payments/{paid}/"
    assert invoice(story, sold).balance_minor == 750
    page = staff.get(f"/payments/{paid}/").text
    undo = re.search(r'href="(/refunds/[^"]+/undo/)"', page)
    assert undo
    assert staff.post(undo[1], data={"reason": "Typed twice"}).status_code == 303
    assert payment(story, paid).unallocated_minor == 750
    assert staff.post(undo[1], data={"reason": "Again"}).status_code == 409


def test_revising_opens_a_draft_that_says_whose_place_it_takes(story, staff):
    sold = issue(story, "100")
    answer = staff.post(f"/invoices/{sold}/revise/", data={"reason": "Wrong price"})
    page = staff.get(answer.location).text
    assert f"takes the place of {invoice(story, sold).number}" in page
    assert "Being revised in" in staff.get(f"/invoices/{sold}/").text


def test_viewers_look_and_change_nothing(story):
    made = story.credited()
    viewer = story.visitor("viewer")
    assert "Give back" not in viewer.get(f"/credit-notes/{made}/").text
    for path in (f"/credit-notes/{made}/void/", f"/credit-notes/{made}/refund/", f"/credit-notes/{made}/apply/"):
        assert viewer.post(path).status_code == 403


def test_a_draft_is_not_credited_and_a_void_invoice_says_why(story, staff):
    draft = story.draft()
    assert staff.get(f"/invoices/{draft}/credit/").status_code == 409
    assert staff.post(f"/invoices/{draft}/credit/", data={"reason": ""}).status_code == 409
    sold = issue(story, "100")
    payments.credit_invoice(
        story.owner, sold, {lines(story, sold)[0].id: 10_750}, "Returned", now=clock.now(), settle=False
    )
    assert "Credit note</a>" not in staff.get(f"/invoices/{sold}/").text
    assert staff.get(f"/invoices/{sold}/void/").status_code in (200, 409)
