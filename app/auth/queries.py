"""Reading people, businesses, members and the audit trail."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from flask_login import UserMixin
from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import load_only

from app.auth.models import AuditEvent, Business, Membership, Person, PersonToken, SignInSession
from app.auth.rules import Role, Token, email_key, initials
from app.errors import Invalid, NotFound
from app.extensions import db
from app.statements import built

IDLE = timedelta(days=14)
LONGEST = timedelta(days=60)


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """The person behind a request, with the business they are looking at. A snapshot, not a database row."""

    session_id: uuid.UUID
    person_id: uuid.UUID
    name: str
    email: str
    verified: bool
    seen_at: datetime | None
    businesses: int = 0
    business_id: uuid.UUID | None = None
    role: Role | None = None
    business_name: str = ""
    colour: str = "#0d5960"
    currency: str = "NGN"
    timezone: str = "UTC"
    locale: str = "en"
    logo_key: str = ""
    terms_days: int = 14
    scopes: tuple[str, ...] | None = None
    """What a token is good for; None for a browser, which may what the role allows."""
    family_id: uuid.UUID | None = None
    """What the tokens of one signing in have in common; of any other token its own id."""
    token: Token | None = None
    """What a program came with; None for a browser."""

    @cached_property
    def memberships(self) -> list[tuple[uuid.UUID, str]]:
        """(business id, name) of the businesses a person can choose from; whoever has one has nothing to choose."""
        if self.businesses < 2:
            return []
        return [(business_id, name) for business_id, name, _ in memberships(self.person_id)]

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def business_initials(self) -> str:
        return initials(self.business_name)

    def get_id(self) -> str:
        return str(self.session_id)


SESSION, PERSON = SignInSession.__table__.c, Person.__table__.c
BUSINESS, MEMBERSHIP = Business.__table__.c, Membership.__table__.c
_HOW_MANY = select(func.count()).where(MEMBERSHIP.person_id == PERSON.id).correlate(Person.__table__).scalar_subquery()
_MEMBER_THERE = and_(MEMBERSHIP.person_id == PERSON.id, MEMBERSHIP.business_id == SESSION.business_id)
_SIGNED_IN = built(
    select(
        SESSION.id.label("session_id"),
        SESSION.seen_at,
        PERSON.id.label("person_id"),
        PERSON.name,
        PERSON.email,
        PERSON.verified_at,
        _HOW_MANY.label("businesses"),
        BUSINESS.id.label("business_id"),
        MEMBERSHIP.role,
        BUSINESS.name.label("business_name"),
        BUSINESS.colour,
        BUSINESS.currency,
        BUSINESS.timezone,
        BUSINESS.language.label("locale"),
        BUSINESS.logo_key,
        BUSINESS.terms_days,
    )
    .select_from(SignInSession.__table__)
    .join(Person.__table__, PERSON.id == SESSION.person_id)
    .outerjoin(Membership.__table__, _MEMBER_THERE)
    .outerjoin(Business.__table__, BUSINESS.id == MEMBERSHIP.business_id)
    .where(SESSION.token_hash == bindparam("token_hash"))
    .where(SESSION.seen_at > bindparam("seen_after"), SESSION.created_at > bindparam("begun_after"))
)
OF_PERSON = 7
"""How many of these columns there are without a business."""
_FIELDS = tuple(column.key for column in _SIGNED_IN.selected_columns)


def find_signed_in(token_hash: str, now: datetime) -> SignedIn | None:
    """The person of a live session, in one statement; None when it ended, idled 14 days or is 60 days old."""
    values = {"token_hash": token_hash, "seen_after": now - IDLE, "begun_after": now - LONGEST}
    row = db.session.execute(_SIGNED_IN, values).first()
    if row is None:
        return None
    # Whoever belongs to no business, or no longer to the one of the session, keeps what holds for nobody in particular.
    known = row if row.business_id else row[:OF_PERSON]
    found = dict(zip(_FIELDS, known, strict=False))
    return SignedIn(verified=found.pop("verified_at") is not None, **found)


def find_person(email: str) -> Person | None:
    """The person with this address, however it is capitalised."""
    return db.session.scalar(select(Person).where(Person.email_key == email_key(email)))


def get_person(person_id: uuid.UUID) -> Person:
    """One person. Raises NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def anybody() -> bool:
    """Whether anybody has an account in this installation yet."""
    return db.session.scalar(select(Person.id).limit(1)) is not None


