"""The forms that people fill are what checks a program's words, too: no rule of a field is written twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form

from app.errors import Invalid, NotFound

AnyForm = TypeVar("AnyForm", bound=Form)


def typed(values: Mapping[str, Any]) -> MultiDict[str, str]:
    """Values as a browser would send them: rows of lists as `lines-0-title`, what is true as "y", nothing as ""."""
    return MultiDict(_pairs(values, ""))


def _pairs(values: Mapping[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, bool):
            if value:
                yield before + name, "y"
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for place, row in enumerate(value):
                if isinstance(row, Mapping):
                    yield from _pairs(row, f"{before}{name}-{place}-")
                else:
                    yield before + name, _said(row)
        else:
            yield before + name, _said(value)


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def filled(
    form: type[AnyForm],
    values: Mapping[str, Any],
    *,
    names: Mapping[str, str] | None = None,
    prepare: Callable[[AnyForm], object] | None = None,
    **more: Any,
) -> AnyForm:
    """A form that was filled with these values, and checked. `names` is what programs call a field, where it differs.

    `prepare` is called before the check: for forms that are told a currency, or what there is to choose from.

    Raises Invalid with the sentences people would read, by the path of what was sent.
    """
    if issubclass(form, FlaskForm):
        more["meta"] = {"csrf": False}
    made = form(typed(values), **more)
    if prepare is not None:
        prepare(made)
    if not made.validate():
        raise refusal(made, names)
    return made


@contextmanager
def named_in(path: str, sentence: str) -> Iterator[None]:
    """What is not found in here was named in the body, by that path: not the address is wrong. Raises Invalid."""
    try:
        yield
    except NotFound as error:
        raise Invalid(path, sentence) from error


def refusal(form: Form, names: Mapping[str, str] | None = None) -> Invalid:
    """What stands beside the fields of a form, by the path of what was sent."""
    return Invalid(dict(_paths(form.errors, names or {})))


def _paths(found: Any, names: Mapping[str, str], before: str = "") -> Iterator[tuple[str, list[str]]]:
    for name, errors in found.items():
        path = before + names.get(name, name) if name else (before or "body")
        if isinstance(errors, Mapping):
            yield from _paths(errors, names, path + ".")
        elif errors and any(isinstance(one, Mapping) for one in errors):
            for place, one in enumerate(errors):
                if isinstance(one, Mapping):
                    yield from _paths(one, names, f"{path}.{place}.")
        else:
            sentences = [str(one) for one in errors if one]
            if sentences:
                yield path, sentences
