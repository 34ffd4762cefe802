"""Probes and figures for machines. They answer plain http too, under any host name, and count against no limit."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from app.health import doors, metrics, probes
from app.web.access import public
from config import Config

blueprint = Blueprint("health", __name__)


def install(app: Flask, config: Config) -> None:
    """What the probes need around the application."""
    metrics.install(app)
    doors.install(app, config)


@blueprint.get("/health/")
@public
def index() -> ResponseReturnValue:
    """The process answers."""
    return _word("ok")


@blueprint.get("/health/live/")
@public
def live() -> ResponseReturnValue:
    """The process answers: restart it when it does not."""
    return _word("ok")


@blueprint.get("/health/ready/")
@public
def ready() -> ResponseReturnValue:
    """Whether to send requests here: the database answers and is at the newest migration."""
    problems = probes.ready()
    return _word("; ".join(problems) or "ok", 503 if problems else 200)


@blueprint.get("/health/detailed/")
@public
def detailed() -> ResponseReturnValue:
    """Every part of the installation."""
    refused = doors.refusal()
    if refused:
        return _refused(refused)
    well, told = probes.detailed()
    response = jsonify(told)
    response.status_code = 200 if well else 503
    return _fresh(response)


@blueprint.get("/metrics")
@public
def figures() -> ResponseReturnValue:
    """Figures for Prometheus."""
    refused = doors.refusal()
    if refused:
        return _refused(refused)
    return _fresh(Response(metrics.page(), content_type=CONTENT_TYPE_LATEST))


def _word(word: str, status: int = 200) -> Response:
    return _fresh(Response(word + "\n", status, content_type="text/plain; charset=utf-8"))


def _refused(status: int) -> Response:
    response = _word({401: "A token is needed."}.get(status, "There is nothing here."), status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
