"""Lists of invoices by the API: filters, sorts, cursors, and how often the database is asked."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest

from app import clock
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.extensions import db
from app.invoices import service as invoices
from app.payments.queries.credit_notes import get_note
from tests.integration.web.test_statements import counted

URL = "/api/billing/invoices/"


@pytest.fixture
def made(app, ours):
    """Invoices of every kind by what they are called here."""
    with app.app_context():
        now, today = clock.now(), clock.today("Africa/Lagos")

        def one(days: int, price: str, **more: object) -> uuid.UUID:
            values = ours.draft_values(price, "1")
            dated = replace(values, issue_date=today - timedelta(days=days), **more)
            return invoices.create_draft(ours.owner, dated, now=now).id

        other = create_client(ours.owner, ClientValues("Adaeze Nwosu"), now=now).id
        found = {
            "draft": one(0, "100"),
            "late": one(40, "200"),
            "open": one(3, "300", po_number="PO-77"),
            "part": one(2, "400"),
            "paid": one(1, "500"),
            "void": one(1, "600"),
            "off": one(30, "700"),
            "dollars": one(5, "800", currency="USD", client_id=other, rate=Decimal("1500")),
        }
        for name, invoice_id in found.items():
            if name != "draft":
                invoices.issue(ours.owner, invoice_id, now=now)
        ours.payment(found["part"], 10_000)
        ours.payment(found["paid"], 53_750)
        invoices.void(ours.owner, found["void"], "typed twice", now=now)
        invoices.write_off(ours.owner, found["off"], "gone", now=now)
        db.session.remove()
    return {**{name: str(invoice_id) for name, invoice_id in found.items()}, "other": str(other)}


def names(made, answer):
    called = {invoice_id: name for name, invoice_id in made.items()}
    return [called[one["id"]] for one in answer["data"]]


def test_filters_leave_what_they_say(app, program, made):
    today = clock.today("Africa/Lagos")
    for query, expected in {
        "": {"draft", "late", "open", "part", "paid", "void", "off", "dollars"},
        "status=draft": {"draft"},
        "status=void&status=written_off": {"void", "off"},
        "payment_state=unpaid": {"draft", "late", "open", "void", "off", "dollars"},
        "payment_state=part_paid": {"part"},
        "payment_state=paid": {"paid"},
        "overdue=true": {"late"},
        "overdue=false&status=open": {"open", "part", "paid", "dollars"},
        f"customer_id={made['other']}": {"dollars"},
        "currency=usd": {"dollars"},
        f"issued_from={today - timedelta(days=2)}&issued_to={today - timedelta(days=1)}": {"part", "paid", "void"},
        f"due_to={today - timedelta(days=1)}": {"late", "off"},
        "currency=NGN&total_min=430&total_max=645": {"part", "paid", "void"},
        "currency=NGN&balance_min=0.01&balance_max=330": {"late", "open", "part"},
        "q=po-77": {"open"},
        "q=adaeze": {"dollars"},
        f"updated_since={quote((clock.now() + timedelta(hours=1)).isoformat())}": set(),
        f"updated_since={quote((clock.now() - timedelta(hours=1)).isoformat())}&status=draft": {"draft"},
    }.items():
        answer = program.get(f"{URL}?{query}")
        assert set(names(made, answer)) == expected, query
        for one in answer["data"]:
            assert one["overdue"] == (one["id"] == made["late"])
    number = program.get(f"{URL}{made['paid']}/")["data"]["number"]
    assert names(made, program.get(f"{URL}?number={number}")) == ["paid"]


def test_what_cannot_be_asked_for_is_refused(program):
    for query, path in {
        "state=paid": "state",
        "status=paid": "status.0",
        "sort=total": "sort",
        "total_min=100": "currency",
        "currency=naira": "currency",
        "currency=NGN&total_min=a": "total_min",
        "customer_id=7": "customer_id",
        "updated_since=2026-11-20": "updated_since",
        "updated_since=0001-01-01T00:00:00Z": "updated_since",
        "limit=101": "limit",
        "cursor=made-up": "cursor",
        "q=%00": "q",
        "number=1&number=2": "number",
    }.items():
        assert list(program.get(f"{URL}?{query}", 422)["errors"]) == [path], query


def test_a_draft_without_a_price_is_not_paid(program, made):
    empty = program.post(URL, {}, 201)["data"]
    assert (empty["status"], empty["total"]["minor"], empty["payment_state"]) == ("draft", 0, "unpaid")
    for state, there in (("unpaid", True), ("part_paid", False), ("paid", False)):
        found = program.get(f"{URL}?payment_state={state}")["data"]
        assert (empty["id"] in {one["id"] for one in found}) is there, state


def test_sorts_go_on_from_their_cursor_both_ways(program, made):
    orders = {
        "-created_at": ["dollars", "off", "void", "paid", "part", "open", "late", "draft"],
        "created_at": ["draft", "late", "open", "part", "paid", "void", "off", "dollars"],
        "due_date": ["late", "off", "dollars", "open", "part", "paid", "void", "draft"],
        "-issue_date": ["draft", "void", "paid", "part", "open", "dollars", "off", "late"],
        "-balance": ["dollars", "part", "open", "late"],
        "updated_at": ["draft", "late", "open", "void", "off", "dollars", "part", "paid"],
        "-updated_at": ["paid", "part", "dollars", "off", "void", "open", "late", "draft"],
    }
    for sort, expected in orders.items():
        found, query = [], f"{URL}?limit=3&sort={sort}"
        answer = program.get(f"{query}&total=1")
        assert answer["pagination"]["total"] == 8
        while True:
            found += names(made, answer)
            if answer["pagination"]["next"] is None:
                break
            answer = program.get(f"{query}&cursor={answer['pagination']['next']}")
        assert found[: len(expected)] == expected, sort
        back = program.get(f"{query}&cursor={answer['pagination']['previous']}")
        assert names(made, back) == found[3:6]
        program.get(f"{URL}?limit=3&sort={sort}&status=open&cursor={answer['pagination']['previous']}", 422)


def test_lines_come_when_they_are_included(program, made):
    plain = program.get(URL)["data"]
    assert {one["lines"] for one in plain} == {one["taxes"] for one in plain} == {None}
    for one in program.get(f"{URL}?include=lines")["data"]:
        assert one == program.get(f"{URL}{one['id']}/")["data"]


def test_a_list_and_an_invoice_ask_the_database_no_more_than_they_may(app, program, ours):
    with app.app_context():
        for _ in range(13):
            paid, note_id = ours.issued(), ours.credited()
            noted = get_note(ours.business_id, note_id).invoice_id
            ours.payment(paid)
            values = ours.draft_values()
            long = replace(values, lines=values.lines * 30)
            thirty_lines = invoices.create_draft(ours.owner, long, now=clock.now()).id
        db.session.remove()
        # A token notes every few minutes that it was used.
        program.get(URL)
        for path, most in {
            f"{URL}?limit=25": 2,
            f"{URL}?limit=25&include=lines&total=1&overdue=false": 4,
            f"{URL}{paid}/": 2,
            f"{URL}{noted}/": 2,
            f"{URL}{thirty_lines}/": 2,
            f"/api/billing/credit-notes/{note_id}/": 4,
            "/api/billing/credit-notes/?limit=25&total=1": 3,
        }.items():
            with counted() as asked:
                program.get(path)
            assert len(asked) <= most, path + "\n" + "\n".join(asked)
