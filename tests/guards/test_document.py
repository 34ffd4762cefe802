"""The OpenAPI document: every route of the API is in it, with examples, and it is one that tools can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from app.web.api import document
from app.web.api.shapes import In, Out, Query
from tests.guards.route_access import NO_OPERATION
from tests.guards.sweeping import ACCESS, complain, is_api, routes

VERBS = {"get", "put", "post", "delete", "patch"}
SHAPES: dict[str, Any] = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components", "servers"],
    "additionalProperties": False,
    "properties": {
        "openapi": {"const": "3.1.0"},
        "info": {
            "type": "object",
            "required": ["title", "version"],
            "properties": {"title": {"type": "string"}, "version": {"type": "string"}},
        },
        "servers": {"type": "array", "items": {"required": ["url"], "properties": {"url": {"type": "string"}}}},
        "tags": {"type": "array", "items": {"required": ["name"], "properties": {"name": {"type": "string"}}}},
        "paths": {
            "propertyNames": {"pattern": "^/api/"},
            "additionalProperties": {
                "propertyNames": {"enum": sorted({*VERBS, "parameters"})},
                "additionalProperties": {"anyOf": [{"$ref": "#/$defs/operation"}, {"$ref": "#/$defs/parameters"}]},
            },
        },
        "components": {
            "propertyNames": {"enum": ["schemas", "responses", "securitySchemes", "parameters", "headers"]},
            "properties": {
                "schemas": {"propertyNames": {"pattern": "^[A-Za-z0-9._-]+$"}},
                "responses": {"additionalProperties": {"$ref": "#/$defs/response"}},
                "securitySchemes": {"additionalProperties": {"required": ["type"]}},
            },
        },
    },
    "$defs": {
        "operation": {
            "type": "object",
            "required": ["operationId", "summary", "responses", "security", "tags"],
            "propertyNames": {
                "pattern": "^(operationId|summary|description|tags|parameters|requestBody|responses|security|deprecated"
                "|callbacks|servers|externalDocs|x-.*)$"
            },
            "properties": {
                "operationId": {"type": "string", "pattern": "^[a-z][a-z0-9_]+$"},
                "summary": {"type": "string", "minLength": 3},
                "description": {"type": "string", "minLength": 3},
                "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "parameters": {"$ref": "#/$defs/parameters"},
                "requestBody": {
                    "type": "object",
                    "required": ["content"],
                    "properties": {
                        "content": {"$ref": "#/$defs/content"},
                        "required": {"type": "boolean"},
                        "description": {"type": "string"},
                    },
                    "additionalProperties": False,
                },
                "responses": {
                    "minProperties": 1,
                    "propertyNames": {"pattern": "^([1-5][0-9]{2}|default)$"},
                    "additionalProperties": {"anyOf": [{"$ref": "#/$defs/pointer"}, {"$ref": "#/$defs/response"}]},
                },
                "security": {"type": "array", "items": {"additionalProperties": {"type": "array"}}},
            },
        },
        "parameters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "in", "schema"],
                "properties": {
                    "name": {"type": "string"},
                    "in": {"enum": ["path", "query", "header"]},
                    "required": {"type": "boolean"},
                    "deprecated": {"type": "boolean"},
                    "description": {"type": "string"},
                },
                "if": {"properties": {"in": {"const": "path"}}},
                "then": {"required": ["required"], "properties": {"required": {"const": True}}},
            },
        },
        "response": {
            "type": "object",
            "required": ["description"],
            "properties": {
                "description": {"type": "string", "minLength": 2},
                "content": {"$ref": "#/$defs/content"},
                "headers": {"additionalProperties": {"type": "object", "required": ["schema"]}},
            },
            "additionalProperties": False,
        },
        "content": {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z]+/[a-z0-9.+-]+$"},
            "additionalProperties": {
                "required": ["schema"],
                "propertyNames": {"enum": ["schema", "example", "examples", "encoding"]},
            },
        },
        "pointer": {"type": "object", "required": ["$ref"], "maxProperties": 1},
    },
}
"""The shapes of OpenAPI 3.1 as far as we use it: https://spec.openapis.org/oas/v3.1.0, section 4.8."""


