"""Figures for Prometheus: requests of this process, jobs and payments of the installation. No business appears."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from app import clock
from app.extensions import db
from app.health import probes
from app.health.deadline import ask
from app.payments.models import Payment

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Whoever makes up others must not make a figure, and memory, of each."""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The registry of one application; requests are counted as they are answered."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "duely_http_requests", "Requests answered", ("method", "endpoint", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "duely_http_request_seconds", "Time to answer", ("endpoint",), buckets=BUCKETS, registry=self.registry
        )
        self.registry.register(FromDatabase())

    def count(self, response: Response) -> Response:
        """Note one answer."""
        endpoint = request.endpoint or "none"
        method = request.method if request.method in METHODS else "other"
        self.requests.labels(method, endpoint, str(response.status_code)).inc()
        self.seconds.labels(endpoint).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        return response


class FromDatabase(Collector):
    """What the database knows, asked when it is scraped; left out while the database does not answer."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        now = clock.now()
        told = ask({"queue": lambda: probes.queue(now), "payments": _payments})
        up = GaugeMetricFamily("duely_database_up", "Whether the database answers")
        up.add_metric((), float(not isinstance(told["queue"], BaseException)))
        yield up
        if not isinstance(told["queue"], BaseException):
            jobs = GaugeMetricFamily("duely_jobs", "Jobs by state", labels=("state",))
            for state, number in sorted(told["queue"]["states"].items()):
                jobs.add_metric((state,), number)
            yield jobs
            yield GaugeMetricFamily("duely_jobs_due", "Jobs that wait to run", value=told["queue"]["due"])
            oldest = told["queue"]["oldest_due_seconds"]
            yield GaugeMetricFamily("duely_jobs_oldest_due_seconds", "Age of the oldest due job", value=oldest)
        if not isinstance(told["payments"], BaseException):
            payments = CounterMetricFamily("duely_payments_posted", "Payments booked by method", labels=("method",))
            for method, number in told["payments"].items():
                payments.add_metric((method,), number)
            yield payments


def _payments() -> dict[str, int]:
    query = select(Payment.method, func.count().label("number")).group_by(Payment.method).order_by(Payment.method)
    return {row.method: row.number for row in db.session.execute(query)}


def install(app: Flask) -> None:
    """Count every request from now on."""
    metrics = app.extensions["duely_metrics"] = Metrics()
    app.after_request(metrics.count)


def page() -> bytes:
    """Everything in Prometheus's text format."""
    metrics: Metrics = current_app.extensions["duely_metrics"]
    return generate_latest(metrics.registry)
