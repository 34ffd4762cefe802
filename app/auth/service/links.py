"""Customers' links: 256 random bits, found by hash; an encrypted copy lets staff copy the same link again."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import or_, select, update

from app import vault
from app.auth import audit
from app.auth.models import Link
from app.auth.rules import Actor
from app.auth.rules import token_hash as digest
from app.database import transactional
from app.extensions import db


@transactional
def make_link(business_id: uuid.UUID, kind: str, object_id: uuid.UUID, now: datetime) -> str:
    """The token of the live link to an object, made if there is none."""
    token = find_live_token(business_id, kind, object_id)
    if token:
        return token
    token = secrets.token_urlsafe(32)
    link = Link(
        token_hash=digest(token),
        token_encrypted=vault.seal(token),
        business_id=business_id,
        kind=kind,
        object_id=object_id,
        created_at=now,
        seen_count=0,
    )
    db.session.add(link)
    db.session.flush()
    return token


def find_live_token(business_id: uuid.UUID, kind: str, object_id: uuid.UUID) -> str | None:
    """The token of the link that still opens an object, or None."""
    link = find_live_link(business_id, kind, object_id)
    return token_of(link) if link else None


def find_live_link(business_id: uuid.UUID, kind: str, object_id: uuid.UUID) -> Link | None:
    """The link that still opens an object, or None."""
    query = (
        select(Link)
        .where(Link.business_id == business_id, Link.kind == kind, Link.object_id == object_id)
        .where(Link.revoked_at.is_(None))
        .order_by(Link.created_at.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def find_live_tokens(business_id: uuid.UUID, kind: str, object_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """{object: token} of those objects that a link still opens."""
    if not object_ids:
        return {}
    query = (
        select(Link)
        .where(Link.business_id == business_id, Link.kind == kind, Link.object_id.in_(object_ids))
        .where(Link.revoked_at.is_(None))
        .order_by(Link.created_at)
    )
    return {link.object_id: token_of(link) for link in db.session.scalars(query)}


def token_of(link: Link) -> str:
    """The token that a link was given out with."""
    return vault.unseal(link.token_encrypted)


def find_link(token: str, kind: str, now: datetime) -> Link | None:
    """The link behind a token, or None when there is none, it was revoked or it is over."""
    link = db.session.get(Link, digest(token))
    return link if link is not None and link.kind == kind and opens(link, now) else None


def opens(link: Link, now: datetime) -> bool:
    """Whether a link still opens what it was made for."""
    return link.revoked_at is None and (link.expires_at is None or link.expires_at > now)


@transactional
def revoke_link(actor: Actor, kind: str, object_id: uuid.UUID, *, now: datetime) -> bool:
    """Close every open link to an object. Returns whether there was one."""
    actor.require("staff")
    mine = (Link.business_id == actor.business_id, Link.kind == kind, Link.object_id == object_id)
    change = update(Link).where(*mine, Link.revoked_at.is_(None)).values(revoked_at=now)
    closed = bool(db.session.execute(change).rowcount)  # type: ignore[attr-defined]
    if closed:
        audit.record(actor, "revoked_link", kind, object_id, now)
    return closed


@transactional
def link_seen(token_hash: str, now: datetime, *, every: timedelta) -> bool:
    """Note that the customer opened the link, at most once in `every`. Returns whether it was noted."""
    due = or_(Link.seen_at.is_(None), Link.seen_at <= now - every)
    seen = update(Link).where(Link.token_hash == token_hash, due).values(seen_at=now, seen_count=Link.seen_count + 1)
    noted = db.session.execute(seen.execution_options(synchronize_session=False))
    return bool(noted.rowcount)  # type: ignore[attr-defined]


def public_url(path: str) -> str:
    """A whole address on this installation; never built from the Host header."""
    return str(current_app.config["DUELY"].site_url) + path
