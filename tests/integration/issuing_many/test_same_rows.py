"""Many invoices issued at once leave behind what one after the other would have, row by row."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import clock
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.errors import NotReady
from app.invoices.models import Counter, Invoice
from app.invoices.values import DraftValues, Issued, LineValues
from app.jobs.models import Job
from app.ledger.models import JournalEntry, PeriodTotal
from app.ledger.rates import add_rate
from app.money import Money
from app.payments import service as payments
from tests.support.sound import violations
from tests.support.story import Story, a_business
from tests.support.traces import traces

NOW = clock.now
DAY = date(2026, 11, 3)


@pytest.fixture
def story(make_app):
    app = make_app(env="development")
    with app.app_context():
        yield a_business(app)


def tax(story: Story, name: str, rate: str, pricing: str = "document", compound: bool = False) -> uuid.UUID:
    return catalog.create_tax(story.owner, TaxValues(name, Decimal(rate), pricing, compound), now=NOW()).id


def client(story: Story, name: str = "Adébáyọ̀ & Sons", **more: object) -> uuid.UUID:
    return create_client(story.owner, ClientValues(name, **more), now=NOW()).id


def line(title: str = "Fibre, monthly", price: str = "15000", quantity: str = "1", **more: object) -> LineValues:
    return LineValues(title, Decimal(quantity), Decimal(price), **more)


def draft(story: Story, *lines: LineValues, **more: object) -> DraftValues:
    known = {"currency": "NGN", "issue_date": DAY, "terms_days": 14, "client_id": story.client_id, "lines": lines}
    return DraftValues(**{**known, **more})


def kinds(story: Story) -> dict[str, DraftValues]:
    """Drafts of every kind there is."""
    vat, levy = story.tax_id, tax(story, "Levy", "1.25", compound=True)
    inside = tax(story, "Inside", "5", "inclusive")
    add_rate(story.owner, "USD", DAY - timedelta(days=40), Decimal("1533.275"), now=NOW())
    german = client(story, "Straße & Söhne", language="de", country="DE", tax_id="DE1234", phone="+491701234567")
    half_off = ("percent", Decimal("12.5"))
    return {
        "plain": draft(story, line(tax_ids=(vat,))),
        "without tax": draft(story, line()),
        "several lines": draft(
            story, line(tax_ids=(vat,)), line("Router", "25000.50", "3", unit="pc"), line("IP", "1")
        ),
        "an item": draft(story, line("Router", "25000", item_id=story.item())),
        "two taxes": draft(story, line("A", "99.99", "7", tax_ids=(vat, levy)), line("B", "0.01", tax_ids=(levy,))),
        "inside the price": draft(story, line(tax_ids=(inside, vat)), line("B", "33.33", tax_ids=(vat,))),
        "prices with tax": draft(story, line("A", "100.05", "1.333", tax_ids=(vat,)), prices_include_tax=True),
        "discounts": draft(
            story,
            line("A", "10.01", "3", discount=half_off, tax_ids=(vat,)),
            line("B", "20", discount=("amount", Decimal("0.33")), tax_ids=(vat, levy)),
            line("C", "0.05"),
            discount=("percent", Decimal("7.5")),
        ),
        "an amount off": draft(story, line("A", "10", tax_ids=(vat,)), line("B", "5"), discount=("amount", Decimal(3))),
        "nothing to pay": draft(story, line("Gift", "0", tax_ids=(vat,))),
        "all of it off": draft(story, line("Gift", "12", tax_ids=(vat,)), discount=("percent", Decimal(100))),
        "rate of the table": draft(story, line("Hosting", "49.99", "3", tax_ids=(vat,)), currency="USD"),
        "rate typed": draft(story, line("Hosting", "49.99", tax_ids=(vat,)), currency="USD", rate=Decimal("1601.5")),
        "no rate known": draft(story, line("Hosting", "49.99"), currency="EUR"),
        "no decimals": draft(story, line("Hosting", "4999"), currency="JPY", rate=Decimal("10.3333")),
        "a rate not needed": draft(story, line(), rate=Decimal(2)),
        "words": draft(
            story, line(detail='1–30 Nov\nO\'Neil\t\\N \\ "q"'), po_number="PO É/7", notes="Danke;\n\\. 100%"
        ),
        "another language": draft(story, line("Glasfaser, monatlich", tax_ids=(vat,)), client_id=german),
        "another year": draft(story, line(), issue_date=date(2027, 1, 1), due_date=date(2027, 1, 1)),
        "due another day": draft(story, line(), due_date=DAY + timedelta(days=3), terms_days=30),
    }


def test_the_rows_are_those_the_services_write(story):
    drafts = kinds(story)
    now = NOW()
    for rounding in ("line", "document"):
        change(story, tax_rounding=rounding)
        for actor in (story.owner, Actor.system(story.business_id)):
            for name, values in drafts.items():
                made = invoices.create_draft(actor, values, now=now)
                one = traces(invoices.issue(actor, made.id, now=now), versions=True)
                [many] = invoices.issue_many(actor, [values], now=now)
                # A PDF is made when somebody looks at it.
                assert traces(stored(many), versions=True) == one | {"job": []}, name
                assert many == summary(stored(many))
    assert violations(story.business_id) == []


def change(story: Story, **columns: object) -> None:
    @transactional
    def write() -> None:
        for name, value in columns.items():
            setattr(get_business(story.business_id), name, value)

    write()


def stored(one: Issued) -> Invoice:
    db.session.expire_all()
    return db.session.scalars(select(Invoice).where(Invoice.id == one.id)).one()


def summary(row: Invoice) -> Issued:
    return Issued(row.id, row.number, row.client_id, row.currency, row.total_minor)


def test_many_at_once_are_numbered_in_their_order_and_counted_into_the_totals(story):
    drafts = list(kinds(story).values()) * 2
    before = totals(story)
    made = invoices.issue_many(story.owner, drafts, now=NOW())
    this_year = [one.number for one, values in zip(made, drafts, strict=True) if values.issue_date.year == 2026]
    assert this_year == [f"INV-2026-{n:04}" for n in range(1, len(this_year) + 1)]
    assert [one.number for one in made if one.number not in this_year] == ["INV-2027-0001", "INV-2027-0002"]
    assert [one.id for one in made] == sorted(one.id for one in made)
    assert [summary(stored(one)) for one in made] == made
    assert before != totals(story)
    assert violations(story.business_id) == []


def totals(story: Story) -> list[tuple[object, ...]]:
    query = select(PeriodTotal.__table__).where(PeriodTotal.business_id == story.business_id)
    return sorted(map(tuple, db.session.execute(query)), key=repr)


def test_credit_of_clients_settles_their_new_invoices_as_it_does_one_by_one(story):
    change(story, apply_credit=True)
    now = NOW()
    twins = [client(story, "Ada"), client(story, "Ada")]
    for id in twins:
        [first] = invoices.issue_many(story.owner, [draft(story, line("A", "1000"), client_id=id)], now=now)
        too_much = Money(125_000, "NGN")
        payments.record_payment(story.owner, first.id, too_much, "transfer", DAY, now=now)
    wanted = [draft(story, line("C", price), client_id=twins[0]) for price in ("100", "200", "300")]
    one = [
        invoices.issue(story.owner, invoices.create_draft(story.owner, values, now=now).id, now=now)
        for values in wanted
    ]
    many = invoices.issue_many(story.owner, [replace(values, client_id=twins[1]) for values in wanted], now=now)
    assert [row.balance_minor for row in one] == [0, 5_000, 30_000]
    assert [stored(row).balance_minor for row in many] == [0, 5_000, 30_000]
    for left, right in zip(one, many, strict=True):
        alike, found = traces(left, versions=True) | {"job": []}, traces(stored(right), versions=True)
        assert anybody_s(alike) == anybody_s(found)
    assert violations(story.business_id) == []


def anybody_s(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without who it is and what the other invoices were called, and in which order it was told of each."""
    own = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?i:INV-2026-\d+)")
    return {name: sorted(own.sub("ONE", row) for row in rows) for name, rows in found.items()}


