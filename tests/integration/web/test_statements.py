"""How often a page asks the database: so many times and no more, however much stands on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import event, text

from app import clock
from app.extensions import db
from app.invoices import service as invoices
from tests.support.story import Story, a_business

# Page -> how many statements at most, the session's own included.
PAGES = [
    ("/invoices/{invoice}/", 6),
    ("/invoices/{invoice}/panel/", 6),
    ("/invoices/{invoice}/why/", 6),
    ("/clients/{client}/", 10),
]
CUSTOMERS_PAGE = 6


@contextmanager
def counted() -> Iterator[list[str]]:
    """What is asked meanwhile; where transactions begin and end does not count."""
    asked: list[str] = []
    engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def busy_invoice(story: Story, lines: int) -> str:
    """An invoice with so many lines, a file, a message, a link, two payments, and credit that could settle it."""
    values = story.draft_values()
    draft = invoices.create_draft(story.owner, replace(values, lines=values.lines * lines), now=clock.now()).id
    invoices.attach(story.owner, draft, "terms.txt", b"Payable in 14 days.\n", now=clock.now())
    invoices.attach(story.owner, draft, "map.txt", b"The second door.\n", now=clock.now())
    invoices.send(replace(story.owner, verified=True), draft, now=clock.now())
    story.payment(draft, 50_000)
    story.payment(draft, 70_000)
    story.payment(story.issued(), 900_000)
    db.session.remove()
    return str(draft)


@pytest.mark.parametrize("page, most", PAGES, ids=[page for page, _ in PAGES])
def test_a_page_asks_no_more_often_for_thirty_lines_than_for_three(app: Flask, page: str, most: int):
    with app.app_context():
        story = a_business(app)
        visitor = story.visitor()
        for lines in (3, 30):
            url = page.format(invoice=busy_invoice(story, lines), client=story.client_id)
            with counted() as asked:
                assert visitor.get(url).status_code == 200
            assert len(asked) <= most, "\n".join(asked)


PLANS, PLAN = 5, 5


def test_plans_ask_no_more_often_for_twenty_with_prices_than_for_two(app: Flask):
    with app.app_context():
        story = a_business(app)
        visitor = story.visitor()
        for number in (2, 20):
            made = [story.plan() for _ in range(number)]
            for plan_id in made:
                story.planned_price(plan_id)
            for url, most in (("/billing/plans/", PLANS), (f"/billing/plans/{made[0]}/", PLAN)):
                db.session.remove()
                with counted() as asked:
                    assert visitor.get(url).status_code == 200
                assert len(asked) <= most, "\n".join(asked)


@pytest.mark.parametrize("lines", [3, 30])
@pytest.mark.parametrize("paid", ["nothing", "a part", "all"])
def test_a_customer_who_opens_a_link_asks_six_times_at_most(app: Flask, lines: int, paid: str):
    with app.app_context():
        story = a_business(app)
        values = story.draft_values()
        draft = invoices.create_draft(story.owner, replace(values, lines=values.lines * lines), now=clock.now()).id
        total = invoices.issue(story.owner, draft, now=clock.now()).total_minor
        minor = {"nothing": 0, "a part": total // 2, "all": total + 100}[paid]
        if minor:
            story.payment(draft, minor)
        url = f"/i/{story.link(draft)}/"
        db.session.remove()
        customer = app.test_client()
        with counted() as first:
            assert customer.get(url).status_code == 200
        with counted() as again:
            assert customer.get(url).status_code == 200
        assert len(first) <= CUSTOMERS_PAGE, "\n".join(first)
        assert len(again) <= CUSTOMERS_PAGE - 2, "the visit is noted once in a while"


@pytest.mark.engines("postgresql")
def test_what_a_page_asks_stays_planned_from_one_request_to_the_next(make_app):
    """psycopg prepares what it is asked for the sixth time, and a ROLLBACK makes it forget all of that."""
    app = make_app(web_threads=1)
    with app.app_context():
        visitor = a_business(app).visitor()
    for _ in range(8):
        assert visitor.get("/clients/").status_code == 200
    with app.app_context():
        prepared = db.session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("FROM client" in statement for statement in prepared)
