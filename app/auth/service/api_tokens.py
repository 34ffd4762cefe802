"""Tokens of the API: made, used, taken back."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from app.auth import audit
from app.auth.models import ApiToken, Membership, Person
from app.auth.rules import SCOPES, Actor, MadeByToken, NotAllowed, TokenEnded, scopes_of, token_hash
from app.database import transactional
from app.errors import Invalid, NotFound
from app.extensions import db

MARK = "duely_"
"""What every token begins with, so that one that leaked is found by those who look for such."""
REFRESH = timedelta(days=30)
"""How long a signing in lasts without being used, and at most what it made."""


@transactional
def make_own(
    actor: Actor, name: str, scopes: Sequence[str], days: int, *, now: datetime, maker_id: uuid.UUID | None = None
) -> tuple[uuid.UUID, str]:
    """A token for the person who acts, good for so many days: its id, and itself, which is told once.

    `maker_id` is the token that asks for another; None for a browser. What it makes ends with it and lives no longer
    than it, or than 30 days where it came of signing in. Raises NotAllowed, TokenEnded, MadeByToken for a maker that
    was made by a token, and Invalid without a scope, for one that is none, and for one beyond the role or the maker.
    """
    actor.require("viewer")
    if actor.person_id is None:
        raise NotAllowed
    wanted = dict.fromkeys(scopes)
    maker = _maker(actor.person_id, actor.business_id, maker_id, now) if maker_id else None
    if unheld := [scope for scope in wanted if scope in SCOPES and maker and scope not in maker.scopes]:
        raise Invalid("scopes", f"The token you ask with is itself not good for {unheld[0]}.")
    if beyond := [scope for scope in wanted if scope in SCOPES and scope not in scopes_of(actor.role)]:
        raise Invalid("scopes", f"Your role in this business does not go as far as {beyond[0]}.")
    whose = (actor.person_id, actor.business_id)
    raw = make_token(*whose, list(wanted), days, now=now, name=name, actor=actor, maker=maker)
    token_id = db.session.scalar(select(ApiToken.id).where(ApiToken.token_hash == token_hash(raw)))
    assert token_id is not None
    return token_id, raw


@transactional
def make_token(
    person_id: uuid.UUID,
    business_id: uuid.UUID,
    scopes: Sequence[str],
    days: int,
    *,
    now: datetime,
    name: str = "",
    actor: Actor | None = None,
    maker: ApiToken | None = None,
) -> str:
    """A token for a member of a business, good for so many days. Told once: only its hash is kept.

    Raises NotFound for somebody who is no member, and Invalid without a scope or for one that is none.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        known = ", ".join(SCOPES)
        raise Invalid("scopes", f"There is no scope {unknown[0]!r}: {known}." if unknown else f"Name a scope: {known}.")
    hold_member(person_id, business_id)
    raw = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        token_hash=token_hash(raw),
        business_id=business_id,
        person_id=person_id,
        family_id=maker.family if maker else None,
        name=name,
        scopes=sorted(set(scopes)),
        created_at=now,
        expires_at=min(now + timedelta(days=days), _longest(maker, now)) if maker else now + timedelta(days=days),
    )
    db.session.add(token)
    db.session.flush()
    facts: dict[str, Any] = {"scopes": token.scopes, "days": days}
    if maker:
        facts["expires_at"] = token.expires_at.isoformat()
    audit.record(actor or Actor.system(business_id), "token_made", "api_token", token.id, now, facts=facts)
    return raw


def hold_member(person_id: uuid.UUID, business_id: uuid.UUID) -> None:
    """Hold a person and their place in a business, so that whoever is taken out, or sets another password, at this
    moment comes after this and leaves no token behind. Raises NotFound for somebody who is no member."""
    db.session.get(Person, person_id, with_for_update=True)
    if db.session.get(Membership, (business_id, person_id), with_for_update=True) is None:
        raise NotFound


@transactional
def revoke_tokens(
    person_id: uuid.UUID, business_id: uuid.UUID | None = None, *, now: datetime, actor: Actor | None = None
) -> int:
    """Make every token of a person useless at once, in one business or in all. Returns how many there were."""
    which = [ApiToken.person_id == person_id]
    if business_id is not None:
        which.append(ApiToken.business_id == business_id)
    found = end_tokens(*which, now=now)
    for token in found:
        audit.record(actor or Actor.system(token.business_id), "token_revoked", "api_token", token.id, now)
    return len(found)


@transactional
def end_tokens(*which: ColumnElement[bool], now: datetime) -> Sequence[Any]:
    """End those tokens of some that still hold. Returns (business_id, id, kind) of each."""
    live = (*which, ApiToken.revoked_at.is_(None))
    # Held first: one that is making another at this moment has made it then, and that one is seen and ended, too.
    db.session.execute(select(ApiToken.id).where(*live).order_by(ApiToken.id).with_for_update())
    found = db.session.execute(select(ApiToken.business_id, ApiToken.id, ApiToken.kind).where(*live)).all()
    db.session.execute(update(ApiToken).where(*live).values(revoked_at=now))
    return found


@transactional
def note_use(token_id: uuid.UUID, now: datetime) -> None:
    """Note when a token was used last."""
    stale = or_(ApiToken.used_at.is_(None), ApiToken.used_at < now)
    noted = update(ApiToken).where(ApiToken.id == token_id, stale).values(used_at=now)
    # Nothing of the session is to hear of it, and a thousand programs may begin at once.
    db.session.execute(noted, execution_options={"synchronize_session": False})


def _maker(person_id: uuid.UUID, business_id: uuid.UUID, maker_id: uuid.UUID, now: datetime) -> ApiToken:
    """The token that asks for another, held until that is there."""
    hold_member(person_id, business_id)
    mine = (ApiToken.id == maker_id, ApiToken.business_id == business_id, ApiToken.person_id == person_id)
    query = select(ApiToken).where(*mine, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    maker = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).first()
    if maker is None:
        raise TokenEnded
    if maker.kind == "personal" and maker.family_id is not None:
        raise MadeByToken
    return maker


def _longest(maker: ApiToken, now: datetime) -> datetime:
    """Until when a token can be good at most that another makes."""
    return maker.expires_at if maker.kind == "personal" else now + REFRESH
