"""Lists that are read a page at a time: members, invitations, tokens, and what happened."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import aliased

from app.auth.models import ApiToken, AuditEvent, Membership, Person, PersonToken
from app.errors import NotFound
from app.extensions import db
from app.web.paging import Page, Walk, paginate

Standing = Literal["live", "ended"]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token that somebody made, or a program that is signed in. `used_at` is when it asked for something last.

    `family` is by what the audit trail names it. `made_by`: a person, another token (`maker_name`), or a program that
    was signed in; `maker` is that one's family.
    """

    id: uuid.UUID
    kind: str
    name: str
    person_id: uuid.UUID
    person: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
    family: uuid.UUID
    made_by: Literal["person", "token", "program"]
    maker: uuid.UUID | None
    maker_name: str


@dataclass(frozen=True, slots=True)
class EventFilters:
    """What the audit trail is narrowed to; `since` and `until` are moments, the last one left out."""

    verb: str = ""
    object_kind: str = ""
    object_id: uuid.UUID | None = None
    client_id: uuid.UUID | None = None
    actor_kind: str = ""
    actor_id: uuid.UUID | None = None
    token_id: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_members(business_id: uuid.UUID, role: str, walk: Walk) -> Page[Any]:
    """A page of (person, membership) of a business, by name."""
    query = select(Person, Membership).join(Membership, Membership.person_id == Person.id)
    query = query.where(Membership.business_id == business_id)
    if role:
        query = query.where(Membership.role == role)
    return paginate(query, (Person.name, Person.id), walk, scope=(business_id, "members", role))  # type: ignore[arg-type]


def list_invitations(business_id: uuid.UUID, walk: Walk, now: datetime) -> Page[PersonToken]:
    """A page of the invitations that can still be accepted, newest first."""
    query = select(PersonToken).where(
        PersonToken.business_id == business_id,
        PersonToken.kind == "invite",
        PersonToken.used_at.is_(None),
        PersonToken.expires_at > now,
    )
    return paginate(query, (PersonToken.id.desc(),), walk, scope=(business_id, "invitations"))


def list_tokens(
    business_id: uuid.UUID, person_id: uuid.UUID | None, standing: Standing, walk: Walk, now: datetime
) -> Page[TokenRow]:
    """A page of the tokens of a person, or of everybody, newest first: those that hold, or personal ones that ended."""
    query = _tokens(business_id)
    if person_id is not None:
        query = query.where(ApiToken.person_id == person_id)
    holds = and_(ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    query = query.where(holds if standing == "live" else and_(~holds, ApiToken.kind == "personal"))
    page = paginate(query, (ApiToken.id.desc(),), walk, scope=(business_id, "tokens", person_id, standing))
    return Page([_row(*item) for item in page.items], page.next, page.previous, page.total)


def get_token(business_id: uuid.UUID, token_id: uuid.UUID) -> TokenRow:
    """One token, also one that ended. Raises NotFound."""
    found = db.session.execute(_tokens(business_id).where(ApiToken.id == token_id)).first()
    if found is None:
        raise NotFound
    return _row(*found)


def list_events(business_id: uuid.UUID, filters: EventFilters, walk: Walk) -> Page[AuditEvent]:
    """A page of the audit trail, newest first."""
    query = select(AuditEvent).where(AuditEvent.business_id == business_id)
    for column, value in (
        (AuditEvent.verb, filters.verb),
        (AuditEvent.object_kind, filters.object_kind),
        (AuditEvent.object_id, filters.object_id),
        (AuditEvent.client_id, filters.client_id),
        (AuditEvent.actor_kind, filters.actor_kind),
        (AuditEvent.actor_id, filters.actor_id),
        (AuditEvent.token_id, filters.token_id),
    ):
        if value:
            query = query.where(column == value)  # type: ignore[arg-type]
    if filters.since:
        query = query.where(AuditEvent.at >= filters.since)
    if filters.until:
        query = query.where(AuditEvent.at < filters.until)
    return paginate(query, (AuditEvent.id.desc(),), walk, scope=(business_id, "audit", filters))


def _tokens(business_id: uuid.UUID) -> Select[Any]:
    """Personal tokens, and of each signing in of a program the refresh token: it is what lasts."""
    follows, maker = aliased(ApiToken), aliased(ApiToken)
    of_it = (follows.family_id == ApiToken.family_id, follows.kind != "personal")
    by_family = select(func.max(follows.used_at)).where(*of_it).scalar_subquery()
    used = case((ApiToken.kind == "refresh", func.coalesce(by_family, ApiToken.used_at)), else_=ApiToken.used_at)
    made = and_(ApiToken.kind == "personal", maker.id == ApiToken.family_id)
    query = select(ApiToken, Person.name, used.label("used"), maker.name.label("maker_name"))
    query = query.join(Person, Person.id == ApiToken.person_id).outerjoin(maker, made)
    return query.where(ApiToken.business_id == business_id, ApiToken.kind.in_(("personal", "refresh")))


def _row(token: ApiToken, person: str, used: datetime | None, maker_name: str | None) -> TokenRow:
    plain = (token.created_at, token.expires_at, used, token.revoked_at)
    named = (token.id, token.kind, token.name, token.person_id, person, tuple(token.scopes))
    if token.kind != "personal" or token.family_id is None:
        return TokenRow(*named, *plain, token.family, "person", None, "")
    made_by: Literal["token", "program"] = "program" if maker_name is None else "token"
    return TokenRow(*named, *plain, token.id, made_by, token.family_id, maker_name or "")
