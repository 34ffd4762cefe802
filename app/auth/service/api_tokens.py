"""Tokens of the API: made, used, taken back."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from app.auth import audit
from app.auth.models import ApiToken, Membership
from app.auth.rules import SCOPES, Actor, token_hash
from app.database import transactional
from app.errors import Invalid, NotFound
from app.extensions import db

MARK = "duely_"
"""What every token begins with, so that one that leaked is found by those who look for such."""


@transactional
def make_token(
    person_id: uuid.UUID, business_id: uuid.UUID, scopes: Sequence[str], days: int, *, now: datetime, name: str = ""
) -> str:
    """A token for a member of a business, good for so many days. Told once: only its hash is kept.

    Raises NotFound for somebody who is no member, and Invalid without a scope or for one that is none.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        known = ", ".join(SCOPES)
        raise Invalid("scopes", f"There is no scope {unknown[0]!r}: {known}." if unknown else f"Name a scope: {known}.")
    if db.session.get(Membership, (business_id, person_id)) is None:
        raise NotFound
    raw = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        token_hash=token_hash(raw),
        business_id=business_id,
        person_id=person_id,
        name=name,
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    db.session.add(token)
    db.session.flush()
    facts = {"scopes": token.scopes, "days": days}
    audit.record(Actor.system(business_id), "token_made", "api_token", token.id, now, facts=facts)
    return raw


@transactional
def revoke_tokens(
    person_id: uuid.UUID, business_id: uuid.UUID | None = None, *, now: datetime, actor: Actor | None = None
) -> int:
    """Make every token of a person useless at once, in one business or in all. Returns how many there were."""
    live = [ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None)]
    if business_id is not None:
        live.append(ApiToken.business_id == business_id)
    found = db.session.execute(select(ApiToken.business_id, ApiToken.id).where(*live)).all()
    db.session.execute(update(ApiToken).where(*live).values(revoked_at=now))
    for of_business, token_id in found:
        audit.record(actor or Actor.system(of_business), "token_revoked", "api_token", token_id, now)
    return len(found)


@transactional
def note_use(token_id: uuid.UUID, now: datetime) -> None:
    """Note when a token was used last."""
    stale = or_(ApiToken.used_at.is_(None), ApiToken.used_at < now)
    db.session.execute(update(ApiToken).where(ApiToken.id == token_id, stale).values(used_at=now))
