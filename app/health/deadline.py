"""Asking parts of the house how they are without ever waiting for one that does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from flask import Flask, current_app

from app.extensions import db

SECONDS = 0.8
THREADS = 6
Probe = Callable[[], Any]


class NoAnswer(Exception):
    """A part of the house did not answer in time."""


def ask(probes: Mapping[str, Probe], seconds: float = SECONDS) -> dict[str, Any]:
    """What each probe returns, or the exception it raised; NoAnswer for those that take longer than `seconds` in all.

    Each runs in a thread of its own, so that a database that hangs holds up neither the others nor the caller.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    pool = app.extensions.get("duely_probes")
    if pool is None:
        pool = app.extensions["duely_probes"] = ThreadPoolExecutor(THREADS, thread_name_prefix="probe")
    asked: dict[str, Future[Any]] = {name: pool.submit(_in_context, app, probe) for name, probe in probes.items()}
    deadline = time.monotonic() + seconds
    wait(asked.values(), timeout=max(0.0, deadline - time.monotonic()))
    return {name: _outcome(future) for name, future in asked.items()}


def _in_context(app: Flask, probe: Probe) -> Any:
    with app.app_context():
        try:
            return probe()
        finally:
            db.session.remove()


def _outcome(future: Future[Any]) -> Any:
    if not future.done():
        future.cancel()
        return NoAnswer()
    return future.exception() or future.result()
