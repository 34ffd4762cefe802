"""Money by the API: what came, what it settles, what goes back, and credit."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from app import clock
from app.auth.models import Person
from app.auth.queries import get_business
from app.clients import service as clients
from app.clients.rules import ClientValues
from app.database import writing
from app.extensions import db
from app.payments import service as payments
from app.payments.service.printing import Paper, ensure_paper
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.story import a_business

TOTAL = "3225.00"
"""What `Story.issued` comes to: two of 1,500.00 and 7.5 % VAT."""


@pytest.fixture
def invoice(app, ours):
    with app.app_context():
        made = ours.issued()
        db.session.remove()
    return str(made)


@pytest.fixture
def payment(app, ours, invoice):
    """1,000.00 for the invoice, by transfer."""
    with app.app_context():
        made = ours.payment(uuid.UUID(invoice))
        db.session.remove()
    return str(made)


def another_invoice(app, ours, price="1500.00"):
    with app.app_context():
        made = ours.issued(price)
        db.session.remove()
    return str(made)


def today(app, ours):
    with app.app_context():
        return clock.today(get_business(ours.business_id).timezone)


def foreign_things(app):
    """An invoice, its client and its payment, of another business."""
    with app.app_context():
        theirs = a_business(app, "Savannah Coffee", "Koko Roastery")
        invoice_id = theirs.issued()
        found = {"invoice": invoice_id, "customer": theirs.client_id, "payment": theirs.payment(invoice_id)}
        db.session.remove()
    return {name: str(one) for name, one in found.items()}


# -- paying an invoice -------------------------------------------------------------------------------------------------


def test_a_part_of_an_invoice_is_paid(app, ours, program, invoice):
    day = today(app, ours).isoformat()
    made = program.post(
        f"/api/billing/invoices/{invoice}/pay/", {"amount": "1000.00", "method": "cash", "received_on": day}, 201
    )["data"]
    assert made["amount"] == {"amount": "1000.00", "minor": 100_000, "currency": "NGN"}
    assert (made["method"], made["received_on"], made["state"]) == ("cash", day, "used")
    assert [(one["invoice_id"], one["amount"]["amount"]) for one in made["allocations"]] == [(invoice, "1000.00")]
    assert program.get(f"/api/billing/payments/{made['id']}/")["data"] == made


def test_nothing_said_is_the_whole_balance_today_and_only_once(app, ours, program, invoice, payment):
    made = program.post(f"/api/billing/invoices/{invoice}/pay/", None, 201)["data"]
    assert (made["amount"]["amount"], made["left"]["minor"]) == ("2225.00", 0)
    assert (made["method"], made["received_on"]) == ("other", today(app, ours).isoformat())
    again = program.post(f"/api/billing/invoices/{invoice}/pay/", {}, 409)
    assert again["message"] == "Nothing is due on this invoice any more."
    assert program.get("/api/billing/payments/?total=1")["pagination"]["total"] == 2


def test_more_than_the_balance_becomes_credit(program, invoice, ours):
    made = program.post(f"/api/billing/invoices/{invoice}/pay/", {"amount": "4000"}, 201)["data"]
    assert (made["state"], made["left"]["amount"]) == ("credit_left", "775.00")
    credit = program.get(f"/api/customers/{ours.client_id}/credit/")["data"]
    assert credit["totals"] == [{"amount": "775.00", "minor": 77_500, "currency": "NGN"}]
    assert [(one["kind"], one["id"]) for one in credit["sources"]] == [("payment", made["id"])]


def test_what_is_wrong_with_a_payment_is_said_by_its_path_and_nothing_is_booked(app, ours, program, invoice):
    later = (today(app, ours) + timedelta(days=1)).isoformat()
    for body, paths in (
        ({"amount": "0"}, {"amount"}),
        ({"amount": "10.001"}, {"amount"}),
        ({"amount": "1", "received_on": later}, {"received_on"}),
        ({"amount": 1.5, "method": "gateway"}, {"amount", "method"}),
        ({"status": "paid", "amount": "1"}, {"status"}),
        ({"rate": "0", "amount": "1"}, {"rate"}),
        ({"note": "x" * 301}, {"note"}),
    ):
        refused = program.post(f"/api/billing/invoices/{invoice}/pay/", body, 422)
        assert set(refused["errors"]) == paths, refused
    assert program.get("/api/billing/payments/")["data"] == []


def test_a_draft_and_a_void_invoice_take_no_money(app, ours, program):
    with app.app_context():
        draft = ours.draft()
        db.session.remove()
    for body in ({}, {"amount": "10"}):
        assert program.post(f"/api/billing/invoices/{draft}/pay/", body, 409)["code"] == "conflict"


def test_the_same_key_pays_once(program, invoice):
    url = f"/api/billing/invoices/{invoice}/pay/"
    first = program.send("POST", url, {"amount": "1000.00"}, Idempotency_Key="pay-1")
    again = program.send("POST", url, {"amount": "1000.00"}, Idempotency_Key="pay-1")
    assert (first.status_code, first.get_data()) == (201, again.get_data())
    assert program.get("/api/billing/payments/?total=1")["pagination"]["total"] == 1


# -- recording for a customer ------------------------------------------------------------------------------------------


def test_money_of_a_customer_goes_to_the_oldest_first(app, ours, program, invoice):
    second = another_invoice(app, ours)
    body = {"customer_id": str(ours.client_id), "amount": "4000", "method": "transfer", "reference": "GTB 4711"}
    made = program.post("/api/billing/payments/", body, 201)["data"]
    assert {one["invoice_id"]: one["amount"]["amount"] for one in made["allocations"]} == {
        invoice: TOTAL,
        second: "775.00",
    }
    assert made["reference"] == "GTB 4711"


def test_money_of_a_customer_goes_where_it_is_said(app, ours, program, invoice):
    second = another_invoice(app, ours)
    shares = [{"invoice_id": second, "amount": "300"}, {"invoice_id": invoice, "amount": "200"}]
    body = {"customer_id": str(ours.client_id), "amount": "600", "allocations": shares}
    made = program.post("/api/billing/payments/", body, 201)["data"]
    assert {one["invoice_id"]: one["amount"]["amount"] for one in made["allocations"]} == {
        invoice: "200.00",
        second: "300.00",
    }
    assert made["left"]["amount"] == "100.00"


def test_allocations_that_cannot_be_are_refused_by_path(app, ours, program, invoice):
    foreign = foreign_things(app)
    customer = str(ours.client_id)

    def refused(shares, amount="600", **more):
        body = {"customer_id": customer, "amount": amount, "allocations": shares, **more}
        return set(program.post("/api/billing/payments/", body, 422)["errors"])

    assert refused([{"invoice_id": foreign["invoice"], "amount": "1"}]) == {"allocations.0.invoice_id"}
    assert refused([{"invoice_id": str(uuid.uuid4()), "amount": "1"}]) == {"allocations.0.invoice_id"}
    twice = [{"invoice_id": invoice, "amount": "1"}] * 2
    assert refused(twice) == {"allocations.1.invoice_id"}
    assert refused([{"invoice_id": invoice, "amount": "0"}]) == {"allocations.0.amount"}
    assert refused([{"invoice_id": invoice, "amount": "700"}]) == {"amount"}
    assert refused([{"invoice_id": invoice, "amount": "1"}], currency="EUR") == {"amount"}
    for stranger in (foreign["customer"], str(uuid.uuid4())):
        answer = program.post("/api/billing/payments/", {"customer_id": stranger, "amount": "1"}, 422)
        assert answer["errors"] == {"customer_id": ["There is no such customer."]}
    assert program.get("/api/billing/payments/")["data"] == []


def test_a_customer_who_owes_nothing_cannot_pay_by_list(ours, program):
    body = {"customer_id": str(ours.client_id), "amount": "1"}
    assert set(program.post("/api/billing/payments/", body, 422)["errors"]) == {"amount"}


# -- moving ------------------------------------------------------------------------------------------------------------


def test_money_is_taken_off_one_invoice_and_used_for_another(app, ours, program, invoice, payment):
    second = another_invoice(app, ours)
    off = program.post(f"/api/billing/payments/{payment}/release/", {"invoice_id": invoice})["data"]
    assert (off["state"], off["left"]["amount"], off["allocations"]) == ("credit_left", "1000.00", [])
    body = {"invoice_id": second, "amount": "400.00"}
    used = program.post(f"/api/billing/payments/{payment}/allocate/", body)["data"]
    assert [(one["invoice_id"], one["amount"]["amount"]) for one in used["allocations"]] == [(second, "400.00")]
    assert used["left"]["amount"] == "600.00"
    rest = program.post(f"/api/billing/payments/{payment}/allocate/", {"invoice_id": second})["data"]
    assert (rest["left"]["minor"], rest["state"]) == (0, "used")
    done = program.post(f"/api/billing/payments/{payment}/allocate/", {"invoice_id": second}, 409)
    assert done["message"] == "Nothing of that credit is left to use."


def test_money_moves_to_invoices_of_its_customer_only(app, ours, program, invoice, payment):
    foreign = foreign_things(app)
    with app.app_context():
        other = clients.create_client(ours.owner, ClientValues(name="Bo"), now=clock.now()).id
        db.session.remove()
    program.post(f"/api/billing/payments/{payment}/release/", {"invoice_id": invoice})
    for verb in ("allocate", "release"):
        for stranger in (foreign["invoice"], str(uuid.uuid4()), str(other)):
            refused = program.post(f"/api/billing/payments/{payment}/{verb}/", {"invoice_id": stranger}, 422)
            assert set(refused["errors"]) == {"invoice_id"}
        program.post(f"/api/billing/payments/{foreign['payment']}/{verb}/", {"invoice_id": invoice}, 404)


def test_credit_settles_an_invoice_from_the_oldest_payment_on(app, ours, program, invoice):
    program.post(f"/api/billing/invoices/{invoice}/pay/", {"amount": "3325"}, 201)
    second = another_invoice(app, ours)
    program.post(f"/api/billing/invoices/{second}/pay/", {"amount": "3425"}, 201)
    third = another_invoice(app, ours)
    url = f"/api/customers/{ours.client_id}/credit/apply/"
    part = program.post(url, {"invoice_id": third, "amount": "150"})["data"]
    assert (part["used"]["amount"], part["due"]["amount"]) == ("150.00", "3075.00")
    assert [one["amount"]["amount"] for one in part["parts"]] == ["100.00", "50.00"]
    rest = program.post(url, {"invoice_id": third})["data"]
    assert (rest["used"]["amount"], rest["due"]["amount"]) == ("150.00", "2925.00")
    assert program.post(url, {"invoice_id": third}, 409)["code"] == "conflict"
    assert program.get(f"/api/customers/{ours.client_id}/credit/")["data"]["sources"] == []


def test_credit_of_one_customer_settles_nothing_of_another(app, ours, program, invoice):
    foreign = foreign_things(app)
    url = f"/api/customers/{ours.client_id}/credit/apply/"
    for stranger in (foreign["invoice"], str(uuid.uuid4())):
        assert set(program.post(url, {"invoice_id": stranger}, 422)["errors"]) == {"invoice_id"}
    program.get(f"/api/customers/{foreign['customer']}/credit/", 404)


# -- going back --------------------------------------------------------------------------------------------------------


def test_a_payment_is_undone_once(program, invoice, payment):
    refused = program.post(f"/api/billing/payments/{payment}/reverse/", {"reason": " "}, 422)
    assert set(refused["errors"]) == {"reason"}
    gone = program.post(f"/api/billing/payments/{payment}/reverse/", {"reason": "Typed twice"})["data"]
    assert (gone["state"], gone["reversal_reason"], gone["allocations"]) == ("reversed", "Typed twice", [])
    again = program.post(f"/api/billing/payments/{payment}/reverse/", {"reason": "Typed twice"}, 409)
    assert again["message"] == "This payment was undone before."
    assert program.get("/api/billing/payments/?reversed=false")["data"] == []
    assert [one["id"] for one in program.get("/api/billing/payments/?reversed=true")["data"]] == [payment]


def test_money_is_given_back_by_hand_and_that_is_undone(program, payment):
    body = {"amount": "400", "method": "cash", "reason": "Paid twice"}
    made = program.post(f"/api/billing/payments/{payment}/refund/", body, 201)["data"]
    assert (made["state"], made["payment_id"], made["amount"]["amount"]) == ("done", payment, "400.00")
    shown = program.get(f"/api/billing/payments/{payment}/")["data"]
    assert (shown["given_back"]["amount"], shown["refunds"]) == ("400.00", [made])
    assert program.get(f"/api/billing/refunds/?payment_id={payment}")["data"] == [made]
    undone = program.post(f"/api/billing/refunds/{made['id']}/undo/", {"reason": "Typed twice"})["data"]
    assert (undone["state"], undone["state_reason"]) == ("reversed", "Typed twice")
    assert program.get(f"/api/billing/refunds/{made['id']}/")["data"] == undone
    program.post(f"/api/billing/refunds/{made['id']}/undo/", {"reason": "Typed twice"}, 409)
    everything = program.post(f"/api/billing/payments/{payment}/refund/", {"method": "cash", "reason": "Gone"}, 201)
    assert everything["data"]["amount"]["amount"] == "400.00", "what is left as credit goes back when nothing is said"


def test_money_goes_back_through_the_payment_company(app, ours, program, invoice):
    with app.app_context():
        click = ours.attempt(uuid.UUID(invoice))
        ours.pay_at_bank(click)
        payments.verify_now(ours.business_id, click.id, now=clock.now())
        db.session.remove()
    online = program.get("/api/billing/payments/?method=gateway")["data"][0]
    assert online["gateway"] == "demo"
    refused = program.post(f"/api/billing/payments/{online['id']}/reverse/", {"reason": "Typed twice"}, 409)
    assert "given back as a refund" in refused["message"]
    body = {"method": "gateway", "amount": "1000", "reason": "Paid twice"}
    made = program.post(f"/api/billing/payments/{online['id']}/refund/", body, 201)["data"]
    assert (made["state"], made["through_payment_id"], made["gateway"]) == ("new", online["id"], "demo")
    program.post(f"/api/billing/refunds/{made['id']}/undo/", {"reason": "Typed twice"}, 409)
    too_much = program.post(f"/api/billing/payments/{online['id']}/refund/", {**body, "amount": "3000"}, 422)
    assert set(too_much["errors"]) == {"amount"}


def test_cash_does_not_go_back_through_a_payment_company(program, payment):
    body = {"method": "gateway", "amount": "1", "reason": "Paid twice"}
    assert set(program.post(f"/api/billing/payments/{payment}/refund/", body, 422)["errors"]) == {"method"}


def test_a_credit_note_is_given_back(app, ours, program):
    with app.app_context():
        note = ours.credited()
        db.session.remove()
    url = f"/api/billing/credit-notes/{note}/refund/"
    body = {"method": "transfer", "reason": "Moved away"}
    over = program.post(url, {**body, "method": "gateway", "through_payment_id": str(uuid.uuid4())}, 422)
    assert set(over["errors"]) == {"through_payment_id"}
    made = program.post(url, body, 201)["data"]
    assert (made["credit_note_id"], made["payment_id"], made["amount"]["amount"]) == (str(note), None, "1000.00")


# -- reading -----------------------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_and_goes_on_from_a_cursor(app, ours, program, invoice):
    day = today(app, ours)
    before = (day - timedelta(days=3)).isoformat()
    words = {"10": "Zulu", "20": "Yankee", "30": "Whiskey"}
    for amount, method, on in (("10", "cash", before), ("20", "cash", day.isoformat()), ("30", "cheque", before)):
        body = {"amount": amount, "method": method, "received_on": on, "reference": words[amount]}
        program.post(f"/api/billing/invoices/{invoice}/pay/", body, 201)

    def found(query):
        return [one["amount"]["amount"] for one in program.get(f"/api/billing/payments/?{query}")["data"]]

    assert found("") == ["20.00", "30.00", "10.00"]
    assert found("sort=received_on") == ["10.00", "30.00", "20.00"]
    assert found("sort=-created_at") == ["30.00", "20.00", "10.00"]
    assert found("method=cash") == ["20.00", "10.00"]
    assert found(f"received_from={day}") == ["20.00"]
    assert found(f"received_to={before}&amount_from=20&currency=NGN") == ["30.00"]
    assert found("q=zulu") == ["10.00"]
    assert found(f"customer_id={uuid.uuid4()}") == found(f"invoice_id={uuid.uuid4()}") == found("currency=EUR") == []
    assert found(f"invoice_id={invoice}&customer_id={ours.client_id}&with_credit=false") == ["20.00", "30.00", "10.00"]
    first = program.get("/api/billing/payments/?limit=2&total=1&include=refunds")
    assert first["pagination"]["total"] == 3
    assert [one["refunds"] for one in first["data"]] == [[], []]
    cursor = first["pagination"]["next"]
    assert found(f"limit=2&include=refunds&cursor={cursor}") == ["10.00"]
    refused = program.get(f"/api/billing/payments/?limit=2&method=cash&cursor={cursor}", 422)
    assert set(refused["errors"]) == {"cursor"}
    assert found("currency=ngn&amount_to=10") == ["10.00"]
    for query in ("amount_from=1", "currency=ABC"):
        assert set(program.get(f"/api/billing/payments/?{query}", 422)["errors"]) == {"currency"}
    assert set(program.get("/api/billing/payments/?state=used", 422)["errors"]) == {"state"}


def test_another_business_s_money_is_not_there(app, ours, program, invoice):
    foreign = foreign_things(app)
    for path in ("", "receipt/"):
        program.get(f"/api/billing/payments/{foreign['payment']}/{path}", 404)
    for verb, body in (("reverse", {"reason": "x"}), ("refund", {"reason": "x", "method": "cash", "amount": "1"})):
        program.post(f"/api/billing/payments/{foreign['payment']}/{verb}/", body, 404)
    program.post(f"/api/billing/invoices/{foreign['invoice']}/pay/", {}, 404)
    assert program.get("/api/billing/payments/")["data"] == []


def test_a_receipt_is_a_pdf_once_it_is_drawn(app, ours, program, payment):
    waiting = program.send("GET", f"/api/billing/payments/{payment}/receipt/")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "2")
    with app.app_context():
        ensure_paper(Paper(ours.business_id, "receipt", uuid.UUID(payment)))
        db.session.remove()
    drawn = program.send("GET", f"/api/billing/payments/{payment}/receipt/")
    assert (drawn.status_code, drawn.mimetype) == (200, "application/pdf")
    assert drawn.get_data().startswith(b"%PDF-")


def test_a_receipt_is_sent_by_those_whose_address_is_known(app, ours, program, payment):
    url = f"/api/billing/payments/{payment}/send-receipt/"
    assert program.post(url, None, 202)["data"]["id"] == payment
    with app.app_context(), writing():
        db.session.execute(update(Person).where(Person.id == ours.owner.person_id).values(verified_at=None))
    assert "Confirm your e-mail address" in program.post(url, None, 403)["message"]


def test_viewers_read_and_staff_without_the_scope_do_not_write(app, ours, invoice, payment):
    viewer = Program.of(app, ours, "viewer")
    viewer.get("/api/billing/payments/")
    viewer.get(f"/api/customers/{ours.client_id}/credit/")
    viewer.post(f"/api/billing/invoices/{invoice}/pay/", {}, 403)
    reader = Program.of(app, ours, "staff", ("payments:read",))
    reader.get(f"/api/billing/payments/{payment}/")
    reader.post(f"/api/billing/payments/{payment}/reverse/", {"reason": "x"}, 403)
    Program.of(app, ours, "staff", ("invoices:write",)).post(f"/api/billing/invoices/{invoice}/pay/", {}, 403)


@pytest.mark.parametrize("path", ["{payment}/", "?include=refunds&limit=25"])
def test_reading_asks_the_database_four_times_at_most(app, ours, program, invoice, path):
    for _ in range(3):
        last = program.post(f"/api/billing/invoices/{invoice}/pay/", {"amount": "1"}, 201)["data"]["id"]
    with app.app_context(), counted() as asked:
        program.send("GET", f"/api/billing/payments/{path.format(payment=last)}")
    assert len(asked) <= 4, "\n".join(asked)
