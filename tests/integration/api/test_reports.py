"""Statistics, reports and statements by the API: what they say is what stands in the books."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app import clock
from app.auth.queries import get_business
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.ledger.rates import add_rate
from app.money import Money
from app.payments import service as payments
from app.payments.models import Payment
from app.reports.service.printing import Asked, ensure_pdf
from app.reports.statement import RECENT, chosen_period
from tests.integration.web.test_statements import counted
from tests.support.program import Program
from tests.support.story import a_business

FIGURES = ("billing/stats/invoices", "billing/stats/payments", "reports/ageing", "reports/revenue")


@pytest.fixture
def day(app, ours):
    """The day at the business."""
    with app.app_context():
        return clock.today(get_business(ours.business_id).timezone)


def bill(story, issued_on, terms=14, currency="NGN", price="1500.00"):
    """An invoice issued some day, due so many days later."""
    values = replace(story.draft_values(price), issue_date=issued_on, terms_days=terms, currency=currency)
    made = invoices.create_draft(story.owner, values, now=clock.now())
    invoices.issue(story.owner, made.id, now=clock.now())
    return made.id


def pay(story, invoice_id, minor, on, currency="NGN"):
    return payments.record_payment(story.owner, invoice_id, Money(minor, currency), "cash", on, now=clock.now()).id


@pytest.fixture
def year(app, ours, day):
    """A year of business: invoices of every state, some in dollars with a rate and some without."""
    with app.app_context():
        for back in (0, 3, 17, 33, 62, 95, 200, 360):
            on = day - timedelta(days=back)
            bill(ours, on)
            pay(ours, bill(ours, on), 322_500, on)
            pay(ours, bill(ours, on), 100_000, on)
        ours.draft()
        ours.written_off()
        void = bill(ours, day - timedelta(days=40))
        invoices.void(ours.owner, void, "Typed twice", now=clock.now())
        undone = pay(ours, bill(ours, day - timedelta(days=5)), 50_000, day)
        payments.reverse_payment(ours.owner, undone, "Typed twice", now=clock.now())
        add_rate(ours.owner, "USD", day - timedelta(days=20), Decimal(1500), now=clock.now())
        pay(ours, bill(ours, day - timedelta(days=10), currency="USD"), 10_000, day, "USD")
        bill(ours, day - timedelta(days=30), currency="USD")
        db.session.remove()


def added_up(app, ours, column, since, until, *conditions):
    """{currency: (count, total, balance)} of invoices, added up one by one."""
    with app.app_context():
        query = select(
            Invoice.currency, func.count(), func.sum(Invoice.total_minor), func.sum(Invoice.balance_minor)
        ).where(Invoice.business_id == ours.business_id, column.between(since, until), *conditions)
        rows = db.session.execute(query.group_by(Invoice.currency)).all()
        db.session.remove()
    return {currency: (number, int(total), int(balance)) for currency, number, total, balance in rows}


PERIODS = [(0, 0), (3, 0), (20, 10), (45, 2), (62, 33), (400, 95), (120, -30), (400, -400)]
"""Days before today from which and to which."""


def test_statistics_of_invoices_are_what_the_invoices_come_to(app, ours, program, day, year):
    for first, last in PERIODS:
        since, until = day - timedelta(days=first), day - timedelta(days=last)
        told = program.get(f"/api/billing/stats/invoices/?since={since}&until={until}")["data"]
        by = {one["currency"]: one for one in told["currencies"]}
        owed = (Invoice.status == "open", Invoice.balance_minor > 0)
        states = {
            "overdue": (*owed, Invoice.due_date < day),
            "open": (*owed, Invoice.due_date >= day),
            "paid": (Invoice.status == "open", Invoice.balance_minor == 0),
            **{status: (Invoice.status == status,) for status in ("draft", "void", "written_off")},
        }
        for state, conditions in states.items():
            expected = added_up(app, ours, Invoice.due_date, since, until, *conditions)
            shown = {
                code: (one[state]["count"], one[state]["total"]["minor"], one[state]["balance"]["minor"])
                for code, one in by.items()
                if one[state]["count"]
            }
            assert shown == expected, (state, since, until)
        billed = Invoice.status.not_in(("draft", "void"))
        expected = added_up(app, ours, Invoice.issue_date, since, until, billed)
        shown = {code: (one["issued"]["count"], one["issued"]["total"]["minor"]) for code, one in by.items()}
        assert {code: one for code, one in shown.items() if one[0]} == {code: one[:2] for code, one in expected.items()}


def naira_of(minor):
    return {"amount": f"{Decimal(minor) / 100:.2f}", "minor": minor, "currency": "NGN"}


def test_other_currencies_count_at_their_rate_and_what_has_none_is_counted_out(program, year):
    told = program.get("/api/billing/stats/invoices/")["data"]
    by = {one["currency"]: one for one in told["currencies"]}
    naira, dollars = by["NGN"]["issued"], by["USD"]["issued"]
    assert dollars["count"] == 2
    assert told["issued_in_base"] == {
        "count": naira["count"] + 1,
        "total": naira_of(naira["total"]["minor"] + 322_500 * 1500),
        "without_rate": 1,
    }
    assert told["outstanding_in_base"]["without_rate"] == 1
    owed = sum(by["NGN"][state]["balance"]["minor"] for state in ("open", "overdue"))
    assert told["outstanding_in_base"]["balance"] == naira_of(owed + 312_500 * 1500)
    only = program.get("/api/billing/stats/invoices/?currency=USD")["data"]
    assert [one["currency"] for one in only["currencies"]] == ["USD"]
    assert only["issued_in_base"] is None


def test_statistics_of_payments_are_what_the_payments_come_to(app, ours, program, day, year):
    for first, last in PERIODS:
        since, until = day - timedelta(days=first), day - timedelta(days=last)
        told = program.get(f"/api/billing/stats/payments/?since={since}&until={until}")["data"]
        with app.app_context():
            query = select(Payment.currency, func.count(), func.sum(Payment.amount_minor)).where(
                Payment.business_id == ours.business_id,
                Payment.received_on.between(since, until),
                Payment.reversed_at.is_(None),
            )
            expected = {code: (n, int(total)) for code, n, total in db.session.execute(query.group_by("currency"))}
            db.session.remove()
        shown = {
            one["currency"]: (one["received"]["count"], one["received"]["total"]["minor"]) for one in told["currencies"]
        }
        assert shown == expected
    worth = program.get("/api/billing/stats/payments/")["data"]["received_in_base"]
    assert (worth["count"], worth["without_rate"]) == (18 - 1, 0)


def test_days_that_make_no_period_are_refused(program):
    assert set(program.get("/api/billing/stats/invoices/?since=2026-02-01&until=2026-01-01", 422)["errors"]) == {
        "until"
    }
    assert set(program.get("/api/billing/stats/payments/?since=0001-01-01", 422)["errors"]) == {"since"}
    assert set(program.get("/api/billing/stats/payments/?since=soon", 422)["errors"]) == {"since"}
    assert set(program.get("/api/reports/revenue/?months=0", 422)["errors"]) == {"months"}


def test_ageing_parts_what_is_owed_by_how_late_it_is(program, day, year):
    told = program.get("/api/reports/ageing/")["data"]
    naira = next(one for one in told["currencies"] if one["currency"] == "NGN")
    parts = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90_days")
    assert sum(naira[part]["minor"] for part in parts) == naira["owed"]["minor"]
    # Of each day one is unpaid and one owes the rest; one more five days ago; all due after 14 days.
    each = 322_500 + 222_500
    assert naira["not_due"]["minor"] == 2 * each + 322_500
    assert (naira["days_1_30"]["minor"], naira["days_31_60"]["minor"]) == (2 * each, each)
    assert (naira["days_61_90"]["minor"], naira["over_90_days"]["minor"]) == (each, 2 * each)
    assert naira["oldest_due"] == (day - timedelta(days=346)).isoformat()
    assert told["in_base"]["owed"]["minor"] == naira["owed"]["minor"] + 312_500 * 1500
    assert told["without_rate"] == 1


def test_revenue_is_told_month_by_month(app, ours, program, day, year):
    told = program.get("/api/reports/revenue/?months=14")["data"]
    naira = next(one for one in told["currencies"] if one["currency"] == "NGN")
    assert len(naira["months"]) == 14
    assert naira["months"][-1]["month"] == f"{day:%Y-%m}"
    assert sum(one["payments"] for one in naira["months"]) == 16
    billed = added_up(app, ours, Invoice.issue_date, date(2000, 1, 1), day, Invoice.status.not_in(("draft", "void")))[
        "NGN"
    ]
    assert sum(one["invoices"] for one in naira["months"]) == billed[0]
    assert sum(one["invoiced"]["minor"] for one in naira["months"]) == billed[1]
    whole = sum(one["invoiced"]["minor"] for one in told["in_base"]["months"])
    assert (whole, told["without_rate"]) == (billed[1] + 322_500 * 1500, 1)


def test_recurring_revenue_is_told(app, ours, program):
    with app.app_context():
        ours.subscription()
        db.session.remove()
    told = program.get("/api/reports/recurring-revenue/?months=3")["data"]
    (naira,) = told["currencies"]
    assert (naira["mrr"]["amount"], naira["arr"]["amount"], naira["customers"]) == ("15000.00", "180000.00", 1)
    assert naira["plans"][0]["name"] == "Home 20 Mbps"
    assert [one["closing"]["amount"] for one in naira["months"]] == ["0.00", "0.00", "15000.00"]
    assert (naira["months"][-1]["new"]["amount"], naira["months"][-1]["customer_churn"]) == ("15000.00", None)


def test_expected_cash_and_days_to_pay_are_told(program, day, year):
    told = program.get("/api/reports/getting-paid/")["data"]
    naira = told["expected"][0]
    assert naira["currency"] == "NGN"
    assert [band["until"] for band in naira["bands"]] == [
        (day + timedelta(days=ahead)).isoformat() for ahead in (30, 60, 90)
    ]
    assert naira["bands"][0]["open"]["minor"] == 2 * 545_000 + 322_500
    assert naira["bands"][-1]["so_far"] == naira["bands"][0]["total"]
    assert told["days_to_pay"][-1]["invoices"] == 8
    assert "NGN" in {one["currency"] for one in told["days_outstanding"]}


def test_a_business_without_anything_is_told_of_nothing(program):
    for path in FIGURES:
        assert program.get(f"/api/{path}/")["data"]["currencies"] == []
    assert program.get("/api/reports/recurring-revenue/")["data"]["currencies"] == []
    assert program.get("/api/reports/getting-paid/")["data"]["expected"] == []


# -- statements --------------------------------------------------------------------------------------------------------


def test_a_statement_says_what_moved_and_what_is_left(app, ours, program, day):
    with app.app_context():
        invoice_id = bill(ours, day - timedelta(days=20))
        pay(ours, invoice_id, 100_000, day - timedelta(days=2))
        db.session.remove()
    url = f"/api/customers/{ours.client_id}/statement/"
    told = program.get(url)["data"]
    assert [(one["kind"], one["amount"]["minor"], one["balance"]["minor"]) for one in told["movements"]] == [
        ("issue", 322_500, 322_500),
        ("payment", -100_000, 222_500),
    ]
    assert (told["opening"]["minor"], told["closing"]["minor"], told["credit"]["minor"]) == (0, 222_500, 0)
    assert [(one["invoice_id"], one["days_late"]) for one in told["open"]] == [(str(invoice_id), 6)]
    assert told["ages"]["days_1_30"]["minor"] == 222_500
    earlier = f"since={day - timedelta(days=10)}&until={day - timedelta(days=5)}"
    before = program.get(f"{url}?{earlier}")["data"]
    assert (before["opening"]["minor"], before["closing"]["minor"], before["movements"]) == (322_500, 322_500, [])
    assert before["ages"] is None


def test_a_statement_of_no_period_or_currency_is_refused(ours, program, day):
    url = f"/api/customers/{ours.client_id}/statement/"
    assert set(program.get(f"{url}?since={day}", 422)["errors"]) == {"until"}
    assert set(program.get(f"{url}?since={day}&until={day - timedelta(days=1)}", 422)["errors"]) == {"until"}
    assert set(program.get(f"{url}?currency=KWD", 422)["errors"]) == {"currency"}
    assert set(program.get(f"{url}?period=always", 422)["errors"]) == {"period"}


def test_a_statement_is_a_pdf_once_it_is_drawn(app, ours, program, day):
    url = f"/api/customers/{ours.client_id}/statement/pdf/"
    assert program.send("GET", url).status_code == 202
    with app.app_context():
        ensure_pdf(Asked(ours.business_id, ours.client_id, chosen_period(RECENT, day), "NGN"), clock.now())
        db.session.remove()
    drawn = program.send("GET", url)
    assert (drawn.status_code, drawn.mimetype, drawn.get_data()[:5]) == (200, "application/pdf", b"%PDF-")


def test_a_statement_is_sent_to_those_who_get_documents(ours, program):
    url = f"/api/customers/{ours.client_id}/statement/send/"
    assert program.post(url, {"period": "this-month"}, 202)["data"] is None
    silent = program.post("/api/customers/", {"name": "Bo"}, 201)["data"]["id"]
    assert set(program.post(f"/api/customers/{silent}/statement/send/", {}, 422)["errors"]) == {"client_id"}


def test_another_business_s_customers_have_no_statement(app, program):
    with app.app_context():
        theirs = a_business(app, "Savannah Coffee", "Koko Roastery")
        db.session.remove()
    for client_id in (theirs.client_id, uuid.uuid4()):
        program.get(f"/api/customers/{client_id}/statement/", 404)
        program.get(f"/api/customers/{client_id}/statement/pdf/", 404)
        program.post(f"/api/customers/{client_id}/statement/send/", {}, 404)


def test_viewers_read_reports_with_the_scope_for_them(app, ours):
    Program.of(app, ours, "viewer").get("/api/billing/stats/invoices/")
    Program.of(app, ours, "owner", ("invoices:read",)).get("/api/billing/stats/invoices/", 403)
    Program.of(app, ours, "viewer").post(f"/api/customers/{ours.client_id}/statement/send/", {}, 403)


@pytest.mark.parametrize("path", FIGURES)
def test_figures_ask_the_database_twice(app, program, year, path):
    program.get(f"/api/{path}/")
    with app.app_context(), counted() as asked:
        program.send("GET", f"/api/{path}/")
    assert len(asked) <= 2, "\n".join(asked)
