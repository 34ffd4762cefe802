"""The migrations build what the models say, can be taken back, and the database itself guards what only grows."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError

from app import clock, create_app
from app.auth.models import AuditEvent
from app.database import writing
from app.extensions import db
from app.invoices.models import WriteOff
from app.ledger.models import ExchangeRate, JournalEntry, JournalLine
from app.payments import service as payments
from app.payments.models import MAY_NEED_YOU, Allocation, Attempt, Payment
from config import Config
from tests.guards.source import ROOT
from tests.support.story import a_business

pytestmark = pytest.mark.engines("sqlite", "postgresql")
FOLDER = ROOT / "migrations"
REVISIONS = sorted((FOLDER / "versions").glob("*.py"))
ONLY_GROW = (JournalEntry, JournalLine, AuditEvent, Allocation, WriteOff, ExchangeRate)


@pytest.fixture
def migrated(blank_database: Callable[[], str], tmp_path: Path) -> Iterator[Flask]:
    """An application over a database that begins without a table, its context open."""
    app = create_app(Config.for_tests(database_url=blank_database(), instance_dir=tmp_path / "instance"))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def schema() -> dict[str, list[str]]:
    """Tables with their columns, indexes and triggers, as the database tells."""
    found = {}
    with db.engine.connect() as connection:
        inspector = sqlalchemy.inspect(connection)
        for table in inspector.get_table_names():
            columns = [f"{c['name']} {c['type']} {c['nullable']}" for c in inspector.get_columns(table)]
            indexes = [f"{i['name']} {i['column_names']} {bool(i['unique'])}" for i in inspector.get_indexes(table)]
            found[table] = sorted(columns + indexes)
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if db.engine.dialect.name == "postgresql":
            triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        found["triggers"] = sorted(connection.scalars(text(triggers)))
    return found


def test_up_down_and_up_again_ends_where_it_was(migrated):
    flask_migrate.upgrade(directory=str(FOLDER))
    first = schema()
    flask_migrate.downgrade(directory=str(FOLDER), revision="base")
    assert set(schema()) <= {"alembic_version", "triggers"}
    assert schema()["triggers"] == []
    flask_migrate.upgrade(directory=str(FOLDER))
    assert schema() == first


def test_what_the_migrations_build_is_what_the_models_say(migrated):
    flask_migrate.upgrade(directory=str(FOLDER))
    flask_migrate.check(directory=str(FOLDER))


def test_checkouts_that_were_left_are_no_longer_unclear(migrated):
    """Before they were told apart, whoever left a checkout was unclear after five days; a person need not look."""
    flask_migrate.upgrade(directory=str(FOLDER))
    story = a_business(migrated)
    left, silent = story.attempt(story.issued()).id, story.attempt(story.issued()).id
    said = {left: "The customer left the checkout page and may still come back.", silent: "No clear answer."}
    with writing():
        for attempt_id, reason in said.items():
            mine = update(Attempt).where(Attempt.business_id == story.business_id, Attempt.id == attempt_id)
            db.session.execute(mine.values(state="unclear", reason=reason))
    db.session.remove()
    flask_migrate.downgrade(directory=str(FOLDER), revision="0009")
    flask_migrate.upgrade(directory=str(FOLDER))
    states = [db.session.get_one(Attempt, (story.business_id, one)).state for one in (left, silent)]
    assert states == ["failed", "unclear"]


def test_what_was_there_was_changed_when_something_was_last_known_of_it(migrated):
    flask_migrate.upgrade(directory=str(FOLDER))
    story = a_business(migrated)
    kept = story.payment(story.issued()), story.payment(story.issued())
    payments.reverse_payment(story.owner, kept[1], "Typed twice", now=clock.now())
    db.session.remove()
    flask_migrate.downgrade(directory=str(FOLDER), revision="0025")
    flask_migrate.upgrade(directory=str(FOLDER))
    paid, undone = (db.session.get_one(Payment, (story.business_id, one)) for one in kept)
    assert paid.updated_at == paid.created_at
    assert undone.updated_at == undone.reversed_at > undone.created_at


@pytest.mark.engines("sqlite")
def test_what_may_need_somebody_is_said_in_the_same_words(engine_name):
    """Nothing compares the condition of a partial index in the models with that of its migration."""
    [path] = (FOLDER / "versions").glob("0010_*.py")
    found = runpy.run_path(str(path))
    assert found["MAY_NEED_YOU"] == str(MAY_NEED_YOU)


@pytest.mark.engines("sqlite")
def test_migrations_are_numbered_in_one_line_and_each_can_be_taken_back(engine_name):
    for number, path in enumerate(REVISIONS, start=1):
        source = path.read_text(encoding="utf-8")
        assert path.name.startswith(f"{number:04}_")
        assert re.search(rf'^revision = "{number:04}"$', source, re.MULTILINE)
        before = f'"{number - 1:04}"' if number > 1 else "None"
        assert re.search(rf"^down_revision = {before}$", source, re.MULTILINE)
        assert "def downgrade() -> None:" in source
        assert "import app" not in source
        assert "from app" not in source


@pytest.mark.engines("sqlite")
def test_tenant_tables_lead_with_the_business(engine_name):
    import app.rooms

    assert app.rooms.MODELS
    everyones = {"business", "person", "membership", "session", "person_token", "api_token"}
    everyones |= {"link", "attempt_ref", "system_job", "channel_breaker"}
    # Work that is due and answers that are old are looked for across businesses, and who says stop to our number says
    # it to all of them.
    across = {"ix_job_due", "ix_reached_address_everywhere", "ix_kept_answer_age", "ix_hook_event_age"}
    for table in db.metadata.sorted_tables:
        if table.name in everyones:
            continue
        assert next(iter(table.primary_key.columns)).name == "business_id", table.name
        for index in table.indexes:
            leads = next(iter(index.columns)).name
            assert leads == "business_id" or (not index.unique and index.name in across), index.name
        for key in table.foreign_key_constraints:
            assert key.referred_table.name == "business" or key.column_keys[0] == "business_id", key.name


def test_what_only_grows_is_guarded_by_the_database_itself(app):
    with app.app_context():
        story = a_business(app)
        story.payment(story.issued())
        story.written_off()
        story.rate()
        db.session.remove()
        for model in ONLY_GROW:
            table = model.__table__
            before = db.session.execute(select(table)).all()
            db.session.remove()
            assert before, table.name
            for change in (table.delete(), table.update().values(business_id=story.business_id)):
                with pytest.raises(DatabaseError, match="append-only"), db.engine.begin() as connection:
                    connection.execution_options(writes=True).execute(change)
            assert db.session.execute(select(table)).all() == before
            db.session.remove()
