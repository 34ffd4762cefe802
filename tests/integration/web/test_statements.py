"""How often a page asks the database: so many times and no more, however much stands on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import event, text

from app import clock
from app.extensions import db
from app.invoices import service as invoices
from tests.support.story import Story, a_business


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


MOST = {"invoice list": 6, "invoice page": 6, "dashboard": 6, "customer page": 6, "client page": 13}


def pages(story: Story, lines: int) -> dict[str, str]:
    """{page: address} around an invoice with so many lines, a file, two payments and a mail, and eleven more."""
    values = story.draft_values(quantity="3")
    values = replace(values, lines=values.lines * lines)
    invoice_id = invoices.create_draft(story.owner, values, now=clock.now()).id
    invoices.attach(story.owner, invoice_id, "plan.txt", b"Where the fibre runs", now=clock.now())
    invoices.send(story.owner, invoice_id, now=clock.now())
    for _ in range(2):
        story.payment(invoice_id, 500)
    for _ in range(11):
        story.issued()
    addresses = {"invoice list": "/invoices/", "invoice page": f"/invoices/{invoice_id}/", "dashboard": "/"}
    return addresses | {"client page": f"/clients/{story.client_id}/", "customer page": f"/i/{story.link(invoice_id)}/"}


@pytest.fixture
def asked(app: Flask) -> Iterator[list[str]]:
    """What the database was asked, statement by statement."""
    with app.app_context():
        engine = db.engine
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("page", MOST)
def test_a_page_asks_few_questions_and_no_more_for_ten_times_the_lines(app, asked, page):
    counted = []
    for lines in (3, 30):
        with app.app_context():
            story = a_business(app)
            address = pages(story, lines)[page]
            visitor = app.test_client() if page == "customer page" else story.visitor()
            db.session.remove()
        assert visitor.get(address).status_code == 200
        asked.clear()
        assert visitor.get(address).status_code == 200
        counted.append(len([one for one in asked if not one.startswith("BEGIN")]))
    assert counted[0] == counted[1]
    assert counted[0] <= MOST[page], "\n".join(asked)
