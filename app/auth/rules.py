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
    "clients:read": "Read customers, their contacts and statements",
    "clients:write": "Add and change customers",
    "catalog:read": "Read items and taxes",
    "catalog:write": "Add and change items and taxes",
    "invoices:read": "Read invoices and credit notes, and why they come to their amounts",
    "invoices:write": "Draft, issue, send, void and credit invoices",
    "payments:read": "Read payments, refunds and what money was put to",
    "payments:write": "Record, move and give back money",
    "billing:read": "Read plans, subscriptions and billing runs",
    "billing:write": "Change plans and subscriptions, start, approve and reverse billing runs",
    "messages:read": "Read messages and their templates",
    "messages:write": "Send messages again and change templates",
    "reports:read": "Read statistics and reports",
    "settings:read": "Read settings, tokens and webhooks",
    "settings:write": "Change settings, tokens and webhooks",
    "members:read": "Read who works in the business and who is invited",
    "members:write": "Invite people, change their roles, take them out",
    "audit:read": "Read the audit trail",
}
"""What a token of the API may be good for."""


def scopes_of(role: str | None) -> dict[str, str]:
    """What a token of somebody with this role can be good for: viewers read."""
    return {name: words for name, words in SCOPES.items() if at_least(role, "staff") or name.endswith(":read")}


class NotAllowed(Forbidden):
    """Your role in this business does not allow that. Ask an owner or admin."""


class ScopeMissing(Forbidden):
    """This token was made without the scope that this needs."""


class MadeByToken(Forbidden):
    """This token was made by another token, so it makes none itself. Sign in, or make one in the settings."""


class TokenEnded(Forbidden):
    """The token that you ask with was taken back at this moment."""


class NotVerified(Forbidden):
    """Confirm your e-mail address first: the link is in the message we sent you when you signed up."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a program came with: a token of this name ("" when nobody gave it one), or, where the name is None, one that
    it got by signing in; then `id` is what all tokens of that signing in have in common."""

    id: uuid.UUID
    name: str | None


def who(name: str, token_id: uuid.UUID | None, token_name: str | None) -> str:
    """A person in words, with the token by which a program acted for them: Ada Obi, by the token “Export”."""
    if token_id is None or not name:
        return name
    by = "a program that signed in" if token_name is None else f"the token “{token_name}”"
    return f"{name}, by {'a token without a name' if token_name == '' else by}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a business: a signed-in person, a customer with a link, or the system itself.

    `token` is what a program came with that acts for a person; None for a person in a browser.
    """

    kind: Literal["person", "customer", "system"]
    business_id: uuid.UUID
    role: Role | None = None
    person_id: uuid.UUID | None = None
    name: str = ""
    verified: bool = True
    ip: str = ""
    request_id: str = ""
    token: Token | None = None

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
