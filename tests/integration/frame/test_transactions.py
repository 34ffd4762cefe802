"""One transaction per service call: the outermost commits, nested ones join, nothing writes outside."""

from __future__ import annotations

import uuid
from contextlib import suppress

import pytest
from sqlalchemy import func, insert, select, update

from app import clock
from app.clients.models import Client
from app.clients.rules import ClientValues
from app.clients.service import create_client
from app.database import (
    OutsideTransaction,
    PendingChanges,
    in_transaction,
    insert_once,
    locked,
    new_id,
    transactional,
    writing,
)
from app.extensions import db
from app.invoices.models import Counter
from tests.integration.frame.chores import NOBODY, add_one, done
from tests.support.story import a_business


class Broken(RuntimeError):
    """The outer call fails after the inner one returned."""


@transactional
def outer(fails: bool) -> None:
    add_one("inner")
    add_one("inner")
    if fails:
        raise Broken


def counters() -> int:
    db.session.remove()
    return db.session.scalar(select(func.count()).select_from(Counter)) or 0


def test_the_outermost_call_commits_for_all(app):
    outer(fails=False)
    db.session.remove()
    assert done("inner") == 2


def test_what_nested_calls_did_goes_when_the_outer_call_fails(app):
    with pytest.raises(Broken):
        outer(fails=True)
    assert not in_transaction()
    assert counters() == 0


def test_after_a_failure_the_next_call_works(app):
    with pytest.raises(Broken):
        outer(fails=True)
    outer(fails=False)
    assert done("inner") == 2


def test_a_flush_outside_is_refused(app):
    db.session.add(Counter(business_id=NOBODY, kind="stray", period="all", value=1))
    with pytest.raises(OutsideTransaction):
        db.session.commit()
    db.session.rollback()
    assert counters() == 0


@pytest.mark.parametrize(
    "statement",
    [
        insert(Counter).values(business_id=NOBODY, kind="stray", period="all", value=1),
        update(Counter).values(value=9),
        Counter.__table__.delete(),
    ],
    ids=["insert", "update", "delete"],
)
def test_a_statement_that_writes_is_refused_outside(app, statement):
    add_one("kept")
    with pytest.raises(OutsideTransaction):
        db.session.execute(statement)
    db.session.rollback()
    assert (done("kept"), counters()) == (1, 1)


def test_objects_changed_before_the_transaction_are_refused_loudly_and_not_saved_by_it(app):
    add_one("kept")
    db.session.remove()
    stale = db.session.scalars(select(Counter)).one()
    stale.value = 99
    with pytest.raises(PendingChanges):
        add_one("kept")
    db.session.rollback()
    db.session.remove()
    assert done("kept") == 1


def test_a_locked_row_is_read_afresh(app):
    story = a_business(app)
    old = db.session.get(Client, (story.business_id, story.client_id))
    with app.app_context():
        with writing():
            db.session.execute(update(Client).where(Client.id == story.client_id).values(name="Ikeja Hub"))
        db.session.remove()
    assert old.name == "Lekki Hub"
    with writing():
        assert locked(Client, story.business_id, story.client_id).name == "Ikeja Hub"


def test_another_business_s_row_cannot_be_locked(app):
    ours, theirs = a_business(app), a_business(app)
    with writing():
        assert locked(Client, ours.business_id, theirs.client_id) is None
        assert locked(Client, ours.business_id, uuid.uuid4()) is None


def test_a_row_is_inserted_once_and_the_caller_is_told(app):
    key = {"business_id": NOBODY, "kind": "once", "period": "all"}
    with writing():
        assert insert_once(Counter, **key, value=1) is True
        assert insert_once(Counter, **key, value=5) is False
    assert done("once") == 1


def test_a_service_that_fails_half_way_leaves_nothing(app):
    story = a_business(app)
    with suppress(Broken), writing():
        create_client(story.owner, ClientValues(name="Half"), now=clock.now())
        raise Broken
    assert list(db.session.scalars(select(Client.name))) == ["Lekki Hub"]


def test_ids_are_made_in_order_of_time():
    ids = [new_id() for _ in range(200)]
    assert ids == sorted(ids)
    assert {made.version for made in ids} == {7}
