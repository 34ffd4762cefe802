"""Keyset paging: every list goes on after the last row it showed, however long it is and whatever was added meanwhile.

In a room's queries, with an order that ends in the id (so that no two rows are equal) and holds no NULL
(`func.coalesce` it away):

    order = (Invoice.issue_date.desc(), Invoice.id.desc())
    page = paginate(select(Invoice).where(...), order, cursor, scope=(business_id, "newest", filters))

In the view, the cursor comes from the address: `list_invoices(..., cursor=request.args.get("cursor"))`. In the
template, `{{ pager(page) }}` links to the pages before and after; those links keep every other filter of the address.

`scope` is what the cursor is signed for: the business, the sort and all filters. A cursor of another list, of another
business, a forged, a cut or an old one shows the first page; it is never an error for people. Programs pass a `Walk`,
which says how many they want, and are told when their cursor is none of this list's.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import ColumnElement, Select, UnaryExpression, and_, func, literal, or_, select
from sqlalchemy.sql.operators import desc_op

from app.errors import Invalid
from app.extensions import db

T = TypeVar("T")

LIMIT = 25
PARAMETER = "cursor"
_LONGEST = 4000


class Walk(NamedTuple):
    """How a program goes through a list: from where on, how many rows at a time, and whether it wants them counted."""

    cursor: str
    limit: int
    total: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, and the cursors of the pages around it: None at the ends. `total` only if it was asked."""

    items: list[T]
    next: str | None = None
    previous: str | None = None
    total: int | None = None

    @property
    def next_url(self) -> str | None:
        """The address of the next page: this one with its filters and another cursor."""
        return _url(self.next)

    @property
    def prev_url(self) -> str | None:
        """The address of the page before."""
        return _url(self.previous)


def paginate(
    query: Select[Any],
    order: Sequence[ColumnElement[Any]],
    cursor: str | Walk | None = None,
    *,
    scope: Sequence[object],
    limit: int = LIMIT,
) -> Page[Any]:
    """One page of `query`, which has no order and no limit of its own, in one statement.

    Items are entities or values when the query selects one thing, else named tuples. `order` are columns or
    expressions, each plain or `.desc()`, never NULL, the last one unique. `limit` is in rows. Raises Invalid for a
    walk with a cursor that is none of this list's.
    """
    keys = [_Key.of(column) for column in order]
    if isinstance(cursor, Walk):
        return _walked(query, keys, cursor, scope)
    return _page(query, keys, _read(cursor, scope, len(keys)), scope, limit)


def _walked(query: Select[Any], keys: list[_Key], walk: Walk, scope: Sequence[object]) -> Page[Any]:
    place = _read(walk.cursor, scope, len(keys))
    if place is None and walk.cursor:
        raise Invalid("cursor", "This cursor is none of this list with these filters. Begin again without one.")
    page = _onwards(query, keys, place, scope, walk.limit) if place else _first(query, keys, scope, walk.limit)
    if not walk.total:
        return page
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    return replace(page, total=total)


def _page(query: Select[Any], keys: list[_Key], place: _Place | None, scope: Sequence[object], limit: int) -> Page[Any]:
    if place is None:
        return _first(query, keys, scope, limit)
    rows, more = _fetch(query, keys, place, limit)
    # Walking back to the start, or to rows that have gone since: the first page, and a full one.
    if not rows or (place.backwards and not more):
        return _first(query, keys, scope, limit)
    after = _sign(rows[-1].key, False, scope) if more or place.backwards else None
    return Page([row.item for row in rows], after, _sign(rows[0].key, True, scope))


def _onwards(query: Select[Any], keys: list[_Key], place: _Place, scope: Sequence[object], limit: int) -> Page[Any]:
    """The rows past a place and no others: a program that is shown a row again does something twice."""
    rows, more = _fetch(query, keys, place, limit)
    if not rows:
        return Page([])
    after = _sign(rows[-1].key, False, scope) if more or place.backwards else None
    before = _sign(rows[0].key, True, scope) if more or not place.backwards else None
    return Page([row.item for row in rows], after, before)


# -- rows ------------------------------------------------------------------------------------------------------------


class _Key(NamedTuple):
    """A column of the order."""

    column: ColumnElement[Any]
    descending: bool

    @classmethod
    def of(cls, column: ColumnElement[Any]) -> _Key:
        if isinstance(column, UnaryExpression) and column.modifier is desc_op:
            return cls(column.element, True)
        return cls(column, False)


