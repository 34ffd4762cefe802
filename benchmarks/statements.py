"""What a page asks of the database: counted, explained, and where its own time goes. In this process, warm."""

from __future__ import annotations

import cProfile
import io
import pstats
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from app.extensions import db
from benchmarks import api
from benchmarks.load import CSRF, Step, readable
from benchmarks.sample import Sample
from benchmarks.settings import SITE
from benchmarks.traffic import ENCODING, PROGRAM, STAFF, STRANGER, Operation, Page, key

MANNERS = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)\b", re.IGNORECASE)
FORM = "application/x-www-form-urlencoded"
REFERER = {"Referer": f"https://{SITE}/"}
TRIES = 4
PROFILED = 60
SHOWN = 35


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement with its parameters, as the driver received them."""

    text: str
    parameters: Any


class Desk:
    """Somebody signed in to the application in this process, who has a token of the API, too."""

    def __init__(self, app: Flask, email: str, password: str) -> None:
        self.app = app
        self._client: FlaskClient = app.test_client()
        self._key = key(self._open(Step("GET", "/login/")))
        form = f"csrf_token={CSRF}&keep=y&email={email}&password={password}"
        self._open(Step("POST", "/login/", form))
        self._key = key(self._open(Step("GET", "/invoices/new/")))
        with app.app_context():
            [token] = api.tokens(1)
        self._ways: dict[str, tuple[FlaskClient, dict[str, str]]] = {
            STAFF: (self._client, {}),
            STRANGER: (app.test_client(), {}),
            PROGRAM: (app.test_client(), {"Authorization": f"Bearer {token}"}),
        }

    def do(self, page: Page, operation: Operation) -> None:
        """Every request of an operation, asked for as browsers do. Raises RuntimeError when one is refused."""
        client, own = self._ways[page.who]
        for step in operation:
            self._open(step, client, own | {"Accept-Encoding": ENCODING})

    def _open(self, step: Step, client: FlaskClient | None = None, headers: Mapping[str, str] | None = None) -> str:
        answer = (client or self._client).open(
            step.path,
            method=step.method,
            base_url=f"https://{SITE}",
            headers={**REFERER, **(headers or {}), **({"HX-Request": "true"} if "HX-" in step.headers else {})},
            **({"data": step.body.replace(CSRF, self._key), "content_type": FORM} if step.body else {}),
        )
        if answer.status_code >= 400:
            raise RuntimeError(f"{step.path} answered {answer.status_code}:\n{readable(answer.data)[:2000]!r}")
        return "" if headers else answer.text


def asked_by(desk: Desk, page: Page, sample: Sample) -> list[Asked]:
    """The statements of the most demanding of some operations, each asked for a second time."""
    found: list[Asked] = []
    operations = page.operations(sample)
    for number in range(min(TRIES, len(operations))):
        desk.do(page, operations[2 * number if page.once else number])
        with _listening() as heard:
            desk.do(page, operations[2 * number + 1 if page.once else number])
        found = max(found, heard, key=len)
    return found


@contextmanager
def _listening() -> Iterator[list[Asked]]:
    heard: list[Asked] = []

    def hear(_connection: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        if not MANNERS.match(text):
            heard.append(Asked(text, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def explained(app: Flask, asked: list[Asked]) -> str:
    """Each statement with the plan the database made and what it cost; what they change is taken back at the end.

    An insertion is shown without a plan: its row is there already.
    """
    parts = []
    with app.app_context(), db.engine.connect() as connection:
        way = "EXPLAIN (ANALYZE, BUFFERS) " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        for number, one in enumerate(asked, 1):
            parts.append(f"\n-- {number} of {len(asked)}\n{one.text}\n-- with {one.parameters!r}")
            if not one.text.lstrip().upper().startswith("INSERT"):
                one_row = one.parameters[0] if isinstance(one.parameters, list) else one.parameters
                rows = connection.exec_driver_sql(way + one.text, one_row)
                parts.append("\n".join("   " + str(row[-1]) for row in rows))
        connection.rollback()
    return "\n".join(parts)


def profiled(desk: Desk, page: Page, sample: Sample) -> str:
    """Where the time of some warm requests goes, by the time of the function itself and of what it calls."""
    operations = page.operations(sample)
    for operation in operations[:TRIES]:
        desk.do(page, operation)
    # Of this thread: what the database or another program takes meanwhile is not its own.
    profile = cProfile.Profile(time.thread_time)
    for number in range(PROFILED):
        operation = operations[(TRIES + number) % len(operations)]
        profile.enable()
        desk.do(page, operation)
        profile.disable()
    told = io.StringIO()
    for order in ("tottime", "cumulative"):
        print(f"\n{PROFILED} requests, by {order}:", file=told)
        pstats.Stats(profile, stream=told).sort_stats(order).print_stats(SHOWN)
    return told.getvalue()
