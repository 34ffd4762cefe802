"""Businesses: opened, described, given a logo."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app

from app.auth import queries
from app.auth.audit import differences, record
from app.auth.errors import SignUpClosed, Stale
from app.auth.models import Business, Membership, Person
from app.auth.places import currency_of, timezone_of
from app.auth.rules import Actor
from app.auth.service import sessions
from app.database import new_id, transactional
from app.extensions import db
from app.storage.images import clean_logo
from app.storage.registry import storage

# fmt: off
EDITABLE = frozenset({
    "name", "legal_name", "email", "phone", "address", "country", "tax_id", "colour", "paper", "footer", "bank_details",
    "currency", "timezone", "language", "terms_days", "number_pattern", "credit_note_pattern", "number_yearly",
    "tax_rounding", "prices_include_tax", "apply_credit", "charge_cards", "channels", "quiet_from", "quiet_until",
    "workdays", "reminders",
    "send_receipts", "send_hour",
})
# fmt: on
_KEY_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


@transactional
def create_business(person_id: uuid.UUID, name: str, now: datetime, *, country: str = "NG", ip: str = "") -> uuid.UUID:
    """Open a business whose owner is this person; currency and time zone are those of its country. Returns its id."""
    person = db.session.get_one(Person, person_id)
    business = Business(
        id=new_id(),
        name=name,
        email=person.email,
        country=country,
        currency=currency_of(country),
        timezone=timezone_of(country),
        gateway_key="".join(secrets.choice(_KEY_LETTERS) for _ in range(20)),
        created_at=now,
    )
    db.session.add(business)
    db.session.flush()
    db.session.add(Membership(business_id=business.id, person_id=person_id, role="owner", created_at=now))
    actor = Actor("person", business.id, role="owner", person_id=person_id, name=person.name, ip=ip)
    record(actor, "created", "business", business.id, now, facts={"country": country, "currency": business.currency})
    db.session.flush()
    return business.id


def may_open_another(person_id: uuid.UUID) -> bool:
    """Whether a person may open one more business: anybody while accounts are open, else owners."""
    if current_app.config["DUELY"].signup_open:
        return True
    return any(role == "owner" for _id, _name, role in queries.memberships(person_id))


@transactional
def open_another(
    person_id: uuid.UUID, session_id: uuid.UUID, name: str, now: datetime, *, country: str = "NG", ip: str = ""
) -> uuid.UUID:
    """Open one more business for a person and look at it in this browser. Raises SignUpClosed."""
    if not may_open_another(person_id):
        raise SignUpClosed
    business_id = create_business(person_id, name, now, country=country, ip=ip)
    sessions.look_at(session_id, person_id, business_id)
    return business_id


@transactional
def change_settings(actor: Actor, section_values: Mapping[str, Any], version: int, now: datetime) -> Business:
    """Change some of a business's settings; issued documents keep what they had.

    `section_values` maps columns of Business to clean values. Raises NotAllowed, and Stale with the business as it
    stands when somebody saved since `version` was read.
    """
    actor.require("admin")
    business = _held(actor.business_id)
    if business.version != version:
        raise Stale(current=business)
    changes = differences(business, _editable(section_values))
    for name, (_before, value) in changes.items():
        setattr(business, name, value)
    if changes:
        record(actor, "changed_settings", "business", business.id, now, changes=changes)
        db.session.flush()
    return business


def set_logo(actor: Actor, raw: bytes, now: datetime) -> str:
    """Draw an uploaded picture anew and keep it as the logo; returns its key in the store.

    Earlier logos stay in the store: issued documents show the one they were issued with. Raises NotAllowed, BadImage.
    """
    actor.require("admin")
    picture = clean_logo(raw)
    key = f"{actor.business_id}/logos/{hashlib.sha256(picture).hexdigest()[:40]}.png"
    db.session.rollback()
    storage().put(key, picture, "image/png")
    _set_logo(actor, key, now)
    return key


def remove_logo(actor: Actor, now: datetime) -> None:
    """New documents show no logo. Raises NotAllowed."""
    _set_logo(actor, "", now)


@transactional
def _set_logo(actor: Actor, key: str, now: datetime) -> None:
    actor.require("admin")
    business = _held(actor.business_id)
    if business.logo_key != key:
        record(actor, "changed_logo", "business", business.id, now, changes={"logo_key": (business.logo_key, key)})
        business.logo_key = key


def _held(business_id: uuid.UUID) -> Business:
    return db.session.get_one(Business, business_id, populate_existing=True, with_for_update=True)


def _editable(values: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = set(values) - EDITABLE
    if unknown:
        raise ValueError(f"not settings: {sorted(unknown)}")
    return values
