"""What wants a person's attention. Rooms say what to ask the database and how to put it; the dashboard asks at once.

Every question selects the same five columns, so that all of them together are one statement. What it asks about stands
in parameters: the business, the day it is there, the first of its month, and instants a week, a month and two ago.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    String,
    Text,
    Uuid,
    bindparam,
    cast,
    literal_column,
    null,
    type_coerce,
)

# A day that is not there. PostgreSQL wants to know its type, and SQLite has no such type to cast to.
NO_DAY = type_coerce(cast(null(), Date().with_variant(String(), "sqlite")), Date)


@dataclass(frozen=True, slots=True)
class Attention:
    """`kind` colours the mark ("over", "soon" or ""), `picture` is its icon, `href` leads to where it is settled."""

    title: str
    text: str = ""
    href: str = ""
    kind: str = "over"
    picture: str = "alert-circle"


class Watch(NamedTuple):
    """One thing to look for: the question, and how its answer's rows are put, given today's date at the business."""

    question: Select[Any]
    tell: Callable[[Sequence[Any], date], Iterator[Attention]]


# Each takes the type of the column it is compared with.
BUSINESS, TODAY, MONTH = map(bindparam, ("business_id", "today", "month"))
WEEK_AGO, MONTH_AGO, TWO_MONTHS_AGO = map(bindparam, ("week_ago", "month_ago", "two_months_ago"))


def parameters(business_id: uuid.UUID, today: date, now: datetime) -> dict[str, Any]:
    """What the questions are asked with. `today` is the date in the business's time zone."""
    ago = {f"{name}_ago": now - timedelta(days=days) for name, days in (("week", 7), ("month", 30), ("two_months", 60))}
    return {"business_id": business_id, "today": today, "month": today.replace(day=1), **ago}


def columns(
    number: ColumnElement[Any], words: Any = None, about: Any = None, since: Any = None, about_kind: Any = None
) -> list[ColumnElement[Any]]:
    """What a question selects: how many there are, words about one of them, its object, a date."""
    none = literal_column("''")
    return [
        cast(number, BigInteger).label("number"),
        cast(none if words is None else words, Text).label("words"),
        cast(none if about_kind is None else about_kind, Text).label("about_kind"),
        (cast(null(), Uuid) if about is None else about).label("about"),
        (NO_DAY if since is None else since).label("since"),
    ]
