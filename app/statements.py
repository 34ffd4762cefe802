"""Statements asked again and again are put together once, with what never changes in them written into them."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import BindParameter, Executable, bindparam, literal_column
from sqlalchemy.sql import visitors

S = TypeVar("S", bound=Executable)
# Whom a statement is about, named when it is asked. It takes the type of the column it is compared with.
BUSINESS = bindparam("business_id")


def built(statement: S) -> S:
    """The statement with its constants (words and whole numbers) as part of its text; named parameters stay.

    A constant that travels as a parameter is converted and sent with every question, and the database has to plan for
    any value of it. Only for statements made once: one that is made for each question must never come through here.
    """
    return visitors.replacement_traverse(statement, {}, _written)  # type: ignore[type-var]


def _written(element: Any, **_: Any) -> Any:
    if not isinstance(element, BindParameter) or not element.unique:
        return None
    value = element.value
    if element.expanding:
        return literal_column(f"({', '.join(map(_literal, value))})") if all(map(_plain, value)) else None
    return literal_column(_literal(value), element.type) if _plain(value) else None


def _plain(value: Any) -> bool:
    return type(value) in (str, int) and "\\" not in str(value)


def _literal(value: str | int) -> str:
    # A percent sign and a colon mean something to drivers and to text; constants of ours have none.
    if isinstance(value, int):
        return str(value)
    if not value.isprintable() or "%" in value or ":" in value:
        raise ValueError(f"{value!r} is no plain constant")
    return "'" + value.replace("'", "''") + "'"
