"""Structured logs: JSON in production, readable lines elsewhere; every line of a request carries its id."""

from __future__ import annotations

import logging
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from config import Config

QUIET = ("/health", "/static", "/metrics")


def configure(config: Config) -> None:
    """Set up structlog and the standard library's logging for one process."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if config.production:
        last: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    else:
        # Not with the values of variables, which it shows where it finds the library for that: they are nobody's
        # business, and writing down what a database connection remembers takes minutes.
        last = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, config.log_level)),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")


def install(app: Flask) -> None:
    """Give each request an id and log one line when it is answered."""
    log = structlog.get_logger("duely.web")

    @app.before_request
    def begin() -> None:
        g.request_id = uuid.uuid4().hex
        g.started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        if not request.path.startswith(QUIET):
            taken = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
            rule = request.url_rule.rule if request.url_rule else "-"
            log.info("request", method=request.method, route=rule, status=response.status_code, ms=taken)
        return response
