"""Who may do what, and who is doing it. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Literal

from app.errors import Forbidden

Role = Literal["viewer", "staff", "admin", "owner"]
ROLES: tuple[Role, ...] = ("viewer", "staff", "admin", "owner")
ROLE_WORDS = {
    "viewer": "sees everything, changes nothing",
    "staff": "works with clients, invoices and payments",
    "admin": "also changes settings and payment keys, and invites people",
    "owner": "also manages owners",
}

SCOPES = {
    "invoices:read": "Read invoices and credit notes, and why they come to their amounts",
}
"""What a token of the API may be good for."""


class NotAllowed(Forbidden):
    """Your role in this business does not allow that. Ask an owner or admin."""


class ScopeMissing(Forbidden):
    """This token was made without the scope that this needs."""


class NotVerified(Forbidden):
    """Confirm your e-mail address first: the link is in the message we sent you when you signed up."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a business: a signed-in person, a customer with a link, or the system itself."""

    kind: Literal["person", "customer", "system"]
    business_id: uuid.UUID
    role: Role | None = None
    person_id: uuid.UUID | None = None
    name: str = ""
    verified: bool = True
    ip: str = ""
    request_id: str = ""

    @classmethod
    def system(cls, business_id: uuid.UUID) -> Actor:
        """The program itself, for work that the queue or the calendar asked for."""
        return cls("system", business_id, name="Duely")

    @classmethod
    def customer(cls, business_id: uuid.UUID, name: str, ip: str = "", request_id: str = "") -> Actor:
        """Somebody who opened a customer link."""
        return cls("customer", business_id, name=name, ip=ip, request_id=request_id)

    def require(self, role: Role) -> None:
        """Raise NotAllowed unless this actor has at least `role` (the system always has)."""
        if self.kind != "system" and not at_least(self.role, role):
            raise NotAllowed

    def require_verified(self) -> None:
        """Raise NotVerified for a person whose address is not confirmed: they may draft, not send or invite."""
        if self.kind == "person" and not self.verified:
            raise NotVerified


def at_least(role: str | None, wanted: Role) -> bool:
    """Whether `role` includes what `wanted` may do."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(wanted)  # type: ignore[arg-type]


def may_manage(manager: str | None, target: str) -> bool:
    """Whether somebody with role `manager` may give or take the role `target`: owners all, admins up to admin."""
    return manager == "owner" or (manager == "admin" and target in ("viewer", "staff", "admin"))


def email_key(email: str) -> str:
    """The form under which an address is compared: trimmed, NFC and case-folded."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def token_hash(token: str) -> str:
    """What is stored instead of a secret of 32 random bytes: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def initials(name: str) -> str:
    """Up to two capitals that stand for a name: Harmattan Fibre -> HF; "?" when there is no letter."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"
