"""People, businesses, memberships, sessions, one-time tokens, customer links and the audit trail."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, Uuid, false, true
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Instant, Tenant, new_id
from app.extensions import db

CREDIT_NOTE_PATTERN = "CN-{YYYY}-{0000}"
ANSWERS_KEPT = timedelta(hours=24)
"""How long what was answered under an Idempotency-Key is kept."""


class Business(db.Model):
    """A tenant, with the settings its documents and pages follow.

    `apply_credit` says whether a client's credit settles a new invoice by itself; `charge_cards` when cards that
    customers let us keep are charged: "off", on the "due" date, or on "issue". `channels` is the order in which clients
    are written to; what goes out by itself waits from `quiet_from` to `quiet_until`. `send_hour`, from 0 to 23 like
    these, is when the day's work is done, by its own clock. `workdays` are the days reminders go out on, "1" Monday.
    `enforces`: a policy of dunning is in force; kept by whoever changes one.
    """

    __tablename__ = "business"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    legal_name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(32), default="")
    address: Mapped[str] = mapped_column(Text, default="")
    country: Mapped[str] = mapped_column(String(2), default="NG")
    tax_id: Mapped[str] = mapped_column(String(64), default="")
    logo_key: Mapped[str] = mapped_column(String(200), default="")
    colour: Mapped[str] = mapped_column(String(7), default="#0d5960")
    currency: Mapped[str] = mapped_column(String(3), default="NGN")
    timezone: Mapped[str] = mapped_column(String(64), default="Africa/Lagos")
    language: Mapped[str] = mapped_column(String(16), default="en")
    terms_days: Mapped[int] = mapped_column(Integer, default=14)
    number_pattern: Mapped[str] = mapped_column(String(32), default="INV-{YYYY}-{0000}")
    credit_note_pattern: Mapped[str] = mapped_column(
        String(32), default=CREDIT_NOTE_PATTERN, server_default=CREDIT_NOTE_PATTERN
    )
    number_yearly: Mapped[bool] = mapped_column(Boolean, default=True)
    tax_rounding: Mapped[str] = mapped_column(String(8), default="line")
    prices_include_tax: Mapped[bool] = mapped_column(Boolean, default=False)
    apply_credit: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    charge_cards: Mapped[str] = mapped_column(String(5), default="off", server_default="off")
    channels: Mapped[list[Any]] = mapped_column(JSON, default=lambda: ["email"], server_default='["email"]')
    quiet_from: Mapped[int] = mapped_column(Integer, default=20, server_default="20")
    quiet_until: Mapped[int] = mapped_column(Integer, default=8, server_default="8")
    workdays: Mapped[str] = mapped_column(String(7), default="12345", server_default="12345")
    reminders: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    send_receipts: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    enforces: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    send_hour: Mapped[int] = mapped_column(Integer, default=9, server_default="9")
    bank_details: Mapped[list[Any]] = mapped_column(JSON, default=list)
    footer: Mapped[str] = mapped_column(Text, default="")
    paper: Mapped[str] = mapped_column(String(8), default="a4")
    gateway_key: Mapped[str] = mapped_column(String(20), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __mapper_args__ = {"version_id_col": version}


class Person(db.Model):
    """Somebody who signs in. The e-mail address is kept as typed; `email_key` is its folded form."""

    __tablename__ = "person"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    verified_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(Integer, default=1)
    __mapper_args__ = {"version_id_col": version}


class Membership(db.Model):
    """A person's role in a business: owner, admin, staff or viewer."""

    __tablename__ = "membership"
    business_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("business.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_membership_person", "person_id"),)


class SignInSession(db.Model):
    """A signed-in browser. Only the SHA-256 of the cookie's secret is stored."""

    __tablename__ = "session"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("person.id"))
    business_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("business.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    ip: Mapped[str] = mapped_column(String(45), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index("ix_session_person", "person_id"),)


class PersonToken(db.Model):
    """A single-use secret sent by mail: verify, reset or invite. Only its SHA-256 is stored."""

    __tablename__ = "person_token"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    person_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("person.id"))
    business_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("business.id"))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(8), default="")
    created_by: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (Index("ix_person_token_business", "business_id", "kind"),)


class ApiToken(db.Model):
    """A secret by which a program acts as a person in one business. Only its SHA-256 is stored.

    It may what its `scopes` say, and never more than the person's role at that moment. `kind`: personal, or access and
    refresh, which came of one signing in (`family_id`, shared by all that follow from it); a refresh token opens
    nothing but the way to the next two. A personal token that another token made ends with its maker: `family_id` is
    then the id of that personal token, or the family of the signing in. Made by hand, it has none.
    """

    __tablename__ = "api_token"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    business_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("business.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(8), default="personal", server_default="personal")
    family_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    name: Mapped[str] = mapped_column(String(100), default="")
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        Index("ix_api_token_person", "business_id", "person_id"),
        Index("ix_api_token_family", "family_id"),
    )

    @property
    def family(self) -> uuid.UUID:
        """What this token and those that it makes have in common."""
        return self.family_id or self.id


class KeptAnswer(Tenant, db.Model):
    """What a program was answered when it asked with an Idempotency-Key: whoever asks again gets the same words.

    The row is written in the transaction of what was asked for, so there is an answer exactly when that was done. Where
    another computer is called in between, it stands there before that with status 0, and has its answer after it.
    `request_hash` is the SHA-256 of path and body; `body` is encrypted, for it may hold a secret. Kept for a day.
    """

    __tablename__ = "kept_answer"
    family_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    key: Mapped[str] = mapped_column(String(100))
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer, default=0)
    body: Mapped[str] = mapped_column(Text, default="")
    headers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (
        Index("uq_kept_answer_key", "business_id", "family_id", "key", unique=True),
        Index("ix_kept_answer_age", "created_at"),
    )


class Link(db.Model):
    """A customer's link. The hash opens it; the encrypted token lets staff copy it again."""

    __tablename__ = "link"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_encrypted: Mapped[str] = mapped_column(Text)
    business_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("business.id"))
    kind: Mapped[str] = mapped_column(String(8))
    object_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_count: Mapped[int] = mapped_column(Integer, default=0)
    __table_args__ = (Index("ix_link_object", "business_id", "kind", "object_id"),)


class AuditEvent(Tenant, db.Model):
    """Who did what, when, from where, and what changed. Append-only; personal values appear as salted digests.

    `token_id` and `token_name` say what a program came with that acted for the person: see `rules.Token`.
    """

    __tablename__ = "audit_event"
    at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(String(8))
    actor_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    request_id: Mapped[str] = mapped_column(String(36), default="")
    token_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    token_name: Mapped[str | None] = mapped_column(String(100))
    verb: Mapped[str] = mapped_column(String(40))
    object_kind: Mapped[str] = mapped_column(String(24))
    object_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    client_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    __table_args__ = (
        Index("ix_audit_event_object", "business_id", "object_kind", "object_id", "id"),
        Index("ix_audit_event_client", "business_id", "client_id", "id"),
    )
