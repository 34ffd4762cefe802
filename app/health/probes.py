"""How each part of the installation is. Facts about the installation only, never about a business."""

from __future__ import annotations

import os
import platform
import time
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from flask import current_app
from sqlalchemy import case, func, inspect, select, text

from app import clock
from app.extensions import db
from app.health.deadline import ask
from app.jobs.models import Job, SystemJob
from config import ROOT, Config

REDIS_SECONDS = 0.3
WAITING = ("ready", "rung", "running")


def database() -> dict[str, Any]:
    """The engine, its answer time in milliseconds, and the schema it is at. Raises when it does not answer."""
    began = time.perf_counter()
    with db.engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        revision = connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
        server = connection.dialect.server_version_info
    return {
        "engine": db.engine.dialect.name,
        "version": ".".join(map(str, server or ())),
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "revision": revision,
        # Revisions are numbered. A newer one is of a release that is just being brought in: migrations add first and
        # take away in a later release, so what runs already goes on serving.
        "migrated": (revision or "") >= head(),
    }


@cache
def head() -> str:
    """The newest migration of this program. They are numbered, so the files' names tell (and Alembic is 10 MB)."""
    return max(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


def redis() -> dict[str, Any]:
    """Whether Redis answers. Raises when it does not."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    url = current_app.config["DUELY"].redis_url
    limits = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
    connection = Redis.from_url(url, retry=Retry(NoBackoff(), 0), **limits)
    try:
        connection.ping()
    finally:
        connection.close()
    return {}


def queue(now: datetime) -> dict[str, Any]:
    """Jobs that are due, running or parked, and for how many seconds the oldest one has been due."""
    states: dict[str, int] = {}
    oldest: datetime | None = None
    due = 0
    for table in (Job, SystemJob):
        for name, number in db.session.execute(select(table.state, func.count()).group_by(table.state)):
            states[name] = states.get(name, 0) + number
        # What goes ahead has waited for no longer than it has been there.
        since = case((table.due_at < table.created_at, table.created_at), else_=table.due_at)
        late = select(func.count(), func.min(since)).where(table.state.in_(WAITING), table.due_at <= now)
        number, first = db.session.execute(late).one()
        due += number
        oldest = min(filter(None, (oldest, first)), default=None)
    waited = int((now - oldest).total_seconds()) if oldest else 0
    return {"states": states, "due": due, "oldest_due_seconds": waited}


def storage() -> dict[str, Any]:
    """Where files are kept; a local folder has to be writable. Raises PermissionError."""
    config: Config = current_app.config["DUELY"]
    if config.storage == "local" and not os.access(config.instance_dir, os.W_OK):
        raise PermissionError("the instance folder cannot be written")
    return {"kind": config.storage}


def ready() -> list[str]:
    """What keeps this process from serving, in words; empty when nothing does."""
    found = ask({"database": database})["database"]
    if isinstance(found, BaseException):
        return ["the database does not answer"]
    return [] if found["migrated"] else ["the database is not at the newest migration"]


def detailed() -> tuple[bool, dict[str, Any]]:
    """Whether all is well, and everything that can be told."""
    config: Config = current_app.config["DUELY"]
    now = clock.now()
    probes = {"database": database, "queue": lambda: queue(now), "storage": storage}
    if config.redis_url:
        probes["redis"] = redis
    answers = ask(probes)
    told: dict[str, Any] = {name: _told(answer) for name, answer in answers.items()}
    told.setdefault("redis", {"state": "not configured"})
    told["mail"] = {"state": _mail(config)}
    told["versions"] = {
        "python": platform.python_version(),
        "flask": version("flask"),
        "sqlalchemy": version("sqlalchemy"),
        "rq": version("rq"),
    }
    # Redis is only the doorbell, so losing it is told but is no failure.
    well = all(told[name]["state"] == "ok" for name in ("database", "queue", "storage"))
    well = well and bool(told["database"].get("migrated"))
    return well, {"state": "ok" if well else "failing", "at": now.isoformat(timespec="seconds"), **told}


def _told(answer: Any) -> dict[str, Any]:
    if isinstance(answer, BaseException):
        # The class says enough; messages of drivers carry addresses and user names.
        return {"state": "failing", "error": type(answer).__name__}
    return {"state": "ok", **answer}


def _mail(config: Config) -> str:
    if config.mail.configured:
        return "configured"
    return "not configured" if config.production else "mailbox"
