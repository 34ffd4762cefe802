"""Hold a call against Paystack's official specification, in both directions: the request and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from tests.contracts.fake_paystack import Call
from tests.contracts.openapi_schema import resolved, violations


def _operation(spec: Any, call: Call) -> Any:
    """The operation that `call` is, by exact path first and then by template."""
    paths = spec["paths"]
    if call.path in paths:
        return _with_parameters(paths[call.path], call)
    for path, item in paths.items():
        start, brace, _ = path.partition("{")
        rest = call.path.removeprefix(start)
        if brace and call.path.startswith(start) and "/" not in rest and path.endswith("}"):
            return _with_parameters(item, call)
    raise AssertionError(f"{call.method} {call.path} is not in the specification")


def _with_parameters(item: Any, call: Call) -> Any:
    """The operation with the parameters that its path has in common."""
    operation = item[call.method.lower()]
    return operation | {"parameters": [*item.get("parameters", []), *operation.get("parameters", [])]}


def _parameters(spec: Any, operation: Any, call: Call) -> list[str]:
    """What is wrong with the query and the number in the path: names, types and the values that are allowed."""
    known = {entry["name"]: entry for entry in resolved(spec, operation.get("parameters", []))}
    problems = [f"query has {name}, which is not in the specification" for name in sorted(set(call.query) - set(known))]
    values = {name: value for name, value in call.query.items() if name in known}
    for name, entry in known.items():
        if entry["in"] == "path":
            values[name] = unquote(call.path.rpartition("/")[2])
    for name, text in values.items():
        schema = known[name]["schema"]
        value: Any = int(text) if schema["type"] == "integer" and text.isdigit() else text
        problems += [f"{name}{problem}" for problem in violations(schema, value)]
        if schema.get("format") == "date-time" and datetime.fromisoformat(text).tzinfo is None:
            problems.append(f"{name} has no time zone")
    return problems


def judge(spec: Any, call: Call) -> list[str]:
    """What is wrong with a request and with its answer, in words; empty when both are in the specification."""
    operation = _operation(spec, call)
    problems = []
    if call.method == "POST":
        schema = resolved(spec, operation["requestBody"]["content"]["application/json"]["schema"])
        problems += [f"request {problem}" for problem in violations(schema, call.body)]
        unknown = set(call.body) - set(schema["properties"])
        problems += [f"request has {name}, which is not in the specification" for name in sorted(unknown)]
    else:
        assert call.body is None
    problems += _parameters(spec, operation, call)
    response = operation["responses"].get(str(call.status))
    # A charge that waits for the customer has an answer of its own, which the specification does not have.
    if response is not None and not _is_paused(call):
        schema = resolved(spec, response)["content"]["application/json"]["schema"]
        # Unauthorized and NotFound have `type` and `code` the wrong way round in the specification.
        answer = {name: value for name, value in call.answer.items() if call.status == 200 or name != "code"}
        problems += [f"answer {problem}" for problem in violations(schema, answer)]
    return problems


def _is_paused(call: Call) -> bool:
    data = call.answer.get("data")
    return isinstance(data, dict) and data.get("paused") is True
