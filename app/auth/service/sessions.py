"""Signed-in browsers: begun, seen, ended."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from app.auth.models import Membership, PersonToken, SignInSession
from app.auth.queries import IDLE, LONGEST
from app.auth.rules import token_hash
from app.database import transactional
from app.extensions import db


@transactional
def begin(person_id: uuid.UUID, business_id: uuid.UUID | None, *, now: datetime, ip: str, user_agent: str) -> str:
    """A new session; returns the secret for the cookie, of which only the hash is stored."""
    token = secrets.token_urlsafe(32)
    row = SignInSession(
        token_hash=token_hash(token),
        person_id=person_id,
        business_id=business_id,
        ip=ip[:45],
        user_agent="".join(c for c in user_agent if c.isprintable())[:300],
        created_at=now,
        seen_at=now,
    )
    db.session.add(row)
    return token


def usual_business(person_id: uuid.UUID) -> uuid.UUID | None:
    """The business a person worked in last and still belongs to, else any of theirs, else None."""
    mine = select(Membership.business_id).where(Membership.person_id == person_id)
    last = (
        select(SignInSession.business_id)
        .where(SignInSession.person_id == person_id, SignInSession.business_id.in_(mine))
        .order_by(SignInSession.seen_at.desc())
        .limit(1)
    )
    return db.session.scalar(last) or db.session.scalar(mine.order_by(Membership.created_at).limit(1))


@transactional
def touch(session_id: uuid.UUID, now: datetime) -> None:
    """Note that a session is in use (its idle time begins again)."""
    seen = update(SignInSession).where(SignInSession.id == session_id).values(seen_at=now)
    db.session.execute(seen.execution_options(synchronize_session=False))


@transactional
def look_at(session_id: uuid.UUID, person_id: uuid.UUID, business_id: uuid.UUID) -> None:
    """The business this browser shows; that the person belongs to it is the caller's to know."""
    mine = update(SignInSession).where(SignInSession.id == session_id, SignInSession.person_id == person_id)
    db.session.execute(mine.values(business_id=business_id).execution_options(synchronize_session=False))


@transactional
def sign_out(hashed: str) -> None:
    """End the session whose cookie's secret has this hash; ending it twice is no error."""
    db.session.execute(_ended(SignInSession.token_hash == hashed))


@transactional
def end_session(person_id: uuid.UUID, session_id: uuid.UUID) -> bool:
    """End one session of a person. Returns whether there was one."""
    which = (SignInSession.person_id == person_id, SignInSession.id == session_id)
    return _end(*which) > 0


@transactional
def end_sessions(person_id: uuid.UUID, keep: uuid.UUID | None = None) -> int:
    """End all sessions of a person but one. Returns how many ended."""
    which = [SignInSession.person_id == person_id]
    if keep is not None:
        which.append(SignInSession.id != keep)
    return _end(*which)


@transactional
def clean_up(now: datetime) -> None:
    """Forget sessions that ran out and secrets that nobody can use any more."""
    db.session.execute(_ended(or_(SignInSession.seen_at <= now - IDLE, SignInSession.created_at <= now - LONGEST)))
    dead = or_(PersonToken.expires_at <= now - IDLE, PersonToken.used_at <= now - IDLE)
    db.session.execute(delete(PersonToken).where(dead).execution_options(synchronize_session=False))


def _end(*which: ColumnElement[bool]) -> int:
    return int(db.session.execute(_ended(*which)).rowcount)  # type: ignore[attr-defined]


def _ended(*which: ColumnElement[bool]) -> Any:
    return delete(SignInSession).where(*which).execution_options(synchronize_session=False)