def memberships(person_id: uuid.UUID) -> list[tuple[uuid.UUID, str, str]]:
    """(business id, name, role) of every business a person belongs to, by name."""
    query = (
        select(Business.id, Business.name, Membership.role)
        .join(Membership, Membership.business_id == Business.id)
        .where(Membership.person_id == person_id)
        .order_by(Business.name, Business.id)
    )
    return [tuple(row) for row in db.session.execute(query)]  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Member:
    """One person's place in a business, for the list of members."""

    person_id: uuid.UUID
    name: str
    email: str
    role: str
    verified: bool
    joined_at: datetime


def members(business_id: uuid.UUID) -> list[Member]:
    """Everybody who works in a business, by name."""
    query = (
        select(Person, Membership)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.business_id == business_id)
        .order_by(Person.name, Person.id)
    )
    return [
        Member(person.id, person.name, person.email, membership.role, bool(person.verified_at), membership.created_at)
        for person, membership in db.session.execute(query)
    ]


def somebody_is_verified(business_id: uuid.UUID) -> bool:
    """Whether anybody of a business has shown that their address is theirs: until then nothing leaves by itself."""
    query = (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.business_id == business_id, Person.verified_at.is_not(None))
    )
    return db.session.scalar(query.limit(1)) is not None


def get_member(business_id: uuid.UUID, person_id: uuid.UUID) -> Member:
    """One member of a business. Raises NotFound."""
    found = next((member for member in members(business_id) if member.person_id == person_id), None)
    if found is None:
        raise NotFound
    return found


def invitations(business_id: uuid.UUID, now: datetime) -> list[PersonToken]:
    """Invitations that can still be accepted, newest first."""
    return list(db.session.scalars(_open_invitations(business_id, now).order_by(PersonToken.id.desc())))


def find_invitation(business_id: uuid.UUID, invitation_id: uuid.UUID, now: datetime) -> PersonToken | None:
    """One invitation of a business that can still be accepted, or None."""
    return db.session.scalar(_open_invitations(business_id, now).where(PersonToken.id == invitation_id))


def _open_invitations(business_id: uuid.UUID, now: datetime) -> Select[tuple[PersonToken]]:
    return select(PersonToken).where(
        PersonToken.business_id == business_id,
        PersonToken.kind == "invite",
        PersonToken.used_at.is_(None),
        PersonToken.expires_at > now,
    )


def live_sessions(person_id: uuid.UUID, now: datetime) -> list[SignInSession]:
    """The browsers a person is signed in with, last used first."""
    query = (
        select(SignInSession)
        .where(SignInSession.person_id == person_id)
        .where(SignInSession.seen_at > now - IDLE, SignInSession.created_at > now - LONGEST)
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    )
    return list(db.session.scalars(query))


def get_business(business_id: uuid.UUID) -> Business:
    """The business itself. Raises NotFound."""
    business = db.session.get(Business, business_id)
    if business is None:
        raise NotFound
    return business


def find_business(name_or_id: str) -> uuid.UUID | None:
    """The business of this name or id; None for a name nobody has.

    Raises NotFound for an id nobody has, Invalid for a name that several have.
    """
    try:
        return get_business(uuid.UUID(name_or_id)).id
    except ValueError:
        found = list(db.session.scalars(select(Business.id).where(Business.name == name_or_id).limit(2)))
    if len(found) > 1:
        raise Invalid("business", "Several businesses have this name. Give the id instead.")
    return found[0] if found else None


# What a timeline tells; who asked from where is for the audit trail.
TOLD = (
    AuditEvent.at,
    AuditEvent.actor_kind,
    AuditEvent.actor_name,
    AuditEvent.token_id,
    AuditEvent.token_name,
    AuditEvent.verb,
    AuditEvent.object_kind,
    AuditEvent.object_id,
    AuditEvent.facts,
    AuditEvent.changes,
)
_TIMELINE = built(
    select(AuditEvent)
    .options(load_only(*TOLD))
    .where(AuditEvent.business_id == bindparam("business_id"))
    .where(AuditEvent.object_kind == bindparam("kind"), AuditEvent.object_id == bindparam("object_id"))
    .order_by(AuditEvent.id.desc())
    .limit(bindparam("most"))
)


def timeline(business_id: uuid.UUID, object_kind: str, object_id: uuid.UUID, limit: int = 100) -> list[AuditEvent]:
    """What happened to one object, newest first."""
    values = {"business_id": business_id, "kind": object_kind, "object_id": object_id, "most": limit}
    return list(db.session.scalars(_TIMELINE, values))
