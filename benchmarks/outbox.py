"""A long queue: what the relay's and the runner's next step costs, and how long a business waits behind another's."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import delete, insert, text, update

from app import clock
from app.auth.models import Business
from app.database import new_id, writing
from app.extensions import db
from app.jobs import Context, enqueue, register
from app.jobs.models import Job
from app.jobs.outbox import new_row, run_due, take
from app.jobs.ringing import claim
from benchmarks.database import Engine
from benchmarks.processes import own_memory_mb

TASK = "bench.nothing"
OTHERS = 200
"""Businesses that have a little to do beside the one that queued most of it."""
RELAYED = 1000
AT_ONCE = 5000


def measure(app: Flask, engine: Engine, jobs: int) -> dict[str, Any]:
    """In milliseconds: `relay_ms` for picking 1,000 of so many, `take_ms` for taking one, `behind_ms` until another's
    job is done.

    `relay_cpu_ms` is the processor time of picking, of application and database; `relay_grew_mb` how much memory
    picking a third of them took.
    """
    with app.app_context():
        register({TASK: _nothing})
        businesses = _businesses()
        try:
            _queue_up(businesses, jobs)
            found = _ringing(engine, jobs) | _taking() | _behind(businesses[-1])
        finally:
            _clean(businesses)
        return found | {"jobs": jobs}


def _nothing(_context: Context) -> None:
    """What the queued jobs do."""


def _businesses() -> list[uuid.UUID]:
    rows = [{"id": new_id(), "name": "Queue", "gateway_key": uuid.uuid4().hex[:20]} for _ in range(OTHERS + 2)]
    with writing():
        db.session.add_all([Business(created_at=clock.now(), **row) for row in rows])
    return [row["id"] for row in rows]  # type: ignore[misc]


def _queue_up(businesses: list[uuid.UUID], jobs: int) -> None:
    """Nine tenths belong to one, the last has none; a tenth of the others' are due tomorrow."""
    now = clock.now()
    flood, *others, _ = businesses
    made = []
    for number in range(jobs):
        whose = flood if number % 10 else others[number // 10 % len(others)]
        due = now - timedelta(hours=1) + timedelta(milliseconds=10 * number % 1000)
        row = new_row(TASK, f"bench:{number}", {}, now, due if number % 100 else now + timedelta(days=1))
        made.append(row | {"business_id": whose})
    for start in range(0, jobs, AT_ONCE):
        with writing():
            db.session.execute(insert(Job.__table__), made[start : start + AT_ONCE])  # type: ignore[arg-type]
    with writing():
        db.session.execute(text("ANALYZE job"))
    db.session.remove()


def _ringing(engine: Engine, jobs: int) -> dict[str, Any]:
    claim(10)
    memory, used = own_memory_mb(), time.process_time() + engine.cpu()
    times = [_timed(lambda: claim(RELAYED)) for _ in range(max(1, jobs // RELAYED // 3))]
    used = time.process_time() + engine.cpu() - used
    grown = round(own_memory_mb() - memory, 1)
    return {"relay_ms": _median(times), "relay_cpu_ms": round(used / len(times) * 1000, 2), "relay_grew_mb": grown}


def _taking() -> dict[str, Any]:
    return {"take_ms": _median([_timed(lambda: take(clock.now())) for _ in range(200)])}


def _behind(other: uuid.UUID) -> dict[str, Any]:
    """Somebody adds one job while the queue of another is being worked on, one job at a time."""
    run_due(limit=5)
    began, ran = time.perf_counter(), 0
    with writing():
        enqueue(TASK, "bench:other", business_id=other)
    while run_due(limit=1):
        ran += 1
        done = db.session.query(Job.state).filter(Job.business_id == other).scalar()
        db.session.remove()
        if done == "done":
            break
    return {"behind_ms": round((time.perf_counter() - began) * 1000), "behind_jobs": ran - 1}


def _clean(businesses: list[uuid.UUID]) -> None:
    with writing():
        db.session.execute(update(Job).where(Job.business_id.in_(businesses)).values(state="done"))
        db.session.execute(delete(Job).where(Job.business_id.in_(businesses)))
        db.session.execute(delete(Business).where(Business.id.in_(businesses)))
    db.session.remove()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    if not work():
        raise RuntimeError("the queue is empty")
    return (time.perf_counter() - began) * 1000


def _median(times: list[float]) -> float:
    return round(statistics.median(times), 2)
