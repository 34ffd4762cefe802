"""The collection for Postman (format 2.1), made from the OpenAPI document."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from flask import current_app

from app.web.api import document

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def text() -> str:
    """The collection as JSON text, for this installation."""
    return _made(document.text(), str(current_app.config["DUELY"].site_url))


@lru_cache(maxsize=4)
def _made(source: str, site: str) -> str:
    spec = json.loads(source)
    folders: dict[str, list[dict[str, Any]]] = {}
    for path, verbs in spec["paths"].items():
        for verb, said in verbs.items():
            folders.setdefault(said["tags"][0], []).append(_request(path, verb, said))
    collection = {
        "info": {"name": "Duely", "description": spec["info"]["description"], "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [
            {"key": "base_url", "value": site},
            {"key": "token", "value": ""},
        ],
        "item": [{"name": name, "item": items} for name, items in sorted(folders.items())],
    }
    return json.dumps(collection, ensure_ascii=False)


def _request(path: str, verb: str, said: dict[str, Any]) -> dict[str, Any]:
    steps = [":" + step[1:-1] if step.startswith("{") else step for step in path.strip("/").split("/")]
    query = [p for p in said.get("parameters", []) if p["in"] == "query"]
    found: dict[str, Any] = {
        "method": verb.upper(),
        "description": said.get("description", ""),
        "header": [],
        "url": {
            "raw": "{{base_url}}/" + "/".join(steps) + "/",
            "host": ["{{base_url}}"],
            "path": [*steps, ""],
            "variable": [{"key": name, "value": ""} for name in re.findall(r"\{(\w+)\}", path)],
            "query": [
                {"key": p["name"], "value": "", "description": p.get("description", ""), "disabled": True}
                for p in query
            ],
        },
    }
    if not said["security"]:
        found["auth"] = {"type": "noauth"}
    body = said.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        found["header"] = [{"key": "Content-Type", "value": "application/json"}]
        example = json.dumps(body.get("example", {}), indent=2, ensure_ascii=False)
        found["body"] = {"mode": "raw", "raw": example, "options": {"raw": {"language": "json"}}}
    return {"name": said["summary"], "request": found, "response": []}
