"""Rows written past the ORM are those it would have written, and what the database refuses leaves nothing behind."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app import bulk, clock
from app.bulk import Sheet, rest, tail
from app.database import OutsideTransaction, new_id, transactional, writing
from app.extensions import db
from app.invoices.models import Counter, Invoice
from tests.support.story import a_business

WORDS = [
    "",
    "plain",
    "tab\tand\nlines\r\n",
    "\\N",
    "\\.",
    "quotes \" and '",
    "ünïcödé ₦ 漢字 🙂",
    "\b\f\v\x01",
    "\u2028",
]


@pytest.fixture
def story(make_app):
    app = make_app()
    with app.app_context():
        yield a_business(app)


def an_invoice(story: Any, words: str, **more: Any) -> Invoice:
    elsewhere = timezone(timedelta(hours=5, minutes=30))
    known = {
        "business_id": story.business_id,
        "id": new_id(),
        "client_id": story.client_id,
        "status": "draft",
        "number": None,
        "currency": "NGN",
        "issue_date": date(2026, 2, 28),
        "due_date": date(2026, 12, 31),
        "notes": words,
        "discount_kind": "percent",
        "discount_value": Decimal("12.345678"),
        "rate_to_base": Decimal("1533.275000000001"),
        "base_currency": "USD",
        "buyer": {"name": words, "list": [1, None, {"a": True}]},
        "issued_at": datetime(2026, 2, 28, 3, 4, 5, 678, tzinfo=elsewhere),
        "created_at": clock.now(),
        "updated_at": clock.now(),
    }
    return Invoice(**known | more)


def columns(row: Invoice) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in Invoice.__table__.columns}


def test_what_is_read_back_is_what_the_orm_would_have_written(story):
    names = rest(Invoice, "id")
    pairs = []
    with writing() as session:
        sheet = Sheet(Invoice, ("id", *names), story.business_id)
        for words in WORDS:
            through, past = an_invoice(story, words), an_invoice(story, words)
            past.created_at, past.updated_at = through.created_at, through.updated_at
            session.add(through)
            sheet.add((past.id.hex, *bulk.values(past, names[:3])), tail(bulk.values(past, names[3:])))
            pairs.append((through.id, past.id))
        bulk.write([sheet])
    db.session.remove()
    for one, other in pairs:
        left, right = (columns(db.session.get_one(Invoice, (story.business_id, id))) for id in (one, other))
        assert left | {"id": 0} == right | {"id": 0}


def test_a_column_refuses_what_its_type_does_not_take():
    table = Invoice.__table__.c
    with pytest.raises(ValueError, match="time zone"):
        bulk.wired(table.created_at, datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="decimal places"):
        bulk.wired(table.discount_value, Decimal("0.0000001"))


def counters(story: Any, *periods: str) -> Sheet:
    sheet = Sheet(Counter, ("kind", "period"), story.business_id, value=7)
    for period in periods:
        sheet.add(("test", period))
    return sheet


def stored(story: Any) -> list[str]:
    db.session.remove()
    mine = (Counter.business_id == story.business_id, Counter.kind == "test")
    return list(db.session.scalars(select(Counter.period).where(*mine).order_by(Counter.period)))


def test_a_row_that_is_refused_leaves_nothing_and_a_connection_that_works(story):
    @transactional
    def twice() -> None:
        with bulk.press() as press:
            press.put([counters(story, "a", "b")])
            press.put([counters(story, "b", "c")])
            press.put([counters(story, "d")])

    with pytest.raises(IntegrityError):
        twice()
    assert stored(story) == []
    with writing():
        bulk.write([counters(story, "a", "b")])
    assert stored(story) == ["a", "b"]


def test_whoever_stops_in_the_middle_can_roll_back(story):
    @transactional
    def stops() -> None:
        with bulk.press() as press:
            press.put([counters(story, *(f"{n:05}" for n in range(5000)))])
            raise KeyError("something else")

    with pytest.raises(KeyError):
        stops()
    assert stored(story) == []
    assert db.session.scalar(text("SELECT 1")) == 1


def test_in_a_savepoint_only_that_is_lost(story):
    with writing() as session:
        bulk.write([counters(story, "a")])
        with pytest.raises(IntegrityError), session.begin_nested():
            bulk.write([counters(story, "b", "a")])
        bulk.write([counters(story, "c")])
    assert stored(story) == ["a", "c"]


@pytest.mark.engines("postgresql")
def test_many_rows_change_no_setting_for_what_follows(story):
    with writing() as session:
        bulk.write([counters(story, *(f"{n:05}" for n in range(600)))])
        assert session.scalar(text("SHOW enable_seqscan")) == "on"
    assert len(stored(story)) == 600


def test_nothing_is_written_outside_a_transaction(story):
    with pytest.raises(OutsideTransaction):
        bulk.write([counters(story, "a")])


def test_ids_are_in_order_and_each_is_another():
    source = bulk.ids()
    made = [next(source) for _ in range(5000)]
    assert made == sorted(set(made))
    assert {(uuid.UUID(id).version, uuid.UUID(id).variant) for id in made} == {(7, uuid.RFC_4122)}
    assert abs(uuid.UUID(made[0]).int // (1 << 80) / 1000 - clock.now().timestamp()) < 60
