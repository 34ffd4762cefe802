"""Signing in for programs: an access token that lives shortly and a refresh token that gets the next two.

Each refresh token works once. One that comes again was stolen or used by two: then all that followed from that signing
in end at once (RFC 9700, section 4.14.2), with the personal tokens that were made by them.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select

from app.auth import audit, queries
from app.auth.errors import WrongCredentials
from app.auth.models import ApiToken, Membership
from app.auth.rules import SCOPES, Actor, Token, token_hash
from app.auth.service.api_tokens import MARK, REFRESH, end_tokens, hold_member
from app.auth.service.credentials import check_password
from app.auth.service.sessions import usual_business
from app.database import new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db

ACCESS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a program gets: both secrets, told once, and how long the first is good."""

    access: str
    refresh: str
    seconds: int
    business_id: uuid.UUID
    scopes: tuple[str, ...]


def sign_in(
    email: str, password: str, business_id: uuid.UUID | None, scopes: tuple[str, ...], *, now: datetime, ip: str
) -> Pair:
    """Tokens for a person in one of their businesses; without one, that where they worked last.

    Without scopes they are good for all. Raises WrongCredentials, and Invalid for a business they do not belong to.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise Invalid("scopes", f"There is no scope {unknown[0]!r}.")
    person_id = check_password(email, password, ip=ip)
    return _begin(person_id, business_id, scopes or tuple(SCOPES), now, ip)


@transactional
def _begin(
    person_id: uuid.UUID, business_id: uuid.UUID | None, scopes: tuple[str, ...], now: datetime, ip: str
) -> Pair:
    where = business_id or usual_business(person_id)
    if where is None or db.session.get(Membership, (where, person_id)) is None:
        raise Invalid("business_id", "You do not belong to this business.")
    person = queries.get_person(person_id)
    family = new_id()
    actor = Actor("person", where, person_id=person_id, name=person.name, ip=ip, token=Token(family, None))
    audit.record(actor, "signed_in", "person", person_id, now, facts={"by": "api"})
    return _pair(person_id, where, family, scopes, now)


def refresh(raw: str, *, now: datetime, ip: str = "") -> Pair:
    """The next two tokens. Raises WrongCredentials for a token that holds no more.

    One that was used already ends its family.
    """
    pair = _refreshed(raw, now)
    if pair is None:
        _end_misused(raw, now, ip)
        raise WrongCredentials(None, "This refresh token holds no more. Sign in again.")
    return pair


@transactional
def _refreshed(raw: str, now: datetime) -> Pair | None:
    which = (ApiToken.token_hash == token_hash(raw), ApiToken.kind == "refresh", ApiToken.revoked_at.is_(None))
    # Held first, as by those who set another password: of the two, one comes after the other.
    whose = db.session.execute(select(ApiToken.person_id, ApiToken.business_id).where(*which)).first()
    if whose is None:
        return None
    try:
        hold_member(*whose)
    except NotFound:
        return None
    token = db.session.scalars(select(ApiToken).where(*which).with_for_update()).first()
    if token is None or token.expires_at <= now:
        return None
    token.revoked_at = token.used_at = now
    return _pair(token.person_id, token.business_id, token.family, tuple(token.scopes), now)


@transactional
def sign_out(actor: Actor, raw: str, *, now: datetime) -> int:
    """End everything that came of one signing in, by any of its tokens. Returns how many were live."""
    token = _signed_in_with(raw)
    if token is None:
        return 0
    ended = len(end_tokens(ApiToken.family_id == token.family, now=now))
    audit.record(actor, "signed_out", "person", actor.person_id, now, facts={"by": "api", "ended": ended})
    return ended


@transactional
def _end_misused(raw: str, now: datetime, ip: str) -> None:
    """End what came of the signing in of a token with which somebody came who should not have."""
    token = _signed_in_with(raw)
    if token is None:
        return
    ended = len(end_tokens(ApiToken.family_id == token.family, now=now))
    if ended:
        # Whoever came, it need not be the person whose token it is.
        actor = Actor("system", token.business_id, name="Duely", ip=ip, token=Token(token.family, None))
        again = token.kind == "refresh" and token.used_at is not None
        verb, facts = "refresh_token_reused" if again else "token_revoked", {"ended": ended}
        audit.record(actor, verb, "api_token", token.id, now, facts={**facts, "person_id": str(token.person_id)})


@transactional
def end_signings_in(person_id: uuid.UUID, *, now: datetime) -> None:
    """End all that programs got by signing in as somebody, and what they made with it; tokens made by hand, and what
    those made, stay."""
    by_hand = select(ApiToken.id).where(ApiToken.person_id == person_id, ApiToken.kind == "personal")
    came_of_it = and_(ApiToken.family_id.is_not(None), ApiToken.family_id.not_in(by_hand))
    end_tokens(ApiToken.person_id == person_id, or_(ApiToken.kind != "personal", came_of_it), now=now)


@transactional
def revoke_one(actor: Actor, token_id: uuid.UUID, *, now: datetime) -> None:
    """End one token of the business, with those that it made; one of a signing in with all that came of that.

    Admins end anybody's, others their own. Raises NotFound.
    """
    of_us = ApiToken.business_id == actor.business_id
    token = db.session.scalars(select(ApiToken).where(of_us, ApiToken.id == token_id)).first()
    if token is None or token.revoked_at is not None:
        raise NotFound
    if token.person_id != actor.person_id:
        actor.require("admin")
    personal = token.kind == "personal"
    made = ApiToken.family_id == (token.id if personal else token.family)
    ended = end_tokens(of_us, or_(ApiToken.id == token.id, made), now=now)
    for one in ended:
        if one.id == token_id or one.kind == "personal":
            audit.record(actor, "token_revoked", "api_token", one.id, now)


@transactional
def forget_tokens(now: datetime) -> None:
    """Forget tokens of signing in that nobody can use any more, nor come with once more."""
    gone = or_(ApiToken.expires_at <= now - REFRESH, ApiToken.revoked_at <= now - REFRESH)
    brief = delete(ApiToken).where(ApiToken.kind != "personal", gone)
    db.session.execute(brief.execution_options(synchronize_session=False))


def _pair(
    person_id: uuid.UUID, business_id: uuid.UUID, family: uuid.UUID, scopes: tuple[str, ...], now: datetime
) -> Pair:
    raws = {}
    for kind, good in (("access", ACCESS), ("refresh", REFRESH)):
        raws[kind] = MARK + secrets.token_urlsafe(32)
        token = ApiToken(
            token_hash=token_hash(raws[kind]),
            business_id=business_id,
            person_id=person_id,
            kind=kind,
            family_id=family,
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=now + good,
        )
        db.session.add(token)
    db.session.flush()
    return Pair(raws["access"], raws["refresh"], int(ACCESS.total_seconds()), business_id, tuple(sorted(set(scopes))))


def _signed_in_with(raw: str) -> ApiToken | None:
    """A token of a signing in, also one that ended."""
    mine = (ApiToken.token_hash == token_hash(raw), ApiToken.kind != "personal")
    return db.session.scalars(select(ApiToken).where(*mine)).first()
