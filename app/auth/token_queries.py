"""Reading tokens of the API: whom one stands for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, case, select

from app.auth.models import ApiToken, Business, Membership, Person
from app.auth.queries import BUSINESS, MEMBERSHIP, PERSON, SignedIn
from app.auth.rules import Token
from app.extensions import db
from app.statements import built

_TOKEN = ApiToken.__table__.c
_BY_TOKEN = built(
    select(
        _TOKEN.id.label("session_id"),
        _TOKEN.used_at.label("seen_at"),
        _TOKEN.scopes,
        # A token that another made is a program of its own: it shares nothing with its maker but the end.
        case((_TOKEN.kind == "personal", _TOKEN.id), else_=_TOKEN.family_id).label("family_id"),
        case((_TOKEN.kind == "personal", _TOKEN.name)).label("token_name"),
        PERSON.id.label("person_id"),
        PERSON.name,
        PERSON.email,
        PERSON.verified_at,
        BUSINESS.id.label("business_id"),
        MEMBERSHIP.role,
        BUSINESS.name.label("business_name"),
        BUSINESS.currency,
        BUSINESS.timezone,
        BUSINESS.language.label("locale"),
    )
    .join(Person.__table__, PERSON.id == _TOKEN.person_id)
    .join(Business.__table__, BUSINESS.id == _TOKEN.business_id)
    .join(
        Membership.__table__,
        and_(MEMBERSHIP.person_id == _TOKEN.person_id, MEMBERSHIP.business_id == _TOKEN.business_id),
    )
    .where(_TOKEN.token_hash == bindparam("token_hash"), _TOKEN.revoked_at.is_(None))
    .where(_TOKEN.expires_at > bindparam("now"), _TOKEN.kind != "refresh")
)


def find_by_token(token_hash: str, now: datetime) -> SignedIn | None:
    """Whom a token of the API stands for, in one statement; None when it ended or its person left the business."""
    row = db.session.execute(_BY_TOKEN, {"token_hash": token_hash, "now": now}).first()
    if row is None:
        return None
    found = dict(row._mapping)
    token = Token(row.family_id, found.pop("token_name"))
    good_for = tuple(found.pop("scopes"))
    return SignedIn(verified=found.pop("verified_at") is not None, scopes=good_for, token=token, **found)