class _Place(NamedTuple):
    """Where a page begins: after these values, or before them."""

    values: tuple[Any, ...]
    backwards: bool


class _Row(NamedTuple):
    item: Any
    key: tuple[Any, ...]


def _first(query: Select[Any], keys: list[_Key], scope: Sequence[object], limit: int) -> Page[Any]:
    rows, more = _fetch(query, keys, None, limit)
    return Page([row.item for row in rows], _sign(rows[-1].key, False, scope) if more else None)


def _fetch(query: Select[Any], keys: list[_Key], place: _Place | None, limit: int) -> tuple[list[_Row], bool]:
    """Up to `limit` rows in reading order, and whether there are more in the direction of the walk."""
    backwards = place is not None and place.backwards
    if place is not None:
        query = query.where(_beyond(keys, place))
    directions = [key.column.desc() if key.descending != backwards else key.column.asc() for key in keys]
    marked = query.add_columns(*(key.column.label(f"page_key_{i}") for i, key in enumerate(keys)))
    found = db.session.execute(marked.order_by(None).order_by(*directions).limit(limit + 1)).all()
    width = len(keys)
    shape = _shape(found[0]._fields[:-width]) if found else tuple
    rows = []
    for row in found[:limit]:
        item = row[0] if len(row) == width + 1 else shape(*row[:-width])  # type: ignore[misc]
        rows.append(_Row(item, tuple(row[-width:])))
    return (rows[::-1] if backwards else rows), len(found) > limit


@cache
def _shape(fields: tuple[str, ...]) -> Callable[..., Any]:
    return namedtuple("Row", fields, rename=True)  # type: ignore[misc]


def _beyond(keys: list[_Key], place: _Place) -> ColumnElement[bool]:
    """Rows past the place: a < x, or a = x and b < y, ...; the first column bounds it so that an index serves."""
    ways: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for key, value in zip(keys, place.values, strict=True):
        bound = literal(value, key.column.type)
        less = key.descending != place.backwards
        ways.append(and_(*equal, key.column < bound if less else key.column > bound))
        equal.append(key.column == bound)
    first, bound = keys[0], literal(place.values[0], keys[0].column.type)
    fence = first.column <= bound if first.descending != place.backwards else first.column >= bound
    return and_(fence, or_(*ways))


# -- cursors ---------------------------------------------------------------------------------------------------------

_WRITE: dict[type, tuple[str, Callable[[Any], Any]]] = {
    str: ("s", str),
    int: ("i", int),
    bool: ("b", bool),
    Decimal: ("n", str),
    uuid.UUID: ("u", str),
    datetime: ("t", lambda value: value.astimezone(UTC).isoformat()),
    date: ("d", date.isoformat),
}
_READ: dict[str, Callable[[Any], Any]] = {
    "s": str,
    "i": int,
    "b": bool,
    "n": Decimal,
    "u": uuid.UUID,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
}


def _sign(values: tuple[Any, ...], backwards: bool, scope: Sequence[object]) -> str:
    written = []
    for value in values:
        mark, write = _WRITE[type(value)]
        written.append([mark, write(value)])
    return str(_signer(scope).dumps([int(backwards), written]))


def _read(cursor: str | None, scope: Sequence[object], width: int) -> _Place | None:
    """The place a cursor stands for; None when it is not one of this list's."""
    if not cursor or len(cursor) > _LONGEST:
        return None
    try:
        backwards, written = _signer(scope).loads(cursor)
        values = tuple(_READ[mark](value) for mark, value in written)
    except (BadData, ValueError, KeyError, TypeError, ArithmeticError):
        return None
    return _Place(values, bool(backwards)) if len(values) == width else None


def _signer(scope: Sequence[object]) -> URLSafeSerializer:
    """A cursor is signed with a key of its own list, so that one of another list does not even open."""
    digest = hashlib.sha256(repr([_stable(part) for part in scope]).encode()).hexdigest()
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="paging:" + digest)


def _stable(part: object) -> str:
    """The same words for the same filters, in whatever order they were typed."""
    return (
        repr(sorted((str(name), str(value)) for name, value in part.items())) if isinstance(part, dict) else str(part)
    )


def _url(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != PARAMETER]
    return f"{request.path}?{urlencode([*kept, (PARAMETER, cursor)])}"
