"""Official specifications: where they are, and their schemas as a JSON Schema validator understands them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_ROOT = Path(__file__).resolve().parents[2]


def contract(name: str) -> Path:
    """The file of a specification: in the folder DUELY_CONTRACTS, or in ../shared/contracts. It may be missing."""
    return Path(os.environ.get("DUELY_CONTRACTS") or _ROOT.parent / "shared" / "contracts") / name


def resolved(spec: Any, node: Any) -> Any:
    """The schema without references, and OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(node, list):
        return [resolved(spec, entry) for entry in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return resolved(spec, target)
    found = {name: resolved(spec, value) for name, value in node.items()}
    if found.pop("nullable", False) is True:
        if "type" not in found:
            return {"anyOf": [found, {"type": "null"}]} if found else {}
        found["type"] = [found["type"], "null"]
    return found


def violations(schema: Any, value: Any) -> list[str]:
    """What is wrong with a value, each with its place in it."""
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(schema).iter_errors(value)
    ]
