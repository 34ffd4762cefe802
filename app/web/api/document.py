"""The OpenAPI document, made from the code: what operations declare, and what is true of all of them."""

from __future__ import annotations

import json
from typing import Any

from apiflask import APIFlask
from flask import current_app

from app.web.api.manners import VERSION
from app.web.api.operations import Operation
from app.web.api.reading import Adapter
from app.web.api.shapes import Failure
from app.web.envelope import CODES

DESCRIPTION = """Everything staff can do, a program can do. Answers are JSON in one envelope; money is text, so that no
cent is lost. Sign in with a token: `Authorization: Bearer duely_...`."""
FAILURES = {
    400: "What was sent cannot be read.",
    401: "There is no token, or it holds no more.",
    403: "The token or the role does not allow this.",
    404: "There is nothing here that this token may see.",
    405: "This cannot be done with it.",
    409: "It is not in a state in which this can be done.",
    412: "It was changed since: `current` is how it stands now.",
    413: "This is more than 256 KB.",
    415: "This is no JSON.",
    422: "Something that was sent cannot be used; `errors` says what, by its path.",
    429: "Too many requests: wait as long as Retry-After says.",
    503: "This cannot be answered at the moment.",
}
HEADERS = {
    "API-Version": ("The version of the API that answered.", {"type": "string", "examples": [VERSION]}),
    "X-Request-ID": ("What this request is called in our log.", {"type": "string"}),
}
_GOING = {
    "Deprecation": {"description": "Since when this is deprecated (RFC 9745).", "schema": {"type": "string"}},
    "Sunset": {"description": "When it is gone (RFC 8594).", "schema": {"type": "string"}},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A text of your own for this request: asked again with it within a day, it is not done again, "
    "and answers the same words.",
    "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,100}$"},
}
MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The version that was read (its ETag): 412 when it was changed since.",
    "schema": {"type": "string", "pattern": r'^("[0-9]{1,9}"|\*)$'},
}


def document() -> dict[str, Any]:
    """The whole document of this application."""
    found: dict[str, Any] = json.loads(text())
    return found


def text() -> str:
    """The same as JSON text, made once; applications with the same operations have the same one."""
    views = current_app.view_functions
    operations = frozenset(view for view in views.values() if getattr(view, "operation_id", None))
    if operations not in _TEXTS:
        _TEXTS[operations] = _made(current_app._get_current_object())  # type: ignore[attr-defined]
    return _TEXTS[operations]


_TEXTS: dict[frozenset[Any], str] = {}


def _made(app: APIFlask) -> str:
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.config["AUTO_404_RESPONSE"] = app.config["AUTO_200_RESPONSE"] = False
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = app.config["AUTO_AUTH_ERROR_RESPONSE"] = False
    app.config["AUTO_SERVERS"] = False
    app.schema_name_resolver = lambda shape: shape.__name__
    Adapter.definitions.clear()
    spec: dict[str, Any] = app._generate_spec().to_dict()
    operations = {
        view.operation_id: view for view in app.view_functions.values() if getattr(view, "operation_id", None)
    }
    for path, verbs in spec["paths"].items():
        for verb, said in verbs.items():
            _complete(path, verb, said, operations[said["operationId"]].operation)
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas["Failure"] = Adapter(Failure).get_openapi_schema()
    schemas.update({name: shape for name, shape in Adapter.definitions.items() if name not in schemas})
    spec["components"]["schemas"] = dict(sorted(schemas.items()))
    spec["components"]["responses"] = {f"Failure{status}": _failure(status) for status in FAILURES}
    spec["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "duely_..."}}
    spec["info"] = {"title": "Duely", "version": VERSION, "description": " ".join(DESCRIPTION.split())}
    spec["servers"] = [{"url": "/"}]
    spec["paths"] = dict(sorted(spec["paths"].items()))
    return json.dumps(spec, ensure_ascii=False)


def _complete(path: str, verb: str, said: dict[str, Any], declared: Operation) -> None:
    """What an operation did not say itself: how it fails, headers, and what a token needs for it."""
    said["security"] = [] if declared.role == "public" else [{"token": []}]
    if declared.scope:
        said["x-scope"] = declared.scope
    said["x-role"] = declared.role
    _add_parameters(verb, said, declared)
    if declared.takes is not None:
        said["requestBody"]["required"] = any(field.is_required() for field in declared.takes.model_fields.values())
    _add_answers(path, verb, said, declared)


def _add_parameters(verb: str, said: dict[str, Any], declared: Operation) -> None:
    """Headers that an operation understands, and what stands beside each parameter."""
    parameters = said.setdefault("parameters", [])
    if verb == "post" and declared.role != "public":
        parameters.append(KEY)
    if declared.versioned and verb != "get":
        parameters.append(MATCH)
    for parameter in parameters:
        _tidy(parameter)


def _add_answers(path: str, verb: str, said: dict[str, Any], declared: Operation) -> None:
    """Answers besides the usual one, and how an operation fails."""
    answers = said["responses"]
    for status, sentence in declared.also.items():
        if status < 400:
            answers[str(status)] = {**_same(said, declared), "description": sentence}
    for status_text, answer in answers.items():
        _finish(answer, declared.media if status_text == str(declared.status) else "application/json")
    for status in _failures(path, verb, declared):
        answers[str(status)] = {"$ref": f"#/components/responses/Failure{status}"}
    for status, sentence in declared.also.items():
        if status >= 400:
            answers[str(status)] = {**_failure(status), "description": sentence}
    if declared.deprecated is not None:
        for answer in answers.values():
            answer.get("headers", {}).update(_GOING)


def _finish(answer: dict[str, Any], media: str) -> None:
    """The headers of an answer, and the type of one that is a file."""
    answer["headers"] = _headers()
    if media != "application/json" and "content" in answer:
        answer["content"] = {media: {"schema": {"type": "string", "format": "binary"}}}


def _same(said: dict[str, Any], declared: Operation) -> dict[str, Any]:
    """The content of an operation's usual answer."""
    return {"content": said["responses"][str(declared.status)]["content"]}


def _tidy(parameter: dict[str, Any]) -> None:
    """Ids in paths are UUIDs, and what pydantic says of a parameter stands beside its schema."""
    schema = parameter.get("schema", {})
    if parameter["in"] == "path" and parameter["name"].endswith("_id"):
        parameter["schema"] = {"type": "string", "format": "uuid"}
    if "description" in schema:
        parameter["description"] = schema.pop("description")
    schema.pop("title", None)


def _failures(path: str, verb: str, declared: Operation) -> list[int]:
    found = {400, 422, 429, 503}
    if declared.role != "public":
        found |= {401, 403}
    if "{" in path:
        found.add(404)
    if verb != "get":
        found |= {409, 413, 415, 404}
    if declared.versioned and verb != "get":
        found.add(412)
    return sorted(found)


def _failure(status: int) -> dict[str, Any]:
    example = {
        "success": False,
        "message": FAILURES[status],
        "code": _code(status),
        "errors": {"lines.0.quantity": ["This is needed."]} if status == 422 else {},
        "request_id": "6f1c2b9e0d3a4f57",
        "timestamp": "2026-11-20T10:30:00Z",
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}, "example": example}}
    headers = _headers()
    if status in (429, 503):
        headers["Retry-After"] = {"description": "In how many seconds to ask again.", "schema": {"type": "integer"}}
    return {"description": FAILURES[status], "content": content, "headers": headers}


def _code(status: int) -> str:
    return CODES[status]


def _headers() -> dict[str, Any]:
    return {name: {"description": said, "schema": schema} for name, (said, schema) in HEADERS.items()}
