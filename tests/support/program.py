"""A program that talks to the API: every answer it gets is held against the OpenAPI document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from app.auth.rules import SCOPES, Role
from app.extensions import db
from app.web.api import document
from tests.support.story import Story


@dataclass(frozen=True)
class Program:
    """Whoever has this token."""

    app: Flask
    token: str

    @classmethod
    def of(cls, app: Flask, story: Story, role: Role = "owner", scopes: tuple[str, ...] = tuple(SCOPES)) -> Program:
        """A program of somebody with a role."""
        with app.app_context():
            token = story.api_token(role, scopes)
            db.session.remove()
        return cls(app, token)

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """Read something; its whole envelope."""
        return self.ask("GET", path, None, status, **headers)

    def post(self, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """Ask for something to be done."""
        return self.ask("POST", path, body, status, **headers)

    def patch(self, path: str, body: Any, status: int = 200, **headers: str) -> Any:
        """Change something."""
        return self.ask("PATCH", path, body, status, **headers)

    def ask(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """One request whose answer has this status and the shape that the document says."""
        answer = self.send(method, path, body, **headers)
        found = json.loads(answer.get_data(as_text=True))
        assert answer.status_code == status, found
        return found

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """The answer itself. Names of headers with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {} if body is None else {"json": body}
        with_token = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.app.test_client().open(path, method=method, headers={**with_token, **named}, **more)
        with self.app.app_context():
            db.session.remove()
            text = document.text()
        hold(text, method, path, answer)
        return answer


def hold(text: str, method: str, path: str, answer: TestResponse) -> None:
    """Raise AssertionError unless the document, as JSON text, says that such an answer may come."""
    spec = _parsed(text)
    said = operation_of(spec, method, path.partition("?")[0])
    if said is None:
        assert answer.status_code in (404, 405), f"{method} {path} is not in the document"
        return
    expected = said["responses"].get(str(answer.status_code))
    assert expected is not None, f"{method} {path}: {answer.status_code} is not in the document"
    if "$ref" in expected:
        expected = spec["components"]["responses"][expected["$ref"].rpartition("/")[2]]
    content = expected.get("content", {}).get(answer.mimetype)
    assert content is not None, f"{method} {path}: {answer.mimetype} is not in the document"
    if answer.mimetype == "application/json":
        validator = Draft202012Validator({**content["schema"], "components": spec["components"]})
        errors = list(validator.iter_errors(answer.get_json()))
        assert not errors, "\n".join(f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in errors)


def operation_of(spec: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    """What the document says of an operation; the path with the fewest parameters counts."""
    for template in sorted(spec["paths"], key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in spec["paths"][template]:
            found: dict[str, Any] = spec["paths"][template][method.lower()]
            return found
    return None


@lru_cache(maxsize=4)
def _parsed(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found
