"""Running the checks that the rooms registered: what is derived is held against the facts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import text

from app.extensions import db

ROOM = "16MB"

Check = Callable[[uuid.UUID, datetime], Iterator[str]]
InstallationCheck = Callable[[datetime], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Checks:
    """All checks of the house: those of one business, and those of the whole installation."""

    business: tuple[Check, ...]
    installation: tuple[InstallationCheck, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that does not hold, in one sentence; without a business it concerns the installation."""

    business_id: uuid.UUID | None
    sentence: str


def violations(business_ids: Sequence[uuid.UUID], now: datetime, *, installation: bool = True) -> Iterator[Violation]:
    """Everything that does not hold, as it is found. Each check reads one consistent picture of the database."""
    checks: Checks = current_app.extensions["duely_checks"]
    for business_id in business_ids:
        for check in checks.business:
            _make_room()
            for sentence in check(business_id, now):
                yield Violation(business_id, sentence)
            db.session.rollback()
    for whole in checks.installation if installation else ():
        for sentence in whole(now):
            yield Violation(None, sentence)
    db.session.rollback()


def _make_room() -> None:
    """For this transaction, let PostgreSQL group a large table in memory, up to a limit; its own limit is for pages.

    It takes one processor and leaves the others to people at work, and compiles no statement that is asked once.
    """
    if db.engine.dialect.name == "postgresql":
        for setting in (f"work_mem = '{ROOM}'", "max_parallel_workers_per_gather = 0", "jit = off"):
            db.session.execute(text(f"SET LOCAL {setting}"))
