"""Credit notes by the API."""

from __future__ import annotations

import uuid

import pytest

from app.extensions import db
from app.payments.service.printing import Paper, ensure_paper
from tests.support.program import Program
from tests.support.story import a_business

NOTES = "/api/billing/credit-notes/"
INVOICES = "/api/billing/invoices/"
NOBODY = "01a1f92d-1995-7512-b040-5bdef4776f7f"


@pytest.fixture
def sold(app, ours):
    """An invoice over 3,225.00 of which 1,000.00 is paid."""
    with app.app_context():
        invoice_id = ours.issued()
        ours.payment(invoice_id, 100_000)
        db.session.remove()
    return f"{INVOICES}{invoice_id}/"


def figures(data, *names):
    return [data[name]["minor"] for name in names]


def test_a_part_is_credited_and_settles_the_invoice(program, sold):
    line = program.get(sold)["data"]["lines"][0]["id"]
    sent = {"reason": "Two days without service", "lines": [{"line_id": line, "amount": "107.50"}]}
    answer = program.send("POST", f"{sold}credit/", sent)
    note = answer.get_json()["data"]
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{NOTES}{note['id']}/")
    assert figures(note, "net", "tax", "total", "settled", "left") == [10_000, 750, 10_750, 10_750, 0]
    assert [(one["line_id"], one["total"]["minor"]) for one in note["lines"]] == [(line, 10_750)]
    assert [(one["name"], one["rate"], one["amount"]["minor"]) for one in note["taxes"]] == [("VAT", "7.5", 750)]
    invoice = program.get(sold)["data"]
    assert figures(invoice, "total", "paid", "credited", "balance") == [322_500, 100_000, 10_750, 211_750]
    assert program.get(f"{NOTES}{note['id']}/")["data"] == note
    assert program.get(f"{NOTES}{note['id']}/why/")["data"]["total"] == note["total"]


def test_all_that_is_left_is_credited_and_what_was_paid_is_credit(program, sold):
    note = program.post(f"{sold}credit/", {"reason": "returned"}, 201)["data"]
    assert figures(note, "total", "settled", "left") == [322_500, 222_500, 100_000]
    assert figures(program.get(sold)["data"], "paid", "credited", "balance") == [100_000, 222_500, 0]
    assert list(program.post(f"{sold}credit/", {"reason": "again"}, 422)["errors"]) == ["lines"]


def test_it_can_be_kept_as_credit(program, sold):
    line = program.get(sold)["data"]["lines"][0]["id"]
    sent = {"reason": "goodwill", "settle": False, "lines": [{"line_id": line, "amount": "10"}]}
    note = program.post(f"{sold}credit/", sent, 201)["data"]
    assert figures(note, "settled", "left") == [0, 1_000]
    assert figures(program.get(sold)["data"], "credited", "balance") == [0, 222_500]


def test_what_is_wrong_is_said_by_its_path(app, program, sold):
    line = program.get(sold)["data"]["lines"][0]["id"]
    with app.app_context():
        theirs = a_business(app, "Savannah Coffee", "Koko Roastery")
        foreign = theirs.issued()
        db.session.remove()
    other = Program.of(app, theirs).get(f"{INVOICES}{foreign}/")["data"]["lines"][0]["id"]

    def refused(lines, **more):
        return program.post(f"{sold}credit/", {"reason": "returned", "lines": lines, **more}, 422)["errors"]

    assert list(refused([{"line_id": line, "amount": "3225.01"}])) == ["lines.0.amount"]
    assert list(refused([{"line_id": line, "amount": "1.001"}])) == ["lines.0.amount"]
    assert list(refused([{"line_id": line, "amount": "1"}] * 2)) == ["lines"]
    assert list(refused([{"line_id": line, "amount": "1"}], total="1")) == ["total"]
    unknown = refused([{"line_id": other, "amount": "1"}])
    assert unknown == refused([{"line_id": NOBODY, "amount": "1"}])
    assert list(unknown) == ["lines.0.line_id"]
    program.post(f"{INVOICES}{foreign}/credit/", {"reason": "theirs"}, 404)
    assert program.get(NOTES)["data"] == []


def test_a_draft_has_nothing_to_credit(app, program, ours):
    with app.app_context():
        draft = ours.draft()
        db.session.remove()
    program.post(f"{INVOICES}{draft}/credit/", {"reason": "no"}, 409)


def test_the_same_key_credits_once(program, sold):
    first, again = (
        program.send("POST", f"{sold}credit/", {"reason": "returned"}, Idempotency_Key="c1") for _ in range(2)
    )
    assert (first.status_code, first.get_data()) == (201, again.get_data())
    assert program.get(f"{NOTES}?total=1")["pagination"]["total"] == 1


def test_a_void_note_is_owed_again(program, sold):
    note = program.post(f"{sold}credit/", {"reason": "returned"}, 201)["data"]
    void = program.post(f"{NOTES}{note['id']}/void/", {"reason": "Typed twice"})["data"]
    assert (void["status"], void["number"], void["void_reason"]) == ("void", note["number"], "Typed twice")
    assert figures(void, "settled", "left") == [0, 0]
    assert figures(program.get(sold)["data"], "credited", "balance") == [0, 222_500]
    program.post(f"{NOTES}{note['id']}/void/", {"reason": "again"}, 409)


def test_notes_are_listed_by_what_is_asked_for(program, ours, sold):
    line = program.get(sold)["data"]["lines"][0]["id"]
    made = [
        program.post(
            f"{sold}credit/", {"reason": "x", "settle": settle, "lines": [{"line_id": line, "amount": "5"}]}, 201
        )
        for settle in (True, False)
    ]
    settled, kept = (one["data"] for one in made)
    program.post(f"{NOTES}{kept['id']}/void/", {"reason": "no"})
    invoice_id = settled["invoice_id"]
    for query, expected in {
        "": [kept, settled],
        "sort=created_at": [settled, kept],
        "status=void": [kept],
        "status=open": [settled],
        f"number={settled['number']}": [settled],
        f"invoice_id={invoice_id}&customer_id={ours.client_id}&currency=ngn": [kept, settled],
        f"q={settled['invoice_number']}": [kept, settled],
        "with_credit=true": [],
        "issued_from=2199-01-01": [],
        f"invoice_id={NOBODY}": [],
    }.items():
        assert [one["id"] for one in program.get(f"{NOTES}?{query}")["data"]] == [one["id"] for one in expected], query
    program.get(f"{NOTES}?kind=x", 422)


def test_a_pdf_is_asked_for_and_then_there(app, program, ours, sold):
    note = program.post(f"{sold}credit/", {"reason": "returned"}, 201)["data"]
    url = f"{NOTES}{note['id']}/pdf/"
    waiting = program.send("GET", url)
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "2")
    with app.app_context():
        ensure_paper(Paper(ours.business_id, "credit_note", uuid.UUID(note["id"])))
        db.session.remove()
    there = program.send("GET", url)
    assert (there.status_code, there.mimetype) == (200, "application/pdf")
    program.get(f"{NOTES}{NOBODY}/pdf/", 404)


def test_a_viewer_credits_nothing(app, ours, sold):
    viewer = Program.of(app, ours, "viewer")
    viewer.post(f"{sold}credit/", {"reason": "returned"}, 403)
    assert viewer.get(NOTES)["data"] == []
