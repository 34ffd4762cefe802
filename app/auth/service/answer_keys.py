"""The rows behind an Idempotency-Key: whose it is now, and what was answered under it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, text, update
from sqlalchemy.exc import OperationalError

from app.auth.models import ANSWERS_KEPT, KeptAnswer
from app.database import insert_once, transactional
from app.errors import Conflict, Invalid
from app.extensions import db
from app.vault import seal, unseal

PATIENCE_SECONDS = 5
_NOT_AVAILABLE = "55P03"
Answered = tuple[int, str, dict[str, str]]
"""Status, body, and the headers worth keeping."""
RUNNING: Answered = (0, "", {})


class StillRunning(Conflict):
    """A request with this Idempotency-Key is still running. Ask again in a moment."""

    code = "still_running"
    retry_after = 1


class KeyReused(Invalid):
    """This Idempotency-Key was used for another request. Use a new key for each thing you want done."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a business's tokens of one family, and the SHA-256 of what is asked for under it."""

    business_id: uuid.UUID
    family_id: uuid.UUID
    key: str
    request_hash: str

    @property
    def which(self) -> tuple[ColumnElement[bool], ...]:
        """Its row."""
        whose = (KeptAnswer.business_id == self.business_id, KeptAnswer.family_id == self.family_id)
        return (*whose, KeptAnswer.key == self.key)


@transactional
def begin(key: Key, now: datetime) -> Answered | None:
    """The answer that is kept under a key, RUNNING while there is none yet; None, and the key is ours from now on.

    A twin that is running is waited for. Raises StillRunning, KeyReused.
    """
    old = delete(KeptAnswer).where(*key.which, KeptAnswer.created_at <= now - ANSWERS_KEPT)
    mine = {"business_id": key.business_id, "family_id": key.family_id, "key": key.key}
    try:
        with _patience():
            db.session.execute(old.execution_options(synchronize_session=False))
            new = insert_once(KeptAnswer, **mine, request_hash=key.request_hash, created_at=now)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _NOT_AVAILABLE:
            raise StillRunning from None
        raise
    if new:
        return None
    kept = db.session.scalars(select(KeptAnswer).where(*key.which)).one()
    if kept.request_hash != key.request_hash:
        raise KeyReused({"Idempotency-Key": [str(KeyReused())]})
    return (kept.status, unseal(kept.body), dict(kept.headers)) if kept.status else RUNNING


@transactional
def take_over(key: Key, before: datetime, now: datetime) -> bool:
    """Make a key ours whose owner began before a moment and has not answered. Returns whether it is."""
    left = (*key.which, KeptAnswer.status == 0, KeptAnswer.created_at <= before)
    taken = update(KeptAnswer).where(*left).values(created_at=now).execution_options(synchronize_session=False)
    return bool(db.session.execute(taken).rowcount)  # type: ignore[attr-defined]


@transactional
def keep(key: Key, answered: Answered) -> None:
    """Keep an answer. Some hold a secret that is told once, such as a token, so all are sealed."""
    status, body, headers = answered
    kept = db.session.scalars(select(KeptAnswer).where(*key.which)).first()
    if kept is not None:
        kept.status, kept.body, kept.headers = status, seal(body), headers


@transactional
def give_back(key: Key) -> None:
    """Forget a key under which nothing was done."""
    mine = delete(KeptAnswer).where(*key.which, KeptAnswer.status == 0)
    db.session.execute(mine.execution_options(synchronize_session=False))


@contextmanager
def _patience() -> Iterator[None]:
    """A twin's insert waits for ours to be committed or undone: for so long. On SQLite writers stand in line anyway."""
    patient = db.engine.dialect.name == "postgresql"
    if patient:
        db.session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'"))
    yield
    if patient:
        db.session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
