"""People: opening an account, signing in, passwords, addresses, profiles."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy.exc import IntegrityError

from app.auth import passwords, queries
from app.auth.audit import record
from app.auth.errors import LinkUsedUp, SignUpClosed, TooManyMails, WrongCredentials
from app.auth.models import Person
from app.auth.rules import Actor, email_key
from app.auth.service import access_tokens, credentials, sessions, tokens
from app.auth.service import business as businesses
from app.auth.service.sessions import end_session, end_sessions, sign_out, touch
from app.database import new_id, transactional
from app.errors import Invalid
from app.extensions import db
from app.jobs import enqueue
from app.vault import seal, unseal

__all__ = [
    "SignInResult", "change_password", "change_profile", "end_session", "end_sessions", "mail_reset", "request_reset",
    "resend_verification", "reset_password", "sign_in", "sign_out", "sign_up", "sign_up_open", "touch", "verify_email",
]  # fmt: skip

TAKEN = "There is an account with this address already. Sign in, or ask for a new password."
MOVED_IN = "Another account has this address."


@dataclass(frozen=True, slots=True)
class SignInResult:
    """A session that was begun (`token` is the cookie's secret), whose it is and for which business."""

    token: str
    person_id: uuid.UUID
    business_id: uuid.UUID


def sign_up_open() -> bool:
    """Whether a stranger may open an account: the first one anywhere but in production, later ones by SIGNUP."""
    config = current_app.config["DUELY"]
    if queries.anybody():
        return bool(config.signup_open)
    return not config.production


def sign_up(
    name: str,
    email: str,
    password: str,
    business_name: str,
    *,
    now: datetime,
    ip: str,
    user_agent: str,
    country: str = "NG",
) -> SignInResult:
    """Open an account with a business of its own, and sign in. Raises SignUpClosed, and Invalid naming the field."""
    if not sign_up_open():
        raise SignUpClosed
    stored = new_hash(password, email)
    try:
        return _sign_up(name, email, stored, business_name, country, now, ip, user_agent)
    except IntegrityError as error:
        raise Invalid("email", TAKEN) from error


@transactional
def _sign_up(
    name: str, email: str, stored: str, business_name: str, country: str, now: datetime, ip: str, user_agent: str
) -> SignInResult:
    person = add_person(name, email, stored, now)
    business_id = businesses.create_business(person.id, business_name, now, country=country, ip=ip)
    mail_verification(person, now)
    token = sessions.begin(person.id, business_id, now=now, ip=ip, user_agent=user_agent)
    return SignInResult(token, person.id, business_id)


def new_hash(password: str, email: str, field: str = "password") -> str:
    """What to store of a new password. Raises Invalid (`field`) when it is not good enough.

    Called before a transaction begins: hashing takes long on purpose.
    """
    why = passwords.problem(password, email)
    if why:
        raise Invalid(field, why)
    return passwords.hashed(password)


@transactional
def add_person(name: str, email: str, stored: str, now: datetime, *, verified: bool = False) -> Person:
    """A new person, joining the open transaction. Raises Invalid for an address that has an account."""
    if queries.find_person(email):
        raise Invalid("email", TAKEN)
    person = Person(id=new_id(), email=email, email_key=email_key(email), name=name, password_hash=stored)
    person.created_at, person.verified_at = now, now if verified else None
    db.session.add(person)
    db.session.flush()
    return person


def sign_in(email: str, password: str, *, now: datetime, ip: str, user_agent: str) -> str:
    """Begin a session and return the cookie's secret. An unknown address takes as long as a wrong password.

    Raises WrongCredentials.
    """
    person, stored, better = credentials.checked(email, password, ip)
    return _begin(person.id, stored, better, now, ip, user_agent)


@transactional
def _begin(person_id: uuid.UUID, stored: str, better: str | None, now: datetime, ip: str, user_agent: str) -> str:
    person = _held(person_id)
    if person.password_hash != stored:
        # The password was changed while this one was being checked.
        raise WrongCredentials
    if better:
        person.password_hash = better
    business_id = sessions.usual_business(person_id)
    if business_id:
        actor = Actor("person", business_id, person_id=person_id, name=person.name, ip=ip)
        record(actor, "signed_in", "person", person_id, now)
    return sessions.begin(person_id, business_id, now=now, ip=ip, user_agent=user_agent)


@transactional
def request_reset(email: str, now: datetime) -> None:
    """Answer the same for every address: a job finds out whether there is somebody to write to."""
    asked = json.dumps({"email": email})
    enqueue("auth.mail_reset", f"mail_reset:{uuid.uuid4()}", {"asked": seal(asked)}, business_id=None)


@transactional
def mail_reset(asked: str, now: datetime) -> None:
    """Mail a link for a new password when the sealed address belongs to somebody.

    Who works in one business only reads it in the words of that.
    """
    person = queries.find_person(json.loads(unseal(asked))["email"])
    if person is None:
        return
    try:
        raw = tokens.make("reset", person.email, now, person_id=person.id)
    except TooManyMails:
        return
    facts = {"path": f"/password/reset/{raw}/", **_only_business(person)}
    tokens.send_mail("reset_password", person.email, person.name, facts)


def _only_business(person: Person) -> dict[str, str]:
    places = queries.memberships(person.id)
    return {"business_id": str(places[0][0])} if len(places) == 1 else {}


def reset_password(token: str, password: str, now: datetime, *, ip: str = "") -> uuid.UUID:
    """Set a new password with a mailed secret; every session ends, and what programs got by signing in.

    Raises LinkUsedUp, and Invalid for the password.

    A password that is refused leaves the secret usable.
    """
    found = tokens.find("reset", token, now)
    if found is None:
        raise LinkUsedUp
    return _reset(token, new_hash(password, found.email), now, ip)


@transactional
def _reset(token: str, stored: str, now: datetime, ip: str) -> uuid.UUID:
    used = tokens.use("reset", token, now)
    if used.person_id is None:
        raise LinkUsedUp
    person = _held(used.person_id)
    person.password_hash = stored
    if person.email == used.email:
        person.verified_at = person.verified_at or now
    tokens.withdraw("reset", person.id, now)
    end_sessions(person.id)
    access_tokens.end_signings_in(person.id, now=now)
    tell_businesses(person, "password_reset", now, ip)
    return person.id


@transactional
def resend_verification(person_id: uuid.UUID, now: datetime) -> bool:
    """Mail the link again. Returns False when the address is verified already. Raises TooManyMails."""
    person = queries.get_person(person_id)
    if person.verified_at:
        return False
    mail_verification(person, now)
    return True


@transactional
def mail_verification(person: Person, now: datetime) -> None:
    """Mail the link that proves an address."""
    raw = tokens.make("verify", person.email, now, person_id=person.id)
    facts = {"path": f"/verify/{raw}/", **_only_business(person)}
    tokens.send_mail("verify_email", person.email, person.name, facts)


@transactional
def verify_email(token: str, now: datetime, *, ip: str = "") -> None:
    """The address is proved. Raises LinkUsedUp, also when the person has another address by now."""
    used = tokens.use("verify", token, now)
    if used.person_id is None:
        raise LinkUsedUp
    person = _held(used.person_id)
    if person.email != used.email:
        raise LinkUsedUp
    if person.verified_at is None:
        person.verified_at = now
        tell_businesses(person, "email_verified", now, ip)


def change_profile(
    person_id: uuid.UUID, name: str, email: str, now: datetime, *, password: str = "", ip: str = ""
) -> bool:
    """Change name and address; a new address needs the password and has to be verified anew, and reset links to the
    old one die. Returns whether a mail went to a new address. Raises Invalid and TooManyMails."""
    try:
        return _change_profile(person_id, name, email, now, password, ip)
    except IntegrityError as error:
        raise Invalid("email", MOVED_IN) from error


@transactional
def _change_profile(person_id: uuid.UUID, name: str, email: str, now: datetime, password: str, ip: str) -> bool:
    person = _held(person_id)
    moved = email != person.email
    if moved:
        _move(person, email, password, now)
    changes = {"name": (person.name, name)} if person.name != name else {}
    person.name = name
    if moved or changes:
        tell_businesses(person, "profile_changed", now, ip, {"email": moved})
    return moved


def _move(person: Person, email: str, password: str, now: datetime) -> None:
    if not passwords.matches(person.password_hash, password):
        raise Invalid("password", "Enter your current password to change the address.")
    other = queries.find_person(email)
    if other is not None and other.id != person.id:
        raise Invalid("email", MOVED_IN)
    person.email, person.email_key, person.verified_at = email, email_key(email), None
    for kind in ("reset", "verify"):
        tokens.withdraw(kind, person.id, now)
    mail_verification(person, now)


def change_password(
    person_id: uuid.UUID, old: str, new: str, now: datetime, *, session_id: uuid.UUID | None = None, ip: str = ""
) -> int:
    """Change the password; all sessions but `session_id` end, and what programs got by signing in.

    Returns how many sessions did. Raises Invalid (old, new).
    """
    person = queries.get_person(person_id)
    known = person.password_hash
    if not passwords.matches(known, old):
        raise Invalid("old", "This is not your current password.")
    return _change_password(person_id, known, new_hash(new, person.email, "new"), now, session_id, ip)


@transactional
def _change_password(
    person_id: uuid.UUID, known: str, stored: str, now: datetime, session_id: uuid.UUID | None, ip: str
) -> int:
    person = _held(person_id)
    if person.password_hash != known:
        raise Invalid("old", "Your password was changed in the meantime.")
    person.password_hash = stored
    tokens.withdraw("reset", person.id, now)
    tell_businesses(person, "password_changed", now, ip)
    access_tokens.end_signings_in(person_id, now=now)
    return end_sessions(person_id, keep=session_id)


@transactional
def tell_businesses(person: Person, verb: str, now: datetime, ip: str, facts: dict[str, object] | None = None) -> None:
    """Put what a person did with their own account into the trail of each of their businesses."""
    for business_id, _name, role in queries.memberships(person.id):
        actor = Actor("person", business_id, role=role, person_id=person.id, name=person.name, ip=ip)  # type: ignore[arg-type]
        record(actor, verb, "person", person.id, now, facts=facts)


def _held(person_id: uuid.UUID) -> Person:
    return db.session.get_one(Person, person_id, populate_existing=True, with_for_update=True)
