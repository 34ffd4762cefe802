"""Each kind of change that breaks a program is found, and what breaks nobody is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.guards.breaking import breaks

Document = dict[str, Any]
BASE: Document = {
    "paths": {
        "/api/things/": {
            "get": {
                "operationId": "list_things",
                "x-scope": "things:read",
                "x-role": "viewer",
                "parameters": [
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["name", "-name"]}},
                    {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 200}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingOut"}}}},
                    "202": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingOut"}}}},
                },
            },
            "post": {
                "operationId": "add_thing",
                "x-scope": "things:write",
                "x-role": "staff",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingIn"}}}},
                "responses": {
                    "201": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingOut"}}}}
                },
            },
        }
    },
    "components": {
        "schemas": {
            "ThingIn": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 200},
                    "kind": {"enum": ["a", "b"], "type": "string", "default": "a"},
                    "count": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]},
                    "parts": {"type": "array", "maxItems": 5, "items": {"$ref": "#/components/schemas/PartIn"}},
                },
            },
            "PartIn": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"code": {"type": "string", "pattern": "^[a-z]+$"}},
            },
            "ThingOut": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "state", "parent"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "state": {"enum": ["open", "done"], "type": "string"},
                    "note": {"type": "string"},
                    "seen": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "parent": {"anyOf": [{"$ref": "#/components/schemas/ThingOut"}, {"type": "null"}]},
                },
            },
            "Failure": {
                "type": "object",
                "required": ["code"],
                "properties": {"code": {"type": "string"}, "current": {}},
            },
        }
    },
}


def get(one: Document) -> Any:
    return one["paths"]["/api/things/"]["get"]


def post(one: Document) -> Any:
    return one["paths"]["/api/things/"]["post"]


def taken(one: Document) -> Any:
    return one["components"]["schemas"]["ThingIn"]


def told(one: Document) -> Any:
    return one["components"]["schemas"]["ThingOut"]


def changed(change: Callable[[Document], Any]) -> Document:
    new = copy.deepcopy(BASE)
    change(new)
    return new


BREAKS: dict[str, Callable[[Document], Any]] = {
    "GET /api/things/ is gone": lambda new: new["paths"]["/api/things/"].pop("get"),
    "GET /api/things/ is called all_things": lambda new: get(new).update(operationId="all_things"),
    "GET /api/things/ needs the scope other:read": lambda new: get(new).update({"x-scope": "other:read"}),
    "GET /api/things/ needs the role admin": lambda new: get(new).update({"x-role": "admin"}),
    "GET /api/things/ query parameter q: is gone": lambda new: get(new)["parameters"].pop(),
    "GET /api/things/ query parameter sort: '-name' is not taken any more": lambda new: get(new)["parameters"][0][
        "schema"
    ].update(enum=["name"]),
    "GET /api/things/ query parameter q: maxLength is 100 and was 200": lambda new: get(new)["parameters"][1][
        "schema"
    ].update(maxLength=100),
    "GET /api/things/ query parameter q: is needed now": lambda new: get(new)["parameters"][1].update(required=True),
    "GET /api/things/ query parameter since: is needed now": lambda new: get(new)["parameters"].append(
        {"name": "since", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "GET /api/things/ 202: is never answered any more": lambda new: get(new)["responses"].pop("202"),
    "GET /api/things/ 200: application/json is not answered": lambda new: get(new)["responses"]["200"].update(
        content={"text/csv": {"schema": {"type": "string"}}}
    ),
    "POST /api/things/ body: is needed now": lambda new: post(new)["requestBody"].update(required=True),
    "POST /api/things/ body: application/json is not taken": lambda new: post(new).pop("requestBody"),
    "POST /api/things/ body.kind: is needed now": lambda new: taken(new)["required"].append("kind"),
    "POST /api/things/ body.place: is needed now": lambda new: (
        taken(new)["required"].append("place"),
        taken(new)["properties"].update(place={"type": "string"}),
    ),
    "POST /api/things/ body.kind: is refused now": lambda new: taken(new)["properties"].pop("kind"),
    "POST /api/things/ body.kind: 'b' is not taken any more": lambda new: taken(new)["properties"]["kind"].update(
        enum=["a", "c"]
    ),
    "POST /api/things/ body.kind: left out, it is 'b' and was 'a'": lambda new: taken(new)["properties"]["kind"].update(
        default="b"
    ),
    "POST /api/things/ body.name: only ['x'] are taken now": lambda new: taken(new)["properties"]["name"].update(
        enum=["x"]
    ),
    "POST /api/things/ body.name: minLength is 2 and was 1": lambda new: taken(new)["properties"]["name"].update(
        minLength=2
    ),
    "POST /api/things/ body.name: string is not taken any more, but integer": lambda new: taken(new)[
        "properties"
    ].update(name={"type": "integer"}),
    "POST /api/things/ body.count: null is not taken any more, but integer": lambda new: taken(new)[
        "properties"
    ].update(count={"type": "integer"}),
    "POST /api/things/ body.count: minimum is 1 and was 0": lambda new: taken(new)["properties"]["count"]["anyOf"][
        0
    ].update(minimum=1),
    "POST /api/things/ body.parts: maxItems is 4 and was 5": lambda new: taken(new)["properties"]["parts"].update(
        maxItems=4
    ),
    "POST /api/things/ body.parts[].code: pattern is '^[a-c]+$'": lambda new: new["components"]["schemas"]["PartIn"][
        "properties"
    ]["code"].update(pattern="^[a-c]+$"),
    "GET /api/things/ 200.state: is gone": lambda new: (
        told(new)["required"].remove("state"),
        told(new)["properties"].pop("state"),
    ),
    "GET /api/things/ 200.note: is gone": lambda new: told(new)["properties"].pop("note"),
    "GET /api/things/ 200.state: is not always there any more": lambda new: told(new)["required"].remove("state"),
    "GET /api/things/ 200.state: may be 'lost' now": lambda new: told(new)["properties"]["state"].update(
        enum=["open", "done", "lost"]
    ),
    "GET /api/things/ 200.state: may be anything now": lambda new: told(new)["properties"]["state"].pop("enum"),
    "GET /api/things/ 200.note: may be null now, and was string": lambda new: told(new)["properties"].update(
        note={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "GET /api/things/ 200.id: may be integer now": lambda new: told(new)["properties"].update(id={"type": "integer"}),
    "GET /api/things/ 200.id: format was 'uuid'": lambda new: told(new)["properties"]["id"].pop("format"),
    "GET /api/things/ 200.seen.*: may be string now": lambda new: told(new)["properties"]["seen"].update(
        additionalProperties={"type": "string"}
    ),
    "every failure: .code: is gone": lambda new: (
        new["components"]["schemas"]["Failure"].update(required=[]),
        new["components"]["schemas"]["Failure"]["properties"].pop("code"),
    ),
}


@pytest.mark.parametrize("sentence", BREAKS)
def test_what_breaks_a_program_is_found(sentence):
    found = breaks(BASE, changed(BREAKS[sentence]))
    assert any(one.startswith(sentence) for one in found), found


HARMLESS: dict[str, Callable[[Document], Any]] = {
    "nothing": lambda new: None,
    "another operation": lambda new: new["paths"].update({"/api/more/": {"get": {}}}),
    "another verb": lambda new: new["paths"]["/api/things/"].update(delete={"operationId": "remove_thing"}),
    "a lesser role": lambda new: post(new).update({"x-role": "viewer"}),
    "no scope any more": lambda new: post(new).pop("x-scope"),
    "another optional parameter": lambda new: get(new)["parameters"].append(
        {"name": "since", "in": "query", "schema": {"type": "string"}}
    ),
    "another way to sort": lambda new: get(new)["parameters"][0]["schema"]["enum"].append("age"),
    "longer words": lambda new: taken(new)["properties"]["name"].update(maxLength=500),
    "an optional field to send": lambda new: taken(new)["properties"].update(place={"type": "string"}),
    "a field that is needed no more": lambda new: taken(new).update(required=[]),
    "null may be sent": lambda new: taken(new)["properties"].update(
        name={"anyOf": [{"type": "string", "minLength": 1, "maxLength": 200}, {"type": "null"}]}
    ),
    "a broader number": lambda new: taken(new)["properties"].update(
        count={"anyOf": [{"type": "number", "minimum": -1}, {"type": "null"}]}
    ),
    "another field in answers": lambda new: (
        told(new)["properties"].update(place={"type": "string"}),
        told(new)["required"].append("place"),
    ),
    "a field that is always there now": lambda new: told(new)["required"].append("note"),
    "a state that comes no more": lambda new: told(new)["properties"]["state"].update(enum=["open"]),
    "a parent that is never null": lambda new: told(new)["properties"].update(
        parent={"$ref": "#/components/schemas/ThingOut"}
    ),
    "another answer": lambda new: post(new)["responses"].update({"200": {}}),
    "other words": lambda new: get(new).update(summary="Things", description="All of them", deprecated=True),
    "another name of a shape": lambda new: (
        new["components"]["schemas"].update(Renamed=told(new)),
        get(new)["responses"]["200"]["content"]["application/json"].update(
            schema={"$ref": "#/components/schemas/Renamed"}
        ),
    ),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_breaks_nobody_is_let_pass(what):
    assert breaks(BASE, changed(HARMLESS[what])) == []