def test_numbers_that_somebody_used_before_are_passed_over(story):
    change(story, number_pattern="A-{MM}-{000}", number_yearly=False)
    taken = invoices.issue_many(story.owner, [draft(story, line())] * 6, now=NOW())
    assert [one.number for one in taken] == [f"A-11-{n:03}" for n in range(1, 7)]
    rewind(story, 1)
    december = draft(story, line(), issue_date=date(2026, 12, 5))
    again = invoices.issue_many(story.owner, [december, draft(story, line()), december], now=NOW())
    # One that was passed over is not gone back to, as when they are issued one by one.
    assert [one.number for one in again] == ["A-12-002", "A-11-007", "A-12-008"]
    assert counter(story) == 8


@transactional
def rewind(story: Story, value: int) -> None:
    db.session.get(Counter, (story.business_id, "invoice", "all")).value = value


def counter(story: Story) -> int:
    db.session.expire_all()
    return db.session.get(Counter, (story.business_id, "invoice", "all")).value


@pytest.mark.parametrize(
    ("spoilt", "error"),
    [
        ({"client_id": None}, NotReady),
        ({"lines": ()}, NotReady),
        ({"lines": (line(""),)}, NotReady),
        ({"client_id": uuid.uuid4()}, NotFound),
        ({"lines": (line(tax_ids=(uuid.uuid4(),)),)}, NotFound),
        ({"lines": (line(item_id=uuid.uuid4()),)}, NotFound),
        ({"due_date": DAY - timedelta(days=1)}, Invalid),
        ({"terms_days": 400}, Invalid),
        ({"discount": ("percent", Decimal(101))}, Invalid),
        ({"lines": (line(),) * 501}, Invalid),
        ({"currency": "USD", "rate": Decimal(10) ** 6, "lines": (line(price="1000000000"),)}, Invalid),
    ],
)
def test_one_that_cannot_be_issued_stops_all_and_takes_no_number(story, spoilt, error):
    good = draft(story, line(tax_ids=(story.tax_id,)))
    with pytest.raises(error) as many:
        invoices.issue_many(story.owner, [good, replace(good, **spoilt), good], now=NOW())
    with pytest.raises(error) as one:
        invoices.issue(
            story.owner, invoices.create_draft(story.owner, replace(good, **spoilt), now=NOW()).id, now=NOW()
        )
    assert getattr(many.value, "errors", None) == getattr(one.value, "errors", None)
    assert db.session.scalars(select(Invoice.number).where(Invoice.number.is_not(None))).all() == []
    [first] = invoices.issue_many(story.owner, [good], now=NOW())
    assert first.number == "INV-2026-0001"


def test_somebody_else_s_client_or_tax_is_not_found(story):
    other = a_business(story.app, "Savannah Coffee")
    mine = draft(story, line())
    for theirs in (replace(mine, client_id=other.client_id), replace(mine, lines=(line(tax_ids=(other.tax_id,)),))):
        with pytest.raises(NotFound):
            invoices.issue_many(story.owner, [mine, theirs], now=NOW())


def test_no_work_is_queued_and_none_is_left_of_a_transaction_that_is_rolled_back(story):
    @transactional
    def fails() -> None:
        invoices.issue_many(story.owner, [draft(story, line())], now=NOW())
        raise RuntimeError("later in the same transaction")

    before = totals(story)
    with pytest.raises(RuntimeError):
        fails()
    db.session.remove()
    assert db.session.scalars(select(Invoice.id)).all() == []
    assert db.session.scalars(select(JournalEntry.id)).all() == []
    assert db.session.scalars(select(Job.id)).all() == []
    assert totals(story) == before
    assert invoices.issue_many(story.owner, [], now=NOW()) == []
