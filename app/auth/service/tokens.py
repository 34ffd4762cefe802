"""Single-use secrets sent by mail, and the mail itself as work of the installation."""

from __future__ import annotations

import json
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select, update

from app.auth.errors import LinkUsedUp, TooManyMails
from app.auth.models import PersonToken
from app.auth.rules import token_hash
from app.database import transactional
from app.extensions import db
from app.jobs import enqueue
from app.vault import seal

Kind = Literal["verify", "reset", "invite"]
LIFETIME: dict[Kind, timedelta] = {
    "verify": timedelta(days=3),
    "reset": timedelta(minutes=30),
    "invite": timedelta(days=7),
}
MAILS_PER_HOUR = 5


def send_mail(kind: str, to: str, name: str, facts: dict[str, Any]) -> None:
    """Queue one mail to a person, in the open transaction. The arguments are encrypted: they carry a secret."""
    letter = json.dumps({"kind": kind, "to": to, "name": name, **facts})
    enqueue("auth.person_mail", f"person_mail:{uuid.uuid4()}", {"letter": seal(letter)}, business_id=None)


@transactional
def make(kind: Kind, email: str, now: datetime, **columns: Any) -> str:
    """A new secret for an address; returned once, stored as a hash. Raises TooManyMails after five in an hour."""
    recent = select(func.count()).where(
        PersonToken.kind == kind, PersonToken.email == email, PersonToken.created_at > now - timedelta(hours=1)
    )
    if (db.session.scalar(recent) or 0) >= MAILS_PER_HOUR:
        raise TooManyMails
    raw = secrets.token_urlsafe(32)
    row = PersonToken(
        token_hash=token_hash(raw), kind=kind, email=email, created_at=now, expires_at=now + LIFETIME[kind], **columns
    )
    db.session.add(row)
    db.session.flush()
    return raw


def find(kind: Kind, raw: str, now: datetime) -> PersonToken | None:
    """The live token behind a secret, without using it up."""
    return db.session.scalar(select(PersonToken).where(*_live(kind, raw, now)))


@transactional
def use(kind: Kind, raw: str, now: datetime) -> PersonToken:
    """Use a secret up: of any number at once, one gets it. Raises LinkUsedUp."""
    taken = update(PersonToken).where(*_live(kind, raw, now)).values(used_at=now).returning(PersonToken.id)
    found = db.session.scalar(taken.execution_options(synchronize_session=False))
    if found is None:
        raise LinkUsedUp
    return db.session.get_one(PersonToken, found, populate_existing=True)


@transactional
def withdraw(kind: Kind, person_id: uuid.UUID, now: datetime) -> None:
    """Make every other live secret of this kind useless for a person."""
    db.session.execute(
        update(PersonToken)
        .where(PersonToken.kind == kind, PersonToken.person_id == person_id, PersonToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def _live(kind: Kind, raw: str, now: datetime) -> tuple[Any, ...]:
    return (
        PersonToken.token_hash == token_hash(raw),
        PersonToken.kind == kind,
        PersonToken.used_at.is_(None),
        PersonToken.expires_at > now,
    )
