"""Hold a call against Twilio's official specification, in both directions: the request and the answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from tests.contracts.openapi_schema import contract, resolved, violations

SPECIFICATION = contract("twilio_messages.json")
_LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
Pairs = Iterable[tuple[str, str]]


@cache
def specification() -> Any:
    """The specification, or None where the file is missing."""
    return json.loads(SPECIFICATION.read_text("utf-8")) if SPECIFICATION.is_file() else None


def judge_request(method: str, account: str, query: Pairs, form: Pairs) -> list[str]:
    """What is wrong with a request to the list of messages, in words. [] also where the specification is missing."""
    spec = specification()
    if spec is None:
        return []
    operation = spec["paths"][_LIST][method.lower()]
    parameters = {entry["name"]: entry for entry in resolved(spec, operation["parameters"])}
    found = [f"AccountSid{problem}" for problem in violations(parameters["AccountSid"]["schema"], account)]
    query = list(query)
    found += [
        f"query has {name} twice" for name in {name for name, _ in query} if [n for n, _ in query].count(name) > 1
    ]
    for name, text in query:
        if name not in parameters or parameters[name]["in"] != "query":
            found.append(f"query has {name}, which is not in the specification")
            continue
        schema = parameters[name]["schema"]
        value: Any = int(text) if schema["type"] == "integer" and text.isdigit() else text
        found += [f"{name}{problem}" for problem in violations(schema, value)]
    if method == "POST":
        body = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        found += _form(resolved(spec, body), list(form))
        found += _together(operation["x-twilio"]["conditional"], {name for name, _ in form})
    elif list(form):
        found.append("a question has a body")
    return found


def judge_answer(method: str, status: int, answer: Any) -> list[str]:
    """What is wrong with an answer that is a success. [] also where the specification is missing."""
    spec = specification()
    if spec is None:
        return []
    response = spec["paths"][_LIST][method.lower()]["responses"].get(str(status))
    if response is None:
        return [f"status {status} is not in the specification"]
    schema = resolved(spec, response)["content"]["application/json"]["schema"]
    found = [f"answer {problem}" for problem in violations(schema, answer)]
    return found + [
        f"answer has {name}, which is not in the specification" for name in set(answer) - set(schema["properties"])
    ]


def _form(schema: Any, pairs: list[tuple[str, str]]) -> list[str]:
    fields: dict[str, Any] = {}
    found = []
    for name, value in pairs:
        known = schema["properties"].get(name)
        if known is None:
            found.append(f"request has {name}, which is not in the specification")
        elif known.get("type") == "array":
            fields.setdefault(name, []).append(value)
        elif name in fields:
            found.append(f"request has {name} twice")
        else:
            fields[name] = value
    return found + [f"request {problem}" for problem in violations(schema, fields)]


def _together(rules: list[list[str]], given: set[str]) -> list[str]:
    """Of each group of names at least one must be there; the specification writes them in small letters."""
    small = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_") for name in given}
    return [f"request needs one of {', '.join(group)}" for group in rules if not small & set(group)]
