"""Which rows a bell is rung for: everybody in their turn, and of nobody many more than workers will soon take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
    update,
)

from app import clock
from app.database import transactional
from app.extensions import db
from app.jobs.models import WAITING, Job, SystemJob
from app.jobs.outbox import Table, counted
from app.jobs.turns import SYSTEM, Holder, turns

JOB, SYSTEM_JOB = Job.__table__.c, SystemJob.__table__.c
RING_LEASE = 60
"""Seconds after which a bell that nobody answered is rung again."""


class Rung(NamedTuple):
    """A bell to be rung: the table, the job, which ring of it this is, and the business ("" for none)."""

    table: str
    job_id: str
    rings: int
    business_id: str


def claim(limit: int, each: int | None = None) -> list[Rung]:
    """Mark due rows as rung, everybody in their turn. A ring that nobody answers is rung again.

    At most `limit` rows. With `each`, of one business no more than leaves so many of its rows rung and not taken.
    """
    now, line = clock.now(), turns()
    unanswered = _unanswered(now) if each is not None else Counter()
    # Who has enough rung already must not take the place of somebody who has not.
    enough = sum(1 for number in unanswered.values() if each is not None and number >= each)
    holders = line.next_few(now, limit + enough)
    if not holders:
        return []
    room = {holder: limit if each is None else each - unanswered[holder] for holder in holders}
    # Only as many as there are bells for; the others keep their place.
    asking = [one for one in holders if room[one] > 0]
    line.before_all(asking[limit:])
    found, satisfied = _share_out({one: room[one] for one in asking[:limit]}, limit, now)
    for holder in holders:
        if holder not in satisfied and holder not in asking[limit:]:
            line.again(holder)
    return [_bell(row) for row in found if row.state == "rung"]


def _unanswered(now: datetime) -> Counter[Holder]:
    """How many rows of each business are rung and not taken, as long as their ring is good."""
    of_business = select(JOB.business_id, func.count()).where(JOB.state == "rung", JOB.due_at > now)
    of_system = select(func.count()).where(SYSTEM_JOB.state == "rung", SYSTEM_JOB.due_at > now)
    found: Counter[Holder] = Counter({SYSTEM: db.session.scalar(of_system) or 0})
    found.update(dict(db.session.execute(of_business.group_by(JOB.business_id)).all()))  # type: ignore[arg-type]
    db.session.remove()
    return found


@transactional
def _share_out(room: dict[Holder, int], limit: int, now: datetime) -> tuple[list[Any], set[Holder]]:
    """Ring in rounds, each of whom gets the same share of what is left. Returns the rows, and who has nothing more."""
    found: list[Any] = []
    satisfied: set[Holder] = set()
    while left := limit - len(found):
        asking = [one for one, free in room.items() if free > 0 and one not in satisfied][:left]
        if not asking:
            break
        share = max(1, left // len(asking))
        for number, holders in _alike(asking, room, share).items():
            came = _ring(holders, number, now)
            found += came
            many = Counter(row.holder for row in came)
            satisfied.update(holder for holder in holders if many[holder] < number)
            for holder in holders:
                room[holder] -= number
    return found, satisfied


def _alike(asking: Sequence[Holder], room: Mapping[Holder, int], share: int) -> dict[int, list[Holder]]:
    """Who gets how many; those who get as many as each other are asked for together."""
    together: dict[int, list[Holder]] = {}
    for holder in asking:
        together.setdefault(min(share, room[holder]), []).append(holder)
    return together


def _ring(holders: Sequence[Holder], number: int, now: datetime) -> list[Any]:
    """Ring for the `number` rows of each that are due longest. Rows: holder, id, rings, state."""
    asked = {"now": now, "number": number, "lease": now + timedelta(seconds=RING_LEASE)}
    found: list[Any] = []
    businesses = [one for one in holders if one != SYSTEM]
    if len(businesses) < len(holders):
        found += db.session.execute(_of_system(db.engine.dialect.name), asked)
    if businesses and db.engine.dialect.name == "postgresql":
        found += db.session.execute(_of_businesses(), asked | {"holders": businesses})
    elif businesses:
        # SQLite knows no LATERAL, and a statement costs it little.
        for holder in businesses:
            found += db.session.execute(_of_business(), asked | {"holder": holder})
    return found


@cache
def _of_system(dialect: str) -> Any:
    return _rung(SystemJob, _longest(SystemJob, dialect), literal_column(f"'{SYSTEM}'"), dialect)


@cache
def _of_business() -> Any:
    chosen = _longest(Job, "sqlite").where(JOB.business_id == bindparam("holder"))
    return _rung(Job, chosen, Job.business_id, "sqlite")


@cache
def _of_businesses() -> Any:
    line = func.unnest(cast(bindparam("holders"), ARRAY(Uuid))).table_valued(column("holder", Uuid))
    line = line.render_derived(name="line")
    chosen = _longest(Job, "postgresql").where(JOB.business_id == line.c.holder).lateral("chosen")
    rows = select(chosen.c.place).select_from(line).join(chosen, true())
    return _rung(Job, rows, Job.business_id, "postgresql")


def _longest(table: Table, dialect: str) -> Select[Any]:
    """Where the rows stand that are due longest."""
    rows = select(_place(table, dialect).label("place")).select_from(table)
    due = rows.where(WAITING, table.due_at <= bindparam("now"))
    return due.order_by(table.due_at, table.id).limit(bindparam("number")).with_for_update(skip_locked=True)


def _rung(table: Table, chosen: Select[Any], holder: Any, dialect: str) -> Any:
    place = _place(table, dialect)
    # By the place: found by a key, PostgreSQL may think it cheaper to read the whole table and pick them out.
    found = place == any_(func.array(chosen.scalar_subquery())) if dialect == "postgresql" else place.in_(chosen)
    lease = bindparam("lease", type_=table.due_at.type)
    # Into the table: nobody in this session has any of the rows in hand.
    ring = update(table.__table__).where(found).values(**counted(table, "rung"), rings=table.rings + 1, due_at=lease)
    return ring.returning(holder.label("holder"), table.id, table.rings, table.state)


def _place(table: Table, dialect: str) -> ColumnElement[Any]:
    return literal_column(f"{table.__tablename__}.{'ctid' if dialect == 'postgresql' else 'rowid'}")


def _bell(row: Any) -> Rung:
    if row.holder == SYSTEM:
        return Rung(SystemJob.__tablename__, str(row.id), row.rings, "")
    return Rung(Job.__tablename__, str(row.id), row.rings, str(row.holder))
