"""What shapes of the API are made of: what comes in, what goes out, and the types of their fields."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, get_origin

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo

_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
UNREADABLE = "There are characters here that nobody can read."
_RATE = r"^[0-9]{1,6}(\.[0-9]{1,12})?$"


def _tell_true_defaults(schema: dict[str, Any]) -> None:
    """Forget defaults that could not be sent: they only stand where a field that was left out is never looked at."""
    for field in schema.get("properties", {}).values():
        if field.get("default") == "" and field.get("minLength"):
            del field["default"]


class In(BaseModel):
    """What comes in the body: unknown fields are refused, and no type stands for another."""

    model_config = ConfigDict(
        extra="forbid", strict=True, str_strip_whitespace=True, frozen=True, json_schema_extra=_tell_true_defaults
    )


class Query(BaseModel):
    """What comes in the address, as text: unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)
    lists: ClassVar[frozenset[str]] = frozenset()
    """Parameters that may be given more than once."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.lists = frozenset(name for name, field in cls.model_fields.items() if _is_list(field))


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) in (list, tuple)


class Out(BaseModel):
    """What goes out. It is never filled: it says what plain functions write, and tests hold these against it."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)
    goes_out: ClassVar[bool] = True


class MoneyOut(Out):
    """An amount: in major units as text, in minor units, and its currency."""

    amount: str = Field(examples=["1250.00"])
    minor: int = Field(examples=[125000])
    currency: str = Field(examples=["NGN"])


def _decimal(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError('Write numbers as text, so that no digit is lost: "1500.00".')
    text = str(value).strip()
    if not _AMOUNT.fullmatch(text):
        raise ValueError('Write a number with a point and at most 12 digits before and 6 after it: "1500.00".')
    return Decimal(text)


def _rate(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_RATE, value.strip()):
        raise ValueError('Write a rate as text, with at most 6 digits before and 12 after the point: "1533.275".')
    return Decimal(value.strip())


def _clean(text: str) -> str:
    if CONTROLS.search(text):
        raise ValueError(UNREADABLE)
    return text


def _of_our_time(moment: datetime) -> datetime:
    if not 1990 <= moment.year <= 2199:
        raise ValueError("Give a moment from 1990 to 2199.")
    return moment


_NUMBER = {
    "anyOf": [
        {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"},
        {"type": "integer", "minimum": -999_999_999_999, "maximum": 999_999_999_999},
    ],
    "examples": ["1500.00"],
}
Amount = Annotated[Decimal, BeforeValidator(_decimal), WithJsonSchema(_NUMBER)]
"""A decimal in major units (or a quantity, a rate), as text or a whole number; never a JSON fraction."""
Rate = Annotated[
    Decimal,
    BeforeValidator(_rate),
    WithJsonSchema({"type": "string", "pattern": _RATE, "examples": ["1533.275"]}),
]
"""What one unit of a currency is worth in another, as text."""
Clean = AfterValidator(_clean)
Text = Annotated[str, StringConstraints(max_length=200), Clean]
Currency = Annotated[str, StringConstraints(max_length=3, to_upper=True)]
"""A code of ISO 4217, in letters of either size."""
Email = Annotated[str, StringConstraints(max_length=254), Clean, WithJsonSchema({"type": "string", "maxLength": 254})]
Count = Annotated[int, Field(ge=0, le=10**9)]
Version = Annotated[int, Field(ge=1, le=2**31)]


Since = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
"""A moment with its time zone, of the years for which a zone cannot carry it past the ends of the calendar."""


def instant(value: datetime | None) -> str | None:
    """A moment as it goes out: 2026-11-20T10:30:00Z."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Pagination(Out):
    """Where a list goes on: cursors of the pages after and before, and how many there are if that was asked."""

    limit: int
    next: str | None
    previous: str | None
    total: int | None


class Answer(Out):
    """What every answer carries."""

    success: Literal[True]
    message: str
    timestamp: datetime


class Failure(Out):
    """Why not: a code for programs, a sentence for people, and sentences for fields by their path."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)
    success: Literal[False]
    message: str
    code: str
    errors: dict[str, list[str]]
    request_id: str
    timestamp: datetime
    current: Any = Field(default=None, description="What stands now, where that is what kept it from being done.")
