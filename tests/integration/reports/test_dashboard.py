"""What the first page says is what the rows say, currency by currency, and nothing of anybody else."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, update

from app import clock
from app.auth.queries import get_business
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import Invoice
from app.invoices.values import DraftValues, LineValues
from app.jobs.models import Job
from app.ledger.checks import totals_match
from app.ledger.rates import add_rate
from app.messages.models import Message
from app.money import Money
from app.payments import service as payments
from app.payments.models import HeldMoney
from app.reports import queries
from app.reports.figures import together
from tests.support.story import Story, a_business


@pytest.fixture
def app(make_app):
    made = make_app()
    with made.app_context():
        yield made


@pytest.fixture
def ours(app) -> Story:
    return a_business(app, "Harmattan Fibre")


def today_of(story: Story) -> date:
    return clock.today(get_business(story.business_id).timezone)


def bill(story: Story, amount: int, *, days_ago: int = 0, terms: int = 14, currency: str = "NGN"):
    """An issued invoice of so many major units, without tax."""
    day = today_of(story) - timedelta(days=days_ago)
    line = LineValues("Fibre", Decimal(1), Decimal(amount))
    values = DraftValues(currency, day, terms, client_id=story.client_id, lines=(line,))
    now = clock.now()
    return invoices.issue(story.owner, invoices.create_draft(story.owner, values, now=now).id, now=now)


def pay(story: Story, invoice, amount: int, *, days_ago: int = 0):
    day = today_of(story) - timedelta(days=days_ago)
    money = Money(amount * 100, invoice.currency)
    return payments.record_payment(story.owner, invoice.id, money, "transfer", day, now=clock.now())


def page(story: Story, url: str = "/") -> str:
    db.session.remove()
    answer = story.visitor().get(url)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text))


def test_a_new_business_is_led_to_its_first_invoice_in_one_click(ours):
    text = ours.visitor().get("/").text
    assert "First steps" in text
    assert re.search(r'<a class="btn" href="/invoices/new/">New invoice</a>', text)
    led = re.search(r'<li class="now">.*?</li>', text, re.DOTALL)
    assert led
    assert "Say who you are" in led[0]
    assert 'class="btn btn-primary" href="/settings/"' in led[0]
    invoices.create_draft(ours.owner, ours.draft_values(), now=clock.now())
    assert "Your draft is waiting" in page(ours)
    bill(ours, 100)
    assert "First steps" not in page(ours)


def test_a_viewer_is_offered_nothing_to_do(ours):
    assert "/invoices/new/" not in ours.visitor("viewer").get("/").text.split("<main")[1].split("</main>")[0]


def test_owed_overdue_expected_and_received_are_sums_of_the_rows(ours):
    late = bill(ours, 1_000, days_ago=40, terms=10)
    bill(ours, 2_000, terms=0)
    bill(ours, 4_000, terms=364)
    pay(ours, late, 300)
    undone = pay(ours, late, 50)
    payments.reverse_payment(ours.owner, undone.id, "Typed twice", now=clock.now())
    invoices.void(ours.owner, bill(ours, 8_000).id, "Wrong", now=clock.now())
    found = queries.figures(ours.business_id, today_of(ours)).own["NGN"]
    assert (found.owed, found.owed_count) == (670_000, 3)
    assert (found.overdue, found.overdue_count) == (70_000, 1)
    assert (found.expected, found.expected_count) == (200_000, 1)
    assert found.ages == [600_000, 70_000, 0, 0, 0]
    assert found.months[today_of(ours).replace(day=1)][1] == 30_000
    assert "₦6,700.00" in page(ours)
    assert "1 invoice, oldest 30 days" in page(ours)


@pytest.mark.parametrize("days_late, place", [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4)])
def test_ages_are_counted_from_the_due_date(ours, days_late, place):
    bill(ours, 10, days_ago=days_late, terms=0)
    found = queries.figures(ours.business_id, today_of(ours)).own["NGN"]
    assert found.ages == [1_000 if number == place else 0 for number in range(5)]


def test_currencies_are_never_added(ours):
    bill(ours, 100)
    pay(ours, bill(ours, 70, currency="EUR"), 20)
    found = queries.figures(ours.business_id, today_of(ours)).own
    assert {code: one.owed for code, one in found.items()} == {"NGN": 10_000, "EUR": 5_000}
    assert "₦100.00" in page(ours)
    assert "₦" not in page(ours, "/?currency=EUR").split("Recent activity")[0]
    assert "€50.00" in page(ours, "/?currency=EUR")
    assert "₦100.00" in page(ours, "/?currency=XYZ")


def test_all_currencies_in_the_base_currency_are_those_with_a_rate_and_the_others_are_counted(ours):
    bill(ours, 1_000, days_ago=40, terms=10)
    unrated = bill(ours, 5, currency="EUR")
    pay(ours, unrated, 1)
    assert "All in NGN" in page(ours)
    text = page(ours, "/?currency=all")
    assert "there is no rate to NGN: 1 open invoice, 1 invoice of these months, 1 payment." in text
    assert "₦1,000.00" in text
    add_rate(ours.owner, "USD", today_of(ours) - timedelta(days=90), Decimal("1533.275"), now=clock.now())
    late = bill(ours, 10, days_ago=20, terms=0, currency="USD")
    pay(ours, late, 4)
    # Owed: 1,000.00 + 6.00 x 1,533.275 = 10,199.65; came: 4.00 x 1,533.275 = 6,133.10; billed 1,000.00 + 15,332.75
    whole = together(queries.figures(ours.business_id, today_of(ours)), "NGN")
    found = whole.figures
    assert (found.owed, found.owed_count, found.overdue, found.overdue_count) == (1_019_965, 2, 1_019_965, 2)
    assert sum(found.ages) == found.owed
    assert [sum(month[place] for month in found.months.values()) for place in (0, 1)] == [1_633_275, 613_310]
    assert (whole.open_left_out, whole.billed_left_out, whole.payments_left_out) == (1, 1, 1)
    assert "₦10,199.65" in page(ours, "/?currency=all")
    assert list(totals_match(ours.business_id, clock.now())) == []
    listed = page(ours, "/invoices/?rate=none")
    assert unrated.number in listed
    assert late.number not in listed


def test_where_everything_is_in_one_currency_nothing_is_converted(ours):
    bill(ours, 100)
    assert "All in NGN" not in page(ours)
    assert "All in NGN" not in page(ours, "/?currency=all")


def test_months_hold_what_was_issued_and_received_in_them(ours):
    today = today_of(ours)
    old = bill(ours, 500, days_ago=70)
    pay(ours, old, 200, days_ago=35)
    bill(ours, 900, days_ago=500)
    months = queries.figures(ours.business_id, today).own["NGN"].months
    assert months[(today - timedelta(days=70)).replace(day=1)][0] == 50_000
    assert months[(today - timedelta(days=35)).replace(day=1)][1] == 20_000
    assert sum(invoiced for invoiced, _ in months.values()) == 50_000
    assert "₦500.00" in page(ours)


def test_what_wants_attention_is_gathered_from_every_room(ours):
    bill(ours, 10)
    unready = page(ours)
    assert "Say who you are" in unready
    assert "Connect Paystack, or show your bank details" in unready
    assert "Say who you are" not in ours.visitor("staff").get("/").text
    with writing():
        business = get_business(ours.business_id)
        business.address, business.bank_details = "1 Marina, Lagos", [{"label": "Bank", "value": "GTB"}]
    assert "Nothing. What goes wrong" in page(ours)
    bill(ours, 100, days_ago=30, terms=0)
    now = clock.now()
    draft = invoices.create_draft(ours.owner, ours.draft_values(), now=now)
    mine = {"business_id": ours.business_id, "created_at": now}
    message = {"kind": "invoice", "recipients": [], "subject": "", "text": "", "message_id": "<1@x>", "tries": 1}
    with writing() as session:
        session.execute(update(Invoice).where(Invoice.id == draft.id).values(updated_at=now - timedelta(days=8)))
        session.add(Message(**mine, **message, state="failed", reason="Mailbox full", failed_at=now))
        session.add(HeldMoney(**mine, gateway="demo", reference="r", reason="Paid in USD.", facts={}))
        session.add(Job(**mine, key="k", task="invoices.print", args={}, state="parked", due_at=now))
    text = page(ours)
    for sentence in (
        "A payment is held",
        "Paid in USD.",
        "1 message was not delivered",
        "Mailbox full",
        "1 invoice is overdue",
        "1 draft was forgotten",
        "1 background job gave up",
    ):
        assert sentence in text


def test_recent_activity_says_who_did_what_and_how_much(ours):
    invoice = bill(ours, 100)
    pay(ours, invoice, 40)
    pay(ours, invoice, 60)
    text = page(ours)
    assert f"{invoice.number}, bank transfer, part paid₦40.00" in text
    assert f"{invoice.number}, bank transfer₦60.00" in text
    assert f"{invoice.number}, issued by" in text


def test_nothing_of_another_business_is_counted_or_shown(app, ours):
    bill(ours, 10)
    theirs = a_business(app, "Savannah Coffee")
    before = page(ours)
    late = bill(theirs, 7_777, days_ago=50, terms=1)
    pay(theirs, late, 1_111)
    assert page(ours).replace("just now", "") == before.replace("just now", "")


def test_the_page_takes_the_same_few_statements_however_much_there_is(app, ours):
    bill(ours, 10)
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def cost() -> int:
        db.session.remove()
        browser = ours.visitor()
        statements.clear()
        browser.get("/")
        return sum(statement.lstrip().startswith(("SELECT", "(SELECT")) for statement in statements)

    cost()
    first = cost()
    for number in range(12):
        pay(ours, bill(ours, 100 + number, days_ago=number * 20, currency=("NGN", "EUR", "KES")[number % 3]), 50)
    assert cost() == first
    assert first <= 6
