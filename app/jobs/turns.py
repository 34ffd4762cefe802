"""Whose turn it is: businesses that have work due take turns, however much each of them has.

A line is kept in memory, of everybody who has something due: whoever was served goes to its end, whoever has nothing
left leaves it, and who is due is looked up when it is empty or a second old. So a business waits for one job of each
other, not for all that they have. The installation's own work has every eighth turn.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import Select, bindparam, literal_column, select, union_all

from app.extensions import db
from app.jobs.models import WAITING, Job, SystemJob
from app.statements import built

JOB = Job.__table__.c
SYSTEM = "installation"
Holder = uuid.UUID | str
"""A business by its id, or SYSTEM."""

GOOD_FOR = 1.0
"""Seconds after which it is looked up anew who has work due."""
HEAD = 100
"""When fewer jobs are due, these are all; when more are, whose they are is looked up business by business."""
SYSTEM_EVERY = 8


class Turns:
    """The line of one process. `without` are tasks that are left alone meanwhile."""

    def __init__(self, without: frozenset[str]) -> None:
        self._without = without
        self._line: deque[uuid.UUID] = deque()
        self._system, self._since_system = False, 0
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def next(self, now: datetime) -> Holder | None:
        """Whose turn it is; they leave the line. None when it is empty."""
        if time.monotonic() - self._looked > GOOD_FOR:
            self.look(now)
        with self._lock:
            if self._system and (not self._line or self._since_system >= SYSTEM_EVERY - 1):
                self._system, self._since_system = False, 0
                return SYSTEM
            self._since_system += 1
            return self._line.popleft() if self._line else None

    def next_few(self, now: datetime, most: int) -> list[Holder]:
        """Those whose turn it is, at most so many; they leave the line."""
        found: list[Holder] = []
        looked = False
        while len(found) < most:
            holder = self.next(now)
            if holder is not None:
                found.append(holder)
            elif found or looked or not self.look(now):
                break
            looked = looked or holder is None
        return found

    def again(self, holder: Holder) -> None:
        """Whoever was served may have more: to the end of the line."""
        with self._lock:
            if isinstance(holder, str):
                self._system = True
            elif holder not in self._line:
                self._line.append(holder)

    def before_all(self, holders: Sequence[Holder]) -> None:
        """Who left the line and was not served after all stands at its head again."""
        with self._lock:
            for holder in reversed(holders):
                if isinstance(holder, str):
                    self._system, self._since_system = True, SYSTEM_EVERY
                elif holder not in self._line:
                    self._line.appendleft(holder)

    def look(self, now: datetime) -> bool:
        """Look up who has work due: who is new goes to the end of the line. Returns whether anybody has."""
        asked = {"now": now, "without": tuple(self._without)}
        due = _due(asked)
        system = db.session.scalar(_system(bool(self._without)), asked) is not None
        db.session.remove()
        with self._lock:
            # Who stood in the line stays where they were, who is new comes after them.
            stay = dict.fromkeys(one for one in self._line if one in due)
            line = deque({**stay, **due})
            self._line, self._system, self._looked = line, system, time.monotonic()
            return bool(line) or system


def turns(without: frozenset[str] = frozenset()) -> Turns:
    """The line of this application in this process."""
    lines: dict[frozenset[str], Turns] = current_app.extensions.setdefault("duely_turns", {})
    return lines.setdefault(without, Turns(without))


def _due(asked: dict[str, Any]) -> dict[uuid.UUID, None]:
    """The businesses that have work due, who waited longest first."""
    head = list(db.session.scalars(_head(bool(asked["without"])), asked))
    return dict.fromkeys(head if len(head) < HEAD else db.session.scalars(_everybody(), asked))


@cache
def _head(chooses: bool) -> Select[Any]:
    # State by state, for the index that finds what is due leads with it.
    parts = []
    for state in ("ready", "rung", "running"):
        due = select(JOB.business_id, JOB.due_at).where(JOB.state == state, JOB.due_at <= bindparam("now"))
        if chooses:
            due = due.where(JOB.task.not_in(bindparam("without", expanding=True)))
        parts.append(select(due.order_by(JOB.due_at).limit(HEAD).subquery(state)))
    found = union_all(*parts).subquery("due")
    return built(select(found.c.business_id).order_by(found.c.due_at).limit(HEAD))


@cache
def _everybody() -> Select[Any]:
    """Each business that waits for something is one step in an index, however many jobs it has."""
    first = select(JOB.business_id).where(WAITING).order_by(JOB.business_id).limit(literal_column("1"))
    walk = select(first.scalar_subquery().label("business_id")).cte("walk", recursive=True)
    later = select(JOB.business_id).where(WAITING, JOB.business_id > walk.c.business_id)
    step = later.order_by(JOB.business_id).limit(literal_column("1")).scalar_subquery()
    walk = walk.union_all(select(step).where(walk.c.business_id.is_not(None)))
    due = select(JOB.due_at).where(WAITING, JOB.business_id == walk.c.business_id)
    since = due.order_by(JOB.due_at).limit(literal_column("1")).scalar_subquery()
    found = select(walk.c.business_id, since.label("since")).where(walk.c.business_id.is_not(None)).subquery()
    return select(found.c.business_id).where(found.c.since <= bindparam("now")).order_by(found.c.since)


@cache
def _system(chooses: bool) -> Select[Any]:
    table = SystemJob.__table__.c
    query = select(table.id).where(WAITING, table.due_at <= bindparam("now"))
    if chooses:
        query = query.where(table.task.not_in(bindparam("without", expanding=True)))
    return query.order_by(table.due_at).limit(literal_column("1"))
