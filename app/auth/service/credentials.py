"""Whose password this is."""

from __future__ import annotations

import uuid

import structlog

from app.auth import passwords, queries
from app.auth.errors import WrongCredentials
from app.auth.models import Person

log = structlog.get_logger("duely.auth")


def check_password(email: str, password: str, *, ip: str) -> uuid.UUID:
    """Whose password this is. Raises WrongCredentials."""
    return checked(email, password, ip)[0].id


def checked(email: str, password: str, ip: str) -> tuple[Person, str, str | None]:
    """The person, the hash their password was held against, and a better one where ours got stronger since."""
    person = queries.find_person(email)
    stored = person.password_hash if person else None
    if not passwords.matches(stored, password) or person is None or stored is None:
        log.info("sign_in.refused", ip=ip)
        raise WrongCredentials
    return person, stored, passwords.hashed(password) if passwords.outdated(stored) else None
