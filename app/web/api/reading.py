"""What a program sent, read strictly: one JSON value of a sane size and depth, every name once, every number finite."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from apiflask.schema_adapters.pydantic import PydanticAdapter
from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from app.errors import Invalid
from app.web.api.shapes import CONTROLS, UNREADABLE

LONGEST = 256 * 1024
DEEPEST = 20
# Possessive, and good for a text that never ends: whatever comes, each byte is looked at once.
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")

# What pydantic calls it, and what people read; the rest is said in its own words.
SENTENCES = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no such field here.",
    "string_type": "Write this as text.",
    "string_too_long": "Use at most {max_length} characters.",
    "string_too_short": "Use at least {min_length} characters.",
    "int_type": "Write a whole number.",
    "int_parsing": "Write a whole number.",
    "bool_type": "Say true or false.",
    "bool_parsing": "Say true or false.",
    "list_type": "Write a list.",
    "tuple_type": "Write a list.",
    "model_type": "Write an object.",
    "model_attributes_type": "Write an object.",
    "too_long": "Give at most {max_length}.",
    "too_short": "Give at least {min_length}.",
    "uuid_parsing": "This is not an id.",
    "uuid_type": "This is not an id.",
    "date_type": "Write a day as YYYY-MM-DD.",
    "date_parsing": "Write a day as YYYY-MM-DD.",
    "date_from_datetime_parsing": "Write a day as YYYY-MM-DD.",
    "datetime_type": "Write a moment as 2026-11-20T10:30:00Z.",
    "datetime_parsing": "Write a moment as 2026-11-20T10:30:00Z.",
    "datetime_from_date_parsing": "Write a moment as 2026-11-20T10:30:00Z.",
    "timezone_aware": "Say in which time zone: 2026-11-20T10:30:00Z.",
    "literal_error": "Choose {expected}.",
    "greater_than_equal": "At least {ge}.",
    "less_than_equal": "At most {le}.",
    "greater_than": "More than {gt}.",
}


class Adapter(PydanticAdapter):
    """Checks what came against a model, strictly; what goes out was written by us and is not read again."""

    definitions: dict[str, dict[str, Any]] = {}
    """Schemas of the document by name; the document is made once and takes them from here."""

    def validate_input(self, request: Request, location: str, **_: Any) -> BaseModel:
        """The model of a body or of a query. Raises Invalid, and what `body_of` raises."""
        try:
            if location == "query":
                return self.model_class.model_validate(_query(request, self.model_class))
            return self.model_class.model_validate_json(body_of(request))
        except ValidationError as error:
            raise Invalid(_sentences(error)) from None

    def serialize_output(self, data: Any, many: bool = False) -> Any:
        """As it is."""
        return data

    def get_openapi_schema(self, **_: Any) -> dict[str, Any]:
        """The model's schema; models inside it go among the document's components under their own names."""
        mode = "serialization" if getattr(self.model_class, "goes_out", False) else "validation"
        schema = self.model_class.model_json_schema(ref_template="#/components/schemas/{model}", mode=mode)  # type: ignore[arg-type]
        for name, inner in schema.pop("$defs", {}).items():
            known = self.definitions.setdefault(name, inner)
            if known != inner:
                raise ValueError(f"two shapes are called {name}")
        return schema


def body_of(request: Request) -> bytes:
    """The JSON text of a request; an empty object where nothing was sent.

    Raises UnsupportedMediaType, RequestEntityTooLarge, BadRequest.
    """
    request.max_content_length = LONGEST
    if request.content_length is not None and request.content_length > LONGEST:
        raise RequestEntityTooLarge
    raw = request.get_data(cache=True)
    if not raw.strip() and not request.mimetype:
        return b"{}"
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON: Content-Type: application/json.")
    if not raw.strip():
        return b"{}"
    check_json(raw)
    return raw


def check_json(raw: bytes) -> None:
    """Refuse what is no strict JSON. Raises BadRequest with a sentence, and Invalid for texts nobody can read."""
    if _depth(raw) > DEEPEST:
        raise BadRequest(f"This is nested more than {DEEPEST} deep.")
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise BadRequest("This is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except (ValueError, RecursionError) as error:
        raise BadRequest(str(error) or "This is not JSON.") from None
    if unread := {path or "body": [UNREADABLE] for path in _unreadable(found, ())}:
        raise Invalid(unread)


def _unreadable(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """The paths of texts with characters that no database keeps and nobody can read."""
    if isinstance(value, str) and CONTROLS.search(value):
        yield ".".join(path)
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from _unreadable(inner, (*path, str(name)))


def _depth(raw: bytes) -> int:
    """How deep lists and objects stand in each other; what stands in texts does not count."""
    deepest = depth = 0
    for byte in _TEXTS.sub(b"", raw).translate(None, _NO_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"“{twice[:60]}” is there twice.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON.")


def _query(request: Request, model: type[BaseModel]) -> dict[str, Any]:
    """Parameters of an address by name: lists where the model takes lists, else each at most once. Raises Invalid."""
    lists: frozenset[str] = getattr(model, "lists", frozenset())
    found: dict[str, Any] = {}
    for name, values in request.args.lists():
        if name in lists:
            found[name] = values
        elif len(values) > 1:
            raise Invalid(name, "Give this once.")
        elif CONTROLS.search(values[0]):
            raise Invalid(name, UNREADABLE)
        else:
            found[name] = values[0]
    return found


def _sentences(error: ValidationError) -> Mapping[str, list[str]]:
    """{path: sentences}, such as {"lines.0.quantity": ["This is needed."]}."""
    found: dict[str, list[str]] = {}
    for one in error.errors(include_url=False, include_input=False):
        path = ".".join(str(step) for step in one["loc"] if not str(step).startswith(("function-", "tagged-union")))
        context = one.get("ctx", {})
        if one["type"] == "value_error":
            sentence = str(context.get("error", one["msg"]))
        else:
            known = SENTENCES.get(one["type"])
            sentence = known.format(**context) if known else one["msg"].rstrip(".") + "."
        found.setdefault(path or "body", []).append(sentence)
    return found
