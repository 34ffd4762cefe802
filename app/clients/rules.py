"""Clients as they are typed, and what can be said about them with pencil and paper. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.folding import fold, fold_all, words

KINDS = ("company", "person")
MOST_CONTACTS = 20
MOST_TAGS = 12
LONGEST_TAG = 40
LONGEST_TERMS = 365

_NUMBER_LIKE = re.compile(r"\+?[0-9 ().\-/]{5,}")


@dataclass(frozen=True, slots=True)
class ContactValues:
    """A person at a client. `phone` in E.164 or empty."""

    name: str = ""
    email: str = ""
    phone: str = ""
    gets_documents: bool = True

    @property
    def empty(self) -> bool:
        return not (self.name or self.email or self.phone)


@dataclass(frozen=True, slots=True)
class ClientValues:
    """A client as typed. Empty currency and language, and terms of None (days), mean "as the business"."""

    name: str
    kind: str = "company"
    email: str = ""
    phone: str = ""
    address: str = ""
    country: str = ""
    tax_id: str = ""
    currency: str = ""
    language: str = ""
    terms_days: int | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    contacts: tuple[ContactValues, ...] = ()

    def columns(self) -> dict[str, object]:
        """The values that stand on the client's own row."""
        names = ("name", "kind", "email", "phone", "address", "country", "tax_id", "currency", "language")
        return {name: getattr(self, name) for name in (*names, "terms_days", "notes")}


def searchable(values: ClientValues) -> str:
    """What a search of clients looks through: names, addresses, numbers as people type them, tax id."""
    people = [part for c in values.contacts for part in (c.name, c.email, *_spellings(c.phone))]
    return fold_all(values.name, values.email, *_spellings(values.phone), values.tax_id, *people)


def search_ways(text: str) -> list[list[str]]:
    """Ways to find what was typed; each is words that all have to be there. None means everything.

    A number with gaps may be a phone number (0803 123 4567), which is stored without them.
    """
    typed = words(text)
    if not typed:
        return []
    if not _NUMBER_LIKE.fullmatch(text.strip()):
        return [typed]
    digits = re.sub(r"[^0-9+]", "", text)
    return [typed, ["+" + digits[2:] if digits.startswith("00") else digits]]


def split_tags(text: str) -> tuple[str, ...]:
    """Words between commas, each once however it is written, in the order they were typed."""
    found: dict[str, str] = {}
    for part in text.split(","):
        tag = " ".join(part.split())
        if tag:
            found.setdefault(fold(tag), tag)
    return tuple(found.values())


def spelled_alike(tags: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Tags in the spelling the business already uses, so that "VIP" and "vip" stay one tag."""
    spelling = {fold(tag): tag for tag in known}
    return tuple(dict.fromkeys(spelling.get(fold(tag), tag) for tag in tags))


def recipients(name: str, email: str, contacts: Sequence[ContactValues]) -> list[tuple[str, str]]:
    """(name, e-mail) of everybody who gets documents: the contacts marked so, else the client's own address."""
    chosen = [(contact.name or name, contact.email) for contact in contacts if contact.gets_documents and contact.email]
    if not chosen and email:
        chosen = [(name, email)]
    return list({address.casefold(): (who, address) for who, address in reversed(chosen)}.values())[::-1]


def _spellings(phone: str) -> tuple[str, ...]:
    """An E.164 number, and the digits after a country code of one to three digits with the national zero before."""
    if not phone:
        return ()
    return (phone, *(f"0{phone[1 + width :]}" for width in (1, 2, 3)))