@pytest.fixture
def spec(app) -> dict[str, Any]:
    with app.app_context():
        return document.document()


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(verb, path, what is said) of every operation."""
    for path, verbs in spec["paths"].items():
        for verb, said in verbs.items():
            if verb in VERBS:
                yield verb, path, said


def test_every_route_of_the_api_is_in_it(app, spec):
    problems = []
    for route in filter(is_api, routes(app)):
        path = re.sub(r"<(?:[^:<>]*:)?(\w+)>", r"{\1}", route.rule.rule)
        if route.endpoint not in NO_OPERATION and route.method.lower() not in spec["paths"].get(path, {}):
            problems.append(f"{route} is no operation; if it is to be none, say why in NO_OPERATION of {ACCESS}")
    complain(problems)


def test_every_operation_is_said_in_words_and_shown_by_examples(app, spec):
    declared = {view.operation_id: view.operation for view in _views(app)}
    problems = []
    for verb, path, said in operations(spec):
        what, answer = declared[said["operationId"]], said["responses"][str(declared[said["operationId"]].status)]
        if not said.get("description"):
            problems.append(f"{verb} {path} has no description: write a docstring")
        content = answer["content"].get("application/json")
        if content and "example" not in content and not _is_nothing(spec, content["schema"]):
            problems.append(f"{verb} {path} shows no example of its answer")
        if what.takes is not None and not what.takes_example:
            problems.append(f"{verb} {path} shows no example of what it takes")
    complain(problems)


def test_every_example_has_the_shape_it_is_an_example_of(spec):
    problems = []
    for verb, path, said in operations(spec):
        contents = [answer.get("content", {}) for answer in said["responses"].values()]
        for content in [*contents, said.get("requestBody", {}).get("content", {})]:
            for media in content.values():
                if "example" in media:
                    checker = Draft202012Validator({**media["schema"], "components": spec["components"]})
                    wrong = [
                        f"{'.'.join(map(str, e.path))}: {e.message}" for e in checker.iter_errors(media["example"])
                    ]
                    problems += [f"{verb} {path}: {one}" for one in wrong]
    complain(problems)


def test_it_is_a_document_of_openapi_3_1(spec):
    complain(
        [f"{'/'.join(map(str, e.path))}: {e.message[:300]}" for e in Draft202012Validator(SHAPES).iter_errors(spec)]
    )
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for verb, path, said in operations(spec):
        named = [one["name"] for one in said.get("parameters", []) if one["in"] == "path"]
        assert sorted(named) == sorted(re.findall(r"{(\w+)}", path)), f"{verb} {path}"
        every = [(one["in"], one["name"]) for one in said.get("parameters", [])]
        assert len(set(every)) == len(every), f"{verb} {path} has a parameter twice"
        for one in said.get("parameters", []):
            Draft202012Validator.check_schema(one["schema"])
        assert {name for one in said["security"] for name in one} <= set(spec["components"]["securitySchemes"])


def test_whatever_it_points_to_is_there(spec):
    missing = []
    for pointer in _pointers(spec):
        place: Any = spec
        for step in pointer.removeprefix("#/").split("/"):
            place = place.get(step) if isinstance(place, dict) else None
        if place is None:
            missing.append(pointer)
    assert missing == []


def test_no_name_stands_for_two_operations_or_two_shapes(app, spec):
    ids = [said["operationId"] for _, _, said in operations(spec)]
    complain([f"two operations are called {name}" for name in sorted({one for one in ids if ids.count(one) > 1})])
    views = [view.operation_id for view in _views(app)]
    complain([f"two operations are called {name}" for name in sorted({one for one in views if views.count(one) > 1})])
    shapes = [shape for kind in (In, Out, Query) for shape in _below(kind) if shape.__module__.startswith("app.")]
    names = [shape.__name__ for shape in shapes]
    complain([f"two shapes are called {name}" for name in sorted({one for one in names if names.count(one) > 1})])


def test_every_shape_refuses_what_it_does_not_know(spec):
    """No field gets in by not being forbidden."""
    objects = {name: one for name, one in spec["components"]["schemas"].items() if one.get("type") == "object"}
    complain([f"{name} lets in fields it does not know" for name, one in objects.items()
              if one.get("additionalProperties") is not False])  # fmt: skip


def _wrong(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value, by its path."""
    errors = Draft202012Validator(schema).iter_errors(value)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in errors]


def _views(app: Any) -> list[Any]:
    return [view for view in app.view_functions.values() if getattr(view, "operation_id", None)]


def _is_nothing(spec: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether an answer carries no data, so that there is nothing to show."""
    name = schema.get("$ref", "").rpartition("/")[2]
    shape = spec["components"]["schemas"].get(name, schema)
    return bool(shape.get("properties", {}).get("data", {}).get("type") == "null")


def _pointers(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _pointers(each)
    elif isinstance(value, list):
        for each in value:
            yield from _pointers(each)


def _below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for shape in kind.__subclasses__():
        yield shape
        yield from _below(shape)
