"""Transactions, engine settings and column types: how every room stores and changes things.

`@transactional` is the only way to write. It ends whatever was being read, begins a transaction that may write from
its first statement (on SQLite BEGIN IMMEDIATE: a deferred transaction that has read cannot be upgraded), and commits
when the outermost call returns. Nested calls join it. Any flush or bulk statement outside is refused.
"""

from __future__ import annotations

import fcntl
import functools
import os
import random
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar

import uuid_utils.compat as uuid7_source
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    ForeignKeyConstraint,
    Insert,
    Select,
    String,
    Uuid,
    any_,
    bindparam,
    event,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from app.extensions import db

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

SCALE = 6
LOCKS = True  # race tests switch this off to show that they would fail without the locks
TRIES = 3
GAVE_WAY = ("40P01", "40001")  # PostgreSQL ended a transaction for another's sake: deadlock, serialization failure


class OutsideTransaction(RuntimeError):
    """Something tried to write outside a @transactional service function."""


class PendingChanges(RuntimeError):
    """Objects were changed before the transaction began; views pass ids, never changed objects."""


def new_id() -> uuid.UUID:
    """A time-ordered id (UUIDv7), made in the application."""
    return uuid7_source.uuid7()


# -- transactions ----------------------------------------------------------------------------------------------------


@contextmanager
def writing() -> Iterator[Session]:
    """One transaction that may write; joins the one that is open, if any."""
    session: Session = db.session()
    if session.info.get("writing"):
        yield session
        return
    if session.new or session.dirty or session.deleted:
        raise PendingChanges("a transaction began with changes pending: " + repr(list(session.new | session.dirty)))
    session.rollback()
    with turn(session.get_bind().engine):
        session.info["writing"] = True
        try:
            session.connection(execution_options={"writes": LOCKS})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop("writing", None)


def transactional(function: Callable[P, R]) -> Callable[P, R]:
    """Run a service function in one transaction: the outermost call commits, nested calls join it.

    When PostgreSQL ends the outermost one for the sake of another, nothing of it is left, and it is run again.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        tries = 1 if in_transaction() else TRIES
        while True:
            try:
                with writing():
                    return function(*args, **kwargs)
            except DBAPIError as error:
                tries -= 1
                if not tries or getattr(error.orig, "sqlstate", None) not in GAVE_WAY:
                    raise
            time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  (so that the two do not meet again)

    return wrapper


def locked(model: type[T], business_id: uuid.UUID, id: uuid.UUID) -> T | None:
    """One row of a business, freshly read and held until the transaction ends, or None."""
    return db.session.scalar(_by_key(model, LOCKS), {"business_id": business_id, "row_id": id})  # type: ignore[arg-type]


# Statements that every page or change asks anew are put together once: that takes longer than asking them.
@functools.cache
def _by_key(model: Any, hold: bool) -> Select[Any]:
    keys = (model.business_id == bindparam("business_id"), model.id == bindparam("row_id"))
    query = select(model).where(*keys).execution_options(populate_existing=True)
    return query.with_for_update() if hold else query


def among(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """That a column has one of many values: one parameter on PostgreSQL, whose driver is slow at a thousand."""
    if db.engine.dialect.name == "postgresql":
        return column == any_(literal(list(values), postgresql.ARRAY(column.type)))  # type: ignore[no-any-return]
    return column.in_(values)  # type: ignore[no-any-return]


def insert_once(model: type[Any], **values: Any) -> bool:
    """Insert a row unless one with the same unique key is there. Returns whether it is new.

    PostgreSQL's row count of such an insert is -1 either way, so the row itself is asked for.
    """
    statement = _once(model, db.engine.dialect.name)  # type: ignore[arg-type]
    return db.session.execute(statement, values).first() is not None


def insert_new(model: type[Any], rows: list[dict[str, Any]]) -> int:
    """Insert those rows whose unique keys are not there yet; all have the same columns. Returns how many are new."""
    statement = _once(model, db.engine.dialect.name)  # type: ignore[arg-type]
    return len(db.session.execute(statement, rows).all()) if rows else 0


def adding(model: type[Any], *figures: str) -> Insert:
    """An INSERT of the engine in use that, where a row has the same primary key, adds these figures to that row's."""
    return _adding(model, figures, db.engine.dialect.name)  # type: ignore[arg-type]


@functools.cache
def _once(model: Any, dialect: str) -> Insert:
    return _insert(model, dialect).on_conflict_do_nothing().returning(literal_column("1"))


@functools.cache
def _adding(model: Any, figures: tuple[str, ...], dialect: str) -> Insert:
    new = _insert(model, dialect)
    summed = {name: model.__table__.c[name] + new.excluded[name] for name in figures}
    return new.on_conflict_do_update(index_elements=list(model.__table__.primary_key), set_=summed)


def _insert(model: Any, dialect: str) -> postgresql.Insert | sqlite.Insert:
    # Into the table: what knows the model takes rows apart and puts them together again.
    table = model.__table__
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def in_transaction() -> bool:
    """Whether a transaction that may write is open in this thread."""
    return bool(db.session().info.get("writing"))


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """On SQLite, writers of all processes queue for a file lock: waiting there is fair, in the database it is not."""
    path = engine.url.database if engine.dialect.name == "sqlite" else None
    if not path or path == ":memory:" or not LOCKS:
        yield
        return
    descriptor = os.open(path + ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _refuse_flush(session: Session, *_: Any) -> None:
    if not session.info.get("writing"):
        raise OutsideTransaction("a flush outside @transactional")


def _refuse_statement(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get("writing"):
        raise OutsideTransaction("a bulk statement outside @transactional")


def guard_session() -> None:
    """Install the guard that refuses writes outside a transaction (once per process)."""
    if not event.contains(db.session, "before_flush", _refuse_flush):
        event.listen(db.session, "before_flush", _refuse_flush)
        event.listen(db.session, "do_orm_execute", _refuse_statement)


# -- engines ---------------------------------------------------------------------------------------------------------


def prepare_engine(engine: Engine) -> None:
    """Settings without which SQLite silently loses concurrent updates; PostgreSQL needs none."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connected(raw: Any, _record: Any) -> None:
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "busy_timeout=30000", "foreign_keys=ON", "synchronous=FULL"):
            raw.execute("PRAGMA " + pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# -- column types ----------------------------------------------------------------------------------------------------


class Scaled(TypeDecorator[Decimal]):
    """A decimal with six places (or `places`), stored as a whole number (SQLite would keep NUMERIC as a float)."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int = SCALE) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimal places")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else _plain(Decimal(value).scaleb(-self.places))


def _plain(value: Decimal) -> Decimal:
    value = value.normalize()
    return value if value.as_tuple().exponent <= 0 else value.quantize(Decimal(1))  # type: ignore[operator]


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC on both engines."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Ordered by code point on both engines; PostgreSQL would otherwise order as the server's locale does.
FoldedName = String(200).with_variant(String(200, collation="C"), "postgresql")


class Tenant:
    """A row that belongs to one business: the business leads the primary key, so nothing loads without it."""

    business_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("business.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=new_id)


def tenant_key(column: str, table: str, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A foreign key inside one business: (business_id, column) -> (business_id, id) of `table`."""
    return ForeignKeyConstraint(["business_id", column], [f"{table}.business_id", f"{table}.id"], ondelete=ondelete)
