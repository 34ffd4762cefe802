"""How often a page asks the database: so many times and no more, however much stands on it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.extensions import db
from tests.support.story import a_business


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
