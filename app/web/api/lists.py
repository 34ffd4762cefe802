"""Lists: a page at a time, on from a signed cursor; how many there are only if that is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Response
from pydantic import Field

from app.web.api.shapes import Query
from app.web.envelope import told
from app.web.paging import Page, Walk

T = TypeVar("T")
LIMIT = 50


class ListQuery(Query):
    """What every list takes."""

    limit: int = Field(LIMIT, ge=1, le=100, description="How many to a page.")
    cursor: str = Field("", max_length=4000, description="`next` or `previous` of an earlier answer to the same list.")
    total: bool = Field(False, description="Whether to say how many there are in all.")

    @property
    def walk(self) -> Walk:
        """Where a list is to go on, as `paginate` takes it."""
        return Walk(self.cursor, self.limit, self.total)


def paged(page: Page[T], asked: ListQuery, write: Callable[[T], Any]) -> Response:
    """A page of a list, each item written by a function."""
    around = {"limit": asked.limit, "next": page.next, "previous": page.previous, "total": page.total}
    return told([write(item) for item in page.items], pagination=around)


def entire(items: Sequence[Any]) -> Response:
    """A list that is so short that it has no pages."""
    return told(list(items))
