"""Making the business, then its invoices in chunks: each is one transaction, and after it the books are sound."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Self
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from sqlalchemy import Connection, select, text

from app.auth import passwords
from app.auth.models import Business
from app.auth.queries import find_person
from app.bulk import Filled
from app.database import writing
from app.demo.bulk import baskets
from app.demo.bulk.books import Books
from app.demo.bulk.business import Base, open_business, owner_email
from app.demo.bulk.documents import Documents
from app.demo.bulk.plan import Planned, plan
from app.demo.bulk.receipts import Receipts
from app.demo.bulk.secret import Secrets
from app.errors import Conflict
from app.extensions import db
from app.invoices.models import Counter
from app.invoices.rules import format_number, period_key
from app.ledger import totals

CHUNK = 5000


class NameTaken(Conflict):
    """There is a business of this name already, or its owner's address. Choose another name."""


@dataclass(frozen=True, slots=True)
class Generated:
    """The business that was made, and how its owner signs in."""

    business_id: uuid.UUID
    email: str
    password: str


def generate(
    name: str, invoices: int, clients: int, seed: int, until: date, told: Callable[[int], None] = lambda made: None
) -> Generated:
    """Make a business with that many invoices from the three years before `until`. Raises NameTaken.

    The same seed, name and day give the same rows in one installation, but for what is salted or encrypted. `told`
    hears after every chunk how many invoices there are.
    """
    if db.session.scalar(select(Business.id).where(Business.name == name).limit(1)) or find_person(owner_email(name)):
        raise NameTaken
    purpose = f"generated {seed} {name}"
    chance = random.Random(purpose)  # noqa: S311  (rows that are always the same; secrets come from Secrets)
    secrets = Secrets(current_app.config["DUELY"].secret_key, purpose)
    password = "-".join(secrets.letters(f"password {part}", 4) for part in range(4))
    base = open_business(name, clients, until, chance, secrets, passwords.hashed(password))
    writer = _Writer(base, chance, secrets)
    with _Store(base.business.id) as store:
        for made in writer.write(plan(invoices, clients, until, chance), store):
            told(made)
    totals.rebuild(base.business.id)
    _refresh_statistics()
    return Generated(base.business.id, base.owner.email, password)


class _Writer:
    """Carries out a plan: the state between chunks is the random source and the last numbers given."""

    def __init__(self, base: Base, chance: random.Random, secrets: Secrets) -> None:
        business = base.business
        self.business = business
        self.books = Books(base, chance)
        self.documents = Documents(base, self.books, secrets, ZoneInfo(business.timezone))
        self.receipts = Receipts(self.documents, self.books)
        self.at_home = baskets.at_home(base.items, base.vat, business.tax_rounding, chance)
        self.abroad = baskets.abroad(base.export, business.tax_rounding, chance)
        self.counters: dict[str, int] = {}

    def write(self, waiting: Iterator[Planned], store: _Store) -> Iterator[int]:
        """Carry the plan out, chunk by chunk; says after each how many invoices were handed to the store."""
        made = 0
        while chunk := list(islice(waiting, CHUNK)):
            for planned in chunk:
                self._one(planned)
            store.keep(self.books.take(), dict(self.counters))
            made += len(chunk)
            yield made

    def _one(self, planned: Planned) -> None:
        offered = self.abroad if planned.abroad else self.at_home
        basket = offered[planned.basket % len(offered)]
        total = basket.totals.total_minor
        came = {"paid": total, "part": total // 2, "over": total + total // 10}.get(planned.fate, 0)
        taken, at = min(came, total), self.receipts.moment(planned) if came else 0
        made = self.documents.write(planned, basket, self._next_number, (taken, at))
        if came:
            self.receipts.write(made, came, taken, at)

    def _next_number(self, on: date) -> str:
        period = period_key(self.business.number_yearly, on)
        self.counters[period] = self.counters.get(period, 0) + 1
        return format_number(self.business.number_pattern, on, self.counters[period])


class _Store:
    """Writes one chunk in a thread while the next one is made: the database and Python share the work."""

    def __init__(self, business_id: uuid.UUID) -> None:
        self.business_id = business_id
        self.app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self.thread = ThreadPoolExecutor(1, "store")
        self.last: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self.thread:
            if self.last and kind is None:
                self.last.result()

    def keep(self, sheets: list[Filled], counters: dict[str, int]) -> None:
        """Hand a chunk over, with the last numbers it gave; waits for the one before, and raises what that raised."""
        if self.last:
            self.last.result()
        self.last = self.thread.submit(self._write, sheets, counters)

    def _write(self, sheets: list[Filled], counters: dict[str, int]) -> None:
        with self.app.app_context(), writing() as session:
            _trust_keys(session.connection())
            for period, value in counters.items():
                session.merge(Counter(business_id=self.business_id, kind="invoice", period=period, value=value))
            session.flush()
            for sheet in sheets:
                sheet.write(session.connection())


def _trust_keys(connection: Connection) -> None:
    """Do not look up every foreign key of a chunk where PostgreSQL lets us: that is two thirds of the work.

    The keys are sound because whoever points to a row was made from it; SQLite, which always looks, proves it.
    """
    if connection.dialect.name == "postgresql":
        allowed = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        if connection.scalar(text(allowed)):
            connection.execute(text("SET LOCAL session_replication_role = replica"))


def _refresh_statistics() -> None:
    """What autovacuum does sooner or later, now: without it the planner takes the new rows for none."""
    db.session.rollback()
    postgresql = db.engine.dialect.name == "postgresql"
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)" if postgresql else "ANALYZE"))
