"""The clock: inserts rows keyed by time, so that any number of schedulers insert each of them once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from app import clock
from app.database import transactional
from app.extensions import db
from app.jobs.daily import Daily, insert_daily
from app.jobs.outbox import enqueue


@dataclass(frozen=True, slots=True)
class Every:
    """How often an installation-wide task runs."""

    seconds: int


def register_periodic(tasks: Mapping[str, Every | Daily]) -> None:
    """Add a room's periodic tasks (their names must be registered tasks)."""
    current_app.extensions.setdefault("duely_periodic", {}).update(tasks)


def due_keys(now: datetime, periodic: Mapping[str, Every | Daily]) -> list[tuple[str, str]]:
    """(task, key) of the current beat of each periodic task of the installation."""
    seconds = int(now.timestamp())
    beats = [(task, every.seconds) for task, every in periodic.items() if isinstance(every, Every)]
    return [(task, f"{task}@{seconds // length * length}") for task, length in beats]


def insert_due() -> int:
    """Insert the rows of this beat, and of this day, that are not there yet. Returns how many were new."""
    now, periodic = clock.now(), current_app.extensions.get("duely_periodic", {})
    return _insert_beats(now, periodic) + insert_daily([one for one in periodic if periodic[one] == Daily()], now)


def _insert_beats(now: datetime, periodic: Mapping[str, Every | Daily]) -> int:
    known: set[str] = current_app.extensions.setdefault("duely_beats", set())
    keys = due_keys(now, periodic)
    fresh = [(task, key) for task, key in keys if key not in known]
    if not fresh:
        return 0
    count = _insert(fresh)
    db.session.remove()
    known.clear()
    known.update(key for _, key in keys)
    return count


@transactional
def _insert(fresh: list[tuple[str, str]]) -> int:
    return sum(enqueue(task, key, business_id=None) for task, key in fresh)
