"""Invoices by the API: drafts, what is done with them, and how they are read."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.auth.queries import get_business
from app.catalog import service as catalog
from app.catalog.rules import ItemValues, TaxValues
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.service import printing
from app.messages.models import Message
from tests.support.program import Program
from tests.support.story import a_business

URL = "/api/billing/invoices/"
LINE = {"description": "Fibre", "quantity": "2", "unit_price": "1500.00", "taxes": ["VAT"], "discount": "10%"}
NOBODY = "01a1f92d-1995-7512-b040-5bdef4776f7f"


def body(ours, **changes):
    dates = {"issue_date": "2026-11-20", "due_date": "2026-12-04"}
    return {"customer_id": str(ours.client_id), "currency": "NGN", **dates, "lines": [LINE], **changes}


def draft(program, ours, **changes):
    return program.post(URL, body(ours, **changes), 201)["data"]


def issued(program, ours, **changes):
    return program.post(f"{URL}{draft(program, ours, **changes)['id']}/issue/")["data"]


def money(data):
    return {name: data[name]["amount"] for name in ("subtotal", "discount_total", "tax", "total", "paid", "balance")}


@pytest.fixture
def theirs(app):
    with app.app_context():
        story = a_business(app, "Savannah Coffee", "Koko Roastery")
        db.session.remove()
    return story


# -- drafts ------------------------------------------------------------------------------------------------------------


def test_a_draft_comes_to_what_the_page_would_say(program, ours):
    answer = program.send("POST", URL, body(ours))
    made = answer.get_json()["data"]
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{URL}{made['id']}/"
    assert answer.headers["ETag"] == f'"{made["version"]}"'
    assert (made["status"], made["state"], made["payment_state"], made["number"]) == ("draft", "draft", "unpaid", None)
    assert money(made) == {
        "subtotal": "3000.00",
        "discount_total": "300.00",
        "tax": "202.50",
        "total": "2902.50",
        "paid": "0.00",
        "balance": "0.00",
    }
    line = made["lines"][0]
    assert (line["quantity"], line["unit_price"], line["discount"], line["net"]["minor"]) == (
        "2",
        "1500.00",
        "10%",
        270_000,
    )
    assert [(tax["name"], tax["rate"]) for tax in line["taxes"]] == [("VAT", "7.5")]
    assert [(tax["base"]["minor"], tax["amount"]["minor"]) for tax in made["taxes"]] == [(270_000, 20_250)]
    assert program.get(f"{URL}{made['id']}/")["data"] == made


def test_what_is_left_out_is_as_on_an_empty_page(app, program, ours):
    with app.app_context():
        business = get_business(ours.business_id)
        today, terms = clock.today(business.timezone), business.terms_days
    made = draft(program, ours, currency=None, issue_date=None, due_date=None)
    assert (made["currency"], made["issue_date"]) == ("NGN", today.isoformat())
    assert made["due_date"] == (today + timedelta(days=terms)).isoformat()
    line = {"description": "Visit", "unit_price": "10"}
    bare = program.post(URL, {"lines": [line]}, 201)["data"]
    assert (bare["customer_id"], bare["total"]["amount"], bare["lines"][0]["taxes"]) == (None, "10.00", [])


def test_taxes_are_named_or_given_by_id(app, program, ours):
    lines = [{**LINE, "taxes": [name]} for name in ("vat", str(ours.tax_id))]
    made = draft(program, ours, lines=lines)
    assert {tax["id"] for line in made["lines"] for tax in line["taxes"]} == {str(ours.tax_id)}
    with app.app_context():
        catalog.create_tax(ours.owner, TaxValues("VAT", "5"), now=clock.now())
        db.session.remove()
    refused = program.post(URL, body(ours), 422)
    assert refused["errors"] == {"lines.0.taxes.0": ["Several taxes have this name: give the id of one."]}


def test_an_item_fills_what_is_left_out(app, program, ours):
    with app.app_context():
        values = ItemValues("Router", "12500", "NGN", description="White", unit="piece", tax_ids=(ours.tax_id,))
        item_id = str(catalog.create_item(ours.owner, values, now=clock.now()).id)
        db.session.remove()
    lines = [{"item_id": item_id}, {"item_id": item_id, "description": "Old router", "unit_price": "5", "taxes": []}]
    first, second = draft(program, ours, lines=lines)["lines"]
    assert (first["description"], first["details"], first["unit"]) == ("Router", "White", "piece")
    assert (first["total"]["amount"], [tax["name"] for tax in first["taxes"]]) == ("13437.50", ["VAT"])
    assert (second["description"], second["total"]["amount"], second["taxes"]) == ("Old router", "5.00", [])
    refused = program.post(URL, body(ours, currency="USD", lines=[{"item_id": item_id}]), 422)
    assert refused["errors"] == {"lines.0.unit_price": ["The item has a price in NGN: say what it costs in USD."]}


WRONG = [
    ({"lines": [{**LINE, "quantity": "two"}]}, "lines.0.quantity"),
    ({"lines": [{**LINE, "quantity": 1.5}]}, "lines.0.quantity"),
    ({"lines": [{**LINE, "quantity": "-1"}]}, "lines.0.quantity"),
    ({"lines": [LINE, {**LINE, "discount": "101%"}]}, "lines.1.discount"),
    ({"lines": [{**LINE, "discount": "a lot"}]}, "lines.0.discount"),
    ({"lines": [{**LINE, "discount": "9000.00"}]}, "lines.0.discount"),
    ({"lines": [{**LINE, "taxes": ["Tithe"]}]}, "lines.0.taxes.0"),
    ({"lines": [{"unit_price": "1"}]}, "lines.0.description"),
    ({"lines": [{"description": "Fibre"}]}, "lines.0.unit_price"),
    ({"currency": "ZZZ"}, "currency"),
    ({"due_date": "2026-11-19"}, "due_date"),
    ({"issue_date": "20.11.2026"}, "issue_date"),
    ({"issue_date": "0001-01-01"}, "issue_date"),
    ({"discount": "-5"}, "discount"),
    ({"rate_to_base": "0"}, "rate_to_base"),
    *(({name: value}, name) for name, value in {
        "status": "open", "total": "1.00", "number": "INV-1", "business_id": NOBODY, "paid_at": "2026-11-20"
    }.items()),
]  # fmt: skip


@pytest.mark.engines("sqlite")
def test_what_is_wrong_is_said_by_its_path(program, ours):
    for changes, path in WRONG:
        refused = program.post(URL, body(ours, **changes), 422)
        assert list(refused["errors"]) == [path], changes
    assert program.get(f"{URL}?total=1")["pagination"]["total"] == 0


def test_another_business_s_things_are_as_unknown_as_those_that_do_not_exist(app, program, ours, theirs):
    with app.app_context():
        foreign_item = str(theirs.item())
        foreign = str(theirs.issued())
        db.session.remove()

    def refused(**changes):
        return program.post(URL, body(ours, **changes), 422)["errors"]

    def lines(**more):
        return [{**LINE, **more}]

    assert refused(customer_id=str(theirs.client_id)) == refused(customer_id=NOBODY)
    assert refused(lines=lines(taxes=[str(theirs.tax_id)])) == refused(lines=lines(taxes=[NOBODY]))
    assert refused(lines=lines(item_id=foreign_item)) == refused(lines=lines(item_id=NOBODY))
    for verb, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "issue/"), ("POST", "send/")):
        sent = {} if verb in ("PATCH", "POST") else None
        assert program.send(verb, f"{URL}{foreign}/{path}", sent).status_code == 404, (verb, path)
    assert program.get(f"{URL}?customer_id={theirs.client_id}")["data"] == []


def test_a_draft_is_changed_in_part_and_replaced_as_a_whole(program, ours):
    made = draft(program, ours, notes="Thank you", discount="100")
    url = f"{URL}{made['id']}/"
    changed = program.patch(url, {"po_number": "PO 7", "discount": "50%"})["data"]
    assert (changed["notes"], changed["po_number"], changed["discount"]) == ("Thank you", "PO 7", "50%")
    assert changed["total"]["minor"] == 145_125
    assert [(line["quantity"], line["discount"]) for line in changed["lines"]] == [("2", "10%")]
    changed = program.patch(url, {"discount": None, "lines": [{"description": "Visit", "unit_price": "10"}]})["data"]
    assert (changed["discount"], changed["total"]["amount"], changed["due_date"]) == (None, "10.00", "2026-12-04")
    replaced = program.ask("PUT", url, body(ours))["data"]
    assert (replaced["po_number"], replaced["notes"], replaced["total"]["minor"]) == ("", "", 290_250)


def test_a_stale_change_changes_nothing_and_tells_what_stands(program, ours):
    made = draft(program, ours)
    url, seen = f"{URL}{made['id']}/", f'"{made["version"]}"'
    program.patch(url, {"notes": "first"}, If_Match=seen)
    stale = program.patch(url, {"notes": "second"}, 412, If_Match=seen)
    assert stale["current"]["notes"] == "first"
    for method, path, sent in (("PUT", url, body(ours)), ("DELETE", url, None), ("POST", f"{url}issue/", None)):
        assert program.ask(method, path, sent, 412, If_Match=seen)["current"]["notes"] == "first"
    assert program.get(url)["data"]["status"] == "draft"


def test_a_draft_is_deleted(program, ours):
    url = f"{URL}{draft(program, ours)['id']}/"
    assert program.ask("DELETE", url)["data"] is None
    program.get(url, 404)


def test_what_was_issued_is_neither_changed_nor_deleted(program, ours):
    url = f"{URL}{issued(program, ours)['id']}/"
    before = program.get(url)["data"]
    for method, sent in (("PUT", body(ours)), ("PATCH", {"notes": "late"}), ("PATCH", {}), ("DELETE", None)):
        refused = program.ask(method, url, sent, 409)
        assert "was issued" in refused["message"]
    assert program.get(url)["data"] == before


def test_one_bad_draft_of_several_harms_no_other(program, ours, theirs):
    several = [body(ours), body(ours, due_date="2026-11-01"), body(ours, customer_id=str(theirs.client_id)), body(ours)]
    results = program.post(f"{URL}bulk/", {"invoices": several}, 207)
    assert results["success"] is True
    assert [one["success"] for one in results["data"]] == [True, False, False, True]
    assert [list(one["errors"]) for one in results["data"]] == [[], ["due_date"], ["customer_id"], []]
    assert results["data"][1]["code"] == "validation_error"
    stored = {one["id"] for one in program.get(URL)["data"]}
    assert stored == {one["id"] for one in results["data"] if one["id"]}
    refused = program.post(f"{URL}bulk/", {"invoices": [body(ours), body(ours, total="1")]}, 422)
    assert refused["errors"] == {"invoices.1.total": ["There is no such field here."]}
    program.post(f"{URL}bulk/", {"invoices": [body(ours)] * 101}, 422)


def test_the_same_key_makes_one_draft(program, ours):
    first, again = (program.send("POST", URL, body(ours), Idempotency_Key="inv-1") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_data() == again.get_data()
    assert program.get(f"{URL}?total=1")["pagination"]["total"] == 1


# -- verbs -------------------------------------------------------------------------------------------------------------


def test_issuing_gives_the_next_number_once(program, ours):
    first, second = issued(program, ours), issued(program, ours)
    assert (first["status"], first["state"], first["balance"]["minor"]) == ("open", first["state"], 290_250)
    assert int(second["number"][-4:]) == int(first["number"][-4:]) + 1
    assert first["issued_at"] is not None
    program.post(f"{URL}{first['id']}/issue/", None, 409)


def test_a_draft_that_is_not_complete_is_not_issued(program):
    bare = program.post(URL, {}, 201)["data"]
    refused = program.post(f"{URL}{bare['id']}/issue/", None, 422)
    assert set(refused["errors"]) == {"customer_id", "lines"}


def test_sending_issues_a_draft_and_puts_it_into_the_outbox(app, program, ours):
    made = draft(program, ours)
    told = program.post(f"{URL}{made['id']}/send/", {"channels": ["email"]}, 202)["data"]
    assert (told["channel"], told["state"], told["invoice_id"]) == ("email", "queued", made["id"])
    assert told["number"] == program.get(f"{URL}{made['id']}/")["data"]["number"] is not None
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 1
        db.session.remove()
    refused = program.post(f"{URL}{made['id']}/send/", {"channels": ["pigeon"]}, 422)
    assert list(refused["errors"]) == ["channels.0"]


def test_the_same_key_sends_once(app, program, ours):
    url = f"{URL}{draft(program, ours)['id']}/send/"
    first, again = (program.send("POST", url, {"channels": ["email"]}, Idempotency_Key="s1") for _ in range(2))
    assert first.get_data() == again.get_data()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 1
        db.session.remove()


def test_a_void_invoice_keeps_its_number_and_owes_nothing(program, ours):
    made = issued(program, ours)
    url = f"{URL}{made['id']}/"
    assert list(program.post(f"{url}void/", {}, 422)["errors"]) == ["reason"]
    void = program.post(f"{url}void/", {"reason": "Typed twice"})["data"]
    assert (void["state"], void["number"], void["balance"]["minor"]) == ("void", made["number"], 0)
    assert (void["payment_state"], void["paid"]["minor"], void["void_reason"]) == ("unpaid", 0, "Typed twice")
    program.post(f"{url}void/", {"reason": "again"}, 409)
    program.post(f"{url}send/", {}, 409)


def test_what_is_written_off_can_be_recovered(app, program, ours):
    made = issued(program, ours)
    url = f"{URL}{made['id']}/"
    with app.app_context():
        ours.payment(uuid.UUID(made["id"]), 90_250)
        db.session.remove()
    off = program.post(f"{url}write-off/", {"reason": "Gone bankrupt"})["data"]
    assert (off["state"], off["payment_state"], off["balance"]["minor"]) == ("written_off", "part_paid", 0)
    assert (off["paid"]["minor"], off["written_off"]["minor"]) == (90_250, 200_000)
    program.post(f"{url}write-off/", {"reason": "again"}, 409)
    back = program.post(f"{url}recover/", {"reason": "They wrote"})["data"]
    assert (back["status"], back["balance"]["minor"], back["written_off"]["minor"]) == ("open", 200_000, 0)
    program.post(f"{url}recover/", {"reason": "again"}, 409)


def test_it_is_marked_as_sent_and_copied(program, ours):
    made = issued(program, ours, notes="Thank you")
    assert program.post(f"{URL}{made['id']}/mark-sent/")["data"]["sent_at"] is not None
    copy = program.post(f"{URL}{made['id']}/duplicate/", None, 201)["data"]
    assert (copy["status"], copy["notes"], copy["total"]) == ("draft", "Thank you", made["total"])
    program.post(f"{URL}{copy['id']}/mark-sent/", None, 409)


def test_a_viewer_and_a_token_for_reading_change_nothing(app, ours, program):
    made = draft(program, ours)
    url = f"{URL}{made['id']}/"
    for other in (Program.of(app, ours, "viewer"), Program.of(app, ours, scopes=("invoices:read", "clients:write"))):
        assert other.get(url)["data"] == made
        for method, path, sent in (
            ("POST", URL, body(ours)),
            ("POST", f"{URL}bulk/", {"invoices": [body(ours)]}),
            ("PATCH", url, {}),
            ("DELETE", url, None),
            ("POST", f"{url}issue/", None),
            ("POST", f"{url}send/", {}),
        ):
            assert other.send(method, path, sent).status_code == 403
    program_for_clients = Program.of(app, ours, scopes=("clients:read",))
    program_for_clients.get(url, 403)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Invoice)) == 1
        db.session.remove()


# -- why, what happened, the file --------------------------------------------------------------------------------------


def test_its_figures_are_explained_and_its_past_is_told(program, ours):
    made = issued(program, ours)
    why = program.get(f"{URL}{made['id']}/why/")["data"]
    assert (why["number"], why["total"]) == (made["number"], made["total"])
    assert why["steps"]
    events = program.get(f"{URL}{made['id']}/timeline/")["data"]
    assert [one["event"] for one in events] == ["issued", "drafted"]
    assert made["number"] in events[0]["text"]


def test_a_pdf_is_asked_for_and_then_there(app, program, ours):
    made = issued(program, ours)
    url = f"{URL}{made['id']}/pdf/"
    waiting = program.send("GET", url)
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "2")
    with app.app_context():
        printing.ensure_pdf(ours.business_id, uuid.UUID(made["id"]), clock.now())
        db.session.remove()
    there = program.send("GET", url)
    assert (there.status_code, there.mimetype) == (200, "application/pdf")
    assert there.get_data().startswith(b"%PDF")
    program.get(f"{URL}{NOBODY}/pdf/", 404)


def test_nothing_is_held_or_promised_on_a_draft_and_the_answer_says_so(app, ours, program):
    with app.app_context():
        draft = ours.draft()
        db.session.remove()
    until = (clock.now() + timedelta(days=3)).date().isoformat()
    for verb in ("hold", "promise"):
        refused = program.post(f"/api/billing/invoices/{draft}/{verb}/", {"until": until}, 409)
        assert refused["code"] == "conflict"
    assert "draft" in program.post(f"/api/billing/invoices/{draft}/hold/", {"until": until}, 409)["message"]
